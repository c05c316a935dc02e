"""Finding a helper program by its name: never one that merely lies in the current folder."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from copilot.shell.shells import absolute_entries

_ENDINGS = ".COM;.EXE;.BAT;.CMD"


def find_program(name: str, environ: Mapping[str, str] | None = None) -> str | None:
    """The first executable of this name on PATH, or None.

    Entries that depend on the current folder are skipped. `shutil.which` looks into those, and on Windows
    into the current folder before all others.
    """
    given = os.environ if environ is None else environ
    endings = given.get("PATHEXT", _ENDINGS).split(";") if sys.platform == "win32" else ("",)
    for folder in absolute_entries(given.get("PATH", os.defpath), sys.platform):
        for ending in endings:
            place = Path(folder) / f"{name}{ending}"
            if place.is_file() and os.access(place, os.X_OK):
                return str(place)
    return None
