"""What stands between the door and the workspaces behind it: `serve` has no other way from one to the other.

The door knows who comes (tokens, TLS, rates, the audit log). The workspaces know what a person may do: each
has one process, one home and one folder of files. Every call here may take as long as it takes to start a
process (about a second), so the door makes it on a thread, but for `Follow.take()`, which never waits unless
it is told to. All of it may be called from any thread.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from copilot.serve.bodies import Unread
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue


class ForbiddenError(CopilotError):
    """What a remote user may not do, whoever they are; nothing was begun. (HTTP: 403)"""


class NotThereError(CopilotError):
    """No such project or file. (HTTP: 404)"""

    kind = "project"


class TooMuchError(CopilotError):
    """A limit of the user's is reached; `retry_after` seconds, where waiting helps. (HTTP: 429, else 413)"""

    def __init__(self, message: str, hint: str | None = None, *, retry_after: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class WorkspaceEndedError(CopilotError):
    """The user's process ended, or could not begin; it may be asked again at once. (HTTP: 503)"""


@frozen
class Limits:
    """What one user may use. The door holds the first two, the workspaces the rest.

    `day_usd`: what their requests to providers may cost in a day; None: no cap. `cpu_seconds` and `memory_mb`
    hold for the user's own process and for each process of their scripts, `processes` for all of a script's
    together, threads counted. `disk_mb` is all that lies in their folder, `file_mb` one file of it.
    A user's process ends `idle_seconds` after the last turn, request and follower.
    """

    requests_a_minute: int = 240
    body_bytes: int = 8 * 1024 * 1024
    turns: int = 2
    projects: int = 20
    day_usd: float | None = 5.0
    turn_seconds: float = 1800.0
    script_seconds: float = 120.0
    cpu_seconds: int = 600
    memory_mb: int = 1024
    processes: int = 128
    disk_mb: int = 1024
    file_mb: int = 256
    followers: int = 8
    idle_seconds: float = 600.0


@frozen
class User:
    """Somebody whose token was right. `name` has no flaw (`names.user_flaw`)."""

    name: str
    limits: Limits


@frozen(kw_only=False)
class Numbered:
    """One thing to tell a follower: a line of JSON (UTF-8, no line break) and its number.

    Kind "event": as `codec.encode_event` wrote it. Kind "snapshot": `{"snapshot": [events]}`; whoever follows
    forgets what they knew and folds these instead: `ProjectOpened`, then all that is under way (turns with
    what they said so far, approvals that wait). Numbers grow within a project and never come again, also
    after a restart; they are below 2**53.
    """

    number: int
    kind: Literal["event", "snapshot"]
    line: bytes


class Follow(Protocol):
    """One follower of one project. Nothing is kept for it alone: who is too slow is dropped, and begins with
    a snapshot when they follow again. Close it in any case.
    """

    @property
    def over(self) -> str:
        """Why nothing more will come after what `take` still gives; empty while it goes on.

        To follow again with the last number goes on where this ended, or begins with a snapshot.
        """
        ...

    def take(self, seconds: float = 0.0) -> tuple[Numbered, ...]:
        """What came since the last call, in order, at most some 256 KB or one snapshot at a time.

        Waits up to `seconds` for the first of it. Empty where nothing came: take until it is, and only then
        wait to be woken. Where the ring of the newest events is left behind, this gives nothing any more and
        `over` says so.
        """
        ...

    def close(self) -> None:
        """Stop following; a second call does nothing."""
        ...


class Workspaces(Protocol):
    """What is behind the door: `workspaces.open_workspaces(around, home, hidden=(), unconfined=False)` makes
    it, with the home and the surroundings of who starts the server; `hidden` are files of the server's that
    no script may see (the key of its certificate). Methods raise CopilotError: those above, and ProjectError,
    StorageError.
    """

    def projects(self, user: User) -> tuple[str, ...]:
        """The names of the user's projects, sorted."""
        ...

    def create(self, user: User, project: str) -> None:
        """Make an empty project with an empty base directory; one that is there already stays as it is."""
        ...

    def submit(self, user: User, project: str, command: Mapping[str, JsonValue] | Unread) -> None:
        """Hand in a command, as `codec.encode_command` writes it; returns once the user's worker has it.

        What it does is told to followers. What must not be lost is what a `MessageKept` told: it is on disk.
        """
        ...

    def follow(
        self, user: User, project: str, after: int = 0, wake: Callable[[], None] | None = None
    ) -> Follow:
        """Follow a project from behind number `after`; 0: from a snapshot. A number that is not known any
        more (too old, of an earlier process) begins with a snapshot, too.

        `wake` is called, on some thread, when something came behind the last `take()`, or `over` was set; it
        must not block.
        """
        ...

    def approvals(self, user: User, project: str) -> tuple[Mapping[str, JsonValue], ...]:
        """The `ApprovalRequested` events that wait for the person, encoded, the oldest first."""
        ...

    def read_file(self, user: User, project: str, path: str) -> bytes:
        """One file of the project's base directory; at most `body_bytes` of the user's limits."""
        ...

    def write_file(self, user: User, project: str, path: str, data: bytes) -> None:
        """Put a file into the project's base directory, and the folders that it needs."""
        ...

    def delete_file(self, user: User, project: str, path: str) -> None:
        """Take a file out of the project's base directory; its folder stays."""
        ...

    def attach(self, user: User, project: str, name: str, data: bytes) -> Mapping[str, JsonValue]:
        """Keep an image or a PDF for a message to come: the `Attachment` as a command names it."""
        ...

    def stop_user(self, name: str) -> None:
        """End this user's process and followers: their token was revoked. The next request begins anew."""
        ...

    def close(self) -> None:
        """End all processes and followers, at most a few seconds; nothing can be asked after it."""
        ...
