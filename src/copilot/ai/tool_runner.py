"""Runs the tool calls of a reply, through the gate where one changes anything; every call gets a result."""

import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Literal

from copilot.ai.approval import DetailT, DryRunError, Gate
from copilot.ai.fencing import beyond_undo
from copilot.ai.gates import gate_of
from copilot.ai.policy.book import Judge
from copilot.ai.previewing import Previews
from copilot.ai.run_keeping import RunKeeper
from copilot.ai.stand_ins import StandIns
from copilot.ai.voice import Voice
from copilot.tools.context import FilesSeen, Report, ToolContext
from copilot.tools.registry import Tools
from copilot.vocabulary.approvals import ApprovalDetail, ApprovalPolicy, ConfirmDialog, Decision
from copilot.vocabulary.errors import RejectedError, ToolError, TurnCancelledError
from copilot.vocabulary.events import (
    ToolFinished,
    ToolOutput,
    ToolStarted,
)
from copilot.vocabulary.frozen import field, frozen, mutable, replace
from copilot.vocabulary.messages import ResultStatus, ToolCall, ToolResult
from copilot.vocabulary.text import clean, sentences, without_keys, without_tags
from copilot.vocabulary.values import Limits

STOPPED = "Stopped by the person before it finished; it may have done part of its work."
CHANGED = "Not run: {name} changed after the person was asked. Call the tool again: they are asked anew."
CHANGED_AGAIN = "{name} changed after you were asked"
MOST_ASKED = 3
"""How often one call is asked about, where what it rests on does not stay as it was shown."""

FOLDER = "."
NOT_RUN = "Not run: the person stopped the turn."
LOST = "The turn failed before the result of this call was kept; it may or may not have run."


@frozen
class ToolWorld:
    """What all tool calls of a turn share.

    `turn_lock(cancelled)` is held while a change is made, so that tools which change things take turns on one
    base directory, across processes too. `keeper` keeps what it was before and after one; None where nothing
    is kept.
    """

    tools: Tools
    policy: ApprovalPolicy
    ask: Callable[[ConfirmDialog], Decision]
    cancelled: Callable[[], bool]
    new_id: Callable[[], str]
    base_dir: Path
    scripts_dir: Path
    session: str
    limits: Limits
    seen: FilesSeen
    keys: Collection[str]
    turn_lock: Callable[[Callable[[], bool]], AbstractContextManager[object]]
    keeper: RunKeeper | None
    rules: Judge
    binds: Callable[[ApprovalDetail], Callable[[], str]]
    previews: Previews


@mutable(kw_only=True)
class ToolRunner:
    """Runs calls one after the other. `rejections` counts refused approvals (a dry run's are not).

    What `stand_ins` have is not run: it has the result that it had.
    """

    world: ToolWorld
    voice: Voice
    stand_ins: StandIns = field(default_factory=StandIns)
    rejections: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)

    def run(self, call: ToolCall) -> tuple[ToolResult, ToolFinished]:
        """The result, and the event that shows it once it is kept. Never raises for what a tool does."""
        stood = None if self.world.cancelled() else self.stand_ins.take(call)
        if stood is not None:
            result = ToolResult(
                call_id=call.call_id, name=call.name, output=stood.output, status=stood.status
            )
            told = self._finished(call, stood.status, stood.output, 0.0, stood.exit_code)
            return result, replace(told, recorded=True)
        started = time.monotonic()
        self._waited = 0.0
        report = Report()
        if self.world.cancelled():
            status, output = "cancelled", NOT_RUN
        else:
            status, output = self._outcome(call, report)
        output = self._for_model(call, without_keys(clean(output), self.world.keys))
        result = ToolResult(call_id=call.call_id, name=call.name, output=output, status=status)
        seconds = time.monotonic() - started - self._waited
        return result, self._finished(call, status, output, seconds, report.exit_code)

    def _for_model(self, call: ToolCall, output: str) -> str:
        """Without characters that carry text past the person; both of them are told."""
        plain = without_tags(output)
        if plain == output:
            return output
        count = len(output) - len(plain)
        self.voice.warn(
            f"What {call.name} gave holds hidden characters ({count:,}): the model does not get them."
        )
        return f"{plain}\n[{count:,} hidden characters (Unicode tags) were left out of this result.]"

    def lost(self, call: ToolCall) -> ToolFinished:
        """The end of a call whose result could not be kept: the turn fails, and nobody is shown a result."""
        return self._finished(call, "cancelled", LOST, 0.0, None)

    def _finished(
        self, call: ToolCall, status: ResultStatus, output: str, seconds: float, exit_code: int | None
    ) -> ToolFinished:
        return ToolFinished(
            at=self.voice.clock(),
            worker=self.voice.worker,
            turn_id=self.voice.turn_id,
            branch=self.voice.branch,
            call_id=call.call_id,
            name=call.name,
            status=status,
            output=output,
            seconds=seconds,
            exit_code=exit_code,
        )

    def _outcome(self, call: ToolCall, report: Report) -> tuple[ResultStatus, str]:
        try:
            with ExitStack() as held:
                ctx = self._context(call, report, held)
                if not self.world.tools.gated(call.name):
                    ctx.started("", "")
                return "ok", self.world.tools.call(call, ctx)
        except DryRunError as error:
            return "dry_run", str(error)
        except RejectedError as error:
            self.rejections += 1
            return "rejected", str(error)
        except ToolError as error:
            return "error", sentences(str(error), error.hint)
        except TurnCancelledError:
            return "cancelled", STOPPED

    def _context(self, call: ToolCall, report: Report, held: ExitStack) -> ToolContext:
        world, voice = self.world, self.voice
        gate = self.gate(call.call_id, call.name)

        def approve(detail: DetailT, /) -> DetailT:
            changes, again = world.tools.gated(call.name), ""
            for left in reversed(range(MOST_ASKED)):
                asked = time.monotonic()
                other = world.binds(detail)
                try:
                    with self._warming() if changes else nullcontext():
                        approved = gate.approve(detail, again)
                finally:
                    self._waited += time.monotonic() - asked
                edited = world.binds(approved) if approved != detail else other
                detail = approved
                with ExitStack() as ready:
                    if changes:
                        ready.enter_context(world.turn_lock(world.cancelled))
                        if world.keeper is not None:
                            beyond = beyond_undo(approved)
                            around = world.keeper.around(call, voice, world.cancelled, self._spent, beyond)
                            ready.enter_context(around)
                    name = other() or edited()
                    if not name:
                        held.enter_context(ready.pop_all())
                        break
                if name == FOLDER or not left:
                    raise RejectedError(CHANGED.format(name=name))
                again = CHANGED_AGAIN.format(name=name)
            return detail

        def output(stream: Literal["stdout", "stderr"], text: str) -> None:
            voice.say(ToolOutput, call_id=call.call_id, stream=stream, text=clean(text))

        def started(script: str, sha256: str) -> None:
            voice.say(ToolStarted, call_id=call.call_id, name=call.name, script=script, sha256=sha256)

        return ToolContext(
            base_dir=world.base_dir,
            scripts_dir=world.scripts_dir,
            session=world.session,
            limits=world.limits,
            seen=world.seen,
            approve=approve,
            cancelled=world.cancelled,
            output=output,
            started=started,
            report=report,
            keys=world.keys,
            fences=world.previews.fences,
            apply_preview=world.previews.applied,
        )

    def _warming(self) -> AbstractContextManager[None]:
        """While a person reads, the snapshot is made ready; where nobody is asked there is no time for it."""
        world = self.world
        if world.keeper is None or world.policy.mode != "ask" or not world.policy.person:
            return nullcontext()
        return world.keeper.warming(world.cancelled)

    def _spent(self, seconds: float) -> None:
        """A snapshot took so long: that is no time of the tool's."""
        self._waited += seconds

    def gate(self, call_id: str, tool: str) -> Gate:
        """The gate of a call; with an empty `call_id` that of the turn's own requests."""
        world = self.world
        return gate_of(
            self.voice,
            policy=world.policy,
            ask=world.ask,
            new_id=world.new_id,
            keys=world.keys,
            call_id=call_id,
            tool=tool,
            rules=world.rules,
        )
