"""Reading a Python program by `ast`: what it calls, by the names it imports them under."""

import ast
import re
import warnings
from collections.abc import Iterator

from copilot.shell.reading.found import Found, short
from copilot.shell.reading.grammar import MAX_BYTES, UnreadableError
from copilot.shell.reading.judge import Inside
from copilot.shell.reading.names import names
from copilot.shell.reading.paths import Ground, moved
from copilot.shell.reading.python_calls import PythonCalls
from copilot.shell.reading.python_names import PythonNames
from copilot.shell.reading.python_nodes import children, is_block
from copilot.shell.reading.python_table import NETWORK, acts, is_read
from copilot.shell.reading.tree_reader import Kept
from copilot.vocabulary.readings import Statement

_BEHIND = names("os _os sys subprocess builtins importlib posix nt shutil codecs io ctypes socket")
"""Modules that others hold as an attribute, by which they are reached without being imported."""
_DANGEROUS_ATTRIBUTES = re.compile(r"__\w+__$")
_HARMLESS_DUNDERS = names("""
    __name__ __doc__ __file__ __init__ __version__ __class__ __main__
    """)


_TELLING = (ast.Import, ast.ImportFrom, ast.Call, ast.Attribute, ast.Name)
_WITHOUT_MORE = (ast.Name, ast.Constant)


class PythonReader:
    """One reading of one program. `statements` gives its statements in order."""

    def __init__(self, source: bytes, ground: Ground, cwd: str | None, inside: Inside, _before: Kept) -> None:
        self._ground = ground
        self._cwd = cwd
        self.broken: int | None = None
        self.kept: Kept = {}
        if len(source) > MAX_BYTES:
            raise UnreadableError(f"It is longer than {MAX_BYTES:,} bytes.")
        self._text = source.decode("utf-8", "replace")
        self._lines = self._text.splitlines()
        self._tree = self._parsed()
        self._names = PythonNames(self._tree)
        self._calls = PythonCalls(self._names, inside)

    def _parsed(self) -> ast.Module:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self._text)
        except SyntaxError as error:
            raise UnreadableError(f"It does not parse at line {error.lineno or 1}.") from error
        except (ValueError, MemoryError, RecursionError) as error:
            raise UnreadableError("It cannot be parsed by this Python.") from error

    def statements(self) -> Iterator[Statement]:
        """Each statement with an effect or with lines of its own; blocks fall apart into theirs."""
        yield from self._block(self._tree.body)

    def into(self, found: Found) -> None:
        """All statements into one."""
        for one in self._tree.body:
            self._effects(one, found)

    def _block(self, body: list[ast.stmt]) -> Iterator[Statement]:
        for one in body:
            blocks = [value for _, value in ast.iter_fields(one) if is_block(value)]
            handlers = [h.body for h in getattr(one, "handlers", [])] + [
                c.body for c in getattr(one, "cases", [])
            ]
            found = Found(self._ground, self._cwd)
            self._effects(one, found, deep=not (blocks or handlers))
            last = one.end_lineno or one.lineno
            if blocks or handlers:
                if found.effects or found.why:
                    yield found.statement(self._line(one.lineno), one.lineno, one.lineno)
                for block in (*blocks, *handlers):
                    yield from self._block(block)
            else:
                text = "\n".join(self._lines[one.lineno - 1 : last])
                yield found.statement(text.strip(), one.lineno, last)

    def _line(self, number: int) -> str:
        return self._lines[number - 1].strip() if number <= len(self._lines) else ""

    def _effects(self, node: ast.AST, found: Found, *, deep: bool = True) -> None:
        todo: list[ast.AST] = [node]
        called: set[int] = set()
        while todo:
            one = todo.pop()
            if isinstance(one, ast.Call):
                called.add(id(one.func))
            if isinstance(one, _TELLING):
                self._tell(one, found)
            if isinstance(one, ast.Attribute | ast.Name):
                self._value(one, found, called=id(one) in called)
            if isinstance(one, _WITHOUT_MORE):
                continue
            inside = children(one)
            if one is node and not deep:
                inner = {id(s) for _, v in ast.iter_fields(one) if is_block(v) for s in v}
                inside = [
                    c
                    for c in inside
                    if id(c) not in inner and not isinstance(c, ast.ExceptHandler | ast.match_case)
                ]
            todo.extend(inside)

    def _tell(self, node: ast.AST, found: Found) -> None:
        """What one node says by itself."""
        match node:
            case ast.Import(names=names):
                self._names.learn(node)
                for alias in names:
                    self._imported(alias.name, found)
            case ast.ImportFrom(module=module, names=names, level=level):
                if any(alias.name == "*" for alias in names):
                    found.unknown(f"It takes every name of {short(module or '.')}.")
                self._names.learn(node)
                self._imported("." * level + (module or ""), found)
            case ast.Call():
                self._call(node, found)
            case ast.Attribute(attr=attr) if (
                _DANGEROUS_ATTRIBUTES.match(attr) and attr not in _HARMLESS_DUNDERS
            ):
                found.unknown(f"It reaches into Python's inside by {attr}.")
            case ast.Name(id="__builtins__"):
                found.unknown("It reaches into Python's inside by __builtins__.")
            case _:
                pass

    def _value(self, node: ast.Attribute | ast.Name, found: Found, *, called: bool) -> None:
        """A function that acts and is handed on may be called later, under any name."""
        if not isinstance(node.ctx, ast.Load):
            return
        name = self._names.name(node)
        if not called and acts(name):
            found.unknown(f"{name} is handed on, and may be called where nobody sees it.")
        if isinstance(node, ast.Attribute):
            base, *rest = name.split(".")
            reached = node.attr in _BEHIND and bool(rest) and name != "asyncio.subprocess"
            if name == "sys.modules" or (reached and base in self._names.imported.values()):
                found.unknown(f"It reaches a module by way of {name}.")

    def _imported(self, module: str, found: Found) -> None:
        top = module.split(".")[0]
        if module.startswith("."):
            found.unknown(f"It loads {short(module)} of the project, which is not read here.")
        elif top in NETWORK:
            found.why.setdefault(f"{top} talks to the network.")
        elif not is_read(top):
            found.unknown(f"It loads the module {short(top)}, which is not read here.")

    def _call(self, call: ast.Call, found: Found) -> None:
        name = self._names.name(call.func)
        if name == "os.chdir":
            words = [self._names.word(argument) for argument in call.args]
            known = bool(words) and words[0].constant
            self._cwd = moved(self._ground, self._cwd, words[0].text) if known else None
        else:
            self._calls.judge(name, call, found)
