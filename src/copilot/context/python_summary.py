"""A Python file as one compact Markdown table: what it imports and defines, with line ranges.

Signatures are cut from the source, not rebuilt: comments and line breaks go, all else stays as written.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot.context.markdown import one_line
from copilot.context.table import LONGEST_CELL, LONGEST_VALUE, Row, joined, table

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_TOKEN = re.compile(
    r"(?P<string>\"\"\"(?:\\.|(?!\"\"\").)*\"\"\"|'''(?:\\.|(?!''').)*'''"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<comment>\#[^\n]*)|(?P<space>(?:\\\n|\s)+)|(?P<other>.)",
    re.DOTALL,
)


class NotPythonError(ValueError):
    """The text is not valid for this Python; the message says where and why."""


def outline(text: str) -> tuple[str, str]:
    """The module's own first docstring line and the table; either may be empty. Raises NotPythonError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    tree = _parse(text)
    return _first_line(tree), table([*_imports(tree), *_rows(tree, Source(text))])


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
        if isinstance(owner, ast.Module):
            yield from attributes
        else:
            attributes.extend(_of_instances(owner, source))
            yield from joined(attributes, f"attributes of {prefix[:-1]}")


def _of_instances(owner: ast.ClassDef, source: Source) -> Iterator[Row]:
    """Public `self.name` that `__init__` sets, each once."""
    seen: set[str] = set()
    for made in _statements(owner.body):
        if not isinstance(made, ast.FunctionDef) or made.name != "__init__":
            continue
        for node in _statements(made.body):
            for target in _targets(node):
                if _is_own(target) and target.attr not in seen:
                    seen.add(target.attr)
                    kind = (
                        f": {_squeezed(source.of(node.annotation))}"
                        if isinstance(node, ast.AnnAssign)
                        else ""
                    )
                    yield Row(first=node.lineno, last=_end(node)[0], code=f"self.{target.attr}{kind}")


def _targets(node: ast.stmt) -> Iterator[ast.Attribute]:
    """The attributes that a statement sets."""
    targets: Sequence[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    for target in targets:
        elements = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        yield from (one for one in elements if isinstance(one, ast.Attribute))


def _is_own(target: ast.Attribute) -> bool:
    return (
        isinstance(target.value, ast.Name) and target.value.id == "self" and not target.attr.startswith("_")
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
            return f"{names} = {_value(value, source, names)}"
        case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
            return f"__all__ += {_value(value, source, '__all__')}"
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


def _value(value: ast.expr, source: Source, names: str = "") -> str:
    shown = _squeezed(source.of(value))
    longest = LONGEST_CELL - 20 if names == "__all__" else LONGEST_VALUE
    return shown if len(shown) <= longest else "…"


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


def _start(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _end(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or 0
