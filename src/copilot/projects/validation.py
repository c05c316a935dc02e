"""Checking what a TOML file holds: rules, tables of rules, and what is wrong in a person's words.

A rule takes a value and returns what it stands for, or raises `FaultsError`. No type is guessed from another;
only a whole number may stand for a number.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, TypeVar, cast

from copilot.vocabulary.frozen import frozen

T = TypeVar("T")
Path = tuple[str | int, ...]
_LONGEST_SHOWN = 60


@frozen
class Fault:
    """One thing wrong at `path`. `unknown` means that nothing of ours has this name."""

    path: Path
    reason: str
    unknown: bool = False

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.reason}" if self.path else self.reason


class FaultsError(Exception):
    """A value that no rule lets pass, with everything that is wrong in it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def check(rule: Callable[[object], T], data: object) -> T | list[Fault]:
    """What the data stand for, or everything that is wrong."""
    try:
        return rule(data)
    except FaultsError as error:
        return list(error.faults)


def refused(reason: str, path: Path = ()) -> FaultsError:
    """The error of a rule that lets a value not pass."""
    return FaultsError([Fault(path=path, reason=reason)])


def text(value: object) -> str:
    """Any text."""
    if isinstance(value, str):
        return value
    raise _unfit(value, "input should be a valid string")


def some_text(value: object) -> str:
    """Any text but the empty one."""
    if text(value):
        return cast(str, value)
    raise _unfit(value, "string should have at least 1 character")


def flag(value: object) -> bool:
    """True or false."""
    if isinstance(value, bool):
        return value
    raise _unfit(value, "input should be a valid boolean")


def whole(at_least: int, at_most: int | None = None) -> Callable[[object], int]:
    """A whole number between bounds."""

    def rule(value: object) -> int:
        if type(value) is not int:
            raise _unfit(value, "input should be a valid integer")
        if value < at_least:
            raise _unfit(value, f"input should be greater than or equal to {at_least}")
        if at_most is not None and value > at_most:
            raise _unfit(value, f"input should be less than or equal to {at_most}")
        return value

    return rule


def number(value: object) -> float:
    """Any number."""
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            pass
    raise _unfit(value, "input should be a valid number")


def above_zero(value: object) -> float:
    """A number above 0, infinity among them."""
    found = number(value)
    if found > 0:
        return found
    raise _unfit(value, "input should be greater than 0")


def zero_or_more(value: object) -> float:
    """A number from 0 on, infinity among them."""
    found = number(value)
    if found >= 0:
        return found
    raise _unfit(value, "input should be greater than or equal to 0")


def between(at_least: float, at_most: float) -> Callable[[object], float]:
    """A number between bounds."""

    def rule(value: object) -> float:
        found = number(value)
        if found > at_most:
            raise _unfit(value, f"input should be less than or equal to {at_most}")
        if found >= at_least:
            return found
        raise _unfit(value, f"input should be greater than or equal to {at_least}")

    return rule


def amount(value: object) -> float:
    """A finite number from 0 on."""
    if isfinite(number(value)):
        return zero_or_more(value)
    raise _unfit(value, "input should be a finite number")


def one_of(words: Sequence[T]) -> Callable[[object], T]:
    """One of these words (or numbers)."""

    def rule(value: object) -> T:
        for word in words:
            if type(value) is type(word) and value == word:
                return word
        known = [str(word) for word in words]
        told = f"{_shown(value) or 'this'} is not one of {', '.join(known)}"
        raise refused(told + (did_you_mean(value, known) if isinstance(value, str) else ""))

    return rule


def list_of(rule: Callable[[object], T], at_least: int = 0) -> Callable[[object], tuple[T, ...]]:
    """A list whose items all pass the rule."""

    def of_list(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise _unfit(value, "input should be a valid list")
        made: list[T] = []
        faults: list[Fault] = []
        for place, item in enumerate(cast(list[object], value)):
            try:
                made.append(rule(item))
            except FaultsError as error:
                faults += _below(place, error)
        if faults:
            raise FaultsError(faults)
        if len(made) < at_least:
            raise refused(f"list should have at least {at_least} item after validation, not {len(made)}")
        return tuple(made)

    return of_list


def names_of(rule: Callable[[object], T]) -> Callable[[object], dict[str, T]]:
    """A table with any names, whose values all pass the rule."""

    def of_names(value: object) -> dict[str, T]:
        made: dict[str, T] = {}
        faults: list[Fault] = []
        for name, item in _table(value).items():
            try:
                made[name] = rule(item)
            except FaultsError as error:
                faults += _below(name, error)
        if faults:
            raise FaultsError(faults)
        return made

    return of_names


def table(
    make: Callable[..., T], rules: Mapping[str, Callable[[object], Any]], needed: Sequence[str] = ()
) -> Callable[[object], T]:
    """A table with these names and no others, `needed` ones among them, and what `make` makes of it.

    `make` is given what is there by name, and may raise `FaultsError` itself.
    """

    def of_table(value: object) -> T:
        made: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, item in _table(value).items():
            rule = rules.get(name)
            if rule is None:
                reason = "unknown key" + did_you_mean(name, rules)
                faults.append(Fault(path=(name,), reason=reason, unknown=True))
                continue
            try:
                made[name] = rule(item)
            except FaultsError as error:
                faults += _below(name, error)
        missing = [name for name in needed if name not in cast(dict[str, object], value)]
        faults += [Fault(path=(name,), reason="it is missing") for name in missing]
        if faults:
            raise FaultsError(faults)
        return make(**made)

    return of_table


def json_object(value: object) -> dict[str, Any]:
    """A JSON object, written as text."""
    if isinstance(value, str):
        try:
            found = json.loads(value)
        except RecursionError as error:
            raise refused("it is nested too deep") from error
        except ValueError as error:
            raise refused(f"it is not JSON: {error}") from error
        if isinstance(found, dict):
            return cast(dict[str, Any], found)
    raise refused("it is not a JSON object written as text")


def json_table(value: object) -> dict[str, Any]:
    """A table that JSON can say: without dates and times, which TOML has."""
    try:
        json.dumps(_table(value))
    except TypeError as error:
        raise refused("it holds a date or a time; write it as text") from error
    return cast(dict[str, Any], value)


def remove(data: dict[str, Any], path: Path) -> Any:
    """Take the value at `path` out of `data`; the value."""
    holder: Any = data
    for part in path[:-1]:
        holder = holder[part]
    return holder.pop(path[-1])


def dotted(path: Path) -> str:
    """The path as a person writes it: `files.paths[2].view`, counting from 1."""
    words = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(words).removeprefix(".")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The words to add to a name that is close to a known one; empty where none is."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(names), n=1)
    return f" (did you mean {close[0]}?)" if close and close[0] != name else ""


def _table(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return cast(dict[str, object], value)
    raise _unfit(value, "input should be a table")


def _below(part: str | int, error: FaultsError) -> list[Fault]:
    return [
        Fault(path=(part, *fault.path), reason=fault.reason, unknown=fault.unknown) for fault in error.faults
    ]


def _unfit(value: object, reason: str) -> FaultsError:
    shown = _shown(value)
    return refused(f"{shown}: {reason}" if shown else reason)


def _shown(value: object) -> str:
    """The value, where it is short enough to stand in a sentence."""
    if isinstance(value, int) and value.bit_length() > 8 * _LONGEST_SHOWN:
        return ""  # TOML has hexadecimal numbers with more digits than Python writes
    shown = repr(value) if isinstance(value, (str, int, float)) else ""
    return shown if len(shown) <= _LONGEST_SHOWN else ""
