"""Local servers that cut a long prompt without a word: noticed by what they count.

Ollama does, where a prompt is longer than the window that it was started with, and says what that is only
once it has loaded the model (sdks.md).
"""

from copilot.ai.kit import Kit
from copilot.ai.voice import Voice
from copilot.providers.base import Cancelled
from copilot.vocabulary.frozen import mutable
from copilot.vocabulary.values import Limits, ModelChoice

LEAST_TOKENS = 2_000
"""Shorter prompts fit into the smallest window that is in use."""


@mutable(kw_only=True)
class Counts:
    """Takes in what a service counted of each request of a turn."""

    kit: Kit
    model: ModelChoice
    limits: Limits
    voice: Voice
    cancelled: Cancelled
    _told: bool = False

    def __call__(self, estimated: int, actual: int) -> int | None:
        """A prompt that was estimated at so many tokens was counted as `actual`, 0 where nobody counted.

        Gives how long prompts may be from now on, in estimated tokens, where that is less than was thought.
        """
        limit = self._cut_at(estimated, actual)
        if limit is None:
            self.kit.learn(self.model, estimated, actual)
            return None
        if not self._told:
            self._told = True
            self.voice.warn(
                f"The server read {actual:,} of about {estimated:,} tokens: its window is smaller than the "
                f"prompt, and it left out the rest without a word. From now on prompts are kept below "
                f"{limit:,} tokens. Start it with a larger window, or choose fewer files."
            )
        return limit

    def _cut_at(self, estimated: int, actual: int) -> int | None:
        """The server's own limit, where it is what cut the prompt: of that nothing can be learnt."""
        if self.model.provider != "compatible" or self.limits.max_prompt_tokens:
            return None
        if estimated < LEAST_TOKENS or not 0 < actual < estimated // 2:
            return None
        limit = self.kit.windows.limit(self.model, self.limits, self.cancelled)
        return limit if limit < estimated else None
