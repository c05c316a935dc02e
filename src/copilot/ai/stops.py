"""What follows from how a model stopped: whether the answer is whole, whether the turn goes on by itself."""

from copilot.ai.voice import Voice
from copilot.providers.base import Done
from copilot.vocabulary.errors import BadResponseError, RefusedError
from copilot.vocabulary.events import RetryScheduled

MALFORMED_HINT = (
    "Your last reply held a tool call that could not be read, so nothing was run. "
    "Make the call again: one call, with arguments that are a valid JSON object and fit the tool's schema."
)
"""Told to the model, once, with the request that follows such a reply; it is not kept in the discussion."""


def goes_on(done: Done, voice: Voice, *, hinted: bool) -> bool:
    """Whether the turn asks again by itself: after a pause, and once after a call that cannot be read.

    `hinted` is True where this reply already followed a hint. Raises RefusedError where the model or a filter
    declined, BadResponseError for the second unreadable call in a row. Says what else kept the answer from
    being whole.
    """
    match done.stop:
        case "refused":
            raise RefusedError(f"the model declined to answer ({done.detail})")
        case "malformed":
            words = f"the model wrote a tool call that cannot be read ({done.detail})"
            if hinted:
                hint = "Nothing was run for it. Ask again in smaller steps, or choose another model."
                raise BadResponseError(f"{words}, twice in a row", hint)
            voice.say(RetryScheduled, attempt=2, wait_seconds=0.0, reason=words)
            return True
        case "paused" if done.parts:
            return True
        case "max_tokens":
            voice.warn("The answer was cut off at the model's output limit. Continue asks for the rest.")
        case "other":
            voice.warn(f"The model stopped for a reason this program does not know ({done.detail}).")
        case "end" | "tools" | "paused":
            if not done.parts:
                voice.warn("The model gave an empty answer.")
    return False
