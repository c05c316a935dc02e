"""Opening what a subcommand works with: the home, the project that was meant, the desk."""

import argparse
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli.options import given, given_path
from copilot.cli.world import World
from copilot.vocabulary.errors import ConfigError, CopilotError

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk
    from copilot.projects.home import Home

_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")
_NAME_CHARACTERS = 60


def open_home(args: argparse.Namespace, world: World) -> "Home":
    """The home of this run, its folders made. Raises StorageError where that cannot be."""
    from copilot.assembly.desk import home_for

    return home_for(given_path(args, "home"), world.environ, world.cwd, world.checkout)


def open_desk(args: argparse.Namespace, world: World, *, fallback: bool, base_dir: Path | None) -> "Desk":
    """The desk on the project that the options name, else on the one that belongs to `base_dir`.

    Without `fallback` a ConfigError says what to do where nobody chose a provider.
    """
    from copilot.assembly.desk import open_desk as assemble

    home = open_home(args, world)
    folder = base_dir_of(args, world) or base_dir
    name = given(args, "project")
    if name is None and folder is not None:
        name = project_for(home, folder)
    return assemble(
        home=home,
        environ=world.environ,
        project=name,
        base_dir=folder,
        provider=given(args, "provider"),
        model=given(args, "model"),
        base_url=given(args, "base_url"),
        api_version=given(args, "api_version"),
        scenario=None,
        clock=world.clock,
        new_id=world.new_id,
        fallback=fallback,
    )


def base_dir_of(args: argparse.Namespace, world: World) -> Path | None:
    """`--base-dir` as an absolute path, None where it was not given. Raises ConfigError where it is no folder."""
    asked = given_path(args, "base_dir")
    if asked is None:
        return None
    folder = (world.cwd / asked).resolve()
    if not folder.is_dir():
        raise ConfigError(f"--base-dir {asked} is not a folder", "Name a folder that exists.")
    return folder


def project_for(home: "Home", base_dir: Path) -> str:
    """The name of the project that belongs to a folder: the folder's own name.

    Where another folder's project has that name already, a short hash of the path goes behind it.
    """
    plain = project_name(base_dir.name)
    taken = _base_dir_in(home.projects / f"{plain}.toml")
    if taken is None or taken == str(base_dir):
        return plain
    return f"{plain}-{hashlib.sha256(str(base_dir).encode('utf-8', 'replace')).hexdigest()[:8]}"


def project_name(text: str) -> str:
    """`text` as the name of a project and so of a file: letters, digits, dots, dashes and underscores."""
    name = _NOT_IN_A_NAME.sub("-", text).strip("-. ")[:_NAME_CHARACTERS].rstrip("-. ")
    return name or "project"


def _base_dir_in(file: Path) -> str | None:
    """The base directory of a project file, None where there is none or it cannot be read."""
    from copilot.projects import project_manager

    try:
        return project_manager.load(file).base_dir
    except (CopilotError, OSError):
        return None
