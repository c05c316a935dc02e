"""Branches in the real window: the tree, going about in it, naming, deleting and taking back, the graph,
several branches asked at once and watched side by side, and noting what one came to in another."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.messages import Message, Text

pytestmark = pytest.mark.window

SCENARIO = """
[[rule]]
when = { asked = "slowly" }
answer = [{ text = "One by one, slowly.", piece = 12, delay = 20.0 }]
[[rule]]
when = { model = "profile-model" }
answer = [{ text = "Looked at, by the profile." }]
[[rule]]
answer = [{ text = "Heard on this line." }]
"""
PROFILE = """
[assistants.reviewer]
about = "Reviews changes"
provider = "compatible"
model = "profile-model"
tools = ["read_*"]
"""


def message(name: str, parent: str | None, words: str) -> Message:
    role = "user" if name.startswith("u") else "assistant"
    return Message(id=name, parent=parent, role=role, parts=(Text(text=words),), at=1.0)  # type: ignore[arg-type]


def written(home: Home, base: Path) -> None:
    """A project with three branches: idea leaves main after its first answer, twist leaves idea."""
    numbers = iter(range(1000))
    with Store.open(
        home, "calculator", clock=lambda: 1.0, new_id=lambda: f"n{next(numbers)}", base_dir=base
    ) as store:
        for branch, name, parent, words in (
            ("main", "u1", None, "How are operators ranked?"),
            ("main", "a1", "u1", "By a table."),
            ("main", "u2", "a1", "Change it, please."),
            ("main", "a2", "u2", "Main says: use the table.\n\n[the page](https://docs.example.org/table)"),
            ("idea", "u3", "a1", "What about a class?"),
            ("idea", "a3", "u3", "Idea says: a class it is."),
            ("twist", "u4", "a3", "And a dataclass?"),
            ("twist", "a4", "u4", "Twist says: frozen, then."),
        ):
            store.keep_message(branch, message(name, parent, words))


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    home, base = Home(root=tmp_path / "home").make(), tmp_path / "calculator"
    base.mkdir()
    home.config.write_text(PROFILE, encoding="utf-8")
    written(home, base)
    with RehearsalServer(parse_scenario(SCENARIO)) as server:
        program = str(Path(__file__).with_name("run_real.py"))
        command = [sys.executable, program, str(home.root), str(base), "compatible", server.url + "/v1"]
        window = Window.start([*command, str(tmp_path / "out"), "1440", "900"], display, tmp_path / "out")
        yield window
        window.kill()


def shown(window: Window) -> None:
    window.press("3", "ctrl")
    window.find(tag="branches.sheet")
    window.fresh(3)


def test_going_to_a_branch_naming_deleting_and_taking_back(window: Window) -> None:
    shown(window)
    window.find(words="Main says: use the table.")
    window.press("Down")
    window.press("Return")
    window.find(words="Idea says: a class it is.")
    window.press("r")
    window.find(tag="chooser.search")
    window.press("a", "ctrl")
    window.type("thought")
    window.press("Return")
    window.find(words="thought", kind="Button")
    shown(window)
    window.press("Down")
    window.press("d")
    window.find(tag="branches.undo", words="twist")
    window.click(window.find(tag="branches.undo"))
    window.gone(tag="branches.undo", words="twist")


def test_the_graph_shows_them_all_and_goes_to_one(window: Window) -> None:
    window.press("g", "ctrl")
    for number in range(3):
        window.find(tag=f"graph.node.{number}")
    window.click(window.find(tag="graph.go.2"))
    window.gone(tag="graph.editor")
    window.find(words="Twist says: frozen, then.")


def test_two_branches_are_compared_from_where_they_part(window: Window) -> None:
    shown(window)
    window.press("Down")
    window.press("c")
    window.find(words="2 messages in common")
    window.find(words="Idea says: a class it is.")
    window.find(words="Main says: use the table.")
    window.find(tag="beside.go.1")
    window.fresh(3)
    window.click([i for i in window.items() if "the page" in i.words and i.kind == "Button"][-1])
    window.find(tag="beside.link.address", words="https://docs.example.org/table")
    window.press("Escape")
    window.gone(tag="beside.link.address")
    window.find(tag="beside.go.1")
    window.press("Escape")
    window.gone(tag="beside.close")


def test_several_branches_answer_at_once_and_are_watched_side_by_side(window: Window) -> None:
    window.press("Return", "ctrl", "shift")
    window.find(tag="several.send")
    window.click(window.find(tag="several.words"))
    window.type("What now?")
    window.click(window.find(tag="several.branch.1"))
    window.click(window.find(tag="several.branch.2"))
    window.click(window.find(tag="several.model.0"))
    window.find(words="3 requests")
    window.press("Return", "ctrl")
    for column in range(3):
        window.find(tag=f"beside.go.{column}")
    window.until(
        lambda: sum("Heard on this line." in item.words for item in window.items()) >= 3, "three answers"
    )


def test_an_assistant_is_asked_works_on_its_own_branch_and_goes_on_there(window: Window) -> None:
    window.click(window.find(tag="composer.input"))
    window.type("What do you say")
    window.press("p", "ctrl", "shift")
    window.find(tag="chooser.search")
    window.type("ask an assistant")
    window.press("Return")
    window.find(words="Reviews changes")
    window.press("Return")
    window.find(words="reviewer works on the branch reviewer")
    window.until(lambda: not window.find(tag="composer.input").value, "an empty box: its words were sent")
    window.press("k", "ctrl")
    window.find(tag="chooser.search")
    window.type("reviewer")
    window.press("Return")
    window.find(words="Looked at, by the profile.")
    window.until(lambda: any(i.words.strip() == "reviewer" for i in window.items()), "its name on the card")
    window.click(window.find(tag="composer.input"))
    window.type("And now")
    window.press("Return", "ctrl")
    window.until(
        lambda: sum("Looked at, by the profile." in item.words for item in window.items()) >= 2, "it goes on"
    )


def test_what_a_branch_came_to_is_noted_in_another(window: Window) -> None:
    shown(window)
    window.press("Down")
    window.press("m")
    window.find(tag="chooser.search")
    window.type("main")
    window.press("Return")
    window.find(tag="note.text")
    window.fresh(3)
    window.press("Return", "ctrl")
    window.gone(tag="note.text")
    window.find(words="Idea says: a class it is.")


def test_a_note_that_cannot_be_kept_now_stays_in_its_box_and_is_kept_later(window: Window) -> None:
    window.click(window.find(tag="composer.input"))
    window.type("slowly")
    window.press("Return", "ctrl")
    window.find(words="One by")
    shown(window)
    window.press("Down")
    window.press("m")
    window.find(tag="chooser.search")
    window.type("main")
    window.press("Return")
    window.find(tag="note.text")
    window.fresh(3)
    window.press("Return", "ctrl")
    window.find(words="a turn runs on the branch 'main'")
    assert "Idea says: a class it is." in window.find(tag="note.text").value
    window.until(
        lambda: any("One by one, slowly." in str(item.value) for item in window.items()), "the answer", 120.0
    )
    window.press("Return", "ctrl")
    window.gone(tag="note.text")
    window.find(words="[NOTE from the branch 'idea'")
