"""The log inspector without its window: what is listed, a line in words, and the wire beside the event."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.desktop.inspecting import Inspecting, LogShelf, RowWords, Sought, session_of
from copilot.projects.home import Home
from copilot.record.record_text import body_text, record_text
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary import events as e
from copilot.vocabulary.values import ModelChoice, Project, WireRecord

AT = 1_763_704_800.0
TURN: dict[str, Any] = {"at": AT, "worker": "w", "turn_id": "t", "branch": "main"}
SENT = '{"model":"m","messages":[{"role":"user","content":"line one\\nline two"}],"tools":[]}'


def wire(direction: Any, body: str, status: int = 0) -> WireRecord:
    return WireRecord(provider="x", direction=direction, method="POST", url="u", status=status, body=body)


def logger(home: Home, session: str) -> SessionLogger:
    return SessionLogger(home.logs, session, Redactor(()), lambda: AT, state=home.state)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A session of two rounds."""
    home = Home(root=tmp_path).make()
    log = logger(home, "20260101_000000_aaaa")
    log.event(e.ProjectOpened(at=AT, worker="w", project=Project(name="shop", base_dir="/tmp")))
    log.event(e.TurnStarted(model=ModelChoice(provider="openai", model="m"), user_message="Hello", **TURN))
    for number, status in enumerate((200, 529), 1):
        log.event(e.RequestSent(round=number, messages=1, characters=9, tokens=3, **TURN))
        log.wire(wire("request", SENT.replace('"m"', f'"m{number}"')))
        log.event(e.TextDelta(text=f"piece {number}\n", **TURN))
        log.wire(wire("response", 'event: x\ndata: {"a": 1}\n\ndata: [DONE]\n', status))
    finished = {"call_id": "c", "name": "n", "status": "ok", "output": "o", "seconds": 0.5}
    log.event(e.ToolFinished(**finished, exit_code=2, **TURN))
    log.event(e.TurnFailed(kind="auth", message="no key", hint="", retryable=False, **TURN))
    log.close()
    return home


@pytest.fixture
def one(home: Home) -> Iterator[Inspecting]:
    inspecting = LogShelf(home).open("20260101_000000_aaaa")
    yield inspecting
    inspecting.index.close()


def read(one: Inspecting) -> list[int]:
    until = time.monotonic() + 20
    while one.read(0.01):
        assert time.monotonic() < until
    return list(one.found.numbers)


def test_lines_are_listed_by_kind_and_words_as_the_log_grows(one: Inspecting, home: Home) -> None:
    assert read(one) == list(range(12))
    one.ask(Sought(kind="wire"))
    assert read(one) == [3, 5, 7, 9]
    one.ask(Sought(kind="error"))
    assert read(one) == [10, 11]
    one.ask(Sought(words="PIECE"))
    assert read(one) == [4, 8]
    one.ask(Sought(kind="wire", words="m2"))
    assert read(one) == [7]
    one.ask(Sought(kind="event"))
    before = read(one)
    log = logger(home, "20260101_000000_aaaa")
    log.event(e.TextDelta(text="late", **TURN))
    log.close()
    assert read(one) == [*before, 13]  # 12 says that it was opened again
    assert [one.row_of(number) for number in (0, 3, 13, 99)] == [0, 2, 8, 8]


def test_a_line_is_told_in_words_once_it_was_read(one: Inspecting) -> None:
    read(one)
    assert [one.row(number) for number in (1, 4, 9, 10)] == [None] * 4
    assert one.wants
    version = one.version
    read(one)
    assert one.version > version
    assert [one.row(number) for number in (1, 4, 9, 10)] == [
        RowWords("info", "turn on main with openai m"),
        RowWords("info", "piece 1"),
        RowWords("warning", "529 POST u"),
        RowWords("error", "n: ok, exit 2, 500 ms"),
    ]


def test_what_went_over_the_wire_stands_beside_the_event(one: Inspecting) -> None:
    read(one)
    names: dict[int, tuple[str, str]] = {}
    for number in range(12):
        detail = one.detail(number)
        assert detail is not None
        model = next((m for m in ("m1", "m2") if f"model: {m}" in detail.request), "")
        names[number] = (model, next((s for s in ("200", "529") if f"status: {s}" in detail.response), ""))
    first, second = ("m1", "200"), ("m2", "529")
    assert names == {
        **dict.fromkeys((0, 1), ("", "")),
        **dict.fromkeys((2, 3, 4, 5), first),
        **dict.fromkeys(range(6, 12), second),
    }
    event, request = one.detail(4), one.detail(3)
    assert event is not None
    assert request is not None
    assert event.record.splitlines()[:3] == [
        "number: 5",
        "event: TextDelta",
        "at: 2025-11-21 06:00:00.000000 UTC",
    ]
    assert request.record.endswith(
        "model: m1\nmessages:\n  -\n    role: user\n    content:\n      line one\n      line two\ntools: []"
    )


def test_the_session_that_has_a_project_open_is_found(home: Home) -> None:
    other = logger(home, "20260101_000001_bbbb")
    other.event(e.ProjectOpened(at=AT, worker="w", project=Project(name="idea", base_dir="/tmp")))
    assert session_of(home, "shop") == "20260101_000000_aaaa"
    assert session_of(home, "idea") == "20260101_000001_bbbb"
    assert session_of(home, "none") == ""
    older = logger(home, "20250101_000000_cccc")
    older.event(e.ProjectOpened(at=AT, worker="w", project=Project(name="shop", base_dir="/tmp")))
    assert session_of(home, "shop") == "20250101_000000_cccc"  # it still has it open
    other.close()
    older.close()


def test_text_of_any_value_keeps_every_word_of_it() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    assert record_text({"a": "", "b": None, "c": [], "d": True, "e": {"f": [1, "x\ny"]}}) == (
        'a: ""\nb: null\nc: []\nd: true\ne:\n  f:\n    - 1\n    -\n      x\n      y'
    )
    assert "end" in record_text(deep)
    assert (
        body_text('event: x\ndata: {"a": 1}\n\ndata: [DONE]\n') == "event: x\ndata:\n  a: 1\n\ndata: [DONE]"
    )
    assert body_text("{broken") == "{broken"


def test_whether_a_log_is_whole_and_which_line_is_not(one: Inspecting, home: Home) -> None:
    read(one)
    shelf = LogShelf(home)
    found = shelf.prove(one)
    assert found is not None
    one.known(found)
    assert (found.level, found.words) == ("whole", "Whole: all 12 lines are as written")
    assert [one.wrong(number) for number in range(12)] == [""] * 12
    path = home.logs / "comms_20260101_000000_aaaa.log"
    path.write_bytes(path.read_bytes().replace(b"piece 2", b"p1ece 2"))
    found = shelf.prove(one)
    assert found is not None
    assert found.level == "fault"
    assert found.words.startswith("1 line of 12 is not as written")
    one.known(found)
    assert [number for number in range(12) if one.wrong(number)] == [8]
    detail = one.detail(8)
    assert detail is not None
    assert "changed after it was written" in detail.wrong
    one.left = True
    assert shelf.prove(one) is None
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-3]))
    one.left = False
    found = shelf.prove(one)
    assert found is not None
    assert "cut off or replaced" in found.words
