"""`copilot config`: whether the settings, and all that they name, can be used."""

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from copilot.cli import opening, options
from copilot.cli.paint import paint_for
from copilot.cli.world import FAILED, World
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.assembly.config_faults import Found
    from copilot.projects.home import Home

NAME = "config"
SUMMARY = "check config.toml and everything that it names"
ABOUT = """\
Read config.toml of the home and all that it names: rules with their examples, providers' addresses, MCP
servers, assistants, chords of the window, projects with their folders and rules, what these folders bring
along, the variables and the .env that keys come from. Each fault is told with its file and
line and with what to do. Nothing is written, started or asked over a network; whether there is a provider's
key is told by copilot keys. Exit code 1 means that something is wrong.

examples:
  copilot config check
  copilot config check --home ~/team-settings     before these settings are handed out
"""
_ACTS = ("check",)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done."""
    parser.add_argument(
        "act", nargs="?", default="check", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS)
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Print each fault on standard output; 1 where there is one."""
    from copilot.assembly.config_check import faults
    from copilot.projects.config import load_settings

    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    home = opening.home_of(args, world)
    found = list(faults(opening.around_of(world), home))
    if not any(one.what.startswith("this is no TOML") for one in found):
        found += _chords(load_settings(home)[0].keys, home)
    for one in found:
        world.stdout.write(f"{paint.bold(visible(one.where, keep=''))}: {visible(one.what, keep='')}\n")
        world.stdout.write(f"  {paint.dim(visible(one.todo, keep=''))}\n")
    if found:
        many = "1 thing is" if len(found) == 1 else f"{len(found)} things are"
        world.stderr.write(f"{many} wrong.\n")
        return FAILED
    there = f"{home.config}:" if home.config.is_file() else f"{home.config} is not there, all is default:"
    world.stdout.write(f"{there} nothing is wrong.\n")
    return 0


def _chords(keys: Mapping[str, str], home: "Home") -> "Iterator[Found]":
    """Chords that the window could not use."""
    if not keys:
        return
    from copilot.assembly.config_check import place
    from copilot.assembly.config_faults import Found
    from copilot.desktop.own_chords import own_chords

    for trouble in own_chords(keys).troubles:
        what = trouble.partition("[keys]: ")[2]
        named = next((one for one in keys if what.startswith(f"“{visible(one[:40])}”")), "")
        where = place(home, "keys", named)
        yield Found(where=where, what=what, todo="F1 in the window lists the keys that are taken.")
