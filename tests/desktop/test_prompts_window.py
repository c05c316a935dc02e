"""Prompts in a real window: kept, found, put into the composer, changed, deleted and had back."""

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driver import Item, Window

from copilot.rehearsal.tour import copy_calculator

pytestmark = pytest.mark.window

REVIEW = "Review what changed since the last commit.\nName bugs first.\n"


@contextmanager
def opened(display: str, folder: Path, size: tuple[int, int] = (1440, 900)) -> Iterator[Window]:
    """The real program on a project, with the tour's rehearsed words."""
    base, out = folder / "calculator", folder / "out"
    if not base.exists():
        copy_calculator(base)
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(folder / "home"), str(base),
        "rehearsal", "", str(out), *map(str, size),
    ]  # fmt: skip
    window = Window.start(command, display, out)
    try:
        yield window
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()


def line(window: Window, words: str) -> Item:
    """A line of the list of prompts."""

    def look() -> Item | None:
        head = window.maybe(tag="prompts.search")
        found = [i for i in window.items() if i.kind == "DrawText" and words in i.label]
        return next((i for i in found if head is not None and i.at[1] > head.at[1]), None)

    return window.until(look, f"{words!r} in the list of prompts")


def write(window: Window, tag: str, words: str) -> None:
    window.click(window.find(tag=tag))
    window.until(lambda: window.find(tag=tag).active, f"the caret in {tag}")
    window.type(words)


def test_a_prompt_is_kept_found_inserted_renamed_deleted_and_had_back(display: str, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "prompts"
    with opened(display, tmp_path) as window:
        palette(window, "Go to Prompts")
        window.find(words="Keep the prompts you write again and again")
        window.fresh(3)
        window.picture(tmp_path / "empty.png")
        window.click(window.find(tag="prompts.new"))
        window.until(lambda: window.find(tag="prompts.name").active, "the caret in the name")
        window.type("Strict: review")
        window.find(words="it holds one of")
        for _ in range(len(": review")):
            window.press("BackSpace")
        window.type(" review")
        window.gone(words="it holds one of")
        write(window, "prompts.words", "Be strict.")
        window.press("Escape")
        window.find(words="Not kept yet")
        window.until(lambda: window.find(tag="prompts.words").value == "Be strict.", "the words, still there")
        window.picture(tmp_path / "editor.png")
        window.click(window.find(tag="prompts.keep"))
        line(window, "Strict review")
        assert (folder / "Strict review.md").read_text() == "Be strict."

        # what another program writes is there soon
        (folder / "Review.md").write_text(REVIEW)
        window.click(line(window, "Review"), dx=4, dy=4)
        window.find(tag="prompts.shown", words="Name bugs first.")
        window.fresh(3)
        window.picture(tmp_path / "library.png")

        # search, Enter: it stands below what was written
        write(window, "composer.input", "Please:")
        palette(window, "Insert a kept prompt")
        window.until(lambda: window.find(tag="prompts.search").active, "the caret in the search")
        window.type("strict")
        window.until(lambda: window.find(tag="prompts.shown").value == "Be strict.", "the one that fits")
        window.press("Return")
        window.until(lambda: window.find(tag="composer.input").value == "Please:\n\nBe strict.", "both")

        window.click(window.find(tag="prompts.edit"))
        write(window, "prompts.name", "")
        window.press("a", "ctrl")
        window.type("Review")
        window.find(words="There is a prompt of this name already.")
        window.type(" strictly")
        window.click(window.find(tag="prompts.scope.project"))
        window.click(window.find(tag="prompts.keep"))
        kept = tmp_path / "home" / "projects" / "calculator_prompts" / "Review strictly.md"
        window.until(lambda: kept.exists() and not (folder / "Strict review.md").exists(), "the new place")
        assert kept.read_text() == "Be strict."

        window.until(lambda: window.maybe(tag="prompts.delete"), "the button")
        window.click(window.find(tag="prompts.delete"))
        window.find(words="was deleted")
        assert not kept.exists()
        window.picture(tmp_path / "deleted.png")
        window.click(window.find(tag="prompts.undo"))
        window.until(kept.exists, "the prompt")
        window.gone(words="was deleted")


def test_the_system_prompt_is_written_counted_and_kept(display: str, tmp_path: Path) -> None:
    with opened(display, tmp_path) as window:
        palette(window, "Edit the system prompt")
        window.find(words="There is none.")
        write(window, "prompts.system.words", "Answer in short sentences.")
        window.find(words="Not kept yet.  About ")
        window.press("Escape")
        window.until(
            lambda: window.find(tag="prompts.system.words").value == "Answer in short sentences.", "the words"
        )
        window.click(window.find(tag="prompts.system.back"))
        window.until(lambda: window.find(tag="prompts.system.words").value == "", "the project's own")
        write(window, "prompts.system.words", "Answer in one word.")
        window.picture(tmp_path / "system.png")
        window.click(window.find(tag="prompts.system.keep"))
        window.find(words="Kept.  About")
    saved = tomllib.loads((tmp_path / "home" / "projects" / "calculator.toml").read_text())
    assert saved["prompts"] == {"system": "Answer in one word."}


def palette(window: Window, words: str) -> None:
    """Do something by its name."""
    window.press("p", "ctrl", "shift")
    window.until(lambda: window.find(tag="chooser.search").active, "the palette")
    window.fresh(2)
    window.type(words)
    window.until(lambda: window.find(tag="chooser.search").value == words, "the name")
    window.fresh(2)
    window.press("Return")
    window.gone(tag="chooser.search")
