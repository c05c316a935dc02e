"""`frozen` and `mutable`: slotted dataclasses that cost little to define.

`@dataclass(slots=True)` compiles up to six methods of a class when its module is loaded: 0.4 to 0.7 ms each
(CPython 3.11), for classes that most runs never use; and to load `dataclasses` takes 8 ms, most of it
`inspect`. Here `__init__` is compiled when the second instance is made, the other methods are shared by all,
and `dataclasses` is loaded by who uses it: its `fields`, `replace`, `asdict` and `is_dataclass` work as ever.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeVar, dataclass_transform, overload

from copilot.vocabulary.frozen_fields import MISSING, FieldSpec, Late, field_specs

if TYPE_CHECKING:
    from dataclasses import field as field
    from dataclasses import replace as replace
else:
    from copilot.vocabulary.frozen_fields import field as field

    def replace(value, /, **changes):
        """As `dataclasses.replace`."""
        if not is_value(value):
            from dataclasses import replace

            return replace(value, **changes)
        names, values = _init_names(type(value))
        return type(value)(**(dict(zip(names, values(value), strict=True)) | changes))


T = TypeVar("T")
_KEY = "__frozen_key__"
_OURS = "__frozen_init__"
_SPECS: Final = "__frozen_fields__"


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[T], /) -> type[T]: ...


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]: ...


def frozen(cls: type[Any] | None = None, /, *, kw_only: bool = True) -> Any:
    """Make the class a value. With `kw_only=False` its fields may be given by position, too."""
    make = partial(_made, kw_only=kw_only, shared=_FROZEN)
    return make if cls is None else make(cls)


@overload
@dataclass_transform(field_specifiers=(field,))
def mutable(cls: type[T], /) -> type[T]: ...


@overload
@dataclass_transform(field_specifiers=(field,))
def mutable(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


def mutable(cls: type[Any] | None = None, /, *, kw_only: bool = False) -> Any:
    """Make the class a record whose fields may be set. With `kw_only=True` they are given by name alone."""
    make = partial(_made, kw_only=kw_only, shared=_MUTABLE)
    return make if cls is None else make(cls)


@cache
def _init_names(cls: type[Any]) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    """The fields that an instance is made of, and what gives all of them."""
    names = tuple(one.name for one in _specs(cls) if one.init)
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)


def names_of(value: object) -> tuple[str, ...]:
    """The names of the fields of a value, or of a class made here."""
    return tuple(one.name for one in _specs(value))


def by_name(value: object) -> dict[str, Any]:
    """The fields of a value by their names, as they are: values inside stay values."""
    return {one.name: getattr(value, one.name) for one in _specs(value)}


def is_value(value: object) -> bool:
    """Whether this is a value, or a class, made here."""
    return hasattr(value, _SPECS)


def _specs(value: object) -> tuple[FieldSpec, ...]:
    return getattr(value, _SPECS)


def _made(cls: type[Any], *, kw_only: bool, shared: Mapping[str, Any]) -> type[Any]:
    specs = field_specs(cls, _SPECS, kw_only)
    inside = dict(vars(cls))
    for one in specs:  # their defaults: a slot takes the place of each
        inside.pop(one.name, None)
    inside.pop("__dict__", None)
    inside.pop("__weakref__", None)
    for name, method in shared.items():
        if inside.get(name) is None:  # a class that defines `__eq__` alone has `__hash__` None
            inside[name] = method
    compared = [one.name for one in specs if one.compare]
    inside[_KEY] = staticmethod(attrgetter(*compared) if compared else _nothing)
    inside[_SPECS] = specs
    inside["__slots__"] = tuple(_without_slots_of(cls.__mro__[1:-1], specs))
    inside["__match_args__"] = tuple(one.name for one in specs if one.init and not one.kw_only)
    inside["__doc__"] = cls.__doc__ or cls.__name__
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        inside[name] = Late(name, specs, shared is _FROZEN)
    metaclass: Any = type(cls)
    made: type[Any] = metaclass(cls.__name__, cls.__bases__, inside)
    made.__qualname__ = cls.__qualname__
    return made


def _without_slots_of(bases: Iterable[type], specs: Iterable[FieldSpec]) -> list[str]:
    taken: set[str] = set()
    for base in bases:
        slots = vars(base).get("__slots__", ())
        taken.update((slots,) if isinstance(slots, str) else slots)
    return [one.name for one in specs if one.name not in taken]


def _ours(method: Callable[..., None]) -> Callable[..., None]:
    """Mark it as an `__init__` of this module's, one that may be put in the place of another."""
    setattr(method, _OURS, True)
    return method


def _nothing(_value: object) -> None:
    """What a value without fields is compared by."""


@_ours
def _first_init(self: Any, *given: Any, **named: Any) -> None:
    """Make the first instance by hand: of many classes it stays the only one."""
    cls = _owner(self)
    known = _specs(cls)
    asked = {one.name for one in known if one.init}
    needed = {one.name for one in known if one.default is one.factory is MISSING}
    if given or not needed <= named.keys() <= asked or hasattr(cls, "__post_init__"):
        cls.__init__ = _compiled(cls)
        cls.__init__(self, *given, **named)
        return
    cls.__init__ = _second_init
    for one in known:
        if one.name in named:
            value = named[one.name]
        else:
            value = one.default if one.factory is MISSING else one.factory()
        object.__setattr__(self, one.name, value)


@_ours
def _second_init(self: Any, *given: Any, **named: Any) -> None:
    """Compile the true `__init__`, put it in this one's place, and call it."""
    cls = _owner(self)
    cls.__init__ = _compiled(cls)
    cls.__init__(self, *given, **named)


def _owner(self: object) -> Any:
    """The class whose `__init__` runs: one of ours, whatever another thread put in its place meanwhile."""
    return next(one for one in type(self).__mro__ if hasattr(vars(one).get("__init__"), _OURS))


def _compiled(cls: type[Any]) -> Callable[..., None]:
    """As `dataclass` would write it, with the slots set by themselves."""
    world: dict[str, Any] = {"_MISSING": MISSING}
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for one in _specs(cls):
        world[f"_set_{one.name}"] = getattr(cls, one.name).__set__
        line = f"_set_{one.name}(self, {one.name})"
        if one.default is not MISSING:
            world[f"_default_{one.name}"] = one.default
            asked = f"{one.name}=_default_{one.name}"
        elif one.factory is not MISSING:
            world[f"_make_{one.name}"] = one.factory
            asked = f"{one.name}=_MISSING"
            line = f"_set_{one.name}(self, _make_{one.name}() if {one.name} is _MISSING else {one.name})"
        else:
            asked = one.name
        if one.init:
            (named if one.kw_only else plain).append(asked)
            lines.append(line)
        elif asked != one.name:
            lines.append(_set_by_default(one))
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join(("self", *plain, *(("*", *named) if named else ())))
    exec(f"def __init__({head}):\n " + "\n ".join(lines or ("pass",)), world)
    made = world["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return _ours(made)


def _set_by_default(one: FieldSpec) -> str:
    value = f"_default_{one.name}" if one.default is not MISSING else f"_make_{one.name}()"
    return f"_set_{one.name}(self, {value})"


def _repr(self: Any) -> str:
    told = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in _specs(self) if one.repr)
    return f"{type(self).__qualname__}({told})"


def _eq(self: object, other: object) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = getattr(type(self), _KEY)
    return key(self) == key(other)


def _hash(self: object) -> int:
    return hash((type(self), getattr(type(self), _KEY)(self)))


def _refuse_to_set(self: object, name: str, value: object) -> None:
    from dataclasses import FrozenInstanceError

    del self, value
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    del self
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:
    return [getattr(self, one.name) for one in _specs(self)]


def _setstate(self: Any, state: list[object]) -> None:
    for one, value in zip(_specs(self), state, strict=True):
        object.__setattr__(self, one.name, value)


_MUTABLE: Mapping[str, Any] = {"__init__": _first_init, "__repr__": _repr, "__eq__": _eq}
_FROZEN: Mapping[str, Any] = {
    **_MUTABLE,
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
