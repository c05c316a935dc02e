"""The prompts of the open project as the panel shows and changes them; files are not the main thread's.

No Dear PyGui here. Other programs may change the files at any time, so they are read again and again while
the panel is shown.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from copilot.projects.home import Home as Home
from copilot.projects.prompts import Library, keep_prompt, read_library, remove_prompt
from copilot.projects.prompts import Prompt as Prompt
from copilot.projects.prompts import PromptScope as PromptScope
from copilot.projects.prompts import fitting as fitting
from copilot.projects.prompts import prompt_flaw as prompt_flaw
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.text import sentences

if TYPE_CHECKING:
    from copilot.desktop.preferences import Apart

AGAIN_SECONDS = 2.0
"""How often the folders are looked at while the panel is shown."""


class PromptShelf:
    """One per window. `changed` is called when there is something else to show."""

    def __init__(self, home: Home, errands: "Apart", changed: Callable[[], None]) -> None:
        self.library = Library()
        self.trouble = ""
        self.gone: Prompt | None = None
        self._home = home
        self._errands = errands
        self._changed = changed
        self._project = ""
        self._reading = False

    def read(self, project: str) -> None:
        """Look at the disk; the prompts of another project are not shown any more."""
        if project != self._project:
            self._project, self.gone = project, None
            self.library = Library()
        if not self._reading:
            self._reading = True
            self._errands.add(lambda: (project, read_library(self._home, project)), self._read)

    def keep(self, prompt: Prompt, before: Prompt | None, then: Callable[[str], None]) -> None:
        """Write a prompt in the place of `before`; `then` hears why it was not possible, "" where it was."""
        project = self._project

        def done(trouble: str) -> None:
            self._after(project)
            then(trouble)

        self._errands.add(_tried(lambda: keep_prompt(self._home, project, prompt, before)), done)

    def remove(self, prompt: Prompt) -> None:
        """Remove a prompt; `undo` has it back."""
        project = self._project

        def done(trouble: str) -> None:
            self.gone = self.gone if trouble else prompt
            self.trouble = trouble
            self._after(project)

        self._errands.add(_tried(lambda: remove_prompt(self._home, project, prompt)), done)

    def undo(self) -> None:
        """Have back what was removed last."""
        prompt, self.gone = self.gone, None
        if prompt is not None:
            self.keep(prompt, None, self._tell)

    def _tell(self, trouble: str) -> None:
        self.trouble = trouble
        self._changed()

    def _after(self, project: str) -> None:
        self._reading = False
        self.read(project)
        self._changed()

    def _read(self, found: tuple[str, Library]) -> None:
        self._reading = False
        project, library = found
        if project == self._project and library != self.library:
            self.library = library
            self._changed()


def _tried(work: Callable[[], None]) -> Callable[[], str]:
    """What went wrong with `work`, in words; "" where nothing did."""

    def tried() -> str:
        try:
            work()
        except CopilotError as error:
            return sentences(str(error), error.hint)
        return ""

    return tried


def added(draft: str, words: str) -> str:
    """A draft with more words below it."""
    return f"{draft.rstrip()}\n\n{words}" if draft.strip() else words
