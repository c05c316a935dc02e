"""What a request asks for, the same for every protocol, and how a request is refused."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import JsonValue

Protocol = Literal["anthropic", "gemini", "openai", "compatible"]
PROTOCOLS: tuple[Protocol, ...] = ("anthropic", "gemini", "openai", "compatible")
JsonObject = dict[str, JsonValue]

_NOT_THE_PERSON = ("[FILES UPDATED", "[SYSTEM: FILES UPDATED")
"""How the blocks begin that the program itself puts beside tool results: nobody asked anything there."""

_NUMBERED = re.compile(r"[a-z]+_(\d{4,})_\d+")


@frozen
class Result:
    """One tool result of the newest batch, with the tool's name found through its call."""

    call_id: str
    tool: str
    text: str


@frozen
class Asked:
    """One checked request.

    `text` is what the person said last; `results` are the tool results after the last answer; `offered` the
    names of the tools; `round` counts the requests of this turn from 1. `stream` says how to answer,
    `show_thinking` whether thinking is to be seen. `prefix` is the canonical text of everything before the
    answer, which signatures are bound to. `blocks` is the prompt in the order in which it is cached and
    `marks` the indexes in it after which the client asked for a cache entry; `cached` are the tokens of it
    that lie in an explicit cache. `ids` are the ids of calls and
    items in the history. `extra` belongs to the protocol.
    """

    protocol: Protocol
    model: str
    text: str
    results: tuple[Result, ...]
    offered: tuple[str, ...]
    round: int
    stream: bool
    show_thinking: bool
    prefix: str
    blocks: tuple[str, ...]
    marks: tuple[int, ...] = ()
    cached: int = 0
    ids: tuple[str, ...] = ()
    extra: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


class Refusal(CopilotError):
    """The service would refuse this request.

    `status` is HTTP's, `type` the service's own word for it, `param` and `code` what OpenAI adds,
    `retry_after` (seconds) what a client should wait, `headers` more of the response's headers.
    """

    kind = "bad_request"

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "",
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.retry_after = retry_after
        self.headers = headers or {}


def as_object(value: JsonValue, where: str) -> JsonObject:
    """The JSON object at `where`. Raises Refusal for anything else."""
    if not isinstance(value, dict):
        raise Refusal(f"{where}: Input should be an object", param=where)
    return value


def as_list(value: JsonValue, where: str) -> list[JsonValue]:
    """The JSON array at `where`. Raises Refusal for anything else."""
    if not isinstance(value, list):
        raise Refusal(f"{where}: Input should be an array", param=where)
    return value


def as_text(value: JsonValue, where: str) -> str:
    """The string at `where`. Raises Refusal for anything else."""
    if not isinstance(value, str):
        raise Refusal(f"{where}: Input should be a string", param=where)
    return value


def objects(value: JsonValue, where: str) -> list[JsonObject]:
    """The array of objects at `where`. Raises Refusal for anything else."""
    return [as_object(item, f"{where}[{i}]") for i, item in enumerate(as_list(value, where))]


def asked_text(texts: Sequence[str]) -> str:
    """The newest of the user's texts that a person wrote; "" when there is none."""
    return next((text for text in reversed(texts) if is_person(text)), "")


def is_person(text: str) -> bool:
    """Whether a user text is a person's own and not a block about files."""
    return not text.startswith(_NOT_THE_PERSON)


def highest(ids: Sequence[str]) -> int:
    """The highest number among ids that a rehearsal has given (`call_0007_1` has 7); 0 without one."""
    found = (_NUMBERED.fullmatch(id_) for id_ in ids)
    return max((int(match[1]) for match in found if match), default=0)
