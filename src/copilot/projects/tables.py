"""The tables of a project file: what may stand where, which values are allowed, what they stand for."""

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from copilot.projects.discussion_tables import discussion_table
from copilot.projects.validation import (
    Fault,
    FaultsError,
    above_zero,
    amount,
    did_you_mean,
    flag,
    list_of,
    names_of,
    one_of,
    refused,
    some_text,
    table,
    text,
    whole,
    zero_or_more,
)
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.frozen import field, frozen, replace
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.values import STANDINGS, FileChoice, Limits, RunTime, Standing, View


@frozen
class FilesTable:
    """`[files]`."""

    base_dir: str
    paths: tuple[FileChoice, ...] = ()
    rank: tuple[Standing, ...] = STANDINGS


@frozen
class Named:
    """A file as the project file names it: its name, how many messages are in it, the id of the last, and of
    the one that this one's branch comes from, which lies before the file. `straight` says that each of its
    messages follows the one before it; `size` is in bytes, 0 where an older version of the program wrote it.
    """

    file: str
    messages: int
    last: str
    after: str | None = None
    straight: bool = False
    size: int = 0


@frozen
class HistoryTable:
    """`[history]`."""

    files: tuple[Named, ...] = ()
    dropped: tuple[str, ...] = ()


@frozen
class FileTable:
    """The whole file. `limits` and `caps` hold what is set and nothing else."""

    schema_version: int
    files: FilesTable
    revision: int = 0
    history: HistoryTable = field(default_factory=HistoryTable)
    prompts: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    caps: Caps = field(default_factory=Caps)
    discussion: Discussion = field(default_factory=Discussion)


RUN_TIMES = "run_seconds"
"""The table in `[limits]` with a time for each kind of run."""

_TIMED_TOOLS = ("run_shell", "run_powershell", "run_python_file")
_TIMED_TYPES = (".sh", ".ps1", ".py")


def _run_times(value: object) -> tuple[RunTime, ...]:
    """`[limits.run_seconds]`."""
    times = names_of(above_zero)(value)
    faults = [Fault(path=(kind,), reason=reason) for kind in times if (reason := no_kind(kind))]
    if faults:
        raise FaultsError(faults)
    return tuple(RunTime(kind=kind, seconds=times[kind]) for kind in sorted(times))


def no_kind(kind: str) -> str:
    """Why nothing that runs is of this kind; empty where it may be."""
    if kind in _TIMED_TOOLS or kind in _TIMED_TYPES:
        return ""
    is_glob = any(mark in kind for mark in "/*?[{") or kind.endswith(".py")
    parts = kind.replace("\\", "/").split("/")
    if is_glob and not kind.startswith(("/", "~", "\\")) and ".." not in parts:
        return ""
    if is_glob:
        return "it leads outside the base directory; patterns are relative to it"
    known = (*_TIMED_TOOLS, *_TIMED_TYPES)
    near = did_you_mean(kind, known)
    return f"it is none of {', '.join(known)} and no pattern of files such as 'tests/**'{near}"


LIMITS_RULES = {
    "max_tool_rounds": whole(1),
    "script_seconds": above_zero,
    "python_seconds": above_zero,
    "output_characters": whole(100),
    "read_characters": whole(100),
    "max_context_tokens": whole(1),
    "max_prompt_tokens": whole(0),
    "first_byte_seconds": zero_or_more,
    "progress_seconds": above_zero,
    "answer_seconds": above_zero,
    "attempts": whole(1, 20),
    "longest_wait_seconds": zero_or_more,
    RUN_TIMES: _run_times,
}
limits_table = table(dict[str, Any], LIMITS_RULES)
"""`[limits]`, in a project and in the settings."""

caps_table = table(Caps, {"turn_usd": amount, "project_usd": amount, "day_usd": amount})
"""`[caps]`, in a project and in the settings."""


def over(limits: Limits, said: Mapping[str, Any]) -> Limits:
    """The limits with what a table sets; of the times for kinds of runs, those that it names."""
    plain = {name: value for name, value in said.items() if name != RUN_TIMES}
    times = {
        one.kind: one for one in (*limits.run_seconds, *cast(tuple[RunTime, ...], said.get(RUN_TIMES, ())))
    }
    return replace(limits, **plain, run_seconds=tuple(times[kind] for kind in sorted(times)))


def said_limits(limits: Limits, default: Limits) -> dict[tuple[str, ...], float]:
    """What differs from `default`, by its place below `[limits]`."""
    known = {(RUN_TIMES, one.kind): one.seconds for one in default.run_seconds}
    times = {(RUN_TIMES, one.kind): one.seconds for one in limits.run_seconds}
    plain = {(name,): getattr(limits, name) for name in LIMITS_RULES if name != RUN_TIMES}
    said = {path: value for path, value in plain.items() if value != getattr(default, path[0])}
    return said | {path: value for path, value in times.items() if known.get(path) != value}


def _choice(path: str, view: View = "full", pinned: bool = False) -> FileChoice:
    return FileChoice(pattern=path, view=view, pinned=pinned)


_chosen_table = table(_choice, {"path": text, "view": one_of(get_args(View)), "pinned": flag}, ("path",))


def _chosen(value: object) -> FileChoice:
    """One entry of `[files] paths`; a plain string is its `path`."""
    return FileChoice(pattern=value) if isinstance(value, str) else _chosen_table(value)


chosen_files = list_of(_chosen)
"""A list of chosen files, each a pattern or a table with its view."""

_files_table = table(
    FilesTable,
    {"base_dir": some_text, "paths": chosen_files, "rank": list_of(one_of(STANDINGS))},
    ("base_dir",),
)


def _history_name(value: object) -> str:
    if re.fullmatch(r"[0-9a-f]{64}\.jsonl", text(value)) is None:
        raise refused("it is no name of a history file")
    return text(value)


_named_table = table(
    Named,
    {
        "file": _history_name,
        "messages": whole(1),
        "last": some_text,
        "after": some_text,
        "straight": flag,
        "size": whole(1),
    },
    ("file", "messages", "last"),
)

_history_table = table(HistoryTable, {"files": list_of(_named_table), "dropped": list_of(_history_name)})

file_table = table(
    FileTable,
    {
        "schema_version": one_of((1, 2)),
        "revision": whole(0),
        "history": _history_table,
        "files": _files_table,
        "prompts": table(dict[str, str], {"system": text}),
        "limits": limits_table,
        "caps": caps_table,
        "discussion": discussion_table,
    },
    ("schema_version", "files"),
)
