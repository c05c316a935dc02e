"""The cards of a discussion, as values: what the panel shows for a state. No Dear PyGui here."""

from copilot.desktop.sent_marks import SentMark, marks
from copilot.desktop.stretch import Stretch
from copilot.desktop.tool_call_view import ToolCallView, calls_of
from copilot.desktop.view_state import Ending, Phase, Turn, ViewState
from copilot.vocabulary.events import Notice
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Message, Summary, rest_of


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
    """One message of the model with its tool calls. `rest`: of the last one, what asks for more."""

    message: Message
    calls: tuple[CallRow, ...]
    rest: str = ""


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
    assistant: str = ""


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


@frozen(kw_only=False)
class EarlierEntry:
    """So many messages come before; they are read when the person goes there."""

    number: int


Entry = (
    PersonEntry | AnswerEntry | LiveEntry | EndEntry | NoticeEntry | SummaryEntry | MarkEntry | EarlierEntry
)

NOTICES_SHOWN = 4


def key_of(entry: Entry) -> str:
    """What a card is known by as long as the discussion is open."""
    match entry:
        case PersonEntry(message=message) | AnswerEntry(message=message) | SummaryEntry(message=message):
            return message.id
        case LiveEntry(turn_id=turn_id):
            return f"live {turn_id}"
        case EndEntry():
            return "end"
        case NoticeEntry(notice=notice):
            return f"notice {notice.at}"
        case MarkEntry(mark=mark):
            return f"mark {mark.messages[-1]}"
        case EarlierEntry():
            return "earlier"


def text_of(entry: Entry) -> str:
    """The words of a card that are searched and copied."""
    match entry:
        case PersonEntry(message=message) | AnswerEntry(message=message):
            return message.text
        case LiveEntry(text=words):
            return words
        case SummaryEntry(summary=summary):
            return summary.text
        case EndEntry(ending=ending):
            return "\n\n".join(filter(None, (ending.title, ending.text)))
        case NoticeEntry(notice=notice):
            return notice.text
        case MarkEntry() | EarlierEntry():
            return ""


def message_of(entry: Entry) -> Message | None:
    """The message that a card shows."""
    return entry.message if isinstance(entry, PersonEntry | AnswerEntry | SummaryEntry) else None


class EntryFold:
    """Gives the cards of a state, oldest first. What did not change since the last state is the same object,
    and costs nothing: a state differs from the one before it in a call or two, or in its last message.

    `stretch` says from where on the branch is shown."""

    def __init__(self, *, whole: bool = False) -> None:
        self.stretch = Stretch(whole=whole)
        self._start = 0
        self._facts: tuple[object, ...] = ()
        self._base: list[Entry] = []
        self._made: dict[str, Entry] = {}
        self._calls: tuple[ToolCallView, ...] = ()
        self._views: dict[str, ToolCallView] = {}
        self._where: dict[str, int] = {}

    def __call__(self, state: ViewState) -> list[Entry]:
        """The cards of a state."""
        path = state.path()
        discussion = state.project.discussion if state.project is not None else None
        facts = (path, state.pruned, discussion.held if discussion is not None else ())
        start = self.stretch.of(path)
        same = start == self._start and self._facts
        if not same or any(a is not b for a, b in zip(facts, self._facts, strict=True)):
            self._facts, self._start = facts, start
            self._views = {call.call_id: call for call in state.calls}
            self._calls = state.calls
            self._rebuild(state, path)
        elif state.calls is not self._calls:
            self._recall(state.calls)
        found = list(self._base)
        last = found[-1] if found and state.turn is None else None
        if isinstance(last, AnswerEntry) and (rest := rest_of(path)):
            found[-1] = AnswerEntry(last.message, last.calls, rest)
        if state.turn is not None:
            found.append(self._live(state, state.turn))
        elif state.ending is not None and state.ending.branch == state.branch:
            found.append(EndEntry(state.ending))
        for notice in state.notices[-NOTICES_SHOWN:]:
            found.insert(_place(found, notice.at), NoticeEntry(notice, notice is state.notices[-1]))
        return found

    def _rebuild(self, state: ViewState, path: Messages) -> None:
        """The base anew; a message that is the same object keeps its entry."""
        shown = path[self._start :]
        if any(c.call_id not in self._views for m in shown if m.role == "assistant" for c in m.calls):
            self._views = {**{call.call_id: call for call in calls_of(shown)}, **self._views}
        before, self._made, self._base, self._where = self._made, {}, [], {}
        if self._start:
            self._base.append(EarlierEntry(self._start))
        marked = _marked(state, path, shown)
        for message in shown:
            entry = self._entry(message, before.get(message.id))
            if entry is not None:
                self._made[message.id] = entry
                if isinstance(entry, AnswerEntry):
                    self._where.update((row.call_id, len(self._base)) for row in entry.calls)
                self._base.append(entry)
            if message.id in marked:
                self._base.append(MarkEntry(marked[message.id]))

    def _entry(self, message: Message, before: Entry | None) -> Entry | None:
        same = before is not None and message_of(before) is message
        if same and not (isinstance(before, AnswerEntry) and before.calls):
            return before
        if message.role == "assistant" and not any(isinstance(part, Summary) for part in message.parts):
            return AnswerEntry(message, tuple(_row(self._views[c.call_id]) for c in message.calls))
        if summary := next((part for part in message.parts if isinstance(part, Summary)), None):
            return SummaryEntry(message, summary)
        return PersonEntry(message) if message.role == "user" else None

    def _recall(self, calls: tuple[ToolCallView, ...]) -> None:
        """Bring the rows of changed calls up to date in the answers that are kept."""
        changed = [call for call in calls if self._views.get(call.call_id) is not call]
        self._calls = calls
        self._views.update((call.call_id, call) for call in changed)
        for index in {self._where[call.call_id] for call in changed if call.call_id in self._where}:
            entry = self._base[index]
            if isinstance(entry, AnswerEntry):
                rows = tuple(_row(self._views[row.call_id]) for row in entry.calls)
                self._base[index] = self._made[entry.message.id] = AnswerEntry(entry.message, rows)

    def _live(self, state: ViewState, turn: Turn) -> LiveEntry:
        rows: list[CallRow] = []
        for call in reversed(state.calls):
            if call.at < turn.started:
                break
            if call.branch == turn.branch and call.call_id not in self._where:
                rows.insert(0, _row(call))
        waits_for = turn.waits.reason if turn.waits is not None else ""
        model = turn.model.model
        return LiveEntry(
            turn.turn_id,
            model,
            turn.text,
            turn.thinking,
            turn.phase,
            tuple(rows),
            waits_for,
            turn.assistant,
        )


def entries(state: ViewState) -> list[Entry]:
    """The cards of a state by itself."""
    return EntryFold(whole=True)(state)


def _marked(state: ViewState, path: Messages, shown: Messages) -> dict[str, SentMark]:
    """The marks of the branch that is shown, by the message that each stands behind."""
    pruned, project = state.pruned, state.project
    left_out = pruned.messages if pruned is not None and pruned.branch == state.branch else ()
    held = project.discussion.held if project is not None else ()
    covered = {name for m in shown for p in m.parts if isinstance(p, Summary) for name in p.covers}
    if not left_out and not held and not covered:
        return {}
    return dict(marks(path, set(left_out), set(held), covered))


def _place(found: list[Entry], at: float) -> int:
    """Behind the last message that is older."""
    for index in range(len(found) - 1, -1, -1):
        message = message_of(found[index])
        if message is not None and message.at <= at:
            return index + 1
    return 0


def _row(call: ToolCallView) -> CallRow:
    return CallRow(call.call_id, call.name, call.target, call)
