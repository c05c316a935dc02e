"""Drives a real window in another process by real mouse and keyboard events.

`Window.start(command, ...)` runs any program that opens the window and writes `OUT/items.json` by
`describe.Describer` (handed to `App` as `on_frame`). Everything waits with a deadline; the only fixed times
are the pauses that a person's hand makes.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 30.0
"""Seconds for anything to happen; ten times what a slow machine needs."""

SEEN = 3.0
"""Seconds in which a window that is in front knows where the mouse is."""

TAP = 0.07
"""Seconds between the events of one click or chord: faster taps lose their modifier (measured)."""


@dataclass(frozen=True)
class Item:
    """Something on the screen."""

    tag: str
    kind: str
    label: str
    value: Any
    at: tuple[float, float]
    size: tuple[float, float]
    focused: bool
    active: bool

    @property
    def words(self) -> str:
        """Its label and its value."""
        return f"{self.label} {self.value or ''}"

    @property
    def centre(self) -> tuple[int, int]:
        """In pixels of the window."""
        return int(self.at[0] + self.size[0] / 2), int(self.at[1] + self.size[1] / 2)


class Window:
    """A program's window."""

    def __init__(self, process: subprocess.Popen[bytes], display: str, out: Path) -> None:
        self.process = process
        self.out = out
        self._environ = {**os.environ, "DISPLAY": display}
        self._id = ""

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        display: str,
        out: Path,
        *,
        title: str = "Copilot",
        cwd: Path | None = None,
        shows: str = "composer.input",
    ) -> "Window":
        """Run the program and wait until its window shows something."""
        out.mkdir(parents=True, exist_ok=True)
        for stale in ("items.json", "commands.jsonl", "done.json"):
            (out / stale).unlink(missing_ok=True)
        environ = {**os.environ, "DISPLAY": display}
        with (out / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                list(command), env=environ, cwd=cwd, stdin=subprocess.DEVNULL, stderr=errors
            )
        window = cls(process, display, out)
        window._id = window.until(lambda: window._find(title), f"a window named {title}")
        window.until(lambda: (out / "items.json").exists(), "the first frame")
        window._xdotool("windowactivate", "--sync", window._id)
        window.find(tag=shows)
        return window

    def torn_off(self, panel: str, title: str, home: Path) -> "Window":
        """The native window of a panel that was torn off, once it shows the panel."""
        made = Window(self.process, self._environ["DISPLAY"], home / "screens" / panel)
        made.until(lambda: (made.out / "items.json").exists(), f"the first frame of {panel}")
        made._id = made.until(lambda: made._named(f"^{title} — "), f"a window named {title}")
        made.raise_()
        return made

    def raise_(self) -> None:
        """Bring it to the front and give it the keyboard."""
        self._xdotool("windowactivate", "--sync", self._id)

    def place(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of what is inside its frame, in pixels of the screen."""
        told = self._xdotool("getwindowgeometry", "--shell", self._id)
        found = dict(line.split("=") for line in told.splitlines() if "=" in line)
        return int(found["X"]), int(found["Y"]), int(found["WIDTH"]), int(found["HEIGHT"])

    def move(self, x: int, y: int, width: int, height: int) -> None:
        """Put it elsewhere, as a person does with the mouse on its frame."""
        self._xdotool("windowsize", "--sync", self._id, str(width), str(height))
        self._xdotool("windowmove", self._id, str(x), str(y))

    def child_pid(self) -> int:
        """The process that the native window belongs to."""
        return int(self._xdotool("getwindowpid", self._id))

    def until_gone(self, pids: Iterable[int]) -> None:
        """Wait until these processes are over."""
        until = time.monotonic() + PATIENCE
        while left := [pid for pid in pids if _lives(pid)]:
            assert time.monotonic() < until, f"processes {left} are still there"
            time.sleep(0.02)

    def until_alone(self) -> None:
        """Wait until no window of this program is on the screen."""
        until = time.monotonic() + PATIENCE
        while left := self._xdotool("search", "--onlyvisible", "--name", "Copilot"):
            assert time.monotonic() < until, f"windows {left} are still there"
            time.sleep(0.02)

    @property
    def in_front(self) -> bool:
        """Whether it has the keyboard."""
        return self._xdotool("getactivewindow") == self._id

    @property
    def there(self) -> bool:
        """Whether its native window is still on the screen."""
        return self._id in self._xdotool("search", "--onlyvisible", "--name", "Copilot").split()

    def items(self) -> list[Item]:
        """What is on the screen now."""
        read = json.loads((self.out / "items.json").read_text())
        return [
            Item(**{**item, "at": tuple(item["at"]), "size": tuple(item["size"])}) for item in read["items"]
        ]

    def maybe(self, *, tag: str = "", words: str = "", kind: str = "") -> Item | None:
        """The first item with that tag, words and kind, if it is on the screen."""
        for item in self.items():
            if (not tag or item.tag == tag) and words in item.words and (not kind or item.kind == kind):
                return item
        return None

    def find(self, *, tag: str = "", words: str = "", kind: str = "") -> Item:
        """The same, waiting for it."""
        what = f"an item tag={tag!r} words={words!r} kind={kind!r}"
        return self.until(lambda: self.maybe(tag=tag, words=words, kind=kind), what)

    def steady(self, item: Item) -> Item:
        """The item once it has stopped moving: panels take a frame or two to settle."""
        while True:
            self.fresh(1)
            again = next((i for i in self.items() if i.tag == item.tag), None)
            if again is None:
                raise AssertionError(f"{item.tag} went away before it was clicked; {self._state()}")
            if again.at == item.at:
                return again
            item = again

    def gone(self, *, tag: str = "", words: str = "") -> None:
        """Wait until no such item is on the screen."""
        self.until(lambda: self.maybe(tag=tag, words=words) is None, f"{tag or words} to go away")

    def fresh(self, frames: int = 2) -> None:
        """Wait for that many more descriptions of the screen."""
        for _ in range(frames):
            before = (self.out / "items.json").stat().st_mtime_ns
            self.nudge()
            self.until(lambda b=before: (self.out / "items.json").stat().st_mtime_ns != b, "another frame")

    def nudge(self) -> None:
        """Move the mouse a little, so that an idle window draws."""
        self._xdotool("mousemove_relative", "--", "1", "0")
        self._xdotool("mousemove_relative", "--", "-1", "0")

    def click(self, item: Item, *, dx: int | None = None, dy: int | None = None) -> None:
        """Click an item in its middle, or at an offset from its corner."""
        item = self.steady(item)
        x, y = item.centre
        if dx is not None:
            x = int(item.at[0]) + dx
        if dy is not None:
            y = int(item.at[1]) + dy
        self._point(x, y)
        self._xdotool("mousedown", "1")
        time.sleep(TAP)
        self._xdotool("mouseup", "1")
        time.sleep(TAP)

    def _point(self, x: int, y: int) -> None:
        """Move the mouse there, and wait until the window knows of it: what a slow frame hears of together
        with the press takes no hold of a splitter."""
        self._xdotool("mousemove", "--window", self._id, str(x), str(y))
        until = time.monotonic() + SEEN
        while time.monotonic() < until:
            if json.loads((self.out / "items.json").read_text())["mouse"] == [x, y]:
                return
            time.sleep(0.02)

    @contextmanager
    def typing(self, key: str) -> Generator[None]:
        """Press a key twenty times a second meanwhile."""
        command = ["xdotool", "key", "--delay", "50", *[key] * 600]
        hand = subprocess.Popen(command, env=self._environ, stdin=subprocess.DEVNULL)
        try:
            yield
            assert hand.poll() is None, "the keys came to an end before what they were pressed for"
        finally:
            hand.terminate()
            hand.wait(10)
            self._xdotool("keyup", key)

    def hover(self, item: Item) -> None:
        """Rest the mouse in the middle of an item."""
        self._xdotool("mousemove", "--window", self._id, *map(str, item.centre))

    def scroll(self, item: Item, notches: int) -> None:
        """Turn the wheel over an item, down where `notches` is below zero."""
        self._xdotool("mousemove", "--window", self._id, *map(str, item.centre))
        self._xdotool("click", "--repeat", str(abs(notches)), "4" if notches > 0 else "5")
        time.sleep(TAP)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag from one place of the window to another."""
        self._point(*start)
        self._xdotool("mousedown", "1")
        time.sleep(TAP)
        for step in range(1, 9):
            x = start[0] + (end[0] - start[0]) * step // 8
            y = start[1] + (end[1] - start[1]) * step // 8
            self._xdotool("mousemove", "--window", self._id, str(x), str(y))
            time.sleep(TAP)
        self._xdotool("mouseup", "1")
        time.sleep(TAP)

    def press(self, key: str, *modifiers: str) -> None:
        """Press a key, with modifiers held."""
        for modifier in modifiers:
            self._xdotool("keydown", modifier)
            time.sleep(TAP)
        self._xdotool("keydown", key)
        time.sleep(TAP)
        self._xdotool("keyup", key)
        time.sleep(TAP)
        for modifier in reversed(modifiers):
            self._xdotool("keyup", modifier)
            time.sleep(TAP)

    def tap(self, chord: str) -> None:
        """A chord such as `ctrl+Return` with no time between its four events: faster than any hand."""
        self._xdotool("key", chord)

    @contextmanager
    def standing_still(self) -> Generator[None]:
        """Let its program do nothing meanwhile: all that happens comes to it in one frame."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def type(self, text: str) -> None:
        """Type text as a quick person would."""
        self._xdotool("type", "--delay", "40", text)

    def drop(self, *paths: Path) -> None:
        """Drop files on it, as a file manager does."""
        program = Path(__file__).with_name("xdnd.py")
        command = [sys.executable, str(program), self._id, *map(str, paths)]
        done = subprocess.run(
            command, env=self._environ, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        """Ask the window manager to close it, which is what its X does."""
        self.press("F4", "alt")

    def park(self) -> None:
        """Move the mouse out of the window, so that nothing looks hovered."""
        self._xdotool("mousemove", "1919", "1199")

    def minimise(self) -> None:
        """Iconify it, which stops its loop."""
        self._xdotool("windowminimize", "--sync", self._id)

    def terminate(self) -> None:
        """SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """Wait for the program to end; its exit code."""
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Whatever happened, leave no process behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def picture(self, path: Path) -> None:
        """A screenshot of the window."""
        subprocess.run(["import", "-silent", "-window", self._id, str(path)], env=self._environ, check=True)

    def commands(self, name: str = "") -> list[dict[str, Any]]:
        """What the window submitted so far (only for `run_window.py`)."""
        path = self.out / "commands.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [command for command in found if not name or command["command"] == name]

    def command(self, name: str) -> dict[str, Any]:
        """The first command of that name, waiting for it."""
        return self.until(lambda: self.commands(name), f"a command {name}")[0]

    def until(self, check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Wait until `check` gives something true, and give it back."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if found := check():
                return found
            if self.process.poll() is not None:
                told = self.out / "stderr"
                errors = told.read_text(errors="replace") if told.exists() else ""
                raise AssertionError(f"the program ended while waiting for {what}:\n{errors}")
            time.sleep(0.03)
        raise AssertionError(f"no {what} after {patience:.0f} s; {self._state()}")

    def decide(self, tag: str) -> None:
        """Click a button of the approval until that has gone: it takes no click for a while after it appeared
        and after the last key, nor while an edited text is read."""
        for _ in range(20):
            button = self.maybe(tag=tag)
            if button is None:
                return
            try:
                self.click(button)
            except AssertionError:  # the click before this one was taken late
                if self.maybe(tag=tag) is None:
                    return
                raise
            until = time.monotonic() + 1.5
            while time.monotonic() < until and self.maybe(tag=tag) is not None:
                time.sleep(0.05)
        raise AssertionError(f"the approval took no click on {tag}; {self._state()}")

    def _state(self) -> str:
        told = self.out / "stderr"
        errors = told.read_text(errors="replace") if told.exists() else ""
        seen = [i.words.strip() for i in self.items()] if (self.out / "items.json").exists() else []
        return f"on the screen: {[w for w in seen if w][:80]}\nstderr: {errors}"

    def _find(self, title: str) -> str:
        found = self._xdotool("search", "--onlyvisible", "--pid", str(self.process.pid), "--name", title)
        return found.split()[-1] if found else ""

    def _named(self, title: str) -> str:
        found = self._xdotool("search", "--onlyvisible", "--name", title)
        return found.split()[-1] if found else ""

    def _xdotool(self, *arguments: str) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return done.stdout.strip()


def _lives(pid: int) -> bool:
    """Whether a process runs; one that is over and was not asked for by its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def scripted(home: Path, play: str, out: Path, size: tuple[int, int] = (1280, 800)) -> list[str]:
    """The command that shows a play of `gallery.py`."""
    program = Path(__file__).parent / "run_window.py"
    return [sys.executable, str(program), str(home), play, str(out), str(size[0]), str(size[1])]
