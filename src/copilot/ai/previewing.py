"""Previews of what waits for approval: made on the person's click, applied or discarded with the answer."""

import hashlib
import os
import threading
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.ai.voice import Voice
from copilot.shell.confine.fences import Fences
from copilot.shell.environment import child_environment
from copilot.shell.shells import Shell, script_argv, script_bytes, script_suffix
from copilot.vocabulary.approvals import ConfirmDialog, Decision, PythonFileDetail, ScriptDetail
from copilot.vocabulary.commands import ApplyPreview, DiscardPreview, PreviewCommand, PreviewScript
from copilot.vocabulary.errors import CopilotError, ToolError, TurnCancelledError
from copilot.vocabulary.events import PreviewEnded, PreviewReady, PreviewStarted
from copilot.vocabulary.frozen import field, mutable, replace
from copilot.vocabulary.text import clean, holds_key, sentences, without_keys

if TYPE_CHECKING:
    from copilot.shell.confine.preview import Held, Job

ENDING_SECONDS = 5.0
"""How long the end of the worker waits for previews under way, which are stopped."""

Ask = Callable[[ConfirmDialog], Decision]
Answer = Callable[[Decision], None]


@mutable(kw_only=True)
class _Waiting:
    """An approval that waits, and its newest preview."""

    dialog: ConfirmDialog
    voice: Voice
    number: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    held: "Held | None" = None
    text: str = ""


class Previews:
    """One for all threads of a crew. `keys` get into no preview and out of none."""

    def __init__(
        self,
        fences: Fences | None = None,
        environ: Mapping[str, str] | None = None,
        platform: str = "",
        keys: Collection[str] = (),
    ) -> None:
        self.fences = fences if fences is not None else Fences()
        self._environ = dict(environ or {})
        self._platform = platform
        self._keys = keys
        self._lock = threading.RLock()
        self._waiting: dict[str, _Waiting] = {}
        self._approved: dict[str, tuple[Held, str]] = {}

    def asking(self, dialog: ConfirmDialog, voice: Voice, ask: Ask) -> Decision:
        """The answer to `dialog`; while it is waited for, it can be previewed. Raises what `ask` raises."""
        with self._lock:
            self._waiting[dialog.request_id] = _Waiting(dialog=dialog, voice=voice)
        applies = ""
        try:
            decision = ask(dialog)
            applies = decision.applies if decision.decision == "approve" else ""
            return decision
        finally:
            self._close(dialog.request_id, applies)

    def take(self, command: PreviewCommand, answer: Answer) -> None:
        """Do a command, on a thread of its own; `answer` gives the answer to an approval. Never blocks."""
        with self._lock:
            waiting = self._waiting.get(command.request_id)
            if waiting is None:
                return  # it was answered meanwhile
            match command:
                case PreviewScript(edited_text=text):
                    self._end(waiting, "discarded")
                    waiting.number += 1
                    waiting.stop = threading.Event()
                    work = (waiting, text, waiting.number, waiting.stop)
                    waiting.thread = threading.Thread(
                        target=self._make, args=work, name="preview", daemon=True
                    )
                    waiting.thread.start()
                case DiscardPreview():
                    self._end(waiting, "discarded")
                case ApplyPreview():
                    threading.Thread(
                        target=self._apply, args=(waiting, command, answer), name="apply", daemon=True
                    ).start()

    def applied(self, preview_id: str, text: str) -> "Held":
        """Commit an approved preview of `text`. Raises ToolError where it is gone or something changed."""
        with self._lock:
            held, previewed = self._approved.pop(preview_id, (None, ""))
        if held is None:
            raise ToolError("the preview is gone; nothing was applied")
        try:
            if previewed != text:
                raise ToolError("another text was previewed than approved; nothing was applied")
            held.apply()
        finally:
            held.discard()
        return held

    def finish(self) -> None:
        """Stop and discard everything."""
        self.fences.finish()
        with self._lock:
            waiting = list(self._waiting.values())
            approved = [held for held, _ in self._approved.values()]
            self._approved.clear()
        for one in waiting:
            one.stop.set()
        for one in waiting:
            if one.thread is not None:
                one.thread.join(ENDING_SECONDS)
            if one.held is not None:
                one.held.discard()
        for held in approved:
            held.discard()

    def _close(self, request_id: str, applies: str) -> None:
        with self._lock:
            waiting = self._waiting.pop(request_id)
            if applies and waiting.held is not None and waiting.held.name == applies:
                self._approved[applies] = waiting.held, waiting.text
                waiting.held = None
                self._told(waiting, applies, "applied")
            self._end(waiting, "discarded")

    def _end(self, waiting: _Waiting, reason: str, message: str = "") -> None:
        """Stop what runs of a preview and forget it."""
        waiting.stop.set()
        held, waiting.held = waiting.held, None
        if held is not None:
            held.discard()
            self._told(waiting, held.name, reason, message)

    def _make(self, waiting: _Waiting, edited: str | None, number: int, stop: threading.Event) -> None:
        from copilot.shell.confine.preview import preview  # most sessions preview nothing

        name = f"{waiting.dialog.request_id}-{number}"
        detail = waiting.dialog.detail
        try:
            assert isinstance(detail, (ScriptDetail, PythonFileDetail))
            if isinstance(detail, ScriptDetail):
                detail = detail if edited is None else replace(detail, script=edited)
            waiting.voice.say(
                PreviewStarted,
                request_id=waiting.dialog.request_id,
                preview_id=name,
                view=self.fences.here().view,
            )
            held = preview(self.fences, self._job(detail, stop), name)
        except TurnCancelledError:
            self._told(waiting, name, "stopped")
        except CopilotError as error:
            self._told(waiting, name, "failed", sentences(str(error), error.hint))
        except Exception as error:  # the top of a thread: the approval waits on
            self._told(waiting, name, "failed", f"an internal error: {type(error).__name__}: {error}")
        else:
            self._keep(waiting, held, detail, number, stop)

    def _keep(
        self,
        waiting: _Waiting,
        held: "Held",
        detail: ScriptDetail | PythonFileDetail,
        number: int,
        stop: threading.Event,
    ) -> None:
        with self._lock:
            gone = stop.is_set() or number != waiting.number
            if not gone:
                waiting.held, waiting.text = held, _text(detail)
                self._tell(waiting, held, _text(detail))
        if gone:
            held.discard()
            self._told(waiting, held.name, "stopped")

    def _apply(self, waiting: _Waiting, command: ApplyPreview, answer: Answer) -> None:
        """Give the approval its answer where nothing changed meanwhile; else it waits on, and says why."""
        with self._lock:
            held = waiting.held
        if held is None or held.name != command.preview_id:
            return
        try:
            why = held.refused or held.stale()
        except (CopilotError, OSError) as error:
            why = str(error)
        if why:
            with self._lock:
                self._end(waiting, "stale", why)
            return
        answer(
            Decision(
                request_id=command.request_id,
                decision="approve",
                edited_text=command.edited_text,
                applies=command.preview_id,
            )
        )

    def _job(self, detail: ScriptDetail | PythonFileDetail, stop: threading.Event) -> "Job":
        text = _text(detail)
        if holds_key(text, self._keys):
            raise ToolError("it holds one of the person's keys; nothing was run")
        extra = {"PYTHONUNBUFFERED": "1"} if isinstance(detail, PythonFileDetail) else None
        from copilot.shell.confine.preview import Job

        return Job(
            root=Path(detail.cwd),
            argv=lambda folder: _argv(detail, folder),
            env=child_environment(self._environ, self._platform, keys=self._keys, extra=extra),
            timeout_seconds=detail.timeout_seconds,
            cancelled=stop.is_set,
            keys=self._keys,
        )

    def _tell(self, waiting: _Waiting, held: "Held", text: str) -> None:
        outcome = held.outcome
        waiting.voice.say(
            PreviewReady,
            request_id=waiting.dialog.request_id,
            preview_id=held.name,
            text=text,
            view=held.view,
            exit_code=outcome.exit_code,
            stdout=clean(outcome.stdout),
            stderr=clean(outcome.stderr),
            seconds=outcome.seconds,
            changes=held.changes,
            outside=held.outside,
            unseen=held.unseen,
            notices=held.notices,
            refused=held.refused,
        )

    def _told(self, waiting: _Waiting, name: str, reason: str, message: str = "") -> None:
        waiting.voice.say(
            PreviewEnded,
            request_id=waiting.dialog.request_id,
            preview_id=name,
            reason=reason,
            message=without_keys(clean(message), self._keys),
        )


def _text(detail: ScriptDetail | PythonFileDetail) -> str:
    return detail.script if isinstance(detail, ScriptDetail) else detail.text


def _argv(detail: ScriptDetail | PythonFileDetail, folder: Path) -> tuple[str, ...]:
    """What runs: the script from a file in `folder`, or the Python file where it is. Raises ToolError."""
    if isinstance(detail, ScriptDetail):
        data = script_bytes(detail.shell, detail.script)
        file = folder / f"preview{script_suffix(detail.shell)}"
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as writing:
            writing.write(data)
        return script_argv(Shell(name=detail.shell, path=detail.shell_path), str(file))
    now = hashlib.sha256((Path(detail.cwd) / detail.path).read_bytes()).hexdigest()
    if now != detail.sha256:
        raise ToolError(f"{detail.path} changed since it was shown; it was not run")
    return detail.argv
