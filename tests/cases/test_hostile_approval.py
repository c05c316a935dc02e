"""Area `approval` of the hostile cases: an approval is of exactly this, here, now, and by the person."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from desk_play import approve, playing, runs
from hostile import case

from copilot.ai.policy.book import RuleBook
from copilot.ai.tool_runner import MOST_ASKED
from copilot.cli.details import lines_of
from copilot.cli.paint import Paint
from copilot.desktop.approval_words import view_of
from copilot.desktop.confirm_dialog import QUIET_SECONDS, ConfirmQueue
from copilot.shell import shell_runner
from copilot.shell.work_folder import held_folder
from copilot.vocabulary.approvals import (
    ConfirmDialog,
    Decision,
    PythonFileDetail,
    ScriptDetail,
)
from copilot.vocabulary.commands import Decide, Shutdown
from copilot.vocabulary.events import ApprovalRequested, ApprovalResolved, ToolFinished
from copilot.vocabulary.values import Project


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "base"
    base.mkdir()
    return base


def test_a_script_file_that_changed_after_the_question_is_not_run(tmp_path: Path, base: Path) -> None:
    script = case("appr-001")["script"]
    run = base / "run.sh"
    run.write_text("#!/bin/sh\necho good > good.txt\n", encoding="utf-8")
    run.chmod(0o755)

    def swaps(event: ApprovalRequested) -> Decision:
        """A watcher writes between the click and the start; the person says yes until they see why."""
        if "run.sh changed after you were asked" in event.why:
            return Decision(request_id=event.request_id, decision="reject")
        run.write_text("#!/bin/sh\necho evil > evil.txt\n", encoding="utf-8")
        return approve(event)

    with playing(tmp_path / "home", base, runs(script)) as play:
        play.turn(swaps)
        assert play.result.status == "rejected"
        asked = [event for event in play.events if isinstance(event, ApprovalRequested)]
        assert [bool(one.why) for one in asked] == [False, True]
        assert {path.name for path in base.iterdir()} == {"run.sh"}


def test_a_script_file_that_changes_all_the_time_is_never_run(tmp_path: Path, base: Path) -> None:
    run = base / "run.sh"
    run.write_text("#!/bin/sh\n", encoding="utf-8")
    run.chmod(0o755)
    numbers = itertools.count()

    def swaps(event: ApprovalRequested) -> Decision:
        run.write_text(f"#!/bin/sh\necho {next(numbers)} > evil.txt\n", encoding="utf-8")
        return approve(event)

    with playing(tmp_path / "home", base, runs("./run.sh")) as play:
        play.turn(swaps)
        assert play.result.status == "rejected"
        assert "run.sh changed after the person was asked" in play.result.output
        assert next(numbers) == MOST_ASKED
        assert {path.name for path in base.iterdir()} == {"run.sh"}


def test_what_was_asked_again_is_run_as_it_was_shown_then(tmp_path: Path, base: Path) -> None:
    run = base / "run.sh"
    run.write_text("#!/bin/sh\necho one > made.txt\n", encoding="utf-8")
    run.chmod(0o755)

    def swaps(event: ApprovalRequested) -> Decision:
        run.write_text("#!/bin/sh\necho two > made.txt\n", encoding="utf-8")
        return replace(approve(event), edited_text="./run.sh # looked at" if not event.why else None)

    with playing(tmp_path / "home", base, runs("./run.sh")) as play:
        play.turn(swaps)
        assert play.result.status == "ok"
        assert "looked at" in play.result.output
        assert (base / "made.txt").read_text(encoding="utf-8") == "two\n"


@pytest.mark.parametrize(
    ("script", "path"),
    [
        ("[ -f setup.sh ] && sh setup.sh", "setup.sh"),
        ("cp a docs/", "docs"),
        ("cp a docs/b", "docs/b"),
        ("cat a", "a"),
    ],
)
def test_what_appears_or_is_swapped_after_the_question_is_seen(base: Path, script: str, path: str) -> None:
    (base / "a").write_text("one", encoding="utf-8")
    (base / "docs").mkdir()
    (base / "elsewhere").mkdir()
    detail = ScriptDetail(script=script, shell="sh", shell_path="/bin/sh", cwd=str(base), timeout_seconds=1.0)
    bound = RuleBook().binds(detail)
    assert bound() == ""
    (base / "another").write_text("x", encoding="utf-8")
    (base / "docs" / "c").write_text("x", encoding="utf-8")
    assert bound() == ""
    if path == "docs":
        (base / "docs").rename(base / "old")
        (base / "docs").symlink_to("elsewhere")
    else:
        (base / path).write_text("two", encoding="utf-8")
    assert bound() == path


def test_a_file_that_another_run_makes_may_be_appended_to(base: Path) -> None:
    def bound(script: str) -> Callable[[], str]:
        detail = ScriptDetail(
            script=script, shell="sh", shell_path="/bin/sh", cwd=str(base), timeout_seconds=1.0
        )
        return RuleBook().binds(detail)

    appended, read = bound("echo a >> all.txt; sleep 0.1; echo b >>'all.txt'"), bound("sh all.txt >> all.txt")
    written, spelt = bound("echo a > all.txt"), bound("sh al''l.txt; echo a >> all.txt")
    (base / "all.txt").write_text("one", encoding="utf-8")
    assert (appended(), read(), written(), spelt()) == ("", "all.txt", "all.txt", "all.txt")
    (base / "all.txt").unlink()
    (base / "all.txt").symlink_to("elsewhere.txt")
    assert appended() == "all.txt"


def test_a_script_file_that_did_not_change_is_run(tmp_path: Path, base: Path) -> None:
    run = base / "run.sh"
    run.write_text("#!/bin/sh\necho good > good.txt\n", encoding="utf-8")
    run.chmod(0o755)
    with playing(tmp_path / "home", base, runs("./run.sh")) as play:
        play.turn()
        assert play.result.status == "ok"
        assert (base / "good.txt").read_text(encoding="utf-8") == "good\n"


def test_words_of_a_command_are_shown_with_every_blank() -> None:
    given = case("appr-003")
    detail = PythonFileDetail(
        path="a.py", text="", sha256="", argv=(given["argv0"], " a  b "), cwd="/p ", timeout_seconds=1.0
    )
    shell = ScriptDetail(script="x", shell="sh", shell_path=given["argv0"], cwd="/p ", timeout_seconds=1.0)
    facts = dict(view_of(detail).facts)
    assert facts["Command"] == "'/bin/ls ' ' a  b '"
    assert facts["Folder"] == "/p "
    assert dict(view_of(shell).facts)["Shell"] == given["argv0"] != given["shown"]
    told = "\n".join(lines_of(detail, Paint(on=False)))
    assert "'/bin/ls ' ' a  b '" in told


def test_a_field_of_the_models_own_changes_nothing_of_what_asks(tmp_path: Path) -> None:
    assert "requires_approval" in case("appr-005")["tool_call"]
    scenario = """
[[rule]]
when = { round = 1 }
answer = [{ call = "run_shell", arguments = { script = "touch x", requires_approval = false } }]
[[rule]]
when = { round = 2 }
answer = [{ call = "run_shell", arguments = { script = "touch x" } }]
[[rule]]
answer = [{ text = "Done." }]
"""
    base = tmp_path / "base"
    base.mkdir()
    with playing(tmp_path / "home", base, scenario) as play:
        play.turn(lambda event: Decision(request_id=event.request_id, decision="reject"))
        first, second = (event for event in play.events if isinstance(event, ToolFinished))
        assert (first.status, second.status) == ("error", "rejected")
        assert "'requires_approval' is not an argument" in first.output
        (asked,) = (event for event in play.events if isinstance(event, ApprovalRequested))
        assert (asked.call_id, asked.verdict) == (second.call_id, "ask")
    assert list(base.iterdir()) == []


def test_no_key_and_no_click_is_an_answer_while_the_dialog_comes_up() -> None:
    assert "Enter/Space" in case("appr-007")["event"]
    assert QUIET_SECONDS >= 0.5
    detail = ScriptDetail(script="x", shell="sh", shell_path="/bin/sh", cwd="/p", timeout_seconds=1.0)
    request = ConfirmDialog(
        request_id="r", turn_id="t", branch="main", call_id="c", tool="run_shell", detail=detail
    )
    queue = ConfirmQueue()
    queue.wait_for((request,))
    queue.show(request).seen_at = 10.0
    for at in (10.0, 10.2, 10.45):
        assert not queue.pressed(at)
        assert not queue.arm(at + 0.01)
        assert queue.decide("approve", "") is None
    assert not queue.arm(10.45 + QUIET_SECONDS - 0.01)
    assert queue.arm(10.45 + QUIET_SECONDS + 0.01)


def test_a_program_that_ends_while_it_asks_has_rejected_and_runs_nothing_later(
    tmp_path: Path, base: Path
) -> None:
    assert "closed" in case("appr-009")["event"]
    with playing(tmp_path / "home", base, runs("touch ran")) as play:

        def closes(event: ApprovalRequested) -> None:
            del event
            play.desk.worker.submit(Shutdown())

        play.turn(closes)
        resolved = [event for event in play.events if isinstance(event, ApprovalResolved)]
        assert [(one.decision, one.by) for one in resolved] == [("reject", "cancel")]
        play.stopped = True
        assert play.desk.worker.join(20)
        play.desk.close()
    with playing(tmp_path / "home", base, runs("true")) as again:
        assert not [event for event in again.events if isinstance(event, ApprovalRequested)]
    assert list(base.iterdir()) == []


TWICE = """
[[rule]]
when = { round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo one >> made" } }]
[[rule]]
when = { round = 2 }
answer = [{ call = "run_shell", arguments = { script = "echo one >> made" } }]
[[rule]]
answer = [{ text = "Done." }]
"""


def test_an_approval_is_of_one_run_and_answers_no_other(tmp_path: Path, base: Path) -> None:
    with playing(tmp_path / "home", base, TWICE) as play:

        def answers(event: ApprovalRequested) -> Decision:
            asked = [one for one in play.events if isinstance(one, ApprovalRequested)]
            if len(asked) == 1:
                for _ in range(3):  # a click that came three times
                    play.desk.worker.submit(Decide(decision=approve(event)))
                return approve(event)
            for old in (asked[0], replace(event, request_id="another")):
                play.desk.worker.submit(Decide(decision=approve(old)))
            return Decision(request_id=event.request_id, decision="reject")

        play.turn(answers)
        results = [one.status for one in play.events if isinstance(one, ToolFinished)]
        assert results == ["ok", "rejected"]
    assert (base / "made").read_text(encoding="utf-8") == "one\n"


KILLED = """
import os, signal, sys
from pathlib import Path
from desk_play import playing, runs

with playing(Path(sys.argv[1]), Path(sys.argv[2]), runs("touch ran")) as play:
    play.turn(lambda event: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.skipif(os.name == "nt", reason="a kill without a word is POSIX's")
def test_a_program_that_is_killed_while_it_asks_runs_nothing_after_its_restart(
    tmp_path: Path, base: Path
) -> None:
    assert "app killed" in case("appr-009")["event"]
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "home"), str(base)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(here), str(here.parent)))},
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL
    with playing(tmp_path / "home", base, runs("true")) as again:
        again.turn()
        scripts = [
            event.detail.script
            for event in again.events
            if isinstance(event, ApprovalRequested) and isinstance(event.detail, ScriptDetail)
        ]
        assert scripts == ["true"]
    assert list(base.iterdir()) == []


def test_a_copy_through_a_link_out_of_the_project_is_blocked_and_named(tmp_path: Path, base: Path) -> None:
    script = case("appr-011")["script"]
    secret = tmp_path / "mcp.json"
    secret.write_text("mine", encoding="utf-8")
    (base / "docs").mkdir()
    (base / "docs2").mkdir()
    (base / "docs" / "video-guide.mp4").write_text("evil", encoding="utf-8")
    (base / "docs2" / "video-guide.mp4").symlink_to(secret)
    with playing(tmp_path / "home", base, runs(script)) as play:
        play.turn()
        assert play.result.status == "rejected"
        asked = [event for event in play.events if isinstance(event, ApprovalRequested)]
        assert asked[0].verdict == "deny"
        assert f"docs2/video-guide.mp4 is a link out of the project, to {secret}" in asked[0].why
    assert secret.read_text(encoding="utf-8") == "mine"


def test_a_link_that_is_only_read_is_shown_with_where_it_leads(tmp_path: Path, base: Path) -> None:
    (base / "out").symlink_to(tmp_path)
    detail = ScriptDetail(
        script="cat out/x", shell="sh", shell_path="/bin/sh", cwd=str(base), timeout_seconds=1.0
    )
    said = RuleBook().judge_for(Project(name="p", base_dir=str(base)))("run_shell", detail)
    assert said.verdict == "ask"
    assert str(tmp_path) in said.why


def test_a_folder_swapped_after_the_question_is_not_run_in(tmp_path: Path, base: Path) -> None:
    assert "swapped after approval" in case("appr-013")["cwd"]
    other = tmp_path / "other"
    other.mkdir()
    link = tmp_path / "link"
    link.symlink_to(base)

    def swaps(event: ApprovalRequested) -> Decision:
        link.unlink()
        link.symlink_to(other)
        return approve(event)

    with playing(tmp_path / "home", base, runs("touch ran")) as play:
        play.desk.kit.store.change(replace(play.desk.store.project, base_dir=str(link)))
        play.turn(swaps)
        assert play.result.status == "rejected"
    assert list(other.iterdir()) == []


def test_the_child_starts_in_the_folder_that_was_opened_and_not_by_its_path(
    tmp_path: Path, base: Path
) -> None:
    assert case("appr-013")["cwd"].startswith("symlink")
    other, link = tmp_path / "other", tmp_path / "link"
    other.mkdir()
    link.symlink_to(base)
    with held_folder(link) as work:
        link.unlink()
        link.symlink_to(other)
        shell_runner.run(
            ("/bin/sh", "-c", "echo > ran"),
            cwd=link,
            cwd_fd=work.fd,
            env={},
            timeout_seconds=20,
            cancelled=lambda: False,
            output=lambda _stream, _text: None,
        )
    assert list(base.iterdir()) == [base / "ran"]
    assert list(other.iterdir()) == []
