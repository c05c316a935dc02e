"""`copilot serve audit`: what a user did, and whether the log of it is as it was written."""

import argparse
from typing import TYPE_CHECKING

from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.projects.home import Home


def run(args: argparse.Namespace, world: World, home: "Home") -> int:
    """Print the lines; with `--check` only what is wrong with them."""
    from copilot.cli.serve import serve_folder
    from copilot.serve.audit import check
    from copilot.serve.names import user_flaw

    name = args.words[0] if len(args.words) == 1 else ""
    if not name or user_flaw(name):
        world.stderr.write("copilot serve audit: name one user, or nobody. Try: copilot serve --help\n")
        return USAGE
    checked = check(home.logs, serve_folder(home), name)
    if not args.check:
        for line in checked.lines:
            world.stdout.write(f"{visible(line.decode('utf-8', 'replace'), keep='')}\n")
    for problem in checked.problems:
        world.stderr.write(f"! {problem}\n")
    if args.check and not checked.problems:
        many = "1 line is" if len(checked.lines) == 1 else f"{len(checked.lines):,} lines are"
        older = f" Those up to line {checked.thinned:,} were removed, as wanted." if checked.thinned else ""
        world.stdout.write(f"{many} as written.{older}\n")
    return FAILED if checked.problems else 0
