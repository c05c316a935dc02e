"""Several turns at once, what is typed while one runs, and changes of branches and messages in between."""

import itertools
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from copilot.ai.crew import Crew
from copilot.ai.turns import MOST_TURNS
from copilot.desktop.view_state import ViewState, apply
from copilot.projects.branching import side_by_side
from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.providers.base import Provider
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.bare import bare
from copilot.vocabulary.commands import (
    Command,
    Decide,
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    EditQueued,
    ForkBranch,
    MergeNote,
    PreviewRequest,
    QueueMessage,
    Regenerate,
    RenameBranch,
    RunTurn,
    Shutdown,
    SwitchBranch,
    TakeBackQueued,
    UndoDiscussion,
)
from copilot.vocabulary.errors import LockedError
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    Event,
    MessageKept,
    ProjectChanged,
    QueueChanged,
    RequestPreviewed,
    ToolFinished,
    ToolStarted,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    WorkerStopped,
)
from copilot.vocabulary.values import ModelChoice

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
ENDS = (TurnFinished, TurnCancelled, TurnFailed)
ASK = ApprovalPolicy()
ALL = ApprovalPolicy(mode="all")

SCRIPTS = """
title = "scripts"
[[rule]]
when = { asked_regex = "write (?P<name>[a-z]+)", round = 1 }
[[rule.answer]]
call = "run_shell"
arguments = { script = "echo {{name}} >> all.txt; sleep 0.1; echo {{name}} >> all.txt" }
[[rule]]
when = { asked = "write" }
answer = [{ text = "Written." }]
[[rule]]
when = { asked = "and the tests" }
answer = [{ text = "The tests as well." }]
[[rule]]
when = { asked = "slowly" }
answer = [{ text = "One word after the other, until all of them are said.", delay = 0.2 }]
[[rule]]
when = { asked = "ask again" }
answer = [{ text = "Again." }]
[[rule]]
answer = [{ text = "Hello." }]
"""


def run(sitting, text: str, branch: str, policy: ApprovalPolicy = ASK) -> str:
    return sitting.start(text, policy, branch)


def fork(sitting, *names: str, at: str | None = None) -> None:
    for name in names:
        sitting.do(ForkBranch(request_id=f"fork-{name}", name=name, at=at, switch=False))


def answered(sitting, command: Command, request_id: str) -> ProjectChanged | CommandFailed:
    sitting.desk.worker.submit(command)
    while True:
        event = sitting.until(ProjectChanged, CommandFailed)
        assert isinstance(event, ProjectChanged | CommandFailed)
        if event.request_id == request_id:
            return event


def read_until(sitting, enough: Callable[[list[Event]], bool], decide=None) -> list[Event]:
    """Events up to the one that makes it enough; each question is answered by `decide`."""
    seen: list[Event] = []
    while not enough(seen):
        event = sitting.next()
        seen.append(event)
        if decide is not None and isinstance(event, ApprovalRequested) and event.verdict == "ask":
            sitting.desk.worker.submit(Decide(decision=decide(event)))
    return seen


def ends(count: int) -> Callable[[list[Event]], bool]:
    return lambda seen: sum(isinstance(event, ENDS) for event in seen) == count


def approve(event: ApprovalRequested) -> Decision:
    return Decision(request_id=event.request_id, decision="approve")


def texts(sitting, branch: str = "main") -> list[str]:
    return [message.text for message in sitting.project.discussion.path(branch) if message.text]


def test_turns_on_several_branches_run_at_once_and_wait_in_one_queue(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    names = ("main", "b", "c", "d")
    fork(sitting, *names[1:])
    turns = {name: run(sitting, f"write {name}", name) for name in names}
    asked = []
    while len(asked) < 4:  # nobody answers: all four wait at the same time
        event = sitting.until(ApprovalRequested)
        assert isinstance(event, ApprovalRequested)
        asked.append(event)
    assert {event.branch: event.turn_id for event in asked} == turns
    assert len({event.worker for event in asked}) == 4
    for event in reversed(asked):  # answers go to whoever asked, in any order
        sitting.desk.worker.submit(Decide(decision=approve(event)))
    seen = read_until(sitting, ends(4))
    assert all(isinstance(event, TurnFinished) for event in seen if isinstance(event, ENDS))
    lines = (sitting.base_dir / "all.txt").read_text().split()
    assert sorted(lines) == sorted(names * 2)
    assert all(first == second for first, second in zip(lines[::2], lines[1::2], strict=True))
    for name in names:
        assert texts(sitting, name) == [f"write {name}", "Written."]


def test_commands_are_answered_while_turns_run(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    turn = run(sitting, "write it", "main")
    sitting.until(ApprovalRequested)
    fork(sitting, "side")
    change = sitting.do(SwitchBranch(request_id="s", name="side"))
    assert change.project.discussion.active == "side"
    sitting.desk.worker.submit(
        PreviewRequest(
            request_id="p", project=sitting.project, branch="side", user_message="x", model=sitting.desk.model
        )
    )
    assert sitting.until(RequestPreviewed).request_id == "p"
    sitting.stop(turn)
    sitting.until(TurnCancelled)
    assert not any(isinstance(event, ToolStarted) for event in sitting.events)


def test_a_second_turn_on_a_branch_and_one_too_many_at_once_are_refused(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    names = [f"b{number}" for number in range(MOST_TURNS)]
    fork(sitting, *names)
    for name in names:
        run(sitting, "write it", name)
    again = run(sitting, "write it", "b0")
    more = run(sitting, "write it", "main")
    seen = read_until(sitting, lambda seen: sum(isinstance(e, CommandFailed) for e in seen) == 2)
    refused = {event.request_id: event.message for event in seen if isinstance(event, CommandFailed)}
    assert "'b0'" in refused[again]
    assert f"{MOST_TURNS} turns" in refused[more]
    seen += read_until(
        sitting, lambda more: sum(isinstance(e, ApprovalRequested) for e in (*seen, *more)) == MOST_TURNS
    )
    sitting.desk.worker.submit(Shutdown())
    rest = read_until(sitting, lambda seen: bool(seen) and isinstance(seen[-1], WorkerStopped))
    assert sum(isinstance(event, TurnCancelled) for event in rest) == MOST_TURNS
    assert sitting.desk.worker.join(10)
    sitting.desk.close()


def test_stopping_one_turn_leaves_the_others(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    fork(sitting, "b")
    first, second = run(sitting, "write a", "main"), run(sitting, "write b", "b")
    seen = read_until(sitting, lambda seen: sum(isinstance(e, ApprovalRequested) for e in seen) == 2)
    asked = {e.turn_id: e for e in seen if isinstance(e, ApprovalRequested)}
    sitting.stop(first)
    assert sitting.until(*ENDS).turn_id == first
    sitting.desk.worker.submit(Decide(decision=approve(asked[second])))
    end = sitting.until(*ENDS)
    assert (end.turn_id, type(end)) == (second, TurnFinished)
    assert (sitting.base_dir / "all.txt").read_text().split() == ["b", "b"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_typed_during_a_turn_is_said_behind_the_tools_results(provider: str, sit) -> None:
    sitting = sit(provider, parse_scenario(SCRIPTS))
    turn = run(sitting, "write it", "main")
    asked = sitting.until(ApprovalRequested)
    sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id="q1", text="and the docs"))
    sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id="q2", text="forget it"))
    sitting.desk.worker.submit(EditQueued(message_id="q1", text="and the tests"))
    sitting.desk.worker.submit(TakeBackQueued(message_id="q2"))
    told = read_until(sitting, lambda seen: sum(isinstance(e, QueueChanged) for e in seen) == 4)
    queues = [[m.text for m in e.messages] for e in told if isinstance(e, QueueChanged)]
    assert queues == [
        ["and the docs"],
        ["and the docs", "forget it"],
        ["and the tests", "forget it"],
        ["and the tests"],
    ]
    sitting.desk.worker.submit(Decide(decision=approve(asked)))
    assert isinstance(sitting.until(*ENDS), TurnFinished)
    path = sitting.project.discussion.path("main")
    assert [message.role for message in path] == ["user", "assistant", "tool", "user", "assistant"]
    assert (path[3].id, path[3].text, path[4].text) == ("q1", "and the tests", "The tests as well.")
    kept = next(
        i for i, e in enumerate(sitting.events) if isinstance(e, MessageKept) and e.message.id == "q1"
    )
    gone = [i for i, e in enumerate(sitting.events) if isinstance(e, QueueChanged) and not e.messages]
    assert gone[-1] > kept
    assert not any(isinstance(e, TurnStarted) for e in sitting.events[kept:])


def test_where_the_turn_finishes_first_the_next_one_begins_with_what_waits(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    turn = run(sitting, "slowly please", "main")
    sitting.until(TurnStarted)
    for number in (1, 2):
        sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id=f"q{number}", text=f"more {number}"))
    seen = read_until(sitting, ends(2))
    first, second = (event for event in seen if isinstance(event, ENDS))
    assert (first.turn_id, type(second)) == (turn, TurnFinished)
    assert second.turn_id != turn
    path = sitting.project.discussion.path("main")
    assert [m.id for m in path if m.role == "user"][1:] == ["q1", "q2"]
    assert texts(sitting)[2:] == ["more 1", "more 2", "Hello."]
    late = answered(sitting, TakeBackQueued(message_id="q1"), "q1")
    assert isinstance(late, CommandFailed)


def test_a_message_for_a_turn_that_has_just_finished_begins_the_next_one(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    turn = run(sitting, "hi", "main")
    sitting.until(TurnFinished)
    sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id="q1", text="ask again"))
    assert isinstance(sitting.until(*ENDS), TurnFinished)
    assert texts(sitting) == ["hi", "Hello.", "ask again", "Again."]


def test_a_stopped_turn_leaves_what_waits_for_the_person(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    turn = run(sitting, "write it", "main")
    sitting.until(ApprovalRequested)
    sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id="q1", text="and the tests"))
    sitting.until(QueueChanged)
    sitting.stop(turn)
    sitting.until(TurnCancelled)
    sitting.desk.worker.submit(EditQueued(message_id="q1", text="only the tests"))
    told = sitting.until(QueueChanged)
    assert [message.text for message in told.messages] == ["only the tests"]
    assert "only the tests" not in texts(sitting)
    unknown = answered(sitting, QueueMessage(turn_id="never", message_id="q9", text="x"), "q9")
    assert isinstance(unknown, CommandFailed)


def test_changes_of_a_branch_are_refused_while_a_turn_runs_on_it(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    run(sitting, "hi", "main")
    sitting.until(TurnFinished)
    first = sitting.project.discussion.path("main")[0].id
    fork(sitting, "other", at=first)
    turn = run(sitting, "write it", "main")
    sitting.until(ApprovalRequested)
    before = sitting.project
    for number, command in enumerate(
        (
            RenameBranch(request_id="0", name="main", to="x"),
            DeleteBranch(request_id="1", name="main"),
            EditMessage(request_id="2", branch="main", message=first, text="x"),
            DeleteMessages(request_id="3", branch="main", messages=(first,)),
            MergeNote(request_id="4", branch="main", source="other", message=None, text="x"),
            Regenerate(turn_id="5", branch="main", model=sitting.desk.model, policy=ASK),
        )
    ):
        failed = answered(sitting, command, str(number))
        assert isinstance(failed, CommandFailed), command
        assert "'main'" in failed.message
    assert sitting.project == before
    assert isinstance(
        answered(sitting, RenameBranch(request_id="r", name="other", to="another"), "r"), ProjectChanged
    )
    sitting.stop(turn)
    sitting.until(TurnCancelled)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_edit_in_the_middle_is_legal_for_every_service_and_can_be_undone(provider: str, sit) -> None:
    """The rehearsal refuses thinking whose signature was made for another conversation."""
    sitting = sit(provider, "tour")
    sitting.turn("Which tests does this project have?")
    sitting.turn(
        "Please fix the bug", lambda event: Decision(request_id=event.request_id, decision="approve")
    )
    before = sitting.project
    path = before.discussion.path("main")
    changed = answered(
        sitting, EditMessage(request_id="e", branch="main", message=path[0].id, text="What is this?"), "e"
    )
    assert isinstance(changed, ProjectChanged)
    assert changed.undo == "editing a message on main"
    assert [m.id for m in changed.added] == [m.id for m in sitting.project.discussion.path("main")]
    assert not {m.id for m in changed.added} & {m.id for m in path}
    assert isinstance(sitting.turn("Thank you"), TurnFinished)
    late = answered(sitting, UndoDiscussion(request_id="u"), "u")
    assert isinstance(late, CommandFailed)  # there is an answer by now that it would hide
    new = sitting.project.discussion.path("main")
    gone = answered(
        sitting,
        DeleteMessages(request_id="d", branch="main", messages=tuple(m.id for m in new[len(path) :])),
        "d",
    )
    assert isinstance(gone, ProjectChanged)
    calls = next(m for m in sitting.project.discussion.path("main") if m.calls)
    assert isinstance(
        answered(sitting, DeleteMessages(request_id="c", branch="main", messages=(calls.id,)), "c"),
        ProjectChanged,
    )
    assert isinstance(sitting.turn("Thank you"), TurnFinished)
    assert path == tuple(m for m in sitting.project.discussion.messages if m in path)  # nothing was lost


def test_asking_again_keeps_the_first_answer_as_a_branch(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    run(sitting, "ask again", "main")
    sitting.until(TurnFinished)
    old = sitting.project.discussion.path("main")
    for number, text in ((1, None), (2, "slowly")):
        sitting.desk.worker.submit(
            Regenerate(
                turn_id=f"again{number}", branch="main", model=sitting.desk.model, policy=ASK, text=text
            )
        )
        assert sitting.until(ProjectChanged).request_id == f"again{number}"
        assert sitting.until(TurnStarted).turn_id == f"again{number}"
        sitting.until(TurnFinished)
    discussion = sitting.project.discussion
    assert [branch.name for branch in discussion.branches] == ["main", "main, answer 2", "main, answer 1"]
    assert discussion.path("main, answer 1") == old
    assert [m.text for m in discussion.path("main, answer 2")] == ["ask again", "Again."]
    assert texts(sitting)[0] == "slowly"


def test_a_note_says_where_it_is_from_and_comes_back_with_undo(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    run(sitting, "hi", "main")
    sitting.until(TurnFinished)
    fork(sitting, "idea")
    run(sitting, "ask again", "idea")
    sitting.until(TurnFinished)
    tip = sitting.project.discussion.path("idea")[-1]
    note = MergeNote(request_id="n", branch="main", source="idea", message=None, text="It works.")
    changed = answered(sitting, note, "n")
    assert isinstance(changed, ProjectChanged)
    (added,) = changed.added
    assert added.text.startswith(f"[NOTE from the branch 'idea', message {tip.id}, ")
    assert added.text.endswith("\n\nIt works.")
    assert sitting.project.discussion.path("main")[-1] == added
    assert isinstance(answered(sitting, UndoDiscussion(request_id="u"), "u"), ProjectChanged)
    assert texts(sitting) == ["hi", "Hello."]
    answered(sitting, DeleteBranch(request_id="d", name="idea"), "d")
    back = answered(sitting, UndoDiscussion(request_id="u2"), "u2")
    assert isinstance(back, ProjectChanged)
    assert [branch.name for branch in back.project.discussion.branches] == ["main", "idea"]


def test_one_prompt_for_several_models_at_once(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    run(sitting, "hi", "main")
    sitting.until(TurnFinished)
    discussion = sitting.project.discussion
    lines = side_by_side(discussion, "main", ("one", "two", "two"))
    assert [line.name for line in lines] == ["main, one", "main, two", "main, two 2"]
    for line in lines:  # all at once: turns begin in the order of their commands, behind the forks
        tip = discussion.tip("main")
        sitting.desk.worker.submit(ForkBranch(request_id=line.name, name=line.name, at=tip, switch=False))
        run(sitting, "ask again", line.name)
    seen = read_until(sitting, ends(3))
    assert all(isinstance(event, TurnFinished) for event in seen if isinstance(event, ENDS))
    assert sitting.project.discussion.active == "main"
    for line in lines:
        assert texts(sitting, line.name) == ["hi", "Hello.", "ask again", "Again."]


def test_events_that_carry_the_project_agree_with_those_around_them(sit) -> None:
    """Folding what is told gives what the store has, at every event that carries the project."""
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    names = ("b", "c", "d")
    fork(sitting, *names)
    for name in names:
        run(sitting, f"write {name}", name, ALL)
    for number in range(30):
        sitting.desk.worker.submit(SwitchBranch(request_id=f"s{number}", name=names[number % 3]))
        sitting.desk.worker.submit(
            ForkBranch(request_id=f"f{number}", name=f"f{number}", at=None, switch=False)
        )
        time.sleep(0.005)
    read_until(sitting, ends(3))
    state = ViewState()
    for event in sitting.events:  # as a log or a pipe has them
        state = apply(state, bare(event) if isinstance(event, ProjectChanged) else event)
        if state.project is not None:
            for branch in state.project.discussion.branches:
                state.path_of(branch.name)
    there, kept = state.project.discussion, sitting.project.discussion
    assert set(there.branches) == set(kept.branches)
    for branch in kept.branches:
        assert there.path(branch.name) == kept.path(branch.name)
    told: set[str] = set()
    for event in sitting.events:
        match event:
            case MessageKept(message=message):
                told.add(message.id)
            case ProjectChanged(project=project):
                assert told <= {message.id for message in project.discussion.messages}
            case _:
                pass
    changes = [event for event in sitting.events if isinstance(event, ProjectChanged)]
    counts = [len(event.project.discussion.branches) for event in changes]
    assert counts == sorted(counts)


CHILD = """
import itertools, os, sys, threading
from pathlib import Path
from copilot.assembly.choice import Flags
from copilot.assembly.desk import Surroundings, open_desk
from copilot.projects.home import Home
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import ForkBranch, RunTurn, SwitchBranch
from copilot.vocabulary.events import MessageKept, ProjectChanged, ProjectOpened

home, base, url = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
ids, clock = itertools.count(1), itertools.count(1_800_000_000)
around = Surroundings(
    environ={"PATH": os.environ["PATH"], "HOME": str(home), "ANTHROPIC_API_KEY": "sk-ant-api03-crew-key-01"},
    cwd=base, platform=sys.platform, clock=lambda: float(next(clock)), new_id=lambda: f"c{next(ids):05d}",
)
flags = Flags(provider="anthropic", base_url=url)
desk = open_desk(around, home=Home(root=home), project="p", base_dir=base, flags=flags)
crew = desk.worker
crew.start()
while not isinstance(event := crew.next_event(60), ProjectOpened):
    pass
for name in ("b", "c", "d"):
    crew.submit(ForkBranch(request_id=name, name=name, at=None, switch=False))
    crew.submit(RunTurn(turn_id=name, project=event.project, branch=name, user_message="write " + name,
                        model=desk.model, policy=ApprovalPolicy(mode="all")))
while True:
    match crew.next_event(60):
        case MessageKept(branch=branch, message=message):
            print("kept", branch, message.id, len(message.parts), flush=True)
        case ProjectChanged(project=project):
            print("branches", *(one.name for one in project.discussion.branches), flush=True)
        case None:
            break
        case _:
            pass
"""


def let_go_of(home: Home) -> Store:
    """The project of a killed program: a process that it was just starting may hold it a moment longer."""
    ids, until = itertools.count(1), time.monotonic() + 30
    while True:
        try:
            return Store.open(home, "p", clock=time.time, new_id=lambda: f"new{next(ids)}")
        except LockedError:
            assert time.monotonic() < until
            time.sleep(0.02)


@pytest.mark.parametrize("after", [3, 5, 8, 11])
def test_a_kill_in_the_middle_of_several_turns_loses_nothing_that_was_told(after: int, sit, tmp_path) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    home, base = tmp_path / "killed", tmp_path / "base"
    home.mkdir()
    base.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), str(base), sitting.server.url],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child, child.stdout:
        told = [line.split() for line in itertools.islice(child.stdout, after)]
        child.send_signal(signal.SIGKILL)
    with let_go_of(Home(root=home)) as store:
        discussion = store.project.discussion
        assert store.notices == ()
    for what, *rest in told:
        if what == "branches":
            assert {branch.name for branch in discussion.branches} >= set(rest)
        else:
            assert rest[1] in {message.id for message in discussion.path(rest[0])}
    for branch in discussion.branches:
        path = discussion.path(branch.name)
        for message, following in itertools.pairwise(path):
            assert {c.call_id for c in message.calls} == {r.call_id for r in following.results}
        assert not path or not path[-1].calls


def test_what_a_tool_did_is_told_once_for_each_turn(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    fork(sitting, "b")
    run(sitting, "write a", "main", ALL)
    run(sitting, "write b", "b", ALL)
    read_until(sitting, ends(2))
    for kind in (ApprovalRequested, ApprovalResolved, ToolStarted, ToolFinished):
        assert sorted(e.branch for e in sitting.events if isinstance(e, kind)) == ["b", "main"]


def test_a_crash_in_one_turn_takes_no_other_with_it(sit) -> None:
    sitting = sit(scenario=parse_scenario(SCRIPTS))
    fork(sitting, "b")
    kit = sitting.desk.kit
    broken = replace(sitting.desk.model, model="broken")

    def provider(model: ModelChoice) -> Provider:
        if model.model == "broken":
            raise ZeroDivisionError("a bug of ours")
        return kit.provider(model)

    usual = sitting.desk.worker
    sitting.desk.worker = Crew(replace(kit, provider=provider))
    sitting.desk.worker.start()
    good = run(sitting, "write it", "main")
    asked = sitting.until(ApprovalRequested)
    sitting.desk.worker.submit(
        RunTurn(
            turn_id="bad", project=sitting.project, branch="b", user_message="x", model=broken, policy=ASK
        )
    )
    failed = sitting.until(*ENDS)
    assert (failed.turn_id, failed.kind) == ("bad", "internal")
    sitting.desk.worker.submit(Decide(decision=approve(asked)))
    assert sitting.until(*ENDS).turn_id == good
    again = run(sitting, "hi", "b")  # and its branch is free
    end = sitting.until(*ENDS)
    assert (end.turn_id, type(end)) == (again, TurnFinished)
    sitting.desk.worker.submit(Shutdown())
    sitting.until(WorkerStopped)
    assert sitting.desk.worker.join(10)
    sitting.desk.worker = usual
