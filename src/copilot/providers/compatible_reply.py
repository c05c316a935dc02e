"""The streamed answer of a Chat Completions server, put together piece by piece.

The servers differ in what they leave out: call numbers, call ids, the right finish reason. What they say is
read as what they must have meant.
"""

from collections.abc import Iterator
from typing import Any, cast

from copilot.providers.base import Chunk, Done, Request, StopReason, TextChunk, ThinkingChunk
from copilot.providers.failures import Service
from copilot.providers.parts import Json, arguments, compact, finished, inside, tokens
from copilot.vocabulary.errors import TruncatedError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import JsonValue, Part, Text, Thinking, ToolCall
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Usage

_STOPS: dict[str, StopReason] = {
    "stop": "end",
    "tool_calls": "tools",
    "function_call": "tools",
    "length": "max_tokens",
    "content_filter": "refused",
}


@mutable
class _Call:
    """One tool call while its pieces come in."""

    number: object
    call_id: str = ""
    name: str = ""
    words: str = ""


@mutable(kw_only=True)
class Reply:
    """The answer while it grows."""

    service: Service
    text: str = ""
    thinking: str = ""
    refused: bool = False
    calls: list[_Call] = field(default_factory=list[_Call])
    finish: str = ""
    usage: Json = field(default_factory=dict[str, JsonValue])

    def take(self, piece: Any) -> Iterator[Chunk]:
        """Take one piece of the SDK in; give what of it can be shown."""
        if piece.usage is not None:
            self.usage = cast(Json, piece.usage.to_dict())
        for choice in cast(list[Any], piece.choices or [])[:1]:
            self.finish = choice.finish_reason or self.finish
            delta = choice.delta
            if delta is None:
                continue
            thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
            if isinstance(thinking, str):
                self.thinking += clean(thinking)
                yield ThinkingChunk(text=clean(thinking))
            if refusal := clean(getattr(delta, "refusal", None) or ""):
                self.refused = True
                self.text += refusal
                yield TextChunk(text=refusal)
            if delta.content:
                self.text += clean(delta.content)
                yield TextChunk(text=clean(delta.content))
            for call in cast(list[Any], delta.tool_calls or []):
                self._take_call(call)

    def _take_call(self, piece: Any) -> None:
        name = getattr(piece.function, "name", None) or ""
        words = getattr(piece.function, "arguments", None) or ""
        call = self._call_of(piece, name)
        call.call_id = call.call_id or clean(piece.id or "")
        if name != call.name:  # some servers say the name again with every piece
            call.name += clean(name)
        call.words += words if isinstance(words, str) else compact(words)

    def _call_of(self, piece: Any, name: str) -> _Call:
        """The call that a piece belongs to: by number, or the last one where numbers are missing or all 0."""
        same = [call for call in self.calls if call.number == piece.index]
        known = same[-1] if same else None
        other_id = known is not None and bool(piece.id) and piece.id != known.call_id and bool(known.words)
        whole_again = known is not None and piece.index is None and bool(name)
        if known is None and piece.index is None and self.calls and not name:
            return self.calls[-1]
        if known is None or other_id or whole_again:
            self.calls.append(_Call(number=piece.index))
            return self.calls[-1]
        return known

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError where no finish reason came."""
        if not self.finish:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        parts: list[Part] = []
        if self.thinking:
            parts.append(Thinking(text=self.thinking))
        if self.text:
            parts.append(Text(text=self.text))
        for call in self.calls:
            given, raw = arguments(call.words)
            parts.append(ToolCall(call_id=call.call_id, name=call.name, arguments=given, raw=raw))
        stop = "refused" if self.refused else _STOPS.get(self.finish, "other")
        # Some servers finish with "stop" although they ask for tools.
        stop = "tools" if stop == "end" and self.calls else stop
        return finished(parts, request.messages, stop, self.finish, self._usage())

    def _usage(self) -> Usage:
        return Usage(
            input_tokens=tokens(self.usage.get("prompt_tokens")),
            output_tokens=tokens(self.usage.get("completion_tokens")),
            cache_read_tokens=tokens(inside(self.usage, "prompt_tokens_details", "cached_tokens")),
            thinking_tokens=tokens(inside(self.usage, "completion_tokens_details", "reasoning_tokens")),
        )
