"""`copilot tour`: the main job on a throw-away copy of a small project, with a rehearsed model."""

import argparse
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import paint_for
from copilot.cli.world import World
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.errors import ConfigError

if TYPE_CHECKING:
    from copilot.assembly.desk import Desk

NAME = "tour"
SUMMARY = "see the main job, without a key and without a network"
ABOUT = """\
See the main job on a throw-away copy of a small calculator. The model's words are rehearsed; the files,
scripts, approvals and tests are real. No key and no network are used.

examples:
  copilot tour                          find a failing test and mend the code
  copilot tour --scenario calculator    have 2 * 3 + 4 worked out by running the calculator
  copilot tour --terminal               stay in the terminal even where there is a display
"""
_PROJECT = "calculator"
_REHEARSED = "The model's words are rehearsed; the files, scripts, approvals and tests are real."


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `tour`."""
    parser.add_argument(
        "--scenario", choices=("tour", "calculator"), default="tour", help="which of the two to show (tour)"
    )
    parser.add_argument("--terminal", action="store_true", help="stay in the terminal")
    parser.add_argument(
        "--keep", type=options.folder, metavar="DIR", help="keep the tour's files in this new folder"
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Show the tour in the window, in the terminal, or by itself, whichever this machine allows."""
    from copilot.desktop.display import display_trouble
    from copilot.rehearsal.tour import PROMPTS

    trouble = "" if args.terminal else display_trouble(world.environ, world.platform)
    windowed = not args.terminal and not trouble
    with _folder(args.keep, world) as folder:
        desk, prompt = _desk(folder, args.scenario, world), PROMPTS[args.scenario]
        if windowed:
            return _in_window(desk, prompt, world)
        return _in_terminal(desk, prompt, args, world, trouble)


def _in_window(desk: "Desk", prompt: str, world: World) -> int:
    from copilot.cli.window import show_window

    desk.notices = (*desk.notices, f"{_REHEARSED} Ctrl+Enter sends the question that is written already.")
    return show_window(desk, world, draft=prompt)


def _in_terminal(desk: "Desk", prompt: str, args: argparse.Namespace, world: World, trouble: str) -> int:
    from copilot.cli.approve import controlling_terminal, find_person
    from copilot.cli.sitting import Front, Question, ask_once
    from copilot.cli.terminal import Terminal

    paint = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    person = find_person(world.stdin, world.stderr, stdin_is_prompt=False, open_terminal=controlling_terminal)
    terminal = Terminal(out=world.stdout, err=world.stderr, paint=paint)
    if trouble:
        terminal.note(paint.dim(trouble))
    terminal.note(paint.bold(_REHEARSED))
    if person is None:
        terminal.note(
            "Nobody can be asked here, so the tour approves by itself: "
            "its scripts are the shipped ones and its folder is a throw-away copy."
        )
    terminal.note(f"\n{paint.bold('You:')} {prompt}\n")
    policy = ApprovalPolicy(mode="ask" if person else "all", person=person is not None)
    front = Front(world=world, paint=paint, person=person, show=terminal.show)
    code = ask_once(desk, front, Question(prompt=prompt, policy=policy))
    terminal.note(paint.dim(_REHEARSED))
    if args.keep is not None:
        terminal.note(f"The tour's files are in {world.cwd / args.keep}")
    return code


@contextmanager
def _folder(keep: Path | None, world: World) -> Generator[Path]:
    """A folder for the tour: a temporary one that is removed, or the one that is to be kept."""
    if keep is not None:
        folder = world.cwd / keep
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = any(folder.iterdir())
        except OSError as error:
            raise ConfigError(
                f"--keep {keep} cannot be used: {error.strerror}", "Name a new folder."
            ) from error
        if taken:  # the tour writes a calculator and breaks it: not over somebody's own
            raise ConfigError(f"--keep {keep} is not empty", "Name a new folder.")
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="copilot-tour-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def _desk(folder: Path, name: str, world: World) -> "Desk":
    """A desk with a home of its own on a fresh copy of the calculator; in the tour it has one bug."""
    from copilot.assembly.choice import Flags
    from copilot.assembly.desk import Surroundings, open_desk
    from copilot.projects.home import Home
    from copilot.providers.catalog import KEY_VARIABLES
    from copilot.rehearsal.scenario import shipped
    from copilot.rehearsal.tour import copy_calculator, plant_bug

    home = Home(root=folder / "home")
    home.make()
    project = folder / _PROJECT
    copy_calculator(project)
    if name == "tour":
        plant_bug(project)
    keys = {variable for variables in KEY_VARIABLES.values() for variable in variables}
    around = Surroundings(
        environ={key: value for key, value in world.environ.items() if key not in keys},
        cwd=project,
        platform=world.platform,
        clock=world.clock,
        new_id=world.new_id,
    )
    return open_desk(
        around,
        home=home,
        project=_PROJECT,
        base_dir=project,
        flags=Flags(provider="rehearsal"),
        scenario=shipped(name),
    )
