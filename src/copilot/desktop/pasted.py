"""Ctrl+V in the composer: a file whose name was copied is attached in place of its name; so is a picture."""

from copilot.desktop.attachable import attachable
from copilot.desktop.clipboard import files_in
from copilot.desktop.intake import Intake

_FRAMES = 30
"""Frames in which the library pastes the name after all."""


class Pasted:
    """`paste` what the clipboard holds; `taken_out` of each draft that follows."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._name = ""
        self._frames = 0

    def paste(self, words: str) -> None:
        """Attach what the words name; without any, the picture that was copied."""
        paths = files_in(words)
        if paths and all(map(attachable, paths)):
            self._intake.add(paths)
            self._name, self._frames = words.strip(), _FRAMES
        elif not words:
            self._intake.add_picture()

    def taken_out(self, draft: str) -> tuple[str, str] | None:
        """What stands before and after the name that was pasted; None where it is not there."""
        if not self._name or self._name not in draft:
            return None
        before, _, after = draft.partition(self._name)
        self._name = ""
        return before, after

    def tick(self) -> None:
        """Once a frame."""
        if self._frames:
            self._frames -= 1
            if not self._frames:
                self._name = ""
