"""The review of a file's change in the real window: hunk by hunk, by keys and by the mouse."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import Window, scripted
from hunk_plays import NEW, OLD

pytestmark = pytest.mark.window

QUIET = 1.1
BOX = str((1 << 39) + 1 + 100 + 1)


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    opened = Window.start(scripted(tmp_path / "home", "hunks", tmp_path / "out"), display, tmp_path / "out")
    opened.click(opened.find(tag="composer.input"))
    opened.type("do it")
    opened.press("Return", "ctrl")
    opened.find(tag="confirm.approve")
    time.sleep(QUIET)
    opened.fresh()
    yield opened
    opened.kill()


def told(window: Window, words: str) -> Callable[[], object]:
    return lambda: window.maybe(words=words)


def decision(window: Window) -> tuple[str, str | None]:
    made = window.command("Decide")["decision"]
    return made["decision"], made["edited_text"]


def test_hunks_are_left_and_taken_by_keys(window: Window) -> None:
    window.find(words="3 of 3 taken")
    window.press("n")
    window.find(words="2 of 3 taken")
    window.press("Down")
    window.press("n")
    window.find(words="1 of 3 taken")
    window.press("y")
    window.find(words="2 of 3 taken")
    window.press("a", "alt")
    assert decision(window) == (
        "approve",
        NEW.replace('LIMIT = Decimal("100.00")\n"""Euros."""\n', "LIMIT = 100\n"),
    )


def test_hunks_are_decided_on_by_the_mouse(window: Window) -> None:
    window.click(window.find(tag="hunk.leave.2"))
    window.find(words="2 of 3 taken")
    window.click(window.find(words="New content", kind="Button"))
    shown = window.find(tag="confirm.text")
    assert shown.value == NEW.replace('(net * (1 + VAT)).quantize(Decimal("0.01"))', "net * (1 + VAT)")
    window.click(window.find(tag="confirm.approve"))
    assert decision(window) == ("approve", shown.value)


def test_a_hunk_is_edited_and_escape_ends_only_the_edit(window: Window) -> None:
    window.press("Down")
    window.press("e")
    window.until(lambda: (box := window.maybe(tag=BOX)) and box.active, "the caret in the hunk")
    window.press("End", "ctrl")
    window.press("Up")
    window.press("End")
    window.type("  # rounded")
    window.until(told(window, "# rounded"), "the words")
    window.press("Escape")
    window.gone(tag=BOX)
    assert window.commands("Decide") == []
    window.press("a", "alt")
    proposed = '.quantize(Decimal("0.01"))'
    assert decision(window) == ("approve", NEW.replace(proposed, f"{proposed}  # rounded"))


def test_nothing_taken_is_a_rejection(window: Window) -> None:
    for _ in range(3):
        window.press("n")
        window.press("Down")
    window.find(words="Nothing is taken")
    window.press("a", "alt")
    assert decision(window) == ("reject", None)
    assert window.command("Decide")["decision"]["note"] == "every part of this change was left out"


def test_the_whole_text_edited_is_another_difference(window: Window) -> None:
    window.press("e", "alt")
    window.until(lambda: window.find(tag="confirm.text").active, "the caret in the text")
    window.press("Home", "ctrl")
    window.type("x")
    window.until(lambda: str(window.find(tag="confirm.text").value).startswith("x"), "the letter")
    window.press("d", "alt")
    window.find(words="4 of 4 taken")
    window.click(window.find(tag="hunk.leave.1"))
    window.find(words="3 of 4 taken")
    window.click(window.find(tag="confirm.approve"))
    assert decision(window)[0] == "approve"
    assert decision(window)[1] in (None, NEW)
    assert OLD != NEW
