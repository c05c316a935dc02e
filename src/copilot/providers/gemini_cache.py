"""Gemini's explicit caches of system prompt and tools: made, renewed, replaced and deleted by one rule.

A cache costs its tokens once when it is made, and storage by the hour, so it is made only for a prefix that
is sent again: right after an answer that calls tools (the next round is certain), or after the second request
with the same prefix. It is made between two requests, never before one: what a preview shows is what is sent.
It is renewed while in use when less than a third of its hour is left, deleted when the prefix changes or the
session ends, and what a session that died left behind is found by its name or its mark and deleted.

Whatever goes wrong costs nothing but the discount: requests then carry the prefix themselves, and a person is
told once. `providers/gemini.py` hands in the SDK's calls.
"""

import re
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from functools import partial
from hashlib import sha256
from typing import Any

from copilot.providers.base import CacheKept, Chunk, Done, NoticeChunk, Place
from copilot.providers.cache_register import CacheRegister
from copilot.providers.call import Call, current
from copilot.providers.parts import Json, compact
from copilot.providers.parts import tokens as as_tokens
from copilot.providers.upkeep import Upkeep
from copilot.tokens.prices import load
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import field, frozen, mutable

TTL_SECONDS = 3600.0
RENEW_SECONDS = TTL_SECONDS / 3
"""A cache in use with less time left is renewed."""

LATE_SECONDS = 30.0
"""A cache with less time left is taken for gone: the request may still be under way when it ends."""

UPKEEP_SECONDS = 30.0
"""For what is done between two requests; the next request waits for it."""

AGAIN_SECONDS = 600.0
"""After a cache could not be made, before it is tried again with the same content."""

CLOSE_SECONDS = 3.0
"""For deleting at the end of a session; what is not deleted by then is left to the next one."""

_TOO_SMALL = re.compile(r"too small.*min_total_token_count=(\d+)", re.DOTALL)
_KEPT = frozenset({401, 408, 429})
"""Refusals that say nothing about a cache."""

_GONE = frozenset({403, 404})
"""What a cache that is not there is answered with; which of them, no document says."""

_CARRIED = "Each request carries it itself, which costs more and changes nothing else."
_FAILED = {
    "reap": "Caches that a session left at Gemini could not be deleted ({why}); they end within the hour.",
    "delete": "A cache at Gemini could not be deleted ({why}); it ends within the hour.",
    "renew": "The cached context could not be renewed at Gemini ({why}). " + _CARRIED,
    "make": "The context could not be cached at Gemini ({why}). " + _CARRIED,
}

Answer = Callable[[Json], Generator[Chunk]]
Clock = Callable[[], float]

Work = tuple[str, Callable[[], None]]
"""Something to do between two requests, and its word in `_FAILED`."""


@frozen(kw_only=False)
class Fixed:
    """What a cache holds, in the SDK's form. A cache is bound to its model."""

    model: str
    config: Json

    @property
    def key(self) -> str:
        """The same for the same content."""
        return sha256(f"{self.model}\n{compact(self.config)}".encode("utf-8", "replace")).hexdigest()


@mutable
class _Live:
    name: str
    model: str
    key: str
    until: float
    tokens: int


Refusal = Callable[[Exception], tuple[int, str] | None]
"""The HTTP status and words of an error of the SDK's; None for any other error."""


@mutable
class Told:
    """What goes before the next answer: notices for the person, each said once."""

    _waiting: list[NoticeChunk] = field(default_factory=list[NoticeChunk])
    _said: set[str] = field(default_factory=set[str])

    def add(self, kind: str, text: str) -> None:
        """Say it with the next request, unless one of its kind was said."""
        if kind not in self._said:
            self._said.add(kind)
            self._waiting.append(NoticeChunk(level="info" if kind == "small" else "warning", text=text))

    def take(self) -> tuple[NoticeChunk, ...]:
        """What there is to say now."""
        found: list[NoticeChunk] = []
        while self._waiting:
            found.append(self._waiting.pop(0))
        return tuple(found)


class GeminiCaches:
    """One provider's caches, at most one for each model. From any thread.

    `calls` is set to the SDK's `caches` whenever a client is made.
    """

    def __init__(self, place: Place, base_url: str, refusal: Refusal, clock: Clock = time.time) -> None:
        self.calls: Any = None
        self._told = Told()
        self._base_url = base_url
        self._refusal = refusal
        self._clock = clock
        self._suspect: set[str] = set()
        self._register = CacheRegister(place.state, clock)
        self._mark = f"copilot {self._register.home}"
        self._project = place.project
        self._spent = place.spent
        self._live: dict[str, _Live] = {}
        self._doomed: list[str] = []
        self._last: dict[str, str] = {}
        self._minimum: dict[str, int] = {}
        self._given_up: dict[str, float] = {}
        self._unsure = False
        self._reaped = False
        self._upkeep: Upkeep | None = None
        self._guard = threading.RLock()

    def chunks(self, fixed: Fixed, settings: Json, answer: Answer) -> Generator[Chunk]:
        """The answer to a request, whose prefix is `fixed`, as `answer` streams it for a whole config.

        A request that is refused because of its cache is sent once more without it.
        """
        if (upkeep := self._upkeep) is not None:
            upkeep.wait()
        call = current()
        if not call.held:
            yield from self._told.take()
        name, begun = self._name_for(fixed), False
        if name:
            try:
                with closing(answer({"cached_content": name, **settings})) as chunks:
                    for chunk in chunks:
                        begun = True
                        self._heard(chunk, fixed, call)
                        yield chunk
                return
            except Exception as error:
                refused = self._refusal(error)
                if begun or refused is None or not self._lost(fixed, refused[0]):
                    raise
            yield from self._told.take()
        with closing(answer({**fixed.config, **settings})) as chunks:
            for chunk in chunks:
                self._heard(chunk, fixed, call)
                yield chunk

    def _heard(self, chunk: Chunk, fixed: Fixed, call: Call) -> None:
        if isinstance(chunk, Done):
            tokens = _weight(fixed, call.body or b"", chunk.usage.input_tokens)
            self._answered(fixed, tokens, goes_on=chunk.stop == "tools")

    def _name_for(self, fixed: Fixed) -> str:
        """The cache that holds this; "" where there is none. Changes nothing: a preview asks as well."""
        live = self._live.get(fixed.model)
        alive = live is not None and live.key == fixed.key and live.until - LATE_SECONDS > self._clock()
        return live.name if live is not None and alive else ""

    def _lost(self, fixed: Fixed, status: int) -> bool:
        """Let go of the cache that a refused request named; whether the request should go again without."""
        if not 400 <= status < 500 or status in _KEPT:
            return False
        live = self._live.pop(fixed.model, None)
        if live is not None:
            self._doomed.append(live.name)
        if fixed.key in self._suspect:
            self._given_up[fixed.key] = self._clock() + AGAIN_SECONDS
        self._suspect.add(fixed.key)
        self._told.add(
            "lost",
            f"Gemini no longer has the cached context ({status}); it was sent whole instead. "
            "A new cache is made when it is sent again.",
        )
        return True

    def _answered(self, fixed: Fixed, tokens: int, *, goes_on: bool) -> None:
        """A request was answered: do what is due before the next one, in the background.

        `tokens` is what the prefix has, about; with `goes_on` the next round is certain.
        """
        with self._guard:
            work = self._due(fixed, tokens, goes_on)
            if work:
                self._upkeep = Upkeep(partial(self._do, work), self._upkeep)

    def _due(self, fixed: Fixed, tokens: int, goes_on: bool) -> list[Work]:
        again = goes_on or self._last.get(fixed.model) == fixed.key
        self._last[fixed.model] = fixed.key
        live = self._live.get(fixed.model)
        if live is not None and not self._name_for(fixed):
            self._doomed.append(self._live.pop(fixed.model).name)
            live = None
        work: list[Work] = []
        if not self._reaped:
            work.append(("reap", self._reap))
        if self._doomed:
            work.append(("delete", self._delete_doomed))
        if live is not None and live.until - self._clock() < RENEW_SECONDS:
            work.append(("renew", partial(self._renew, live)))
        elif live is None and again and self._is_worthwhile(fixed, tokens):
            work.append(("make", partial(self._make, fixed)))
        return work

    def close(self) -> None:
        """Delete what is there. What cannot be deleted in time is left to the next session."""
        with suppress(Exception), current().within(CLOSE_SECONDS):  # nobody is there any more to be told
            if self._upkeep is not None:
                self._upkeep.give_up()
                self._upkeep.wait()
            self._doomed += [live.name for live in self._live.values()]
            self._live.clear()
            self._last.clear()
            if self._unsure:
                self._doomed += self._listed({self._register.session})
            self._delete_doomed()
        with suppress(StorageError):
            # A request that was cut off may still make its cache.
            self._register.leave(clean=not self._unsure)

    def _do(self, work: list[Work], call: Call) -> None:
        for kind, one in work:
            try:
                with call.within(UPKEEP_SECONDS):
                    one()
            except Exception as error:  # the top of a thread of its own
                if call.cancelled():
                    return
                self._failed(kind, error, late=call.expired)

    def _failed(self, kind: str, error: Exception, *, late: bool) -> None:
        refused = self._refusal(error)
        why = f"{refused[0]}: {refused[1]}" if refused else f"{type(error).__name__}: {error}".strip(": ")
        if late:
            why = f"nothing in {UPKEEP_SECONDS:g} s"
        self._told.add(kind, _FAILED[kind].format(why=why[:300]))

    def _is_worthwhile(self, fixed: Fixed, tokens: int) -> bool:
        """Whether a cache should be tried; an estimate just below the minimum is left to the service."""
        if self._given_up.get(fixed.key, 0.0) > self._clock():
            return False
        if fixed.model not in self._minimum:
            price = load().of("gemini", fixed.model)
            self._minimum[fixed.model] = (price.cache_minimum if price else None) or 0
        least = self._minimum[fixed.model]
        if tokens < least * 0.9:
            self._tell_small(least)
            return False
        return True

    def _tell_small(self, least: int) -> None:
        self._told.add(
            "small",
            f"System prompt, files and tools together are less than Gemini caches, from {least:,} tokens on: "
            "each request carries them itself.",
        )

    def _make(self, fixed: Fixed) -> None:
        now = self._clock()
        until = now + TTL_SECONDS
        self._given_up[fixed.key] = now + AGAIN_SECONDS  # until it is there
        self._register.announce(self._base_url, until + LATE_SECONDS)
        unsure, self._unsure = self._unsure, True
        named = f"{self._mark} {self._register.session} {self._project}"[:128]
        config = {**fixed.config, "ttl": f"{TTL_SECONDS:g}s", "display_name": named}
        try:
            made = self.calls.create(model=fixed.model, config=config)
        except Exception as error:
            refused = self._refusal(error)
            if refused is None:
                raise
            self._unsure = unsure or refused[0] >= 500
            small = _TOO_SMALL.search(refused[1])
            if small is None:
                raise
            self._minimum[fixed.model] = int(small[1])
            self._tell_small(int(small[1]))
            return
        told = getattr(made.usage_metadata, "total_token_count", None)
        live = _Live(str(made.name), fixed.model, fixed.key, until, as_tokens(told))
        self._live[fixed.model] = live
        del self._given_up[fixed.key]
        self._register.keep(str(made.name))
        self._unsure = unsure
        self._put_down(live, made=True)

    def _renew(self, live: _Live) -> None:
        until = self._clock() + TTL_SECONDS
        self._register.announce(self._base_url, until + LATE_SECONDS)
        try:
            self.calls.update(name=live.name, config={"ttl": f"{TTL_SECONDS:g}s"})
        except Exception as error:
            refused = self._refusal(error)
            if refused is not None and refused[0] in _GONE:
                self._let_go(live)
            raise
        live.until = until
        self._put_down(live, made=False)

    def _put_down(self, live: _Live, *, made: bool) -> None:
        """A cache is kept for its time from now on, and costs something."""
        hours = TTL_SECONDS / 3600
        kept = CacheKept(provider="gemini", model=live.model, tokens=live.tokens, hours=hours, made=made)
        self._spent(kept)

    def _let_go(self, live: _Live) -> None:
        """A cache that the service no longer has."""
        self._live = {model: one for model, one in self._live.items() if one is not live}
        self._register.drop(live.name)

    def _delete_doomed(self) -> None:
        for name in list(dict.fromkeys(self._doomed)):
            self._delete(name)
            with self._guard:
                self._doomed = [doomed for doomed in self._doomed if doomed != name]
            self._register.drop(name)

    def _delete(self, name: str) -> None:
        """Delete one. That it is not there is as good."""
        try:
            self.calls.delete(name=name)
        except Exception as error:
            refused = self._refusal(error)
            if refused is None or refused[0] not in _GONE:
                raise

    def _reap(self) -> None:
        """Delete what sessions of this home that died have left at this service."""
        self._reaped = True
        left = self._register.dead(self._base_url)
        if not left:
            return
        names = {name for one in left for name in one.names}
        names.update(self._listed({one.session for one in left}))
        for name in sorted(names):
            self._delete(name)
        for one in left:
            self._register.forget(one.session)

    def _listed(self, sessions: set[str]) -> list[str]:
        """The caches at the service that bear the mark of this home and one of these sessions."""
        marks = tuple(f"{self._mark} {session} " for session in sessions)
        return [
            str(cache.name) for cache in self.calls.list() if str(cache.display_name or "").startswith(marks)
        ]


def _weight(fixed: Fixed, body: bytes, tokens: int) -> int:
    """What the prefix has of an inline request's tokens: about its share of the characters.

    Pictures have many characters and few tokens: beside them, a token is taken for four characters.
    """
    own = len(compact(fixed.config))
    if b'"inlineData"' in body:
        return min(own // 4, tokens)
    return int(tokens * min(own / max(len(body), 1), 1.0))
