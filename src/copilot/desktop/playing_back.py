"""Playing a session back from the main window: it is chosen there, and played in a window of its own."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.panels.chooser import Question, no_choices
from copilot.desktop.session_list import SessionList
from copilot.projects.home import Home


def play_back_actions(
    home: Home, errands: Errands, ask: Callable[[Question], None], play_back: Callable[[str], str]
) -> tuple[NamedAction, ...]:
    """By name. `play_back` opens the window and gives the trouble there was, "" for none."""
    sessions = SessionList(home, errands, ask)

    def opened(trouble: str) -> None:
        if trouble:
            ask(Question(hint="Not played back", choices=no_choices, nothing=trouble))

    def chosen(session: str) -> None:
        errands.apart(lambda: play_back(session), opened)

    return (
        NamedAction(
            name="session.play_back",
            title="Play back a session…",
            run=lambda: sessions.choose("Which session?", chosen),
            group="Session",
            words="replay recording log history watch",
        ),
    )
