"""The window on a recording: the panels of the main window, folded from the log, and a player below them.

Nothing is sent and nothing runs: there is no worker here, no key, and no project is opened. Who goes on from
a moment is chosen here; the project's own window does it.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from copilot.desktop.action_table import ActionTable, NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.frames import SWITCH_SECONDS, Guard, Pace, listening, on_stderr
from copilot.desktop.gate import dpg
from copilot.desktop.inspecting import Inspecting, LogShelf
from copilot.desktop.keyboard import Press
from copilot.desktop.looks import Dress, dressed
from copilot.desktop.native import Native
from copilot.desktop.playback.bench import PlaybackBench
from copilot.desktop.playback.go_on import NOTHING_BEYOND, Beyond
from copilot.desktop.playback.playing import Playing
from copilot.desktop.playback.recording import Recording
from copilot.desktop.redress import strip
from copilot.desktop.signals import ended_by_signals
from copilot.desktop.system_theme import at_once
from copilot.desktop.viewport import Viewport
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.record.log_index import LogIndex
from copilot.vocabulary.errors import CopilotError

LAYOUT = Path(__file__).parent / "layout.ini"
READ_SECONDS, REST_SECONDS, WHILE_SECONDS = 0.01, 0.004, 0.5
"""How long the log is read at once, then not, so that frames are drawn; and after how long that is told."""

LIVE_SECONDS = 1.0
"""How often it is looked whether a session that still runs has gone on."""


class PlaybackWindow:
    """One window on one log. `start` is the number in the session that it begins at, 0 for the first message;
    `on_frame` is called after each frame with what is on the screen."""

    def __init__(
        self,
        home: Home,
        index: LogIndex,
        *,
        start: int = 0,
        size: tuple[int, int] | None = None,
        dress: Dress | None = None,
        beyond: Beyond = NOTHING_BEYOND,
        on_frame: Callable[[PlaybackBench], None] | None = None,
    ) -> None:
        self._home, self._index = home, index
        self._start: int | None = start
        self._on_frame, self._beyond = on_frame, beyond
        self._native = Native()
        self._viewport = Viewport(self._native, home.state / "playback_layout.ini", size, LAYOUT)
        trouble = on_stderr("the window on a recording")
        self._guarded, self._pace = Guard(trouble), Pace(self._native, time.monotonic)
        self._errands = Errands(self._native.wake, trouble)
        self._settings, _ = load_settings(home)
        light = at_once() if self._settings.theme == "system" else None
        self._dress = dress or dressed(self._settings, light)
        self._playing = Playing(Recording(index), time.monotonic)
        self._inspecting = Inspecting(index)
        self._shelf = LogShelf(home)
        self._again = self._over = self._changed = False
        self._looked = 0.0

    def run(self) -> int:
        """Stay until the window is closed; 0."""
        self._boot()
        try:
            with ended_by_signals(self._native.wake, self.close):
                while self._step():
                    pass
            self._viewport.save_layout()
        finally:
            self._index.close()
            dpg.destroy_context()
        return 0

    def close(self) -> None:
        """The window goes with the next frame."""
        self._over = True

    def _boot(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._home.state.mkdir(parents=True, exist_ok=True)
        look = self._viewport.create(self.close, self._dress)
        self._viewport.looks.search_fonts(self._errands.add, self._fonts_came)
        self._make(look)
        self._viewport.show()
        self._viewport.name(f"Playback of {self._index.session}")
        self._read()

    def _make(self, look: Any) -> None:
        close = NamedAction(
            name="window.close", title="Close", run=self.close, keys="Ctrl+Q", group="Session"
        )
        reset = NamedAction(
            name="layout.reset", title="Reset the layout", run=self._reset_layout, group="View"
        )
        self.bench = PlaybackBench(
            look,
            self._home,
            self._settings,
            self._errands,
            self._playing,
            self._inspecting,
            ActionTable(),
            (close, reset),
            self._beyond,
        )
        self._keyboard, _ = listening()

    def _reset_layout(self) -> None:
        self._viewport.reset_layout()

    def _step(self) -> bool:
        began = time.monotonic()
        self._viewport.draw()
        called = self._guarded.callbacks()
        self._guarded("an errand", self._errands.take)
        if self._again:
            self._again = False
            strip()
            self._make(self._viewport.wear(self._dress))
            self._viewport.settle()
        self._keyboard.take(self._press)
        moving = bool(self._guarded("playing", self._playing.tick))
        moving |= bool(self._guarded("the panels", self.bench.tick))
        if self._on_frame is not None:
            self._on_frame(self.bench)
        if self._over or not dpg.is_dearpygui_running():
            return False
        if time.monotonic() - self._looked > LIVE_SECONDS and not self.bench.player.reading:
            self._read()
        if self._pace.rest(began, lively=called or moving or self._changed):
            self.bench.touch()
        self._changed = False
        return True

    def _press(self, press: Press) -> None:
        self._changed = True
        self._guarded("a key", lambda: self.bench.hear(press))

    def _read(self) -> None:
        """Have the log read on, beside this thread; now and then also after its end, while a session runs."""
        self._looked = time.monotonic()
        self._errands.apart(self._read_some, self._did_read)

    def _read_some(self) -> tuple[bool, str]:
        until, more = time.monotonic() + WHILE_SECONDS, True
        try:
            while more and time.monotonic() < until:
                more = self._playing.recording.read(READ_SECONDS)
                time.sleep(REST_SECONDS)
            return more, ""
        except CopilotError as error:
            return False, str(error)

    def _did_read(self, done: tuple[bool, str]) -> None:
        more, trouble = done
        self.bench.player.reading, self.bench.player.trouble = more, trouble
        if self._start is not None and self._go_to_start(self._start, more=more):
            self._start = None
        if more:
            self._read()

    def _go_to_start(self, start: int, *, more: bool) -> bool:
        """To the number that was asked for, else to the first message. False where it is not read yet."""
        recording = self._playing.recording
        if not start:
            if recording.stops:
                self._playing.go(recording.stops[0] + 1)
            return bool(recording.stops)
        place = self._index.place(start)
        if place >= len(self._index) and more:
            return False
        position = recording.position_of(place)
        if more and recording.number(recording.end) < place:
            return False
        self._playing.go(position)
        return True

    def _fonts_came(self) -> None:
        self._again = True
