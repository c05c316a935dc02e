"""One project that is open in a user's process: its desk, the events that it tells, what is asked of it."""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from copilot.assembly.desk import Desk
from copilot.serve.allowed import Means, allowed
from copilot.serve.contract import ForbiddenError, NotThereError, TooMuchError
from copilot.serve.quota import Quota
from copilot.serve.running import Running
from copilot.serve.standing import Standing, is_spending
from copilot.vocabulary import commands as c
from copilot.vocabulary.approvals import Decision
from copilot.vocabulary.bare import bare
from copilot.vocabulary.codec import encode_event, to_json
from copilot.vocabulary.errors import (
    AttachmentError,
    ForbiddenPathError,
    OutsideProjectError,
    ProjectError,
    ToolError,
)
from copilot.vocabulary.events import (
    ApprovalRequested,
    Event,
    Notice,
    ProjectChanged,
    ProjectOpened,
    ToolFinished,
    ToolOutput,
    TurnStarted,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.joining import joined
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.values import ModelChoice, ProviderName
from copilot.workspace.attaching import attachment_of
from copilot.workspace.boundary import MAX_FILE_BYTES, Boundary

T = TypeVar("T")

MOST_SNAPSHOT = 32 * 1024 * 1024
"""Bytes of a snapshot, and of one event."""

MOST_LIVE = 1_000_000
"""Characters of one call's output that are told while it runs; its result comes after all the same."""

MOST_JOINED = 32_768
"""Characters of text that are told as one piece."""

AT_ONCE = 500
"""Events of one project that are told before the next one's turn."""

TOO_MANY = "This turn was stopped: as many turns of yours run already as may. Its message was kept."

NO_CAP = "the cap on what may be spent in a day is reached, and it is the server's"

_ASKS = (c.RunTurn, c.Regenerate, c.CompactBranch)
_ALWAYS = (
    *(c.CancelTurn, c.Decide, c.TryNow, c.StopCounting, c.ListFiles, c.LookAtTrust, c.ShowRun),
    *(c.SwitchBranch, c.TakeBackQueued, c.DeleteBranch, c.UndoDiscussion, c.UndoRun, c.DiscardPreview),
)
"""What may be done with a full disk, too, if it is small: it stops, shows or takes back."""

SMALL = 65_536
"""Bytes of a command."""


class OpenProject:
    """`told` takes a number and a line; `first` is the number of the first one. Any thread."""

    def __init__(
        self,
        desk: Desk,
        first: int,
        running: Running,
        quota: Quota,
        told: Callable[[int, bytes], None],
    ) -> None:
        self.name = desk.store.project.name
        self.desk = desk
        self._running, self._quota, self._told = running, quota, told
        self._lock = threading.Lock()
        self._standing = Standing()
        self._last = first - 1
        self._live: dict[str, int] = {}
        self._boundary = Boundary(Path(desk.store.project.base_dir))
        self._means = Means(
            project=lambda: desk.store.project,
            usual=desk.model,
            model_of=self._model_of,
            assistant=lambda name: desk.kit.assistants.named(name),
            approval=self._approval,
            trust=desk.kit.trust.items,
            pattern=self._boundary.pattern,
            attachments=desk.kit.attachments,
            network=desk.settings.run.network,
        )

    def submit(self, data: Mapping[str, JsonValue], size: int) -> None:
        """Hand a remote user's command of `size` bytes to the worker. Raises CopilotError where it may not be
        done."""
        command = allowed(data, self._means)
        if size > SMALL or not isinstance(command, _ALWAYS):
            self._quota.check(size)
        if isinstance(command, _ASKS):
            self._running.admit(self.name, _id(command))
        else:
            self._running.check_free(self.name, getattr(command, "request_id", ""))
        self.desk.worker.submit(command)

    def stop(self, turn_id: str, why: str) -> None:
        """Stop a turn, and say why."""
        self.desk.worker.submit(c.CancelTurn(turn_id=turn_id))
        self._say(why, turn_id)

    def pump(self) -> bool:
        """Tell events that wait, neighbouring pieces of text as one; whether there may be more."""
        with self._lock:
            waiting: Event | None = None
            for _ in range(AT_ONCE):
                event = self.desk.worker.next_event(0)
                if event is None:
                    break
                longer = joined(waiting, event) if waiting is not None and not _long(waiting) else None
                if longer is None and waiting is not None:
                    self._tell(waiting)
                waiting = longer or event
            else:
                event = waiting
            if waiting is not None:
                self._tell(waiting)
            return event is not None

    def snapshot(self) -> tuple[int, bytes]:
        """All that somebody must know who begins to follow behind this number."""
        with self._lock:
            kit = self.desk.kit
            opened = ProjectOpened(at=kit.clock(), worker=kit.name, project=kit.store.project)
            events = [encode_event(event) for event in (opened, *self._standing.events())]
            number = self._last
        line = _line({"snapshot": [*events]})
        if len(line) > MOST_SNAPSHOT:
            raise ProjectError(f"{self.name} is too long to be followed", "Begin another project.")
        return number, line

    def approvals(self) -> bytes:
        """Those that wait for the person, as JSON."""
        with self._lock:
            waiting = self._standing.approvals()
        return _line({"waiting": [encode_event(one) for one in waiting]})

    def read(self, path: str, at_most: int) -> bytes:
        """A file of the base directory. Raises ForbiddenError, NotThereError, TooMuchError."""
        return _held(lambda: self._read(path, at_most))

    def write(self, path: str, data: bytes) -> None:
        """Put a file into the base directory. Raises ForbiddenError, TooMuchError, ProjectError."""
        _held(lambda: self._write(path, data))

    def delete(self, path: str) -> None:
        """Take a file out of the base directory. Raises ForbiddenError, NotThereError, ProjectError."""
        _held(lambda: self._delete(path))

    def attach(self, name: str, data: bytes) -> bytes:
        """Keep an image or a PDF for a message, as JSON. Raises ProjectError, TooMuchError, StorageError."""
        self._quota.check(len(data))
        try:
            found = attachment_of(name, data)
        except AttachmentError as error:
            raise ProjectError(str(error), error.hint) from error
        waiting = self.desk.kit.attachments.waiting
        waiting.keep(found.part, found.data)
        waiting.forget_oldest()
        return _line({"attachment": to_json(found.part)})

    def _delete(self, path: str) -> None:
        if self._boundary.stat(path) is None:
            raise NotThereError("there is no such file")
        self._boundary.remove(path)
        self._quota.look_again()

    def _read(self, path: str, at_most: int) -> bytes:
        there = self._boundary.stat(path)
        if there is None:
            raise NotThereError("there is no such file")
        if there.size > at_most:
            raise TooMuchError(f"the file has {there.size:,} bytes; at most {at_most:,} are given")
        return self._boundary.read_bytes(path, at_most=at_most).data

    def _write(self, path: str, data: bytes) -> None:
        if len(data) > MAX_FILE_BYTES:
            raise TooMuchError(f"a file may have {MAX_FILE_BYTES:,} bytes")
        real = self._boundary.check_writable(path)
        there = self._boundary.stat(real)
        self._quota.check(max(0, len(data) - (0 if there is None else there.size)))
        expected = None if there is None else self._boundary.read_bytes(real).sha256
        self._boundary.write_bytes(real, data, expected=expected)

    def _approval(self, request_id: str) -> ApprovalRequested | None:
        with self._lock:
            return self._standing.approval(request_id)

    def _model_of(self, provider: ProviderName, model: str) -> ModelChoice:
        found = self.desk.source(provider, self.desk.settings)
        assert found is not None, "the provider was named"
        return replace(found, model=model) if model else found

    def _say(self, text: str, turn_id: str) -> None:
        with self._lock:
            self._note(text, turn_id)

    def _note(self, text: str, turn_id: str) -> None:
        kit = self.desk.kit
        self._tell(Notice(at=kit.clock(), worker=kit.name, level="warning", text=text, turn_id=turn_id))

    def _tell(self, event: Event) -> None:
        """The caller holds the lock: events are told in the order of their numbers."""
        too_many = self._running.take(self.name, event)
        if isinstance(event, ToolOutput) and self._too_much(event):
            return
        if isinstance(event, ToolFinished):
            self._live.pop(event.call_id, None)
        self._standing.take(event)
        self._last += 1
        shown = bare(event) if isinstance(event, ProjectChanged) else event
        line = _line(encode_event(shown))
        self._told(
            self._last, line if len(line) <= MOST_SNAPSHOT else _line(encode_event(self._short(event)))
        )
        if isinstance(event, ApprovalRequested) and event.verdict == "ask" and is_spending(event):
            no = Decision(request_id=event.request_id, decision="reject", note=NO_CAP)
            self.desk.worker.submit(c.Decide(decision=no))
        if too_many and isinstance(event, TurnStarted):
            self.desk.worker.submit(c.CancelTurn(turn_id=event.turn_id))
            self._note(TOO_MANY, event.turn_id)

    def _short(self, event: Event) -> Notice:
        """What is told for an event that is too long, such as the list of a million files."""
        text = f"{type(event).__name__} is too long to be told."
        return Notice(at=event.at, worker=event.worker, level="warning", text=text)

    def _too_much(self, event: ToolOutput) -> bool:
        told = self._live.get(event.call_id, 0) + len(event.text)
        self._live[event.call_id] = told
        return told > MOST_LIVE


def _id(command: c.RunTurn | c.Regenerate | c.CompactBranch) -> str:
    return command.request_id if isinstance(command, c.CompactBranch) else command.turn_id


def _long(event: Event) -> bool:
    return len(getattr(event, "text", "")) > MOST_JOINED


def _line(value: Mapping[str, JsonValue]) -> bytes:
    """One line of JSON: a line break in a text is written as `\\n`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _held(work: Callable[[], T]) -> T:
    """What `work` does within the boundary, with its refusals as a remote user is told them."""
    try:
        return work()
    except (OutsideProjectError, ForbiddenPathError) as error:
        raise ForbiddenError(str(error), error.hint) from error
    except ToolError as error:
        raise ProjectError(str(error), error.hint) from error
