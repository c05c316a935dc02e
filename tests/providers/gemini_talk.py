"""Words the tests of Gemini's caches share: a provider that may make them, requests, and what came of it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from talk import KEY, LIST, READ_FILE, never, request_to, user

from copilot.providers.base import Done, NoticeChunk, Place, Provider
from copilot.providers.bridge import Bridge
from copilot.providers.gemini import make
from copilot.vocabulary.messages import Message

ASKED = (user("hi"),)
SYSTEM = "You help with the code below.\n" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one request brought."""

    done: Done
    notices: tuple[NoticeChunk, ...]

    @property
    def cached(self) -> int:
        """Tokens read from the cache."""
        return self.done.usage.cache_read_tokens


def provider_at(url: str, state: Path, bridge: Bridge) -> Provider:
    """A provider whose caches are written down in `state`."""
    place = Place(state=state, project="calculator")
    provider: Any = make(
        key=KEY, base_url=url, api_version="", on_wire=lambda _: None, bridge=bridge, place=place
    )
    return provider


def request(*messages: Message, system: str = SYSTEM, model: str = "gemini-rehearsed") -> Any:
    """A request with a prefix of some 400 tokens, to a model of which no price and no minimum is known."""
    made = request_to("gemini", *(messages or ASKED), tools=(READ_FILE, LIST))
    return replace(made, system=system, model=replace(made.model, model=model))


def ask(provider: Provider, *messages: Message, **more: Any) -> Answered:
    """Send one request to its end."""
    chunks = list(provider.stream(request(*messages, **more), never))
    assert isinstance(chunks[-1], Done)
    return Answered(done=chunks[-1], notices=tuple(c for c in chunks if isinstance(c, NoticeChunk)))
