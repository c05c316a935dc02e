"""Panels in native windows of their own: two windows of one program, driven by real mouse and keyboard."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Item, Window, scripted

pytestmark = pytest.mark.window

CYCLES = 50 if os.environ.get("SOAK") else 5


class Shop:
    """A window, and the windows of its torn-off panels."""

    def __init__(self, display: str, folder: Path, play: str) -> None:
        self._display, self._play = display, play
        self.home, self.out = folder / "home", folder / "out"
        self.window = self.open()

    def open(self) -> Window:
        """Start the program, again after it ended."""
        command = scripted(self.home, self._play, self.out)
        self.window = Window.start(command, self._display, self.out)
        return self.window

    def act(self, title: str) -> None:
        """Do a named action by the command palette."""
        window = self.window
        window.raise_()
        window.press("p", "ctrl", "shift")
        window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the caret")
        window.type(title)
        window.until(lambda: window.find(tag="chooser.search").value == title, "the words")
        window.press("Return")
        window.gone(tag="chooser.search")

    def tear_off(self, panel: str, title: str) -> Window:
        """Tear a panel off; its window."""
        (self.home / "screens" / panel / "items.json").unlink(missing_ok=True)
        self.act(f"Tear off {title}")
        return self.torn(panel, title)

    def torn(self, panel: str, title: str) -> Window:
        """The window of a panel that was torn off."""
        made = self.window.torn_off(panel, title, self.home)
        self.window.until(lambda: panel not in self.docked(), f"{panel} to leave the main window")
        return made

    def docked(self) -> dict[str, Item]:
        """The panels that are seen in the main window."""
        names = ("files", "context", "discussion", "composer", "tools", "log", "usage")
        return {
            item.tag: item
            for item in self.window.items()
            if item.tag in names and item.kind == "WindowAppItem"
        }

    def kept(self, panel: str) -> dict[str, Any]:
        """What is remembered of a panel."""
        path = self.home / "state" / "torn_off.json"
        found = json.loads(path.read_text())["panels"] if path.exists() else []
        return next((one for one in found if one["panel"] == panel), {})


@pytest.fixture
def shop(display: str, tmp_path: Path) -> Iterator[Callable[[str], Shop]]:
    made: list[Shop] = []

    def make(play: str) -> Shop:
        made.append(Shop(display, tmp_path, play))
        return made[-1]

    yield make
    for one in made:
        one.window.kill()
        one.window.until_alone()


def test_a_panel_is_torn_off_used_by_mouse_and_docked_back_in_its_place(shop: Callable[[str], Shop]) -> None:
    one = shop("shop")
    one.window.find(words="orders.py")
    before = one.docked()
    one.window.click(one.window.find(tag="files.tear_off"))
    files = one.torn("files", "Project")
    assert one.window.maybe(tag="files.tear_off") is None
    files.find(words="Dock back")
    row = files.find(tag="files.filter") if files.maybe(tag="files.filter") else files.find(kind="InputText")
    files.click(row)
    files.type("orders")
    files.until(lambda: any(item.value == "orders" for item in files.items()), "the filter")
    files.press("F4", "alt")
    one.window.until(lambda: not files.there, "its window to close")
    one.window.until(lambda: "files" in one.docked(), "the panel to be docked")
    one.window.fresh(3)
    after = one.docked()
    assert {name: (item.at, item.size) for name, item in after.items()} == {
        name: (item.at, item.size) for name, item in before.items()
    }
    one.window.until(lambda: one.kept("files")["open"] is False, "its end to be remembered")


def test_a_message_is_written_sent_and_stopped_in_the_composers_own_window(
    shop: Callable[[str], Shop],
) -> None:
    one = shop("stream")
    one.window.click(one.window.find(tag="composer.input"))
    one.window.type("Begun here")
    one.window.click(one.window.find(tag="composer.tear_off"))
    composer = one.torn("composer", "Composer")
    assert composer.maybe(tag="composer.tear_off") is None
    composer.until(
        lambda: (box := composer.maybe(tag="composer.input")) and box.value == "Begun here", "the draft"
    )
    composer.click(composer.find(tag="composer.input"))
    composer.press("End", "ctrl")
    composer.type(", sent there")
    wanted = "Begun here, sent there"
    composer.until(lambda: (box := composer.maybe(tag="composer.input")) and box.value == wanted, "the words")
    composer.press("Return", "ctrl")
    assert one.window.command("RunTurn")["user_message"] == wanted
    composer.click(composer.find(tag="composer.stop"))
    one.window.command("CancelTurn")
    composer.find(tag="composer.send")
    composer.until(lambda: composer.find(tag="composer.input").value == "", "an empty box")
    composer.click(composer.find(tag="composer.input"))
    composer.type("Left for later")
    composer.until(lambda: composer.find(tag="composer.input").value == "Left for later", "the words")
    composer.click(composer.find(tag="torn.dock"))
    one.window.until(lambda: "composer" in one.docked(), "the composer to be docked")
    one.window.until(lambda: one.window.find(tag="composer.input").value == "Left for later", "the draft")


def test_an_approval_that_waits_is_told_of_and_answered_in_the_main_window(
    shop: Callable[[str], Shop],
) -> None:
    one = shop("tour")
    tools = one.tear_off("tools", "Tool calls")
    assert tools.maybe(tag="torn.approval") is None
    one.window.raise_()
    one.window.click(one.window.find(tag="composer.input"))
    one.window.type("Go on")
    one.window.press("Return", "ctrl")
    tools.find(tag="torn.approval")
    assert tools.maybe(words="An approval waits") or tools.maybe(words="waits for your approval")
    tools.raise_()
    tools.click(tools.find(tag="torn.approval"))
    one.window.find(words="Approve")
    one.window.until(lambda: one.window.in_front, "the main window to come to the front")


def test_a_panel_whose_process_is_killed_is_docked_again(shop: Callable[[str], Shop]) -> None:
    one = shop("tour")
    usage = one.tear_off("usage", "Usage")
    os.kill(usage.child_pid(), signal.SIGKILL)
    one.window.until(lambda: "usage" in one.docked(), "the panel to be docked")
    one.window.find(words="The window of Usage is gone")


def test_panels_go_when_the_main_window_is_killed_and_come_back_in_their_places(
    shop: Callable[[str], Shop],
) -> None:
    one = shop("tour")
    docked = one.window.until(lambda: one.docked().get("usage"), "the panel")
    usage = one.tear_off("usage", "Usage")
    log = one.tear_off("log", "Log")
    usage.move(60, 700, 520, 380)
    one.window.until(lambda: one.kept("usage").get("place", {}).get("width") == 520, "its place to be kept")
    place = usage.place()
    pids = [usage.child_pid(), log.child_pid()]
    one.window.process.kill()
    one.window.process.wait()
    usage.until_gone(pids)
    one.open()
    again = one.torn("usage", "Usage")
    one.torn("log", "Log")
    again.until(lambda: again.place() == place, f"the window at {place}, not {again.place()}")
    one.window.terminate()
    assert one.window.ended() == 0
    again.until_alone()
    one.open()
    one.torn("usage", "Usage")
    one.torn("log", "Log")
    one.act("Dock Usage back")
    one.window.until(lambda: "usage" in one.docked(), "the panel to be docked")
    one.window.fresh(3)
    assert one.docked()["usage"].at == docked.at
    assert one.docked()["usage"].size == docked.size


@pytest.mark.whole
def test_torn_off_and_docked_again_and_again_leaves_no_process(shop: Callable[[str], Shop]) -> None:
    one = shop("tour")
    seen: set[int] = set()
    for _ in range(CYCLES):
        usage = one.tear_off("usage", "Usage")
        seen.add(usage.child_pid())
        one.act("Dock Usage back")
        one.window.until(lambda: "usage" in one.docked(), "the panel to be docked")
        usage.until_gone(seen)
    assert len(seen) == CYCLES
    one.window.terminate()
    assert one.window.ended() == 0


def test_a_chord_of_the_main_window_works_in_a_torn_off_one(shop: Callable[[str], Shop]) -> None:
    one = shop("tour")
    usage = one.tear_off("usage", "Usage")
    usage.press("p", "ctrl", "shift")
    one.window.find(tag="chooser.search")
    one.window.until(lambda: one.window.in_front, "the main window to come to the front")


def test_the_panel_that_has_the_keys_is_torn_off_by_a_chord(shop: Callable[[str], Shop]) -> None:
    one = shop("tour")
    one.window.click(one.window.find(tag="composer.input"))
    one.window.press("t", "ctrl", "shift")
    composer = one.torn("composer", "Composer")
    composer.press("w", "ctrl")
    one.window.until(lambda: "composer" in one.docked(), "the composer to be docked")
    one.act("Open the panel in a window of its own")  # of the one that had the keys before the palette
    one.torn("composer", "Composer")


def test_no_key_is_in_the_process_of_a_panel(
    shop: Callable[[str], Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-torn-off-0001")
    one = shop("tour")
    usage = one.tear_off("usage", "Usage")
    pid = usage.child_pid()
    for name in ("environ", "cmdline"):
        assert b"sk-ant-torn-off-0001" not in Path(f"/proc/{pid}/{name}").read_bytes()
    told = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    assert told[1:4] == [b"-P", b"-m", b"torn_child"]
    sockets = subprocess.run(["ss", "-tlnpH"], capture_output=True, text=True, check=False).stdout
    assert f"pid={pid}," not in sockets
