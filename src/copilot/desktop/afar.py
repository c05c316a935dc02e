"""The window of a project that lies on a server: what it needs to know, and which of its parts stay away.

What events and commands carry works as it does here. What would take the server's disk or settings is not
shown, and what lies on this machine is never shown in its place.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from copilot.desktop.action_table import NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.projects.attachments import AttachmentFolder
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.text import sentences


@frozen
class Afar:
    """`server` in a few words. `trouble` says why nothing comes now, "" while there is a connection.

    `keep`, `projects` and `open_project` may take seconds and are called away from the main thread; the first
    two raise CopilotError, the third gives the trouble there was.
    """

    server: str
    own_home: Path
    trouble: Callable[[], str]
    keep: Callable[[Attachment, bytes], None]
    projects: Callable[[], tuple[str, ...]]
    open_project: Callable[[str], str]


AWAY: Mapping[str, str] = {
    "inspector": "The logs of this project lie on {server}, and are not read from here. The Log panel has "
    "what this window heard; whoever runs the server reads the rest there.",
    "documents": "A codebase is documented where its files are: on {server}, not here. Ask for it in the "
    "discussion, or run copilot document there.",
    "servers": "MCP servers run outside any fence, so {server} starts none for people who come from "
    "elsewhere. In a window on a project of this machine they are listed here.",
}
"""The panels that have nothing to show, by name, and what they say."""

_STAYS_THERE = "This project lies on {server}. "
_HELD: Mapping[str, str] = {
    "branch.export": _STAYS_THERE + "Exporting takes the project's own files: copilot export does it there.",
    "session.export": _STAYS_THERE + "Its sessions are there, too: copilot export does it there.",
    "project.import": _STAYS_THERE + "Take the discussion in there: copilot import.",
    "session.play_back": _STAYS_THERE + "Its sessions are there, too: copilot replay plays them there.",
    "search.open": _STAYS_THERE
    + "A search looks into the projects of this machine: Ctrl+F finds in this one.",
}
"""What would take the files of the home where the project lies, by name, and why it cannot be done."""


def held(actions: Iterable[NamedAction], server: str) -> tuple[NamedAction, ...]:
    """The actions, those that need what lies on the server not to be done."""
    return tuple(_held(one, server) for one in actions)


def _held(action: NamedAction, server: str) -> NamedAction:
    why = _HELD.get(action.name)
    return action if why is None else replace(action, enabled=_never, why=why.format(server=server))


def _never() -> bool:
    return False


def lost_words(afar: Afar) -> str:
    """What the person is told while there is no connection; "" while there is one."""
    trouble = afar.trouble()
    if not trouble:
        return ""
    told = f"No connection to {afar.server}: {trouble}"
    return sentences(told, "It is made again by itself; what you write stays here.")


def not_sent(afar: Afar) -> str:
    """What the person is told who sends something meanwhile."""
    return f"Not sent: there is no connection to {afar.server} now. What you wrote stays in the composer."


class PostedFolder(AttachmentFolder):
    """Where attachments wait: what is kept here goes to the server as well, which has to know it by then."""

    def __init__(self, folder: Path, keep: Callable[[Attachment, bytes], None]) -> None:
        super().__init__(folder)
        self._post = keep

    def keep(self, part: Attachment, data: bytes) -> Path:
        """Raises CopilotError, also for what the server says."""
        self._post(part, data)
        return super().keep(part, data)


class ServerProjects:
    """The projects of the person there, to open one in a window of its own."""

    def __init__(self, afar: Afar, errands: Errands, ask: Callable[[Question], None]) -> None:
        self._afar, self._errands, self._ask = afar, errands, ask

    def open(self) -> None:
        """Ask which one."""
        self._errands.apart(self._listed, self._offer)

    def _listed(self) -> tuple[str, ...] | str:
        try:
            return self._afar.projects()
        except CopilotError as error:
            return sentences(str(error), error.hint)

    def _offer(self, found: tuple[str, ...] | str) -> None:
        hint = f"Your projects on {self._afar.server}"
        if isinstance(found, str):
            self._ask(Question(hint=hint, choices=no_choices, nothing=found))
            return
        choices = tuple(Choice(title=name, run=self._opener(name)) for name in found)
        self._ask(Question(hint=hint, choices=lambda: choices, typed=self._new))

    def _new(self, words: str) -> Choice | None:
        name = words.strip()
        return Choice(title=f"Begin {name} there", run=self._opener(name)) if name else None

    def _opener(self, name: str) -> Callable[[], None]:
        def opened(trouble: str) -> None:
            if trouble:
                self._ask(Question(hint="Not opened", choices=no_choices, nothing=trouble))

        return lambda: self._errands.apart(lambda: self._afar.open_project(name), opened)
