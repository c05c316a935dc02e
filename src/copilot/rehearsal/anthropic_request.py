"""Anthropic Messages, incoming: keys, parameters, system and tools, as strictly as the service reads them."""

import re
from collections.abc import Mapping
from typing import cast

from copilot.rehearsal.anthropic_history import History, read_messages
from copilot.rehearsal.asked import Asked, JsonObject, Refusal, as_object, as_text, objects
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.schema_check import schema_problem
from copilot.rehearsal.signing import canonical, chain
from copilot.rehearsal.wire import Incoming
from copilot.vocabulary.messages import JsonValue

# fmt: off
_PARAMETERS = frozenset((
    "model", "max_tokens", "messages", "system", "tools", "tool_choice", "thinking", "output_config",
    "cache_control", "diagnostics", "stop_sequences", "metadata", "service_tier", "speed",
    "inference_geo", "container", "stream", "user_profile_id", "workspace_id",
))
# fmt: on
_BETA_PARAMETERS = frozenset(
    ("context_management", "compaction", "thread", "mcp_servers", "fallbacks", "betas")
)
_ALWAYS_THINKING = ("claude-opus-5-5", "claude-fable-5-1")
# fmt: off
_TOOL_FIELDS = frozenset((
    "name", "description", "input_schema", "cache_control", "strict", "defer_loading",
    "eager_input_streaming", "input_examples", "allowed_callers", "type",
))
# fmt: on
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_MOST_MARKS = 4


def authorize(headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """A key as `Authorization: Bearer` or `x-api-key`, and the API's version. Raises Refusal."""
    del query
    scheme, _, token = headers.get("authorization", "").partition(" ")
    key = headers.get("x-api-key", "").strip()
    if not key and not (scheme.lower() == "bearer" and token.strip()):
        raise Refusal("x-api-key header is required", status=401)
    if not headers.get("anthropic-version"):
        raise Refusal("anthropic-version: header is required")


def read(incoming: Incoming, memory: Memory) -> Asked:
    """Check a request and say what it asks. Raises Refusal with the service's words."""
    body = incoming.body
    _check_parameters(incoming)
    model = as_text(body["model"], "model")
    tools = _tools(body)
    system = _system(body)
    thinking = _thinking(body, model)
    start = chain("", [model, cast(JsonValue, _bare(tools)), cast(JsonValue, _bare(system))])
    history = read_messages(body, start, memory)
    _check_calls(history, tools)
    prompt = [*tools, *system, *history.blocks]
    return Asked(
        protocol="anthropic",
        model=model,
        text=history.text,
        results=history.results,
        offered=tuple(str(tool["name"]) for tool in tools),
        round=history.round,
        stream=body.get("stream") is True,
        show_thinking=thinking in ("summarized", "enabled"),
        prefix=history.prefix,
        blocks=tuple(canonical(cast(JsonValue, block)) for block in _bare(prompt)),
        marks=_marks(body, prompt),
        ids=history.ids,
        extra={"thinking": thinking},
    )


def _check_parameters(incoming: Incoming) -> None:
    body = incoming.body
    for name in ("temperature", "top_p", "top_k"):
        if name in body:
            raise Refusal(f"{name}: this parameter is not supported by this API version")
    known = _PARAMETERS | (_BETA_PARAMETERS if "anthropic-beta" in incoming.headers else frozenset[str]())
    for name in body:
        if name not in known:
            raise Refusal(f"{name}: Extra inputs are not permitted")
    needed = ("model", "messages") if incoming.counting else ("model", "max_tokens", "messages")
    for name in needed:
        if name not in body:
            raise Refusal(f"{name}: Field required")
    if not body["model"]:
        raise Refusal("model: String should have at least 1 character")
    most = body.get("max_tokens", 1)
    if isinstance(most, bool) or not isinstance(most, int):
        raise Refusal("max_tokens: Input should be a valid integer")
    if most < (1 if body.get("stream") else 0):
        raise Refusal("max_tokens: Input should be greater than or equal to 1")


def _tools(body: JsonObject) -> list[JsonObject]:
    """The tools, each with a name of its own and a sound schema."""
    if "tools" not in body:
        return []
    tools = objects(body["tools"], "tools")
    names: set[str] = set()
    for i, tool in enumerate(tools):
        where = f"tools.{i}.custom"
        for field in ("name", "input_schema"):
            if field not in tool:
                raise Refusal(f"{where}.{field}: Field required")
        unknown = set(tool) - _TOOL_FIELDS
        if unknown:
            raise Refusal(f"{where}.{min(unknown)}: Extra inputs are not permitted")
        name = as_text(tool["name"], f"{where}.name")
        if not _TOOL_NAME.fullmatch(name):
            raise Refusal(f"{where}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        if name in names:
            raise Refusal("tools: Tool names must be unique.")
        names.add(name)
        problem = schema_problem(tool["input_schema"])
        if problem:
            raise Refusal(
                f"{where}.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12: "
                f"{problem}"
            )
    return tools


def _system(body: JsonObject) -> list[JsonObject]:
    """The system prompt as text blocks."""
    system = body.get("system", [])
    blocks = [{"type": "text", "text": system}] if isinstance(system, str) else objects(system, "system")
    found: list[JsonObject] = []
    for i, block in enumerate(blocks):
        if block.get("type") != "text":
            raise Refusal(f"system.{i}: Input tag {block.get('type')!r} does not match 'text'")
        if not as_text(block.get("text"), f"system.{i}.text"):
            raise Refusal(f"system.{i}: text content blocks must be non-empty")
        found.append(dict(block))
    return found


def _thinking(body: JsonObject, model: str) -> str:
    """How thinking is shown: "summarized", "omitted", "enabled", "disabled"."""
    if "thinking" not in body:
        return "omitted"
    config = as_object(body["thinking"], "thinking")
    kind = config.get("type")
    if kind not in ("adaptive", "enabled", "disabled", "between_tools"):
        raise Refusal(
            f"thinking: Input tag {kind!r} found using 'type' does not match any of the expected tags: "
            "'adaptive', 'enabled', 'disabled', 'between_tools'"
        )
    if kind == "disabled" and model in _ALWAYS_THINKING:
        raise Refusal(f"thinking: thinking cannot be disabled for {model}")
    if kind == "enabled":
        budget = config.get("budget_tokens")
        if not isinstance(budget, int) or budget < 1024:
            raise Refusal("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
        if budget >= cast(int, body.get("max_tokens", budget + 1)):
            raise Refusal("`max_tokens` must be greater than `thinking.budget_tokens`")
        return "enabled"
    choice = body.get("tool_choice")
    forced = isinstance(choice, dict) and choice.get("type") in ("any", "tool")
    if forced and kind != "disabled":
        raise Refusal("Thinking may not be enabled when tool_choice forces tool use.")
    return str(config.get("display", "omitted")) if kind == "adaptive" else str(kind)


def _check_calls(history: History, tools: list[JsonObject]) -> None:
    """Calls in the history must be of tools that are offered."""
    if history.called and not tools:
        raise Refusal("Requests which include `tool_use` or `tool_result` blocks must define tools")
    names = {str(tool["name"]) for tool in tools}
    for where, name in history.called:
        if name not in names:
            raise Refusal(f"{where}.tool_use.name: tool {name!r} is not among the tools of this request")


def _marks(body: JsonObject, prompt: list[JsonObject]) -> tuple[int, ...]:
    """The indexes of the prompt's blocks with `cache_control`; the top-level one marks the last block."""
    found = [
        (i, block["cache_control"])
        for i, block in enumerate(prompt)
        if block.get("cache_control") is not None
    ]
    if body.get("cache_control") is not None and (not found or found[-1][0] != len(prompt) - 1):
        found.append((len(prompt) - 1, body["cache_control"]))
    if len(found) > _MOST_MARKS:
        raise Refusal(f"A maximum of 4 blocks with cache_control may be provided. Found {len(found)}.")
    short = False
    for _, mark in found:
        mark = as_object(mark, "cache_control")
        if mark.get("type") != "ephemeral" or set(mark) - {"type", "ttl"}:
            raise Refusal("cache_control: Input should be {'type': 'ephemeral'} with an optional 'ttl'")
        ttl = mark.get("ttl", "5m")
        if ttl not in ("5m", "1h"):
            raise Refusal(f"cache_control.ephemeral.ttl: Input should be '5m' or '1h', not {ttl!r}")
        if short and ttl == "1h":
            raise Refusal("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")
        short = short or ttl == "5m"
    return tuple(i for i, _ in found)


def _bare(blocks: list[JsonObject]) -> list[JsonObject]:
    """The blocks without their cache marks."""
    return [{key: value for key, value in block.items() if key != "cache_control"} for block in blocks]
