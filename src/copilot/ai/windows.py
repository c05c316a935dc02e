"""How long a prompt may be: what the person says, else what the model takes.

What a service counts differs from our estimate, and its answer needs room in the same window; so a tenth of
the window is kept free, and what the answer may take. A local server is asked once what it was started with;
where nobody knows a window, `UNKNOWN_LIMIT_TOKENS` stand for it.
"""

import time
from collections import Counter
from collections.abc import Callable

from copilot.ai.history import PROMPT_LIMIT_TOKENS
from copilot.providers.base import Cancelled, Provider
from copilot.tokens.prices import Prices
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.values import Limits, ModelChoice

UNKNOWN_LIMIT_TOKENS = 128_000
"""For models of which no window is known: the one that most larger models have at least."""

HEADROOM = 0.9
"""Of a window, as estimates may be wrong (sdks.md: keep 10 % headroom)."""

ASK_SECONDS = 5.0
"""How long a local server may take to say what its window is."""

MOST_ASKED = 2
"""How often one is asked that does not say: Ollama knows only of a model that has answered before."""


def prompt_limit(
    model: ModelChoice, limits: Limits, window: int | None = None, max_output: int | None = None
) -> int:
    """Estimated tokens that a prompt for `model` may have; `window` and `max_output` where they are known.

    For Anthropic's models `PROMPT_LIMIT_TOKENS`, or less where a window is smaller. The person's own number
    stands as it is.
    """
    if limits.max_prompt_tokens:
        return limits.max_prompt_tokens
    claude = model.provider in ("anthropic", "rehearsal")
    if window is None:
        return PROMPT_LIMIT_TOKENS if claude else UNKNOWN_LIMIT_TOKENS
    answer = min(model.max_output_tokens, max_output or window, window // 4)
    if claude:
        return min(PROMPT_LIMIT_TOKENS, window - answer)
    return int(window * HEADROOM) - answer


class Windows:
    """The models' windows, from the price table and from local servers."""

    def __init__(self, load: Callable[[], Prices], provider: Callable[[ModelChoice], Provider]) -> None:
        self._load = load
        self._prices: Prices | None = None
        self._provider = provider
        self._told: dict[tuple[str, str], int] = {}
        self._asked: Counter[tuple[str, str]] = Counter()

    def limit(self, model: ModelChoice, limits: Limits, cancelled: Cancelled | None = None) -> int:
        """Estimated tokens that a prompt may have. A local server is asked where `cancelled` is given."""
        if limits.max_prompt_tokens:
            return limits.max_prompt_tokens
        if model.provider == "compatible":
            return prompt_limit(model, limits, self._local(model, cancelled))
        if self._prices is None:
            self._prices = self._load()
        price = self._prices.of(model.provider, model.model)
        if price is None:
            return prompt_limit(model, limits)
        return prompt_limit(model, limits, price.window, price.max_output)

    def _local(self, model: ModelChoice, cancelled: Cancelled | None) -> int | None:
        """The window that a server says; None where it says none, or cannot be asked."""
        place = model.base_url, model.model
        if place in self._told or cancelled is None or self._asked[place] == MOST_ASKED:
            return self._told.get(place)
        self._asked[place] += 1
        until = time.monotonic() + ASK_SECONDS
        try:
            listed = self._provider(model).models(lambda: cancelled() or time.monotonic() > until)
        except CopilotError:
            return None  # the request itself will say what is wrong
        window = next((one.window for one in listed if one.name == model.model or not model.model), None)
        if window:
            self._told[place] = window
        return window
