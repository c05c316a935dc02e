"""The program's entry: hands its surroundings to the command line, which opens the window where asked."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from copilot.cli.parser import run
from copilot.cli.world import World


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` (default: the process's) and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    world = World(
        environ=dict(os.environ),
        cwd=Path.cwd(),
        platform=sys.platform,
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        clock=time.time,
        new_id=_new_id,
    )
    return run(sys.argv[1:] if argv is None else argv, world)


def _new_id() -> str:
    import secrets

    return secrets.token_hex(8)


if __name__ == "__main__":
    sys.exit(main())
