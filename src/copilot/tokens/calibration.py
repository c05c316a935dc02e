"""What replies taught about each model's tokens: the factor between wordpieces and what a provider counts."""

from collections.abc import Mapping
from math import ceil

from copilot.tokens.estimator import factor, wordpieces
from copilot.vocabulary.frozen import field, frozen, replace
from copilot.vocabulary.values import ProviderName

LOWEST, HIGHEST = 0.4, 3.0
"""No text that was measured lies outside; one odd reply cannot lead further away."""

SMALLEST_PROMPT = 500
"""Tokens. In smaller prompts what a provider adds of its own weighs too much to learn from."""

_NEW = 0.2
"""How much the newest reply counts."""


@frozen
class Calibration:
    """Factors by "provider/model". A model that is not there starts with the estimator's own factor."""

    factors: Mapping[str, float] = field(default_factory=dict[str, float])

    def factor(self, provider: ProviderName, model: str) -> float:
        """Tokens of a wordpiece."""
        learnt = self.factors.get(key(provider, model))
        return factor(provider, model) if learnt is None else learnt

    def estimate(self, text: str, *, provider: ProviderName, model: str) -> int:
        """Tokens of `text` for a model, rounded up; 0 for an empty text."""
        return ceil(wordpieces(text) * self.factor(provider, model))

    def learned(self, provider: ProviderName, model: str, pieces: float, actual: int) -> "Calibration":
        """Moved a step towards a prompt of `pieces` wordpieces that the provider counted as `actual` tokens.

        The same value where there is nothing to learn: a small prompt, or a provider that counts nothing.
        """
        if min(pieces, actual) < SMALLEST_PROMPT:
            return self
        seen = bounded(actual / pieces)
        moved = (1 - _NEW) * self.factor(provider, model) + _NEW * seen
        return replace(self, factors={**self.factors, key(provider, model): bounded(moved)})


def key(provider: ProviderName, model: str) -> str:
    """The name a model's factor is kept under."""
    return f"{provider}/{model}"


def bounded(value: float) -> float:
    """The nearest factor that can be true."""
    return min(max(value, LOWEST), HIGHEST)
