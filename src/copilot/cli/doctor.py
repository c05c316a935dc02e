"""`copilot doctor`: what works on this machine, and what to do about the rest."""

import argparse

from copilot.cli import options
from copilot.cli.paint import paint_for
from copilot.cli.world import FAILED, World
from copilot.vocabulary.text import visible

NAME = "doctor"
SUMMARY = "say what works on this machine"
ABOUT = """\
Say what works on this machine, and what to do about the rest. No key is ever shown, no model is asked.
Exit code 1 means that the main job cannot run here.

examples:
  copilot doctor
"""
_MARKS = {"ok": "✓", "bad": "✗", "none": "–"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """`doctor` has no options of its own."""


def run(args: argparse.Namespace, world: World) -> int:
    """Print one line for each thing looked at, with the next step below it."""
    from copilot.cli.checks import all_checks
    from copilot.cli.opening import home_of

    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    colours = {"ok": paint.green, "bad": paint.red, "none": paint.dim}
    checks = all_checks(home_of(args, world), world.environ, world.platform, world.vault)
    for check in checks:
        mark = colours[check.state](_MARKS[check.state])
        world.stdout.write(f"{mark} {check.name:<22} {visible(check.text, keep='')}\n")
        if check.next:
            world.stdout.write(f"  {'':<22} {paint.dim(visible(check.next, keep=''))}\n")
    broken = any(check.needed and check.state == "bad" for check in checks)
    world.stdout.write(
        "The main job cannot run here: see ✗ above.\n" if broken else "The main job runs here: copilot tour\n"
    )
    return FAILED if broken else 0
