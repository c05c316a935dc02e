"""Does the commands that show, undo and redo what runs did to the files, and go back to a message."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from copilot.ai.run_keeping import run_event
from copilot.projects.branching import path_of
from copilot.projects.going_back import end_of
from copilot.vocabulary.commands import RedoRun, RestoreTo, RunCommand, ShowRun, UndoRun
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import RunChanged
from copilot.workspace.snapshots.register import About, Run
from copilot.workspace.snapshots.runs import Runs, Told

if TYPE_CHECKING:
    from copilot.ai.kit import Kit
    from copilot.ai.worker import Shared


def take_back(command: RunCommand, kit: "Kit", shared: "Shared") -> None:
    """Do it and tell it. Raises CopilotError where it cannot be done."""
    if kit.runs is None:
        raise ProjectError("nothing is kept here that could be brought back")
    base_dir = Path(kit.store.project.base_dir)
    runs = kit.runs(base_dir)

    def locked(work: Callable[[], Told]) -> Told:
        with kit.turn_lock(base_dir, lambda: shared.mailbox.closing):
            return work()

    match command:
        case ShowRun():
            _show(command, kit, shared, runs)
            return
        case UndoRun(call_id=call_id):
            told = locked(lambda: runs.undo(call_id))
        case RedoRun(call_id=call_id):
            told = locked(lambda: runs.redo(call_id))
        case RestoreTo():
            _restore(command, kit, shared, runs, locked)
            return
        case _:
            assert_never(command)
    _tell(told, command, kit, shared, runs)


def _show(command: ShowRun, kit: "Kit", shared: "Shared", runs: Runs) -> None:
    """Run 0 says that nothing is kept of it: to look is no failure."""
    try:
        told = runs.show(command.call_id)
    except ProjectError:
        at, asked = kit.clock(), command.request_id
        nothing = RunChanged(
            at=at,
            worker=kit.name,
            run=0,
            call_id=command.call_id,
            state="done",
            changes=(),
            request_id=asked,
            done="shown",
        )
        shared.telling.emit(nothing)
    else:
        _tell(told, command, kit, shared, runs)


def _restore(
    command: RestoreTo, kit: "Kit", shared: "Shared", runs: Runs, locked: Callable[[Callable[[], Told]], Told]
) -> None:
    """Files first: they may fail, and the messages say how to get there again."""
    shared.turns.check_free(command.branch)
    later = runs_after(command, kit, runs.all())
    if command.files and (later or not command.messages):
        about = About(
            call_id="",
            project=kit.store.project.name,
            branch=command.branch,
            words="back to an earlier message",
        )
        told = locked(lambda: runs.restore([str(run.number) for run in later], about))
        _tell(told, command, kit, shared, runs)
    if command.messages:
        shared.changes.go_back(command)


def runs_after(command: RestoreTo, kit: "Kit", runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """The runs that came after a message on its branch: of calls behind it, also of those taken out since."""
    project = kit.store.project
    path = path_of(project.discussion, command.branch)
    end = end_of(project.discussion, command.branch, command.message)
    stays = {call.call_id for message in path[: end + 1] for call in message.calls}
    behind = {call.call_id for message in path[end + 1 :] for call in message.calls}
    since = next(message.at for message in path if message.id == command.message)
    return tuple(
        run
        for run in runs
        if run.act == "run"
        and run.state == "done"
        and run.about.project == project.name
        and run.begun >= since
        and (run.about.call_id in behind or run.about.branch == command.branch)
        and run.about.call_id not in stays
    )


def _tell(told: Told, command: RunCommand, kit: "Kit", shared: "Shared", runs: Runs) -> None:
    """The answer, and how the runs stand that it was about."""
    about = () if told.by is None else {*told.run.of, *told.by.of} - {told.run.number}
    for number in sorted(about):
        with suppress(ProjectError):  # forgotten meanwhile
            one = runs.show(str(number))
            shared.telling.emit(run_event(one, kit.keys, at=kit.clock(), worker=kit.name))
    for notice in runs.said():
        shared.telling.notice(notice)
    event = run_event(told, kit.keys, at=kit.clock(), worker=kit.name, request_id=command.request_id)
    shared.telling.emit(event)
