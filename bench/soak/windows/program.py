"""The real program, started as a person does and used by keyboard alone, with a home of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import children

from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.storage.locks import hold

PROJECT = "soak"
PATIENCE = 60.0
"""Seconds for anything to happen, on a machine with far too much to do."""
TAP = 0.05
"""Seconds between the events of a chord: faster ones lose their modifier."""
GRACE = 10.0
"""Seconds for what the program started to be gone after it."""
QUIET = 1.2
"""An approval takes keys 0.7 s after it appeared and after the last key."""


class Program:
    """One home and one project, and the program on it, again and again."""

    def __init__(self, folder: Path, display: str, url: str) -> None:
        self.home = Home(root=folder / "home").make()
        self._work = folder / "work"
        self._work.mkdir()
        self.temporary = folder / "t"
        self.temporary.mkdir()
        self._errors = folder / "stderr"
        self._url = url
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COPILOT_")}
        self._environ = {**kept, "DISPLAY": display, "HOME": str(folder), "TMPDIR": str(self.temporary)}
        self._known = set(children.below())
        self._process: subprocess.Popen[bytes] | None = None
        self._window = ""
        self.began = 0.0

    def start(self) -> None:
        """Start it and wait until its window has the keys."""
        words = ["--home", str(self.home.root), "--base-dir", str(self._work), "--project", PROJECT]
        words += ["--provider", "compatible", "--model", "soak", "--base-url", self._url]
        began = time.monotonic()
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "copilot", *words],
                cwd=self._work,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stderr=errors,
            )
        pid = str(self._process.pid)
        opened = f"^{PROJECT} — Copilot"
        found = self.until(lambda: self._search("--all", "--pid", pid, "--name", opened), "its window")
        self._window = found.split()[-1]
        self.until(lambda: any(self.windows_told()), "its place to be told")
        self.began = time.monotonic() - began
        self.until(lambda: len(self._others()) >= len(self.remembered()), "the windows of panels")
        self.front()

    @property
    def pid(self) -> int:
        """Of the program."""
        assert self._process is not None
        return self._process.pid

    def windows_told(self) -> list[Path]:
        """What tells a second start of a window that there is."""
        return list((self.home.state / "windows").glob("*"))

    def front(self, window: str = "") -> None:
        """Give the keys to a window, its own unless told otherwise."""
        self.xdotool("windowactivate", "--sync", window or self._window)

    def _others(self) -> list[str]:
        """The windows of panels."""
        return self._search("--name", f" — {PROJECT} — Copilot").split()

    def minimise(self) -> None:
        """Iconify it, which stops its loop."""
        self.xdotool("windowminimize", "--sync", self._window)

    def press(self, key: str, *held: str) -> None:
        """Press a key with others held."""
        strokes = [*(("keydown", one) for one in held), ("keydown", key), ("keyup", key)]
        strokes += [("keyup", one) for one in reversed(held)]
        for stroke in strokes:
            self.xdotool(*stroke)
            time.sleep(TAP)

    def say(self, words: str) -> None:
        """Write a message and send it."""
        self.front()
        time.sleep(0.5)  # the composer gets the keys in the first frames
        self.xdotool("type", "--delay", "25", words)
        time.sleep(0.3)
        self.press("Return", "ctrl")

    def approve(self, done: Callable[[], bool]) -> None:
        """Approve what waits, as soon as the dialog takes it."""

        def approved() -> bool:
            self.front()
            time.sleep(QUIET)
            if not done():
                self.press("a", "alt")
            return done()

        self.until(approved, "what was approved")

    def panel_window(self, title: str) -> str:
        """The window of a panel that is torn off; empty where there is none."""
        return (self._search("--name", f"^{title} — ").split() or [""])[-1]

    def owner(self, window: str) -> int:
        """The process of a window."""
        return int(self.xdotool("getwindowpid", window))

    def remembered(self) -> set[str]:
        """The panels that are to be torn off at the next start."""
        path = self.home.state / "torn_off.json"
        told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"panels": []}
        return {one["panel"] for one in told["panels"] if one["open"]}

    def ended(self, how: str) -> int:
        """End it in this way, and wait for that; the exit code."""
        assert self._process is not None
        match how:
            case "Alt+F4":
                self.front()
                self.press("F4", "alt")
            case "SIGTERM":
                self._process.terminate()
            case "SIGINT":
                self._process.send_signal(signal.SIGINT)
            case "SIGTERM, minimised":
                self.minimise()
                self._process.terminate()
            case _:
                self._process.kill()
        return self._process.wait(PATIENCE)

    def check(self, code: int, *, killed: bool) -> list[str]:
        """What is wrong after it ended, each in a few words."""
        wrong = [] if code == (-signal.SIGKILL if killed else 0) else [f"exit code {code}"]
        wrong += [f"still there: {words}" for words in children.left(self._known, GRACE).values()]
        children.bury(self._known)
        said = self._errors.read_text(errors="replace").strip()
        if said:
            wrong.append(f"it said: {said[-2000:]}")
        names = [path.name for path in self.windows_told()]
        if len(names) > killed:
            wrong.append(f"windows that are told of: {names}")
        folders = [path.name for path in self.temporary.iterdir()]
        if folders and not killed:
            wrong.append(f"temporary folders: {folders}")
        hold(self.home.projects / f"{PROJECT}.lock").release()
        return wrong

    def messages(self) -> tuple[str, ...]:
        """What the person said, as the project has it; opened and closed as the next start would."""
        store = Store.open(self.home, PROJECT, clock=time.time, new_id=lambda: os.urandom(8).hex())
        with store:
            path = store.project.discussion.path("main")
        return tuple(message.text for message in path if message.role == "user" and message.text)

    def until(self, check: Callable[[], Any], what: str) -> Any:
        """Wait until `check` gives something true, and give it back."""
        end = time.monotonic() + PATIENCE
        while not (found := check()):
            if self._process is not None and self._process.poll() is not None:
                said = self._errors.read_text(errors="replace")
                raise AssertionError(f"it ended with {self._process.returncode} before {what}:\n{said}")
            if time.monotonic() > end:
                self.picture()
                raise AssertionError(f"no {what} after {PATIENCE:.0f} s")
            time.sleep(0.05)
        return found

    def logged(self) -> str:
        """Everything that is in this session's log by now."""
        return max((self.home.logs).glob("comms_*.log")).read_text(errors="replace")

    def picture(self) -> None:
        """The whole screen into the file that SOAK_PICTURE names, for whoever looks for a reason."""
        if path := os.environ.get("SOAK_PICTURE"):
            subprocess.run(["import", "-silent", "-window", "root", path], env=self._environ, check=False)

    def xdotool(self, *words: str) -> str:
        """Run it."""
        done = subprocess.run(
            ["xdotool", *words], env=self._environ, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout.strip()

    def _search(self, *words: str) -> str:
        return self.xdotool("search", "--onlyvisible", *words)
