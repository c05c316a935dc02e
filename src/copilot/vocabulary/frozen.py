"""`frozen`: a frozen, slotted, keyword-only dataclass that costs little to define.

`@dataclass(frozen=True, slots=True)` compiles six methods of a class when its module is loaded: 0.7 ms each
(CPython 3.11), which was half of what a short command took to start, for classes that most runs never use.
Here `dataclasses` makes fields and slots as ever (`fields`, `replace`, `asdict` and `is_dataclass` work),
`__init__` is compiled when the second instance is made, and the other methods are shared by all.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")
_KEY = "__frozen_key__"
_OURS = "__frozen_init__"


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: type[T], /) -> type[T]: ...


@overload
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(*, kw_only: bool = True) -> Callable[[type[T]], type[T]]: ...


def frozen(cls: type[Any] | None = None, /, *, kw_only: bool = True) -> Any:
    """Make the class a value. With `kw_only=False` its fields may be given by position, too."""
    return partial(_made, kw_only=kw_only) if cls is None else _made(cls, kw_only=kw_only)


def _made(cls: type[Any], *, kw_only: bool) -> type[Any]:
    own = vars(cls)
    for name, method in _SHARED.items():
        if own.get(name) is None:  # a class that defines `__eq__` alone has `__hash__` None
            setattr(cls, name, method)
    cls.__doc__ = cls.__doc__ or cls.__name__  # else `dataclass` works out a signature
    made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    compared = [one.name for one in fields(made) if one.compare]
    setattr(made, _KEY, attrgetter(*compared) if compared else _nothing)
    return made


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
    known = fields(cls)
    asked = {one.name for one in known if one.init}
    needed = {one.name for one in known if one.default is one.default_factory is MISSING}
    if given or not needed <= named.keys() <= asked or hasattr(cls, "__post_init__"):
        cls.__init__ = _compiled(cls)
        cls.__init__(self, *given, **named)
        return
    cls.__init__ = _second_init
    for one in known:
        if one.name in named:
            value = named[one.name]
        else:
            value = one.default if one.default_factory is MISSING else one.default_factory()
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
    for one in fields(cls):
        world[f"_set_{one.name}"] = getattr(cls, one.name).__set__
        line = f"_set_{one.name}(self, {one.name})"
        if one.default is not MISSING:
            world[f"_default_{one.name}"] = one.default
            asked = f"{one.name}=_default_{one.name}"
        elif one.default_factory is not MISSING:
            world[f"_make_{one.name}"] = one.default_factory
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


def _set_by_default(one: Field[Any]) -> str:
    value = f"_default_{one.name}" if one.default is not MISSING else f"_make_{one.name}()"
    return f"_set_{one.name}(self, {value})"


def _repr(self: Any) -> str:
    told = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({told})"


def _eq(self: object, other: object) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented
    key = getattr(type(self), _KEY)
    return key(self) == key(other)


def _hash(self: object) -> int:
    return hash((type(self), getattr(type(self), _KEY)(self)))


def _refuse_to_set(self: object, name: str, value: object) -> None:
    del self, value
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    del self
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:
    return [getattr(self, one.name) for one in fields(self)]


def _setstate(self: Any, state: list[object]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


_SHARED: Mapping[str, Callable[..., Any]] = {
    "__init__": _first_init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
