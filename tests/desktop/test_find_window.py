"""Finding in the open discussion, in a real window with 10,000 messages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window, scripted

pytestmark = pytest.mark.window

BOX = "discussion.find.words"


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    """Ten thousand messages; three of them hold the word."""
    opened = Window.start(scripted(tmp_path / "home", "crowded", tmp_path / "out"), display, tmp_path / "out")
    yield opened
    opened.kill()


def seen(window: Window, words: str) -> None:
    window.until(lambda: window.nudge() or window.maybe(words=words), words)


def find(window: Window, words: str) -> None:
    window.press("f", "ctrl")
    window.until(
        lambda: window.fresh(1) or (window.maybe(tag=BOX) or window.find(tag=BOX)).focused, "the caret"
    )
    window.type(words)


def test_places_are_counted_shown_and_gone_through(window: Window, tmp_path: Path) -> None:
    seen(window, "Message 9999.")
    find(window, "heffalump")
    seen(window, "3 of 3")  # the first one from where the person is
    seen(window, "Message 9997.")
    window.press("Return")
    seen(window, "1 of 3")
    seen(window, "Message 7.")
    window.press("Return")
    seen(window, "2 of 3")
    seen(window, "Message 5000.")
    seen(window, "Heffalump")
    window.fresh(3)
    window.picture(tmp_path / "found.png")
    window.press("F3")
    seen(window, "3 of 3")
    window.press("F3", "shift")
    seen(window, "2 of 3")
    window.press("Return", "shift")
    seen(window, "1 of 3")
    window.press("Escape")
    window.gone(tag=BOX)


def test_what_is_folded_unfolds_where_it_was_found(window: Window, tmp_path: Path) -> None:
    seen(window, "Message 9999.")
    window.click(window.find(tag="discussion.fold_all"))
    window.fresh(4)
    window.picture(tmp_path / "folded.png")
    find(window, "heffalump")
    seen(window, "3 of 3")
    seen(window, "Heffalump")
    seen(window, "came.")
    window.type("x")
    seen(window, "Nothing found")
