"""The cards of a discussion, as values: what the panel shows for a state. No Dear PyGui here."""

from copilot.desktop.sent_marks import SentMark, marks
from copilot.desktop.tool_call_view import ToolCallView, calls_of
from copilot.desktop.view_state import Ending, Phase, Turn, ViewState
from copilot.vocabulary.events import Notice
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message, Summary


@frozen(kw_only=False)
class CallRow:
    """A tool call as a card shows it: without its output, which only the tools panel has."""

    call_id: str
    name: str
    target: str
    call: ToolCallView

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CallRow) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self.call_id)

    def _facts(self) -> tuple[object, ...]:
        call = self.call
        return (self.call_id, self.name, self.target, call.status, call.seconds, call.exit_code)


@frozen(kw_only=False)
class PersonEntry:
    """What the person wrote."""

    message: Message


@frozen(kw_only=False)
class AnswerEntry:
    """One message of the model with its tool calls. `unfinished`: the last one, and its rest can be had."""

    message: Message
    calls: tuple[CallRow, ...]
    unfinished: bool = False


@frozen(kw_only=False)
class LiveEntry:
    """What comes in just now."""

    turn_id: str
    model: str
    text: str
    thinking: str
    phase: Phase
    calls: tuple[CallRow, ...]
    waits_for: str = ""


@frozen(kw_only=False)
class EndEntry:
    """How the last turn ended, where that was not an answer."""

    ending: Ending


@frozen(kw_only=False)
class NoticeEntry:
    """Something the person should know."""

    notice: Notice
    last: bool


@frozen(kw_only=False)
class SummaryEntry:
    """A summary that is sent in place of earlier messages."""

    message: Message
    summary: Summary


@frozen(kw_only=False)
class MarkEntry:
    """Where messages end that are not sent, or that are held."""

    mark: SentMark


Entry = PersonEntry | AnswerEntry | LiveEntry | EndEntry | NoticeEntry | SummaryEntry | MarkEntry

NOTICES_SHOWN = 4


def entries(state: ViewState) -> list[Entry]:
    """The cards for a state, oldest first."""
    path = state.path()
    known = {call.call_id: call for call in (*calls_of(path), *state.calls)}
    found: list[Entry] = []
    marked = _marked(state, path)
    for message in path:
        if summary := next((part for part in message.parts if isinstance(part, Summary)), None):
            found.append(SummaryEntry(message, summary))
        elif message.role == "user":
            found.append(PersonEntry(message))
        elif message.role == "assistant":
            unfinished = message.partial and message is path[-1] and state.turn is None
            rows = tuple(_row(known[c.call_id]) for c in message.calls)
            found.append(AnswerEntry(message, rows, unfinished))
        if message.id in marked:
            found.append(MarkEntry(marked[message.id]))
    if state.turn is not None:
        found.append(_live(state, state.turn, path))
    elif state.ending is not None and state.ending.branch == state.branch:
        found.append(EndEntry(state.ending))
    for notice in state.notices[-NOTICES_SHOWN:]:
        found.insert(_place(found, notice.at), NoticeEntry(notice, notice is state.notices[-1]))
    return found


def _marked(state: ViewState, path: tuple[Message, ...]) -> dict[str, SentMark]:
    """The marks of the branch that is shown, by the message that each stands behind."""
    pruned, project = state.pruned, state.project
    left_out = pruned.messages if pruned is not None and pruned.branch == state.branch else ()
    held = project.discussion.held if project is not None else ()
    return dict(marks(path, set(left_out), set(held)))


def _place(found: list[Entry], at: float) -> int:
    """Before the first card that is newer."""
    for index, entry in enumerate(found):
        if isinstance(entry, (PersonEntry, AnswerEntry)) and entry.message.at > at:
            return index
    return len(found)


def _live(state: ViewState, turn: Turn, path: tuple[Message, ...]) -> LiveEntry:
    kept = {call.call_id for message in path for call in message.calls}
    calls = tuple(
        _row(call)
        for call in state.calls
        if call.branch == turn.branch and call.at >= turn.started and call.call_id not in kept
    )
    waits_for = turn.waits.reason if turn.waits is not None else ""
    return LiveEntry(turn.turn_id, turn.model.model, turn.text, turn.thinking, turn.phase, calls, waits_for)


def _row(call: ToolCallView) -> CallRow:
    return CallRow(call.call_id, call.name, call.target, call)
