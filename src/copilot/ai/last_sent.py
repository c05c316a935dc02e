"""What each branch sent last: for previews to be compared with, and to tell why a service's cache missed.

Nothing is taken apart while a turn runs, unless a cache missed. What was sent is written to
`state/requests/` when the worker stops; until then it is remembered here.
"""

import contextlib
import threading
import zlib
from collections.abc import Callable, Collection
from pathlib import Path

from copilot.ai.cache_break import Sent, cache_break
from copilot.ai.request_files import RequestFiles
from copilot.ai.xray import Layout, Xray, xray
from copilot.providers.base import Grown, Request
from copilot.tokens.charging import missed
from copilot.tokens.prices import Price
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import without_keys
from copilot.vocabulary.usage_events import MissCause, SectionKind
from copilot.vocabulary.values import ProviderName, Usage

LEAST_MISSED = 256
"""Tokens. Services cache in steps of up to 128 tokens, and count a little differently from time to time."""

_KEPT_SECONDS: dict[ProviderName, float] = {"anthropic": 300.0, "rehearsal": 300.0}
"""How long a service keeps a prefix that nobody reads, where it says so (Anthropic: five minutes)."""


_SMALLEST = 9
"""Of zlib's levels: 5 ms for 300 kB of JSON, when its turn is over; of that 4 to 7 % are left, a third less
than by level 1."""


@frozen
class Answered:
    """A request that was answered. `body` are its bytes, `began` and `ended` UTC seconds.

    Once it is `packed` the body is compressed, and of the messages only the last is there: many of them were
    made for it alone, with long outputs shortened.
    """

    request: Request
    body: bytes
    layout: Layout
    usage: Usage
    began: float
    ended: float
    packed: bool = False

    @property
    def whole(self) -> bytes:
        """The body as it was sent."""
        return zlib.decompress(self.body) if self.packed else self.body

    def rested(self) -> "Answered":
        """The same, in less memory."""
        if self.packed:
            return self
        request = replace(self.request, messages=self.request.messages[-1:])
        return replace(self, request=request, body=zlib.compress(self.body, _SMALLEST), packed=True)

    @property
    def left_in_cache(self) -> int:
        """Tokens that the service read from its cache or wrote to it: the next request may read them."""
        return self.usage.cache_read_tokens + self.usage.cache_write_tokens


@frozen
class Miss:
    """See `events.CacheMissed`."""

    cause: MissCause
    kind: SectionKind
    name: str
    tokens: int
    usd: float | None
    idle_seconds: float


class LastSent:
    """Of one program. Any thread may call it."""

    def __init__(self, folder: Path, keys: Collection[str]) -> None:
        self.files = RequestFiles(folder, keys)
        self._keys = keys
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], Answered] = {}

    def remember(self, project: str, branch: str, now: Answered) -> Answered | None:
        """Take this one as the last that the branch sent; the one before it, where that is known."""
        now = replace(now, request=replace(now.request, grown=Grown()))  # the turn's own goes with it
        with self._lock:
            before = self._last.get((project, branch))
            self._last[project, branch] = now
            return before

    def rename(self, project: str, branch: str, to: str) -> None:
        """The branch has another name now."""
        with self._lock:
            known = self._last.pop((project, branch), None)
            if known is not None:
                self._last[project, to] = known

    def rest(self, project: str, branch: str) -> None:
        """Nothing is sent on this branch for a while: what is remembered of it takes less memory."""
        with self._lock:
            known = self._last.get((project, branch))
        if known is None:
            return
        rested = known.rested()
        with self._lock:
            if self._last.get((project, branch)) is known:
                self._last[project, branch] = rested

    def last(self, project: str, branch: str) -> Sent | None:
        """What the branch sent last, to be compared with."""
        with self._lock:
            known = self._last.get((project, branch))
        if known is None:
            return self.files.last(project, branch)
        seen = _taken_apart(known)
        text = without_keys(seen.text, self._keys)
        return Sent(text=text, sections=seen.sections, cached_end=seen.cached_end)

    def write(self) -> None:
        """Write down what is remembered; what cannot be written is no longer known next time."""
        with self._lock:
            last, self._last = self._last, {}
        for (project, branch), known in last.items():
            with contextlib.suppress(StorageError, OSError, ValueError):
                self.files.remember(project, branch, _taken_apart(known))


def miss(before: Answered, now: Answered, estimate: Callable[[str], int], price: Price | None) -> Miss | None:
    """Why the service read less from its cache than `before` had left there; None where it did not.

    Another model has another cache: nothing was promised then.
    """
    tokens = before.left_in_cache - now.usage.cache_read_tokens
    if before.request.model != now.request.model or tokens < LEAST_MISSED:
        return None
    cause, kind, name = _cause(before, now, estimate)
    return Miss(
        cause=cause,
        kind=kind,
        name=name,
        tokens=tokens,
        usd=None if price is None else missed(price, tokens, now.usage),
        idle_seconds=max(now.began - before.ended, 0.0),
    )


def _cause(
    before: Answered, now: Answered, estimate: Callable[[str], int]
) -> tuple[MissCause, SectionKind, str]:
    """The first section that differs."""
    was, new = _taken_apart(before), _taken_apart(now)
    sent = Sent(text=was.text, sections=was.sections, cached_end=was.cached_end)
    found = cache_break(sent, new, estimate)
    if found is not None:
        section = new.sections[found.section]
        return "changed", section.kind, section.name
    kept = _KEPT_SECONDS.get(now.request.model.provider)
    if kept is not None and now.began - before.ended > kept:
        return "expired", "", ""
    return "unknown", "", ""


def _taken_apart(known: Answered) -> Xray:
    return xray(known.request, known.whole, known.layout, lambda _: 0)
