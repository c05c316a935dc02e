"""What a stand-in says it was sent, read the same way for all four protocols."""

import json
from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")


def calls_and_results(provider: str, body: Body) -> list[tuple[str, str, Any]]:
    """Every tool call and result of a request in order: "call", its tool and arguments, or "result", its tool
    and text."""
    names: dict[str, str] = {}
    found: list[tuple[str, str, Any]] = []
    for kind, id_, name, content in _PIECES[provider](body):
        if kind == "call":
            names[id_] = name
        found.append((kind, name or names[id_], content))
    return found


Piece = tuple[str, str, str, Any]
"""What it is, the call's id, the tool's name where it is said, and arguments or text."""


def _anthropic(body: Body) -> Iterator[Piece]:
    for block in (block for message in body["messages"] for block in message["content"]):
        if block["type"] == "tool_use":
            yield "call", block["id"], block["name"], block["input"]
        if block["type"] == "tool_result":
            yield "result", block["tool_use_id"], "", block["content"]


def _gemini(body: Body) -> Iterator[Piece]:
    for part in (part for content in body["contents"] for part in content["parts"]):
        if call := part.get("functionCall"):
            yield "call", "", call["name"], call["args"]
        if answer := part.get("functionResponse"):
            yield "result", "", answer["name"], next(iter(answer["response"].values()))


def _openai(body: Body) -> Iterator[Piece]:
    for item in body["input"]:
        if item.get("type") == "function_call":
            yield "call", item["call_id"], item["name"], json.loads(item["arguments"])
        if item.get("type") == "function_call_output":
            yield "result", item["call_id"], "", item["output"]


def _compatible(body: Body) -> Iterator[Piece]:
    for message in body["messages"]:
        for call in message.get("tool_calls") or []:
            given = json.loads(call["function"]["arguments"])
            yield "call", call["id"], call["function"]["name"], given
        if message["role"] == "tool":
            yield "result", message["tool_call_id"], "", message["content"]


_PIECES = {"anthropic": _anthropic, "gemini": _gemini, "openai": _openai, "compatible": _compatible}


def system_of(provider: str, body: Body) -> str:
    """The system prompt with the files."""
    match provider:
        case "anthropic":
            return str(body["system"][0]["text"])
        case "gemini":
            return str(body["systemInstruction"]["parts"][0]["text"])
        case "openai":
            return str(body["instructions"])
        case _:
            return str(body["messages"][0]["content"])


def last_said(provider: str, body: Body) -> str:
    """The text of the last message."""
    match provider:
        case "anthropic":
            return str(body["messages"][-1]["content"][-1].get("text", ""))
        case "gemini":
            return str(body["contents"][-1]["parts"][-1].get("text", ""))
        case "openai":
            content = body["input"][-1].get("content", "")
            return content if isinstance(content, str) else str(content[-1]["text"])
        case _:
            return str(body["messages"][-1]["content"])
