"""The neutral history: messages made of parts, the same for every provider.

Parts are pure values; identity and position in the tree belong to the message. `provider_data` is what one
provider needs back word for word (signatures, encrypted reasoning). It is echoed to the same provider and
model (`Message.provider`, `Message.model`) and dropped for another.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.message_runs import Messages

Role = Literal["user", "assistant", "tool"]
MediaType = Literal["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"]
ResultStatus = Literal["ok", "error", "rejected", "cancelled", "dry_run"]
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]
ProviderData = Mapping[str, JsonValue]

CONTINUE = "Your last answer was cut off. Go on exactly where it stopped; do not repeat anything."
"""What a front end sends to have a partial answer continued. Newer models refuse an answer begun for them."""

GO_ON = (
    "Your last turn ended before you saw what its tools gave, which stands above. Go on from there. A tool"
    " whose result says that it was interrupted may or may not have run: look before you call it again."
)
"""What a front end sends to have a turn go on that ended in its middle, as when the program was killed."""

INTERRUPTED = "Interrupted: the program ended before this tool finished; it may or may not have run."
"""The result of a call that was left without one."""

SUMMARY_MARK = "[SUMMARY OF EARLIER MESSAGES, which are not repeated here]"


@frozen
class Text:
    """What a person or the model said."""

    text: str
    provider_data: ProviderData | None = None


@frozen
class Thinking:
    """What the model thought, as far as the provider shows it; `text` may be empty."""

    text: str
    provider_data: ProviderData | None = None


@frozen
class ToolCall:
    """The model asks for a tool. `arguments` is the JSON object it sent.

    `raw` holds the words themselves where they were not a JSON object (then `arguments` is empty): such a
    call gets an error result and nothing is run.
    """

    call_id: str
    name: str
    arguments: Mapping[str, JsonValue]
    raw: str | None = None
    provider_data: ProviderData | None = None


@frozen
class ToolResult:
    """What a tool answered. `output` is what the model reads."""

    call_id: str
    name: str
    output: str
    status: ResultStatus = "ok"


@frozen
class FileRefresh:
    """The tracked files that differ from the context that was sent, complete and cumulative (Markdown)."""

    text: str


@frozen
class Opaque:
    """A piece of an answer that this program does not know, kept as it came. Nothing is ever run for it.

    `kind` is the service's own word. Without `provider_data` it cannot be sent back.
    """

    kind: str
    provider_data: ProviderData | None = None


@frozen
class Summary:
    """What stands in a request in place of the messages that it covers; they stay in the discussion.

    `covers` are their ids, all on the branch before it. A summary may cover an older one.
    """

    text: str
    covers: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What is sent."""
        return f"{SUMMARY_MARK}\n\n{self.text}"


@frozen
class Attachment:
    """An image or a PDF that goes with a person's message; its bytes are kept under their hash.

    `size` in bytes, `width` and `height` in pixels (0 for a PDF), `pages` 0 where they could not be counted.
    """

    name: str
    media_type: MediaType
    size: int
    sha256: str
    width: int = 0
    height: int = 0
    pages: int = 0

    @property
    def told(self) -> str:
        """In one line: name, type, size, and how large it is to look at."""
        extent = f", {self.width:,} x {self.height:,} pixels" if self.width else ""
        extent += f", {self.pages:,} page{'s' if self.pages != 1 else ''}" if self.pages else ""
        size = f"{self.size / 1e6:,.1f} MB" if self.size >= 100_000 else f"{self.size / 1000:,.1f} kB"
        return f"{self.name} ({self.media_type}, {size}{extent})"


Part = Text | Thinking | ToolCall | ToolResult | FileRefresh | Opaque | Summary | Attachment


@frozen
class Message:
    """One node of a discussion.

    `parent` is the id of the message before it, None for the first. `at` is UTC seconds. `provider` and
    `model` say who wrote an assistant message. `partial` marks an answer that was stopped, broke off or
    reached the output limit: `CONTINUE` asks for the rest.
    Role `tool` holds the results of the calls of the assistant message before it, in the same order, then at
    most one `FileRefresh`.
    """

    id: str
    parent: str | None
    role: Role
    parts: tuple[Part, ...]
    at: float
    provider: str = ""
    model: str = ""
    partial: bool = False
    assistant: str = ""

    @property
    def speaker(self) -> str:
        """Who wrote it, as a person reads it."""
        match self.role:
            case "user":
                return "You"
            case "assistant":
                who = self.model or "Model"
                return f"{self.assistant} ({who})" if self.assistant else who
            case "tool":
                return "Tools"

    @property
    def text(self) -> str:
        """The text parts, joined."""
        return "".join(p.text for p in self.parts if isinstance(p, Text))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The attachments, in order."""
        return tuple([p for p in self.parts if isinstance(p, Attachment)])

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return tuple([p for p in self.parts if isinstance(p, ToolCall)])

    @property
    def results(self) -> tuple[ToolResult, ...]:
        """The tool results, in order."""
        return tuple([p for p in self.parts if isinstance(p, ToolResult)])


def rest_of(path: Sequence[Message]) -> str:
    """What to send to have the rest of a branch's last turn; "" where it has an end, or nothing was said."""
    last = path[-1] if path else None
    if last is None or last.role == "user":
        return ""
    if last.role == "tool":
        return GO_ON
    return CONTINUE if last.partial else ""


def attachments_of(messages: Iterable[Message]) -> tuple[Attachment, ...]:
    """All attachments of a branch, in order."""
    return tuple([part for message in messages for part in message.parts if isinstance(part, Attachment)])


def holds_attachments(messages: Iterable[Message]) -> bool:
    """Whether a branch has any: cheaper than to gather them."""
    return any(isinstance(part, Attachment) for message in messages for part in message.parts)


@frozen
class Copied:
    """The message `of` once more, with an id and a place of its own: what an edit before it leaves of it."""

    of: str
    id: str
    parent: str | None


def with_added(messages: Messages, added: Sequence[Message | Copied]) -> Messages:
    """The messages, and behind them those that are new; a copy of one that is not there is none."""
    from copilot.vocabulary.shelved import moved

    new: dict[str, Message] = {}
    for one in added:
        if one.id in new or messages.place(one.id) is not None:
            continue
        if isinstance(one, Message):
            new[one.id] = one
        elif (of := new.get(one.of) or messages.find(one.of)) is not None:
            new[one.id] = moved(of, one.id, one.parent)
    return messages.grown(*new.values()) if new else messages


@frozen
class Branch:
    """A named tip of a discussion; `tip` is None while the branch is empty."""

    name: str
    tip: str | None = None


@frozen
class Discussion:
    """A tree of messages and its named tips. Messages are in the order they were kept.

    `held` are ids of messages that the person put back: where a request must become shorter, others go first.
    """

    messages: Messages = field(default_factory=Messages)
    branches: tuple[Branch, ...] = field(default_factory=lambda: (Branch(name="main"),))
    active: str = "main"
    held: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.messages.__class__ is not Messages:  # any sequence will do
            object.__setattr__(self, "messages", Messages(self.messages))

    def tip(self, branch: str) -> str | None:
        """The id of the branch's last message. Raises KeyError for an unknown branch."""
        for candidate in self.branches:
            if candidate.name == branch:
                return candidate.tip
        raise KeyError(branch)

    def path(self, branch: str) -> Messages:
        """The branch's messages from the first to its tip. Raises KeyError for an unknown branch, and where
        one of them is not there, or stands before its parent."""
        return self.messages.path(self.tip(branch))
