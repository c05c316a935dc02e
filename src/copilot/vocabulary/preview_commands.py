"""The commands of previews. `request_id` is always that of the approval that waits.

A preview is a run before approval: it is only ever the person's own click, and its output is theirs alone.
"""

from copilot.vocabulary.frozen import frozen


@frozen
class PreviewScript:
    """Run what the approval is about against a view of the project (`PreviewStarted`, then `PreviewReady`).

    `edited_text` is the person's own version, None for the text as it came. `PreviewEnded` says why where it
    cannot be done.
    """

    request_id: str
    edited_text: str | None = None


@frozen
class ApplyPreview:
    """Answer the approval with yes, and commit what was previewed instead of running it again.

    `edited_text` is the person's version that was previewed, None for the text as it came.
    """

    request_id: str
    preview_id: str
    edited_text: str | None = None


@frozen
class DiscardPreview:
    """Forget the approval's preview; stop it where it still runs (`PreviewEnded`). The approval waits on."""

    request_id: str


PreviewCommand = PreviewScript | ApplyPreview | DiscardPreview
