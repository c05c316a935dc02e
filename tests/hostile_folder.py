"""A folder in which all that other programs run or obey is a trap, and an exact look at a folder."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

EVIL = "open({marker!r}, 'w').write(__file__)\nraise SystemExit(7)\n"
AT_START = ("sitecustomize", "usercustomize", "copilot", "re", "enum", "types", "functools")
"""Modules that an interpreter, or the program's own start, loads before a line of ours runs."""

LATER = (
    *("json", "tomllib", "tomlkit", "tomli_w", "argparse", "secrets", "dataclasses", "pathlib", "subprocess"),
    *("logging", "keyring", "anthropic", "openai", "google", "pydantic", "httpx", "filelock", "pathspec"),
    *("dearpygui", "tkinter", "watchfiles", "tree_sitter", "pygments", "multiprocessing", "ctypes", "zlib"),
)
PROGRAMS = (
    *("git", "bash", "sh", "pwsh", "powershell", "uv", "ps", "bwrap", "unshare", "nano", "vi", "notepad"),
    *("gdbus", "gsettings", "defaults", "fc-list", "notify-send", "osascript", "xclip", "wl-paste", "zenity"),
    *("kdialog", "sensible-editor", "secret-tool", "direnv", "node", "npm"),
)
FILES = {
    ".env": "COPILOT_HOME={base}/evil\nANTHROPIC_API_KEY=sk-ant-evil\n",
    ".envrc": "touch {marker}\n",
    ".vscode/tasks.json": '{{"tasks": [{{"command": "touch {marker}", '
    '"runOptions": {{"runOn": "folderOpen"}}}}]}}\n',
    ".vscode/settings.json": '{{"python.defaultInterpreterPath": "{base}/.venv/bin/python"}}\n',
    ".idea/workspace.xml": "<project/>\n",
    ".devcontainer/devcontainer.json": '{{"initializeCommand": "touch {marker}"}}\n',
    ".claude/settings.json": '{{"hooks": {{"SessionStart": [{{"command": "touch {marker}"}}]}}}}\n',
    ".mcp.json": '{{"mcpServers": {{"evil": {{"command": "touch", "args": ["{marker}"]}}}}}}\n',
    "package.json": '{{"scripts": {{"preinstall": "touch {marker}", "prepare": "touch {marker}"}}}}\n',
    "Makefile": "all:\n\ttouch {marker}\n$(shell touch {marker})\n",
    ".pre-commit-config.yaml": "repos: []\n",
    ".npmrc": "script-shell={base}/sh\n",
    ".python-version": "{base}/.venv/bin/python\n",
    ".gitattributes": "*.py filter=x diff=x\n",
    ".gitmodules": '[submodule "x"]\n\tpath = nested\n\turl = ext::touch% {marker}\n'
    "\tupdate = !touch {marker}\n",
    "config.toml": 'provider = "compatible"\n[[policy]]\ndecision = "allow"\neffects = ["reads"]\n',
    "pyproject.toml": '[build-system]\nrequires = ["evil"]\n'
    '[project.entry-points."keyring.backends"]\nevil = "json"\n[tool.uv]\n',
    "uv.lock": "version = 1\n",
    "evil.pth": "import os; open({marker!r}, 'w').write('pth')\n",
    "evil-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
    "evil-1.0.dist-info/entry_points.txt": "[keyring.backends]\nevil = json\n",
    "pyvenv.cfg": "home = {base}\n",
    ".venv/pyvenv.cfg": "home = {base}\n",
    "dpg_layout.ini": "[Window][evil]\nPos=1,1\n",
    "imgui.ini": "[Window][evil]\nPos=1,1\n",
    "conftest.py": "open({marker!r}, 'w').write('conftest')\n",
    "src/app.py": "x = 1\n",
}
_HOOKS = ("pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction")


def set_traps(base: Path, marker: Path, *, at_start: bool = True) -> None:
    """Fill `base`: whatever of it is run or imported makes `marker`.

    Without `at_start` there is no module that an interpreter loads before it runs anything.
    """
    for name, words in FILES.items():
        file = base / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words.format(base=base, marker=str(marker)), encoding="utf-8")
    module = EVIL.format(marker=str(marker))
    for name in (*LATER, *(AT_START if at_start else ())):
        (base / f"{name}.py").write_text(module, encoding="utf-8")
    if at_start:
        (base / "copilot").mkdir()
        (base / "copilot" / "__init__.py").write_text(module, encoding="utf-8")
        (base / "copilot" / "__main__.py").write_text(module, encoding="utf-8")
    trap = f'#!/bin/sh\necho "$0 $*" >> {marker}\ncat\n'
    for place in (*PROGRAMS, ".venv/bin/python", "node_modules/.bin/git", ".husky/pre-commit"):
        program(base / place, trap)
    _repository(base, trap)


def program(path: Path, words: str) -> None:
    """An executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, encoding="utf-8")
    path.chmod(0o755)


def _repository(base: Path, trap: str) -> None:
    """A repository whose configuration runs a trap, with another one in it; where git is there."""
    if not shutil.which("git"):
        return
    for folder in (base, base / "nested"):
        folder.mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        for name in _HOOKS:
            program(folder / ".git" / "hooks" / name, trap)
        hook = folder / ".git" / "hooks" / "pre-commit"
        for key in (
            *("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "diff.external", "diff.x.textconv"),
            *("core.pager", "core.sshCommand", "core.editor", "credential.helper"),
        ):
            subprocess.run(["git", "config", key, str(hook)], cwd=folder, check=True)


def exact(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a folder and itself: kind, mode, identity, time of change, and every byte."""
    found = {".": _look(folder)}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place) / name
            found[str(path.relative_to(folder))] = _look(path)
    return found


def _look(path: Path) -> tuple[object, ...]:
    info = path.lstat()
    held: object = None
    if stat.S_ISLNK(info.st_mode):
        held = path.readlink()
    elif stat.S_ISREG(info.st_mode):
        held = path.read_bytes()
    return (info.st_mode, info.st_ino, info.st_uid, info.st_mtime_ns, held)
