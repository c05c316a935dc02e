"""The sessions that have a log, to be chosen from: the newest first."""

from collections.abc import Callable
from datetime import datetime

from copilot.desktop.errands import Errands
from copilot.desktop.panels.chooser import Choice, Question
from copilot.desktop.widgets import Icon
from copilot.projects.home import Home
from copilot.vocabulary.errors import CopilotError

_MOST = 300


class SessionList:
    """Asks which session: `ask` shows the question; the folder is read beside the main thread."""

    def __init__(self, home: Home, errands: Errands, ask: Callable[[Question], None]) -> None:
        self._home, self._errands, self._ask = home, errands, ask
        self._listed: tuple[str, ...] = ()

    def choose(self, hint: str, chosen: Callable[[str], None]) -> None:
        """`chosen` hears the name of the one that the person takes."""
        self._errands.add(lambda: _sessions(self._home), self._take)
        nothing = "No session of this name has a log."

        def choices() -> list[Choice]:
            return [
                Choice(title=began(one), note=one, icon=Icon.LIST, run=lambda one=one: chosen(one))
                for one in self._listed
            ]

        self._ask(Question(hint=hint, choices=choices, nothing=nothing))

    def _take(self, sessions: tuple[str, ...]) -> None:
        self._listed = sessions


def began(session: str) -> str:
    """When a session began, by its name; in UTC, as logs say it."""
    try:
        return f"{datetime.strptime(session[:15], '%Y%m%d_%H%M%S'):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return session


def _sessions(home: Home) -> tuple[str, ...]:
    from copilot.record.log_files import sessions_in

    try:
        return tuple(reversed(sessions_in(home.logs)))[:_MOST]
    except CopilotError:
        return ()
