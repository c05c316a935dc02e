"""Gemini's streamed answer, put together part by part; every part keeps what the service needs back."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any, cast

from copilot.providers.base import Chunk, Done, Request, StopReason, TextChunk, ThinkingChunk
from copilot.providers.failures import Service
from copilot.providers.parts import Json, checked, finished, tokens
from copilot.vocabulary.errors import RefusedError, TruncatedError
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import Opaque, Part, Text, Thinking, ToolCall
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Usage

_REFUSED = "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII MODEL_ARMOR IMAGE_SAFETY"
_MALFORMED = "MALFORMED_FUNCTION_CALL UNEXPECTED_TOOL_CALL MALFORMED_RESPONSE"
_STOPS: dict[str, StopReason] = {
    "STOP": "end",
    "MAX_TOKENS": "max_tokens",
    **cast("dict[str, StopReason]", dict.fromkeys(_MALFORMED.split(), "malformed")),
    **cast("dict[str, StopReason]", dict.fromkeys(_REFUSED.split(), "refused")),
}


@mutable(kw_only=True)
class Reply:
    """The answer while it grows. Neighbouring pieces are joined only where neither carries a signature."""

    service: Service
    parts: list[Part] = field(default_factory=list[Part])
    finish: str = ""
    detail: str = ""
    usage: Any = None

    def take(self, piece: Any) -> Iterator[Chunk]:
        """Take one response of the SDK in; give what of it can be shown.

        Raises RefusedError for a blocked prompt.
        """
        feedback = piece.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            words = (
                f"the prompt was blocked: {feedback.block_reason.value} {feedback.block_reason_message or ''}"
            )
            raise RefusedError(self.service.says(words))
        self.usage = piece.usage_metadata or self.usage
        for candidate in cast(list[Any], piece.candidates or [])[:1]:
            if candidate.finish_reason is not None:
                self.finish = candidate.finish_reason.value
                self.detail = clean(candidate.finish_message or "")
            for part in cast(list[Any], (candidate.content.parts if candidate.content else None) or []):
                yield from self._take_part(part)

    def _take_part(self, part: Any) -> Iterator[Chunk]:
        signature = b64encode(part.thought_signature).decode() if part.thought_signature else ""
        signed: Json = {"signature": signature} if signature else {}
        if part.function_call is not None:
            call = part.function_call
            given, raw = _given(call.args or {})
            data: Json = {"kind": "call", "id": call.id or ""} | signed
            name, call_id = clean(call.name or ""), clean(call.id or "")
            made = ToolCall(call_id=call_id, name=name, arguments=given, raw=raw, provider_data=data)
            if not call_id or made not in self.parts:  # a piece that comes twice asks for nothing twice
                self.parts.append(made)
        elif part.text is not None:
            text = clean(part.text)
            if text:
                yield ThinkingChunk(text=text) if part.thought else TextChunk(text=text)
            self._take_text(text, bool(part.thought), signed)
        else:
            self.parts.append(_unknown(part))

    def _take_text(self, text: str, thought: bool, signed: Json) -> None:
        last = self.parts[-1] if self.parts else None
        if thought:
            if not signed and isinstance(last, Thinking) and last.provider_data == {"kind": "thought"}:
                self.parts[-1] = Thinking(text=last.text + text, provider_data=last.provider_data)
            elif text or signed:
                self.parts.append(Thinking(text=text, provider_data={"kind": "thought"} | signed))
        elif not text and signed:
            # The signature of everything before it; a Text part must not be empty.
            self.parts.append(Thinking(text="", provider_data={"kind": "text"} | signed))
        elif not signed and isinstance(last, Text) and last.provider_data is None:
            self.parts[-1] = Text(text=last.text + text)
        elif text:
            self.parts.append(Text(text=text, provider_data=signed or None))

    def done(self, request: Request) -> Done:
        """The whole answer. Raises TruncatedError where no finish reason came."""
        if not self.finish:
            raise TruncatedError(self.service.cannot("the answer broke off before its end"))
        stop = _STOPS.get(self.finish, "other")
        # There is no reason of its own for tools.
        stop = "tools" if stop == "end" and any(isinstance(part, ToolCall) for part in self.parts) else stop
        detail = f"{self.finish}: {self.detail}" if self.detail else self.finish
        return finished(self.parts, request.messages, stop, detail, self._usage())

    def _usage(self) -> Usage:
        usage = self.usage
        thinking = tokens(getattr(usage, "thoughts_token_count", None))
        return Usage(
            input_tokens=tokens(getattr(usage, "prompt_token_count", None)),
            output_tokens=tokens(getattr(usage, "candidates_token_count", None)) + thinking,
            cache_read_tokens=tokens(getattr(usage, "cached_content_token_count", None)),
            thinking_tokens=thinking,
        )


def _unknown(part: Any) -> Opaque:
    """A part of another kind, bytes as base64. The SDK drops kinds that it does not know either."""
    data = cast(Json, part.model_dump(mode="json", exclude_none=True))
    kind = next((name for name in data if not name.startswith("thought")), "")
    return Opaque(kind=kind or "unknown", provider_data=data if kind else None)


def _given(args: object) -> tuple[Json, str | None]:
    try:
        return checked(args), None
    except ValueError as error:
        return {}, f"[arguments {error}]"
