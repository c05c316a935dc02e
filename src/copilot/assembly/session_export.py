"""All that was said in one session of the program, as its log tells it."""

from collections.abc import Collection

from copilot.assembly.export_texts import Cleaner
from copilot.assembly.exporting import attached, costs_of
from copilot.projects.home import Home
from copilot.record.exported import CallFacts, Exported
from copilot.record.ledger_lines import Spent
from copilot.record.log_reader import LogReader, find_log
from copilot.storage.redaction import Redactor
from copilot.vocabulary.abridged import stands_in
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import (
    ApprovalResolved,
    Event,
    MessageKept,
    ProjectChanged,
    ProjectOpened,
    RunChanged,
    ToolFinished,
    TurnStarted,
    UsageReported,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Branch, Copied, Discussion, Message, with_added
from copilot.vocabulary.values import ModelChoice

_TOLD = tuple(
    name.encode()
    for name in (
        "ProjectOpened",
        "ProjectChanged",
        "MessageKept",
        "ApprovalResolved",
        "ToolFinished",
        "RunChanged",
        "TurnStarted",
        "UsageReported",
    )
)


def session_export(home: Home, said: str, keys: Collection[str]) -> Exported:
    """The session that `said` names ("latest": the newest). Raises ProjectError, StorageError."""
    logs, session = find_log(said, home.logs, home.logs)
    fold = _Fold()
    with LogReader(logs, session) as reader:
        for record in reader.records(lambda head: any(name in head for name in _TOLD)):
            event = record.event()
            if event is not None:
                fold.take(event)
    discussion = fold.discussion()
    if not discussion.messages:
        raise ProjectError(
            f"nothing was said in the session {session}", "copilot replay shows what was done."
        )
    found = Exported(
        scope="session",
        project=fold.project,
        name=session,
        discussion=discussion,
        attachments=attached(home, fold.project, discussion.messages),
        calls=fold.calls,
        costs=costs_of(fold.spent),
    )
    return Cleaner(Redactor(keys)).exported(found)


class _Fold:
    """What the events of a session come to. What was said before it is not in it."""

    def __init__(self) -> None:
        self.project = ""
        self.calls: dict[str, CallFacts] = {}
        self.spent: list[Spent] = []
        self._messages: dict[str, Message] = {}
        self._tips: dict[str, str] = {}
        self._models: dict[str, ModelChoice] = {}

    def take(self, event: Event) -> None:
        """One event."""
        match event:
            case ProjectOpened(project=project):
                self.project = self.project or project.name
            case MessageKept(branch=branch, message=message):
                if message.id not in self._messages:
                    self._tips[branch] = message.id
                self._messages[message.id] = message
            case ProjectChanged(project=project, added=added):
                before = Messages(self._messages.values())
                told = [one for one in added if isinstance(one, Copied) or not stands_in(one)]
                self._messages = {message.id: message for message in with_added(before, told)}
                tips = {branch.name: branch.tip for branch in project.discussion.branches}
                self._tips = {name: tip for name, tip in tips.items() if tip in self._messages and tip}
            case TurnStarted(turn_id=turn, model=model):
                self._models[turn] = model
            case UsageReported():
                self.spent.append(self._spent(event))
            case _:
                self._take_call(event)

    def discussion(self) -> Discussion:
        """The messages as trees; one whose parent is older than the session begins a tree."""
        messages: dict[str, Message] = {}
        for message in self._messages.values():
            known = message.parent in messages
            messages[message.id] = message if known else replace(message, parent=None)
        branches = tuple(Branch(name=name, tip=tip) for name, tip in self._tips.items())
        if not branches:
            return Discussion()
        return Discussion(messages=Messages(messages.values()), branches=branches, active=branches[-1].name)

    def _take_call(self, event: Event) -> None:
        match event:
            case ApprovalResolved():
                self._know(event.call_id, approval=_approval(event), edit=event.diff)
            case ToolFinished():
                self._know(event.call_id, seconds=event.seconds, exit_code=event.exit_code)
            case RunChanged(done="run"):
                self._know(event.call_id, changes=event.changes, more=event.more)
            case _:
                pass

    def _know(self, call: str, **said: object) -> None:
        facts = self.calls.get(call, CallFacts())
        self.calls[call] = replace(facts, **said)  # type: ignore[arg-type]

    def _spent(self, event: UsageReported) -> Spent:
        model = self._models.get(event.turn_id)
        return Spent(
            day="",
            project=self.project,
            branch=event.branch,
            provider="" if model is None else model.provider,
            model="unknown" if model is None else model.model,
            usage=event.usage,
            usd=event.usd or 0.0,
            unpriced=int(event.usd is None),
        )


def _approval(event: ApprovalResolved) -> str:
    """Who answered, and how."""
    decided = "Approved" if event.decision == "approve" else "Rejected"
    edited = ", edited" if event.diff else ""
    unseen = "" if event.shown else ", not shown"
    note = f": {event.note}" if event.note else ""
    return f"{decided} by {event.by}{edited}{unseen}{note}"
