"""What the stand-in remembers between requests: used rules, given ids, thinking it gave, cached prefixes."""

import hashlib
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from copilot.rehearsal.asked import Asked, JsonObject, highest
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.values import Usage

CACHE_MINIMUM_TOKENS = 1_024
"""Shorter prefixes are not cached, and nothing says so (Anthropic's and OpenAI's smallest documented one)."""

LOOKBACK_BLOCKS = 20
"""How far before a mark an entry is still found (Anthropic's documentation)."""


def estimate(text: str) -> int:
    """Tokens of a text: one for four characters, at least one for any."""
    return math.ceil(len(text) / 4)


@mutable(kw_only=True)
class CachedContent:
    """One of Gemini's explicit caches. `body` is what it was made of; times are UTC seconds."""

    name: str
    model: str
    body: JsonObject
    tokens: int
    created: float
    updated: float
    expires: float


@mutable
class Memory:
    """One server's memory, safe to use from all its threads. `caches` is used while `lock` is held.

    `clock` gives UTC seconds.
    """

    clock: Callable[[], float] = time.time
    lock: threading.Lock = field(default_factory=threading.Lock)
    caches: dict[str, CachedContent] = field(default_factory=dict[str, CachedContent])
    thoughts: dict[str, str] = field(default_factory=dict[str, str])
    _used: dict[int, int] = field(default_factory=dict[int, int])
    _answers: int = 0
    _requests: int = 0
    _caches: int = 0
    _cached: set[str] = field(default_factory=set[str])

    def pick(self, choose: Callable[[int, Mapping[int, int]], int]) -> int:
        """The rule that `choose` finds for the next request, counted as used.

        `choose` is given the request's number, from 1, and how often each rule was used.
        """
        with self.lock:
            self._requests += 1
            rule = choose(self._requests, self._used)
            self._used[rule] = self._used.get(rule, 0) + 1
            return rule

    def next_answer(self, ids: Sequence[str]) -> int:
        """A number for an answer's ids, higher than any given so far and any in the history."""
        with self.lock:
            self._answers = max(self._answers, highest(ids)) + 1
            return self._answers

    def next_cache(self) -> int:
        """A number for a new cache. For the holder of `lock`."""
        self._caches += 1
        return self._caches

    def remember(self, id_: str, thought: str) -> None:
        """Keep what the thinking before this call was bound to."""
        with self.lock:
            self.thoughts[id_] = thought

    def count(self, asked: Asked) -> int:
        """Tokens of a prompt."""
        return sum(map(estimate, asked.blocks))

    def usage(self, asked: Asked, output: str, thinking: str) -> Usage:
        """Tokens of one exchange, and what of the prompt was cached before or is from now on.

        An entry exists after each of `asked.marks` that has enough tokens before it. From each mark the
        blocks before it are searched for an entry; the longest prefix found is read, the rest up to the last
        mark is written. What lies in an explicit cache is read.
        """
        tokens = [estimate(block) for block in asked.blocks]
        hashes = _running_hashes(asked.model, asked.blocks)
        sums = list(accumulate(tokens, initial=0))  # sums[i + 1]: the tokens up to block i
        marks = [i for i in asked.marks if sums[i + 1] >= CACHE_MINIMUM_TOKENS]
        seen = {i for mark in marks for i in range(max(mark - LOOKBACK_BLOCKS, 0), mark + 1)}
        with self.lock:
            known = max((i for i in seen if hashes[i] in self._cached), default=-1)
            self._cached.update(hashes[i] for i in marks)
        last = max(marks, default=-1)
        return Usage(
            input_tokens=sum(tokens),
            output_tokens=max(1, estimate(output) + estimate(thinking)),
            cache_read_tokens=max(sums[known + 1], asked.cached),
            cache_write_tokens=sums[last + 1] - sums[known + 1],
            thinking_tokens=estimate(thinking),
        )


def _running_hashes(model: str, blocks: Sequence[str]) -> list[str]:
    digest = hashlib.sha256(model.encode("utf-8", "surrogatepass"))
    found: list[str] = []
    for block in blocks:
        digest.update(b"\0" + block.encode("utf-8", "surrogatepass"))
        found.append(digest.hexdigest())
    return found
