"""Long discussions in the window: what lies in history files is read when the person goes there."""

from pathlib import Path

import pytest

from copilot.desktop.entries import AnswerEntry, EarlierEntry, EntryFold, PersonEntry, message_of
from copilot.desktop.stretch import LEAST, STEP
from copilot.desktop.torn.wire import read, write
from copilot.desktop.view_state import ViewState, apply
from copilot.projects.home import Home
from copilot.projects.project_manager import dump
from copilot.projects.shelving import Cut
from copilot.projects.store import Store
from copilot.vocabulary import events as e
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.values import Project

NUMBER = 1_200
LEFT = 100
CUT = Cut(most_messages=200, left_messages=LEFT, file_messages=300)


def message(number: int) -> Message:
    """A question, a call, its result and an answer, again and again."""
    parent = f"m{number - 1}" if number else None
    parts = (
        (Text(text=f"question {number}"),),
        (ToolCall(call_id=f"c{number}", name="read_file", arguments={"path": f"{number}.py"}),),
        (ToolResult(call_id=f"c{number - 1}", name="read_file", output=f"content {number}"),),
        (Text(text=f"answer {number}"),),
    )[number % 4]
    role = ("user", "assistant", "tool", "assistant")[number % 4]
    return Message(id=f"m{number}", parent=parent, role=role, parts=parts, at=float(number))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    home = Home(root=tmp_path / "home").make()
    discussion = Discussion(
        messages=tuple(map(message, range(NUMBER))), branches=(Branch(name="main", tip=f"m{NUMBER - 1}"),)
    )
    project = Project(name="long", base_dir=str(tmp_path), discussion=discussion)
    (home.projects / "long.toml").write_text(dump(project))
    for _ in range(2):  # the first opening moves the older ones out
        store = Store.open(home, "long", clock=lambda: 0.0, new_id=lambda: "new", cut=CUT)
        store.close()
    return store


def shown(store: Store) -> ViewState:
    return apply(ViewState(), e.ProjectOpened(at=0.0, worker="w", project=store.project))


def unread(store: Store) -> int:
    """How many history files nobody looked into."""
    history = store._file.history
    assert history is not None
    return sum(file.unread for file in history.sound)


def test_only_the_end_is_shown_and_read(store: Store) -> None:
    files = unread(store)
    assert files == 4
    state = shown(store)
    fold = EntryFold()
    found = fold(state)
    assert found[0] == EarlierEntry(NUMBER - LEFT)
    assert isinstance(found[1], PersonEntry)
    assert found[1].message.text == f"question {NUMBER - LEFT}"
    assert unread(store) == files
    assert [call.call_id for call in state.calls] == [f"c{n}" for n in range(NUMBER - LEFT + 1, NUMBER, 4)]


def test_earlier_messages_come_with_their_calls(store: Store) -> None:
    state, fold = shown(store), EntryFold()
    files = unread(store)
    fold(state)
    fold.stretch.earlier(state.path())
    found = fold(state)
    assert found[0] == EarlierEntry(NUMBER - LEFT - STEP)
    asked = found[2]
    assert isinstance(asked, AnswerEntry)
    assert [(row.call_id, row.call.status, row.call.output) for row in asked.calls] == [
        (f"c{NUMBER - LEFT - STEP + 1}", "ok", f"content {NUMBER - LEFT - STEP + 2}")
    ]
    assert unread(store) == files - 1


def test_a_message_is_reached_wherever_it_lies(store: Store) -> None:
    state, fold = shown(store), EntryFold()
    fold(state)
    fold.stretch.reach(state.path(), "m400")
    first = message_of(fold(state)[1])
    assert first is not None
    assert first.id == f"m{400 - LEAST - 2}"
    fold.stretch.reach(state.path(), "m7")
    first = message_of(fold(state)[0])
    assert first is not None
    assert first.id == "m0"


def test_what_is_shown_stays_while_the_branch_grows_and_its_messages_move_out(store: Store) -> None:
    state, fold = shown(store), EntryFold()
    first = fold(state)[1]
    new = Message(id="new", parent=f"m{NUMBER - 1}", role="user", parts=(Text(text="more"),), at=2e3)
    state = apply(state, e.MessageKept(at=0.0, worker="w", branch="main", message=new))
    found = fold(state)
    assert found[1] is first
    assert message_of(found[-1]) is new


def test_a_short_discussion_keeps_nothing_back() -> None:
    discussion = Discussion(
        messages=tuple(map(message, range(40))), branches=(Branch(name="main", tip="m39"),)
    )
    project = Project(name="short", base_dir="/", discussion=discussion)
    state = apply(ViewState(), e.ProjectOpened(at=0.0, worker="w", project=project))
    assert EntryFold()(state) == EntryFold(whole=True)(state)


def test_a_torn_off_panel_gets_what_lies_in_files(store: Store) -> None:
    event = e.ProjectOpened(at=0.0, worker="w", project=store.project)
    assert read(write(event), e.ProjectOpened) == event
    assert decode_event(encode_event(event)) == event
