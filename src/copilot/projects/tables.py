"""The tables of a project file: what may stand where, which values are allowed, what they stand for."""

from collections.abc import Mapping
from typing import Any, get_args

from copilot.projects.discussion_tables import discussion_table
from copilot.projects.validation import (
    above_zero,
    amount,
    flag,
    list_of,
    one_of,
    some_text,
    table,
    text,
    whole,
    zero_or_more,
)
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.frozen import field, frozen, replace
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.values import STANDINGS, FileChoice, Limits, Standing, View


@frozen
class FilesTable:
    """`[files]`."""

    base_dir: str
    paths: tuple[FileChoice, ...] = ()
    rank: tuple[Standing, ...] = STANDINGS


@frozen
class FileTable:
    """The whole file. `limits` and `caps` hold what is set and nothing else."""

    schema_version: int
    files: FilesTable
    revision: int = 0
    prompts: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    caps: Caps = field(default_factory=Caps)
    discussion: Discussion = field(default_factory=Discussion)


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
}
limits_table = table(dict[str, float], LIMITS_RULES)
"""`[limits]`, in a project and in the settings."""

caps_table = table(Caps, {"turn_usd": amount, "project_usd": amount, "day_usd": amount})
"""`[caps]`, in a project and in the settings."""


def over(limits: Limits, said: Mapping[str, Any]) -> Limits:
    """The limits with what a table sets."""
    return replace(limits, **said)


def _choice(path: str, view: View = "full", pinned: bool = False) -> FileChoice:
    return FileChoice(pattern=path, view=view, pinned=pinned)


_chosen_table = table(_choice, {"path": text, "view": one_of(get_args(View)), "pinned": flag}, ("path",))


def _chosen(value: object) -> FileChoice:
    """One entry of `[files] paths`; a plain string is its `path`."""
    return FileChoice(pattern=value) if isinstance(value, str) else _chosen_table(value)


_files_table = table(
    FilesTable,
    {"base_dir": some_text, "paths": list_of(_chosen), "rank": list_of(one_of(STANDINGS))},
    ("base_dir",),
)

file_table = table(
    FileTable,
    {
        "schema_version": one_of((1,)),
        "revision": whole(0),
        "files": _files_table,
        "prompts": table(dict[str, str], {"system": text}),
        "limits": limits_table,
        "caps": caps_table,
        "discussion": discussion_table,
    },
    ("schema_version", "files"),
)
