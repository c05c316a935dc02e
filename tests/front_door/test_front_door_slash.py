"""`/name arguments` as the window sends it: in a turn, in what waits for one, in what is looked at."""

from pathlib import Path

from copilot.projects.home import Home
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import Decide, PreviewRequest, QueueMessage, RunTurn
from copilot.vocabulary.events import (
    ApprovalRequested,
    QueueChanged,
    RequestPreviewed,
    TurnFinished,
    TurnStarted,
)

SLOW = """
[[rule]]
when = { times = 1 }
answer = [{ call = "run_shell", arguments = { script = "true" } }]
[[rule]]
answer = [{ text = "Done." }]
"""


def test_the_words_of_a_command_are_kept_and_sent(sit, home_dir: Path) -> None:
    sitting = sit(scenario=parse_scenario(SLOW))
    commands = Home(root=home_dir).root / "commands"
    commands.mkdir(parents=True)
    (commands / "tests.md").write_text("Run the tests of $1.")
    worker, project, model = sitting.desk.worker, sitting.project, sitting.desk.model

    def turn(name: str, *, calls: bool) -> None:
        worker.submit(
            RunTurn(
                turn_id=name,
                project=project,
                branch="main",
                user_message="/tests shop",
                model=model,
                policy=ApprovalPolicy(),
                calls=calls,
            )
        )

    worker.submit(
        PreviewRequest(
            request_id="look", project=project, branch="main", user_message="/tests shop", model=model
        )
    )
    looked = sitting.until(RequestPreviewed)
    assert "Run the tests of shop." in Path(looked.text_path).read_text()
    turn("first", calls=True)
    assert sitting.until(TurnStarted).user_message == "Run the tests of shop."
    asked = sitting.until(ApprovalRequested)
    worker.submit(QueueMessage(turn_id="first", message_id="q1", text="/tests till"))
    assert [one.text for one in sitting.until(QueueChanged).messages] == ["Run the tests of till."]
    worker.submit(Decide(decision=Decision(request_id=asked.request_id, decision="reject")))
    sitting.until(TurnFinished)
    said = [one.text for one in sitting.project.discussion.path("main") if one.role == "user"]
    assert said == ["Run the tests of shop.", "Run the tests of till."]
    turn("plain", calls=False)
    assert sitting.until(TurnStarted).user_message == "/tests shop"
