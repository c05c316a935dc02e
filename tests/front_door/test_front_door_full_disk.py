"""A disk that is full for a while in the middle of a discussion: work goes on, no script runs."""

import shutil
from pathlib import Path
from typing import Any

from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.events import ContextBuilt, Notice, TurnFailed, TurnFinished
from odd_disks import FULL, FailingDisk

TALK = """
[[rule]]
when = { times = 2 }
answer = [{ text = "Here I am." }]
[[rule]]
when = { times = 1 }
answer = [{ call = "run_shell", arguments = { script = "touch ran" } }]
[[rule]]
answer = [{ text = "Once more." }]
"""


def notices(sitting: Any) -> list[str]:
    return [event.text for event in sitting.events if isinstance(event, Notice)]


def test_a_discussion_outlives_a_disk_that_is_full_for_a_while(sit: Any, home_dir: Path) -> None:
    sitting = sit("anthropic", parse_scenario(TALK))
    assert isinstance(sitting.turn("hello"), TurnFinished)
    full = FailingDisk(FULL, lambda _, name: name in ("open", "write"))
    sitting.desk.store._journal._log._disk = sitting.desk.store._disk = full
    shutil.rmtree(home_dir / "md_gen")
    (home_dir / "md_gen").touch()  # no folder can be made here

    assert isinstance(sitting.turn("are you there?"), TurnFinished)
    assert any("in memory only" in words for words in notices(sitting))
    assert any(words.startswith("The context is not in") for words in notices(sitting))
    built = [event for event in sitting.events if isinstance(event, ContextBuilt)][-1]
    assert built.path == ""
    assert [m.text for m in sitting.project.discussion.path("main")] == [
        "hello", "Here I am.", "are you there?", "Here I am.",
    ]  # fmt: skip

    end = sitting.turn("run it", policy=ApprovalPolicy())
    assert isinstance(end, TurnFailed)
    assert "the disk is full" in end.message
    assert not (sitting.base_dir / "ran").exists()

    full.fails = lambda _number, _name: False
    (home_dir / "md_gen").unlink()
    assert isinstance(sitting.turn("and now?"), TurnFinished)
    assert sitting.desk.store.trouble is None
    kept = [m.text for m in sitting.project.discussion.path("main")]
    sitting.close()
    again = sit("anthropic", parse_scenario(TALK))
    assert [m.text for m in again.project.discussion.path("main")] == kept
