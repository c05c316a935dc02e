"""What one thread of a crew does: a turn, from its command to exactly one end, or a look at something.

Everything an event shows is kept and logged before a front end gets it.
"""

import time
from collections.abc import Callable

from copilot.ai.branch_view import seen_by
from copilot.ai.changing import Changes, seen_key
from copilot.ai.compacting import compact_branch, keep_compact
from copilot.ai.handing import Handing
from copilot.ai.kit import Kit
from copilot.ai.mailbox import Mailbox
from copilot.ai.preview import preview
from copilot.ai.taking_back import take_back
from copilot.ai.telling import Telling, traced
from copilot.ai.turn import Company, build_context, context_event, run_turn
from copilot.ai.turns import Due, Turns
from copilot.ai.voice import Voice
from copilot.tokens.prices import with_prices
from copilot.tools.context import FilesSeen
from copilot.vocabulary.commands import (
    BuildContext,
    CompactBranch,
    KeepCompact,
    ListModels,
    PreviewRequest,
    RunCommand,
    RunTurn,
)
from copilot.vocabulary.errors import (
    CopilotError,
    NetworkError,
    ProviderError,
    StorageError,
    TurnCancelledError,
)
from copilot.vocabulary.events import (
    CommandFailed,
    Event,
    ModelsListed,
    RequestSent,
    TextDelta,
    TurnCancelled,
    TurnEvent,
    TurnFailed,
    TurnFinished,
)
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import sentences
from copilot.vocabulary.values import ModelChoice, ModelInfo

LIST_SECONDS = 20.0
"""How long a provider may take to list its models."""
REPORT_IT = "Nothing that was shown is lost. The log of this session holds the details."

Look = BuildContext | ListModels | PreviewRequest
Alone = Look | CompactBranch | KeepCompact


@frozen
class Shared:
    """What all threads of a crew have in common. `seen` is what each branch's model knows of files."""

    kit: Kit
    telling: Telling
    mailbox: Mailbox
    turns: Turns
    changes: Changes
    handing: Handing
    seen: dict[str, FilesSeen]


class Worker:
    """Does one thing at a time, under a name of its own that its events carry."""

    def __init__(self, shared: Shared, name: str) -> None:
        self._shared = shared
        self._kit = replace(shared.kit, name=name)
        self._emit = shared.telling.emit

    def turn(self, command: RunTurn, message_id: str = "") -> Due | None:
        """Run a turn that has begun; what is to follow it. `message_id` is that of a message that waited."""
        shared, kit = self._shared, self._kit
        at = {"worker": kit.name, "turn_id": command.turn_id, "branch": command.branch}
        heard = _Heard(self._emit)
        seen = shared.seen.setdefault(seen_key(command.project.base_dir, command.branch), FilesSeen())
        end: TurnEvent
        try:
            company = Company(
                mailbox=shared.mailbox,
                turns=shared.turns,
                handing=shared.handing,
                let_out=shared.telling.let_out,
            )
            run_turn(command, kit, company, heard, seen, message_id)
            assert heard.end is not None, "a turn that raises nothing has told its end"
            end = heard.end
        except TurnCancelledError:
            end = TurnCancelled(at=kit.clock(), partial_text=heard.text, **at)
        except CopilotError as error:
            end = self._failed(error, at)
        except Exception as error:  # a bug of ours must not take the others with it
            shared.telling.notice(traced(error), turn_id=command.turn_id)
            end = self._failed(_internal(error), at)
        due = shared.turns.end(end)
        shared.handing.ended(command.turn_id)
        kit.last_sent.rest(command.project.name, command.branch)
        self.flush()
        return due

    def look(self, command: Look) -> None:
        """Look at something, and tell it."""
        match command:
            case BuildContext():
                self.answer(command.request_id, lambda: self._emit(self._context(command)))
            case ListModels():
                self.answer(command.request_id, lambda: self._emit(self._list(command)))
            case PreviewRequest():
                self.answer(
                    command.request_id, lambda: self._emit(preview(command, self._kit, self._closing))
                )

    def compact(self, command: CompactBranch) -> None:
        """Ask for a summary of earlier messages."""
        kit = self._kit
        voice = Voice(
            emit=self._emit,
            clock=kit.clock,
            worker=kit.name,
            turn_id=command.request_id,
            branch=command.branch,
        )
        self.answer(
            command.request_id,
            lambda: self._emit(compact_branch(command, kit, self._shared.mailbox, voice)),
        )

    def keep_compact(self, command: KeepCompact) -> None:
        """Keep a summary, and tell it."""
        shared = self._shared

        def keep() -> None:
            with shared.kit.store.lock:
                self._emit(keep_compact(command, self._kit))
                shared.telling.project(self._kit.name, command.request_id, (), shared.changes.undo)

        self.answer(command.request_id, keep)
        self.flush()

    def take_back(self, command: RunCommand) -> None:
        """Show, undo or redo what a run did to the files, or go back to a message."""
        self.answer(command.request_id, lambda: take_back(command, self._kit, self._shared))

    def answer(self, request_id: str, work: Callable[[], object]) -> None:
        """Do a command outside a turn, or say why it could not be done."""
        try:
            work()
            return
        except CopilotError as error:
            failed = error
        except Exception as error:  # as in a turn
            self._shared.telling.notice(traced(error))
            failed = _internal(error)
        self._emit(
            CommandFailed(
                at=self._kit.clock(),
                worker=self._kit.name,
                request_id=request_id,
                message=self._shared.telling.keyless(str(failed)),
                hint=failed.hint,
                kind=failed.kind,
            )
        )

    def flush(self) -> None:
        """Write the project's file, as far as the disk takes it: the journal has it all."""
        try:
            self._kit.store.flush()
        except StorageError as error:
            self._shared.telling.notice(sentences(str(error), error.hint))

    def _closing(self) -> bool:
        return self._shared.mailbox.closing

    def _failed(self, error: CopilotError, at: dict[str, str]) -> TurnFailed:
        provider = isinstance(error, ProviderError)
        return TurnFailed(
            at=self._kit.clock(),
            kind=error.kind,
            message=self._shared.telling.keyless(str(error)),
            hint=error.hint,
            retryable=provider and error.retryable,
            request_id=error.request_id if provider else "",
            **at,
        )

    def _context(self, command: BuildContext) -> Event:
        kit = self._kit
        project = seen_by(command.project, command.branch, kit)
        md_content, built, path = build_context(kit, project, command.branch, command.model, self._closing)
        return context_event(kit, command.request_id, project, command.model, md_content, built, path)

    def _list(self, command: ListModels) -> Event:
        kit = self._kit
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

    def _models(self, model: ModelChoice) -> tuple[ModelInfo, ...]:
        """What a provider lists. A service that says nothing must not keep the end waiting."""
        until = time.monotonic() + LIST_SECONDS
        try:
            return self._kit.provider(model).models(lambda: self._closing() or time.monotonic() > until)
        except TurnCancelledError as error:
            raise NetworkError(f"{model.provider} did not list its models in {LIST_SECONDS:g} s") from error


class _Heard:
    """Passes events on and remembers what of the answer was shown in the round under way.

    The end is held back: whoever tells it knows at the same moment that the turn is over.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._pieces: list[str] = []
        self.end: TurnFinished | None = None

    @property
    def text(self) -> str:
        """What was shown of the answer."""
        return "".join(self._pieces)

    def __call__(self, event: Event) -> None:
        match event:
            case TurnFinished():
                self.end = event
                return
            case TextDelta(text=text):
                self._pieces.append(text)
            case RequestSent():
                self._pieces.clear()
            case _:
                pass
        self._emit(event)


def _internal(error: Exception) -> CopilotError:
    return CopilotError(f"an internal error: {type(error).__name__}: {error}", REPORT_IT)
