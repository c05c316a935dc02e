"""The one form of every outline: a Markdown table of line ranges, what stands there, and what it is for."""

from collections.abc import Iterable, Iterator, Sequence

from copilot.context.markdown import cell, code
from copilot.vocabulary.frozen import frozen

LONGEST_CELL = 400
"""Characters of a signature or of the items joined in one row; a longer signature ends in an ellipsis."""
LONGEST_ABOUT = 160
LONGEST_VALUE = 100
"""Characters of a constant's value; a longer value is written as an ellipsis."""


@frozen
class Row:
    """One line of the table; lines count from 1. `code` and `about` may be empty."""

    first: int
    last: int
    code: str
    about: str = ""

    def markdown(self) -> str:
        """The row with its line range; without a last cell where that would be empty, as tables may."""
        lines = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        shown = cell(code(shortened(self.code))) if self.code else ""
        about = f" {cell(shortened(self.about))} |" if self.about else ""
        return f"| {lines} | {shown} |{about}\n"


def table(rows: Iterable[Row], what: str = "definition", where: str = "lines") -> str:
    """The rows in order of their lines; empty without any."""
    found = sorted(rows, key=lambda row: (row.first, row.last))
    if not found:
        return ""
    return f"| {where} | {what} | about |\n|---|---|---|\n" + "".join(row.markdown() for row in found)


def joined(rows: Sequence[Row], about: str) -> Iterator[Row]:
    """Small items as few rows: as many to a row as fit, so that none is cut off."""
    held: list[Row] = []
    for row in rows:
        if held and sum(len(r.code) + 2 for r in held) + len(row.code) > LONGEST_CELL:
            yield _one(held, about)
            held = []
        held.append(row)
    if held:
        yield _one(held, about)


def _one(rows: Sequence[Row], about: str) -> Row:
    first, last = min(row.first for row in rows), max(row.last for row in rows)
    return Row(first=first, last=last, code="; ".join(row.code for row in rows), about=about)


def shortened(text: str, longest: int = LONGEST_CELL) -> str:
    """The text, its end an ellipsis where it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
