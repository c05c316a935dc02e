"""Is what the context says complete and useful? Checks by `ast` that need no model and no clock.

They read the context as its reader would: the section of a file, and in it the rows, each with the lines it
speaks of. `tests/context/test_useful.py` uses them too.
"""

import ast
import random
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_HEADING = re.compile(r"#{1,6} (.*)")
_ROW = re.compile(r"[|\s*-]*L?(\d+)(?:[-–](\d+))?\s*\|")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """A public name of a module: `name` is its last part. `parameters` only for functions, without `self`."""

    path: str
    qualified: str
    line: int
    parameters: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """As it is written where it is defined."""
        return self.qualified.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What the context says about a file: rows as (first line, last line, text), or the file's own text."""

    rows: tuple[tuple[int, int, str], ...]
    whole: str

    def row_of(self, wanted: Defined) -> bool:
        """Whether one row names it, with its parameters, and speaks of lines that hold its definition."""
        words = {wanted.name, *(wanted.parameters or ())}
        if self.whole:
            return words <= _words(self.whole)
        rows = (text for first, last, text in self.rows if first <= wanted.line <= last)
        return any(words <= _words(text) for text in rows)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def sections(context: str, paths: Iterable[str]) -> dict[str, Section]:
    """The sections of a context by path; those under other headings are left out."""
    known = set(paths)
    found: dict[str, Section] = {}
    rows: list[tuple[int, int, str]] = []
    inside: list[str] = []
    path = fence = ""
    for line in [*context.split("\n"), "# "]:
        if fence:
            fence = "" if line.rstrip() == fence else fence
            if fence:
                inside.append(line)
        elif heading := _HEADING.fullmatch(line):
            if path:
                found[path] = Section(rows=tuple(rows), whole="\n".join(inside))
            rows, inside = [], []
            title = heading[1].strip("` ")
            path = next((t for t in (title, title.split(" ", 1)[0].strip("`")) if t in known), "")
        elif opening := _FENCE.match(line):
            fence = opening[1]
        elif row := _ROW.match(line):
            rows.append((int(row[1]), int(row[2] or row[1]), line))
    return found


def public_names(path: str, data: bytes) -> list[Defined]:
    """Classes, functions, methods and assigned names at module and class level, none that begins with `_`.

    Also those inside `if`, `try`, `with`, loops and `match`. Empty for what is not valid for this Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return []
    return list(_public(path, "", tree.body))


def _public(path: str, owner: str, body: Sequence[ast.stmt]) -> Iterator[Defined]:
    for node in _statements(body):
        names = {}
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names = {node.name: _parameters(node, method=bool(owner))}
            case ast.ClassDef():
                names = {node.name: None}
            case ast.Assign():
                names = dict.fromkeys(n for target in node.targets for n in _targets(target))
            case ast.AnnAssign():
                names = dict.fromkeys(_targets(node.target))
            case _:
                pass
        for name, parameters in names.items():
            if not name.startswith("_"):
                yield Defined(path=path, qualified=owner + name, line=node.lineno, parameters=parameters)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(path, f"{owner}{node.name}.", node.body)


def _statements(body: Sequence[ast.AST]) -> Iterator[ast.stmt]:
    for node in body:
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, Function | ast.ClassDef):
            for name in _BLOCKS:
                yield from _statements(getattr(node, name, ()))


def _targets(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name():
            yield target.id
        case ast.Tuple() | ast.List():
            for element in target.elts:
                yield from _targets(element)
        case ast.Starred():
            yield from _targets(target.value)
        case _:
            pass


def _parameters(node: Function, *, method: bool) -> tuple[str, ...]:
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args]
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    if method and named and not static:
        named = named[1:]
    extra = [arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return tuple(argument.arg for argument in (*named, *extra) if argument is not None)


def absent(context: Mapping[str, Section], names: Iterable[Defined]) -> list[Defined]:
    """The names that no row of their file's section gives where they are defined. No parameters are asked."""
    by_name: dict[tuple[str, str], list[Defined]] = {}
    for name in names:
        bare = Defined(path=name.path, qualified=name.qualified, line=name.line)
        by_name.setdefault((name.path, name.qualified), []).append(bare)
    return [
        found[0]
        for (path, _), found in by_name.items()
        if path not in context or not any(map(context[path].row_of, found))
    ]


def questions(names: Iterable[Defined], count: int, seed: int) -> list[Defined]:
    """`count` functions and methods by chance, the same for equal names and an equal seed.

    What is defined twice in a file has no one answer and is not asked for.
    """
    functions: dict[tuple[str, str], list[Defined]] = {}
    for name in names:
        functions.setdefault((name.path, name.qualified), []).append(name)
    once = [found[0] for found in functions.values() if len(found) == 1 and found[0].parameters is not None]
    once.sort(key=lambda name: (name.path, name.line, name.qualified))
    return random.Random(seed).sample(once, min(count, len(once)))


def unanswered(context: Mapping[str, Section], asked: Iterable[Defined]) -> list[Defined]:
    """The questions "where is it defined, what are its parameters" that the context does not answer."""
    return [q for q in asked if q.path not in context or not context[q.path].row_of(q)]
