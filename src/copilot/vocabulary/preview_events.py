"""The events of previews; `events` names them with all the others."""

from copilot.vocabulary.confinement import PreviewChange, ViewKind
from copilot.vocabulary.event_base import TurnEvent
from copilot.vocabulary.frozen import frozen


@frozen
class PreviewStarted(TurnEvent):
    """The person asked to see what a script would do. `request_id` is that of the approval."""

    request_id: str
    preview_id: str
    view: ViewKind


@frozen
class PreviewReady(TurnEvent):
    """What a script did to a view of the project. It is for the person; the model gets none of it.

    `text` is what ran. `changes` is what `ApplyPreview` would commit. `outside` is what it wrote or tried
    outside the project, as far as that was seen, `unseen` what this level cannot see or do. `refused` says
    why it cannot be applied, "" where it can be.
    """

    request_id: str
    preview_id: str
    text: str
    view: ViewKind
    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    changes: tuple[PreviewChange, ...]
    outside: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    refused: str = ""


@frozen
class PreviewEnded(TurnEvent):
    """A preview is gone: `reason` "applied", "discarded", "failed" (`message` says why) or "stopped"."""

    request_id: str
    preview_id: str
    reason: str
    message: str = ""
