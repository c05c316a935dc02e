"""The rows of a Python file's table: one walk over module and class bodies, never into a function's.

Members stand below their class, a dot for each class they are in; a class's attributes in its own row. What
is private is named with its first line, a row for each scope.
"""

import ast
from collections.abc import Callable, Iterable, Sequence

from copilot.context.markdown import cell, code
from copilot.context.python.imports import Imports
from copilot.context.python.pieces import (
    Function,
    annotated,
    assigned,
    decorators,
    doc,
    first_line,
    of_instances,
    other_assigned,
    signature,
)
from copilot.context.python.source import Source
from copilot.vocabulary.frozen import field, mutable

LONGEST_ROW = 300
"""Characters of the items joined in one row."""
LONGEST_SMALL = 80
"""Characters of a signature above which a function has a row of its own even without a docstring."""

_NOTHING = frozenset((ast.Pass, ast.Expr))
_EXPRESSION, _FUNCTION, _CLASS = ast.Expr, (ast.FunctionDef, ast.AsyncFunctionDef), ast.ClassDef
_IMPORT = (ast.Import, ast.ImportFrom)
Run = list[tuple[int, int, str]]
"""Neighbours without a docstring, to be joined: first line, last line, code."""


@mutable
class Rows:
    """What one walk gathers: finished rows in the order of the source, and what ranking needs."""

    source: Source
    members: Callable[[ast.ClassDef], Iterable[ast.stmt]]
    """The statements of a class, whose last line is known behind them."""
    rows: list[str] = field(default_factory=list[str])
    defines: dict[str, None] = field(default_factory=dict[str, None])
    imports: Imports = field(default_factory=Imports)
    same: str = ""
    """The name of the function before, which is written once it is known that no overload follows."""
    first: int = 0
    last: int = 0
    signatures: list[str] = field(default_factory=list[str])
    about: str = ""

    def scope(self, body: Iterable[ast.stmt], dots: str = "", *, private: bool = False) -> list[str]:
        """Append the rows of a module's or class's members; the class's own attributes are handed back."""
        hidden: dict[str, int] = {}
        attributes: list[str] = []
        constants: Run = []
        small: Run = []
        for node in body:
            if isinstance(node, _EXPRESSION):
                pass
            elif isinstance(node, _FUNCTION):
                name = node.name
                if name == "__init__":
                    attributes += of_instances(node)
                if private or (name[0] == "_" and name != "__init__"):
                    hidden.setdefault(name, node.lineno)
                else:
                    self._end(constants)
                    self._function(node, dots, small)
            elif isinstance(node, _CLASS):
                self._end(constants)
                self._class(node, dots, small, private=private or node.name[0] == "_")
            elif isinstance(node, _IMPORT):
                if not dots:
                    self.imports.add(node)
            elif shown := self._shown(node, hidden, dots, private=private):
                if dots:
                    attributes.append(shown)
                else:
                    self._end_function(small)
                    self._end(small, numbered=True)
                    constants.append((node.lineno, node.end_lineno or 0, shown))
            del node  # else the last tree would still be there while the next one is made
        self._end_function(small)
        self._end(small, numbered=True)
        self._end(constants)
        if hidden:
            self.rows.append(_hidden(hidden, dots))
        return attributes

    def _shown(self, node: ast.stmt, hidden: dict[str, int], dots: str, *, private: bool) -> str:
        """What an assignment shows; empty where it sets no public name, whose names are then `hidden`."""
        if isinstance(node, ast.AnnAssign):
            found = annotated(node, self.source)
        elif isinstance(node, ast.Assign):
            found = assigned(node, self.source)
        else:
            found = other_assigned(node, self.source)
        if found is None:
            return ""
        names, text = found
        shown = ""
        for name in names:
            if private or (name[0] == "_" and name != "__all__"):
                hidden.setdefault(name, node.lineno)
            else:
                shown = text
                if not dots and name != "__all__":
                    self.defines[name] = None
        return shown

    def _function(self, node: Function, dots: str, small: Run) -> None:
        name = node.name
        about = "" if name.startswith("test") else doc(node)  # a test's name says it already
        if name != "__init__":
            self.defines[name] = None
        text = signature(node, self.source, dots)
        if name == self.same:  # an overload or a setter: what differs goes behind the one before it
            decorated, _, rest = text.partition(f"{dots}{name}")
            decorated = "" if decorated == "@overload " else decorated
            self.signatures.append(f"{decorated}{rest}")
            self.about = self.about or about
        else:
            self._end_function(small)
            self.same, self.first, self.about = name, first_line(node), about
            self.signatures.append(text)
        self.last = node.end_lineno or 0

    def _end_function(self, small: Run) -> None:
        """Write the function before, where there is one."""
        if not self.same:
            return
        text = "; ".join(self.signatures)
        if self.about or len(text) > LONGEST_SMALL:
            self._end(small, numbered=True)
            self.rows.append(row(self.first, self.last, text, self.about))
        else:
            small.append((self.first, self.last, text))
        self.same = ""
        self.signatures.clear()

    def _class(self, node: ast.ClassDef, dots: str, small: Run, *, private: bool) -> None:
        about = doc(node)
        if not private and not dots:
            self.defines[node.name] = None
        head = self.source.header(node)
        if dots:
            head = f"class {dots}{head[6:]}"
        first = node.lineno
        if node.decorator_list:
            head, first = decorators(node, self.source) + head, first_line(node)
        self._end_function(small)
        if not about and len(node.body) == 1 and type(node.body[0]) in _NOTHING:
            small.append((first, node.end_lineno or 0, head))
            return
        self._end(small, numbered=True)
        place = len(self.rows)
        self.rows.append("")
        attributes = self.scope(self.members(node), f"{dots}.", private=private)
        last = node.end_lineno or 0
        if attributes and not private:
            packs = packed(attributes)
            shown = row(first, last, f"{head}: {packs[0]}", about)
            self.rows[place] = shown + "".join([row(first, last, f"{dots}.{pack}") for pack in packs[1:]])
        else:
            self.rows[place] = row(first, last, head, about)

    def _end(self, run: Run, *, numbered: bool = False) -> None:
        """Write what was gathered as few rows; `numbered`: each but a row's first with its own line."""
        if not run:
            return
        start, stop, held = run[0]
        for first, last, text in run[1:]:
            if len(held) + len(text) > LONGEST_ROW:
                self.rows.append(row(start, stop, held))
                start, held = first, text
            else:
                held = f"{held}; {first} {text}" if numbered else f"{held}; {text}"
            stop = last
        self.rows.append(row(start, stop, held))
        run.clear()


def row(first: int, last: int, shown: str, about: str = "") -> str:
    """One line of the table."""
    if "`" in shown or "|" in shown or not shown.isprintable():
        shown = cell(code(shown))
    elif "__" in shown or "*" in shown or "<" in shown or "\\" in shown or "](" in shown or "~" in shown:
        shown = f"`{shown}`"
    if "|" in about or not about.isprintable():
        about = cell(about)
    lines = f"{first}-{last}" if last > first else f"{first}"
    return f"{lines}|{shown}|{about}\n" if about else f"{lines}|{shown}\n"


def packed(items: Sequence[str]) -> list[str]:
    """The items in as few rows as hold them, none cut off."""
    packs: list[str] = []
    held = items[0]
    for item in items[1:]:
        if len(held) + len(item) > LONGEST_ROW:
            packs.append(held)
            held = item
        else:
            held = f"{held}; {item}"
    packs.append(held)
    return packs


def _hidden(found: dict[str, int], dots: str) -> str:
    lines = list(found.values())
    if len(found) == 1:
        return row(lines[0], lines[0], dots + next(iter(found)))
    return row(lines[0], lines[-1], dots + ", ".join([f"{name} {line}" for name, line in found.items()]))
