"""Writing in the real window by the keyboard: what was asked before, @files, the queue, drafts that stay."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driver import Window, scripted
from typing_plays import FIRST, QUESTION

pytestmark = pytest.mark.window

Open = Callable[[], Window]
BOX = "composer.input"


@pytest.fixture
def open_window(display: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the play in the home of this test, the caret in the composer; again with what the first left."""
    opened: list[Window] = []

    def start() -> Window:
        out = tmp_path / "out"
        window = Window.start(scripted(tmp_path / "home", "typing", out), display, out)
        opened.append(window)
        window.find(words="Its lock is let go too early")
        window.click(window.find(tag=BOX))
        window.until(lambda: window.find(tag=BOX).active, "the caret in the box")
        return window

    yield start
    for window in opened:
        window.kill()


def says(window: Window, words: str) -> None:
    """Wait until the box holds exactly these words, and has the caret."""

    def there() -> bool:
        box = window.find(tag=BOX)
        return box.value == words and box.active

    try:
        window.until(there, f"the draft {words!r}")
    except AssertionError as error:
        raise AssertionError(f"not {words!r} but {window.find(tag=BOX)}") from error
    window.fresh(2)


def drawn(window: Window, tag: str) -> list[str]:
    """What is drawn within a window, from above."""
    box = window.maybe(tag=tag)
    if box is None:
        return []
    inside = [
        i for i in window.items() if i.kind == "DrawText" and box.at[1] <= i.at[1] <= box.at[1] + box.size[1]
    ]
    return [i.label for i in sorted(inside, key=lambda i: (i.at[1], i.at[0]))]


def send(window: Window, words: str) -> None:
    window.type(words)
    says(window, words)
    window.press("Return", "ctrl")
    says(window, "")


def test_up_calls_back_what_was_asked_and_the_draft_comes_back(open_window: Open) -> None:
    window = open_window()
    window.press("Up")
    says(window, QUESTION)
    window.press("Up")
    says(window, FIRST)
    window.press("Up")  # there is nothing before it
    window.press("Down")
    says(window, QUESTION)
    window.type(" Really?")  # an edited prompt is a draft: Up and Down move the caret again
    says(window, f"{QUESTION} Really?")
    window.press("Up")
    window.press("Down")
    window.type("!")
    window.until(lambda: window.find(tag=BOX).value == f"{QUESTION} Really?!", "the edited prompt")
    window.press("Return", "ctrl")
    assert window.command("RunTurn")["user_message"] == f"{QUESTION} Really?!"
    says(window, "")
    window.press("Up")
    says(window, f"{QUESTION} Really?!")  # also before the discussion has it
    window.press("Escape")
    says(window, "")
    assert window.commands("CancelTurn") == []  # it brought the draft back; now it stops
    window.press("Escape")
    window.command("CancelTurn")


def test_an_at_sign_offers_files_and_takes_them_into_the_context(open_window: Open) -> None:
    window = open_window()
    window.type("see @pay")
    window.until(lambda: "docs/guide" in drawn(window, "paths"), "the files")
    names = [words for words in drawn(window, "paths") if words.endswith("ments.md") or words == "ments.py"]
    assert names  # the letters that were typed are drawn apart
    window.press("Down")
    window.press("Tab")
    says(window, "see @docs/guide/payments.md ")
    window.gone(tag="paths")
    window.find(words="+1 file")
    window.type("and @ord")
    window.until(lambda: drawn(window, "paths"), "the files again")
    window.press("Escape")
    window.gone(tag="paths")
    window.type("e")  # it stays away from an @ that was left
    says(window, "see @docs/guide/payments.md and @orde")
    assert window.maybe(tag="paths") is None
    window.press("Return", "ctrl")
    chosen = window.command("ChooseFiles")["files"]
    assert ("docs/guide/payments.md", "full") in [(one["pattern"], one["view"]) for one in chosen]
    turn = window.command("RunTurn")
    assert turn["user_message"] == "see @docs/guide/payments.md and @orde"
    assert turn["project"]["files"] == chosen  # this very turn is sent with the file


def test_a_file_is_named_in_the_middle_of_a_draft(open_window: Open) -> None:
    window = open_window()
    window.type("see  now")
    for _ in range(4):
        window.press("Left")
    window.type("@sess")
    window.until(lambda: drawn(window, "paths"), "the files")
    first = drawn(window, "paths")
    window.press("Return")
    window.until(lambda: " now" in window.find(tag=BOX).value and "@" in window.find(tag=BOX).value, "a path")
    window.type("X")
    window.until(lambda: "X now" in window.find(tag=BOX).value, f"the caret behind the path of {first}")


def test_a_slash_at_the_beginning_offers_commands(open_window: Open) -> None:
    window = open_window()
    window.type("/re")
    window.until(lambda: "For review" in drawn(window, "paths"), "the commands")
    assert "For tests" not in drawn(window, "paths")
    window.press("Down")
    window.press("Tab")
    says(window, "/review ")
    window.gone(tag="paths")
    window.type("it")
    window.press("Return", "ctrl")
    turn = window.command("RunTurn")
    assert (turn["user_message"], turn["calls"]) == ("/review it", True)


def test_what_is_written_during_a_turn_waits_is_changed_and_taken_back(open_window: Open) -> None:
    window = open_window()
    send(window, "begin")
    window.command("RunTurn")
    window.find(tag="composer.stop")
    send(window, "and then this")
    queued = window.command("QueueMessage")
    assert (queued["text"], queued["turn_id"]) == ("and then this", window.command("RunTurn")["turn_id"])
    window.find(words="sent at the next pause between tools")
    window.type("a draft under way")
    says(window, "a draft under way")
    window.click(window.find(tag="composer.queue.0.edit"))
    says(window, "and then this")
    window.find(words="Ctrl+Enter keeps")
    window.press("End", "ctrl")
    window.type(", please")
    says(window, "and then this, please")
    window.press("Return", "ctrl")
    edited = window.command("EditQueued")
    assert (edited["message_id"], edited["text"]) == (queued["message_id"], "and then this, please")
    window.find(words="and then this, please", kind="Text")
    window.until(lambda: window.find(tag=BOX).value == "a draft under way", "the draft")
    window.click(window.find(tag="composer.queue.0.remove"))
    assert window.command("TakeBackQueued")["message_id"] == queued["message_id"]
    window.gone(tag="composer.queue")


def test_a_message_that_nobody_takes_comes_back(open_window: Open) -> None:
    window = open_window()
    window.type("refuse this")
    says(window, "refuse this")
    window.press("Return", "ctrl")
    window.find(words="What you wrote is in the composer again")
    window.until(lambda: window.find(tag=BOX).value == "refuse this", "the words")


def test_drafts_of_branches_outlive_a_kill(open_window: Open) -> None:
    window = open_window()
    window.type("on the main branch")
    says(window, "on the main branch")
    window.press("k", "ctrl")
    window.until(lambda: drawn(window, "chooser"), "the branches")
    window.type("idea")
    window.fresh(3)
    window.press("Return")
    assert window.command("SwitchBranch")["name"] == "idea"
    window.until(lambda: window.find(tag=BOX).value == "", "the empty draft of the branch")
    window.until(lambda: window.find(tag=BOX).active, "the caret back in the box")
    window.type("on the idea")
    says(window, "on the idea")
    kept = window.out.parent / "home" / "state" / "drafts" / "shop.json"
    window.until(lambda: kept.exists() and "on the idea" in kept.read_text(), "the drafts on disk")
    window.kill()
    again = open_window()
    says(again, "on the main branch")


def test_a_new_branch_takes_the_draft_along(open_window: Open) -> None:
    window = open_window()
    window.type("ask it there")
    says(window, "ask it there")
    window.press("k", "ctrl")
    window.until(lambda: drawn(window, "chooser"), "the branches")
    window.type("another way")
    window.until(lambda: "New branch" in " ".join(drawn(window, "chooser")), "the new branch")
    window.press("Return")
    fork = window.command("ForkBranch")
    assert (fork["name"], fork["at"]) == ("another way", "a3")
    window.until(lambda: window.maybe(words="another way", kind="Button"), "the new branch")
    assert window.find(tag=BOX).value == "ask it there"


def test_what_is_typed_in_one_frame_goes_where_it_would_go_on_quick_ones(open_window: Open) -> None:
    window = open_window()
    with window.standing_still():
        window.type("Aa BB ss, ")
        window.tap("ctrl+shift+p")
        window.type("find in the disc")
        window.tap("Return")
        window.type("LOCK is")
        window.tap("ctrl+5")
        window.type("more!!")  # behind what is there
        window.tap("ctrl+Return")
    assert window.command("RunTurn")["user_message"] == "Aa BB ss, more!!"
    assert window.find(tag="discussion.find.words").value == "LOCK is"
    says(window, "")
