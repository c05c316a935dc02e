"""Does the commands that show, undo and redo what runs did to the files, and go back to a message."""

from typing import TYPE_CHECKING

from copilot.vocabulary.commands import RunCommand
from copilot.vocabulary.errors import ProjectError

if TYPE_CHECKING:
    from copilot.ai.turn import Kit


def take_back(command: RunCommand, kit: "Kit") -> None:
    """Do it and tell it. Raises CopilotError where it cannot be done."""
    raise ProjectError(f"{type(command).__name__}: {kit.name} knows of no run")
