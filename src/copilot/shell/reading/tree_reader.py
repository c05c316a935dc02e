"""What the readings of a POSIX shell and of PowerShell share: a tree, what the script has set so far, and
statements that need not be read again.

A statement depends on its own text, on the folder it runs in, and on what was set before it. `stamp` stands
for the last of these, so that after an edit only those are read for which one of the three changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from copilot.grammars.parsing import first_error
from copilot.shell.reading.found import Found, short
from copilot.shell.reading.grammar import Grammar, parse
from copilot.shell.reading.judge import Inside
from copilot.shell.reading.paths import Ground
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.readings import Statement

if TYPE_CHECKING:
    from tree_sitter import Node

Key = tuple[str, int, str | None, bytes, bytes]
"""Kind of node, stamp, folder, the text and what of it was parsed."""

Kept = Mapping[Key, Statement]
"""Statements that were read, by what they depend on."""


def shadowed(name: str, found: Found, *, known: bool) -> None:
    """An alias or a function has the name of a command, `known` where that is one of those judged by it."""
    if known:
        found.unknown(f"{short(name)} means something else here than its name says.")


class TreeReader:
    """One reading of one text. `statements` gives its statements in order, `kept` what may be used again."""

    def __init__(
        self,
        grammar: Grammar,
        source: bytes,
        ground: Ground,
        cwd: str | None,
        inside: Inside,
        before: Kept,
        parsed: bytes | None = None,
    ) -> None:
        self._source = source
        self._parsed = source if parsed is None else parsed
        self._ground = ground
        self._cwd = cwd
        self._inside = inside
        self._root = parse(grammar, self._parsed)
        self._variables: dict[str, str] = {}
        self._functions: dict[str, Node] = {}
        self._aliases: dict[str, str] = {}
        self._calling: list[str] = []
        self._before = before
        self._stamp = 0
        self._stirred = False
        self.kept: dict[Key, Statement] = {}

    @property
    def broken(self) -> int | None:
        """The line of the first place that does not parse; None where all does."""
        return first_error(self._root)

    def statements(self) -> Iterator[Statement]:
        """Each statement, read one after the other."""
        yield from self._split(self._root, 0)

    def text(self, node: "Node") -> str:
        """As it is written."""
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _split(self, node: "Node", depth: int) -> Iterator[Statement]:
        raise NotImplementedError

    def _effects(self, node: "Node", found: Found, depth: int) -> None:
        raise NotImplementedError

    def _new(self) -> Found:
        return Found(self._ground, self._cwd)

    def _once(self, node: "Node", read: Callable[[Found], None]) -> Statement:
        """The statement of a node: as it was read before, else what `read` finds."""
        first, last = lines_of(node)
        piece = slice(node.start_byte, node.end_byte)
        key = (node.type, self._stamp, self._cwd, self._source[piece], self._parsed[piece])
        known = self._before.get(key)
        if known is not None:
            if known.first_line != first:
                known = replace(known, first_line=first, last_line=last)
            self.kept[key] = known
            return known
        self._stirred = False
        cwd = self._cwd
        found = self._new()
        read(found)
        made = found.statement(self.text(node).strip(), first, last)
        broken = node.has_error or node.is_error or node.is_missing
        if not (broken or self._stirred or self._cwd != cwd):
            self.kept[key] = made
        return made

    def _stir(self, *what: object) -> None:
        """The statement under way sets something: what follows depends on it, if it is new."""
        self._stirred = True
        if what:
            self._stamp = hash((self._stamp, *what))

    def _set(self, name: str, value: str) -> None:
        self._variables[name] = value
        self._stir("=", name, value)

    def _unset(self, name: str) -> None:
        known = self._variables.pop(name, None) is not None
        self._stir(*(("unset", name) if known else ()))

    def _unset_all(self) -> None:
        self._stir(*(("unset",) if self._variables else ()))
        self._variables.clear()

    def _alias(self, name: str, value: str) -> None:
        self._aliases[name] = value
        self._stir("alias", name, value)

    def _defined(self, name: str, node: "Node") -> None:
        self._functions[name] = node
        self._stir("function", name, self._source[node.start_byte : node.end_byte])

    def _call(self, name: str, body: "Iterable[Node]", found: Found, depth: int) -> None:
        """What a function of the script does where it is called."""
        self._stir()  # it says in which line the function stands
        found.commands.setdefault(name)
        if name in self._calling:
            found.unknown(f"The function {short(name)} starts itself again, perhaps without end.")
            return
        line = self._functions[name].start_point[0] + 1
        found.why.setdefault(f"{short(name)} is a function of this script (line {line}).")
        self._calling.append(name)
        saved = self._cwd
        for child in body:
            self._effects(child, found, depth + 1)
        self._calling.pop()
        if self._cwd != saved:
            self._cwd = None


def lines_of(node: "Node") -> tuple[int, int]:
    """The first and the last line of a node, from 1."""
    first = node.start_point[0] + 1
    return first, max(first, node.end_point[0] + (1 if node.end_point[1] else 0))
