"""The crew: one thread for the project's commands, one for each branch where a turn runs (DESIGN 3).

A front end sees one inbox and one outbox. Commands are taken in the order they come; those that change the
project are done there and then, so they answer at once while turns run. Approvals of all turns are told in
the order in which they come up, and an answer goes to whoever asked. What the disk holds is told by the
threads of `files_watch`.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from copilot.ai.accounts import tell_totals
from copilot.ai.attaching import keep_attachments
from copilot.ai.changing import Changes
from copilot.ai.counting import Counting
from copilot.ai.files_watch import FilesWatch
from copilot.ai.handing import Handing
from copilot.ai.kit import Kit
from copilot.ai.lanes import Lanes
from copilot.ai.mailbox import Mailbox
from copilot.ai.policing import police
from copilot.ai.telling import Telling, traced
from copilot.ai.trusting import trust_news
from copilot.ai.turn import user_text
from copilot.ai.turns import Due, Turns
from copilot.ai.worker import Shared, Worker
from copilot.projects.branching import path_of
from copilot.projects.changes import Change
from copilot.tools.context import FilesSeen
from copilot.vocabulary.commands import (
    BuildContext,
    CancelTurn,
    Command,
    CompactBranch,
    CountTokens,
    Decide,
    EditQueued,
    ForkBranch,
    KeepCompact,
    ListFiles,
    ListModels,
    PolicyCommand,
    PreviewCommand,
    PreviewRequest,
    QueueMessage,
    Regenerate,
    RenameBranch,
    RunCommand,
    RunTurn,
    Shutdown,
    StopCounting,
    SwitchBranch,
    TakeBackQueued,
    TryNow,
    UndoDiscussion,
)
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import Event, ProjectOpened, TurnEvent, WorkerStarted, WorkerStopped
from copilot.vocabulary.frozen import replace

Asking = TypeVar("Asking", RunTurn, PreviewRequest)

LOOKS, MODELS, RUNS, POLICY, BRANCH = "looks", "models", "runs", "policy", "branch "
"""Names of lanes: looks at the project, lists of models (which may take long), what is done to the files of
runs (which waits for the one under way), rules and trust, and what a branch does."""


class Crew:
    """Takes commands, gives events. `on_event` (any thread's callable) is called after each event."""

    def __init__(self, kit: Kit, *, on_event: Callable[[], None] | None = None) -> None:
        self.on_event = on_event
        self._kit = kit
        self._mailbox = Mailbox()
        self._telling = Telling(kit, self._wake)
        self._turns = Turns(self._telling.emit, kit.clock, kit.name, kit.new_id, kit.queue)
        self._queue_too = True
        seen: dict[str, FilesSeen] = {}
        self._changes = Changes(kit, self._telling, self._turns, seen)
        handing = Handing(kit.assistants, self._mailbox, kit.new_id, self._begin_handed, self._changes.fork)
        self._shared = Shared(
            kit=kit,
            telling=self._telling,
            mailbox=self._mailbox,
            turns=self._turns,
            changes=self._changes,
            handing=handing,
            seen=seen,
        )
        self._worker = Worker(self._shared, kit.name)
        self._files = FilesWatch(
            list_files=kit.list_files,
            emit=self._telling.emit,
            warn=self._telling.notice,
            clock=kit.clock,
            worker=kit.name,
        )
        self._counting = Counting(kit, self._counted, lambda: self._mailbox.closing)
        self._lanes = Lanes(self._lane_failed)
        self._thread = threading.Thread(target=self._run, name=f"worker-{kit.name}", daemon=True)

    def start(self, *, queue: bool = True) -> None:
        """Start the thread: `WorkerStarted` and `ProjectOpened` are its first events, then what the last run
        left waiting to be said. Without `queue` that stays where it is: for who cannot show it."""
        self._queue_too = queue
        self._thread.start()

    def submit(self, command: Command) -> None:
        """Hand in a command; never blocks."""
        if isinstance(command, CountTokens | StopCounting):
            self._counting.take(command)
        elif isinstance(command, PreviewCommand):
            self._kit.previews.take(command, lambda said: self._mailbox.put(Decide(decision=said)))
        else:
            self._mailbox.put(command)

    def next_event(self, timeout: float | None = None) -> Event | None:
        """The next event, waiting up to `timeout` seconds (None: for ever, 0: not at all), or None."""
        return self._telling.next(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; True when all has ended, or never began."""
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        kit, emit = self._kit, self._telling.emit
        try:
            emit(WorkerStarted(at=kit.clock(), worker=kit.name, version=kit.version))
            for text in kit.store.notices:
                self._telling.notice(text)
            emit(ProjectOpened(at=kit.clock(), worker=kit.name, project=kit.store.project))
            self._tell_totals()
            self._tell_trust()
            self._tell_rules()
            self._begin_outside()
            if self._queue_too:
                self._take_up_queue()
            while not isinstance(command := self._mailbox.get(), Shutdown):
                self._dispatch(command)
            self._lanes.finish()
            self._worker.flush()
            kit.last_sent.write()
            self._stopped("shutdown")
        except Exception as error:  # the top of the thread: whatever it was, say so and end
            self._telling.notice(traced(error))
            self._mailbox.put(Shutdown())
            self._stopped(f"an internal error: {error}")

    def _take_up_queue(self) -> None:
        left, trouble = self._kit.queue.read()
        if trouble:
            self._telling.notice(trouble)
        discussion = self._kit.store.project.discussion
        branches = {branch.name for branch in discussion.branches}
        waiting = {message.message_id for one in left for message in one.messages}
        said = {name for name in waiting if discussion.messages.place(name) is not None}
        self._turns.take_up(left, branches, said)

    def _dispatch(self, command: Command) -> None:
        match command:
            case RunTurn():
                self._answer(command.turn_id, lambda: self._begin(self._words(command)))
            case Regenerate():
                self._answer(command.turn_id, lambda: self._begin(self._changes.rewind(command)))
            case BuildContext() | PreviewRequest():
                self._lanes.add(LOOKS, partial(self._look, command))
            case ListModels():
                self._lanes.add(MODELS, lambda name: self._as(name).look(command))
            case CompactBranch():
                self._lanes.add(BRANCH + command.branch, lambda name: self._as(name).compact(command))
            case KeepCompact():
                self._lanes.add(BRANCH + command.branch, lambda name: self._as(name).keep_compact(command))
            case ListFiles(project=project, model=model):
                self._files.follow(project, model)
            case QueueMessage():
                self._answer(command.message_id, partial(self._queue, command))
            case EditQueued() | TakeBackQueued():
                self._answer(command.message_id, partial(self._change_queued, command))
            case UndoDiscussion():
                self._answer(command.request_id, partial(self._changes.take_back, command))
                self._tell_totals()
            case CancelTurn() | TryNow() | Decide() | Shutdown() | CountTokens() | StopCounting():
                pass  # `submit` and the mailbox took them
            case _:
                self._change(command)

    def _change(self, command: Change | RunCommand | PolicyCommand | PreviewCommand) -> None:
        if isinstance(command, PreviewCommand):
            return  # `submit` took it
        if isinstance(command, PolicyCommand):
            self._lanes.add(POLICY, lambda _name: self._police(command))
            return
        if isinstance(command, RunCommand):
            self._lanes.add(RUNS, lambda name: self._as(name).take_back(command))
            return
        self._answer(command.request_id, partial(self._changes.do, command))
        self._files.update(self._kit.store.project)
        if isinstance(command, ForkBranch | SwitchBranch | RenameBranch):
            self._tell_totals()

    def _look(self, command: BuildContext | PreviewRequest, name: str) -> None:
        self._tell_trust()
        self._as(name).look(self._words(command) if isinstance(command, PreviewRequest) else command)

    def _words(self, command: Asking) -> Asking:
        """With the words of the command that its message calls, if it may call one and does."""
        if isinstance(command, RunTurn) and not command.calls:
            return command
        kit = self._kit
        return replace(command, user_message=kit.words(kit.store.project, command.user_message))

    def _police(self, command: PolicyCommand) -> None:
        kit = self._kit
        self._answer(
            command.request_id,
            lambda: self._telling.emit(police(command, kit, lambda: self._mailbox.closing)),
        )
        self._tell_rules()
        self._begin_outside()

    def _begin(self, command: RunTurn) -> None:
        """Raises ProjectError where no turn can begin on the branch."""
        path_of(self._kit.store.project.discussion, command.branch)
        self._tell_trust()
        self._tell_rules()
        self._kit.previews.fences.look()
        self._turns.begin(command)
        self._run_in_lane(Due(command=command, message_id=""))

    def _begin_handed(self, command: RunTurn, ended: Callable[[TurnEvent], None]) -> None:
        """Begin what an assistant handed over. Raises ProjectError where it cannot."""
        self._turns.begin(command, ended)
        self._run_in_lane(Due(command=command, message_id=""))

    def _run_in_lane(self, due: Due) -> None:
        self._lanes.add(BRANCH + due.command.branch, partial(self._turn, due))

    def _turn(self, due: Due, name: str) -> None:
        """On a branch's thread: the turn, and those that messages which waited for it begin."""
        following = self._as(name).turn(due.command, due.message_id)
        if following is not None:
            self._run_in_lane(following)

    def _queue(self, command: QueueMessage) -> None:
        kit = self._kit
        text = self._said(command.text, command.attachments != ())
        branch, model = self._turns.place(command.turn_id)
        history = path_of(kit.store.project.discussion, branch)
        keep_attachments(command.attachments, history, model.provider, kit.attachments)
        due = self._turns.add(command, text)
        if due is not None:
            self._run_in_lane(due)

    def _change_queued(self, command: EditQueued | TakeBackQueued) -> None:
        text = self._said(command.text, attached=True) if isinstance(command, EditQueued) else ""
        self._turns.change(command, text)

    def _said(self, text: str, attached: bool) -> str:
        """What a person says, as it is kept. Raises ProjectError where it is nothing."""
        if not text.strip() and not attached:
            raise ProjectError("there is nothing to say in the message")
        kit = self._kit
        return user_text(kit.words(kit.store.project, text), kit.keys)

    def _answer(self, request_id: str, work: Callable[[], None]) -> None:
        self._worker.answer(request_id, work)

    def _counted(self, command: CountTokens, work: Callable[[], Event]) -> None:
        self._answer(command.request_id, lambda: self._telling.emit(work()))

    def _as(self, name: str) -> Worker:
        return Worker(self._shared, name)

    def _lane_failed(self, error: Exception) -> None:
        self._telling.notice(traced(error))

    def _tell_totals(self) -> None:
        project = self._kit.store.project
        tell_totals(self._kit, self._telling.emit, project, project.discussion.active, "")

    def _tell_trust(self) -> None:
        """What of the project asks to be trusted, where that is another than was told."""
        news = trust_news(self._kit, self._kit.store.project)
        if news is not None:
            self._telling.emit(news)

    def _tell_rules(self) -> None:
        """Which rules are not used, and why, where that is another than was told."""
        kit = self._kit
        if kit.rules.rules or kit.store.project.rules:
            for text in kit.rules.news(kit.store.project):
                self._telling.notice(text)

    def _begin_outside(self) -> None:
        """Connect to servers; what they say of their tools is asked about when it is known."""
        outside, project = self._kit.outside, self._kit.store.project
        if outside is not None:
            outside.begin(project, self._heard_outside)

    def _heard_outside(self) -> None:
        if not self._mailbox.closing:
            self._lanes.add(POLICY, lambda _name: self._tell_trust())

    def _wake(self) -> None:
        """Call `on_event`. One that fails is told and called no more: it gives no turn a second end."""
        try:
            if self.on_event is not None:
                self.on_event()
        except Exception as error:  # code of a front end's
            self.on_event = None
            self._telling.notice(traced(error))

    def _stopped(self, reason: str) -> None:
        self._files.stop()
        self._telling.saving.finish()
        self._counting.finish()
        self._kit.previews.finish()
        self._telling.emit(WorkerStopped(at=self._kit.clock(), worker=self._kit.name, reason=reason))
