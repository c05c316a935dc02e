"""The events that tell what a run changed on the disk, and what was taken back; `events` names them too.

A run is one gated call (a script, a Python file, an edit), or one undo, redo or restore by the person. Paths
are relative, with forward slashes, and shown: what is odd in a name is escaped.
"""

from typing import Literal

from copilot.vocabulary.event_base import Event, TurnEvent
from copilot.vocabulary.frozen import frozen

ChangeKind = Literal["created", "changed", "deleted", "moved", "mode"]
ThingKind = Literal["file", "folder", "link", "other"]
RunAct = Literal["run", "undo", "redo", "restore"]
RunState = Literal["done", "undone"]


@frozen
class RunChange:
    """One path that differs between two states of the base directory.

    `source` is where it was before, for a move. `diff` is a unified diff, empty where there is none to show;
    `note` says why not, or what cannot be brought back ("binary", "its old bytes were not kept", ...).
    Modes are permission bits; None where nothing is.
    """

    path: str
    kind: ChangeKind
    thing: ThingKind = "file"
    source: str = ""
    diff: str = ""
    note: str = ""
    old_size: int | None = None
    new_size: int | None = None
    old_mode: int | None = None
    new_mode: int | None = None


@frozen
class Clash:
    """The person's version of `path` and the one that was to come back contradict each other.

    The person's stays where it is; the other one is kept in the file `kept`, empty where it is "no file".
    """

    path: str
    kept: str
    why: str


@frozen
class SnapshotTaken(TurnEvent):
    """The base directory as it is was kept, right before a gated call acts and right after it.

    `files` were looked at, `read_bytes` were new and read. `left_out` says what is not kept, each with why.
    """

    call_id: str
    when: Literal["before", "after"]
    files: int
    read_bytes: int
    seconds: float
    left_out: tuple[str, ...] = ()


@frozen
class RunChanged(Event):
    """What a run did to the base directory, and whether that stands.

    `run` is its number (0: nothing is kept of the call that was asked for), `call_id` the tool call's (empty
    where the person did it). `request_id` is that of the command which this answers, empty where the run
    itself ended; then `turn_id` and `branch` are its turn's. `changes` are those of the run; `more` were left
    out of them. `done` says what has just been done: nothing but a look ("shown"), the run, an undo, a redo
    or a restore; then `touched` are the paths it wrote, `merged` those where the person's later edit and the
    older text were put together, and `clashes` those where they could not be. `interrupted`: the program was
    killed in the run's middle, so that later changes of the person's may be among its own.
    """

    run: int
    call_id: str
    state: RunState
    changes: tuple[RunChange, ...]
    request_id: str = ""
    turn_id: str = ""
    branch: str = ""
    act: RunAct = "run"
    words: str = ""
    done: Literal["shown", "run", "undo", "redo", "restore"] = "run"
    more: int = 0
    touched: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    left_out: tuple[str, ...] = ()
    interrupted: bool = False


@frozen
class SnapshotsCleaned(Event):
    """Older runs can no longer be undone: what they needed was dropped, so that the store stays bounded.

    `folders` are other base directories of which everything went.
    """

    runs: tuple[int, ...]
    freed_bytes: int
    why: str
    folders: tuple[str, ...] = ()
