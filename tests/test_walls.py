"""The floors and walls of the house (docs: CONTRIBUTING), with the tables as data."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "copilot"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("vocabulary",),
    ("storage", "tokens", "grammars"),
    ("projects", "workspace", "record"),
    ("context", "shell", "providers"),
    ("tools",),
    ("ai",),
    ("documents", "assistants", "rehearsal"),
    ("assembly",),
    ("desktop", "serve"),
    ("cli", "__main__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

ONLY_IN: dict[str, tuple[str, ...]] = {
    "dearpygui": ("desktop/",),
    "anthropic": ("providers/anthropic.py",),
    "google": ("providers/gemini.py",),
    "openai": ("providers/openai.py", "providers/compatible.py"),
    "mcp": ("tools/mcp_client.py", "tools/mcp_stdio.py", "cli/mcp_serve.py"),
    "mcp_types": ("tools/mcp_client.py", "tools/mcp_stdio.py", "cli/mcp_serve.py"),
    "starlette": ("serve/",),
    "uvicorn": ("serve/",),
    "h11": ("serve/connection.py",),
    "watchfiles": ("workspace/watch.py",),
    "keyring": ("assembly/keys_vault.py",),
    "sqlite3": (
        "context/cache.py",
        "documents/store.py",
        "record/search_file.py",
        "record/search_index.py",
        "workspace/snapshots/store.py",
    ),
}
"""Which files may import a library; a name that ends in / is a folder."""

NOT_AT_CLI_IMPORT = ("dearpygui", "anthropic", "openai", "google.genai", "mcp", "keyring")
NOT_AT_WORKER_IMPORT = ("dearpygui", "anthropic", "openai", "google.genai", "mcp", "keyring")

MODULE_LINES, FUNCTION_LINES = 400, 60


@dataclass(frozen=True, slots=True)
class Module:
    """One file, parsed once for all rules. `imports`: module, line, whether it is inside a function."""

    name: str
    text: str
    tree: ast.Module
    imports: tuple[tuple[str, int, bool], ...]

    @property
    def room(self) -> str:
        return self.name.split("/")[0].removesuffix(".py")


@cache
def house() -> tuple[Module, ...]:
    return tuple(map(module_of, sorted(PACKAGE.rglob("*.py"))))


def module_of(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    return Module(path.relative_to(PACKAGE).as_posix(), text, tree, tuple(imports(tree, inside=False)))


def imports(node: ast.AST, *, inside: bool) -> Iterator[tuple[str, int, bool]]:
    match node:
        case ast.Import(names=names):
            yield from ((alias.name, node.lineno, inside) for alias in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield module, node.lineno, inside
            if module == "copilot":
                yield from ((f"copilot.{alias.name}", node.lineno, inside) for alias in names)
        case _:
            pass
    deeper = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for child in ast.iter_child_nodes(node):
        yield from imports(child, inside=deeper)


def imported(folder: str = "") -> Iterator[tuple[Module, str, str]]:
    """Every import in a folder: the file, what it imports, and how to say where."""
    for one in house():
        if one.name.startswith(folder):
            for module, line, _ in one.imports:
                yield one, module, f"{one.name}:{line} imports {module}"


def test_the_walls_see_the_house() -> None:
    assert len(house()) > 20
    assert any(module == "dearpygui.dearpygui" for _, module, _ in imported())


def test_every_room_has_a_floor() -> None:
    rooms = {one.room for one in house()} - {"__init__"}
    assert rooms <= set(FLOOR), f"no floor for {rooms - set(FLOOR)}"


def test_every_room_says_what_it_is_for() -> None:
    said = {one.name for one in house() if ast.get_docstring(one.tree)}
    folders = {one.name.rpartition("/")[0] for one in house()}
    assert {f"{folder}/__init__.py".lstrip("/") for folder in folders} - said == set()


def test_a_file_imports_only_from_the_floors_below() -> None:
    wrong: list[str] = []
    for one, module, where in imported():
        if module.startswith("copilot."):
            there = module.split(".")[1]
            if there != one.room and (one.room, there) != ("__main__", "cli"):  # it chooses what to start
                wrong += [where] * (FLOOR[there] >= FLOOR[one.room])
    assert wrong == []


def test_a_library_stays_in_its_own_file() -> None:
    wrong: list[str] = []
    for one, module, where in imported():
        allowed = ONLY_IN.get(module.split(".")[0], (one.name,))
        fits = any(one.name == a or (a.endswith("/") and one.name.startswith(a)) for a in allowed)
        wrong += [where] * (not fits)
    assert wrong == []


def test_ai_names_no_concrete_provider_or_tool() -> None:
    allowed = {
        "copilot.providers.base",
        *(f"copilot.tools.{name}" for name in ("context", "outside", "registry")),
    }
    rooms = ("copilot.providers", "copilot.tools")
    found = [(module, where) for _, module, where in imported("ai/") if module.startswith(rooms)]
    assert [where for module, where in found if module not in allowed] == []


def test_panels_reach_the_worker_only_through_commands() -> None:
    allowed = ("copilot.vocabulary.", "copilot.desktop.", "copilot.tokens.")
    ours = ((m, where) for _, m, where in imported("desktop/panels/") if m.startswith("copilot."))
    assert [where for module, where in ours if not f"{module}.".startswith(allowed)] == []


def test_a_provider_knows_no_other_provider() -> None:
    concrete = {f"copilot.providers.{name}" for name in ("anthropic", "gemini", "openai", "compatible")}
    assert [where for _, module, where in imported("providers/") if module in concrete] == []


def test_the_command_line_imports_the_window_only_inside_a_function() -> None:
    wrong = [
        f"{one.name}:{line} imports {module} when it loads"
        for one in house()
        if one.room in ("cli", "__main__")
        for module, line, inside in one.imports
        if module.startswith("copilot.desktop") and not inside
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("copilot.cli", NOT_AT_CLI_IMPORT),
        ("copilot.__main__", NOT_AT_CLI_IMPORT),
        ("copilot.ai.crew", NOT_AT_WORKER_IMPORT),
        ("copilot.assembly.desk", NOT_AT_WORKER_IMPORT),
        ("copilot.desktop.gui", tuple(n for n in NOT_AT_WORKER_IMPORT if n != "dearpygui")),
    ],
)
def test_importing_loads_no_library_that_is_not_needed_yet(module: str, absent: tuple[str, ...]) -> None:
    code = (
        f"import sys, importlib; importlib.import_module({module!r});"
        f"print([n for n in {absent!r} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_module_works_when_it_loads() -> None:
    """Module level holds definitions and constants; the only calls are those that make a value."""
    wrong: list[str] = []
    for one in house():
        for node in one.tree.body:
            works = isinstance(node, ast.For | ast.While | ast.With)
            works |= isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
            wrong += [f"{one.name}:{node.lineno} runs at import"] * works
    assert wrong == []


def test_importing_every_module_reads_and_makes_no_file() -> None:
    """An audit hook sees every file opened while the package loads: only Python's own and the libraries'."""
    code = """
import importlib, pkgutil, sys, pathlib
import copilot
seen = []
def hook(event, args):
    if event == "open" and isinstance(args[0], str):
        seen.append((args[0], args[1]))
    if event in ("os.mkdir", "socket.connect", "subprocess.Popen"):
        seen.append((event, str(args[0])))
names = [m.name for m in pkgutil.walk_packages(copilot.__path__, "copilot.") if "__main__" not in m.name]
import pydantic, tomlkit, rich, dearpygui.dearpygui, httpx2, pygments, markdown_it
sys.addaudithook(hook)
for name in names:
    importlib.import_module(name)
ours = str(pathlib.Path(copilot.__file__).parent)
bad = [s for s in seen if s[0] in ("os.mkdir", "socket.connect", "subprocess.Popen")
       or (s[0].startswith(ours) and not s[0].endswith((".py", ".pyc")) and ".pyc." not in s[0])]
print(bad)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_sizes() -> None:
    wrong = [f"{one.name} is longer than {MODULE_LINES} lines" for one in house() if too_long(one)]
    for one in house():
        for node in ast.walk(one.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                said = f"{one.name}:{node.lineno} {node.name} has {lines} lines"
                wrong += [said] * (lines > FUNCTION_LINES)
    assert wrong == []


def too_long(one: Module) -> bool:
    return one.text.count("\n") > MODULE_LINES


def test_no_pattern_makes_a_group_possessive() -> None:
    """CPython 3.11.2, which Debian 12 has, lets a possessive group run over its own lookahead."""
    possessive = re.compile(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+")
    wrong = [
        f"{one.name}:{node.lineno} has {node.value!r}"
        for one in house()
        for node in ast.walk(one.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and possessive.search(node.value)
    ]
    assert wrong == []


def test_values_are_defined_cheaply() -> None:
    """`frozen` spares each start of the program what `dataclass` compiles for every class."""
    wrong: list[str] = []
    for one in house():
        for node in ast.walk(one.tree):
            for made in node.decorator_list if isinstance(node, ast.ClassDef) else ():
                told = {word.arg for word in made.keywords} if isinstance(made, ast.Call) else set[str]()
                if {"frozen", "slots"} <= told and "eq" not in told:
                    wrong.append(f"{one.name}:{made.lineno}: use copilot.vocabulary.frozen")
    assert wrong == []
