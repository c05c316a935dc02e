"""Opening what a subcommand works with: the home, the project that was meant, the desk."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import process
from copilot.cli.options import given, given_path
from copilot.cli.world import World
from copilot.vocabulary.errors import ConfigError

if TYPE_CHECKING:
    from copilot.assembly.choice import Flags
    from copilot.assembly.desk import Desk
    from copilot.assembly.surroundings import Surroundings
    from copilot.projects.home import Home
    from copilot.rehearsal.scenario import Scenario


def home_of(args: argparse.Namespace, world: World) -> "Home":
    """The home of this run (DESIGN 7); nothing is made yet."""
    from copilot.projects.home import checkout_of, find_home

    flag = given_path(args, "home")
    checkout = checkout_of(Path(__file__).parent.parent)
    return find_home(None if flag is None else str(flag), world.environ, world.cwd, checkout, _platform_dir)


def _platform_dir() -> Path:
    import platformdirs

    return platformdirs.user_data_path("copilot", appauthor=False)


def open_desk(
    args: argparse.Namespace,
    world: World,
    *,
    fallback: bool,
    here: bool,
    window: bool = False,
    scenario: "Scenario | None" = None,
) -> "Desk":
    """The desk on the project that the options name.

    With neither name nor folder: the project of the current folder where `here`, else the one that was open
    last. `window`: it is for one. Without `fallback` a ConfigError says what to do where nobody chose a
    provider.
    """
    from copilot.assembly.desk import open_desk as assemble

    name = given(args, "project") or ""
    asked = base_dir_of(args, world)
    desk = assemble(
        around_of(world, window=window),
        home=home_of(args, world).make(),
        project=name,
        base_dir=world.cwd if here and not name and asked is None else asked,
        flags=flags_of(args),
        scenario=scenario,
        fallback=fallback,
    )
    process.settled()
    return desk


def around_of(world: World, *, window: bool = False) -> "Surroundings":
    """The same surroundings, for `assembly`; `window` where one opens."""
    from copilot.assembly.surroundings import Surroundings

    return Surroundings(
        environ=world.environ,
        cwd=world.cwd,
        platform=world.platform,
        clock=world.clock,
        new_id=world.new_id,
        vault=world.vault,
        window=window,
    )


def meant_project(args: argparse.Namespace, world: World) -> str:
    """The name of the project that the window's options name."""
    from copilot.assembly.opening import project_name
    from copilot.projects.config import load_settings

    home = home_of(args, world)
    settings, _ = load_settings(home)
    return project_name(home, settings, given(args, "project") or "", base_dir_of(args, world), world.cwd)


def flags_of(args: argparse.Namespace) -> "Flags":
    """What the options say of the model."""
    from copilot.assembly.choice import Flags

    return Flags(
        provider=given(args, "provider") or "",
        model=given(args, "model") or "",
        base_url=given(args, "base_url") or "",
        api_version=given(args, "api_version") or "",
    )


def close_desk(desk: "Desk", stop_seconds: float = 3.0) -> bool:
    """Ask the worker to stop and release everything. False where it did not stop in time."""
    from copilot.vocabulary.commands import Shutdown

    desk.worker.submit(Shutdown())
    stopped = desk.worker.join(stop_seconds)
    if stopped:
        desk.close()
    return stopped


def base_dir_of(args: argparse.Namespace, world: World) -> Path | None:
    """`--base-dir`, absolute; None where it was not given. Raises ConfigError for what is no folder."""
    asked = given_path(args, "base_dir")
    if asked is None:
        return None
    folder = (world.cwd / asked).resolve()
    if not folder.is_dir():
        raise ConfigError(f"--base-dir {asked} is not a folder", "Name a folder that exists.")
    return folder
