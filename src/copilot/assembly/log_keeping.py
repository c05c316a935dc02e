"""When the home is put in order: a while after the start beside the work, or at the end of a run that was
shorter, where the logs are looked at daily."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from copilot.projects.home import Home
from copilot.vocabulary.log_settings import LogSettings

START_SECONDS = 4.0
"""After the window has come, or while the first answer does."""

_JOIN_SECONDS = 2.0
_LAST_SECONDS = 0.3
"""For what is due at the end of a run that was too short; the rest is for the next one."""
_LONGEST_UNKEPT = 86_400.0


class LogKeeping:
    """Runs once, on a thread of its own. Ages are by the system's clock, as those of files are."""

    def __init__(self, home: Home, settings: LogSettings) -> None:
        self._home, self._settings = home, settings
        self._ended = threading.Event()
        self._begun = False
        self._thread = threading.Thread(target=self._run, name="log keeping", daemon=True)

    def start(self) -> "LogKeeping":
        """Wait, and then work."""
        self._thread.start()
        return self

    def close(self) -> None:
        """End it, once the session's own log is closed. What it was at is left for the next time."""
        self._ended.set()
        self._thread.join(_JOIN_SECONDS)
        if self._begun:
            return
        self._home.sweep()
        if _is_due(self._home.state / "logs" / "keeping.lock"):
            until = time.monotonic() + _LAST_SECONDS
            self._keep(lambda: time.monotonic() > until)

    def _run(self) -> None:
        if not self._ended.wait(START_SECONDS):
            self._begun = True
            self._home.sweep()
            self._keep(self._ended.is_set)

    def _keep(self, stopped: Callable[[], bool]) -> None:
        from copilot.record.log_keeping import LogKeeper  # with gzip: no start is to wait for it

        LogKeeper(self._home.logs, self._home.state, self._settings, time.time, stopped).keep()


def _is_due(mark: Path) -> bool:
    try:
        return time.time() - mark.stat().st_mtime > _LONGEST_UNKEPT
    except OSError:
        return True
