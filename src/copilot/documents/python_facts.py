"""The symbols of a Python file, by `ast`: definitions at every depth, fields, attributes set on `self`."""

import ast
import warnings
from collections.abc import Iterator, Sequence

from copilot.context.python.pieces import names_in
from copilot.documents.facts import Parameter, Symbol
from copilot.vocabulary.frozen import field, mutable

LONGEST = 2_000_000
"""Characters of a file beyond which it is not parsed."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def symbols_of_python(text: str) -> tuple[Symbol, ...] | None:
    """In source order; None where the text is not valid for this Python."""
    if len(text) > LONGEST:
        return None
    try:
        with warnings.catch_warnings():  # an odd escape in a file we only read is no business of ours
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = _Found()
    found.body(tree.body, "", in_class=False)
    return tuple(found.symbols)


@mutable
class _Found:
    symbols: list[Symbol] = field(default_factory=list[Symbol])
    seen: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])

    def add(self, symbol: Symbol) -> None:
        if (symbol.name, symbol.line) not in self.seen:
            self.seen.add((symbol.name, symbol.line))
            self.symbols.append(symbol)

    def body(self, body: Sequence[ast.stmt], owner: str, *, in_class: bool) -> None:
        for node in _statements(body):
            if isinstance(node, Function):
                self._function(node, owner, in_class=in_class)
            elif isinstance(node, ast.ClassDef):
                self._class(node, owner)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    for name in names_in(target):
                        self._value(owner, name, node.lineno, node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self._value(owner, node.target.id, node.lineno, node.value, ast.unparse(node.annotation))
            elif type(node).__name__ == "TypeAlias":  # Python 3.12
                self._value(owner, str(getattr(node, "name").id), node.lineno, None)  # noqa: B009

    def _value(self, owner: str, name: str, line: int, value: ast.expr | None, type_: str = "") -> None:
        text = "" if value is None else ast.unparse(value)
        self.add(Symbol(name=_joined(owner, name), line=line, kind="value", value=text, returns=type_))

    def _class(self, node: ast.ClassDef, owner: str) -> None:
        name = _joined(owner, node.name)
        made = next((n for n in node.body if isinstance(n, Function) and n.name == "__init__"), None)
        bases = tuple(ast.unparse(base) for base in node.bases)
        self.add(
            Symbol(
                name=name,
                line=node.lineno,
                kind="class",
                parameters=None if made is None else _parameters(made, drop_first=True),
                bases=bases,
            )
        )
        self.body(node.body, name, in_class=True)

    def _function(self, node: Function, owner: str, *, in_class: bool) -> None:
        name = _joined(owner, node.name)
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
        self.add(
            Symbol(
                name=name,
                line=node.lineno,
                kind="function",
                parameters=_parameters(node, drop_first=in_class and not static),
                returns="" if node.returns is None else ast.unparse(node.returns),
            )
        )
        if in_class:
            for attribute, line, value in _of_self(node):
                self._value(owner, attribute, line, value)
        inner = [n for n in node.body if isinstance(n, Function | ast.ClassDef)]
        self.body(inner, name, in_class=False)


def _parameters(node: Function, *, drop_first: bool) -> tuple[Parameter, ...]:
    arguments = node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    defaults += arguments.defaults
    found = [_parameter(one, default) for one, default in zip(plain, defaults, strict=True)]
    if drop_first:
        found = found[1:]
    if arguments.vararg is not None:
        found.append(_parameter(arguments.vararg, None, stars=1))
    found += [
        _parameter(one, default)
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg is not None:
        found.append(_parameter(arguments.kwarg, None, stars=2))
    return tuple(found)


def _parameter(one: ast.arg, default: ast.expr | None, stars: int = 0) -> Parameter:
    return Parameter(
        name=one.arg,
        type="" if one.annotation is None else ast.unparse(one.annotation),
        default="" if default is None else ast.unparse(default),
        stars=stars,
        optional=default is not None or stars > 0,
    )


def _of_self(node: Function) -> Iterator[tuple[str, int, ast.expr | None]]:
    """What a method sets on its first parameter: name, line, value."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    if not arguments:
        return
    first = arguments[0].arg
    for one in ast.walk(node):
        if isinstance(one, ast.Assign):
            targets, value = one.targets, one.value
        elif isinstance(one, ast.AnnAssign):
            targets, value = [one.target], one.value
        else:
            continue
        for target in targets:
            plain = isinstance(target, ast.Attribute)
            for part in [target] if plain else getattr(target, "elts", ()):
                if isinstance(part, ast.Attribute) and _is_name(part.value, first):
                    yield part.attr, part.lineno, value if plain else None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements in source order, those of blocks that open no scope included."""
    for node in body:
        yield node
        if isinstance(node, Function | ast.ClassDef):
            continue
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            for child in getattr(node, name, None) or ():
                yield from _statements([child] if isinstance(child, ast.stmt) else child.body)


def _joined(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name
