"""The floors and walls of the house (docs: CONTRIBUTING), with the tables as data."""

import ast
import re
import subprocess
import sys
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
    "mcp": ("tools/mcp_client.py", "cli/mcp.py"),
    "mcp_types": ("tools/mcp_client.py", "cli/mcp.py"),
    "watchfiles": ("workspace/watch.py",),
    "keyring": ("assembly/keys_vault.py",),
    "sqlite3": (
        "context/cache.py",
        "record/search_file.py",
        "record/search_index.py",
        "workspace/snapshots/store.py",
    ),
}
"""Which files may import a library; a name that ends in / is a folder."""

NOT_AT_CLI_IMPORT = ("dearpygui", "anthropic", "openai", "google.genai", "mcp", "keyring")
NOT_AT_WORKER_IMPORT = ("dearpygui", "anthropic", "openai", "google.genai", "mcp", "keyring")

MODULE_LINES, FUNCTION_LINES = 400, 60


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(name: str) -> str:
    return name.split("/")[0].removesuffix(".py")


def imports(path: Path) -> list[tuple[str, ast.AST, bool]]:
    """Every imported module with its node, and whether it stands inside a function."""
    found: list[tuple[str, ast.AST, bool]] = []

    def visit(node: ast.AST, inside: bool) -> None:
        match node:
            case ast.Import(names=names):
                found.extend((alias.name, node, inside) for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                found.append((module, node, inside))
                if module == "copilot":
                    found.extend((f"copilot.{alias.name}", node, inside) for alias in names)
            case _:
                pass
        deeper = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for child in ast.iter_child_nodes(node):
            visit(child, deeper)

    visit(ast.parse(path.read_text(encoding="utf-8")), False)
    return found


def test_the_walls_see_the_house() -> None:
    assert len(modules()) > 20
    assert any(module == "dearpygui.dearpygui" for path in modules() for module, _, _ in imports(path))


def test_every_room_has_a_floor() -> None:
    rooms = {room_of(name_of(path)) for path in modules()} - {"__init__"}
    assert rooms <= set(FLOOR), f"no floor for {rooms - set(FLOOR)}"


def test_every_room_says_what_it_is_for() -> None:
    for folder in {path.parent for path in modules()}:
        init = folder / "__init__.py"
        assert init.is_file(), f"{name_of(folder)} has no __init__.py"
        assert ast.get_docstring(ast.parse(init.read_text())), f"{name_of(init)} has no docstring"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_file_imports_only_from_the_floors_below(path: Path) -> None:
    here = room_of(name_of(path))
    for module, node, _ in imports(path):
        if module.startswith("copilot."):
            there = module.split(".")[1]
            if there != here and (here, there) != ("__main__", "cli"):  # it chooses what to start
                line = getattr(node, "lineno", 0)
                assert FLOOR[there] < FLOOR[here], f"{name_of(path)}:{line} imports {module}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_library_stays_in_its_own_file(path: Path) -> None:
    name = name_of(path)
    for module, _, _ in imports(path):
        allowed = ONLY_IN.get(module.split(".")[0])
        if allowed is not None:
            fits = any(name == a or (a.endswith("/") and name.startswith(a)) for a in allowed)
            assert fits, f"{name} imports {module}"


@pytest.mark.parametrize("path", [p for p in modules() if name_of(p).startswith("ai/")], ids=name_of)
def test_ai_names_no_concrete_provider_or_tool(path: Path) -> None:
    allowed = {"copilot.providers.base", "copilot.tools.context", "copilot.tools.registry"}
    for module, _, _ in imports(path):
        if module.startswith(("copilot.providers", "copilot.tools")):
            assert module in allowed, f"{name_of(path)} imports {module}"


@pytest.mark.parametrize(
    "path", [p for p in modules() if name_of(p).startswith("desktop/panels/")], ids=name_of
)
def test_panels_reach_the_worker_only_through_commands(path: Path) -> None:
    for module, _, _ in imports(path):
        if module.startswith("copilot."):
            assert module.split(".")[1] in ("vocabulary", "desktop", "tokens"), (
                f"{name_of(path)} imports {module}"
            )


@pytest.mark.parametrize("path", [p for p in modules() if name_of(p).startswith("providers/")], ids=name_of)
def test_a_provider_knows_no_other_provider(path: Path) -> None:
    concrete = {"anthropic", "gemini", "openai", "compatible"}
    for module, _, _ in imports(path):
        if module.startswith("copilot.providers."):
            assert module.split(".")[2] not in concrete, f"{name_of(path)} imports {module}"


@pytest.mark.parametrize(
    "path", [p for p in modules() if room_of(name_of(p)) in ("cli", "__main__")], ids=name_of
)
def test_the_command_line_imports_the_window_only_inside_a_function(path: Path) -> None:
    for module, _, inside in imports(path):
        if module.startswith("copilot.desktop"):
            assert inside, f"{name_of(path)} imports {module} when it loads"


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


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_no_module_works_when_it_loads(path: Path) -> None:
    """Module level holds definitions and constants; the only calls are those that make a value."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant), f"{name_of(path)}:{node.lineno} runs at import"
        assert not isinstance(node, ast.For | ast.While | ast.With), f"{name_of(path)}:{node.lineno}"


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


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MODULE_LINES, f"{name_of(path)} is longer than {MODULE_LINES} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{name_of(path)}:{node.lineno} {node.name} has {lines} lines"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_no_pattern_makes_a_group_possessive(path: Path) -> None:
    """CPython 3.11.2, which Debian 12 has, lets a possessive group run over its own lookahead."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = re.search(r"(?<!\\)\)(?:[*+?]|\{\d*,?\d*\})\+", node.value)
            assert found is None, f"{name_of(path)}:{node.lineno} has {node.value!r}"


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_values_are_defined_cheaply(path: Path) -> None:
    """`frozen` spares each start of the program what `dataclass` compiles for every class."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for made in node.decorator_list if isinstance(node, ast.ClassDef) else ():
            told = {word.arg: word.value for word in made.keywords} if isinstance(made, ast.Call) else {}
            whole = "frozen" in told and "slots" in told and "eq" not in told
            assert not whole, f"{name_of(path)}:{made.lineno}: use copilot.vocabulary.frozen"
