"""What waits to be said, and what a branch cost, through restarts, new names, deletion and a full disk."""

import json
import shutil
from pathlib import Path

from copilot.ai.queue_file import QueueFile, Waiting
from copilot.projects.catalog import archive, restore
from copilot.projects.home import Home
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import (
    CancelTurn,
    ChooseFiles,
    DeleteBranch,
    EditQueued,
    ForkBranch,
    QueueMessage,
    RenameBranch,
    TakeBackQueued,
    UndoDiscussion,
)
from copilot.vocabulary.events import (
    CommandFailed,
    ContextBuilt,
    Event,
    Notice,
    ProjectChanged,
    QueueChanged,
    QueuedMessage,
    TextDelta,
    TurnCancelled,
    TurnFinished,
    UsageTotalled,
)
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import FileChoice

ASK = ApprovalPolicy()
SLOW = parse_scenario("""
[[rule]]
when = { asked_regex = "slowly$" }
answer = [{ text = "One moment. " }, { fault = "stall" }]
[[rule]]
when = { asked_regex = "a while$" }
answer = [{ text = "One word after the other, until all are said.", piece = 4, delay = 0.4 }]
[[rule]]
answer = [{ text = "Hello." }]
""")


def waiting(sitting, *texts: str, branch: str = "main") -> None:
    """A turn on the branch was stopped while these waited."""
    turn = sitting.start("slowly", ASK, branch)
    sitting.until(TextDelta)
    for number, text in enumerate(texts):
        sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id=f"q{number}", text=text))
        sitting.until(QueueChanged)
    sitting.desk.worker.submit(CancelTurn(turn_id=turn))
    sitting.until(TurnCancelled)


def queue_file(sitting) -> Path:
    return sitting.desk.home.projects / "calculator.queue"


def words(event: Event) -> list[str]:
    assert isinstance(event, QueueChanged)
    return [message.text for message in event.messages]


def killed(sitting, home: Path, into: Path) -> None:
    """What a `kill -9` at this moment would leave, as the home of the next start."""
    sitting.desk.store.flush()  # the turn's own write of the file may be under way
    kept = into / "kept"
    shutil.copytree(home / "projects", kept)
    sitting.close()
    (home / "projects").rename(into / "was")
    kept.rename(home / "projects")


def test_what_waits_is_back_after_a_kill_and_not_sent_by_itself(sit, home_dir: Path, tmp_path: Path) -> None:
    first = sit(scenario=SLOW)
    waiting(first, "and the tests", "and the docs")
    killed(first, home_dir, tmp_path)
    again = sit(scenario=SLOW)
    told = again.until(QueueChanged)
    assert (told.turn_id, told.branch, words(told)) == ("", "main", ["and the tests", "and the docs"])
    assert [m.text for m in again.project.discussion.path("main") if m.role == "user"] == ["slowly"]
    again.desk.worker.submit(EditQueued(message_id="q0", text="and all tests"))
    assert words(again.until(QueueChanged)) == ["and all tests", "and the docs"]
    again.desk.worker.submit(TakeBackQueued(message_id="q1"))
    assert words(again.until(QueueChanged)) == ["and all tests"]
    assert again.server.requests == []
    again.start("hi", ASK)
    again.until(TurnFinished)
    again.until(TurnFinished)
    said = [m for m in again.project.discussion.path("main") if m.role == "user"]
    assert [m.text for m in said] == ["slowly", "hi", "and all tests"]
    assert said[-1].id == "q0"
    assert not queue_file(again).exists()


def test_a_message_that_waited_is_asked_with_the_files_that_were_chosen_meanwhile(sit) -> None:
    sitting = sit(scenario=SLOW)
    turn = sitting.start("a while", ASK)
    sitting.until(TextDelta)
    sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id="q0", text="and the tests"))
    sitting.until(QueueChanged)
    files = (FileChoice(pattern="README.md"),)
    sitting.do(ChooseFiles(request_id="c", files=files))
    sitting.until(TurnFinished)
    assert isinstance(built := sitting.until(ContextBuilt), ContextBuilt)
    assert built.files == ("README.md",)
    sitting.until(TurnFinished)


def test_what_was_kept_as_a_message_before_a_kill_does_not_wait_again(
    sit, home_dir: Path, tmp_path: Path
) -> None:
    first = sit(scenario=SLOW)
    waiting(first, "and the tests")
    tip = first.project.discussion.tip("main")
    said = Message(id="q0", parent=tip, role="user", parts=(Text(text="and the tests"),), at=1.0)
    first.desk.store.keep_message("main", said)
    killed(first, home_dir, tmp_path)
    again = sit(scenario=SLOW)
    again.do(ForkBranch(request_id="f", name="x", at=None, switch=False))
    assert not any(isinstance(event, QueueChanged) for event in again.events)
    assert not queue_file(again).exists()


def test_what_waits_goes_along_with_its_branchs_name_and_comes_back_with_the_branch(sit) -> None:
    sitting = sit(scenario=SLOW)
    sitting.do(ForkBranch(request_id="f", name="idea", at=None, switch=False))
    waiting(sitting, "and the tests", branch="idea")
    sitting.desk.worker.submit(RenameBranch(request_id="r", name="idea", to="plan"))
    told = sitting.until(QueueChanged)
    assert (told.branch, words(told)) == ("plan", ["and the tests"])
    sitting.until(ProjectChanged)
    sitting.do(DeleteBranch(request_id="d", name="plan"))
    assert not queue_file(sitting).exists()
    sitting.desk.worker.submit(UndoDiscussion(request_id="u"))
    told = sitting.until(QueueChanged)
    assert (told.branch, words(told)) == ("plan", ["and the tests"])
    found = json.loads(queue_file(sitting).read_text())
    assert [(one["branch"], [m["text"] for m in one["messages"]]) for one in found] == [
        ("plan", ["and the tests"])
    ]


def test_a_message_that_cannot_be_kept_does_not_wait(sit) -> None:
    sitting = sit(scenario=SLOW)
    queue_file(sitting).mkdir()  # so that no file can be put there, whoever runs this
    (queue_file(sitting) / "in the way").touch()
    turn = sitting.start("a while", ASK)
    sitting.until(TextDelta)
    sitting.desk.worker.submit(QueueMessage(turn_id=turn, message_id="q0", text="and the tests"))
    failed = sitting.until(CommandFailed)
    assert isinstance(failed, CommandFailed)
    assert failed.request_id == "q0"
    sitting.until(TurnFinished)
    assert not any(isinstance(event, QueueChanged) for event in sitting.events)
    shutil.rmtree(queue_file(sitting))


def test_a_file_that_cannot_be_read_is_set_aside_and_told(sit, home_dir: Path) -> None:
    first = sit(scenario=SLOW)
    first.close()
    queue_file(first).write_text('[{"branch": 7}]')
    again = sit(scenario=SLOW)
    told = again.until(Notice)
    assert isinstance(told, Notice)
    assert "calculator.queue.broken-1" in told.text
    assert (home_dir / "projects" / "calculator.queue.broken-1").read_text() == '[{"branch": 7}]'


def test_a_project_that_is_put_away_takes_what_waits_along(sit, home_dir: Path) -> None:
    first = sit(scenario=SLOW)
    waiting(first, "and the tests")
    first.close()
    home = Home(root=home_dir)
    archive(home, "calculator")
    assert not list(home.projects.glob("calculator.*[!k]"))
    restore(home, "calculator")
    assert words(sit(scenario=SLOW).until(QueueChanged)) == ["and the tests"]


def test_who_cannot_show_what_waits_leaves_it_where_it_is(tmp_path: Path) -> None:
    file = QueueFile(tmp_path / "shop.toml")
    file.write({"main": [QueuedMessage(message_id="q", text="x")], "empty": []})
    again = QueueFile(tmp_path / "shop.toml")
    assert again.read() == ((Waiting("main", (QueuedMessage(message_id="q", text="x"),)),), "")
    again.write({"main": []})
    assert list(tmp_path.iterdir()) == []


def costs(sitting) -> dict[str, int]:
    """Requests of each branch, as the totals told last have them."""
    told = next(event for event in reversed(sitting.events) if isinstance(event, UsageTotalled))
    return {one.branch: one.requests for one in told.branches}


def test_what_a_branch_cost_goes_along_with_its_name_and_back(sit) -> None:
    sitting = sit(scenario=SLOW)
    sitting.turn("hi")
    assert costs(sitting) == {"main": 1}
    sitting.do(RenameBranch(request_id="r", name="main", to="plan"))
    sitting.until(UsageTotalled)
    assert costs(sitting) == {"plan": 1}
    sitting.do(UndoDiscussion(request_id="u"))
    sitting.until(UsageTotalled)
    assert costs(sitting) == {"main": 1}
