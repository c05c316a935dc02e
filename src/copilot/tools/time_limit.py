"""How long a run may take: the most exact of what the person wrote under `[limits.run_seconds]`."""

from contextlib import suppress

from copilot.context.globs import GlobError, matches
from copilot.vocabulary.values import Limits


def time_limit(limits: Limits, tool: str, path: str) -> float:
    """Seconds for a run of `tool`. `path` is the file that runs, a script's being its suffix alone.

    A pattern that fits the path comes first (the longest where several do), then the tool, then the file
    type; without any of them it is `python_seconds` or `script_seconds`.
    """
    known = {one.kind: one.seconds for one in limits.run_seconds}
    suffix = f".{path.rpartition('.')[2].lower()}"
    patterns = [kind for kind in known if kind not in (tool, suffix) and path != suffix and _fits(kind, path)]
    for kind in (*sorted(patterns, key=len, reverse=True), tool, suffix):
        if kind in known:
            return known[kind]
    return limits.python_seconds if tool == "run_python_file" else limits.script_seconds


def _fits(pattern: str, path: str) -> bool:
    with suppress(GlobError):  # it was looked at when it was read; what is left of it fits nothing
        return matches(pattern, path)
    return False
