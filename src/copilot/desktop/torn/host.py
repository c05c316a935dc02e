"""The window's side of torn-off panels: which there are, what they are told, what is done that they ask for.

Only the main thread calls it. What a panel asks for is done as if it had been clicked in the main window.
"""

import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from copilot.desktop.torn.feed import Feed
from copilot.desktop.torn.memory import load, save
from copilot.desktop.torn.messages import (
    DockBack,
    Drafted,
    Facts,
    Front,
    Moved,
    NotTaken,
    Place,
    Ready,
    SendMessage,
    ToWindow,
)
from copilot.desktop.torn.process import Gone, Heard, PanelProcess
from copilot.desktop.view_state import ViewState
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import frozen

MOST_HEARD = 500
"""What panels asked for and was not taken yet; beyond it they wait."""

MOST_AT_ONCE = 100
"""How much of it is taken in one frame."""

GOODBYE_SECONDS = 1.5
"""How long panels may take to close when the program does, all together."""


@frozen(kw_only=False)
class HostMeans:
    """What the window gives. `show` hides or shows a docked panel; `place` says where a panel that never had
    a window opens; `titles` are the panels that there are; `act` does what a panel asks for and says whether
    it could be done; `later` runs work beside the main thread. `module` is the program of a panel. Where the
    project lies on a `server`, `own_home` is the person's own.
    """

    home: Path
    titles: dict[str, str]
    state: Callable[[], ViewState]
    facts: Callable[[], Facts]
    act: Callable[[str, ToWindow], bool]
    show: Callable[[str, bool], None]
    place: Callable[[str], Place | None]
    note: Callable[[str], None]
    wake: Callable[[], None]
    later: Callable[[Callable[[], None]], None]
    module: str
    server: str = ""
    own_home: Path | None = None


class _Torn:
    """One torn-off panel; `facts` are those it knows."""

    def __init__(self, panel: str) -> None:
        self.panel = panel
        self.facts: Facts | None = None
        self.feed: Feed
        self.process: PanelProcess


class TornPanels:
    """Made once. `tick` once a frame, `happened` after each event."""

    def __init__(self, memory: Path, means: HostMeans) -> None:
        self._means = means
        self._path = memory
        self._windows = self._saved = load(memory)
        self._open: dict[str, _Torn] = {}
        self._told = ViewState()
        self._heard: queue.Queue[tuple[_Torn, Heard]] = queue.Queue(MOST_HEARD)
        self._saving = threading.Event()

    def __contains__(self, panel: str) -> bool:
        """Whether a panel is torn off, or about to be."""
        return panel in self._open

    def remembered(self) -> tuple[str, ...]:
        """What was torn off when the program closed; their docked windows are hidden from the first frame."""
        titles = self._means.titles
        return tuple(one.panel for one in self._windows.panels if one.open and one.panel in titles)

    def restore(self) -> None:
        """Tear those off again, once the window is there."""
        for panel in self.remembered():
            self.tear_off(panel)

    def tear_off(self, panel: str) -> None:
        """Open a window for a panel; one that has a window comes to the front."""
        if panel in self._open:
            torn = self._open[panel]
            torn.feed.put(Front(), self._told)
            return
        self._bring(self._means.state())
        torn = self._open[panel] = _Torn(panel)
        torn.feed = Feed(self._told)
        torn.facts = self._means.facts()
        torn.feed.put(torn.facts, self._told)
        torn.process = PanelProcess(
            panel,
            torn.feed,
            home=self._means.home,
            server=self._means.server,
            own_home=self._means.own_home,
            place=self._windows.of(panel).place or self._means.place(panel),
            dress=torn.facts.dress,
            hear=lambda heard: self._hear(torn, heard),
            environ=os.environ,
            module=self._means.module,
        )

    def dock(self, panel: str) -> None:
        """Take a panel back into the main window."""
        torn = self._open.pop(panel, None)
        if torn is not None:
            torn.process.end()
            self._means.show(panel, True)
            self._windows = self._windows.opened(panel, opened=False)

    def happened(self, event: Event, before: ViewState, after: ViewState) -> None:
        """Pass an event on, which took the window from one state to another."""
        self._bring(before)
        for torn in self._open.values():
            torn.feed.happened(event, after)
        self._told = after

    def tick(self) -> bool:
        """Once a frame: tell what changed, do what was asked for. True where something was."""
        moved = False
        for _ in range(MOST_AT_ONCE):
            try:
                torn, heard = self._heard.get(block=False)
            except queue.Empty:
                break
            moved = True
            if self._open.get(torn.panel) is torn:
                self._take(torn, heard)
        self._bring(self._means.state())
        if self._open:
            facts = self._means.facts()
            for torn in self._open.values():
                if torn.facts != facts:
                    torn.facts = facts
                    torn.feed.put(facts, self._told)
        self._save()
        return moved

    def close(self) -> None:
        """The program closes: end them all, and keep in mind which there were."""
        processes = [torn.process for torn in self._open.values()]
        self._open.clear()
        for process in processes:
            process.end()
        until = time.monotonic() + GOODBYE_SECONDS
        for process in processes:
            if not process.over.wait(max(0.0, until - time.monotonic())):
                process.kill()
        if self._windows != self._saved:
            save(self._path, self._windows)

    def _hear(self, torn: _Torn, heard: Heard) -> None:
        """On a panel's thread; waits where the window has much to do."""
        self._heard.put((torn, heard))
        self._means.wake()

    def _take(self, torn: _Torn, heard: Heard) -> None:
        panel = torn.panel
        match heard:
            case Gone(why=why):
                self.dock(panel)
                title = self._means.titles[panel]
                told = f": {why}." if why else "."
                self._means.note(f"The window of {title} is gone, so the panel is docked again{told}")
            case DockBack():
                self.dock(panel)
            case Ready():
                self._means.show(panel, False)
                self._windows = self._windows.opened(panel, opened=True)
            case Moved(place=place):
                self._windows = self._windows.moved(panel, place)
            case _:
                self._ask(torn, heard)

    def _ask(self, torn: _Torn, message: ToWindow) -> None:
        """Do it. What a panel writes it is not told again, only where it could not be sent."""
        taken = self._means.act(torn.panel, message)
        if isinstance(message, Drafted | SendMessage):
            if torn.facts is not None:
                torn.facts = replace(torn.facts, draft=self._means.facts().draft)
            if not taken:
                torn.feed.put(NotTaken(words=message.words), self._told)

    def _bring(self, state: ViewState) -> None:
        """Tell what the window changed without an event."""
        if state is not self._told:
            for torn in self._open.values():
                torn.feed.changed(self._told, state)
            self._told = state

    def _save(self) -> None:
        if self._windows == self._saved or self._saving.is_set():
            return
        windows = self._saved = self._windows
        self._saving.set()

        def work() -> None:
            save(self._path, windows)
            self._saving.clear()

        self._means.later(work)
