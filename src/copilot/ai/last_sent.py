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
from copilot.ai.request_files import Promise, RequestFiles
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

_LONGEST_KEPT_SECONDS = 3_600.0
"""Of what an earlier program sent nothing is expected after that: OpenAI keeps a prefix for an hour at the
most where it is not asked for more, Gemini a cache as we make it. Else each day would begin with a miss."""


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
    def promise(self) -> Promise:
        """What the next request may read from the service's cache."""
        return Promise.of(self.request.model, self.usage, self.ended)

    def sent(self) -> Sent:
        """To be compared with."""
        seen = self.taken_apart()
        return Sent(text=seen.text, sections=seen.sections, cached_end=seen.cached_end)

    def taken_apart(self) -> Xray:
        """As a person reads it."""
        return xray(self.request, self.whole, self.layout, lambda _: 0)


@frozen
class Before:
    """The last request of a program that has ended; `sent` reads it, and gives None where that fails."""

    promise: Promise
    sent: Callable[[], Sent | None]


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

    def remember(self, project: str, branch: str, now: Answered) -> Answered | Before | None:
        """Take this one as the last that the branch sent; the one before it, where that is known."""
        now = replace(now, request=replace(now.request, grown=Grown()))  # the turn's own goes with it
        with self._lock:
            before = self._last.get((project, branch))
            self._last[project, branch] = now
        return self._of_another_program(project, branch, now.began) if before is None else before

    def _of_another_program(self, project: str, branch: str, now: float) -> Before | None:
        promise = self.files.promise(project, branch)
        if promise is None or now - promise.ended > _LONGEST_KEPT_SECONDS:
            return None
        return Before(promise=promise, sent=lambda: self.files.last(project, branch))

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
        sent = known.sent()
        return replace(sent, text=without_keys(sent.text, self._keys))

    def write(self) -> None:
        """Write down what is remembered; what cannot be written is no longer known next time."""
        with self._lock:
            last, self._last = self._last, {}
        for (project, branch), known in last.items():
            with contextlib.suppress(StorageError, OSError, ValueError):
                self.files.remember(project, branch, known.taken_apart(), known.promise)


def miss(
    before: Answered | Before, now: Answered, estimate: Callable[[str], int], price: Price | None
) -> Miss | None:
    """Why the service read less from its cache than `before` had left there; None where it did not.

    Another model has another cache: nothing was promised then.
    """
    left, there = before.promise, now.promise
    tokens = left.tokens - now.usage.cache_read_tokens
    asked = (there.provider, there.model, there.base_url)
    if (left.provider, left.model, left.base_url) != asked or tokens < LEAST_MISSED:
        return None
    idle = max(now.began - left.ended, 0.0)
    cause, kind, name = _cause(before, now, estimate, idle)
    usd = None if price is None else missed(price, tokens, now.usage)
    return Miss(cause=cause, kind=kind, name=name, tokens=tokens, usd=usd, idle_seconds=idle)


def _cause(
    before: Answered | Before, now: Answered, estimate: Callable[[str], int], idle: float
) -> tuple[MissCause, SectionKind, str]:
    """The first section that differs."""
    sent, new = before.sent(), now.taken_apart()
    found = None if sent is None else cache_break(sent, new, estimate)
    if found is not None:
        section = new.sections[found.section]
        return "changed", section.kind, section.name
    kept = _KEPT_SECONDS.get(now.request.model.provider)
    return ("expired" if kept is not None and idle > kept else "unknown"), "", ""
