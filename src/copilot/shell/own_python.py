"""Our own interpreter imports nothing from the folder that the person is in, nor do the processes we start.

A folder gets into `sys.path` by being the current one, and by a `PYTHONPATH` that names it.
"""

# pathlib itself would be looked for in that folder
# ruff: noqa: PTH100, PTH117, PTH120
import os
import sys
from collections.abc import Mapping
from os.path import abspath, dirname, isabs, realpath

_PATHS = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX")
"""Variables of the interpreter that name folders."""


def own_python(*words: str, python: str = sys.executable) -> list[str]:
    """The command that starts our interpreter with these words and imports from no current folder."""
    return [python, "-P", *words]


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for our interpreter, without what would have it import from the current folder."""
    here, made = _here(), dict(environ)
    for name in _PATHS:
        entries = made.pop(name, "").split(os.pathsep)
        if kept := [one for one in entries if isabs(one) and realpath(one) != here]:
            made[name] = os.pathsep.join(kept)
    return made


def import_nothing_here(environ: Mapping[str, str]) -> None:
    """From now on this process imports nothing from the current folder.

    What is installed below it stays: only the folder itself goes, and what a `PYTHONPATH` names in it.
    """
    here = _here()
    if here == os.devnull:
        return
    named = {abspath(one) for one in environ.get("PYTHONPATH", "").split(os.pathsep)}

    def leads_here(entry: str) -> bool:
        return _foreign(entry, here) and (abspath(entry) in named or realpath(entry) == here)

    sys.path[:] = [one for one in sys.path if not leads_here(one)]


def _foreign(entry: str, here: str) -> bool:
    """Whether an entry is in a folder and is not where this very program was loaded from."""
    whole = realpath(entry)
    own = dirname(dirname(dirname(realpath(__file__))))
    return whole != own and (whole == here or whole.startswith(here.rstrip(os.sep) + os.sep))


def _here() -> str:
    """The current folder; no place at all where it was removed."""
    try:
        return realpath(os.curdir, strict=True)
    except OSError:
        return os.devnull
