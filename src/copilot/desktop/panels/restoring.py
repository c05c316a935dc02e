"""What is asked before a discussion goes back to one of its messages: what goes back with it."""

from collections.abc import Sequence

from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Question
from copilot.desktop.widgets import Icon
from copilot.vocabulary.commands import RestoreTo

_FOOT = (
    "Your own edits of files stay. The messages after it stay as a branch of their own.\n"
    "Either can be taken back: Undo in Tool calls and Branches."
)


def restore_question(actions: Actions, branch: str, message: str) -> Question:
    """Files, messages or both, of a branch, as they were when the message was its last."""

    def choices() -> Sequence[Choice]:
        return (
            _choice(actions, branch, message, files=True, messages=True),
            _choice(actions, branch, message, files=True, messages=False),
            _choice(actions, branch, message, files=False, messages=True),
        )

    return Question(hint="Restore to this message", choices=choices, icon=Icon.HISTORY, foot=_FOOT)


def _choice(actions: Actions, branch: str, message: str, *, files: bool, messages: bool) -> Choice:
    titles = {
        (True, True): ("Files and messages", "undo what was run since, and go on from here"),
        (True, False): ("Files only", "undo what was run since; the discussion stays"),
        (False, True): ("Messages only", "go on from here; the files stay"),
    }
    title, note = titles[files, messages]

    def run() -> None:
        actions.submit(
            RestoreTo(
                request_id=actions.new_id(), branch=branch, message=message, files=files, messages=messages
            )
        )

    return Choice(title=title, note=note, icon=Icon.HISTORY, run=run, words="restore undo back")
