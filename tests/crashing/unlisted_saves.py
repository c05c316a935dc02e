"""Which modules of the program write files, and which of them are no save paths, with the reason."""

import ast
import re
from pathlib import Path

from save_paths import SAVE_PATHS

SOURCE = Path(__file__).parents[2] / "src" / "copilot"

ELSEWHERE: dict[str, str] = {
    module: why
    for why, modules in {
        "the way to the disk that all others go": "storage/atomic.py storage/disk.py storage/locks.py",
        "an index or a cache that is made anew: tests/record, tests/context, tests/documents": (
            "record/search_file.py context/cache.py documents/store.py"
        ),
        "only sweeps, and forgets what nobody may need": "projects/home.py workspace/snapshots/shelf.py",
        "a file that the person names, written as all are": "cli/export.py desktop/exporting.py",
        "where a running window is reached, or what it is to do; gone with it": (
            "desktop/first_window.py desktop/going.py desktop/going_on.py"
        ),
        "a script that is applied from its preview: tests/shell/test_confine_preview.py kills it": (
            "shell/confine/commit.py shell/confine/work.py"
        ),
        "private folders of fences and previews, removed with them": (
            "shell/confine/copying.py shell/confine/fences.py shell/confine/probe.py shell/confine/space.py"
            " shell/confine/kernel.py shell/confine/stage.py ai/previewing.py"
        ),
        "a temporary folder that is gone when it ends": (
            "cli/editor.py cli/tour.py desktop/torn/pipe.py rehearsal/tour.py"
        ),
        "a file without a name that goes with its process: tests/storage/test_spool.py": "storage/spool.py",
        "a page of a folder, written as all files are": "projects/assistant_pages.py",
        "what a script prints, as far as it comes": "shell/output.py",
        "writes through the boundary, which is in the list": "tools/edit.py serve/opened.py",
        "a socket, or what a process says where it breaks": "serve/listening.py serve/user_process.py",
        "pipes and reading only": (
            "ai/policy/operands.py cli/streams.py context/pool_copy.py context/pool_process.py"
            " shell/confine/manifest.py serve/workspace_process.py shell/runner_process.py shell/tree.py"
            " workspace/attaching.py workspace/beneath.py"
        ),
        "renames no file": (
            "ai/changing.py desktop/layout_actions.py desktop/panels/command_palette.py"
            " desktop/panels/composer.py desktop/playback/window.py"
        ),
    }.items()
    for module in modules.split()
}
"""Modules in which something is written that is no save path, and why."""

_CALLS = frozenset({
    "write_atomic", "write_new", "AppendLog", "set_aside", "mkstemp", "mkdtemp", "TemporaryDirectory",
    "NamedTemporaryFile", "hardlink_to", "symlink_to", "write_text", "write_bytes", "unlink", "rmtree",
    "copytree", "copyfile", "copy2", "touch", "rmdir", "rename", "connect", "save_init_file", "fdopen",
    "sweep_temps", "sweep_folder",
})  # fmt: skip
"""What writes, by the name of what is called, whatever it is called on."""

_FROM_STORAGE = frozenset({"remove", "rename"})
_FLAGS = frozenset({"O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC"})
_MAY = re.compile(rf"\b(?:{'|'.join([*_CALLS, *_FLAGS])}|replace|remove|open|link|symlink|truncate)\b")


def listed() -> set[str]:
    """The modules that save paths name."""
    return {module for path in SAVE_PATHS for module in path.modules}


def writing_modules() -> set[str]:
    """All modules of the program in which a file is written, renamed or removed."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if _MAY.search(text) and _writes(ast.parse(text)):
            found.add(path.relative_to(SOURCE).as_posix())
    return found


def _writes(tree: ast.AST) -> bool:
    nodes = list(ast.walk(tree))
    calls = set(_CALLS)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("copilot.storage"):
            calls |= {alias.name for alias in node.names if alias.name in _FROM_STORAGE}
    return any(
        _is_write(node, calls) if isinstance(node, ast.Call) else node.attr in _FLAGS
        for node in nodes
        if isinstance(node, ast.Call | ast.Attribute)
    )


def _is_write(call: ast.Call, calls: set[str]) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name == "connect":
        return isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "sqlite3"
    of_system = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "os"
    if name in ("replace", "link", "symlink", "truncate") and of_system:
        return True
    if name == "replace":  # of a path: that of a text takes two words, that of a value names them
        return isinstance(function, ast.Attribute) and len(call.args) == 1 and not call.keywords
    if name == "open":
        modes = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
        return any(isinstance(one, ast.Constant) and _is_writing_mode(one.value) for one in modes)
    return name in calls


def _is_writing_mode(mode: object) -> bool:
    return isinstance(mode, str) and bool(set(mode) & set("wxa+")) and set(mode) <= set("rwxabt+")
