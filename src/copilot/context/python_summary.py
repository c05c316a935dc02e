"""A Python file as one compact Markdown table: what it imports and defines, with line ranges.

Signatures are cut from the source, not rebuilt: comments and line breaks go, all else stays as written.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot.context.markdown import cell, code, one_line

LONGEST_CELL = 400
"""Characters of a signature, an import list or a class's attributes; what is cut ends in an ellipsis."""
LONGEST_VALUE = 100
"""Characters of a constant's value; a longer value is written as an ellipsis."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_TOKEN = re.compile(
    r"(?P<string>\"\"\"(?:\\.|(?!\"\"\").)*+\"\"\"|'''(?:\\.|(?!''').)*+'''"
    r"|\"(?:\\.|[^\"\\\n])*+\"|'(?:\\.|[^'\\\n])*+')"
    r"|(?P<comment>\#[^\n]*)|(?P<space>(?:\\\n|\s)+)|(?P<other>.)",
    re.DOTALL,
)


class NotPythonError(ValueError):
    """The text is not valid for this Python; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `code` and `about` may be empty."""

    first: int
    last: int
    code: str
    about: str = ""

    def markdown(self) -> str:
        """The row with its line range."""
        lines = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        shown = cell(code(_short(self.code))) if self.code else ""
        return f"| {lines} | {shown} | {cell(_short(self.about))} |\n"


def outline(text: str) -> str:
    """The table, the module's own first docstring line above it. Raises NotPythonError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    tree = _parse(text)
    source = Source(text)
    about = _first_line(tree)
    rows = sorted((*_imports(tree), *_rows(tree, source)), key=lambda row: (row.first, row.last))
    if not rows:
        return f"{about}\n\nNo definitions.\n" if about else "No definitions.\n"
    table = "| lines | definition | about |\n|---|---|---|\n" + "".join(row.markdown() for row in rows)
    return f"{about}\n\n{table}" if about else table


@dataclass(slots=True)
class Source:
    """The text by line and UTF-8 column, as `ast` counts."""

    text: str
    lines: list[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.encode("utf-8", "replace").split(b"\n")

    def between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """From a (line, column) to another; lines count from 1."""
        (first, left), (last, right) = start, end
        if first == last:
            return self.lines[first - 1][left:right].decode("utf-8", "replace")
        inner = (self.lines[first - 1][left:], *self.lines[first : last - 1], self.lines[last - 1][:right])
        return b"\n".join(inner).decode("utf-8", "replace")

    def of(self, node: ast.expr | ast.stmt) -> str:
        """The node as written."""
        return self.between(_start(node), _end(node))


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():  # an odd escape in a file we only read is no business of ours
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        where = f"line {error.lineno}: " if error.lineno else ""
        raise NotPythonError(f"{where}{error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPythonError(str(error) or "nested too deeply") from error


def _rows(tree: ast.Module, source: Source) -> Iterator[Row]:
    """Definitions at module and class level, also inside `if`, `try`, `with`, `for`, `while` and `match`."""
    todo: list[tuple[ast.Module | ast.ClassDef, str]] = [(tree, "")]
    while todo:
        owner, prefix = todo.pop()
        attributes: list[Row] = []
        for node in _statements(owner.body):
            if isinstance(node, Definition):
                yield _definition_row(node, prefix, source)
                if isinstance(node, ast.ClassDef):
                    todo.append((node, f"{prefix}{node.name}."))
            elif shown := _assignment(node, source):
                attributes.append(Row(first=node.lineno, last=_end(node)[0], code=shown))
        yield from attributes if isinstance(owner, ast.Module) else _joined(attributes, prefix[:-1])


def _joined(attributes: Sequence[Row], owner: str) -> Iterator[Row]:
    """A class's attributes as one row."""
    if attributes:
        shown = "; ".join(row.code for row in attributes)
        yield Row(
            first=attributes[0].first, last=attributes[-1].last, code=shown, about=f"attributes of {owner}"
        )


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements in source order, those of blocks that open no scope included."""
    todo = list(reversed(body))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, Definition):
            inner: list[ast.stmt] = []
            for name in ("body", "handlers", "orelse", "finalbody", "cases"):
                for child in getattr(node, name, None) or ():
                    inner.extend([child] if isinstance(child, ast.stmt) else child.body)
            todo.extend(reversed(inner))


def _definition_row(node: Definition, prefix: str, source: Source) -> Row:
    decorators = "".join(f"@{_squeezed(source.of(d))} " for d in node.decorator_list)
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    header = _header(node, source)
    match node:
        case ast.ClassDef():
            shown = header.replace("class ", f"class {prefix}", 1)
        case ast.FunctionDef():
            shown = prefix + header.removeprefix("def ")
        case ast.AsyncFunctionDef():
            shown = f"async {prefix}" + header.removeprefix("async ").removeprefix("def ")
    return Row(first=first, last=_end(node)[0], code=decorators + shown, about=_first_line(node))


def _header(node: Definition, source: Source) -> str:
    """`def name(...) -> type` or `class Name(...)` on one line, without its colon."""
    anchor = max(map(_end, _in_header(node)), default=(node.lineno, node.col_offset))
    rest = source.between(anchor, _start(node.body[0]))
    closing = 0
    for token in _TOKEN.finditer(rest):  # after the anchor: brackets, commas, `/`, `*`, comments, the colon
        if token.lastgroup == "other" and token[0] == ":":
            closing = token.start()
            break
    return _squeezed(source.between(_start(node), anchor) + rest[:closing])


def _in_header(node: Definition) -> Iterator[ast.expr]:
    """Every expression of the header that has a place."""
    if isinstance(node, ast.ClassDef):
        yield from node.bases
        yield from (keyword.value for keyword in node.keywords)
    else:
        yield from _of_arguments(node.args)
        if node.returns is not None:
            yield node.returns
    yield from getattr(node, "type_params", ())


def _of_arguments(arguments: ast.arguments) -> Iterator[ast.expr]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    yield from (d for d in (*arguments.defaults, *arguments.kw_defaults) if d is not None)
    for argument in every:
        # an `arg` has the places of an expression without being one
        yield ast.copy_location(ast.Name(id=argument.arg, ctx=ast.Load()), argument)


def _assignment(node: ast.stmt, source: Source) -> str:
    """`NAME = value`, `name: type = value`, `type Name = value`; empty for anything else."""
    match node:
        case ast.Assign(targets=targets, value=value) if all(_is_name(target) for target in targets):
            names = " = ".join(source.of(target) for target in targets)
            return f"{names} = {_value(value, source)}"
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            shown = f"{name}: {_squeezed(source.of(annotation))}"
            return shown if value is None else f"{shown} = {_value(value, source)}"
        case _ if type(node).__name__ == "TypeAlias":  # Python 3.12
            return _squeezed(source.of(node))
        case _:
            return ""


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(isinstance(element, ast.Name) for element in target.elts)
    return isinstance(target, ast.Name)


def _value(value: ast.expr, source: Source) -> str:
    shown = _squeezed(source.of(value))
    return shown if len(shown) <= LONGEST_VALUE else "…"


def _imports(tree: ast.Module) -> Iterator[Row]:
    """One row for all imports but those inside functions; its lines are those outside any block."""
    nodes = [n for n in _statements(tree.body) if isinstance(n, ast.Import | ast.ImportFrom)]
    plain = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)] or nodes
    if nodes:
        grouped: dict[str, list[str]] = {}
        for node in nodes:
            match node:
                case ast.Import(names=names):
                    for name in names:
                        grouped.setdefault(_alias(name), [])
                case ast.ImportFrom(module=module, names=names, level=level):
                    grouped.setdefault("." * level + (module or ""), []).extend(map(_alias, names))
        shown = "; ".join(
            f"{name}: {', '.join(members)}" if members else name for name, members in grouped.items()
        )
        yield Row(first=plain[0].lineno, last=_end(plain[-1])[0], code=shown, about="imports")


def _alias(name: ast.alias) -> str:
    return f"{name.name} as {name.asname}" if name.asname else name.name


def _first_line(node: ast.Module | Definition) -> str:
    """The first line of the docstring, one that says something."""
    doc = ast.get_docstring(node, clean=True) or ""
    return next((one_line(line) for line in doc.splitlines() if line.strip()), "")


def _squeezed(text: str) -> str:
    """On one line: comments out, whitespace outside strings to one space or, inside brackets' edges, none."""
    out: list[str] = []
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "comment":
                continue
            case "space":
                if out and out[-1] not in (" ", "(", "[", "{"):
                    out.append(" ")
            case "other" if token[0] in ")]}":
                if out and out[-1] == " ":
                    out.pop()
                out.append(token[0])
            case _:
                out.append(token[0])
    return one_line("".join(out))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _start(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0
