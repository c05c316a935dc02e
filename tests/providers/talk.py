"""Words the provider tests share: a request to send, the provider to send it with, and what came back."""

from dataclasses import replace
from importlib import import_module
from typing import Any

from copilot.providers.base import Chunk, Done, Provider, Request
from copilot.providers.bridge import Bridge
from copilot.vocabulary.messages import FileRefresh, Message, Text, Thinking, ToolCall, ToolResult
from copilot.vocabulary.values import ModelChoice, ProviderName, ToolSpec, WireRecord

KEY = "test-key-0123456789"

MODELS: dict[str, str] = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}
PROVIDERS = tuple(MODELS)

READ_FILE = ToolSpec(
    name="read_file",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
LIST = ToolSpec(name="list_directory", description="List.", parameters={"type": "object", "properties": {}})


def never() -> bool:
    return False


def made(
    name: str, url: str, bridge: Bridge, *, key: str = KEY, records: list[WireRecord] | None = None
) -> Provider:
    """The provider, talking to `url`, which has no version in it."""
    base_url = url + "/v1" if name in ("openai", "compatible") and url else url
    kept: list[WireRecord] = [] if records is None else records
    provider: Provider = import_module(f"copilot.providers.{name}").make(
        key=key, base_url=base_url, api_version="", on_wire=kept.append, bridge=bridge
    )
    return provider


def request_to(name: str, *messages: Message, tools: tuple[ToolSpec, ...] = (READ_FILE, LIST)) -> Request:
    """A request with a system prompt and two tools; "hi" where no messages are given."""
    choice = ModelChoice(provider=provider_name(name), model=MODELS[name], max_output_tokens=1000)
    return Request(
        model=choice, system="You help.", tools=tools, messages=messages or (user("hi"),), cache_key="K"
    )


def provider_name(name: str) -> ProviderName:
    """The name as the vocabulary types it."""
    names: dict[str, ProviderName] = {
        "anthropic": "anthropic",
        "gemini": "gemini",
        "openai": "openai",
        "compatible": "compatible",
    }
    return names[name]


def chunks_of(provider: Provider, request: Request) -> list[Chunk]:
    """All chunks of the answer, without the body of the request."""
    chunks = provider.stream(request, never)
    return [
        replace(chunk, sent=b"", sent_sha256="") if isinstance(chunk, Done) else chunk for chunk in chunks
    ]


def user(text: str) -> Message:
    return Message(id="u", parent=None, role="user", parts=(Text(text=text),), at=0.0)


def reply(name: str, *parts: Any, model: str = "", partial: bool = False) -> Message:
    """What a provider's model said."""
    return Message(
        id="a",
        parent=None,
        role="assistant",
        parts=parts,
        at=0.0,
        provider=name,
        model=model or MODELS[name],
        partial=partial,
    )


def results(*parts: ToolResult | FileRefresh) -> Message:
    return Message(id="t", parent=None, role="tool", parts=parts, at=0.0)


def call(call_id: str, path: str, **data: Any) -> ToolCall:
    return ToolCall(call_id=call_id, name="read_file", arguments={"path": path}, provider_data=data or None)


def result(call_id: str, output: str) -> ToolResult:
    return ToolResult(call_id=call_id, name="read_file", output=output)


def thought(text: str, **data: Any) -> Thinking:
    return Thinking(text=text, provider_data=data or None)
