"""Every process that this one started, and those that they started, whoever became an orphan meanwhile."""

import ctypes
import os
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
"""From `<linux/prctl.h>`: orphans below this process become its own children."""


def adopt_orphans() -> None:
    """From now on nobody below this process can get away. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "orphans cannot be adopted")


def below() -> dict[int, str]:
    """The processes below this one that run, each with its command line."""
    parents: dict[int, int] = {}
    ended: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        parents[int(path.parent.name)] = int(parent)
        if state == "Z":
            ended.add(int(path.parent.name))
    found = {pid: _words(pid) for pid in parents if _is_below(pid, parents) and pid not in ended}
    return {pid: words for pid, words in found.items() if words}


def left(known: set[int], seconds: float) -> dict[int, str]:
    """Who is still there beside those that are known, after at most these seconds."""
    until = time.monotonic() + seconds
    while True:
        others = {pid: words for pid, words in below().items() if pid not in known}
        if not others or time.monotonic() > until:
            return others
        time.sleep(0.05)


def bury(known: set[int]) -> None:
    """Ask for the ends of adopted processes, so that they do not stay as zombies; never of those known."""
    for path in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        pid = int(path)
        if pid not in known and _state(pid) == "Z":
            os.waitpid(pid, os.WNOHANG)


def _is_below(pid: int, parents: dict[int, int]) -> bool:
    me = os.getpid()
    at = parents.get(pid, 0)
    while at and at != me:
        at = parents.get(at, 0)
    return at == me


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
