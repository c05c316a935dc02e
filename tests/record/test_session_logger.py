"""The logs of a session: every event comes back, keys do not, and a full disk stops nothing."""

import json
import stat
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.record.log_files import calls_of, calls_path
from copilot.record.session_logger import SessionLogger
from copilot.record.tool_call_log import logged_calls
from copilot.storage.redaction import MARK, Redactor
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.codec import decode_event, encode_event, event_text
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    Event,
    MessageKept,
    Notice,
    TextDelta,
    ThinkingDelta,
    ToolCallRequested,
    ToolFinished,
    ToolOutput,
    ToolStarted,
    TurnFinished,
    TurnStarted,
    WorkerStopped,
)
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import ModelChoice, WireRecord
from odd_disks import FULL, CountingDisk, FailingDisk

KEY = "canary-key-0123456789"
AT = 1763704800.0
TURN: dict[str, Any] = {"at": AT, "worker": "w1", "turn_id": "t1", "branch": "main"}
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["\ud800", "\n", "\r\n\x1b[2J", "\u2028\x85\x9b", "\u202egnp", "\U0001f600", "\ufeff", '"\\']
    ),
)


def logger(tmp_path: Path, *keys: str, disk: CountingDisk | None = None) -> SessionLogger:
    return SessionLogger(
        tmp_path / "logs",
        "s1",
        Redactor(keys),
        lambda: AT + 1,
        state=tmp_path / "state",
        disk=disk or CountingDisk(),
    )


def lines(log: SessionLogger) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.comms_path.read_bytes().split(b"\n")[:-1]]


def events(log: SessionLogger) -> list[Event]:
    return [decode_event(line["event"]) for line in lines(log) if line["kind"] == "event"]


def a_turn() -> list[Event]:
    """One call from start to end, approved with an edit."""
    detail = ScriptDetail(
        script="ls\n", shell="bash", shell_path="/bin/bash", cwd="/code", timeout_seconds=120.0
    )
    return [
        TurnStarted(model=ModelChoice(provider="anthropic", model="m"), user_message="list", **TURN),
        TextDelta(text="I will ", **TURN),
        ThinkingDelta(text="", **TURN),
        TextDelta(text="look.", **TURN),
        ToolCallRequested(call_id="c1", name="run_shell", arguments={"script": "ls\n", "n": 1}, **TURN),
        ApprovalRequested(
            request_id="r1", call_id="c1", tool="run_shell", detail=detail, verdict="ask", **TURN
        ),
        ApprovalResolved(
            request_id="r1",
            call_id="c1",
            decision="approve",
            by="person",
            shown=True,
            note="only `here`",
            diff="--- proposed\n+++ approved\n@@ -1 +1 @@\n-ls\n+ls -l\n",
            **TURN,
        ),
        ToolStarted(
            call_id="c1", name="run_shell", script="/h/scripts/generated/s1_1.sh", sha256="ab12", **TURN
        ),
        ToolOutput(call_id="c1", stream="stdout", text="a.py\n", **TURN),
        ToolFinished(
            call_id="c1",
            name="run_shell",
            status="ok",
            output="a.py\n\x1b[0m```",
            seconds=0.1234,
            exit_code=0,
            **TURN,
        ),
        TurnFinished(text="One file.", rounds=2, reason="answered", **TURN),
    ]


def test_every_event_comes_back(tmp_path: Path) -> None:
    log = logger(tmp_path)
    for event in a_turn():
        log.event(event)
    log.close()
    assert events(log) == a_turn()
    assert [line["seq"] for line in lines(log)] == list(range(1, len(a_turn()) + 1))
    assert [line["at"] for line in lines(log)] == [AT] * len(a_turn())
    assert log.trouble == ""


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(TEXTS, max_size=6),
    argument=TEXTS.filter(
        lambda name: Redactor([]).named(name, "x") == "x"
    ),  # what a key stands under is gone
)
def test_any_text_comes_back_and_every_line_is_one_line_of_plain_text(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], argument: str
) -> None:
    log = logger(tmp_path_factory.mktemp("log"))
    sent: list[Event] = [
        ToolCallRequested(call_id="c", name="x", arguments={argument: [argument, None, 1.5]}, **TURN),
        *(Notice(at=AT, worker="w1", level="info", text=text) for text in texts),
        ToolFinished(call_id="c", name="x", status="ok", output=argument, seconds=0.0, **TURN),
        MessageKept(
            at=AT,
            worker="w1",
            branch="main",
            message=Message(id="m", parent=None, role="user", parts=(Text(text=argument),), at=AT),
        ),
    ]
    for event in sent:
        log.event(event)
    log.close()
    assert events(log) == sent
    text = log.comms_path.read_bytes().decode("utf-8")
    assert not any(char in text for char in "\x00\x1b\x7f\x85\x9b\u202e\u2028\ufeff\r")
    page = calls_path(log.logs, log.session, 1).read_bytes().decode("utf-8")
    assert not any(char in page for char in "\x00\x1b\x7f\x85\x9b\u202e\u2028\ufeff\r")


def test_the_wire_is_logged_between_the_events(tmp_path: Path) -> None:
    log = logger(tmp_path, KEY)
    record = WireRecord(
        provider="openai",
        direction="request",
        method="POST",
        url=f"https://h/v1?key={KEY}",
        status=0,
        body='{"a": "' + KEY + '", "x-api-key": "whatever-12"}',
    )
    log.event(WorkerStopped(at=AT, worker="w1"))
    log.wire(record)
    log.close()
    first, second = lines(log)
    assert first["kind"] == "event"
    assert len(second.pop("link")) == 64
    assert second == {
        "seq": 2,
        "at": AT + 1,
        "kind": "wire",
        "wire": {
            "provider": "openai",
            "direction": "request",
            "method": "POST",
            "url": f"https://h/v1?key={MARK}",
            "status": 0,
            "body": f'{{"a": "{MARK}", "x-api-key": "{MARK}"}}',
            "sha256": "",
        },
    }


def test_pages_go_on_in_a_next_part(tmp_path: Path) -> None:
    """Each part is full before the next begins, and a page is never torn apart."""
    log = SessionLogger(
        tmp_path / "logs", "s1", Redactor(()), lambda: AT, state=tmp_path / "state", part_bytes=1_000
    )
    for _ in range(5):
        for event in a_turn():
            log.event(event)
    log.close()
    paths = calls_of(tmp_path / "logs", "s1")
    parts = [tmp_path / "logs" / "toolcalls_s1.log"]
    parts += [tmp_path / "logs" / f"toolcalls_s1.{number}.log" for number in range(2, len(paths) + 1)]
    assert len(parts) > 1
    assert set(parts) == set(paths)
    assert all(path.stat().st_size >= 1_000 for path in parts[:-1])
    assert all(path.read_text().startswith("## ") for path in parts[1:])
    found = [call.number for path in parts for call in logged_calls(path.read_text())]
    assert found == [1, 2, 3, 4, 5]


def test_the_page_of_a_call(tmp_path: Path) -> None:
    log = logger(tmp_path)
    for event in a_turn():
        log.event(event)
    log.close()
    assert (
        calls_path(log.logs, log.session, 1).read_text()
        == """\
# Tool calls of session s1

## 1. `run_shell`, 2025-11-21 06:00:00 UTC

- call `c1` of turn `t1` on branch `main`
- approved by the person, edited, note: `` only `here` ``
- script `/h/scripts/generated/s1_1.sh`, sha256 `ab12`
- ok, exit code 0, 0.12 s

Arguments:

```json
{
  "n": 1
}
```

Argument `script`:

```
ls
```

The person's edit:

```diff
--- proposed
+++ approved
@@ -1 +1 @@
-ls
+ls -l
```

Output (12 characters, no line end at the end):

````text
a.py
\\x1b[0m```
````

"""
    )


def call(number: int, **arguments: Any) -> ToolCallRequested:
    return ToolCallRequested(call_id=f"c{number}", name="write_file", arguments=arguments, **TURN)


def finished(number: int, status: Any = "ok", output: str = "done\n") -> ToolFinished:
    return ToolFinished(
        call_id=f"c{number}", name="write_file", status=status, output=output, seconds=1.0, **TURN
    )


@pytest.mark.parametrize(
    ("decision", "by", "shown", "note", "line"),
    [
        ("approve", "person", True, "", "- approved by the person"),
        ("approve", "policy", False, "", "- approved by the policy, not shown"),
        ("reject", "person", True, "too\nrisky", "- rejected by the person, note: `too\\x0arisky`"),
        ("reject", "policy", False, "", "- rejected by the policy, not shown"),
        ("reject", "nobody", False, "", "- rejected, since nobody was there to be asked, not shown"),
        ("reject", "cancel", True, "", "- rejected, since the turn was stopped"),
        ("reject", "dry_run", False, "", "- not run: this was a dry run, not shown"),
    ],
)
def test_who_approved_is_told(
    tmp_path: Path, decision: Any, by: Any, shown: bool, note: str, line: str
) -> None:
    log = logger(tmp_path)
    log.event(call(1))
    log.event(
        ApprovalResolved(
            request_id="r", call_id="c1", decision=decision, by=by, shown=shown, note=note, **TURN
        )
    )
    log.event(finished(1, "rejected", ""))
    log.close()
    page = calls_path(log.logs, log.session, 1).read_text()
    assert page == (
        "# Tool calls of session s1\n\n"
        "## 1. `write_file`, 2025-11-21 06:00:00 UTC\n\n"
        f"- call `c1` of turn `t1` on branch `main`\n{line}\n- rejected, 1.00 s\n\n"
        "No arguments.\n\nOutput (0 characters):\n\n```text\n```\n\n"
    )


def test_calls_that_overlap_get_a_page_each_in_the_order_of_their_ends(tmp_path: Path) -> None:
    log = logger(tmp_path)
    log.event(call(1, path="a"))
    log.event(call(2, path="b"))
    log.event(replace(call(2, path="other turn"), turn_id="t2"))
    log.event(finished(2))
    log.event(finished(1))
    log.close()
    log.close()
    page = calls_path(log.logs, log.session, 1).read_text()
    assert [line for line in page.split("\n") if line.startswith(("## ", "- "))] == [
        "## 1. `write_file`, 2025-11-21 06:00:00 UTC",
        "- call `c2` of turn `t1` on branch `main`",
        "- ok, 1.00 s",
        "## 2. `write_file`, 2025-11-21 06:00:00 UTC",
        "- call `c1` of turn `t1` on branch `main`",
        "- ok, 1.00 s",
        "## 3. `write_file`, 2025-11-21 06:00:00 UTC",
        "- call `c2` of turn `t2` on branch `main`",
        "- no result: the session ended first",
    ]


def test_no_key_reaches_a_file(tmp_path: Path) -> None:
    log = logger(tmp_path, KEY)
    shape = "sk-ant-api03-" + "aB3" * 10
    for event in (
        TurnStarted(model=ModelChoice(provider="openai", model="m"), user_message=f"my key is {KEY}", **TURN),
        call(
            1,
            headers={"x-api-key": "opaque", "Cookie": "a=b"},
            script=f"curl -H 'x-api-key: {KEY}'\n{shape}\n",
        ),
        ToolOutput(call_id="c1", stream="stdout", text=f"key={KEY[:9]}", **TURN),
        ToolOutput(call_id="c1", stream="stderr", text="other", **TURN),
        ToolOutput(call_id="c1", stream="stdout", text=f"{KEY[9:]} end", **TURN),
        finished(1, output=f"{KEY}{shape}"),
        *(TextDelta(text=char, **TURN) for char in f"it is {KEY}."),
        TurnFinished(text=KEY, rounds=1, reason="answered", **TURN),
    ):
        log.event(event)
    log.close()
    for path in (log.comms_path, calls_path(log.logs, log.session, 1)):
        text = path.read_text()
        assert KEY not in text
        assert shape not in text
        assert "opaque" not in text
        assert "a=b" not in text
        assert MARK in text
    shown = events(log)
    assert "".join(e.text for e in shown if isinstance(e, TextDelta)) == f"it is can{MARK}."
    assert [e.text for e in shown if isinstance(e, ToolOutput)] == ["key=", "other", f"{MARK} end"]


def test_what_looks_like_a_key_but_is_none_is_logged_before_the_next_event(tmp_path: Path) -> None:
    log = logger(tmp_path, KEY)
    for event in (
        TextDelta(text="a canary", **TURN),
        Notice(at=AT, worker="w1", level="info", text="of no turn"),
        TurnFinished(text="a canary", rounds=1, reason="answered", **TURN),
        TextDelta(text="again cana", **TURN),
    ):
        log.event(event)
    log.close()
    assert [e.text for e in events(log) if isinstance(e, TextDelta | Notice)] == [
        "a ",
        "of no turn",
        "canary",
        "again ",
        "cana",
    ]
    assert isinstance(events(log)[3], TurnFinished)


def test_what_must_not_be_lost_is_synced(tmp_path: Path) -> None:
    disk = CountingDisk()
    log = logger(tmp_path, disk=disk)
    synced: list[str] = []
    for event in [*a_turn(), WorkerStopped(at=AT, worker="w1")]:
        before = disk.calls.count("sync")
        log.event(event)
        if disk.calls.count("sync") > before:
            synced.append(type(event).__name__)
    log.close()
    assert synced == [
        "ApprovalRequested",
        "ApprovalResolved",
        "ToolStarted",
        "ToolFinished",
        "TurnFinished",
        "WorkerStopped",
    ]


def test_calls_that_only_read_are_not_synced(tmp_path: Path) -> None:
    disk = CountingDisk()
    log = logger(tmp_path, disk=disk)
    log.event(TurnStarted(model=ModelChoice(provider="rehearsal", model="m"), user_message="go", **TURN))
    before = disk.calls.count("sync")
    for event in a_turn():
        if isinstance(event, ToolCallRequested | ToolStarted | ToolFinished):
            log.event(event)
    assert disk.calls.count("sync") == before
    log.close()


def test_nothing_to_log_makes_no_file(tmp_path: Path) -> None:
    logger(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_logs_are_for_this_user_only(tmp_path: Path) -> None:
    log = logger(tmp_path)
    for event in a_turn():
        log.event(event)
    log.close()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "logs").iterdir()}
    assert modes == {"comms_s1.log": 0o600, "toolcalls_s1.log": 0o600}
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


def test_a_full_disk_stops_nothing_and_is_told_once(tmp_path: Path) -> None:
    full = False
    disk = FailingDisk(FULL, lambda _, name: full and name == "write")
    log = logger(tmp_path, disk=disk)
    log.event(call(1))
    full = True
    log.event(finished(1))
    first = log.trouble
    log.wire(WireRecord(provider="x", direction="request", method="GET", url="u", status=0, body=""))
    full = False
    log.event(WorkerStopped(at=AT, worker="w1"))
    log.close()
    assert first == (
        f"The log is not complete: writing to {log.comms_path} failed: the disk is full."
        " Free some space and try again; what is open stays in memory."
    )
    assert log.trouble == first
    assert [line["seq"] for line in lines(log)] == [1, 4, 5]
    assert lines(log)[1]["repair"] == {"lost": 2}  # the event and the body


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    log = logger(tmp_path)
    for event in a_turn():
        log.event(event)
    log.close()
    assert "making the folder" in log.trouble


def test_threads_may_log_at_once(tmp_path: Path) -> None:
    log = logger(tmp_path)
    notice = Notice(at=AT, worker="w1", level="info", text="x" * 500)
    record = WireRecord(provider="x", direction="request", method="GET", url="u", status=0, body="y" * 500)
    workers = [threading.Thread(target=lambda: [log.event(notice) for _ in range(50)]) for _ in range(3)]
    workers.append(threading.Thread(target=lambda: [log.wire(record) for _ in range(50)]))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    log.close()
    log.event(notice)
    assert [line["seq"] for line in lines(log)] == list(range(1, 201))
    assert sum(line["kind"] == "wire" for line in lines(log)) == 50


def test_what_more_follows_goes_into_the_file_with_that_in_order(tmp_path: Path) -> None:
    disk = CountingDisk()
    log = logger(tmp_path, KEY, disk=disk)
    first, second, third, *_ = a_turn()
    log.event(first)
    log.event(replace(second, text=KEY), more=True)
    log.event(third, more=True)
    assert events(log) == [first]
    log.wire(
        WireRecord(provider="anthropic", direction="request", method="POST", url="u", status=0, body="b")
    )
    assert [line["kind"] for line in lines(log)] == ["event"] * 3 + ["wire"]
    assert events(log) == [first, replace(second, text=MARK), third]
    log.event(third, more=True)
    log.flush()
    assert [line["seq"] for line in lines(log)] == [1, 2, 3, 4, 5]
    log.event(second, more=True)
    log.close()
    assert events(log)[-1] == second


def test_an_event_is_written_as_its_json(tmp_path: Path) -> None:
    for event in a_turn():
        text = json.dumps(encode_event(event), ensure_ascii=False, separators=(",", ":"))
        assert event_text(event) == text
