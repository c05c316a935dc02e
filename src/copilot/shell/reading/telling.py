"""A reading in words, the same in the window and in a terminal."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import EFFECTS, Effect, Reading, Statement

EFFECT_WORDS: Final[Mapping[Effect, str]] = {
    "unknown": "unknown",
    "deletes": "deletes",
    "history": "rewrites history",
    "privilege": "other rights",
    "installs": "installs",
    "network": "network",
    "writes": "writes",
    "reads": "reads",
}
MOST_SHOWN = 40
"""Statements that are shown one by one; of the others it says what they do together."""


@frozen(kw_only=False)
class Told:
    """What is shown of a reading: a sentence on the whole, each effect with the number of its statements, the
    notable statements in order, and a line on the rest (may be empty)."""

    verdict: str
    understood: bool
    counted: tuple[tuple[Effect, int], ...]
    statements: tuple[Statement, ...]
    rest: str


def counted(reading: Reading) -> tuple[tuple[Effect, int], ...]:
    """Each effect with the number of statements that have it, the gravest first."""
    numbers = Counter(effect for one in reading.statements for effect in one.effects)
    return tuple((effect, numbers[effect]) for effect in EFFECTS if numbers[effect])


def told(reading: Reading, most: int = MOST_SHOWN) -> Told:
    """The statements that do more than read, at most `most`; of more than these the gravest stay."""
    statements, rest = _chosen(reading, most)
    return Told(verdict(reading), reading.understood, counted(reading), statements, rest)


def _chosen(reading: Reading, most: int) -> tuple[tuple[Statement, ...], str]:
    if len(reading.statements) <= 6:
        return reading.statements, ""
    notable = [one for one in reading.statements if _notable(one)]
    plain = len(reading.statements) - len(notable)
    kept = notable
    if len(notable) > most:
        kept = sorted(sorted(notable, key=_gravity)[:most], key=lambda one: one.first_line)
    left = len(notable) - len(kept)
    pieces: list[str] = []
    if left:
        held = set(map(id, kept))
        effects = {effect for one in notable if id(one) not in held for effect in one.effects}
        named = ", ".join(EFFECT_WORDS[effect] for effect in EFFECTS if effect in effects)
        pieces.append(f"{left:,} more such statements ({named})")
    if plain:
        pieces.append(f"{plain:,} that only read, compute or print")
    return tuple(kept), ("And " + ", and ".join(pieces) + ".") if pieces else ""


def lines(one: Statement) -> str:
    """`3` or `3-7`."""
    return str(one.first_line) if one.first_line == one.last_line else f"{one.first_line}-{one.last_line}"


def verdict(reading: Reading) -> str:
    """One sentence on the whole."""
    if reading.trouble:
        return "This script could not be understood as a whole."
    unknown = sum(not one.understood for one in reading.statements)
    if unknown:
        noun = "statement" if unknown == 1 else "statements"
        return f"What {unknown:,} {noun} of {len(reading.statements):,} may do cannot be told from the text."
    if not reading.statements:
        return "It holds no statement."
    return "By its text this is what it does; programs may do more than their names say."


def _notable(one: Statement) -> bool:
    return bool(set(one.effects) - {"reads"}) or not one.understood or bool(one.outside)


def _gravity(one: Statement) -> tuple[int, int]:
    outside = 0 if one.outside and set(one.effects) - {"reads"} else 1
    return outside, min((EFFECTS.index(effect) for effect in one.effects), default=len(EFFECTS))
