"""Reading a Python program by `ast`: what it calls, by the names it imports them under.

Source of the table: the library reference of Python 3.11 to 3.14.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache

from copilot.shell.reading.found import Found, Word, short
from copilot.shell.reading.grammar import MAX_BYTES, UnreadableError
from copilot.shell.reading.judge import Inside, judge
from copilot.shell.reading.names import names
from copilot.shell.reading.paths import ASIDE, Ground, moved
from copilot.shell.reading.python_nodes import children, constants, is_block, is_false
from copilot.shell.reading.tree_reader import Kept
from copilot.vocabulary.readings import Effect, Statement

_CALLS: tuple[tuple[str, Effect, str], ...] = (
    (
        """os.remove os.unlink os.rmdir os.removedirs shutil.rmtree pathlib.Path.unlink pathlib.Path.rmdir""",
        "deletes",
        "",
    ),
    (
        """os.mkdir os.makedirs os.chmod os.chown os.truncate os.utime os.mkfifo os.link os.symlink
        shutil.chown shutil.make_archive shutil.unpack_archive tempfile.mkstemp tempfile.mkdtemp""",
        "writes",
        "",
    ),
    (
        """os.listdir os.scandir os.walk os.stat os.lstat os.readlink os.path.exists os.path.getsize glob.glob
        glob.iglob os.access os.path.isfile os.path.isdir linecache.getline fileinput.input tomllib.load""",
        "reads",
        "",
    ),
    (
        """os.fork os.kill os.killpg os.abort signal.signal ctypes.CDLL ctypes.cdll importlib.import_module
        runpy.run_path runpy.run_module code.interact pty.spawn os.dup2 multiprocessing.Process
        sys.settrace sys.addaudithook atexit.register os.putenv os.unsetenv gc.get_objects timeit.timeit
        timeit.repeat timeit.Timer logging.config.dictConfig logging.config.fileConfig""",
        "unknown",
        "It can run other code.",
    ),
    ("os.setuid os.setgid os.seteuid os.chroot", "privilege", "It changes its rights."),
    ("webbrowser.open", "network", "It opens an address."),
)
_NETWORK = names("""
    socket urllib http ftplib smtplib imaplib poplib telnetlib xmlrpc ssl requests httpx httpx2 aiohttp
    urllib3 paramiko boto3 websockets websocket socketserver asyncio.open_connection grpc ftputil pycurl
    fabric
    """)
_COMPUTING = names("""
    math cmath re json string textwrap datetime time calendar collections itertools functools operator
    random statistics decimal fractions numbers typing dataclasses enum abc copy pprint reprlib heapq
    bisect array types contextlib unicodedata difflib hashlib hmac base64 binascii struct zlib secrets
    uuid argparse sys traceback warnings logging platform locale csv io __future__ ast keyword token
    inspect html colorsys graphlib zoneinfo timeit weakref errno stat fnmatch posixpath ntpath
    """)
_FILES = names("""
    os shutil pathlib glob tempfile fileinput tomllib zipfile tarfile gzip bz2 lzma configparser
    """)
_WRITE_METHODS = {
    "write_text": "writes",
    "write_bytes": "writes",
    "mkdir": "writes",
    "touch": "writes",
    "symlink_to": "writes",
    "hardlink_to": "writes",
    "chmod": "writes",
    "unlink": "deletes",
    "rmdir": "deletes",
    "rmtree": "deletes",
    "read_text": "reads",
    "read_bytes": "reads",
    "iterdir": "reads",
    "rglob": "reads",
    "extractall": "writes",
    "extract": "writes",
    "sendall": "network",
    "connect": "network",
}
_EFFECTS: Mapping[str, Effect] = {
    "writes": "writes",
    "deletes": "deletes",
    "reads": "reads",
    "network": "network",
}
_RUNNERS = names("""
    subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen
    subprocess.getoutput subprocess.getstatusoutput os.system os.popen asyncio.create_subprocess_shell
    asyncio.create_subprocess_exec commands.getoutput
    """)
_EVALUATES = names("""
    eval exec compile __import__ getattr setattr globals vars locals breakpoint operator.methodcaller
    operator.attrgetter
    """)
_OPENS = names("open io.open os.open gzip.open codecs.open")
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
        self._inside = inside
        self._names: dict[str, str] = {}
        self.broken: int | None = None
        self.kept: Kept = {}
        if len(source) > MAX_BYTES:
            raise UnreadableError(f"It is longer than {MAX_BYTES:,} bytes.")
        self._text = source.decode("utf-8", "replace")
        self._lines = self._text.splitlines()
        self._tree = self._parsed()
        self._constants = constants(self._tree)

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
                for alias in names:
                    self._names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
                    self._imported(alias.name, found)
            case ast.ImportFrom(module=module, names=names, level=level):
                if any(alias.name == "*" for alias in names):
                    found.unknown(f"It takes every name of {short(module or '.')}.")
                for alias in names:
                    self._names[alias.asname or alias.name] = f"{'.' * level}{module or ''}.{alias.name}"
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
        name = self._name(node)
        if not called and _acts(name):
            found.unknown(f"{name} is handed on, and may be called where nobody sees it.")
        if isinstance(node, ast.Attribute):
            base, *rest = name.split(".")
            reached = node.attr in _BEHIND and bool(rest) and name != "asyncio.subprocess"
            if name == "sys.modules" or (reached and base in self._names.values()):
                found.unknown(f"It reaches a module by way of {name}.")

    def _imported(self, module: str, found: Found) -> None:
        top = module.split(".")[0]
        if module.startswith("."):
            found.unknown(f"It loads {short(module)} of the project, which is not read here.")
        elif top in _NETWORK:
            found.why.setdefault(f"{top} talks to the network.")
        elif top not in _COMPUTING and top not in _FILES and top not in ("subprocess", "asyncio"):
            found.unknown(f"It loads the module {short(top)}, which is not read here.")

    def _call(self, call: ast.Call, found: Found) -> None:
        name = self._name(call.func)
        top = name.split(".")[0]
        found_effect = _table().get(name)
        words = [self._word(argument) for argument in call.args]
        if name in _EVALUATES:
            self._evaluated(name, self._name(call.args[0]) if call.args else "", words, found)
        elif name in _OPENS:
            self._open(call, words, found)
        elif name in _RUNNERS or name.startswith(("os.exec", "os.spawn", "os.posix_spawn")):
            self._runs(name, call, found)
        elif name in (
            "shutil.copy",
            "shutil.copy2",
            "shutil.copyfile",
            "shutil.copytree",
            "os.replace",
            "os.rename",
            "shutil.move",
        ):
            found.commands.setdefault(name)
            found.paths_of(words[:1], "reads" if "copy" in name else "deletes")
            found.paths_of(words[1:2], "writes")
        elif name == "os.chdir":
            known = bool(words) and words[0].constant
            self._cwd = moved(self._ground, self._cwd, words[0].text) if known else None
        elif name == "input":
            found.why.setdefault("It asks for input; there is none here.")
        elif found_effect is not None:
            effect, why = found_effect
            found.commands.setdefault(name)
            found.add(effect, why=why)
            if effect in ("reads", "writes", "deletes"):
                found.paths_of(words[:1], effect)
        elif top in _NETWORK:
            found.commands.setdefault(name)
            found.add("network")
            if any(not word.constant for word in words):
                found.why.setdefault("What it sends is computed.")
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _WRITE_METHODS:
            self._method(call, call.func, found)

    def _method(self, call: ast.Call, func: ast.Attribute, found: Found) -> None:
        effect = _EFFECTS[_WRITE_METHODS[func.attr]]
        found.add(effect)
        holder = func.value
        if func.attr in ("extract", "extractall"):
            named = [k.value for k in call.keywords if k.arg == "path"]
            into = [*named, *call.args[0 if func.attr == "extractall" else 1 :][:1]]
            found.path(self._word(into[0]) if into else Word("."), effect)
        elif (
            isinstance(holder, ast.Call)
            and self._name(holder.func) in ("pathlib.Path", "Path")
            and holder.args
        ):
            found.path(self._word(holder.args[0]), effect)
        elif isinstance(holder, ast.Name) and holder.id in self._constants:
            found.path(self._word(self._constants[holder.id]), effect)
        elif effect in ("writes", "deletes"):
            found.path(Word(ASIDE, constant=False), effect)

    def _evaluated(self, name: str, holder: str, words: list[Word], found: Found) -> None:
        if name in ("eval", "exec", "compile") and words and words[0].constant:
            found.unknown(f"{name} reads a text as a program.")
            self._inside("python", words[0].text, found)
        elif (
            name in ("getattr", "setattr")
            and len(words) > 1
            and words[1].constant
            and words[1].text[:2] != "__"
            and not _acts(f"{holder}.{words[1].text}")
        ):
            return
        else:
            found.unknown(f"{name} runs or reaches what is computed.")

    def _open(self, call: ast.Call, words: list[Word], found: Found) -> None:
        mode = (
            words[1]
            if len(words) > 1
            else next((self._word(k.value) for k in call.keywords if k.arg == "mode"), Word("r"))
        )
        effect: Effect = "reads" if mode.constant and not set(mode.text) & set("wax+") else "writes"
        found.add(effect)
        found.paths_of(words[:1], effect)

    def _runs(self, name: str, call: ast.Call, found: Found) -> None:
        found.why.setdefault(f"{name} runs another program.")
        shell = any(k.arg == "shell" and not is_false(k.value) for k in call.keywords)
        first = call.args[0] if call.args else None
        if isinstance(first, ast.List | ast.Tuple) and not shell:
            words = [self._word(one) for one in first.elts]
            if words:
                judge(words, found, self._inside)
                return
        text = self._word(first) if first is not None else Word(ASIDE, constant=False)
        if text.constant and (shell or name.startswith(("os.system", "os.popen")) or "get" in name):
            self._inside("posix", text.text, found)
        else:
            found.unknown("Which program it runs is computed.")

    def _name(self, node: ast.expr) -> str:
        """The dotted name, with the module's own name in front; empty where there is none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self._names.get(node.id, node.id))
        return ".".join(reversed(parts))

    def _word(self, node: ast.expr) -> Word:
        match node:
            case ast.Constant(value=str(text)):
                return Word(text)
            case ast.Constant(value=bytes(data)):
                return Word(data.decode("utf-8", "replace"))
            case ast.Constant(value=value):
                return Word(str(value))
            case ast.Name(id=name) if name in self._constants:
                return self._word(self._constants[name])
            case ast.Attribute() if self._name(node) == "sys.executable":
                return Word("python")
            case ast.JoinedStr(values=values):
                parts = [
                    self._word(v) if isinstance(v, ast.Constant) else Word(ASIDE, constant=False)
                    for v in values
                ]
                return Word("".join(p.text for p in parts), all(p.constant for p in parts))
            case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
                one, other = self._word(left), self._word(right)
                joint = "/" if isinstance(node.op, ast.Div) else ""
                return Word(one.text + joint + other.text, one.constant and other.constant)
            case ast.Call(func=func, args=[first]) if self._name(func) in (
                "pathlib.Path",
                "os.path.expanduser",
            ):
                return self._word(first)
            case ast.Call(func=func) if self._name(func) == "pathlib.Path.home":
                return Word("~")
            case _:
                return Word(ASIDE, constant=False)


@cache
def _table() -> Mapping[str, tuple[Effect, str]]:
    return {name: (effect, why) for names, effect, why in _CALLS for name in names.split()}


def _acts(name: str) -> bool:
    """Whether a function of this name does more than compute."""
    return (
        name in _EVALUATES
        or name in _OPENS
        or name in _RUNNERS
        or name in _table()
        or name.startswith(("os.exec", "os.spawn", "os.posix_spawn"))
    )
