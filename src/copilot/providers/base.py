"""What the loop knows of a provider: a request goes out, chunks come back, the last one is `Done`."""

from collections.abc import Callable, Collection, Generator, Mapping
from pathlib import Path
from typing import Literal, Protocol

from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import Attachment, Message, Part, holds_attachments
from copilot.vocabulary.values import ModelChoice, ModelInfo, ProviderName, Rate, ToolSpec, Usage, WireRecord

StopReason = Literal["end", "tools", "max_tokens", "refused", "paused", "malformed", "other"]
"""Why the model stopped. Only "tools" allows tools to run.

"paused": the answer goes on when it is sent back as it is. "malformed": the model wrote a call that nobody
can read. "other" is a reason we do not know.
"""


@frozen
class Patience:
    """How long an answer may take, in seconds: until it begins (0: as long as the service usually needs),
    without anything new, altogether. See `values.Limits`.
    """

    first_byte: float = 0.0
    progress: float = 600.0
    answer: float = 3600.0


ReadAttachment = Callable[[Attachment], bytes | None]
"""Gives an attachment's bytes, from any thread; None where they are gone or changed."""


def _nothing_kept(part: Attachment) -> bytes | None:
    del part
    return None


def _nothing_to_do() -> None:
    """Nothing was put off."""


class Grown:
    """What a provider made of a turn's newest request, so that the next one is only continued.

    A turn makes one and hands it on with each of its requests. It goes with the turn, since beside the body
    that was sent it is a second copy of every text.
    """

    def __init__(self) -> None:
        self.made: object = None


@frozen
class Request:
    """One request. `system` is the cacheable prefix: system prompt, then the chosen files, as Markdown.

    `messages` is the branch in neutral form, oldest first, ending with a user or tool message, or with an
    answer that paused.
    `cache_key` is the same for requests that share a prefix. The bytes of attachments are read when the
    body is made, so that a request holds none. `grown` is what a turn's requests have in common. `meanwhile`
    is called by whoever waits for the service, on the thread that asked, any number of times; it is quick and
    raises nothing. What is `plain` has no attachments: nobody need look for them.
    """

    model: ModelChoice
    system: str
    tools: tuple[ToolSpec, ...]
    messages: tuple[Message, ...]
    cache_key: str = ""
    patience: Patience = field(default_factory=Patience)
    read_attachment: ReadAttachment = _nothing_kept
    grown: Grown = field(default_factory=Grown, compare=False)
    meanwhile: Callable[[], None] = field(default=_nothing_to_do, compare=False)
    plain: bool = field(default=False, compare=False)

    @property
    def holds_attachments(self) -> bool:
        """Whether a message has any."""
        return not self.plain and holds_attachments(self.messages)


@frozen
class TextChunk:
    """A piece of the answer."""

    text: str


@frozen
class ThinkingChunk:
    """A piece of the thinking."""

    text: str


@frozen
class NoticeChunk:
    """Something that the person should know; it belongs to no answer, and comes before it."""

    level: Literal["info", "warning"]
    text: str


@frozen
class CacheKept:
    """A cache that the service was told to keep for some hours: its price stands in no answer's usage.

    `made` is False where its time was only made longer.
    """

    provider: ProviderName
    model: str
    tokens: int
    hours: float
    made: bool


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


Chunk = TextChunk | ThinkingChunk | NoticeChunk | Done


@frozen
class Place:
    """Where a provider writes down what outlives a session at its service, and the project it works for.

    `spent` is told at once, from any thread, what is kept there and paid for.
    """

    state: Path
    project: str
    spent: Callable[[CacheKept], None] = lambda _: None


@frozen
class BatchState:
    """How far a batch is: `done` of `of` requests. `trouble` says why it ended without answers."""

    ended: bool
    done: int
    of: int
    trouble: str = ""


@frozen
class BatchAnswer:
    """What one request of a batch was answered, by the name that it was given; else why it was not."""

    name: str
    done: Done | None
    error: str = ""


OnWire = Callable[[WireRecord], None]
Cancelled = Callable[[], bool]


@frozen
class Hold:
    """Wait `seconds` before the request, for this `reason`."""

    seconds: float
    reason: str


class Throttle(Protocol):
    """What may be sent now. `rate` is the person's own limit; the service's are learned. See `throttle`."""

    rate: Rate

    def hold(self, tokens: int, longest: float) -> Hold | None: ...

    def sent(self, tokens: int) -> None: ...

    def wait_asked(self, seconds: float) -> None: ...

    def answered(self) -> None: ...


class Provider(Protocol):
    """One model service. All methods block; all raise `ProviderError` or `TurnCancelledError`, nothing else.

    `stream` yields text and thinking as they come and ends with exactly one `Done`; a stream that ends
    without its closing event raises `TruncatedError`. `cancelled` ends it, and the others, within 0.1 s.
    `preview` gives the very bytes of the body that `stream` would send next, and sends nothing.
    """

    name: str

    @property
    def throttle(self) -> Throttle:
        """What may be sent now; whoever sends asks it first."""
        ...

    def stream(self, request: Request, cancelled: Cancelled) -> Generator[Chunk]: ...

    def preview(self, request: Request, cancelled: Cancelled) -> bytes: ...

    def count_tokens(self, request: Request, cancelled: Cancelled) -> int: ...

    def models(self, cancelled: Cancelled) -> tuple[ModelInfo, ...]: ...

    def close(self) -> None: ...


class Batching(Protocol):
    """A service that takes many requests at once and answers within a day, at a lower price.

    Names are of at most 64 letters and digits. All methods block and raise as a `Provider`'s do;
    BadRequestError where the service has no batches.

    `marker` tells a batch apart where its id was lost: `find_batch` gives the id of the one that has it, or
    these names, and is none of those `known`; "" where none is there, None where that cannot be told yet.
    """

    def send_batch(self, requests: Mapping[str, Request], marker: str, cancelled: Cancelled) -> str: ...

    def find_batch(
        self, marker: str, names: Collection[str], known: Collection[str], cancelled: Cancelled
    ) -> str | None: ...

    def batch_state(self, id_: str, cancelled: Cancelled) -> BatchState: ...

    def batch_answers(self, id_: str, cancelled: Cancelled) -> tuple[BatchAnswer, ...]: ...
