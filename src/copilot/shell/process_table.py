"""The processes of this machine, as a table: who came from whom. Linux: `/proc`; elsewhere `ps`.

Standard library only: the runner process must start in a few milliseconds.
"""

import contextlib
import os
import sys
from collections.abc import Collection
from typing import NamedTuple


class Process(NamedTuple):
    """One line of the process table. `start` tells a process from a later one with the same pid."""

    pid: int
    parent: int
    session: int
    zombie: bool
    start: str


def parse_stat(text: str) -> Process:
    """One `/proc/<pid>/stat`. The name stands in parentheses and may itself hold any character."""
    pid = int(text[: text.index(" ")])
    rest = text[text.rindex(")") + 2 :].split()
    return Process(pid, int(rest[1]), int(rest[3]), rest[0] in "ZX", rest[19])


def parse_ps(text: str) -> list[Process]:
    """What `ps -A -o pid=,ppid=,pgid=,stat=,lstart=` printed (where there is no /proc)."""
    found: list[Process] = []
    for line in text.splitlines():
        words = line.split(None, 4)
        if len(words) == 5:
            found.append(Process(int(words[0]), int(words[1]), int(words[2]), words[3][0] == "Z", words[4]))
    return found


def process_table() -> list[Process]:
    """All processes that we can see."""
    if not sys.platform.startswith("linux"):
        import subprocess

        columns = "pid=,ppid=,pgid=,stat=,lstart="
        with subprocess.Popen(["/bin/ps", "-A", "-o", columns], stdout=subprocess.PIPE) as ps:
            listed = ps.communicate()[0].decode("utf-8", "replace")
        return [process for process in parse_ps(listed) if process.pid != ps.pid]
    found: list[Process] = []
    for name in os.listdir("/proc"):  # noqa: PTH208  # pathlib costs 10 ms of start
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", errors="replace") as file:  # noqa: PTH123
                found.append(parse_stat(file.read()))
    return found


def name_of(pid: int) -> str:
    """The program of a running process: the end of its first argument, else what the kernel calls it."""
    if not sys.platform.startswith("linux"):
        import subprocess

        with subprocess.Popen(["/bin/ps", "-o", "comm=", "-p", str(pid)], stdout=subprocess.PIPE) as ps:
            return ps.communicate()[0].decode("utf-8", "replace").strip().rpartition("/")[2][:80]
    for name, ends in (("cmdline", "\0"), ("comm", "\n")):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", errors="replace") as file:  # noqa: PTH123
            if word := file.read(4096).split(ends, 1)[0]:
                return word.rstrip("/").rpartition("/")[2][:80]
    return ""


def family(table: Collection[Process], root: int, known: Collection[tuple[int, str]] = ()) -> set[Process]:
    """Everything alive below `root`, and below any process of `known` (pid and start) that is still there."""
    found = {p for p in table if (p.pid, p.start) in known and p.pid != root}
    return {p for p in found | below(table, {root, *(p.pid for p in found)}) if not p.zombie}


def below(table: Collection[Process], roots: Collection[int]) -> set[Process]:
    """Every descendant of the roots. Raises ValueError for pid 0 or 1, whose family is the whole machine."""
    if any(root <= 1 for root in roots):
        raise ValueError(f"no family of ours has such a root: {sorted(roots)}")
    children: dict[int, list[Process]] = {}
    for process in table:
        children.setdefault(process.parent, []).append(process)
    found: set[Process] = set()
    todo = list(roots)
    while todo:
        for process in children.get(todo.pop(), ()):
            if process not in found:
                found.add(process)
                todo.append(process.pid)
    return found


def ancestors(table: Collection[Process], pid: int) -> set[int]:
    """The process itself and every process above it: what it must never end."""
    parents = {process.pid: process.parent for process in table}
    found: set[int] = set()
    while pid not in found:
        found.add(pid)
        pid = parents.get(pid, 0)
    return found | {0, 1}
