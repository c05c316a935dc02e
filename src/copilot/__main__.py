"""The program's entry: hands its surroundings to the command line, which opens the window where asked."""

import os
import sys
from collections.abc import Sequence

from copilot.shell.own_python import import_nothing_here


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with `argv` and return its exit code; without it, as this process, which then ends."""
    if argv is None:
        import_nothing_here(os.environ)  # before anything else is: a folder may hold a json.py
    from copilot.cli import process
    from copilot.cli.world import INTERRUPTED

    if argv is None:
        process.begin()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:  # before there was anything to end: while modules were loaded
        return INTERRUPTED
    if argv is None:
        process.leave(code)
    return code


def _run(argv: Sequence[str]) -> int:
    import time
    from pathlib import Path

    from copilot.assembly.keys_vault import SystemVault
    from copilot.cli import streams
    from copilot.cli.world import FAILED, World

    streams.open_missing()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        cwd = Path.cwd()
    except OSError as error:
        sys.stderr.write(f"copilot: the current folder cannot be used: {error.strerror}\n")
        sys.stderr.write("  Change to a folder that exists.\n")
        return FAILED
    world = World(
        environ=dict(os.environ),
        cwd=cwd,
        platform=sys.platform,
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        clock=time.time,
        new_id=_new_id,
        vault=SystemVault(sys.platform, os.environ),
    )
    from copilot.cli.parser import run

    try:
        try:
            return run(argv, world)
        finally:
            world.stdout.flush()
    except OSError as error:
        if error.filename is not None:  # a file and not a stream: nothing that is expected here
            raise
        streams.give_up(error, world.stdout, world.stderr)
        return FAILED


def _new_id() -> str:
    import secrets

    return secrets.token_hex(8)


if __name__ == "__main__":
    sys.exit(main())
