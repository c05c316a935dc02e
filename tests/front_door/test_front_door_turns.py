"""What a turn does when a person says no, edits, stops; when files change; when the service fails."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from copilot.ai.crew import Crew
from copilot.ai.history import STALE_REFRESH
from copilot.projects.store import Store
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.tour import PROMPTS
from copilot.vocabulary.approvals import ApprovalPolicy, Decision, ScriptDetail
from copilot.vocabulary.commands import BuildContext, ChooseFiles, Decide, ForkBranch, RunTurn, Shutdown
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    ContextBuilt,
    Event,
    FilesRefreshed,
    MessageKept,
    Notice,
    RetryScheduled,
    TextDelta,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    WorkerStopped,
)
from copilot.vocabulary.messages import Message
from copilot.vocabulary.values import FileChoice

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")

SLOW = """
title = "slow"
[[rule]]
when = { asked = "talk", round = 1 }
answer = [{ text = "One moment, I begin to talk now. " }, { fault = "stall" }]
[[rule]]
when = { asked = "sleep", round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo begun; (setsid sleep 987 &); sleep 987" } }]
[[rule]]
answer = [{ text = "Here I am again." }]
"""

WRITES = """
title = "writes"
[[rule]]
when = { asked = "change", round = [1, 2] }
answer = [{ call = "write_file", arguments = { path = "notes.txt", content = "round {{asked}}" } }]
[[rule]]
when = { asked = "change", round = 3 }
answer = [{ call = "run_shell", arguments = { script = "printf third > notes.txt" } }]
[[rule]]
answer = [{ text = "Done." }]
"""

ENDLESS = """
title = "endless"
[[rule]]
when = { asked = "look" }
answer = [{ call = "list_directory", arguments = { path = "." } }]
[[rule]]
answer = [{ text = "I stopped looking." }]
"""


def scenario(text: str):
    return parse_scenario(text)


def of(sitting, kind):
    return [event for event in sitting.events if isinstance(event, kind)]


def results_received(sitting, index: int = -1) -> str:
    """Everything that the service was sent in one request, as text."""
    return str(sitting.server.requests[index].body)


READS = """
title = "reads"
[[rule]]
when = { asked = "read", round = [1, 2, 3] }
answer = [{ text = "I look. " }, { call = "list_directory", arguments = { path = "." } }]
[[rule]]
answer = [{ text = "I have looked." }]
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which file a descriptor is")
def test_what_is_shown_of_a_turn_that_reads_is_on_the_medium_after_one_wait_a_round(
    sit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitting = sit("anthropic", scenario(READS))
    synced: list[bytes] = []
    sync = os.fsync

    def slow(fd: int) -> None:
        path = Path(f"/proc/self/fd/{fd}").readlink()
        data = path.read_bytes() if path.suffix == ".journal" else b""
        time.sleep(0.05)  # so that whoever shows something before is found out
        sync(fd)
        if data:
            synced.append(data)

    monkeypatch.setattr(os, "fsync", slow)
    sitting.start("read", ApprovalPolicy())
    kept = 0
    while not isinstance(event := sitting.next(), TurnFinished):
        if isinstance(event, MessageKept):
            kept += 1
            assert f'"{event.message.id}"'.encode() in synced[-1]
    assert kept == 1 + 3 * 2 + 1
    assert len(synced) == 1 + 3 + 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_rejection_reaches_the_model_with_its_reason(provider: str, sit) -> None:
    sitting = sit(provider)
    end = sitting.turn(
        PROMPTS["tour"],
        lambda event: Decision(request_id=event.request_id, decision="reject", note="not on a Saturday"),
    )
    assert isinstance(end, TurnFinished)
    assert end.rejections == 1
    assert "not run" in end.text
    assert "not on a Saturday" in results_received(sitting)
    assert of(sitting, ToolFinished)[-1].status == "rejected"
    assert not any(isinstance(e, ToolStarted) and e.name == "run_shell" for e in sitting.events)


@pytest.mark.parametrize(
    ("policy", "rejections", "by"),
    [
        (ApprovalPolicy(mode="none"), 1, "policy"),
        (ApprovalPolicy(person=False), 1, "nobody"),
        (ApprovalPolicy(dry_run=True), 0, "dry_run"),
    ],
)
def test_nothing_runs_where_the_policy_says_so(policy, rejections: int, by: str, sit) -> None:
    sitting = sit()
    before = {p: p.read_bytes() for p in sitting.base_dir.rglob("*") if p.is_file()}
    end = sitting.turn(PROMPTS["tour"], policy=policy)
    assert isinstance(end, TurnFinished)
    assert end.rejections == rejections
    assert [e.by for e in of(sitting, ApprovalResolved)] == [by]
    assert {p: p.read_bytes() for p in sitting.base_dir.rglob("*") if p.is_file()} == before


def test_approved_by_a_rule_is_marked_not_shown_before_it_runs(sit, home_dir: Path) -> None:
    sitting = sit()
    end = sitting.turn(PROMPTS["tour"], policy=ApprovalPolicy(mode="all"))
    assert isinstance(end, TurnFinished)
    resolved = of(sitting, ApprovalResolved)
    assert [(e.by, e.shown) for e in resolved] == [("policy", False)] * 3
    names = [type(e).__name__ for e in sitting.events if getattr(e, "call_id", "") == resolved[0].call_id]
    assert names.index("ApprovalResolved") < names.index("ToolStarted")
    sitting.close()
    page = next((home_dir / "logs").glob("toolcalls_*.log")).read_text(encoding="utf-8")
    assert page.count("not shown") == 3


def test_the_persons_edit_is_what_runs_and_the_model_is_told(sit, home_dir: Path) -> None:
    sitting = sit(scenario=scenario(SLOW.replace("echo begun; (setsid sleep 987 &); sleep 987", "echo one")))
    edited = "echo one\necho zwei  # héllo\n"
    end = sitting.turn(
        "sleep", lambda e: Decision(request_id=e.request_id, decision="approve", edited_text=edited)
    )
    assert isinstance(end, TurnFinished)
    finished = of(sitting, ToolFinished)[0]
    assert "changed this script" in finished.output
    assert "zwei" in results_received(sitting)
    started = of(sitting, ToolStarted)[0]
    assert Path(started.script).read_bytes() == edited.encode()
    assert "+echo zwei" in of(sitting, ApprovalResolved)[0].diff


@pytest.mark.parametrize("provider", PROVIDERS)
def test_stop_in_the_middle_of_a_stream(provider: str, sit) -> None:
    sitting = sit(provider, scenario(SLOW))
    turn_id = sitting.start("talk to me", ApprovalPolicy())
    sitting.until(TextDelta)
    begun = time.monotonic()
    sitting.stop(turn_id)
    end = sitting.until(TurnCancelled, TurnFinished, TurnFailed)
    assert isinstance(end, TurnCancelled)
    assert time.monotonic() - begun < 10
    assert end.partial_text.startswith("One moment")
    kept = sitting.project.discussion.path("main")[-1]
    assert (kept.partial, kept.text) == (True, end.partial_text)
    assert isinstance(sitting.turn("and now?"), TurnFinished)
    assert [f for f in sitting.server.failures if f.status] == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_stop_in_the_middle_of_a_script(provider: str, sit) -> None:
    sitting = sit(provider, scenario(SLOW))
    turn_id = sitting.start("sleep now", ApprovalPolicy(mode="all"))
    sitting.until(ToolOutput)
    sitting.stop(turn_id)
    end = sitting.until(TurnCancelled, TurnFinished, TurnFailed)
    assert isinstance(end, TurnCancelled)
    assert of(sitting, ToolFinished)[0].status == "cancelled"
    assert survivors(str(sitting.base_dir)) == []
    assert isinstance(sitting.turn("and now?"), TurnFinished)
    assert [f for f in sitting.server.failures if f.status] == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_stop_while_a_script_waits_for_approval(provider: str, sit) -> None:
    sitting = sit(provider, scenario(SLOW))
    turn_id = sitting.start("sleep now", ApprovalPolicy())
    asked = sitting.until(ApprovalRequested)
    sitting.stop(turn_id)
    end = sitting.until(TurnCancelled, TurnFinished, TurnFailed)
    assert isinstance(end, TurnCancelled)
    resolved = of(sitting, ApprovalResolved)
    assert [(e.request_id, e.decision, e.by) for e in resolved] == [(asked.request_id, "reject", "cancel")]
    late = Decision(request_id=asked.request_id, decision="approve")
    sitting.desk.worker.submit(Decide(decision=late))
    assert isinstance(sitting.turn("and now?"), TurnFinished)
    assert not of(sitting, ToolStarted)
    assert [f for f in sitting.server.failures if f.status] == []


def survivors(folder: str) -> list[str]:
    """Processes whose working directory is `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str((entry / "cwd").readlink()) == folder:
                    found.append(entry.name)
            except OSError:
                continue
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
def test_tracked_files_are_told_again_once_and_the_newest_block_is_complete(provider: str, sit) -> None:
    sitting = sit(provider, scenario(WRITES))
    (sitting.base_dir / "notes.txt").write_text("at first")
    (sitting.base_dir / "still.txt").write_text("never changed")
    sitting.do(ChooseFiles(request_id="c", files=(FileChoice(pattern="*.txt", view="full"),)))
    end = sitting.turn("change the notes", policy=ApprovalPolicy(mode="all"))
    assert isinstance(end, TurnFinished), end
    assert [e.paths for e in of(sitting, FilesRefreshed)] == [("notes.txt",), ("notes.txt",)]
    last = results_received(sitting)
    assert last.count("FILES UPDATED]\\n\\n") == 1
    assert last.count(STALE_REFRESH.removeprefix("[")) == 1
    assert "never changed" in last
    assert "at first" in last
    assert (sitting.base_dir / "notes.txt").read_text() == "third"
    mark = "[SYSTEM: FILES UPDATED]" if provider == "gemini" else "[FILES UPDATED]"
    assert mark in last
    assert isinstance(sitting.turn("anything else?"), TurnFinished)
    after = results_received(sitting)
    assert after.count("FILES UPDATED]\\n\\n") == 0
    assert "at first" not in after
    assert sitting.server.failures == []


def test_the_round_limit_ends_the_turn_and_loses_nothing(sit) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    end = sitting.turn("look")
    assert isinstance(end, TurnFinished)
    assert (end.reason, end.rounds) == ("round_limit", 10)
    assert any("limit of 10 rounds" in e.text for e in of(sitting, Notice))
    roles = [m.role for m in sitting.project.discussion.path("main")]
    assert roles == ["user", *["assistant", "tool"] * 10]
    again = sitting.turn("go on")
    assert isinstance(again, TurnFinished)
    assert again.text == "I stopped looking."
    assert sitting.server.failures == []


def test_a_smaller_round_limit_is_the_projects(sit) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    store = sitting.desk.store
    store.change(replace(store.project, limits=replace(store.project.limits, max_tool_rounds=2)))
    assert sitting.turn("look").rounds == 2


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_full_service_is_tried_again_after_the_wait_it_asks_for(provider: str, sit) -> None:
    text = """
    title = "busy"
    [[rule]]
    when = { times = 1 }
    answer = [{ fault = "status", status = 429, retry_after = 1 }]
    [[rule]]
    answer = [{ text = "Here I am." }]
    """
    sitting = sit(provider, scenario(text))
    end = sitting.turn("hello")
    assert isinstance(end, TurnFinished), end
    assert [(e.attempt, e.wait_seconds) for e in of(sitting, RetryScheduled)] == [(2, 1.0)]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("fault", "kind"), [("drop", "network"), ("end", "truncated"), ("html", "bad_response")]
)
def test_a_broken_answer_is_a_failure_never_an_answer(provider: str, fault: str, kind: str, sit) -> None:
    first = "" if fault == "html" else '{ text = "I was about to say " }, '
    text = f'title = "f"\n[[rule]]\nanswer = [{first}{{ fault = "{fault}" }}]\n'
    sitting = sit(provider, scenario(text))
    end = sitting.turn("hello")
    assert isinstance(end, TurnFailed), end
    assert end.kind in (kind, "network", "truncated") if fault == "drop" else end.kind == kind
    path = sitting.project.discussion.path("main")
    assert path[0].text == "hello"
    assert [m.partial for m in path[1:]] == ([] if fault == "html" else [True])
    assert end.hint


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_tool_call_in_a_broken_stream_is_never_run(provider: str, sit) -> None:
    text = """
    title = "cut"
    [[rule]]
    answer = [{ call = "write_file", arguments = { path = "pwn", content = "x" } }, { fault = "end" }]
    """
    sitting = sit(provider, scenario(text))
    assert isinstance(sitting.turn("hello", policy=ApprovalPolicy(mode="all")), TurnFailed)
    assert not (sitting.base_dir / "pwn").exists()
    assert not of(sitting, ApprovalRequested)


def test_a_discussion_goes_on_with_another_provider(sit) -> None:
    for provider in (*PROVIDERS, "anthropic"):
        sitting = sit(provider, "tour")
        end = sitting.turn(PROMPTS["tour"])
        assert isinstance(end, TurnFinished), end
        assert sitting.server.failures == []
        sitting.close()


def test_a_branch_begins_where_it_was_forked(sit) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    sitting.turn("first")
    root = sitting.project.discussion.path("main")[0]
    sitting.do(ForkBranch(request_id="f", name="other", at=root.id))
    assert sitting.project.discussion.active == "other"
    assert sitting.project.discussion.path("other") == (root,)
    assert len(sitting.project.discussion.path("main")) == 2


def test_the_second_start_shows_it_all_again(sit) -> None:
    sitting = sit()
    sitting.turn(PROMPTS["tour"])
    before = sitting.project
    sitting.close()
    again = sit()
    assert again.project == before
    assert again.project.discussion.path("main")[0].text == PROMPTS["tour"]


def test_no_key_is_in_any_file(sit, home_dir: Path) -> None:
    keys = ("sk-ant-api03-front-door-key-000001", "AIzaFrontDoorKey00000000000000000000002")
    for provider, key in zip(("anthropic", "gemini"), keys, strict=True):
        sitting = sit(provider, scenario(ENDLESS.replace("look", key)))
        sitting.turn(f"my key is {key}")
        assert any(key in str(r.headers) for r in sitting.server.requests)
        sitting.close()
    files = [path for path in home_dir.rglob("*") if path.is_file()]
    assert len(files) >= 6
    for path in files:
        for key in keys:
            assert key.encode() not in path.read_bytes(), path


HOLDS_A_KEY = """
title = "holds a key"
[[rule]]
when = { asked = "try", round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo KEY > copied.txt" } }]
[[rule]]
when = { asked = "try", round = 2 }
answer = [{ call = "run_python_file", arguments = { path = "uses.py" } }]
[[rule]]
when = { asked = "try", round = 3 }
answer = [{ call = "run_shell", arguments = { script = "echo '# more' >> uses.py" } }]
[[rule]]
answer = [{ thinking = "KEY it is", piece = 1000 }, { text = "It is KEY.", piece = 1000 }]
"""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_key_that_lies_in_the_project_goes_nowhere(provider: str, sit, home_dir: Path) -> None:
    """Not to a model, not into the written context, not to the screen; and no call that holds it runs."""
    key = "sk-proj-front-door-key-000003"
    sitting = sit(provider, scenario(HOLDS_A_KEY.replace("KEY", key)))
    (sitting.base_dir / "uses.py").write_text(f"KEY = '{key}'\n")
    sitting.do(ChooseFiles(request_id="c", files=(FileChoice(pattern="uses.py", view="full"),)))
    end = sitting.turn(f"try {key}", policy=ApprovalPolicy(mode="all"))
    assert isinstance(end, TurnFinished), end
    outputs = [event.output for event in of(sitting, ToolFinished)]
    # Gemini is told in words of a call that lost its signature; the rehearsal takes them for a new question
    refused = [True] if provider == "gemini" else [True, True, False]
    assert ["one of the person's keys" in output for output in outputs] == refused
    assert len(of(sitting, FilesRefreshed)) == refused.count(False)
    assert not (sitting.base_dir / "copied.txt").exists()
    assert key not in str(sitting.events)
    assert all(key not in str(request.body) for request in sitting.server.requests)
    assert sitting.server.failures == []
    sitting.close()
    assert [p for p in home_dir.rglob("*") if p.is_file() and key.encode() in p.read_bytes()] == []


def test_a_key_in_the_persons_edit_or_reason_is_not_kept(sit, home_dir: Path) -> None:
    key = "sk-ant-api03-front-door-key-000001"
    sitting = sit(scenario=scenario(SLOW))
    edited = f"echo {key}\n"
    sitting.turn("sleep", lambda e: Decision(request_id=e.request_id, decision="approve", edited_text=edited))
    sitting.turn("sleep", lambda e: Decision(request_id=e.request_id, decision="reject", note=f"use {key}"))
    assert not [e for e in of(sitting, ToolStarted) if e.script]
    assert len(of(sitting, ApprovalResolved)) == 2
    assert key not in str(sitting.events)
    assert [p for p in home_dir.rglob("*") if p.is_file() and key.encode() in p.read_bytes()] == []


class FullDisk:
    """The real store of a desk, on a disk that takes no more from the first call of one method on."""

    def __init__(self, store: Store, refused: str) -> None:
        self._store = store
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def keep_event(self, event: Event) -> None:
        if self._refused == "approval":
            raise StorageError("the disk is full")
        self._store.keep_event(event)

    def keep_message(self, branch: str, message: Message) -> None:
        if self._refused == message.role:
            raise StorageError("the disk is full")
        self._store.keep_message(branch, message)


TWO_CALLS = """
title = "two calls"
[[rule]]
when = { asked = "do", round = 1 }
answer = [
  { call = "run_shell", arguments = { script = "echo one > one.txt" } },
  { call = "run_shell", arguments = { script = "echo two > two.txt" } },
]
[[rule]]
answer = [{ text = "Done." }]
"""


@pytest.mark.parametrize(
    ("refused", "made", "approvals", "ends"),
    [
        ("user", [], [], []),
        ("approval", [], [("reject", "cancel", False)], ["cancelled", "cancelled"]),
        ("tool", ["one.txt"], [("approve", "person", True)], ["cancelled", "cancelled"]),
    ],
)
def test_a_full_disk_ends_the_turn_and_everything_that_was_begun_in_it(
    refused: str, made: list[str], approvals: list[object], ends: list[str], sit
) -> None:
    sitting = sit(scenario=scenario(TWO_CALLS))
    full = Crew(replace(sitting.desk.kit, store=cast(Store, FullDisk(sitting.desk.store, refused))))
    usual, sitting.desk.worker = sitting.desk.worker, full
    full.start()
    end = sitting.turn("do it")
    full.submit(Shutdown())
    sitting.until(WorkerStopped)
    sitting.desk.worker = usual
    assert isinstance(end, TurnFailed)
    assert end.kind == "storage"
    assert len(of(sitting, TurnStarted)) == 1
    resolved = of(sitting, ApprovalResolved)
    assert [(e.decision, e.by, e.shown) for e in resolved] == approvals
    assert len(resolved) == len(of(sitting, ApprovalRequested))
    assert [e.status for e in of(sitting, ToolFinished)] == ends
    assert [p.name for p in sorted(sitting.base_dir.glob("*.txt"))] == made
    assert all(m.message.role != refused for m in of(sitting, MessageKept))
    assert isinstance(sitting.turn("and now?"), TurnFinished)
    assert sitting.server.failures == []


def test_stop_while_the_context_is_built(sit) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    sitting.do(ChooseFiles(request_id="c", files=(FileChoice(pattern="**/*.py"),)))
    sitting.stop("turn-1")  # known before the turn begins: the first look for it is in the walk
    sitting.start("hello", ApprovalPolicy())
    assert isinstance(sitting.until(TurnCancelled, TurnFinished, TurnFailed), TurnCancelled)
    assert sitting.server.requests == []
    assert of(sitting, ContextBuilt) == []
    assert [m.text for m in sitting.project.discussion.path("main")] == ["hello"]
    assert isinstance(sitting.turn("and now?"), TurnFinished)


def test_a_command_that_nobody_foresaw_costs_that_command_alone(sit) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    sitting.desk.worker.submit(
        BuildContext(
            request_id="b", project=sitting.project, branch="no such branch", model=sitting.desk.model
        )
    )
    failed = sitting.until(CommandFailed)
    assert isinstance(failed, CommandFailed)
    assert (failed.request_id, "internal error" in failed.message) == ("b", True)
    assert isinstance(sitting.turn("hello"), TurnFinished)


def test_a_turn_works_on_the_snapshot_that_it_was_given(sit) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    (sitting.base_dir / "chosen.txt").write_text("only in the snapshot")
    project = replace(sitting.project, files=(FileChoice(pattern="chosen.txt"),), system_prompt="Be brief.")
    sitting.desk.worker.submit(
        RunTurn(
            turn_id="t",
            project=project,
            branch="main",
            user_message="hello",
            model=sitting.desk.model,
            policy=ApprovalPolicy(),
        )
    )
    assert isinstance(sitting.until(TurnFinished, TurnFailed), TurnFinished)
    assert of(sitting, ContextBuilt)[-1].files == ("chosen.txt",)
    assert "Be brief." in results_received(sitting)
    assert sitting.project.files == ()


def test_what_a_person_typed_is_kept_even_where_the_folder_is_gone(sit, tmp_path: Path) -> None:
    sitting = sit(scenario=scenario(ENDLESS))
    sitting.base_dir.rename(tmp_path / "elsewhere")
    end = sitting.turn("hello")
    assert isinstance(end, TurnFailed)
    assert (end.kind, "is not there" in end.message) == ("project", True)
    assert sitting.project.discussion.path("main")[-1].text == "hello"
    assert [e.message.text for e in of(sitting, MessageKept)] == ["hello"]
    (tmp_path / "elsewhere").rename(sitting.base_dir)


def test_the_approval_shows_shell_folder_and_limit(sit) -> None:
    sitting = sit(scenario=scenario(SLOW))
    sitting.turn("sleep", lambda e: Decision(request_id=e.request_id, decision="reject"))
    detail = of(sitting, ApprovalRequested)[0].detail
    assert isinstance(detail, ScriptDetail)
    assert Path(detail.shell_path).is_absolute()
    assert (detail.cwd, detail.timeout_seconds) == (str(sitting.base_dir), 120.0)


def test_the_time_of_a_tool_leaves_out_the_wait_for_approval(sit) -> None:
    sitting = sit(scenario=scenario(SLOW.replace("echo begun; (setsid sleep 987 &); sleep 987", "true")))

    def slowly(event: ApprovalRequested) -> Decision:
        time.sleep(3)
        return Decision(request_id=event.request_id, decision="approve")

    sitting.turn("sleep", slowly)
    assert of(sitting, ToolFinished)[0].seconds < 2.5


EDITS = """
title = "edits"
[[rule]]
when = { asked = "read", round = 1 }
answer = [{ call = "read_file", arguments = { path = "./main.py" } }]
[[rule]]
when = { asked = "edit", round = 1 }
[[rule.answer]]
call = "edit_file"
arguments = { path = "main.py", old = "import sys", new = "import sys  # x" }
[[rule]]
answer = [{ text = "Done." }]
"""


def test_after_a_restart_a_file_is_read_again_before_it_is_edited(sit) -> None:
    sitting = sit(scenario=scenario(EDITS))
    sitting.turn("read it")
    assert isinstance(sitting.turn("edit it"), TurnFinished)
    assert of(sitting, ToolFinished)[-1].status == "ok"
    sitting.close()
    again = sit(scenario=scenario(EDITS.replace("import sys  # x", "import sys  # y")))
    again.turn("edit it")
    refused = of(again, ToolFinished)[-1]
    assert (refused.status, "earlier session" in refused.output) == ("error", True)
    again.turn("read it")
    again.turn("edit it")
    assert of(again, ToolFinished)[-1].status == "ok"


def test_a_secret_is_asked_for_even_where_all_else_is_approved(sit) -> None:
    text = """
    title = "secret"
    [[rule]]
    when = { asked = "keys", round = 1 }
    answer = [{ call = "read_file", arguments = { path = ".env" } }]
    [[rule]]
    answer = [{ text = "Done." }]
    """
    sitting = sit(scenario=scenario(text))
    (sitting.base_dir / ".env").write_text("TOKEN=canary-1\n")
    end = sitting.turn("keys", policy=ApprovalPolicy(mode="all", person=False))
    assert (end.rejections, of(sitting, ApprovalRequested)[0].verdict) == (1, "ask")
    assert "canary-1" not in results_received(sitting)


def test_a_front_end_that_cannot_be_woken_gives_a_turn_no_second_end(sit) -> None:
    sitting = sit(scenario=scenario('title = "t"\n[[rule]]\nanswer = [{ text = "Done." }]\n'))
    sitting.turn("one")
    woken: list[int] = []
    sitting.desk.worker.on_event = lambda: woken.append(1)
    sitting.turn("two")
    told = len(woken)

    def wake() -> None:
        """Fail with the end of the turn: this one wakes as often as the one before."""
        woken.append(1)
        if len(woken) == 2 * told:
            raise OSError("the window is gone")

    before = len(sitting.events)
    sitting.desk.worker.on_event = wake
    assert isinstance(sitting.turn("three"), TurnFinished)
    sitting.close()
    after = sitting.events[before:]
    assert [
        type(event) for event in after if isinstance(event, TurnFinished | TurnFailed | TurnCancelled)
    ] == [TurnFinished]
    assert [n.text.splitlines()[-1] for n in after if isinstance(n, Notice)] == [
        "OSError: the window is gone"
    ]
