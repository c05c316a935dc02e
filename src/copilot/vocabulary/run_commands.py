"""The commands that take back what runs did to the files, and do it again.

Each is answered by `RunChanged`, or by `CommandFailed`. They wait for a run that is under way on the same
base directory. What the person changed since stays: it is merged, or kept beside what comes back.
"""

from copilot.vocabulary.frozen import frozen


@frozen
class ShowRun:
    """Tell again what a call changed. `call_id` is the tool call's id, or the run's number as text."""

    request_id: str
    call_id: str


@frozen
class UndoRun:
    """Bring back what was there before the run (`call_id` as in `ShowRun`; empty: the newest not undone)."""

    request_id: str
    call_id: str


@frozen
class RedoRun:
    """Do to the files again what the run did (empty: the run that was undone last)."""

    request_id: str
    call_id: str


@frozen
class RestoreTo:
    """Go back to where `message` was the branch's last one: its files, the messages, or both.

    `files` undoes every run of the branch that came after it, the newest first, as one run that can itself
    be undone. `messages` makes it the branch's tip (`ProjectChanged`); the line as it was stays as a branch
    of its own.
    """

    request_id: str
    branch: str
    message: str
    files: bool
    messages: bool


RunCommand = ShowRun | UndoRun | RedoRun | RestoreTo
