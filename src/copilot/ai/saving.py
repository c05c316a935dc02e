"""What the disk did not take is tried again, in a thread of its own that lives as long as the trouble."""

import threading
from collections.abc import Callable

from copilot.projects.store import Store
from copilot.vocabulary.text import sentences

RETRY_SECONDS = 5.0
"""Between two tries: room is made by a person, who wants to see that it helped."""


class Saving:
    """`say` tells the person, once when the trouble begins and once when it is over. For any thread."""

    def __init__(self, store: Store, say: Callable[[str], None], pause: float = RETRY_SECONDS) -> None:
        self._store = store
        self._say = say
        self._pause = pause
        self._guard = threading.Lock()
        self._busy = False
        self._over = threading.Event()

    def look(self) -> None:
        """Begin to try again, where the project is in memory only."""
        trouble = self._store.trouble
        if trouble is None or self._over.is_set():
            return
        with self._guard:
            if self._busy:
                return
            self._busy = True
        memory = "What was said is in memory only, and work goes on; saving is tried again every few seconds"
        self._say(sentences(str(trouble), memory, "No script runs until it succeeds", trouble.hint))
        threading.Thread(target=self._try, name="saving", daemon=True).start()

    def finish(self) -> None:
        """Try no more: the program ends, and whoever closes the project says what became of it."""
        self._over.set()

    def _try(self) -> None:
        while not self._over.wait(self._pause):
            if self._store.retry():
                with self._guard:
                    self._busy = False
                self._say(f"All of {self._store.project.name} is saved again.")
                return
