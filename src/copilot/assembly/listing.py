"""The files of a project as the window's tree shows them, each with the view that was chosen for it."""

from pathlib import Path

from copilot.context import globs
from copilot.providers.base import Cancelled
from copilot.vocabulary.errors import ProjectError, TurnCancelledError
from copilot.vocabulary.values import FileChoice, FileState, ModelChoice, Project
from copilot.workspace.boundary import Entry
from copilot.workspace.walking import walk

_BYTES_A_TOKEN = 4


def list_files(project: Project, _model: ModelChoice, cancelled: Cancelled) -> tuple[FileState, ...]:
    """Every file that no ignore rule takes out. Tokens are guessed from sizes.

    Raises ProjectError where the base directory is missing, ToolError, TurnCancelledError.
    """
    base_dir = Path(project.base_dir)
    if not base_dir.is_dir():
        raise ProjectError(f"the base directory {base_dir} is not there")
    choices = [choice for choice in project.files if _usable(choice)]
    states: list[FileState] = []
    for entry in walk(base_dir):
        if cancelled():
            raise TurnCancelledError("stopped while the files were listed")
        if entry.kind == "file":
            states.append(_state(entry, choices))
    return tuple(states)


def _state(entry: Entry, choices: list[FileChoice]) -> FileState:
    fitting = [one for one in choices if globs.matches(one.pattern.removeprefix("!"), entry.path)]
    taken = bool(fitting) and not fitting[-1].pattern.startswith("!")
    view = fitting[-1].view if taken else "off"
    return FileState(
        path=entry.path,
        wanted=view,
        view=view,
        tokens=0 if view == "off" else entry.size // _BYTES_A_TOKEN,
        size=entry.size,
        pinned=taken and fitting[-1].pinned,
    )


def _usable(choice: FileChoice) -> bool:
    try:
        globs.check(choice.pattern.removeprefix("!"))
    except globs.GlobError:
        return False
    return True
