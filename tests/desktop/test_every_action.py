"""Every action by the keyboard alone, in the real window: the palette, its title typed, Enter.

An action that is in no stage here fails this test: whoever adds one says where it can be done.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Window, scripted

pytestmark = pytest.mark.window

BOX = "composer.input"

SUBMITS = {
    "branch.undo": "UndoDiscussion",
    "context.count": "CountTokens",
    "context.file_summary": "ChooseFiles",
    "context.write": "BuildContext",
    "files.summary": "ChooseFiles",
    "message.send": "RunTurn",
    "queue.remove": "TakeBackQueued",
    "turn.stop": "CancelTurn",
    "turn.try_now": "TryNow",
}
"""Actions whose command is to be seen."""

ELSEWHERE = (
    *("torn.", "tear_off.", "dock.", "window.tear_off", "window.list"),
    *("layout.", "keys.", "documents.", "servers."),
)
"""What other processes and files of the person are in: `test_torn_off_window.py`, `test_layout_window.py`,
`test_settings_window.py`, `test_documents_window.py` and `test_servers_window.py` do these, by their names,
in the palette too."""

OPEN = ("files.menu", "context.back")
"""What else Escape closes."""

LATER = ("files.off", "context.file_off", "context.bring_back")
"""What takes the file away that others are about."""

ONLY_SOMETIMES = (
    "chords.take_back",  # a key of the person's own: `test_settings_window.py`
    "discussion.put_back",  # messages that were not sent: `test_history_marks.py`
    "discussion.release",
    "discussion.dismiss",
    "inspector.copy",  # a log: `test_playback_window.py`
    "message.detach",  # a file that is attached: `test_attaching_window.py`
    "prompts.delete",  # a prompt that is kept: `test_prompts_window.py`
    "prompts.edit",
    "prompts.rename",
    "prompts.undo",
    "scripts.before",  # a script that ran
    "scripts.copy",
    "scripts.next",
    "tools.redo",  # a call that changed files: `test_run_changes_window.py`
    "tools.undo",
)
"""What needs things that no window has at first; each is in the palette, dim, with the reason why."""

LAST = ("window.close",)

NOTHING_COPIED = "Glfw Error 65545: X11: Failed to convert selection to string"
"""What the library says where the clipboard holds no text."""


class Stage:
    """A window in which some actions can be done."""

    def __init__(self, window: Window) -> None:
        self.window = window

    def told(self) -> dict[str, Any]:
        return json.loads((self.window.out / "actions.json").read_text())

    def action(self, name: str) -> dict[str, Any]:
        return next(one for one in self.told()["actions"] if one["name"] == name)

    def ready(self) -> list[str]:
        return [one["name"] for one in self.told()["actions"] if one["enabled"]]

    def go(self, panel: str) -> None:
        """Go to a panel by its chord."""
        self.window.press(self.action(f"panel.{panel}")["keys"].removeprefix("Ctrl+"), "ctrl")
        self.window.fresh(4)

    def write(self, words: str) -> None:
        """Put the caret into the box by its chord, and write there."""
        self.go("composer")
        self.window.until(lambda: self.window.find(tag=BOX).active, "the caret in the box")
        self.window.type(words)
        self.window.until(lambda: words in self.window.find(tag=BOX).value, "the words")

    def do(self, name: str) -> None:
        """Do an action from the palette, by its title."""
        window, title = self.window, self.action(name)["title"]
        window.press("p", "ctrl", "shift")
        window.until(lambda: self.told()["over"] == "the chooser", "the palette")
        search = window.until(lambda: window.maybe(tag="chooser.search"), "its box")
        window.until(lambda: window.find(tag="chooser.search").active, f"the caret in {search.tag}")
        typed = title.rstrip("…")
        window._xdotool("type", "--delay", "12", typed)
        window.until(lambda: window.find(tag="chooser.search").value == typed, f"{typed!r} in the palette")
        window.fresh(2)
        window.press("Return")

        def is_done() -> bool:
            gone = name == "window.close" and window.process.poll() is not None  # it need not tell before
            return gone or self.told()["recent"][:1] == [name]

        window.until(is_done, f"{name} to be done")
        if title.endswith("…"):
            window.until(lambda: self.told()["over"] or self._asks(), f"{name} to ask for more")

    def back(self) -> None:
        """Close whatever was opened, by Escape alone."""
        for _ in range(4):
            if not self.told()["over"] and not any(self.window.maybe(tag=tag) for tag in OPEN):
                return
            self.window.press("Escape")
            self.window.fresh(3)
        raise AssertionError(f"Escape does not close {self.told()['over']}")

    def _asks(self) -> bool:
        """Whether a box somewhere has the caret."""
        return any(item.active and item.kind == "InputText" for item in self.window.items())


@pytest.fixture
def open_stage(display: str, tmp_path: Path) -> Iterator[Callable[[], Stage]]:
    opened: list[Window] = []

    def start() -> Stage:
        out = tmp_path / f"out{len(opened)}"
        window = Window.start(
            scripted(tmp_path / f"home{len(opened)}", "typing", out, (1000, 680)), display, out
        )
        opened.append(window)
        window.find(words="Its lock is let go too early")
        window.find(tag="context.map_tab")
        return Stage(window)

    yield start
    for window in opened:
        window.kill()


def walk(stage: Stage, names: list[str], done: set[str]) -> None:
    """Do each of these that can be done now, and look that nothing went wrong."""
    for name in names:
        if name in done or name in LAST or name.startswith(ELSEWHERE) or name not in stage.ready():
            continue
        before = len(stage.window.commands(SUBMITS.get(name, "none")))
        stage.do(name)
        if name in SUBMITS:
            what = f"{SUBMITS[name]} by {name}"
            stage.window.until(lambda n=name, b=before: len(stage.window.commands(SUBMITS[n])) > b, what)
        stage.back()
        told = (stage.window.out / "stderr").read_text().splitlines()
        errors = [line for line in told if line != NOTHING_COPIED]
        assert not errors, f"{name}: {errors}"
        done.add(name)
        print(name, flush=True)


@pytest.mark.timeout(1_500)  # about a hundred actions, each as a person does it
def test_every_action_can_be_done_by_keyboard_alone(open_stage: Callable[[], Stage]) -> None:
    began = time.monotonic()
    done = {"palette.open"}  # by which all others are done
    still = open_stage()
    every = sorted((one["name"] for one in still.told()["actions"]), key=LATER.__contains__)
    if os.environ.get("CI") == "true":
        # The whole walk takes some twenty minutes: it is walked wherever CI is not set. What is done with a
        # message needs one that was chosen.
        every = [name for at, name in enumerate(every) if at % 54 == 4 or name == "discussion.up"]
    # A marked file, a chosen part, a filter, a prompt that was called back: by their own keys.
    still.go("files")
    still.window.press("End")
    still.window.press("Home")
    still.go("context")
    still.window.press("Down")
    walk(still, every, done)
    still.window.press("e", "ctrl", "shift")
    still.window.until(lambda: still.window.find(tag="files.filter").active, "the caret in the filter")
    still.window.type("orders")
    still.window.press("Return")
    still.window.fresh(3)
    walk(still, every, done)
    still.window.kill()  # two windows would share the keyboard
    running = open_stage()
    running.write("wait for it")
    walk(running, ["message.send"], done)
    running.window.until(lambda: "turn.try_now" in running.ready(), "a request that waits")
    running.write("and this")
    running.window.press("Return", "ctrl")
    running.window.until(lambda: "queue.edit" in running.ready(), "a queue")
    walk(running, ["queue.edit"], done)
    running.window.press("Escape")
    running.window.fresh(3)
    walk(running, ["queue.remove", "turn.try_now"], done)
    running.write("a draft")
    walk(running, every, done)
    walk(running, ["turn.stop"], done)
    left = [
        n
        for n in every
        if n not in done and n not in LAST and not n.startswith(ELSEWHERE) and n not in ONLY_SOMETIMES
    ]
    assert not left, f"no stage does {left}; {len(done)} were done in {time.monotonic() - began:.0f} s"
    running.do("window.close")
    assert running.window.ended() == 0
