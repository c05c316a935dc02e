"""The panel's side of the pipe: what the window tells is read on one thread, what is told it goes out on
another, so that the panel's window never waits for the main one."""

import os
import queue
import threading
from collections.abc import Callable

from copilot.desktop.torn.messages import Leave, Start, ToPanel, ToWindow, read_to_panel
from copilot.desktop.torn.pipe import PipeEndedError, knock
from copilot.desktop.torn.wire import WireError, write

LAST_SECONDS = 0.7
"""How long the panel may take to close once the window is gone; then its process just ends."""


class Link:
    """Raises PipeEndedError where the window is not there. `wake` is called after each message, once there is
    somebody to wake.
    """

    def __init__(self, start: Start) -> None:
        self.wake: Callable[[], None] | None = None
        self._pipe = knock(start.address, bytes.fromhex(start.key))
        self._heard: queue.SimpleQueue[ToPanel] = queue.SimpleQueue()
        self._said: queue.SimpleQueue[ToWindow | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="to the window", daemon=True)
        self._writer.start()
        threading.Thread(target=self._read, name="from the window", daemon=True).start()

    def take(self) -> list[ToPanel]:
        """What came since the last call; `Leave` at the end, whatever ended it."""
        found: list[ToPanel] = []
        while True:
            try:
                found.append(self._heard.get(block=False))
            except queue.Empty:
                return found

    def tell(self, message: ToWindow) -> None:
        """Tell the window; never waits."""
        self._said.put(message)

    def close(self) -> None:
        """Wait a moment until what was told is out."""
        self._said.put(None)
        self._writer.join(LAST_SECONDS)

    def _read(self) -> None:
        message: ToPanel | None = None
        while not isinstance(message, Leave):
            try:
                message = read_to_panel(self._pipe.receive())
            except (PipeEndedError, WireError):
                message = Leave()
            self._heard.put(message)
            if self.wake is not None:
                self.wake()
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()

    def _write(self) -> None:
        try:
            while (message := self._said.get()) is not None:
                self._pipe.send(write(message))
        except PipeEndedError:
            pass
