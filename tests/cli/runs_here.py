"""Running a subcommand in this very process: what it does is real, and libraries are loaded only once."""

import io
import itertools
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from copilot.assembly.keys_vault import NoVault
from copilot.cli.parser import run as run_parser
from copilot.cli.world import World
from copilot.vocabulary.frozen import frozen

_IDS = itertools.count(1)


@frozen
class Done:
    """How it ended and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run_here(*words: str, env: Mapping[str, str], cwd: Path, stdin: str = "") -> Done:
    """Run `copilot WORDS` without a terminal; standard input holds `stdin`."""
    out, err = io.StringIO(), io.StringIO()
    world = World(
        environ=env,
        cwd=cwd,
        platform=sys.platform,
        stdin=io.StringIO(stdin),
        stdout=out,
        stderr=err,
        clock=time.time,
        new_id=lambda: f"id-{next(_IDS):06}",
        vault=NoVault(),
    )
    try:
        code = run_parser(words, world)
    except SystemExit as end:  # wrong usage and help, which argparse prints by itself
        code = int(end.code or 0)
    return Done(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())
