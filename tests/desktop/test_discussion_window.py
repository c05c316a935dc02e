"""The discussion in a real window: everything that can be done with a message, by mouse and by keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from discussion_plays import ANSWER, ASKED, LINK
from driver import Item, Window, scripted

pytestmark = pytest.mark.window

Open = Callable[..., Window]


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens a play."""
    opened: list[Window] = []

    def start(play: str = "reading", size: tuple[int, int] = (1280, 800)) -> Window:
        words = scripted(tmp_path / "home", play, tmp_path / "out", size)
        window = Window.start(words, display, tmp_path / "out")
        opened.append(window)
        return window

    yield start
    for window in opened:
        window.kill()


def pasted(window: Window, words: str) -> None:
    """Wait until the composer shows what is in the clipboard, put there by its own keys."""
    window.click(window.find(tag="composer.input"))
    window.until(lambda: window.fresh(1) or window.find(tag="composer.input").focused, "the caret")
    window.press("a", "ctrl")
    window.press("v", "ctrl")
    window.until(lambda: window.fresh(1) or window.find(tag="composer.input").value == words, words[:60])


def has(window: Window, words: str) -> Callable[[], Item | None]:
    def look() -> Item | None:
        window.nudge()
        return window.maybe(words=words)

    return look


def test_a_message_is_copied_folded_and_read_as_text(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    window.find(words="That was all.")
    for _ in range(3):
        window.press("Up", "alt")
    window.until(has(window, "What changed"), "the answer in view")
    window.fresh(3)
    window.picture(tmp_path / "answer.png")
    window.click(window.find(tag="discussion.fold.m3"))
    window.gone(words="never cached")
    window.fresh(6)
    window.click(window.find(tag="discussion.fold.m3"))
    window.until(has(window, "never cached"), "the answer unfolded")
    window.click(window.find(tag="discussion.copy.m3"))
    pasted(window, ANSWER)


def test_a_message_is_edited_in_place_and_a_draft_survives_escape(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    window.press("Up", "alt")
    for _ in range(6):
        window.press("Up", "alt")
    window.click(window.until(lambda: window.nudge() or window.maybe(tag="discussion.edit.m0"), "the pencil"))
    box = window.until(
        lambda: next((i for i in window.items() if i.kind == "InputText" and i.value == ASKED), None), "a box"
    )
    window.until(lambda: window.fresh(1) or window.find(tag=box.tag).focused, "the caret")
    window.type("Now: ")
    window.until(lambda: window.nudge() or window.maybe(tag=box.tag, words="Now: "), "what was typed")
    window.picture(tmp_path / "edit.png")
    window.press("Escape")
    window.gone(tag=box.tag)
    assert window.commands("EditMessage") == []
    window.click(window.find(tag="discussion.edit.m0"))
    kept = window.until(lambda: window.nudge() or window.maybe(words="Now: ", kind="InputText"), "the draft")
    window.until(lambda: window.fresh(1) or window.find(tag=kept.tag).focused, "the caret")
    window.press("Return", "ctrl")
    sent = window.command("EditMessage")
    assert sent["message"] == "m0"
    assert sorted(sent["text"]) == sorted(f"Now: {ASKED}")
    assert window.commands("RunTurn") == []
    window.find(tag="discussion.undo.do")
    window.picture(tmp_path / "undo.png")
    window.click(window.find(tag="discussion.undo.do"))
    window.command("UndoDiscussion")
    window.gone(tag="discussion.undo.do")


def test_keys_do_what_the_menu_of_a_card_lists(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    window.press("Up", "alt")
    window.until(lambda: window.nudge() or window.maybe(tag="discussion.more.m5"), "the last card")
    window.fresh(6)
    window.click(window.find(tag="discussion.more.m5"))
    window.find(tag="discussion.menu")
    window.fresh(2)
    window.picture(tmp_path / "menu.png")
    window.press("Escape")
    window.gone(tag="discussion.menu")
    window.press("Delete")
    assert window.command("DeleteMessages")["messages"] == ["m5"]
    window.find(tag="discussion.undo.do")
    window.press("Up", "alt")
    window.press("r")
    again = window.command("Regenerate")
    assert (again["message"], again["text"]) == ("m4", None)
    window.press("b")
    window.find(words="Make the branch main-2")
    window.press("Return")
    fork = window.command("ForkBranch")
    assert (fork["name"], fork["at"]) == ("main-2", "m4")


def test_a_link_asks_and_shows_where_it_leads(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    for _ in range(3):
        window.press("Up", "alt")
    window.click(
        window.until(lambda: window.nudge() or window.maybe(words="the guide", kind="Button"), "the link")
    )
    asked = window.find(tag="discussion.link.address")
    assert asked.value == LINK
    window.fresh(2)
    window.picture(tmp_path / "link.png")
    window.click(window.find(tag="discussion.link.copy"))
    window.gone(tag="discussion.link.address")
    pasted(window, LINK)


def test_text_is_selected_over_blocks_and_copied_as_it_was_written(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    for _ in range(6):
        window.press("Up", "alt")
    window.until(lambda: window.nudge() or window.maybe(tag="discussion.more.m3"), "the card")
    window.press("Down", "alt")
    window.press("Down", "alt")
    window.press("Up", "alt")
    window.fresh(6)
    window.click(window.find(tag="discussion.more.m3"))
    window.find(tag="discussion.menu")
    window.press("t")
    box = window.until(
        lambda: window.nudge() or window.maybe(words="# What changed", kind="InputText"), "the text"
    )
    window.until(lambda: window.fresh(1) or window.find(tag=box.tag).focused, "the caret")
    window.picture(tmp_path / "as_text.png")
    window.press("a", "ctrl")
    window.press("c", "ctrl")
    window.fresh(4)
    window.press("Escape")
    window.gone(tag=box.tag)
    pasted(window, ANSWER)
