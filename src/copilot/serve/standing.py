"""What somebody who begins to follow a project must know beside the project: what is under way in it.

It is kept as the events that still count, in their order, so that folding them gives what folding all would.
"""

from collections.abc import Iterator, Mapping

from copilot.vocabulary.approvals import SpendDetail
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    CompactDrafted,
    Event,
    MessageKept,
    PreviewEnded,
    PreviewReady,
    PreviewStarted,
    QueueChanged,
    RequestSent,
    RetryScheduled,
    TextDelta,
    ThinkingDelta,
    ToolCallRequested,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TrustAsked,
    TurnCancelled,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    UsageTotalled,
    WorkerStarted,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.joining import joined

MOST_SHOWN = 100_000
"""Characters of one call's output, and of one answer, that who comes later is shown: the last ones."""

_ENDS = (TurnFinished, TurnCancelled, TurnFailed)
_LAST_COUNTS = (RequestSent, RetryScheduled)
_PIECES = (TextDelta, ThinkingDelta, ToolOutput)
_KEPT = (
    TurnStarted,
    ToolCallRequested,
    ToolStarted,
    ToolFinished,
    ApprovalRequested,
    *_LAST_COUNTS,
    *_PIECES,
)
_PREVIEWED = (PreviewStarted, PreviewReady)


class Standing:
    """Of one project; for whoever holds its lock."""

    def __init__(self) -> None:
        self._turns: dict[str, list[Event]] = {}
        self._queues: dict[str, QueueChanged] = {}
        self._totals: dict[str, UsageTotalled] = {}
        self._others: dict[type[Event], Event] = {}
        self._waiting: dict[str, ApprovalRequested] = {}

    def events(self) -> Iterator[Event]:
        """What counts now."""
        yield from self._others.values()
        yield from self._totals.values()
        yield from self._queues.values()
        for turn in self._turns.values():
            yield from turn

    def turns(self) -> Mapping[str, tuple[Event, ...]]:
        """What counts of each turn that is under way, by its id."""
        return {turn_id: tuple(turn) for turn_id, turn in self._turns.items()}

    def approvals(self) -> tuple[ApprovalRequested, ...]:
        """Those that wait for the person, the oldest first."""
        return tuple(self._waiting.values())

    def approval(self, request_id: str) -> ApprovalRequested | None:
        """The one that waits under this id."""
        return self._waiting.get(request_id)

    def take(self, event: Event) -> None:
        """One more event."""
        match event:
            case WorkerStarted() | TrustAsked():
                self._others[type(event)] = event
            case UsageTotalled(branch=branch):
                self._totals = {branch: event}
            case QueueChanged(branch=branch, messages=messages):
                self._queues.pop(branch, None)
                if messages:
                    self._queues[branch] = event
            case MessageKept():
                self._kept(event)
            case CompactDrafted(request_id=turn) | CommandFailed(request_id=turn):
                if not any(isinstance(one, TurnStarted) for one in self._turns.get(turn, ())):
                    self._end(turn)  # a draft's, or of a turn that never began; else another has the same id
            case TurnEvent():
                self._in_turn(event)
            case _:
                pass

    def _in_turn(self, event: TurnEvent) -> None:
        if isinstance(event, _ENDS):
            self._end(event.turn_id)
            return
        turn = self._turns.setdefault(event.turn_id, [])
        match event:
            case ApprovalRequested(verdict="ask"):
                self._waiting[event.request_id] = event
            case ApprovalResolved(request_id=request_id):
                self._waiting.pop(request_id, None)
                turn[:] = [one for one in turn if not _about(one, request_id)]
            case PreviewEnded(request_id=request_id):
                turn[:] = [o for o in turn if not (isinstance(o, _PREVIEWED) and o.request_id == request_id)]
            case _:
                pass
        if isinstance(event, _LAST_COUNTS):
            turn[:] = [one for one in turn if type(one) is not type(event)]
        if not isinstance(event, (*_KEPT, *_PREVIEWED)):
            return
        longer = joined(turn[-1], event) if turn else None
        if longer is not None:
            turn.pop()
        turn.append(_shortened(longer or event))

    def _kept(self, event: MessageKept) -> None:
        """What a message says is in the project from now on."""
        done = {result.call_id for result in event.message.results}
        for turn in self._turns.values():
            if event.message.role == "assistant":
                turn[:] = [one for one in turn if not (_is_said(one) and _branch(one) == event.branch)]
            if done:
                turn[:] = [one for one in turn if getattr(one, "call_id", None) not in done]

    def _end(self, turn_id: str) -> None:
        self._turns.pop(turn_id, None)
        self._waiting = {key: one for key, one in self._waiting.items() if one.turn_id != turn_id}


def is_spending(approval: ApprovalRequested) -> bool:
    """Whether it asks to pass a cap."""
    return isinstance(approval.detail, SpendDetail)


def _about(event: Event, request_id: str) -> bool:
    return isinstance(event, (ApprovalRequested, *_PREVIEWED)) and event.request_id == request_id


def _is_said(event: Event) -> bool:
    return isinstance(event, TextDelta | ThinkingDelta)


def _branch(event: Event) -> str:
    return event.branch if isinstance(event, TurnEvent) else ""


def _shortened(event: Event) -> Event:
    if isinstance(event, _PIECES) and len(event.text) > 2 * MOST_SHOWN:
        return replace(event, text=event.text[-MOST_SHOWN:])
    return event
