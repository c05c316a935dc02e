"""Whether a turn sent what its preview had shown: the two hashes side by side. Nothing here draws."""

from dataclasses import replace
from typing import Literal

from copilot.vocabulary import events as e
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice


@frozen
class RequestCheck:
    """A turn's first request beside the newest preview before it; `sha256` is empty until it was sent.

    `prompt_tokens` is what the provider counted for the turn's latest request.
    """

    turn_id: str
    branch: str
    model: ModelChoice
    user_message: str
    preview: e.RequestPreviewed | None
    sha256: str = ""
    prompt_tokens: int = 0

    @property
    def verdict(self) -> Literal["waiting", "same", "differs", "unseen"]:
        """What can be said of it now; "unseen" where nothing had been previewed."""
        if not self.sha256:
            return "waiting"
        if self.preview is None or not self.preview.sha256:
            return "unseen"
        return "same" if self.preview.sha256 == self.sha256 else "differs"

    def reason(self, asked: str | None) -> str:
        """Why it differs, as far as that is known. `asked` is the message that the preview was made for."""
        shown = self.preview
        if shown is None or not shown.sha256:
            return "there was no preview of it"
        if shown.branch != self.branch:
            return f"the preview was of the branch {shown.branch}"
        if shown.model != self.model:
            return f"the preview was for {shown.model.model or shown.model.provider}"
        if asked is not None and asked != self.user_message:
            return "the message was changed after the preview"
        return "the files or the discussion changed after the preview"


def begun(event: e.TurnStarted, preview: e.RequestPreviewed | None) -> RequestCheck:
    """The check of a turn that begins now."""
    return RequestCheck(
        turn_id=event.turn_id,
        branch=event.branch,
        model=event.model,
        user_message=event.user_message,
        preview=preview,
    )


def reported(check: RequestCheck | None, event: e.UsageReported) -> RequestCheck | None:
    """The check after a request was sent and counted; only the first round is what was previewed."""
    if check is None or check.turn_id != event.turn_id:
        return check
    sent = event.sha256 if event.round == 1 else check.sha256
    return replace(check, sha256=sent, prompt_tokens=event.usage.input_tokens)
