"""Anthropic's streamed answer, put together block by block.

A block of a kind that this program does not know is kept as it came and goes back as it came: an answer that
paused must be sent back unchanged.
"""

from collections.abc import Iterator
from typing import Any, cast

from copilot.providers.base import Chunk, Done, Request, StopReason, TextChunk, ThinkingChunk
from copilot.providers.failures import Service
from copilot.providers.parts import Json, arguments, checked, compact, finished, inside, tokens
from copilot.vocabulary.errors import ContextTooLongError, TruncatedError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import JsonValue, Opaque, Part, Text, Thinking, ToolCall
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Usage

_STOPS: dict[str, StopReason] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "tools",
    "max_tokens": "max_tokens",
    "refusal": "refused",
    "pause_turn": "paused",
}
_KNOWN = ("text", "thinking", "redacted_thinking", "tool_use")


@mutable
class _Block:
    """One content block while it grows. `kind` is the service's word; `text` is text, thinking or JSON.

    `raw` is the block itself where its kind is not known; None once it grew in a way that is not either.
    """

    kind: str
    call_id: str = ""
    name: str = ""
    given: JsonValue = None
    text: str = ""
    signature: str = ""
    closed: bool = False
    raw: Json | None = None


@mutable(kw_only=True)
class Reply:
    """The answer, put together by block number: a block begun twice, or sent again once it ended, is one.

    `prefix` is the hash that its thinking is bound to.
    """

    service: Service
    prefix: str
    blocks: dict[int, _Block] = field(default_factory=dict[int, _Block])
    counts: dict[str, object] = field(default_factory=dict[str, object])
    stop: str = ""
    detail: str = ""
    ended: bool = False

    def take(self, event: Any) -> Iterator[Chunk]:
        """Take one event in, as its JSON was; give what of it can be shown."""
        match event["type"]:
            case "message_start":
                self.counts |= _counts(event["message"])
            case "content_block_start":
                self.blocks.setdefault(event["index"], _begun(event["content_block"]))
            case "content_block_delta":
                block = self.blocks[event["index"]]
                if not block.closed:
                    yield from _grow(block, event["delta"])
            case "content_block_stop":
                self.blocks[event["index"]].closed = True
            case "message_delta":
                self.counts |= _counts(event)
                self.stop = event["delta"].get("stop_reason") or self.stop
                self.detail = _refusal(event["delta"]) or self.detail
            case "message_stop":
                self.ended = True
            case _:
                pass  # pings, and kinds to come

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError where the stream ended before its closing event."""
        if not self.ended or not self.stop:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        if self.stop == "model_context_window_exceeded":
            raise ContextTooLongError(self.service.says("the answer reached the end of the model's window"))
        found = [part for _, block in sorted(self.blocks.items()) if (part := self._part(block))]
        detail = f"{self.stop}: {self.detail}" if self.detail else self.stop
        return finished(found, request.messages, _STOPS.get(self.stop, "other"), detail, self._usage())

    def _part(self, block: _Block) -> Part | None:
        match block.kind:
            case "text":
                return Text(text=block.text) if block.text else None
            case "thinking":
                data = {"type": "thinking", "signature": block.signature, "prefix": self.prefix}
                return Thinking(text=block.text, provider_data=data if block.signature else None)
            case "redacted_thinking":
                data = {"type": "redacted_thinking", "data": block.signature, "prefix": self.prefix}
                return Thinking(text="", provider_data=data)
            case "tool_use":
                return _call(block)
            case _:
                return Opaque(kind=block.kind, provider_data=_raw(block))

    def _usage(self) -> Usage:
        read = tokens(self.counts.get("cache_read_input_tokens"))
        write = tokens(self.counts.get("cache_creation_input_tokens"))
        return Usage(
            # The service counts only what was neither read from nor written to the cache.
            input_tokens=tokens(self.counts.get("input_tokens")) + read + write,
            output_tokens=tokens(self.counts.get("output_tokens")),
            cache_read_tokens=read,
            cache_write_tokens=write,
            thinking_tokens=tokens(inside(self.counts, "output_tokens_details", "thinking_tokens")),
        )


def _call(block: _Block) -> ToolCall:
    given, raw = arguments(block.text or compact(block.given or {}))
    if not block.closed:  # what came may be half of it and still be JSON
        given, raw = {}, clean(block.text)
    return ToolCall(call_id=block.call_id, name=block.name, arguments=given, raw=raw)


def _raw(block: _Block) -> Json | None:
    """The block as it goes back. Its input comes as pieces of JSON where it has one."""
    if block.raw is None or not block.text:
        return block.raw
    given, broken = arguments(block.text)
    return {**block.raw, "input": given} if broken is None else None


def _begun(block: Any) -> _Block:
    def word(name: str) -> str:
        return clean(block.get(name) or "")

    kind = block["type"]
    if kind not in _KNOWN:
        return _Block(kind=clean(str(kind)), raw=checked(block))
    return _Block(
        kind=kind,
        call_id=word("id"),
        name=word("name"),
        given=block.get("input"),
        text=word("text") or word("thinking"),
        signature=word("signature") or word("data"),
    )


def _grow(block: _Block, delta: Any) -> Iterator[Chunk]:
    match delta["type"]:
        case "input_json_delta":
            block.text += delta["partial_json"]
        case _ if block.kind not in _KNOWN:
            _grow_raw(block, checked(delta))
        case "text_delta":
            text = clean(delta["text"])
            block.text += text
            yield TextChunk(text=text)
        case "thinking_delta":
            text = clean(delta["thinking"])
            block.text += text
            yield ThinkingChunk(text=text)
        case "signature_delta":
            block.signature = delta["signature"]
        case _:
            pass  # citations, and kinds to come


def _grow_raw(block: _Block, delta: Json) -> None:
    """Add a piece to a block of a kind that is not known: texts of one name are joined."""
    pieces = {name: value for name, value in delta.items() if name != "type"}
    for name, value in pieces.items():
        before = None if block.raw is None else block.raw.get(name, "")
        if isinstance(value, str) and isinstance(before, str):
            cast(Json, block.raw)[name] = before + value
        else:
            block.raw = None


def _counts(event: Any) -> dict[str, object]:
    usage = cast(dict[str, object], event.get("usage") or {})
    return {name: count for name, count in usage.items() if count is not None}


def _refusal(delta: Any) -> str:
    words = (inside(delta, "stop_details", name) for name in ("category", "explanation"))
    return ", ".join(str(word) for word in words if word)
