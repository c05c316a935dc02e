"""The rules of the long discussion find what they are there to find."""

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SOAK = Path(__file__).parents[2] / "bench" / "soak" / "changing_discussion"
Body = dict[str, Any]

ANTHROPIC: Body = {
    "max_tokens": 9,
    "tools": [{"name": "look", "input_schema": {}}],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "a"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": "s"},
                {"type": "tool_use", "id": "c1", "name": "look", "input": {}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "r"}]},
    ],
}
GEMINI: Body = {
    "tools": [{"functionDeclarations": [{"name": "look"}]}],
    "contents": [
        {"role": "user", "parts": [{"text": "a"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {}}, "thoughtSignature": "s"}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "look", "response": {"output": "r"}}}]},
    ],
}
OPENAI: Body = {
    "store": False,
    "tools": [{"name": "look"}],
    "input": [
        {"role": "user", "content": "a"},
        {"type": "reasoning", "id": "r1", "encrypted_content": "e"},
        {"type": "function_call", "id": "f1", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "r"},
    ],
}
COMPATIBLE: Body = {
    "tools": [{"function": {"name": "look"}}],
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "a"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"},
    ],
}
SOUND = {"anthropic": ANTHROPIC, "gemini": GEMINI, "openai": OPENAI, "compatible": COMPATIBLE}


@pytest.fixture
def breaches(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Body], list[str]]:
    monkeypatch.syspath_prepend(str(SOAK))
    return importlib.import_module("legal_requests").breaches


@pytest.mark.parametrize("protocol", SOUND)
def test_a_sound_request_breaks_no_rule(protocol: str, breaches) -> None:
    assert breaches(protocol, SOUND[protocol]) == []


def put(*path: str | int, value: Any) -> Callable[[Body], None]:
    """Put `value` at a place of the body."""

    def change(body: Body) -> None:
        at: Any = body
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


def without(*path: str | int) -> Callable[[Body], None]:
    """Take out what is at a place of the body."""

    def change(body: Body) -> None:
        at: Any = body
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]

    return change


@pytest.mark.parametrize(
    ("protocol", "change", "words"),
    [
        ("anthropic", without("messages", 2), "not first and last"),
        ("anthropic", without("messages", 1), "results ['c1'] for calls []"),
        ("anthropic", without("max_tokens"), "no max_tokens"),
        ("anthropic", put("messages", 0, "content", 0, "text", value=" "), "empty text"),
        ("anthropic", put("messages", 1, "content", 1, "name", value="gone"), "a call of 'gone'"),
        ("anthropic", put("messages", 1, "content", 0, "signature", value=""), "without a signature"),
        ("anthropic", put("messages", 2, "content", 0, "tool_use_id", value="c2"), "results ['c2']"),
        ("anthropic", put("messages", 1, "content", 1, "id", value="c:1"), "the id 'c:1'"),
        ("gemini", without("contents", 1), "user before user"),
        ("gemini", without("contents", 1, "parts", 0, "thoughtSignature"), "without its signature"),
        ("gemini", put("contents", 2, "parts", value=[{"text": "r"}]), "responses [] for calls ['look']"),
        ("gemini", put("contents", 0, "parts", value=[]), "an empty part, or none"),
        ("openai", put("store", value=True), "it would be stored"),
        ("openai", without("input", 3), "without outputs"),
        ("openai", without("input", 2), "reasoning led to nothing"),
        ("openai", put("input", 2, "arguments", value="{"), "no JSON"),
        ("openai", put("input", 1, "encrypted_content", value=""), "nobody can read"),
        ("openai", put("input", 2, "id", value="r1"), "an id twice"),
        ("compatible", without("messages", 3), "the last message is of the assistant"),
        ("compatible", without("messages", 2), "a result of 'c1' where [] are open"),
        ("compatible", put("messages", 1, value={"role": "system", "content": "s"}), "not first"),
        ("compatible", put("messages", 1, "content", value="\n"), "nothing in it"),
        ("compatible", put("tools", value=[]), "an empty list of tools"),
    ],
)
def test_a_breach_is_found(protocol: str, change: Callable[[Body], None], words: str, breaches) -> None:
    body = copy.deepcopy(SOUND[protocol])
    change(body)
    assert any(words in breach for breach in breaches(protocol, body)), breaches(protocol, body)
