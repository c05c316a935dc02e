"""The search of a window, without Dear PyGui: what is asked, what was found, how far the reading is.

The newest question is answered, those before it are given up. Nothing here waits.
"""

import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from copilot.desktop.errands import Errands
from copilot.projects.home import Home
from copilot.vocabulary.search_values import SearchAsked, SearchFound

if TYPE_CHECKING:
    from copilot.assembly.search_beside import BesideSearcher, Read

AGAIN_SECONDS = 10.0
"""How old what was read may be when the person looks for other words."""
TYPING_SECONDS = 0.12
"""How long the person must have typed nothing before it is looked for."""
LIMIT = 200
NOTHING = SearchAsked(words="")


class Searching:
    """One per window. `changed` turns True when there is something else to show."""

    def __init__(
        self, home: Home, keys: Collection[str], errands: Errands, ticks: Callable[[], float]
    ) -> None:
        self._home = home
        self._keys = keys
        self._made: BesideSearcher | None = None
        self._making = threading.Lock()
        self._errands = errands
        self._ticks = ticks
        self._asked = NOTHING
        self._due: float | None = None
        self._looking = False
        self._read_at: float | None = None
        self.reading = False
        self.progress = (0, 0)
        """Bytes of the history that were read, and that are to be read."""
        self.found = SearchFound()
        self.answered = NOTHING
        """What `found` belongs to."""
        self.told = ""
        """What the person should know of the reading."""
        self.changed = False

    @property
    def looking(self) -> bool:
        """Whether the newest question has no answer yet."""
        return self._looking or self._due is not None

    def ask(self, asked: SearchAsked) -> None:
        """Look for this, once the person pauses."""
        if asked == self._asked:
            return
        self._asked = asked
        self._due = self._ticks() + TYPING_SECONDS
        if self._looking:
            self._searcher().interrupt()
        if asked.words.strip():
            self.read()

    def read(self) -> None:
        """Read what changed, unless that was done a moment ago."""
        now = self._ticks()
        if self.reading or (self._read_at is not None and now - self._read_at < AGAIN_SECONDS):
            return
        self.reading, self.progress, self.changed = True, (0, 0), True
        self._errands.apart(lambda: self._searcher().refresh(self._heard), self._read)

    def stop(self) -> None:
        """Read no further."""
        self._searcher().stop()

    def tick(self) -> bool:
        """Once a frame; True while something is under way."""
        if self._due is not None and not self._looking and self._ticks() >= self._due:
            self._due, asked = None, self._asked
            if asked.words.strip():
                self._looking = True
                self._errands.apart(
                    lambda: self._searcher().find(asked), lambda found: self._found(asked, found)
                )
            else:
                self.found, self.answered, self.changed = SearchFound(), asked, True
        return self._due is not None

    def _searcher(self) -> "BesideSearcher":
        """From any thread; what it needs is loaded by the first errand, not by the start of the window."""
        with self._making:
            if self._made is None:
                from copilot.assembly.search_beside import BesideSearcher

                self._made = BesideSearcher(self._home, self._keys)
            return self._made

    def _heard(self, done: int, of: int) -> None:
        """From the errand's thread."""
        self.progress, self.changed = (done, of), True

    def _read(self, read: "Read") -> None:
        self.reading, self.changed = False, True
        self._read_at = self._ticks()
        self.told = read.trouble or " ".join(read.notices)
        if read.stopped:
            self.told = "Stopped: only what was read by then is found."
        if self._asked.words.strip():
            self._due = self._ticks()

    def _found(self, asked: SearchAsked, found: SearchFound) -> None:
        self._looking = False
        if self._due is None or found.hits or found.trouble:  # else it was interrupted
            self.found, self.answered, self.changed = found, asked, True
