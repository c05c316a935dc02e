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
        checkout=_checkout(Path(__file__)),
    )
    return run(sys.argv[1:] if argv is None else argv, world)


def _new_id() -> str:
    import secrets

    return secrets.token_hex(8)


def _checkout(here: Path) -> Path | None:
    """The checkout that this file lies in, None where the program was installed."""
    root = here.resolve().parents[2]
    inside = root / "src" / "copilot" / "__main__.py"
    return root if inside.is_file() and (root / "pyproject.toml").is_file() else None


if __name__ == "__main__":
    sys.exit(main())
