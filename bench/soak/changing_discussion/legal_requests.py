"""What no service takes, by the strictest rule that any of the four documents, seen in request bodies alone.

Written from the services' documentation and on purpose without a line of the rehearsal or of the providers'
files, so that it does not share their mistakes. `breaches` names everything that is wrong; an empty list is a
legal request.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""Names of tools and ids of calls: the narrowest alphabet and length that a service documents."""

Body = dict[str, Any]


def breaches(protocol: str, body: Body) -> list[str]:
    """Everything that is wrong with a request; for Gemini what its cache holds must have been put back."""
    rules = {"anthropic": _anthropic, "gemini": _gemini, "openai": _openai, "compatible": _compatible}
    return [*_tools(protocol, body), *rules[protocol](body)]


def tools_of(protocol: str, body: Body) -> list[Body]:
    """The definitions of the tools, each with `name` and its schema."""
    match protocol:
        case "gemini":
            return [one for group in body.get("tools", []) for one in group["functionDeclarations"]]
        case "compatible":
            return [one["function"] for one in body.get("tools", [])]
        case _:
            return list(body.get("tools", []))


def _tools(protocol: str, body: Body) -> Iterator[str]:
    names = [tool["name"] for tool in tools_of(protocol, body)]
    if len(names) != len(set(names)):
        yield "a tool is defined twice"
    yield from (f"a tool's name: {name!r}" for name in names if not NAME.fullmatch(name))
    if "tools" in body and not names:
        yield "an empty list of tools"


def _anthropic(body: Body) -> Iterator[str]:
    messages = body["messages"]
    yield from _turns([message["role"] for message in messages], "assistant")
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        yield "no max_tokens"
    if json.dumps(body).count('"cache_control"') > 4:
        yield "more than four cache marks"
    known: set[str] = set()
    open_calls: list[str] = []
    offered = {tool["name"] for tool in body.get("tools", [])}
    for number, message in enumerate(messages):
        where, blocks = f"message {number}", message["content"]
        yield from _blocks(where, message["role"], blocks)
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if answered != open_calls:
            yield f"{where}: results {answered} for calls {open_calls}"
        if any(block["type"] == "tool_result" for block in blocks[len(answered) :]):
            yield f"{where}: a result is not first"
        calls = [block for block in blocks if block["type"] == "tool_use"]
        open_calls = [call["id"] for call in calls]
        yield from (f"{where}: a call of {c['name']!r}" for c in calls if c["name"] not in offered)
        yield from _ids(where, open_calls, known)
    if open_calls:
        yield f"calls {open_calls} without results"


def _blocks(where: str, role: str, blocks: Any) -> Iterator[str]:
    if not isinstance(blocks, list) or not blocks:
        yield f"{where}: nothing in it"
        return
    kinds = [block["type"] for block in blocks]
    allowed = {"text", "thinking", "redacted_thinking", "tool_use"} if role == "assistant" else set[str]()
    allowed |= {"text", "tool_result", "image", "document"} if role == "user" else set[str]()
    yield from (f"{where}: a {kind} block of the {role}" for kind in kinds if kind not in allowed)
    for block in blocks:
        if block["type"] == "text" and not block["text"].strip():
            yield f"{where}: empty text"
        if block["type"] == "thinking" and not block.get("signature"):
            yield f"{where}: thinking without a signature"
        if block["type"] == "thinking" and "cache_control" in block:
            yield f"{where}: a cache mark on thinking"
    if kinds and "thinking" in kinds[-1]:
        yield f"{where}: thinking comes last"


def _gemini(body: Body) -> Iterator[str]:
    contents = body["contents"]
    yield from _turns([content["role"] for content in contents], "model")
    offered = {tool["name"] for tool in tools_of("gemini", body)}
    asked: list[str] = []
    last_said = max(i for i, c in enumerate(contents) if _is_said(c))
    for number, content in enumerate(contents):
        where, parts = f"content {number}", content["parts"]
        if not parts or any(not part for part in parts):
            yield f"{where}: an empty part, or none"
        yield from (f"{where}: empty text" for part in parts if part.get("text", "-") == "" and len(part) < 2)
        answered = [part["functionResponse"] for part in parts if "functionResponse" in part]
        if [answer["name"] for answer in answered] != asked:
            yield f"{where}: responses {[a['name'] for a in answered]} for calls {asked}"
        yield from (f"{where}: a bare response" for a in answered if not isinstance(a["response"], dict))
        calls = [part for part in parts if "functionCall" in part]
        asked = [part["functionCall"]["name"] for part in calls]
        yield from (f"{where}: a call of {name!r}" for name in asked if name not in offered)
        if calls and number > last_said and not calls[0].get("thoughtSignature"):
            yield f"{where}: a call of this turn without its signature"
    if asked:
        yield f"calls {asked} without responses"


def _is_said(content: Body) -> bool:
    return content["role"] == "user" and not any("functionResponse" in part for part in content["parts"])


def _openai(body: Body) -> Iterator[str]:
    if body.get("store") is not False:
        yield "it would be stored"
    open_calls: list[str] = []
    known: set[str] = set()
    ids: set[str] = set()
    thought = False
    offered = {tool["name"] for tool in body.get("tools", [])}
    for number, item in enumerate(body["input"]):
        where, kind = f"item {number}", item.get("type", "message")
        if item.get("id") in ids:
            yield f"{where}: an id twice"
        ids |= {item["id"]} if item.get("id") else set[str]()
        if thought and kind not in ("reasoning", "function_call") and item.get("role") != "assistant":
            yield f"{where}: reasoning led to nothing"
        thought = kind == "reasoning"
        if kind == "function_call_output":
            yield from _answers(where, item["call_id"], open_calls)
            continue
        if kind == "message" and item["role"] == "user" and open_calls:
            yield f"{where}: calls {open_calls} without outputs"
        if kind == "reasoning" and not item.get("encrypted_content"):
            yield f"{where}: reasoning that nobody can read"
        if kind == "function_call":
            yield from _ids(where, [item["call_id"]], known)
            yield from _json(where, item["arguments"])
            yield from () if item["name"] in offered else (f"{where}: a call of {item['name']!r}",)
            open_calls.append(item["call_id"])
        if kind == "message" and not _said(item.get("content")):
            yield f"{where}: nothing in it"
    if open_calls or thought:
        yield f"calls {open_calls} without outputs, or reasoning at the end"
    if body["input"] and body["input"][-1].get("role") == "assistant":
        yield "the model spoke last"


def _compatible(body: Body) -> Iterator[str]:
    messages = body["messages"]
    roles = [message["role"] for message in messages]
    if "system" in roles[1:]:
        yield "a system message that is not first"
    spoken = [role for role in roles if role in ("user", "assistant")]
    yield from _alternate(spoken, after_tools=_follows_tool(roles))
    if roles[-1] not in ("user", "tool"):
        yield f"the last message is of the {roles[-1]}"
    open_calls: list[str] = []
    known: set[str] = set()
    offered = {tool["name"] for tool in tools_of("compatible", body)}
    for number, message in enumerate(messages):
        where = f"message {number}"
        if message["role"] == "tool":
            yield from _answers(where, message["tool_call_id"], open_calls)
            continue
        if open_calls:
            yield f"{where}: calls {open_calls} without answers"
        calls = message.get("tool_calls") or []
        if not calls and not _said(message.get("content")):
            yield f"{where}: nothing in it"
        if "tool_calls" in message and not calls:
            yield f"{where}: an empty list of calls"
        open_calls = [call["id"] for call in calls]
        yield from _ids(where, open_calls, known)
        for call in calls:
            yield from _json(where, call["function"]["arguments"])
            name = call["function"]["name"]
            yield from () if name in offered else (f"{where}: a call of {name!r}",)
    if open_calls:
        yield f"calls {open_calls} without answers"


def _follows_tool(roles: Sequence[str]) -> set[int]:
    """Which of the spoken messages, by number, stand right behind a tool's."""
    spoken = -1
    found: set[int] = set()
    for i, role in enumerate(roles):
        if role in ("user", "assistant"):
            spoken += 1
            if i and roles[i - 1] == "tool":
                found.add(spoken)
    return found


def _alternate(roles: Sequence[str], *, after_tools: set[int]) -> Iterator[str]:
    for i, role in enumerate(roles):
        if i == 0 and role != "user":
            yield f"the {role} speaks first"
        if i and role == roles[i - 1] and not (role == "assistant" and i in after_tools):
            yield f"two messages of the {role} in a row"


def _turns(roles: Sequence[str], model: str) -> Iterator[str]:
    """User and model take turns; the user is first and last."""
    if not roles or roles[0] != "user" or roles[-1] != "user":
        yield "the user is not first and last"
    for one, other in pairwise(roles):
        if one == other or {one, other} != {"user", model}:
            yield f"{one} before {other}"


def _answers(where: str, call_id: str, open_calls: list[str]) -> Iterator[str]:
    """One result: it must be of the first call that has none yet."""
    if not open_calls or open_calls[0] != call_id:
        yield f"{where}: a result of {call_id!r} where {open_calls} are open"
    if call_id in open_calls:
        open_calls.remove(call_id)


def _ids(where: str, ids: Sequence[str], known: set[str]) -> Iterator[str]:
    for one in ids:
        if one in known:
            yield f"{where}: the call {one!r} twice"
        if not NAME.fullmatch(one):
            yield f"{where}: the id {one!r}"
        known.add(one)


def _json(where: str, arguments: str) -> Iterator[str]:
    try:
        if not isinstance(json.loads(arguments), dict):
            yield f"{where}: arguments that are no object"
    except ValueError:
        yield f"{where}: arguments that are no JSON"


def _said(content: Any) -> bool:
    """Whether a message says anything: text that is not blank, or parts that are not."""
    if isinstance(content, str):
        return bool(content.strip())
    return bool(content) and all(str(part.get("text", "x")).strip() for part in content)
