"""What goes between the server and a user's process: a header, which is a line of JSON, and then bytes.

Events and files are the user's own and go to the user: the server hands on their bytes and reads none of
them. What it does read, the headers, is bounded and checked field by field. Nothing here unpickles.
"""

import contextlib
import json
import threading
from collections.abc import Mapping
from typing import BinaryIO, Literal, cast

from copilot.serve.contract import (
    ForbiddenError,
    Limits,
    NotThereError,
    TooMuchError,
    WorkspaceEndedError,
)
from copilot.vocabulary.codec import from_json, to_json
from copilot.vocabulary.errors import ConfigError, CopilotError, LockedError, ProjectError, StorageError
from copilot.vocabulary.frozen import field, frozen

MOST_HEADER = 64 * 1024
MOST_BODY = 64 * 1024 * 1024
"""Bytes of a header and of a body: a snapshot of the longest discussion, or the largest file, fits."""


class PipeEndedError(CopilotError):
    """The other side went away, or sent what does not belong there."""


@frozen
class Start:
    """The first thing that a user's process is told, on its standard input. `keys` are the providers'.

    `owner` is the home of who started the server, `place` the folder of this user in it; of what is `shut`
    their scripts see nothing.
    """

    user: str
    owner: str
    place: str
    limits: Limits
    shut: tuple[str, ...]
    keys: Mapping[str, str] = field(repr=False)
    unconfined: bool = False


@frozen
class Ask:
    """What the server asks for; the body of "submit" is a command, of "write" and "attach" a file's bytes.

    Where the project is opened for it, its first event gets the number `first`. `path` is in the base
    directory, but for "attach", where it is a name, and for "submit", where it is the command's.
    """

    number: int
    what: Literal["submit", "snapshot", "approvals", "read", "write", "delete", "attach"]
    project: str
    first: int = 0
    path: str = ""


@frozen
class Answer:
    """The answer to an `Ask`; the body is what was asked for. `at` is the number of a snapshot."""

    number: int
    at: int = 0
    trouble: "Trouble | None" = None


@frozen
class Told:
    """An event of a project; the body is its line."""

    project: str
    number: int


@frozen
class Busy:
    """How many turns run in the process from now on."""

    turns: int


@frozen
class Trouble:
    """An error on its way through the pipe."""

    kind: str
    message: str
    hint: str = ""
    retry_after: float | None = None


ToUser = Start | Ask
ToServer = Answer | Told | Busy

_ERRORS: tuple[type[CopilotError], ...] = (
    ForbiddenError,
    NotThereError,
    WorkspaceEndedError,
    LockedError,
    ProjectError,
    StorageError,
    ConfigError,
)


def trouble_of(error: CopilotError) -> Trouble:
    """What goes through the pipe for an error."""
    if isinstance(error, TooMuchError):
        return Trouble(
            kind="TooMuchError", message=str(error), hint=error.hint, retry_after=error.retry_after
        )
    kind = next((one.__name__ for one in _ERRORS if isinstance(error, one)), "CopilotError")
    return Trouble(kind=kind, message=str(error), hint=error.hint)


def error_of(trouble: Trouble) -> CopilotError:
    """The error that was meant; of a kind that the server does not know, a plain one."""
    if trouble.kind == "TooMuchError":
        return TooMuchError(trouble.message, trouble.hint, retry_after=trouble.retry_after)
    kind = next((one for one in _ERRORS if one.__name__ == trouble.kind), CopilotError)
    return kind(trouble.message, trouble.hint)


class Pipe:
    """One side. Any thread sends; one receives, what `kind` is (a union of values from here)."""

    def __init__(self, reading: BinaryIO, writing: BinaryIO, kind: object) -> None:
        self._reading, self._writing = reading, writing
        self._kind = kind
        self._sending = threading.Lock()

    def send(self, header: ToUser | ToServer, body: bytes = b"") -> None:
        """Raises PipeEndedError; CopilotError for what is too large."""
        line = json.dumps({"value": to_json(header), "bytes": len(body)}).encode()
        if len(line) > MOST_HEADER or len(body) > MOST_BODY:
            raise CopilotError("that is too large for the pipe")
        try:
            with self._sending:
                self._writing.write(b"%b\n%b" % (line, body))
                self._writing.flush()
        except (OSError, ValueError) as error:
            raise PipeEndedError("the other side of the pipe went away") from error

    def receive(self) -> tuple[object, bytes]:
        """The next header and its body; waits for it. Raises PipeEndedError."""
        try:
            line = self._reading.readline(MOST_HEADER + 1)
            if not line.endswith(b"\n"):
                raise PipeEndedError("the other side of the pipe went away" if not line else "no line")
            said = json.loads(line)
            length = said["bytes"]
            if type(length) is not int or not 0 <= length <= MOST_BODY:
                raise PipeEndedError("a body of no possible length")
            header = from_json(said["value"], self._kind)
            body = self._reading.read(length)
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise PipeEndedError(f"what came through the pipe is no message: {error}") from error
        except CopilotError as error:
            raise PipeEndedError(str(error)) from error
        if len(body) != length:
            raise PipeEndedError("the other side of the pipe went away")
        return header, body

    def close_writing(self, seconds: float) -> bool:
        """The other side sees the end; False where somebody still writes after so long. Twice is once."""
        if not self._sending.acquire(timeout=seconds):
            return False
        try:
            with contextlib.suppress(OSError, ValueError):
                self._writing.close()
        finally:
            self._sending.release()
        return True

    def close(self, seconds: float) -> None:
        """Let go of both ends, for the thread that receives; who still writes meets an end."""
        if self.close_writing(seconds):
            with contextlib.suppress(OSError):
                self._reading.close()


def to_server(reading: BinaryIO, writing: BinaryIO) -> Pipe:
    """The user's side."""
    return Pipe(reading, writing, cast(object, ToUser))


def to_user(reading: BinaryIO, writing: BinaryIO) -> Pipe:
    """The server's side."""
    return Pipe(reading, writing, cast(object, ToServer))
