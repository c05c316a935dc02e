"""What a walk finds, and how it becomes few rows.

The fields of a type stand in its row; small things without a doc stand side by side; what is private or
overrides is named with its line.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from copilot.context.markdown import amount
from copilot.context.table import LONGEST_CELL, Row
from copilot.vocabulary.frozen import field, mutable

if TYPE_CHECKING:
    from tree_sitter import Node

Mode = Literal["row", "small", "type", "field", "private", "overrides", "tests"]
"""`row`: a row of its own. `small`: shares one. `type`: has its own owner. `field`: belongs into its type's
row. Others: named only."""

_NAMED: tuple[Mode, ...] = ("overrides", "private", "tests")
_KEYWORDS = re.compile(
    r"(?:(?:#\s*define|export|declare|const|let|var|type|static|extern|final|readonly|public|private|protected"
    r"|internal|pub(?:\([^)]*\))?|override|virtual|using|inline|case|local|fn|func|function|def|class|struct)\s+)+(?=[^\W\d])"
)


@mutable
class Item:
    """One thing found. Lines count from 1."""

    first: int
    last: int
    code: str
    about: str = ""
    mode: Mode = "row"
    tail: str = ""
    """What follows the fields of a type."""
    name: str = ""
    """Told where the same name may follow with other parameters."""
    more: int = 0
    """How many more such follow."""
    brief: str = ""
    """Its name, which stands for it where there is too much to show."""
    called: str = ""
    """Its name without its owners; empty where it has none."""

    def shown(self, lean: int) -> str:
        """The code; with `lean` 1 a field's name, with 2 also that of any small thing."""
        if self.brief and ((self.mode == "field" and lean > 0) or (self.mode == "small" and lean > 1)):
            return self.brief
        return f"{self.code} (+{amount(self.more, 'overload')})" if self.more else self.code


@mutable
class Owner:
    """A type, or the file: what stands directly in it. `dots` precede its members' names."""

    dots: str = ""
    head: Item | None = None
    items: list[Item] = field(default_factory=list[Item])

    def add(self, item: Item) -> None:
        """One more thing; of overloads, written one after another, two are kept and the others counted."""
        if item.name and self.items[1:] and all(one.name == item.name for one in self.items[-2:]):
            last = self.items[-1]
            last.more += 1
            last.last = item.last
        else:
            self.items.append(item)

    def rows(self, lean: int = 0) -> Iterator[Row]:
        """The rows of the owner and of what is in it, the types in it apart."""
        self.items.sort(key=lambda item: item.first)
        fields = [item for item in self.items if item.mode == "field"]
        yield from self._head(fields, lean)
        for mode in _NAMED:
            named = [item for item in self.items if item.mode == mode]
            yield from _joined(named, self.dots, ", ", mode, lean)
        yield from _side_by_side((item for item in self.items if item.mode in ("row", "small", "type")), lean)

    def _head(self, fields: Sequence[Item], lean: int) -> Iterator[Row]:
        head = self.head
        if head is None:
            yield from _joined(fields, self.dots, "; ", "", lean)
            return
        inside = "; ".join(_elided(fields, lean))
        whole = f"{head.code} {{ {inside} }}{head.tail}" if fields else head.code + head.tail
        if len(whole) <= LONGEST_CELL:
            yield _row(head, whole)
            return
        yield _row(head, f"{head.code}{head.tail}")
        yield from _joined(fields, self.dots, "; ", "", lean)


@mutable
class Scope:
    """What is being looked into. `start` is the wrapper that belongs to the one definition inside."""

    children: "Sequence[Node]"
    owner: Owner
    start: "Node | None" = None
    doc: str = ""
    private: bool = False
    """What follows is private, until the source says otherwise."""
    of_trait: bool = False
    """The members are those of a trait or interface named in the head: their names will do."""
    public: bool = True
    """The owner is public, so that its public members are."""


def _side_by_side(items: Iterable[Item], lean: int) -> Iterator[Row]:
    held: list[Item] = []
    for item in items:
        if item.mode == "small" and not item.about:
            held.append(item)
            continue
        yield from _joined(held, "", "; ", "", lean)
        held = []
        if item.mode != "type":
            yield _row(item, item.shown(lean))
    yield from _joined(held, "", "; ", "", lean)


def _joined(items: Sequence[Item], dots: str, between: str, about: str, lean: int) -> Iterator[Row]:
    """Rows of as many items as fit, so that none is cut off; `dots` before the first of each."""
    held: list[str] = []
    size = first = last = 0
    before = ""
    for item in items:
        code, words = _without(item.shown(lean), before)
        if held and size + len(code) + len(dots) + 2 > LONGEST_CELL:
            yield Row(first=first, last=last, code=dots + between.join(held), about=about)
            held, size, last, code = [], 0, 0, item.shown(lean)
        first = first if held else item.first
        last = max(last, item.last)
        held.append(code)
        size += len(code) + len(between)
        before = words
    if held:
        yield Row(first=first, last=last, code=dots + between.join(held), about=about)


def _elided(items: Sequence[Item], lean: int) -> list[str]:
    found: list[str] = []
    before = ""
    for item in items:
        code, before = _without(item.shown(lean), before)
        found.append(code)
    return found


def _without(code: str, before: str) -> tuple[str, str]:
    """The code without the keywords it shares with the item before it, as in `let a; b`; and its keywords."""
    match = _KEYWORDS.match(code)
    words = match[0] if match else ""
    return (code[len(words) :] if words and words == before else code), words


def _row(item: Item, code: str) -> Row:
    return Row(first=item.first, last=item.last, code=code, about=item.about)
