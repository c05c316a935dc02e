"""Attachments of a branch: keeping those of a new message, and what of the older ones a service can be sent.

An attachment whose bytes are gone, or that the model's service does not take, stays in the discussion; in the
request words stand in its place, always the same, so that the prefix does not change from round to round.
"""

from collections.abc import Callable, Sequence

from copilot.ai.history import put_in_place
from copilot.projects.attachments import Attachments
from copilot.tokens.attachment_limits import cannot_take, cannot_take_all
from copilot.vocabulary.errors import AttachmentError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Attachment, Message, Part, Text, attachments_of
from copilot.vocabulary.values import ProviderName

GONE = "its file is gone, or no longer what it was"


@frozen
class Shown:
    """Messages as they can be sent. `left_out` says of each attachment that is not, what it is and why."""

    messages: tuple[Message, ...]
    left_out: tuple[str, ...] = ()


def keep_attachments(
    parts: Sequence[Attachment], history: Sequence[Message], provider: ProviderName, kept: Attachments
) -> None:
    """Keep the bytes of a new message's attachments with the project, synced.

    Nothing is kept unless all can be sent with those of `history` that no summary stands for. Raises
    AttachmentError, or StorageError from the disk.
    """
    for part in parts:
        why, hint = cannot_take(part, provider)
        if why:
            raise AttachmentError(f"{part.name} cannot be sent: {why}", hint)
        if not kept.there(part):
            raise AttachmentError(f"{part.name} cannot be sent: {GONE}", "Attach it again.")
    before = attachments_of(sendable(put_in_place(history), provider, kept.there).messages)
    why, hint = cannot_take_all(parts, provider) if parts else ("", "")
    if why:
        raise AttachmentError(f"the attachments cannot be sent together: {why}", hint)
    why, hint = cannot_take_all((*before, *parts), provider) if parts else ("", "")
    if why:
        words = "the attachments cannot be sent with those that the branch has already"
        raise AttachmentError(f"{words}: {why}", hint)
    for part in parts:
        kept.keep(part)


def sendable(
    messages: Sequence[Message], provider: ProviderName, there: Callable[[Attachment], bool]
) -> Shown:
    """The messages with words for what cannot be sent; the oldest go first where not all fit together."""
    parts = attachments_of(messages)
    if not parts:
        return Shown(messages=tuple(messages))
    reasons = [cannot_take(part, provider)[0] or ("" if there(part) else GONE) for part in parts]
    for number in range(len(parts)):
        fits = [part for part, why in zip(parts, reasons, strict=True) if not why]
        why = cannot_take_all(fits, provider)[0]
        if not why:
            break
        reasons[number] = reasons[number] or why
    left = iter(reasons)
    told: list[str] = []

    def shown(part: Part) -> Part:
        if not isinstance(part, Attachment):
            return part
        why = next(left)
        if not why:
            return part
        told.append(f"{part.told}: {why}")
        return Text(text=f"[Attached here and not sent: {part.told}: {why}]")

    fitted = tuple(replace(m, parts=tuple(map(shown, m.parts))) if m.attachments else m for m in messages)
    return Shown(messages=fitted, left_out=tuple(told))
