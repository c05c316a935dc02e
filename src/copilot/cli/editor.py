"""A text in the person's own editor."""

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from copilot.cli.interrupts import Interrupts
from copilot.shell.programs import find_program


def edited(
    text: str, suffix: str, environ: Mapping[str, str], interrupts: Interrupts, streams: tuple[TextIO, TextIO]
) -> str:
    """The text after the person's editor, which reads from and writes to `streams`.

    Raises ValueError where no editor is known, OSError or CalledProcessError where it does not work.
    """
    command = _editor(environ)
    with tempfile.TemporaryDirectory(prefix="copilot-edit-") as folder:
        file = Path(folder) / f"proposed{suffix}"
        file.write_bytes(text.encode("utf-8"))
        with interrupts.held():
            subprocess.run(
                [*command, str(file)], stdin=streams[0], stdout=streams[1], env=dict(environ), check=True
            )
        return file.read_bytes().decode("utf-8")


def _editor(environ: Mapping[str, str]) -> list[str]:
    """The editor as an argument list."""
    named = environ.get("VISUAL") or environ.get("EDITOR")
    if named:
        return shlex.split(named)
    for name in ("sensible-editor", "nano", "vi", "notepad"):
        found = find_program(name, environ)
        if found:
            return [found]
    raise ValueError("set EDITOR to the editor you like")
