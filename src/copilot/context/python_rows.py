"""The rows of a Python file's table: one walk over module and class bodies, never into a function's.

Members stand below their class, a dot for each class they are in; a class's attributes in its own row. What
is private is named with its first line, a row for each scope.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot.context.markdown import cell, code
from copilot.context.python_imports import Imports
from copilot.context.python_source import Definition, Source

LONGEST_SIGNATURE = 240
"""Characters above which a signature shows its parameters' names without their types and defaults."""
LONGEST_VALUE = 40
"""Characters above which a value, a decorator's arguments or the type of a field are left out."""
LONGEST_ALL = 200
"""Characters of `__all__` above which its names are left out."""
LONGEST_DOC = 80
LONGEST_ROW = 300
"""Characters of the items joined in one row."""
LONGEST_SMALL = 80
"""Characters of a signature above which a function has a row of its own even without a docstring."""

_BLOCKS = frozenset(
    getattr(ast, name)
    for name in ("If", "Try", "TryStar", "With", "AsyncWith", "For", "AsyncFor", "While", "Match")
    if hasattr(ast, name)
)
_NOTHING = frozenset((ast.Pass, ast.Expr))
_NONE = ("", 0, "", "")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Rows:
    """What one walk gathers: finished rows in the order of the source, and what ranking needs."""

    source: Source
    rows: list[str] = field(default_factory=list[str])
    defines: dict[str, None] = field(default_factory=dict[str, None])
    imports: Imports = field(default_factory=Imports)
    same: tuple[str, int, str, str] = _NONE
    """The function before: its name, first line, signatures and docstring line."""

    def scope(self, body: Sequence[ast.stmt], dots: str = "", *, private: bool = False) -> list[str]:
        """Append the rows of a module's or class's members; the class's own attributes are handed back."""
        rows, source = self.rows, self.source
        hidden: dict[str, int] = {}
        attributes: list[str] = []
        constants = Run(rows)
        small = Run(rows, numbered=True)
        for node in statements(body):
            kind = type(node)
            if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
                assert isinstance(node, Function)
                name = node.name
                if name == "__init__":
                    attributes += _of_instances(node)
                if private or (name[0] == "_" and name != "__init__"):
                    hidden.setdefault(name, node.lineno)
                    continue
                constants.end()
                self.defines[name] = None
                self._function(node, dots, small)
            elif kind is ast.ClassDef:
                assert isinstance(node, ast.ClassDef)
                constants.end()
                self._class(node, dots, private, small)
            elif kind is ast.Import or kind is ast.ImportFrom:
                assert isinstance(node, ast.Import | ast.ImportFrom)
                if not dots:
                    self.imports.add(node)
            elif shown := assigned(node, source):
                names, text = shown
                public = [name for name in names if name[0] != "_" or name == "__all__"]
                if private or not public:
                    for name in names:
                        hidden.setdefault(name, node.lineno)
                elif dots:
                    attributes.append(text)
                else:
                    small.end()
                    self.defines.update(dict.fromkeys(public))
                    constants.add(node.lineno, node.end_lineno or 0, text)
        small.end()
        constants.end()
        if hidden:
            rows.append(_hidden(hidden, dots))
        return attributes

    def _function(self, node: Function, dots: str, small: "Run") -> None:
        name, about = node.name, doc(node)
        text = signature(node, self.source, dots)
        if name == self.same[0]:  # an overload or a setter: what differs goes behind the one before it
            _, first, before, was = self.same
            decorated, _, rest = text.partition(f"{dots}{name}")
            decorated = "" if decorated == "@overload " else decorated
            text, about = f"{before}; {decorated}{rest}", was or about
            if not small.take_back():
                self.rows.pop()
        else:
            first = first_line(node)
        if about or len(text) > LONGEST_SMALL:
            small.end()
            self.rows.append(row(first, node.end_lineno or 0, text, about))
        else:
            small.add(first, node.end_lineno or 0, text)
        self.same = name, first, text, about

    def _class(self, node: ast.ClassDef, dots: str, private: bool, small: "Run") -> None:
        name, about = node.name, doc(node)
        private = private or name[0] == "_"
        if not private:
            self.defines[name] = None
        head = self.source.header(node)
        if dots:
            head = f"class {dots}{head[6:]}"
        first, last = node.lineno, node.end_lineno or 0
        if node.decorator_list:
            head, first = decorators(node, self.source) + head, first_line(node)
        if not about and len(node.body) == 1 and type(node.body[0]) in _NOTHING:
            small.add(first, last, head)
            return
        small.end()
        place = len(self.rows)
        self.rows.append("")
        self.same = _NONE
        attributes = self.scope(node.body, f"{dots}.", private=private)
        self.same = _NONE
        if attributes and not private:
            packs = packed(list(dict.fromkeys(attributes)))
            shown = row(first, last, f"{head}: {packs[0]}", about)
            self.rows[place] = shown + "".join([row(first, last, f"{dots}.{pack}") for pack in packs[1:]])
        else:
            self.rows[place] = row(first, last, head, about)


@dataclass(slots=True)
class Run:
    """Neighbours without a docstring, gathered to be joined in few rows. `numbered`: each with its line."""

    rows: list[str]
    numbered: bool = False
    _items: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])

    def add(self, first: int, last: int, text: str) -> None:
        """One more, below the others."""
        self._items.append((first, last, text))

    def take_back(self) -> bool:
        """Drop the last; False when there is none."""
        if self._items:
            self._items.pop()
            return True
        return False

    def end(self) -> None:
        """Write the rows of what was gathered."""
        if not self._items:
            return
        start, stop, held = self._items[0]
        for first, last, text in self._items[1:]:
            if len(held) + len(text) > LONGEST_ROW:
                self.rows.append(row(start, stop, held))
                start, held = first, text
            else:
                held = f"{held}; {first} {text}" if self.numbered else f"{held}; {text}"
            stop = last
        self.rows.append(row(start, stop, held))
        self._items.clear()


def statements(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """The statements in source order, those of blocks that open no scope included."""
    for node in body:
        if type(node) in _BLOCKS:
            return list(_flattened(body))
    return body


def _flattened(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    todo = list(reversed(body))
    while todo:
        node = todo.pop()
        if type(node) not in _BLOCKS:
            yield node
            continue
        inner: list[ast.stmt] = []
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            for child in getattr(node, name, None) or ():
                inner.extend([child] if isinstance(child, ast.stmt) else child.body)
        todo.extend(reversed(inner))


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


def doc(node: Definition | ast.Module) -> str:
    """The first line of the docstring that says something, at most `LONGEST_DOC` characters."""
    body = node.body
    if body:
        first = body[0]
        if type(first) is ast.Expr:
            constant = first.value
            if type(constant) is ast.Constant and type(text := constant.value) is str:
                line = text.lstrip().partition("\n")[0].rstrip()
                return line if len(line) <= LONGEST_DOC else f"{line[: LONGEST_DOC - 1].rstrip()}…"
    return ""


def first_line(node: Definition) -> int:
    """Where the definition begins, its decorators included."""
    return node.decorator_list[0].lineno if node.decorator_list else node.lineno


def decorators(node: Definition, source: Source) -> str:
    """Each with a space behind it; long arguments left out."""
    shown = ""
    for decorator in node.decorator_list:
        text = source.of(decorator)
        if len(text) > LONGEST_VALUE:
            head, bracket, _ = text.partition("(")
            text = f"{head}(…)" if bracket else head
        shown += f"@{text} "
    return shown


def signature(node: Function, source: Source, dots: str) -> str:
    """`name(...) -> type` with its decorators, the dots before its name."""
    text = source.header(node)
    start = ""
    if type(node) is ast.AsyncFunctionDef:
        start, text = "async ", text[6:]
    if len(text) > LONGEST_SIGNATURE:
        text = f"def {node.name}({_parameters(node.args)})"
        if node.returns is not None and len(returns := source.of(node.returns)) <= LONGEST_VALUE:
            text = f"{text} -> {returns}"
    text = f"{start}{dots}{text[4:]}"
    return decorators(node, source) + text if node.decorator_list else text


def _parameters(arguments: ast.arguments) -> str:
    """Their names, `=…` behind one that may be left out."""
    plain = [*arguments.posonlyargs, *arguments.args]
    needed = len(plain) - len(arguments.defaults)
    shown = [a.arg if n < needed else f"{a.arg}=…" for n, a in enumerate(plain)]
    if arguments.posonlyargs:
        shown.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg or arguments.kwonlyargs:
        shown.append(f"*{arguments.vararg.arg if arguments.vararg else ''}")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        shown.append(argument.arg if default is None else f"{argument.arg}=…")
    if arguments.kwarg:
        shown.append(f"**{arguments.kwarg.arg}")
    return ", ".join(shown)


def assigned(node: ast.stmt, source: Source) -> tuple[Sequence[str], str] | None:
    """The names that a statement sets, and what to show: the statement, or the names where it is long."""
    kind = type(node)
    if kind is ast.Assign:
        assert isinstance(node, ast.Assign)
        target = node.targets[0]
        if type(target) is ast.Name and len(node.targets) == 1:
            found = (target.id,)
        else:
            found = tuple([name for target in node.targets for name in _names(target)])
            if not found:
                return None
        room = LONGEST_VALUE + node.value.col_offset if found[0] != "__all__" else LONGEST_ALL
        if node.end_lineno == node.lineno:
            if (node.end_col_offset or 0) <= room:
                return found, source.of(node)
        elif found[0] == "__all__" and len(text := source.of(node)) <= room:
            return found, text
        return found, ", ".join(found)
    if kind is ast.AnnAssign:
        assert isinstance(node, ast.AnnAssign)
        target = node.target
        if type(target) is not ast.Name:
            return None
        if node.end_lineno == node.lineno and (node.end_col_offset or 0) - node.col_offset <= 80:
            return (target.id,), source.of(node)
        text = source.of(node.annotation)
        text = f"{target.id}: {text if len(text) <= 60 else '…'}"
        return (target.id,), text if node.value is None else f"{text} = …"
    if kind is ast.AugAssign:
        assert isinstance(node, ast.AugAssign)
        if type(node.target) is ast.Name and node.target.id == "__all__":
            text = source.of(node)
            return ("__all__",), text if len(text) <= LONGEST_ALL else "__all__ += …"
    if kind.__name__ == "TypeAlias":  # Python 3.12
        text = source.of(node)
        name = text[5:].lstrip().partition(" ")[0].partition("[")[0].partition("=")[0]
        return (name,), text
    return None


def _names(target: ast.expr) -> Iterator[str]:
    """The names in a target, in order."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from _names(element)
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)


def _of_instances(made: Function) -> list[str]:
    """Public `self.name` that `__init__` sets."""
    found: dict[str, None] = {}
    for node in statements(made.body):
        kind = type(node)
        if kind is ast.Assign:
            targets = node.targets
        elif kind is ast.AnnAssign:
            targets = (node.target,)
        else:
            continue
        for target in targets:
            for one in target.elts if isinstance(target, ast.Tuple | ast.List) else (target,):
                if type(one) is ast.Attribute and one.attr[0] != "_":
                    owner = one.value
                    if type(owner) is ast.Name and owner.id == "self":
                        found[one.attr] = None
    return [f"self.{', '.join(found)}"] if found else []


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
