"""What a Python definition shows: signature, decorators, first docstring line, values, attributes."""

import ast
import re
from collections.abc import Iterator, Sequence

from copilot.context.python.source import Definition, Source

LONGEST_SIGNATURE = 240
"""Characters above which a signature shows its parameters' names without their types and defaults."""
LONGEST_VALUE = 40
"""Characters above which a value or a decorator's arguments are left out."""
LONGEST_FIELD = 80
"""Characters above which an annotated field stands without its value."""
LONGEST_TYPE = 60
"""Characters above which the type of a field that long is left out too."""
LONGEST_ALL = 200
"""Characters of `__all__` above which its names are left out."""
LONGEST_DOC = 80

Function = ast.FunctionDef | ast.AsyncFunctionDef
Assigned = tuple[Sequence[str], str]
"""The names that a statement sets, and what to show: the statement, or the names where it is long."""
_BLOCKS = frozenset(
    getattr(ast, name)
    for name in ("If", "Try", "TryStar", "With", "AsyncWith", "For", "AsyncFor", "While", "Match")
    if hasattr(ast, name)
)


def statements(body: Sequence[ast.stmt]) -> Sequence[ast.stmt]:
    """The statements in source order, those of blocks that open no scope included."""
    return body if _BLOCKS.isdisjoint(map(type, body)) else list(_flattened(body))


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


def doc(node: Definition | ast.Module) -> str:
    """The first line of the docstring that says something, at most `LONGEST_DOC` characters."""
    body = node.body
    if body:
        first = body[0]
        if isinstance(first, ast.Expr):
            constant = first.value
            if isinstance(constant, ast.Constant) and isinstance(text := constant.value, str):
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


def assigned(node: ast.Assign, source: Source) -> Assigned | None:
    """For `NAME = value`, also with several names; None where no name is set."""
    target = node.targets[0]
    if isinstance(target, ast.Name) and len(node.targets) == 1:
        found = (target.id,)
    else:
        found = tuple([name for target in node.targets for name in names_in(target)])
        if not found:
            return None
    if found[0] == "__all__":
        text = source.of(node)
        return found, text if len(text) <= LONGEST_ALL else "__all__"
    if node.end_lineno == node.lineno and (node.end_col_offset or 0) - node.value.col_offset <= LONGEST_VALUE:
        return found, source.of(node)
    return found, ", ".join(found)


def annotated(node: ast.AnnAssign, source: Source) -> Assigned | None:
    """For `name: type` and `name: type = value`; None for `self.name: type`."""
    target = node.target
    if not isinstance(target, ast.Name):
        return None
    if node.end_lineno == node.lineno and (node.end_col_offset or 0) - node.col_offset <= LONGEST_FIELD:
        return (target.id,), source.of(node)
    text = source.of(node.annotation)
    text = f"{target.id}: {text if len(text) <= LONGEST_TYPE else '…'}"
    return (target.id,), text if node.value is None else f"{text} = …"


def other_assigned(node: ast.stmt, source: Source) -> Assigned | None:
    """For `__all__ += names` and `type Name = ...`; None for anything else."""
    if isinstance(node, ast.AugAssign):
        if isinstance(node.target, ast.Name) and node.target.id == "__all__":
            text = source.of(node)
            return ("__all__",), text if len(text) <= LONGEST_ALL else "__all__ += …"
    elif type(node).__name__ == "TypeAlias":  # Python 3.12
        text = source.of(node)
        name = re.match(r"type\s+(\w+)", text)
        return ((name[1],), text) if name else None
    return None


def names_in(target: ast.expr) -> Iterator[str]:
    """The names in a target, in order."""
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from names_in(element)
    elif isinstance(target, ast.Starred):
        yield from names_in(target.value)


def of_instances(made: Function) -> list[str]:
    """Public `self.name` that `__init__` sets, as one item; empty without any."""
    found: dict[str, None] = {}
    for node in statements(made.body):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Attribute):
                _own(target, found)
            elif isinstance(target, ast.Tuple | ast.List):
                for one in target.elts:
                    if isinstance(one, ast.Attribute):
                        _own(one, found)
    return [f"self.{', '.join(found)}"] if found else []


def _own(target: ast.Attribute, found: dict[str, None]) -> None:
    owner = target.value
    if target.attr[0] != "_" and isinstance(owner, ast.Name) and owner.id == "self":
        found[target.attr] = None
