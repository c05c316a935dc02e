"""Chat Completions, incoming: what local servers and their chat templates take, and nothing they refuse."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import cast

from copilot.rehearsal.asked import Asked, JsonObject, Refusal, Result, as_object, as_text, is_person, objects
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.openai_request import missing, read_tools
from copilot.rehearsal.pictures import of_compatible
from copilot.rehearsal.signing import canonical
from copilot.rehearsal.wire import Incoming
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

_ROLES = ("system", "developer", "user", "assistant", "tool")


@frozen
class _Call:
    id: str
    name: str


def authorize(headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """No key is needed; one for another service is refused. Raises Refusal."""
    del query
    for name in ("x-api-key", "x-goog-api-key"):
        if name in headers:
            raise Refusal(f"A key belongs into Authorization: Bearer, not into {name}.", status=401)


def read(incoming: Incoming, memory: Memory) -> Asked:
    """Check a request and say what it asks. Raises Refusal."""
    del memory
    body = incoming.body
    for name in ("model", "messages"):
        if not body.get(name):
            raise missing(name)
    stream = body.get("stream") is True
    options = body.get("stream_options")
    if options is not None and not stream:
        raise Refusal(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )
    tools = _tools(body)
    names = tuple(str(tool["name"]) for tool in tools)
    messages = [_message(m, f"messages[{i}]") for i, m in enumerate(objects(body["messages"], "messages"))]
    _check_roles(messages)
    _check_calls(messages, set(names))
    asked_at, text = _asked(messages)
    include = isinstance(options, dict) and options.get("include_usage") is True
    blocks = tuple(canonical(cast(JsonValue, block)) for block in (*tools, *messages))
    return Asked(
        protocol="compatible",
        model=as_text(body["model"], "model"),
        text=text,
        results=_results(messages),
        offered=names,
        round=1 + sum(m["role"] == "assistant" for m in messages[asked_at + 1 :]),
        stream=stream,
        show_thinking=True,
        prefix="",
        blocks=blocks,
        marks=tuple(range(len(blocks))),
        ids=tuple(call.id for m in messages for call in _calls(m)),
        extra={"include_usage": include},
    )


def _tools(body: JsonObject) -> list[JsonObject]:
    if "tools" not in body:
        if body.get("tool_choice") not in (None, "none"):
            raise Refusal("'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice")
        return []
    tools = objects(body["tools"], "tools")
    if not tools:
        raise Refusal(
            "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty "
            "array instead.",
            param="tools",
            code="empty_array",
        )
    for i, tool in enumerate(tools):
        if tool.get("type") != "function" or "function" not in tool:
            raise missing(f"tools[{i}].function")
    return read_tools(
        [as_object(t["function"], f"tools[{i}].function") for i, t in enumerate(tools)], "tools[{}].function"
    )


def _message(message: JsonObject, where: str) -> JsonObject:
    role = message.get("role")
    if role not in _ROLES:
        raise Refusal(
            f"Invalid value: {role!r}. Supported values are: {', '.join(map(repr, _ROLES))}.",
            param=f"{where}.role",
            code="invalid_value",
        )
    calls = message.get("tool_calls")
    if calls is not None:
        _check_tool_calls(calls, str(role), where)
    content = message.get("content")
    if content is None and not (role == "assistant" and calls):
        raise Refusal("Invalid value for 'content': expected a string, got null.", param=f"{where}.content")
    if content is not None and not isinstance(content, str):
        parts: list[JsonValue] = []
        for i, part in enumerate(objects(content, f"{where}.content")):
            at = f"{where}.content[{i}]"
            if part.get("type") == "text":
                as_text(part.get("text"), f"{at}.text")
            parts.append(part if part.get("type") == "text" else of_compatible(part, at))
        message = {**message, "content": parts}
    if role == "tool" and "tool_call_id" not in message:
        raise missing(f"{where}.tool_call_id")
    return message


def _check_tool_calls(value: JsonValue, role: str, where: str) -> None:
    calls = objects(value, f"{where}.tool_calls")
    if role != "assistant":
        raise Refusal("'tool_calls' are only allowed in messages of role 'assistant'.", param=where)
    if not calls:
        raise Refusal(
            f"Invalid '{where}.tool_calls': empty array. Expected an array with minimum length 1, but got "
            "an empty "
            "array instead.",
            param=f"{where}.tool_calls",
            code="empty_array",
        )
    for i, call in enumerate(calls):
        at = f"{where}.tool_calls[{i}]"
        if not call.get("id"):
            raise missing(f"{at}.id")
        function = as_object(call.get("function"), f"{at}.function")
        as_text(function.get("name"), f"{at}.function.name")
        arguments = as_text(function.get("arguments"), f"{at}.function.arguments")
        try:
            json.loads(arguments)
        except ValueError as error:
            raise Refusal(f"Failed to parse tool call arguments as JSON: {error}", param=at) from error


def _check_roles(messages: list[JsonObject]) -> None:
    """What local models' chat templates insist on: user and assistant take turns, system comes first."""
    spoken = [m for m in messages if m["role"] not in ("system", "developer")]
    late = next((i for i, m in enumerate(messages) if i and m["role"] in ("system", "developer")), None)
    if late is not None and messages[late - 1]["role"] not in ("system", "developer"):
        raise Refusal("System message must be at the beginning.", param=f"messages[{late}]")
    if not spoken or spoken[0]["role"] != "user":
        raise Refusal("Conversation must start with a user message.", param="messages")
    if spoken[-1]["role"] == "assistant":
        raise Refusal(
            "Cannot continue from an assistant message: the last one must be of user or tool.",
            param="messages",
        )
    for before, message in pairwise(spoken):
        if before["role"] == message["role"] != "tool":
            raise Refusal(
                "Conversation roles must alternate user/assistant/user/assistant/...", param="messages"
            )


def _check_calls(messages: list[JsonObject], offered: set[str]) -> None:
    """Every call is answered by a tool message right after it, and every tool message answers one."""
    open_ids: list[str] = []
    for i, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                raise Refusal(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceding "
                    "message with "
                    f"'tool_calls' (messages[{i}] answers {message['tool_call_id']}).",
                    param=f"messages[{i}].role",
                )
            open_ids.remove(str(message["tool_call_id"]))
            continue
        _check_answered(open_ids, i)
        open_ids = [call.id for call in _calls(message)]
        for call in _calls(message):
            if call.name not in offered:
                raise Refusal(
                    f"Function '{call.name}' in messages[{i}] is not among the tools of this request."
                )
    _check_answered(open_ids, len(messages))


def _check_answered(open_ids: list[str], i: int) -> None:
    if open_ids:
        raise Refusal(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            "'tool_call_id'. The following tool_call_ids did not have response messages: "
            f"{', '.join(open_ids)}",
            param=f"messages[{i}].role",
        )


def _calls(message: JsonObject) -> list[_Call]:
    calls = cast(list[dict[str, JsonObject]], message.get("tool_calls") or [])
    return [_Call(id=str(call["id"]), name=str(call["function"]["name"])) for call in calls]


def _asked(messages: list[JsonObject]) -> tuple[int, str]:
    """Where a person spoke last, and what."""
    for i in range(len(messages) - 1, -1, -1):
        if messages[i]["role"] == "user":
            texts = [text for text in _texts(messages[i].get("content")) if is_person(text)]
            if texts:
                return i, texts[-1]
    return 0, ""


def _texts(content: JsonValue) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [str(part["text"]) for part in cast(list[JsonObject], content or []) if "text" in part]


def _results(messages: list[JsonObject]) -> tuple[Result, ...]:
    """The tool messages after the last answer."""
    names = {call.id: call.name for message in messages for call in _calls(message)}
    last = max((i for i, m in enumerate(messages) if m["role"] == "assistant"), default=-1)
    return tuple(
        Result(
            call_id=str(m["tool_call_id"]),
            tool=names.get(str(m["tool_call_id"]), ""),
            text="\n".join(_texts(m.get("content"))),
        )
        for m in messages[last + 1 :]
        if m["role"] == "tool"
    )
