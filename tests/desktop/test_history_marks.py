"""Messages that do not fit, in a real window with a real worker: the mark, put back, release, the summary."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driver import Window

from copilot.desktop.entries import MarkEntry, SummaryEntry, entries
from copilot.desktop.sent_marks import SentMark, marks
from copilot.desktop.view_state import ViewState, apply
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator
from copilot.vocabulary import events as e
from copilot.vocabulary.messages import (
    Branch,
    Discussion,
    Message,
    Part,
    Role,
    Summary,
    Text,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.values import Project

ANSWERS = """
title = "answers and a summary"
[[rule]]
when = { asked = "<transcript>" }
answer = [{ text = "Apples were decided on; see src/apples.py." }]
[[rule]]
answer = [{ text = "Here is the answer." }]
"""
FRUITS = ("Apples", "Pears", "Plums")
WORDS = 1_500
LIMIT = 8_800
"""Tokens: the tools and the system prompt (3,300), two exchanges of 2,500 and short messages."""

KEYS = """
[keys]
"F7" = "discussion.put_back"
"shift+f8" = "discussion.dismiss"
"F9" = "put.back"
"""


def discussion() -> Discussion:
    """Three exchanges, each with a tool's long output, which no card shows."""
    found: list[Message] = []

    def add(role: Role, *parts: Part) -> None:
        number = len(found)
        parent = f"m{number - 1}" if found else None
        at = 1_766_000_000.0 + number
        found.append(Message(id=f"m{number}", parent=parent, role=role, parts=parts, at=at))

    for fruit in FRUITS:
        add("user", Text(text=f"{fruit}?"))
        add("assistant", ToolCall(call_id=fruit, name="read_file", arguments={"path": "README.md"}))
        add("tool", ToolResult(call_id=fruit, name="read_file", output=f"{fruit} {'word ' * WORDS}"))
        add("assistant", Text(text=f"Yes, {fruit}."))
    return Discussion(messages=tuple(found), branches=(Branch(name="main", tip=found[-1].id),))


def project(**changes: object) -> Project:
    made = Project(name="calculator", base_dir="/nowhere", discussion=discussion())
    return replace(made, discussion=replace(made.discussion, **changes))  # type: ignore[arg-type]


def pruned(*messages: str, branch: str = "main") -> e.HistoryPruned:
    return e.HistoryPruned(
        at=1.0, worker="w", turn_id="t", branch=branch, dropped=len(messages), tokens=9, messages=messages
    )


def test_marks_stand_behind_what_they_tell_of() -> None:
    path = project().discussion.path("main")
    assert list(marks(path, {"m0", "m1", "m4"}, {"m2"})) == [
        ("m1", SentMark(kind="left_out", messages=("m0", "m1"))),
        ("m2", SentMark(kind="held", messages=("m2",))),
        ("m4", SentMark(kind="left_out", messages=("m4",))),
    ]
    assert SentMark(kind="left_out", messages=("m0", "m1")).words.startswith("2 earlier messages were not")
    summed = Message(id="s", parent="m11", role="user", parts=(Summary(text="x", covers=("m0",)),), at=2e9)
    assert list(marks((*path, summed), {"m0", "m1"}, ())) == [
        ("m0", SentMark(kind="summed_up", messages=("m0",))),
        ("m1", SentMark(kind="left_out", messages=("m1",))),
    ]
    assert SentMark(kind="held", messages=("m2",)).words.startswith("1 earlier message is held")


def test_marks_are_of_the_branch_that_is_shown_and_of_its_last_turn() -> None:
    state = apply(ViewState(), e.ProjectOpened(at=1.0, worker="w", project=project()))
    assert not [entry for entry in entries(state) if isinstance(entry, MarkEntry)]
    seen = entries(apply(state, pruned("m0", "m1", "m2", "m3")))
    names = ["PersonEntry", "AnswerEntry", "AnswerEntry", "MarkEntry", "PersonEntry"]
    assert [type(entry).__name__ for entry in seen[:5]] == names
    assert not [one for one in entries(apply(state, pruned("m0", branch="x"))) if isinstance(one, MarkEntry)]


def test_a_summary_is_a_card_of_its_own() -> None:
    summary = Summary(text="short", covers=("m0", "m1"))
    message = Message(id="s", parent="m11", role="user", parts=(summary,), at=2e9)
    state = apply(ViewState(), e.ProjectOpened(at=1.0, worker="w", project=project()))
    state = apply(state, e.MessageKept(at=1.0, worker="w", branch="main", message=message))
    assert entries(state)[-1] == SummaryEntry(message, summary)


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario(ANSWERS))
    made.start()
    yield made
    made.stop()


def ask(window: Window, words: str) -> None:
    window.click(window.find(tag="composer.input"))
    window.type(words)
    window.until(lambda: (box := window.maybe(tag="composer.input")) and box.value == words, "the text")
    window.click(window.find(tag="composer.send"))


def sent(server: RehearsalServer, index: int = -1) -> str:
    return str([one.body for one in server.requests if one.method == "POST"][index])


def opened(display: str, tmp_path: Path, server: RehearsalServer) -> Window:
    home, base = Home(root=tmp_path / "home"), tmp_path / "calculator"
    copy_calculator(base)
    home.make()
    home.config.write_text(f"[limits]\nmax_prompt_tokens = {LIMIT}\n{KEYS}")
    made = replace(new(home, "calculator", base), discussion=discussion())
    (home.projects / "calculator.toml").write_text(dump(made))
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(home.root), str(base),
        "anthropic", server.url, str(tmp_path / "out"), "1280", "1140",
    ]  # fmt: skip
    os.environ["ANTHROPIC_API_KEY"] = "sk-ant-window-test-key-0002"
    try:
        return Window.start(command, display, tmp_path / "out")
    finally:
        del os.environ["ANTHROPIC_API_KEY"]


@pytest.mark.window
def test_what_was_not_sent_is_put_back_released_and_summed_up(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    window = opened(display, tmp_path, server)
    try:
        window.click(window.find(words="Yes, Apples."))
        window.press("Home")
        window.find(words="there is no action named “put.back”")
        window.press("F8", "shift")
        window.gone(words="there is no action named")
        ask(window, "And now")
        window.find(words="Here is the answer.")
        window.find(words="4 earlier messages were not sent")
        window.picture(tmp_path / "left_out.png")
        assert "Apples" not in sent(server)
        window.find(words="without 4 earlier messages, to fit")

        window.press("F7")
        window.find(words="4 earlier messages are held")
        ask(window, "Once more")
        window.until(lambda: len([r for r in server.requests if r.method == "POST"]) == 2, "the request")
        window.find(words="ready")
        assert "Apples" in sent(server)
        assert "Pears" not in sent(server)
        window.picture(tmp_path / "held.png")

        window.find(tag="put_back.m7")
        window.click(window.find(tag="sum_up.m7"))
        window.find(words="A summary of 4 messages")
        window.picture(tmp_path / "draft.png")
        assert "pears" in sent(server).lower()
        window.click(window.find(tag="compact.text"))
        window.press("End", "ctrl")
        window.type(" And pears.")
        changed = "Apples were decided on; see src/apples.py. And pears."
        window.until(lambda: (box := window.maybe(tag="compact.text")) and box.value == changed, "the edit")
        window.click(window.find(tag="compact.keep"))
        window.find(words="Sent in place of 4 earlier messages")
        window.find(words="4 earlier messages are summed up")
        window.picture(tmp_path / "summary.png")

        ask(window, "At last")
        window.until(lambda: "And pears." in sent(server), "the summary in a request")
        assert "Pears word" not in sent(server)
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()
