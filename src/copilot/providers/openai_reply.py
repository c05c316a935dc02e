"""OpenAI's streamed answer, put together from its events; every part keeps what the service needs back."""

from collections.abc import Iterator
from typing import Any, cast

from copilot.providers.base import Chunk, Done, Request, StopReason, TextChunk, ThinkingChunk
from copilot.providers.failures import Service, by_words
from copilot.providers.parts import Json, arguments, checked, compact, finished, inside, tokens
from copilot.vocabulary.errors import TruncatedError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import Opaque, Part, Text, Thinking, ToolCall
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Usage

_INCOMPLETE: dict[str, StopReason] = {"max_output_tokens": "max_tokens", "content_filter": "refused"}


@mutable(kw_only=True)
class Reply:
    """The answer: the closing event holds it whole; the items before serve where a server leaves it empty."""

    service: Service
    final: Any = None
    """The SDK's whole answer, which closes the stream."""
    items: dict[int, Any] = field(default_factory=dict[int, Any])
    last: int = 0

    def take(self, event: Any) -> Iterator[Chunk]:
        """Take an event of the SDK in; give what of it can be shown. Raises the error that one reports."""
        number = tokens(getattr(event, "sequence_number", 0))
        if 0 < number <= self.last:
            return  # sent twice
        self.last = number
        match event.type:
            case "response.output_text.delta" | "response.refusal.delta":
                yield TextChunk(text=clean(event.delta))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield ThinkingChunk(text=clean(event.delta))
            case "response.reasoning_summary_part.added" if event.summary_index > 0:
                yield ThinkingChunk(text="\n\n")
            case "response.output_item.done":
                self.items[event.output_index] = event.item
            case "response.completed" | "response.incomplete" | "response.failed":
                self.final = event.response
            case "error":
                raise by_words(self.service, 0, event.code or "", event.message)
            case _:
                pass

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError without a closing event, or the error it reports."""
        final = self.final
        if final is None:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        if final.error is not None or final.status == "failed":
            code, words = inside(_json(final.error), "code"), inside(_json(final.error), "message")
            raise by_words(
                self.service, 0, str(code or ""), str(words or "the answer failed"), request_id=final.id
            )
        output = [_json(item) for item in final.output or [self.items[n] for n in sorted(self.items)]]
        parts = [part for item in output if (part := _part(item)) is not None]
        stop, detail = self._stop(final, output)
        return finished(parts, request.messages, stop, detail, _usage(final))

    def _stop(self, final: Any, output: list[Json]) -> tuple[StopReason, str]:
        if final.status == "incomplete":
            reason = str(inside(_json(final.incomplete_details), "reason") or "incomplete")
            return _INCOMPLETE.get(reason, "other"), reason
        if final.status != "completed":
            return "other", str(final.status)
        if any(content.get("type") == "refusal" for item in output for content in _contents(item)):
            return "refused", "refusal"
        calls = any(item.get("type") == "function_call" for item in output)
        return ("tools", "completed") if calls else ("end", "completed")


def _part(item: Json) -> Part | None:
    match item.get("type"):
        case "reasoning":
            summary = cast(list[Json], item.get("summary") or item.get("content") or [])
            text = "\n\n".join(str(piece.get("text", "")) for piece in summary)
            return Thinking(text=clean(text), provider_data=item if item.get("encrypted_content") else None)
        case "message":
            text = "".join(str(c.get("text") or c.get("refusal") or "") for c in _contents(item))
            data = {key: item[key] for key in ("id", "phase") if item.get(key)}
            return Text(text=clean(text), provider_data=data or None) if text else None
        case "function_call":
            return _call(item)
        case kind:
            return Opaque(kind=clean(str(kind or "unknown")), provider_data=checked(item) if kind else None)


def _call(item: Json) -> ToolCall:
    words = str(item.get("arguments") or "")
    given, raw = arguments(words)
    data: Json = {"id": item["id"]} if item.get("id") else {}
    if raw is None and words != compact(given):
        data["arguments"] = words  # sent back to the letter: the cached prefix is made of letters
    call_id, name = clean(str(item.get("call_id") or "")), clean(str(item.get("name") or ""))
    return ToolCall(call_id=call_id, name=name, arguments=given, raw=raw, provider_data=data or None)


def _contents(item: Json) -> list[Json]:
    return cast(list[Json], item.get("content") or []) if item.get("type") == "message" else []


def _json(value: Any) -> Json:
    return cast(Json, value.to_dict()) if value is not None else {}


def _usage(final: Any) -> Usage:
    usage = _json(final.usage)
    return Usage(
        input_tokens=tokens(usage.get("input_tokens")),
        output_tokens=tokens(usage.get("output_tokens")),
        cache_read_tokens=tokens(inside(usage, "input_tokens_details", "cached_tokens")),
        cache_write_tokens=tokens(inside(usage, "input_tokens_details", "cache_write_tokens")),
        thinking_tokens=tokens(inside(usage, "output_tokens_details", "reasoning_tokens")),
    )
