"""A panel where it has nothing to show."""

from copilot.desktop.panels.panel import Panel
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Look, window


class Away(Panel):
    """In a torn-off window, a playback or the window of a server's project, where what it needs is elsewhere;
    `words` say so."""

    def __init__(self, look: Look, name: str, heading: str, words: str) -> None:
        look.text(words, window(name, heading), colour=look.palette.dim, wrap=0)

    def refresh(self, state: ViewState) -> None:
        """Nothing changes here."""
