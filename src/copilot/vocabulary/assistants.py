"""Assistants: named profiles under which a model answers, and tasks that one hands to another."""

from typing import Literal

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileChoice, ProviderName

ASSISTANT_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}[A-Za-z0-9])?"
"""Of an assistant: its branches are named after it."""


@frozen
class Assistant:
    """A profile. `about` says in a line what it is for: other assistants are told of it by that.

    `instructions` stand beside the project's own. Without `provider` and `model` those answer that the person
    chose. `tools` are globs of the names of those that it may use, `files` the chosen files that it sees;
    None: all, and those of the project. `may_ask` are globs of the names of assistants that it may hand
    tasks to. `project`: a file of the project's folder made it, which the person trusts.
    """

    name: str
    about: str = ""
    instructions: str = ""
    provider: ProviderName | Literal[""] = ""
    model: str = ""
    tools: tuple[str, ...] | None = None
    files: tuple[FileChoice, ...] | None = None
    may_ask: tuple[str, ...] = ()
    project: bool = False


@frozen
class Handed:
    """Where a task comes from that an assistant handed over.

    `root` is the turn that the person began, whose cap holds for all that follow from it. `waiting` are the
    names of those that wait for the answer, the first one first; `branch` is where the last of them works.
    """

    root: str
    waiting: tuple[str, ...]
    branch: str
