"""The events of turns, folded into the state. Any number of turns may run, one on each branch."""

from collections.abc import Callable
from dataclasses import replace

from copilot.desktop import text
from copilot.desktop.preview_words import news
from copilot.desktop.request_check import begun, reported
from copilot.desktop.tool_call_view import ToolCallView
from copilot.desktop.view_values import Ending, Phase, RequestUsage, Turn, ViewState, put
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ConfirmDialog

STREAM_CHARACTERS = 400_000
"""Characters kept of each output stream of a tool; the file beside the script has them all."""


def of_turn(state: ViewState, event: e.TurnEvent) -> ViewState:
    """The state after an event of a turn."""
    turn_id = event.turn_id
    match event:
        case e.TurnStarted():
            return _started(state, event)
        case e.TurnFinished() | e.TurnCancelled() | e.TurnFailed():
            return _ended(state, event)
        case e.RequestSent(round=number):
            return changed(
                phased(state, turn_id, "sending"), turn_id, lambda turn: replace(turn.silent(), round=number)
            )
        case e.TextDelta(text=piece):
            return changed(
                phased(state, turn_id, "answering"),
                turn_id,
                lambda turn: replace(turn, said=turn.said.plus(piece)),
            )
        case e.ThinkingDelta(text=piece):
            return changed(
                phased(state, turn_id, "thinking"),
                turn_id,
                lambda turn: replace(turn, thought=turn.thought.plus(piece)),
            )
        case e.HistoryPruned(branch=branch):
            return replace(state, prunings=put(state.prunings, branch, event))
        case e.RetryScheduled():
            return changed(
                phased(state, turn_id, "waiting"), turn_id, lambda turn: replace(turn, waits=event)
            )
        case e.UsageReported():
            return _usage(state, event)
        case e.QueueChanged(branch=branch, messages=messages):
            return replace(state, queues=put(state.queues, branch, event if messages else None))
        case _:
            return _of_approval(state, event)


def changed(state: ViewState, turn_id: str, change: Callable[[Turn], Turn]) -> ViewState:
    """The state with another value of a turn; itself where that turn does not run."""
    turn = state.turn_of(turn_id)
    if turn is None:
        return state
    new = change(turn)
    return replace(state, turns=tuple(new if one is turn else one for one in state.turns))


def phased(state: ViewState, turn_id: str, phase: Phase) -> ViewState:
    """The state with the turn in this phase; one that is stopping stays so."""
    turn = state.turn_of(turn_id)
    if turn is None or turn.phase in (phase, "stopping"):
        return state
    return changed(state, turn_id, lambda turn: replace(turn, phase=phase, waits=None))


def _started(state: ViewState, event: e.TurnStarted) -> ViewState:
    branch = event.branch
    turn = Turn(
        turn_id=event.turn_id,
        branch=branch,
        model=event.model,
        started=event.at,
        assistant=event.assistant,
    )
    return replace(
        state,
        turns=put(state.turns, branch, turn),
        endings=put(state.endings, branch, None),
        prunings=put(state.prunings, branch, None),
        checks=put(state.checks, branch, begun(event, state.preview)),
    )


def _ended(state: ViewState, event: e.TurnFinished | e.TurnCancelled | e.TurnFailed) -> ViewState:
    ending = None
    match event:
        case e.TurnFailed(message=message, hint=hint):
            ending = Ending(branch=event.branch, level="error", title=message, text=text.told(hint))
        case e.TurnCancelled():
            ending = Ending(branch=event.branch, level="warning", title="You stopped this turn.")
        case e.TurnFinished(reason="round_limit", rounds=rounds):
            limit = f"The turn used all its {text.plural(rounds, 'round')}."
            ending = Ending(
                branch=event.branch, level="warning", title=limit, text="Send a message to go on."
            )
        case e.TurnFinished():
            pass
    return replace(
        state,
        turns=tuple(turn for turn in state.turns if turn.turn_id != event.turn_id),
        endings=put(state.endings, event.branch, ending),
        approvals=tuple(a for a in state.approvals if a.turn_id != event.turn_id),
    )


def _usage(state: ViewState, event: e.UsageReported) -> ViewState:
    turn = state.turn_of(event.turn_id)
    row = RequestUsage(
        turn_id=event.turn_id,
        branch=event.branch,
        round=event.round,
        provider=turn.model.provider if turn else "",
        model=turn.model.model if turn else "",
        usage=event.usage,
        seconds=event.seconds,
        usd=event.usd,
    )
    checks = tuple(one for check in state.checks if (one := reported(check, event)) is not None)
    return replace(state, requests=(*state.requests, row), checks=checks)


def _of_approval(state: ViewState, event: e.TurnEvent) -> ViewState:
    match event:
        case e.ApprovalRequested(verdict="ask"):
            return _asked(state, event)
        case e.ApprovalResolved(request_id=request_id, call_id=call_id, turn_id=turn_id):
            left = tuple(a for a in state.approvals if a.request_id != request_id)
            after: Phase = "tool" if call_id else "sending"
            waits = any(a.turn_id == turn_id for a in left)
            previews = tuple(one for one in state.previews if one.request_id != request_id)
            state = replace(state, approvals=left, previews=previews)
            return phased(state, turn_id, "approval" if waits else after)
        case e.PreviewStarted() | e.PreviewReady() | e.PreviewEnded():
            if all(one.request_id != event.request_id for one in state.approvals):
                return state
            return replace(state, previews=news(state.previews, event))
        case _:
            return _of_tool(state, event)


def _asked(state: ViewState, event: e.ApprovalRequested) -> ViewState:
    dialog = ConfirmDialog(
        request_id=event.request_id,
        turn_id=event.turn_id,
        branch=event.branch,
        call_id=event.call_id,
        tool=event.tool,
        detail=event.detail,
        why=event.why,
        rule=event.rule,
    )
    state = _call(state, event.call_id, lambda call: replace(call, status="waiting"))
    return phased(replace(state, approvals=(*state.approvals, dialog)), event.turn_id, "approval")


def _of_tool(state: ViewState, event: e.TurnEvent) -> ViewState:
    match event:
        case e.ToolCallRequested(call_id=call_id, name=name, arguments=arguments):
            view = ToolCallView(
                call_id=call_id, name=name, arguments=arguments, at=event.at, branch=event.branch
            )
            return replace(state, calls=(*(c for c in state.calls if c.call_id != call_id), view))
        case e.ToolStarted(script=script):
            state = _call(state, event.call_id, lambda call: replace(call, status="running", script=script))
            return phased(state, event.turn_id, "tool")
        case e.ToolOutput(stream="stdout", text=piece):
            return _call(state, event.call_id, lambda call: replace(call, stdout=_grown(call.stdout, piece)))
        case e.ToolOutput(text=piece):
            return _call(state, event.call_id, lambda call: replace(call, stderr=_grown(call.stderr, piece)))
        case e.ToolFinished():
            return _call(
                state,
                event.call_id,
                lambda call: replace(
                    call,
                    status=event.status,
                    output=event.output,
                    seconds=event.seconds,
                    exit_code=event.exit_code,
                ),
            )
        case _:
            return state


def _call(state: ViewState, call_id: str, change: Callable[[ToolCallView], ToolCallView]) -> ViewState:
    # From the newest back: a running tool is nearly always the last one.
    for index in range(len(state.calls) - 1, -1, -1):
        if state.calls[index].call_id == call_id:
            call = change(state.calls[index])
            return replace(state, calls=(*state.calls[:index], call, *state.calls[index + 1 :]))
    return state


def _grown(before: str, piece: str) -> str:
    return (before + piece)[-STREAM_CHARACTERS:]
