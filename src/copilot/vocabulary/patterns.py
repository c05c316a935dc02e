"""Regular expressions that are compiled when they are first used: many runs never use most of them."""

import re
from typing import Any, AnyStr, cast

_METHODS = ("finditer", "findall", "fullmatch", "match", "search", "split", "sub", "subn", "pattern", "flags")


def late(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`; what comes back has a pattern's methods, and is no argument for functions of `re`."""
    return cast("re.Pattern[AnyStr]", _Late(pattern, flags))


class _Late:
    """Looks like a pattern. Once compiled, its methods are the pattern's own."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self._made_of = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(name)
        pattern, flags = self._made_of
        compiled: re.Pattern[Any] = re.compile(pattern, flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)
