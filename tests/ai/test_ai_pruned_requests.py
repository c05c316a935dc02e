"""Pruned branches in each service's own form, by the real payload builders, before the rehearsal's checks."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from branches import LIMITS, SLICE, branches, broken_branches, room
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.ai.history import prepare
from copilot.providers.base import Provider, Request
from copilot.providers.bridge import Bridge
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.protocols import wire
from copilot.rehearsal.wire import Incoming
from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.messages import Message
from copilot.vocabulary.values import ModelChoice, ProviderName, ToolSpec

MODELS: dict[ProviderName, str] = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}
NOWHERE = "http://127.0.0.1:9"
READ_FILE = ToolSpec(
    name="read_file",
    description="Read a file.",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)


@pytest.fixture(scope="module")
def providers() -> Iterator[dict[ProviderName, Provider]]:
    """Real providers; nothing is sent."""
    bridge = Bridge()
    made: dict[ProviderName, Provider] = {
        name: import_module(f"copilot.providers.{name}").make(
            key="test-key-0123456789", base_url=NOWHERE, api_version="", on_wire=lambda _: None, bridge=bridge
        )
        for name in MODELS
    }
    yield made
    for provider in made.values():
        provider.close()
    bridge.close()


def request_to(name: ProviderName, messages: tuple[Message, ...]) -> Request:
    choice = ModelChoice(provider=name, model=MODELS[name], max_output_tokens=1_000)
    return Request(model=choice, system="You help.", tools=(READ_FILE,), messages=messages, cache_key="K")


def checked(
    providers: dict[ProviderName, Provider], name: ProviderName, messages: tuple[Message, ...]
) -> Any:
    """The body that would be sent, after the rehearsal has taken it. Raises its Refusal."""
    body = json.loads(providers[name].preview(request_to(name, messages), lambda: False))
    assert name in ("anthropic", "gemini", "openai", "compatible")
    incoming = Incoming(headers={}, query={"alt": "sse"}, body=body, model=MODELS[name], stream=True)
    wire(name).read(incoming, Memory())
    return body


@pytest.mark.parametrize("name", list(MODELS))
@given(data=st.data(), branch=st.one_of(branches(), broken_branches()), limit=LIMITS)
@settings(SLICE, max_examples=SLICE.max_examples // 5)
def test_each_service_takes_what_is_left(
    name: ProviderName,
    providers: dict[ProviderName, Provider],
    data: st.DataObject,
    branch: list[Message],
    limit: int,
) -> None:
    model = data.draw(st.sampled_from(["m", MODELS[name]]))
    branch = [replace(m, provider=name, model=model) if m.role == "assistant" else m for m in branch]
    try:
        sent = prepare(branch, room(limit)).messages
    except ContextTooLongError:
        return
    body = checked(providers, name, sent)
    asked = [m for m in branch if m.role == "user" and m.text.strip()][-1]
    told = json.dumps(body, ensure_ascii=False)
    assert json.dumps(asked.text)[1:-1] in told
    assert "You help." in told
    assert "read_file" in told
