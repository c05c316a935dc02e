"""The worker: one daemon thread, one inbox, one outbox, at most one turn at a time (DESIGN 3).

`submit` may be called from any thread. Everything an event shows is kept and logged before the event reaches
the outbox. While a turn waits for the person, commands that have nothing to do with it are put aside. What
the disk holds is told by the threads of `files_watch`, also during a turn.
"""

import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from copilot.ai.accounts import tell_totals
from copilot.ai.compacting import compact_branch, keep_compact
from copilot.ai.counting import Counting
from copilot.ai.files_watch import FilesWatch
from copilot.ai.mailbox import Mailbox
from copilot.ai.preview import preview
from copilot.ai.turn import Kit, build_context, context_event, run_turn
from copilot.ai.voice import Voice
from copilot.projects.changes import Change, changed
from copilot.tokens.prices import with_prices
from copilot.tools.context import FilesSeen
from copilot.vocabulary.commands import (
    BuildContext,
    CancelTurn,
    ChooseFiles,
    Command,
    CompactBranch,
    CountTokens,
    Decide,
    ForkBranch,
    KeepCompact,
    ListFiles,
    ListModels,
    PreviewRequest,
    PutBack,
    Release,
    RunTurn,
    SetBudget,
    SetSystemPrompt,
    Shutdown,
    StopCounting,
    SwitchBranch,
    TryNow,
)
from copilot.vocabulary.errors import (
    CopilotError,
    NetworkError,
    ProviderError,
    StorageError,
    TurnCancelledError,
)
from copilot.vocabulary.events import (
    ApprovalResolved,
    CommandFailed,
    Event,
    FilesChanged,
    FilesListed,
    ModelsListed,
    Notice,
    ProjectChanged,
    ProjectOpened,
    RequestSent,
    TextDelta,
    TurnCancelled,
    TurnFailed,
    WorkerStarted,
    WorkerStopped,
)
from copilot.vocabulary.text import clean, without_keys
from copilot.vocabulary.values import ModelChoice, ModelInfo

Asked = Change | BuildContext | ListModels | PreviewRequest | CountTokens | CompactBranch | KeepCompact
LIST_SECONDS = 20.0
"""How long a provider may take to list its models; a turn that was sent meanwhile waits for it."""
REPORT_IT = "Nothing that was shown is lost. The log of this session holds the details."


class Worker:
    """Takes commands, gives events. `on_event` (any thread's callable) is called after each event."""

    def __init__(self, kit: Kit, *, on_event: Callable[[], None] | None = None) -> None:
        self.on_event = on_event
        self._kit = kit
        self._mailbox = Mailbox()
        self._outbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._log_trouble_told = False
        self._ended = False
        self._telling = threading.RLock()
        self._files = FilesWatch(
            list_files=kit.list_files,
            emit=self._emit,
            warn=self._notice,
            clock=kit.clock,
            worker=kit.name,
        )
        self._counting = Counting(kit, self._answer, lambda: self._mailbox.closing)
        self._seen: dict[str, FilesSeen] = {}
        self._thread = threading.Thread(target=self._run, name=f"worker-{kit.name}", daemon=True)

    def start(self) -> None:
        """Start the thread: `WorkerStarted` and `ProjectOpened` are its first events."""
        self._thread.start()

    def submit(self, command: Command) -> None:
        """Hand in a command; never blocks."""
        if isinstance(command, CountTokens | StopCounting):
            self._counting.take(command)
        else:
            self._mailbox.put(command)

    def next_event(self, timeout: float | None = None) -> Event | None:
        """The next event, waiting up to `timeout` seconds (None: for ever, 0: not at all), or None."""
        try:
            return self._outbox.get(block=timeout != 0, timeout=timeout)
        except queue.Empty:
            return None

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the thread to end; True when it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        kit = self._kit
        try:
            self._emit(WorkerStarted(at=kit.clock(), worker=kit.name, version=kit.version))
            for text in kit.store.notices:
                self._notice(text)
            self._emit(ProjectOpened(at=kit.clock(), worker=kit.name, project=kit.store.project))
            self._tell_totals()
            while not isinstance(command := self._mailbox.get(), Shutdown):
                self._dispatch(command)
            self._flush()
            kit.last_sent.write()
            self._stopped("shutdown")
        except Exception as error:  # the top of the thread: whatever it was, say so and end
            self._notice(traceback.format_exc())
            self._stopped(f"an internal error: {error}")

    def _dispatch(self, command: Command) -> None:
        match command:
            case RunTurn():
                self._turn(command)
            case BuildContext() | ListModels():
                self._answer(command, lambda: self._look(command))
            case ListFiles(project=project, model=model):
                self._files.follow(project, model)
            case PreviewRequest():
                self._answer(command, lambda: preview(command, self._kit, lambda: self._mailbox.closing))
            case CompactBranch():
                self._answer(command, lambda: self._compact(command))
            case KeepCompact():
                self._answer(command, lambda: self._keep_compact(command))
                self._flush()
            case PutBack() | Release():
                self._answer(command, lambda: self._change(command))
            case ChooseFiles() | SetBudget() | ForkBranch() | SwitchBranch() | SetSystemPrompt():
                self._answer(command, lambda: self._change(command))
                self._files.update(self._kit.store.project)
                if isinstance(command, ForkBranch | SwitchBranch):
                    self._tell_totals()
            case CancelTurn() | TryNow() | Decide() | Shutdown():
                pass  # the turn it meant is over
            case CountTokens() | StopCounting():
                pass  # `submit` took it
            case _:
                assert_never(command)

    def _turn(self, command: RunTurn) -> None:
        """Run a turn to exactly one end."""
        at = {"worker": self._kit.name, "turn_id": command.turn_id, "branch": command.branch}
        heard = _Heard(self._emit)
        seen = self._seen.setdefault(f"{command.project.base_dir}\n{command.branch}", FilesSeen())
        try:
            run_turn(command, self._kit, self._mailbox, heard, seen)
        except TurnCancelledError:
            self._emit(TurnCancelled(at=self._kit.clock(), partial_text=heard.text, **at))
        except CopilotError as error:
            self._emit(self._failed(error, at))
        except Exception as error:  # a bug of ours must not take the window's only worker with it
            self._notice(traceback.format_exc(), turn_id=command.turn_id)
            self._emit(self._failed(_internal(error), at))
        self._flush()

    def _failed(self, error: CopilotError, at: dict[str, str]) -> TurnFailed:
        provider = isinstance(error, ProviderError)
        return TurnFailed(
            at=self._kit.clock(),
            kind=error.kind,
            message=self._keyless(str(error)),
            hint=error.hint,
            retryable=provider and error.retryable,
            request_id=error.request_id if provider else "",
            **at,
        )

    def _answer(self, command: Asked, work: Callable[[], Event]) -> None:
        """Do a command outside a turn, or say why it could not be done."""
        try:
            self._emit(work())
            return
        except CopilotError as error:
            failed = error
        except Exception as error:  # as in a turn
            self._notice(traceback.format_exc())
            failed = _internal(error)
        self._emit(
            CommandFailed(
                at=self._kit.clock(),
                worker=self._kit.name,
                request_id=command.request_id,
                message=self._keyless(str(failed)),
                hint=failed.hint,
                kind=failed.kind,
            )
        )

    def _keyless(self, text: str) -> str:
        """Words for the person: an error may repeat what it was about."""
        return without_keys(clean(text), self._kit.keys)

    def _look(self, command: BuildContext | ListModels) -> Event:
        kit = self._kit
        match command:
            case ListModels():
                models = with_prices(
                    self._models(command.model),
                    lambda name: kit.spending.price(replace(command.model, model=name)),
                )
                return ModelsListed(
                    at=kit.clock(),
                    worker=kit.name,
                    request_id=command.request_id,
                    provider=command.model.provider,
                    models=tuple(model.name for model in models),
                    base_url=command.model.base_url,
                    details=models,
                )
            case BuildContext():
                md_content, built, path = build_context(
                    kit, command.project, command.branch, command.model, lambda: self._mailbox.closing
                )
                return context_event(
                    kit, command.request_id, command.project, command.model, md_content, built, path
                )

    def _models(self, model: ModelChoice) -> tuple[ModelInfo, ...]:
        """What a provider lists. A service that says nothing must not keep a turn, or the end, waiting."""
        until = time.monotonic() + LIST_SECONDS
        try:
            return self._kit.provider(model).models(lambda: self._mailbox.closing or time.monotonic() > until)
        except TurnCancelledError as error:
            raise NetworkError(f"{model.provider} did not list its models in {LIST_SECONDS:g} s") from error

    def _compact(self, command: CompactBranch) -> Event:
        kit = self._kit
        voice = Voice(
            emit=self._emit,
            clock=kit.clock,
            worker=kit.name,
            turn_id=command.request_id,
            branch=command.branch,
        )
        return compact_branch(command, kit, self._mailbox, voice)

    def _keep_compact(self, command: KeepCompact) -> Event:
        self._emit(keep_compact(command, self._kit))
        return self._project_changed(command.request_id)

    def _change(self, command: Change) -> Event:
        """Apply a change to the project as the store holds it, and tell its new state."""
        store = self._kit.store
        store.change(changed(store.project, command, self._kit.new_id, self._kit.clock))
        return self._project_changed(command.request_id)

    def _project_changed(self, request_id: str) -> ProjectChanged:
        kit = self._kit
        return ProjectChanged(
            at=kit.clock(), worker=kit.name, request_id=request_id, project=kit.store.project
        )

    def _tell_totals(self) -> None:
        project = self._kit.store.project
        tell_totals(self._kit, self._emit, project, project.discussion.active, "")

    def _flush(self) -> None:
        try:
            self._kit.store.flush()
        except StorageError as error:
            self._notice(f"{error} {error.hint}")

    def _notice(self, text: str, *, turn_id: str = "") -> None:
        kit = self._kit
        self._emit(
            Notice(
                at=kit.clock(),
                worker=kit.name,
                level="warning",
                text=self._keyless(text.strip()),
                turn_id=turn_id,
            )
        )

    def _stopped(self, reason: str) -> None:
        self._files.stop()
        self._counting.finish()
        self._emit(WorkerStopped(at=self._kit.clock(), worker=self._kit.name, reason=reason))

    def _emit(self, event: Event) -> None:
        """Keep what must not be lost, log it, then show it."""
        if isinstance(event, ApprovalResolved):
            self._keep_approval(event)
        self._show(event)

    def _keep_approval(self, event: ApprovalResolved) -> None:
        """Keep an answer. One that cannot be kept is told as a rejection, and the turn ends."""
        try:
            self._kit.store.keep_event(event)
        except StorageError:
            note = "the answer could not be kept"
            self._show(replace(event, decision="reject", by="cancel", shown=False, note=note, diff=""))
            raise

    def _show(self, event: Event) -> None:
        """From any thread: the log has the events in the order in which they are shown, the end last."""
        with self._telling:
            if self._ended:
                return
            self._ended = isinstance(event, WorkerStopped)
            if not isinstance(event, FilesListed | FilesChanged):
                self._kit.log(event)
            self._outbox.put(event)
            if not self._log_trouble_told and (trouble := self._kit.log_trouble()):
                self._log_trouble_told = True
                self._notice(trouble)
        self._wake()

    def _wake(self) -> None:
        """Call `on_event`. One that fails is told and called no more: it gives no turn a second end."""
        try:
            if self.on_event is not None:
                self.on_event()
        except Exception:  # code of a front end's
            self.on_event = None
            self._notice(traceback.format_exc())


class _Heard:
    """Passes events on and remembers what of the answer was shown in the round under way."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self.text = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self.text += event.text
        elif isinstance(event, RequestSent):
            self.text = ""
        self._emit(event)


def _internal(error: Exception) -> CopilotError:
    return CopilotError(f"an internal error: {type(error).__name__}: {error}", REPORT_IT)
