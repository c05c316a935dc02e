"""What a snapshot tells somebody who knew what stood before it: the rest, and how what is gone ended.

It comes where a connection was away for too long, or the server was started again meanwhile.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from copilot.serve.standing import Standing
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    Event,
    ProjectOpened,
    QueueChanged,
    RequestSent,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Message
from copilot.vocabulary.values import Project

ENDED = "the turn ended while the connection was away"
ENDED_HINT = "What it said until then is in the discussion. Ask again where that is not all."

_PIECES = (TextDelta, ThinkingDelta, ToolOutput)
_LOOKED_AT = 20
"""Messages in which the result of a call is looked for."""
_Key = tuple[type, str, str]


def stood(events: Iterable[Event]) -> Standing:
    """What stands after these events."""
    found = Standing()
    for event in events:
        found.take(event)
    return found


def caught_up(before: Standing, events: tuple[Event, ...]) -> Iterator[Event]:
    """Of a snapshot's `events` what is new to whoever knows `before`, and first how things ended meanwhile.

    The opening of the project is told again: a front end takes the discussion from it.
    """
    now = stood(events)
    turns, others = before.turns(), tuple(before.events())
    for event in events:
        if isinstance(event, ProjectOpened):
            yield event
            yield from _gone(before, now, event)
        elif isinstance(event, QueueChanged) or not (isinstance(event, TurnEvent) or event in others):
            yield event
    for turn_id, turn in now.turns().items():
        yield from _rest(turns.get(turn_id, ()), turn)


def _gone(before: Standing, now: Standing, opened: ProjectOpened) -> Iterator[Event]:
    """How the turns ended that run no more, and what was said to approvals that wait no more."""
    under_way = now.turns()
    for turn_id, turn in before.turns().items():
        began = next((one for one in turn if isinstance(one, TurnStarted)), None)
        if turn_id not in under_way and began is not None:
            yield _ending(began, opened)
    for asked in before.approvals():
        if asked.turn_id in under_way and now.approval(asked.request_id) is None:
            yield _resolved(asked, under_way[asked.turn_id], opened)


def _ending(began: TurnStarted, opened: ProjectOpened) -> Event:
    """As the discussion tells it: an answer stands at the end, or it does not."""
    last = next(_latest(opened.project, began.branch), None)
    at, worker, turn_id, branch = opened.at, opened.worker, began.turn_id, began.branch
    if last is not None and last.role == "assistant" and not last.calls:
        return TurnFinished(
            at=at, worker=worker, turn_id=turn_id, branch=branch, text="", rounds=1, reason="answered"
        )
    return TurnFailed(
        at=at,
        worker=worker,
        turn_id=turn_id,
        branch=branch,
        kind="network",
        message=ENDED,
        hint=ENDED_HINT,
        retryable=False,
    )


def _resolved(asked: ApprovalRequested, turn: tuple[Event, ...], opened: ProjectOpened) -> ApprovalResolved:
    """As what came after it tells it: what was approved began, or has a result."""
    began = any(isinstance(one, ToolStarted | ToolFinished) and one.call_id == asked.call_id for one in turn)
    latest = islice(_latest(opened.project, asked.branch), _LOOKED_AT)
    results = {result.call_id: result.status for message in latest for result in message.results}
    done = results.get(asked.call_id, "rejected") != "rejected"
    return ApprovalResolved(
        at=opened.at,
        worker=opened.worker,
        turn_id=asked.turn_id,
        branch=asked.branch,
        request_id=asked.request_id,
        call_id=asked.call_id,
        decision="approve" if began or done else "reject",
        by="person",
        shown=False,
        note="answered while the connection was away",
    )


def _latest(project: Project, branch: str) -> Iterator[Message]:
    """The messages of a branch, the newest first; none where there is no such branch any more."""
    try:
        path = project.discussion.path(branch)
    except KeyError:
        return
    for at in range(len(path) - 1, -1, -1):
        yield path[at]


def _rest(before: tuple[Event, ...], now: tuple[Event, ...]) -> Iterator[Event]:
    """What of a turn is new. Pieces of one text come as one."""
    said, says = _texts(before), _texts(now)
    anew = any(not says.get(key, "").startswith(text) for key, text in said.items() if not key[1])
    sent = next((one for one in now if isinstance(one, RequestSent)), None)
    if anew and sent is not None and sent in before:
        yield sent  # what was said since is in a message by now
    for event in now:
        key = _key(event)
        if key is None or not isinstance(event, _PIECES):
            if event not in before:
                yield event
            continue
        whole = says.pop(key, "")
        known = "" if anew and not key[1] else said.get(key, "")
        rest = whole.removeprefix(known) if whole.startswith(known) else ""
        if rest:
            yield replace(event, text=rest)


def _texts(turn: tuple[Event, ...]) -> dict[_Key, str]:
    found: dict[_Key, str] = {}
    for event in turn:
        key = _key(event)
        if key is not None and isinstance(event, _PIECES):
            found[key] = found.get(key, "") + event.text
    return found


def _key(event: Event) -> _Key | None:
    """Which text this is a piece of: what the turn says or thinks, or a stream of a call."""
    match event:
        case ToolOutput(call_id=call_id, stream=stream):
            return ToolOutput, call_id, stream
        case TextDelta() | ThinkingDelta():
            return type(event), "", ""
        case _:
            return None
