"""Gemini generateContent, incoming: key, fields, tools, contents, as strictly as the service reads them."""

import re
from collections.abc import Mapping
from typing import cast

from copilot.rehearsal.asked import Asked, JsonObject, Refusal, as_object, as_text, objects
from copilot.rehearsal.gemini_caches import with_cached
from copilot.rehearsal.gemini_history import fields, read_contents
from copilot.rehearsal.memory import Memory, estimate
from copilot.rehearsal.schema_check import schema_problem
from copilot.rehearsal.signing import canonical
from copilot.rehearsal.wire import Incoming
from copilot.vocabulary.messages import JsonValue

# fmt: off
_FIELDS = frozenset((
    "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings",
    "cachedContent", "serviceTier", "store", "labels", "continuationToken", "model",
))
# fmt: on
_COUNT_FIELDS = frozenset(("contents", "generateContentRequest", "model"))
# fmt: off
_CONFIG_FIELDS = frozenset((
    "maxOutputTokens", "temperature", "topP", "topK", "stopSequences", "candidateCount", "seed",
    "presencePenalty", "frequencyPenalty", "responseMimeType", "responseSchema", "responseJsonSchema",
    "responseModalities", "responseLogprobs", "logprobs", "thinkingConfig", "mediaResolution",
    "speechConfig",
))
# fmt: on
# fmt: off
_FUNCTION_FIELDS = frozenset((
    "name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema",
    "behavior",
))
# fmt: on
_FUNCTION_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}")


def authorize(headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """A key as `x-goog-api-key` (or `?key=`). Raises Refusal."""
    if headers.get("x-goog-api-key", "").strip() or query.get("key", "").strip():
        return
    if "authorization" in headers:
        raise Refusal(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
            "other valid authentication credential; an API key belongs into x-goog-api-key.",
            status=401,
        )
    raise Refusal(
        "Method doesn't allow unregistered callers (callers without established identity). Please use "
        "API Key "
        "or other form of API consumer identity to call this API.",
        status=403,
    )


def read(incoming: Incoming, memory: Memory) -> Asked:
    """Check a request and say what it asks. Raises Refusal with the service's words."""
    body = fields(incoming.body, _COUNT_FIELDS if incoming.counting else _FIELDS)
    if incoming.counting and "generateContentRequest" in body:
        body = fields(as_object(body["generateContentRequest"], "generateContentRequest"), _FIELDS)
    body, cached = with_cached(body, incoming.model, memory)
    if incoming.stream and incoming.query.get("alt") != "sse":
        raise Refusal("The rehearsal streams only server-sent events: add ?alt=sse")
    tools = _functions(body)
    system = _system(body)
    thoughts = _config(body)
    contents = read_contents(body, incoming.model, {str(f["name"]) for f in tools})
    blocks = [canonical(cast(JsonValue, block)) for block in (*system, *tools)]
    return Asked(
        protocol="gemini",
        model=incoming.model,
        text=contents.text,
        results=contents.results,
        offered=tuple(str(f["name"]) for f in tools),
        round=contents.round,
        stream=incoming.stream,
        show_thinking=thoughts,
        prefix="",
        blocks=(*blocks, *contents.blocks),
        cached=min(cached, sum(map(estimate, blocks))),
        ids=contents.ids,
    )


def _functions(body: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = []
    for i, tool in enumerate(objects(body.get("tools", []), "tools")):
        for name, value in tool.items():
            if name in ("functionDeclarations", "function_declarations"):
                for n, function in enumerate(objects(value, f"tools[{i}].function_declarations")):
                    found.append(_function(function, f"tools[{i}].function_declarations[{n}]"))
    names = [str(f["name"]) for f in found]
    for name in names:
        if names.count(name) > 1:
            raise Refusal(f"Duplicate function declaration found: {name}")
    return found


def _function(value: JsonObject, where: str) -> JsonObject:
    function = fields(value, _FUNCTION_FIELDS, where)
    name = as_text(function.get("name"), f"{where}.name")
    if not _FUNCTION_NAME.fullmatch(name):
        raise Refusal(
            f"* GenerateContentRequest.{where}.name: Invalid function name. Must start with a letter or an "
            "underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or "
            "dashes "
            "(-), with a maximum length of 128."
        )
    if "parameters" in function and "parametersJsonSchema" in function:
        raise Refusal(f"{where}: only one of parameters and parameters_json_schema may be set")
    schema = function.get("parametersJsonSchema")
    problem = schema_problem(schema) if schema is not None else ""
    if problem:
        raise Refusal(f"* GenerateContentRequest.{where}.parameters_json_schema: {problem}")
    return function


def _system(body: JsonObject) -> list[JsonObject]:
    if "systemInstruction" not in body:
        return []
    content = fields(
        as_object(body["systemInstruction"], "system_instruction"), frozenset(("role", "parts")), ""
    )
    parts = objects(content.get("parts", []), "system_instruction.parts")
    if not parts or any(not part.get("text") for part in parts):
        raise Refusal(
            "* GenerateContentRequest.system_instruction.parts: contents.parts must not be empty and "
            "hold text."
        )
    return parts


def _config(body: JsonObject) -> bool:
    """Check the generation config; whether thoughts are wanted."""
    config = fields(
        as_object(body.get("generationConfig", {}), "generation_config"), _CONFIG_FIELDS, "generation_config"
    )
    most = config.get("maxOutputTokens", 1)
    if not isinstance(most, int) or most < 1:
        raise Refusal("* GenerateContentRequest.generation_config.max_output_tokens: must be positive")
    thinking = as_object(config.get("thinkingConfig", {}), "generation_config.thinking_config")
    known = frozenset(("includeThoughts", "thinkingBudget", "thinkingLevel"))
    return fields(thinking, known, "generation_config.thinking_config").get("includeThoughts") is True
