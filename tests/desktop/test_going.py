"""Going to a message: on this branch, on another one, from another window."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from copilot.desktop.entries import Entry, PersonEntry, message_of
from copilot.desktop.going import FRESH_SECONDS, Going
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.discussion import Discussion as Panel
from copilot.desktop.view_state import ViewState
from copilot.projects.home import Home
from copilot.vocabulary.commands import Command, SwitchBranch
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.search_values import SearchHit
from copilot.vocabulary.values import Project

TREE = Discussion(
    messages=(
        Message(id="m1", parent=None, role="user", parts=(Text(text="a"),), at=1.0),
        Message(id="m2", parent="m1", role="tool", parts=(), at=2.0),
    ),
    branches=(Branch(name="main", tip="m2"), Branch(name="idea", tip="m1")),
)
STATE = ViewState(project=Project(name="shop", base_dir="/x", discussion=TREE))
HIT = SearchHit(kind="message", project="shop", branch="main", message="m2", title="", at=1.0, snippet="")


class Cards:
    """The panel as far as it is asked: its cards, and which was chosen."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.chosen: list[str] = []

    def reach(self, message: str) -> None:
        """All of its cards are there already."""

    def choose(self, entry: Entry) -> None:
        message = message_of(entry)
        assert message is not None
        self.chosen.append(message.id)


class Sent:
    """The actions as far as they are asked."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.submit = self.commands.append

    def new_id(self) -> str:
        return "r1"


class World:
    """One window's, with clocks of its own."""

    def __init__(self, home: Home) -> None:
        self.cards, self.sent, self.opened, self.now = Cards(), Sent(), list[str](), 1_000.0
        self.going = Going(
            home, cast(Actions, cast(Any, self.sent)), self.opened.append, self._clock, self._clock
        )

    def _clock(self) -> float:
        return self.now

    def tick(self, state: ViewState = STATE) -> bool:
        return self.going.tick(state, cast(Panel, cast(Any, self.cards)))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path).make()


def test_a_result_is_shown_by_the_card_before_it(home: Home) -> None:
    world = World(home)
    world.cards.entries = [PersonEntry(message=TREE.messages[0])]
    world.going.go(HIT, STATE)
    assert world.tick()
    assert (world.cards.chosen, world.sent.commands, world.opened) == (["m1"], [], [])
    assert not world.tick()


def test_another_branch_is_switched_to_and_waited_for(home: Home) -> None:
    world = World(home)
    there = replace(STATE, project=replace(STATE.project, discussion=replace(TREE, active="idea")))
    world.cards.entries = [PersonEntry(message=TREE.messages[0])]
    world.going.go(replace(HIT, branch="idea", message="m1"), STATE)
    assert not world.tick()
    assert world.sent.commands == [SwitchBranch(request_id="r1", name="idea")]
    assert there.branch == "idea"
    assert world.tick(there)


def test_another_window_takes_it_up_once_and_only_while_it_is_fresh(home: Home) -> None:
    here, there = World(home), World(home)
    elsewhere = replace(STATE, project=replace(STATE.project, name="blog"))
    there.cards.entries = [PersonEntry(message=TREE.messages[0])]
    here.going.go(HIT, elsewhere)
    assert here.opened == ["shop"]
    assert there.tick()
    assert there.cards.chosen == ["m1"]
    here.going.go(HIT, elsewhere)
    there.now += FRESH_SECONDS + 1
    assert not there.tick()
    assert not list((home.state / "windows").glob("*.goto"))


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"{}", b'{"at": "x"}', json.dumps({"at": 1e3, "branch": 7}).encode()]
)
def test_a_note_that_says_nothing_leads_nowhere(home: Home, told: bytes) -> None:
    world = World(home)
    (home.state / "windows").mkdir()
    (home.state / "windows" / "shop.goto").write_bytes(told)
    assert not world.tick()
    assert world.sent.commands == []
