"""What the server knows of a wire protocol, and the pieces that all four are made of."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from copilot.rehearsal.asked import Asked, JsonObject, Refusal
from copilot.rehearsal.matching import Answer, Call, Wait
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.scenario import FaultPart
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.values import Usage

Frame = bytes | Wait | FaultPart
"""A step of a streamed answer: bytes to send, time to let pass, or a fault of the connection."""


@frozen
class Incoming:
    """One request with a JSON object for a body. `model` and `stream` are what the path says (Gemini's does);
    `counting` asks for the tokens only.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: JsonObject
    model: str = ""
    stream: bool = False
    counting: bool = False


@frozen
class Wire:
    """One protocol. `authorize` (headers, query) and `read` raise Refusal; `given` says what an answer makes
    the server remember, as pairs of an id and what it is bound to; `keepalive` is what a live stream sends
    when it has nothing to say.
    """

    authorize: Callable[[Mapping[str, str], Mapping[str, str]], None]
    read: Callable[[Incoming, Memory], Asked]
    given: Callable[[Asked, Answer], Iterable[tuple[str, str]]]
    whole: Callable[[Asked, Answer, Usage], JsonObject]
    frames: Callable[[Asked, Answer, Usage], Iterator[Frame]]
    refusal: Callable[[Refusal, str], JsonObject]
    counted: Callable[[int], JsonObject]
    models: Callable[[], JsonObject]
    model: Callable[[str], JsonObject]
    headers: Callable[[str], Mapping[str, str]]
    keepalive: bytes


def compact(value: JsonValue) -> str:
    """JSON without spaces, as services send it; characters beyond ASCII as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def encoded(value: JsonValue) -> bytes:
    """JSON as UTF-8. A lone surrogate, which a scenario cannot hold but an echo can, becomes "?"."""
    return compact(value).encode("utf-8", "replace")


def arguments_text(call: Call) -> str:
    """The call's arguments as they go over the wire."""
    return compact(call.arguments) if call.raw is None else call.raw


def slices(text: str, size: int = 24) -> list[str]:
    """The text in slices of `size` characters; JSON is cut anywhere, as services do."""
    return [text[i : i + size] for i in range(0, len(text), size)]


def followed_by_fault(answer: Answer, position: int) -> bool:
    """Whether a fault comes right after the part: then the part stays open, as in a real accident."""
    rest = answer.parts[position + 1 :]
    return bool(rest) and isinstance(rest[0], FaultPart)
