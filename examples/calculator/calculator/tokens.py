"""Cuts an expression into numbers, operators and parentheses."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

LONGEST = 200
"""The most characters that an expression may have."""

PATTERN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)|(?P<symbol>[-+*/()])")


class CalculatorError(Exception):
    """An expression that cannot be worked out. `position` counts its characters from 1."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(f"{problem} (position {position})")
        self.position = position


class Token(NamedTuple):
    """A number, which has a `value`, or a symbol; and where it stands."""

    text: str
    position: int
    value: Fraction | None


def tokenize(expression: str) -> list[Token]:
    """The tokens of an expression, in order. Raises CalculatorError for anything else in it."""
    if len(expression) > LONGEST:
        raise CalculatorError(f"longer than {LONGEST} characters", LONGEST + 1)
    tokens: list[Token] = []
    at = 0
    while at < len(expression):
        if expression[at].isspace():
            at += 1
            continue
        match = PATTERN.match(expression, at)
        if match is None:
            raise CalculatorError(f"unexpected {expression[at]!r}", at + 1)
        value = Fraction(match["number"]) if match["number"] else None
        tokens.append(Token(match[0], at + 1, value))
        at = match.end()
    return tokens
