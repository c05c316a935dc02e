"""What the loop knows of a provider: a request goes out, chunks come back, the last one is `Done`."""

from collections.abc import Callable, Iterator
from typing import Literal, Protocol

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message, Part
from copilot.vocabulary.values import ModelChoice, ModelInfo, ToolSpec, Usage, WireRecord

StopReason = Literal["end", "tools", "max_tokens", "refused", "other"]
"""Why the model stopped. Only "tools" allows tools to run; "other" is a reason we do not know."""


@frozen
class Request:
    """One request. `system` is the cacheable prefix: system prompt, then the chosen files, as Markdown.

    `messages` is the branch in neutral form, oldest first, ending with a user or tool message.
    `cache_key` is the same for requests that share a prefix.
    """

    model: ModelChoice
    system: str
    tools: tuple[ToolSpec, ...]
    messages: tuple[Message, ...]
    cache_key: str = ""


@frozen
class TextChunk:
    """A piece of the answer."""

    text: str


@frozen
class ThinkingChunk:
    """A piece of the thinking."""

    text: str


@frozen
class Done:
    """The closing event arrived: the whole answer as parts (signatures included), why, and the tokens.

    `detail` is the service's own word for the reason. Parts hold no empty text and unique call ids.
    `sent` is the body that was answered, to the byte, and `sent_sha256` its hash.
    """

    parts: tuple[Part, ...]
    stop: StopReason
    detail: str
    usage: Usage
    sent: bytes = b""
    sent_sha256: str = ""


Chunk = TextChunk | ThinkingChunk | Done


OnWire = Callable[[WireRecord], None]
Cancelled = Callable[[], bool]


class Provider(Protocol):
    """One model service. All methods block; all raise `ProviderError` or `TurnCancelledError`, nothing else.

    `stream` yields text and thinking as they come and ends with exactly one `Done`; a stream that ends
    without its closing event raises `TruncatedError`. `cancelled` ends it, and the others, within 0.1 s.
    `preview` gives the very bytes of the body that `stream` would send next, and sends nothing.
    """

    name: str

    def stream(self, request: Request, cancelled: Cancelled) -> Iterator[Chunk]: ...

    def preview(self, request: Request, cancelled: Cancelled) -> bytes: ...

    def count_tokens(self, request: Request) -> int: ...

    def models(self, cancelled: Cancelled) -> tuple[ModelInfo, ...]: ...

    def close(self) -> None: ...
