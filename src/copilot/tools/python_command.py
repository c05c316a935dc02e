"""How a Python file of a project is started: by uv, its own environment, or our interpreter."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from copilot.shell.shells import absolute_entries, is_trusted_program
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen
from copilot.workspace.boundary import Boundary


@frozen
class Machine:
    """What a child process may see a part of, `sys.platform`, and our own interpreter (`sys.executable`)."""

    environ: Mapping[str, str]
    platform: str
    python: str


def python_command(base_dir: Path, machine: Machine) -> tuple[str, ...]:
    """The words before the file's name. uv is asked only where the project uses it.

    It then installs and updates nothing; where there is no `.venv` it makes an empty one.
    """
    uv = _find_uv(base_dir, machine) if _uses_uv(base_dir) else ""
    if uv:
        return (uv, "run", "--no-sync", "--offline", "python")
    windows = machine.platform == "win32"
    for folder in (".venv", "venv"):
        python = base_dir / folder / ("Scripts/python.exe" if windows else "bin/python")
        if python.is_file() and (windows or os.access(python, os.X_OK)):
            return (str(python),)
    own = Path(machine.python)
    # pythonw has no standard output
    return (str(own.with_name("python.exe") if own.name.lower() == "pythonw.exe" else own),)


def _uses_uv(base_dir: Path) -> bool:
    boundary = Boundary(base_dir)
    try:
        if boundary.stat("uv.lock") is not None:
            return True
        settings = tomllib.loads(boundary.read_bytes("pyproject.toml").data.decode())
    except (ToolError, ValueError, RecursionError):  # none there, outside, or no TOML
        return False
    tools = settings.get("tool")
    return isinstance(tools, dict) and "uv" in tools


def _find_uv(base_dir: Path, machine: Machine) -> str:
    """UV_PATH, else the first `uv` on PATH that is no part of the project; empty where there is none."""
    program = "uv.exe" if machine.platform == "win32" else "uv"
    named = machine.environ.get("UV_PATH", "")
    places = [named] if Path(named).is_absolute() else []
    folders = absolute_entries(machine.environ.get("PATH", ""), machine.platform)
    places += [str(Path(folder) / program) for folder in folders]
    base = os.path.realpath(base_dir)
    for place in places:
        if not Path(os.path.realpath(place)).is_relative_to(base) and is_trusted_program(place):
            return place
    return ""
