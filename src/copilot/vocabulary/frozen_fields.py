"""The fields of classes that `frozen` makes, and what `dataclasses` wants to know of them when it asks."""

import sys
from collections.abc import Mapping
from typing import Any, Final

MISSING: Final[Any] = object()
"""Stands for no default."""


class FieldSpec:
    """One field. `default` and `factory` are `MISSING` where there is none; `kw_only` None: as its class."""

    __slots__ = ("compare", "default", "factory", "init", "kw_only", "name", "repr", "type")

    def __init__(
        self,
        default: Any = MISSING,
        factory: Any = MISSING,
        *,
        init: bool = True,
        repr: bool = True,
        compare: bool = True,
        kw_only: bool | None = None,
    ) -> None:
        self.name = ""
        self.type: object = None
        self.default = default
        self.factory = factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.kw_only = kw_only


def field(
    *,
    default: Any = MISSING,
    default_factory: Any = MISSING,
    init: bool = True,
    repr: bool = True,
    compare: bool = True,
    kw_only: bool | None = None,
) -> Any:
    """As `dataclasses.field`. Raises ValueError for two defaults."""
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return FieldSpec(default, default_factory, init=init, repr=repr, compare=compare, kw_only=kw_only)


def field_specs(cls: type[Any], key: str, kw_only: bool) -> tuple[FieldSpec, ...]:
    """The class's fields, those of its bases first; a base made here has its own under `key`."""
    found: dict[str, FieldSpec] = {}
    for base in reversed(cls.__mro__[1:]):
        for one in vars(base).get(key, ()):
            found[one.name] = one
    for name, kind in _annotations(cls).items():
        one = _spec(vars(cls).get(name, MISSING))
        one.name, one.type = name, kind
        if one.kw_only is None:
            one.kw_only = kw_only
        if type(one.default).__hash__ is None:
            raise ValueError(f"mutable default {type(one.default)} for field {name}: use default_factory")
        found[name] = one
    return tuple(found.values())


def _annotations(cls: type[Any]) -> Mapping[str, object]:
    """Of this class alone, as they are written where what they name is not there yet."""
    said: Mapping[str, object] | None = vars(cls).get("__annotations__")
    if said is None and sys.version_info >= (3, 14):  # which works them out late
        from annotationlib import Format, get_annotations

        said = get_annotations(cls, format=Format.FORWARDREF)
    return said or {}


def _spec(given: Any) -> FieldSpec:
    """What stands behind the `=` of a field, also where it is a field of `dataclasses`."""
    if isinstance(given, FieldSpec):
        return given
    library = sys.modules.get("dataclasses")
    if library is None or not isinstance(given, library.Field):
        return FieldSpec(given)
    default, factory, kw_only = (
        MISSING if one is library.MISSING else one
        for one in (given.default, given.default_factory, given.kw_only)
    )
    return FieldSpec(
        default,
        factory,
        init=given.init,
        repr=given.repr,
        compare=given.compare,
        kw_only=None if kw_only is MISSING else kw_only,
    )


class Late:
    """An attribute that `dataclasses` looks for in a class: its fields, its params. Made when looked for."""

    __slots__ = ("_frozen", "_name", "_specs")

    def __init__(self, name: str, specs: tuple[FieldSpec, ...], frozen: bool) -> None:
        self._name = name
        self._specs = specs
        self._frozen = frozen

    def __get__(self, value: object, kind: type[Any] | None = None) -> Any:
        found = getattr(_by_dataclasses(self._specs, self._frozen), self._name)
        for owner in (kind or type(value)).__mro__:
            if vars(owner).get(self._name) is self:
                setattr(owner, self._name, found)
        return found


def _by_dataclasses(specs: tuple[FieldSpec, ...], frozen: bool) -> type[Any]:
    """A class with these fields and nothing else, made by `dataclasses`."""
    import dataclasses

    inside: dict[str, Any] = {"__annotations__": {one.name: one.type for one in specs}}
    for one in specs:
        said = {"default": one.default, "default_factory": one.factory}
        known = {name: value for name, value in said.items() if value is not MISSING}
        inside[one.name] = dataclasses.field(
            **known, init=one.init, repr=one.repr, compare=one.compare, kw_only=bool(one.kw_only)
        )
    return dataclasses.dataclass(init=False, repr=False, eq=False, frozen=frozen)(type("Fields", (), inside))
