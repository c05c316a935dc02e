"""When a service finds a request too long: how much shorter the next one must be, and what to say."""

from copilot.ai.history import Pruned
from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.patterns import late

_COUNTS = (
    late(r"(?P<said>\d+) tokens > (?P<most>\d+)"),  # Anthropic
    late(r"\((?P<said>\d+)\) exceeds the maximum number of tokens allowed \((?P<most>\d+)\)"),  # Gemini
    late(r"maximum context length is (?P<most>\d+) tokens\b.*?(?P<said>\d+) tokens"),  # OpenAI, vLLM
    late(r"\((?P<said>\d+) tokens\) exceeds the available context size \((?P<most>\d+) tokens\)"),
)
"""How services name what they counted and what they take; the last is llama.cpp's."""

_GROUPED = late(r"(?<=\d),(?=\d{3}\b)")
_MARGIN = 0.95
_WITHOUT_NUMBERS = 0.75


def smaller_limit(words: str, estimated: int) -> int:
    """The limit for a second try, in our estimated tokens, from the service's words about the first one.

    Where they name both numbers, the estimate is scaled by them; else three quarters of it are left.
    """
    plain = _GROUPED.sub("", words)
    for pattern in _COUNTS:
        if found := pattern.search(plain):
            said, most = int(found["said"]), int(found["most"])
            if 0 < most < said:
                return int(estimated * most / said * _MARGIN)
    return int(estimated * _WITHOUT_NUMBERS)


def not_shorter(service: ContextTooLongError, ours: ContextTooLongError) -> ContextTooLongError:
    """Why there is no second try: nothing more can be left out."""
    return ContextTooLongError(
        f"{service}; nothing more can be left out: {ours}", request_id=service.request_id
    )


def still_too_long(error: ContextTooLongError, fit: Pruned) -> ContextTooLongError:
    """The service found the shorter request too long as well: name the largest part."""
    name, tokens = fit.largest
    return ContextTooLongError(
        f"{error}; it was sent once more with less in it, and is still too long: "
        f"the largest part is {name} (about {tokens:,} tokens)",
        request_id=error.request_id,
    )
