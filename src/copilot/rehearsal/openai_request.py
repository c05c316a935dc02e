"""OpenAI Responses, incoming: key, parameters, tools, input items, as strictly as the service reads them."""

import re
from collections.abc import Mapping
from typing import cast

from copilot.rehearsal.asked import Asked, JsonObject, Refusal, as_object, as_text, objects
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.openai_history import read_input
from copilot.rehearsal.schema_check import schema_problem, strict_problem
from copilot.rehearsal.signing import canonical
from copilot.rehearsal.wire import Incoming
from copilot.vocabulary.messages import JsonValue

# fmt: off
_PARAMETERS = frozenset((
    "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "store", "include",
    "previous_response_id", "conversation", "prompt_cache_key", "prompt_cache_options",
    "max_tool_calls", "prompt_cache_retention", "context_management", "truncation", "reasoning", "text",
    "temperature", "max_output_tokens", "service_tier", "safety_identifier", "metadata", "background",
    "stream", "stream_options", "top_p", "top_logprobs", "user", "prompt", "moderation",
))
# fmt: on
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_FEWEST_OUTPUT_TOKENS = 16


def authorize(headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """A key as `Authorization: Bearer`. Raises Refusal."""
    del query
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Refusal(
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using "
            "Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            status=401,
        )


def read(incoming: Incoming, memory: Memory) -> Asked:
    """Check a request and say what it asks. Raises Refusal with the service's words."""
    body = incoming.body
    _check_parameters(body)
    model = as_text(body["model"], "model")
    instructions = as_text(body.get("instructions") or "", "instructions")
    tools = read_tools(
        [_flat(t, i) for i, t in enumerate(objects(body.get("tools") or [], "tools"))], "tools[{}]"
    )
    names = tuple(str(tool["name"]) for tool in tools)
    said = read_input(body["input"], model, set(names), memory)
    reasoning = as_object(body.get("reasoning") or {}, "reasoning")
    head = [canonical(cast(JsonValue, tool)) for tool in tools]
    blocks = (*head, *([instructions] if instructions else []), *said.blocks)
    return Asked(
        protocol="openai",
        model=model,
        text=said.text,
        results=said.results,
        offered=names,
        round=said.round,
        stream=body.get("stream") is True,
        show_thinking=reasoning.get("summary") is not None,
        prefix="",
        blocks=blocks,
        marks=tuple(range(len(blocks))),
        ids=said.ids,
    )


def missing(name: str) -> Refusal:
    """The service's words for a parameter that is not there."""
    return Refusal(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def read_tools(tools: list[JsonObject], place: str) -> list[JsonObject]:
    """Check function tools in their flat form; `place` has a `{}` for the index. Raises Refusal."""
    names: set[str] = set()
    for i, tool in enumerate(tools):
        where = place.format(i)
        if "name" not in tool:
            raise missing(f"{where}.name")
        name = as_text(tool["name"], f"{where}.name")
        if not _TOOL_NAME.fullmatch(name):
            raise Refusal(
                f"Invalid '{where}.name': string does not match pattern. Expected a string that matches the "
                "pattern '^[a-zA-Z0-9_-]+$'.",
                param=f"{where}.name",
                code="invalid_value",
            )
        if name in names:
            raise Refusal(f"Duplicate tool name '{name}' in {where}.", param=where, code="invalid_value")
        names.add(name)
        schema = tool.get("parameters")
        problem = schema_problem(schema) if schema is not None else ""
        if not problem and tool.get("strict") is True:
            problem = strict_problem(schema)
        if problem:
            raise Refusal(
                f"Invalid schema for function '{name}': {problem}",
                param=f"{where}.parameters",
                code="invalid_function_parameters",
            )
    return tools


def _flat(tool: JsonObject, i: int) -> JsonObject:
    if tool.get("type") != "function":
        raise Refusal(
            f"Invalid value: {tool.get('type')!r}. The rehearsal knows only 'function' tools.",
            param=f"tools[{i}].type",
            code="invalid_value",
        )
    if "function" in tool:
        raise missing(f"tools[{i}].name")
    return tool


def _check_parameters(body: JsonObject) -> None:
    if "messages" in body:
        raise Refusal(
            "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'.",
            param="messages",
            code="unsupported_parameter",
        )
    for name in body:
        if name not in _PARAMETERS:
            raise Refusal(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    for name in ("model", "input"):
        if not body.get(name):
            raise missing(name)
    most = body.get("max_output_tokens")
    if isinstance(most, int) and most < _FEWEST_OUTPUT_TOKENS:
        raise Refusal(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got "
            f"{most} instead.",
            param="max_output_tokens",
            code="integer_below_min_value",
        )
    if body.get("previous_response_id"):
        raise Refusal(
            f"Previous response with id '{body['previous_response_id']}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
