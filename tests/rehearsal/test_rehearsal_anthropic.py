"""The Anthropic wire, driven by Anthropic's own client."""

from collections.abc import Iterator
from typing import Any

import pytest

SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}},
    "required": ["path"],
    "additionalProperties": False,
}
TOOL = {"name": "read_file", "description": "Reads a file.", "input_schema": SCHEMA}
THINKING = {"type": "adaptive", "display": "summarized"}
READS = """
[[rule]]
name = "reads"
when = { asked = "read" }
[[rule.step]]
answer = [
    { thinking = "Two files, then." },
    { text = "I read two files." },
    { call = "read_file", arguments = { path = "a.py" } },
    { call = "read_file", arguments = { path = "é.py" } },
]
[[rule.step]]
when = { tool = "read_file", result_regex = "holds (?P<what>\\\\w+)" }
answer = [{ thinking = "Now I know." }, { text = "The first one holds {{what}}." }]
[[rule]]
answer = [{ text = "Hello, this is streamed in pieces." }]
"""


@pytest.fixture(scope="module")
def sdk() -> Any:
    """The SDK, imported once and late: it takes two seconds."""
    import anthropic

    return anthropic


@pytest.fixture
def connect(sdk: Any) -> Iterator[Any]:
    clients: list[Any] = []

    def client(server: Any, **more: Any) -> Any:
        made = sdk.Anthropic(base_url=server.url, max_retries=0, **({"api_key": "k"} | more))
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


def ask(client: Any, messages: list[Any], **more: Any) -> Any:
    """One streamed request; the finished message."""
    arguments = {"model": "claude-opus-5-5", "max_tokens": 1000, "messages": messages, **more}
    with client.messages.stream(**arguments) as stream:
        for _ in stream:
            pass
        return stream.current_message_snapshot


def plain(message: Any) -> dict[str, Any]:
    """The message as it goes back."""
    return {"role": "assistant", "content": [block.to_dict() for block in message.content]}


def results(message: Any, text: str) -> dict[str, Any]:
    blocks = [
        {"type": "tool_result", "tool_use_id": b.id, "content": text}
        for b in message.content
        if b.type == "tool_use"
    ]
    return {"role": "user", "content": blocks}


def started(client: Any, **more: Any) -> list[Any]:
    """The messages of a discussion that stands after the first round's tool results."""
    messages: list[Any] = [{"role": "user", "content": "please read"}]
    first = ask(client, messages, tools=[TOOL], thinking=THINKING, **more)
    return [*messages, plain(first), results(first, "it holds sugar")]


def test_text_is_streamed_in_pieces_after_a_ping(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    raw = client.messages.create(
        model="m", max_tokens=10, stream=True, messages=[{"role": "user", "content": "hi"}]
    ).response
    frames = [frame.split("\n") for frame in raw.read().decode().split("\n\n") if frame]
    names = [frame[0] for frame in frames]
    assert names == [
        "event: message_start",
        "event: ping",
        "event: content_block_start",
        "event: content_block_delta",
        "event: content_block_delta",
        "event: content_block_stop",
        "event: message_delta",
        "event: message_stop",
    ]
    assert all(len(frame) == 2 and frame[1].startswith("data: {") for frame in frames)
    assert raw.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert raw.headers["request-id"] == "req_0001"


def test_a_tool_loop_with_thinking_and_parallel_calls(serve: Any, connect: Any) -> None:
    server = serve(READS)
    client = connect(server)
    messages = started(client)
    first = messages[1]["content"]
    assert [block["type"] for block in first] == ["thinking", "text", "tool_use", "tool_use"]
    assert first[0]["thinking"] == "Two files, then."
    assert first[2:] == [
        {"type": "tool_use", "id": "toolu_0001_2", "name": "read_file", "input": {"path": "a.py"}},
        {"type": "tool_use", "id": "toolu_0001_3", "name": "read_file", "input": {"path": "é.py"}},
    ]
    second = ask(client, messages, tools=[TOOL], thinking=THINKING)
    assert second.stop_reason == "end_turn"
    assert second.content[1].text == "The first one holds sugar."
    assert [r.path for r in server.requests] == ["/v1/messages", "/v1/messages"]
    assert server.requests[1].body["messages"] == messages
    assert server.requests[0].headers["authorization"] == "Bearer k"
    assert server.failures == []


def test_not_streamed(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    message = client.messages.create(
        model="m", max_tokens=10, tools=[TOOL], messages=[{"role": "user", "content": "read"}]
    )
    assert message.stop_reason == "tool_use"
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert message.content[0].thinking == ""  # shown only where display says so
    assert message.usage.input_tokens > 0


def test_disabled_thinking_gives_none(serve: Any, connect: Any) -> None:
    message = ask(
        connect(serve(READS)),
        [{"role": "user", "content": "read"}],
        tools=[TOOL],
        thinking={"type": "disabled"},
        model="claude-sonnet-5-5",
    )
    assert [block.type for block in message.content] == ["text", "tool_use", "tool_use"]


def test_models_and_counts(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    assert next(iter(client.models.list())).id == "claude-opus-5-5"
    assert client.models.retrieve("claude-opus-5-5").lifecycle == "active"
    counted = client.messages.count_tokens(model="m", messages=[{"role": "user", "content": "x" * 400}])
    assert 100 <= counted.input_tokens <= 120


def test_a_seen_prefix_is_read_from_the_cache(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    system = [{"type": "text", "text": "s" * 8000, "cache_control": {"type": "ephemeral"}}]
    asked = [{"role": "user", "content": "hi"}]
    first = ask(client, asked, system=system).usage
    second = ask(client, asked, system=system).usage
    assert (first.cache_read_input_tokens, first.cache_creation_input_tokens) == (
        0,
        second.cache_read_input_tokens,
    )
    assert second.cache_read_input_tokens >= 2000
    assert second.cache_creation_input_tokens == 0
    changed = [{**system[0], "text": "t" * 8000}]
    assert ask(client, asked, system=changed).usage.cache_read_input_tokens == 0
    short = [{**system[0], "text": "too short to be cached"}]
    usage = ask(client, asked, system=short).usage
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (0, 0)


@pytest.mark.parametrize("key", [{"api_key": "k"}, {"api_key": None, "auth_token": "t"}])
def test_any_key_is_taken(serve: Any, connect: Any, key: dict[str, Any]) -> None:
    assert ask(connect(serve(READS), **key), [{"role": "user", "content": "hi"}]).content[0].text


def test_a_session_goes_on_with_another_server(serve: Any, connect: Any) -> None:
    messages = started(connect(serve(READS)))
    again = connect(serve(READS))
    last = ask(again, messages, tools=[TOOL], thinking=THINKING)
    assert last.content[1].text == "The first one holds sugar."
    later = [*messages, plain(last), {"role": "user", "content": "read once more"}]
    assert ask(again, later, tools=[TOOL], thinking=THINKING).content[2].id == "toolu_0003_2"


def test_thinking_is_bound_to_what_came_before(serve: Any, connect: Any, sdk: Any) -> None:
    client = connect(serve(READS))
    messages = started(client)

    def refused(changed: list[Any], **more: Any) -> str:
        arguments = {"tools": [TOOL], "thinking": THINKING, **more}
        with pytest.raises(sdk.BadRequestError) as caught:
            ask(client, changed, **arguments)
        assert caught.value.type == "invalid_request_error"
        return caught.value.api_message

    thought, *rest = messages[1]["content"]
    altered = {**messages[1], "content": [{**thought, "thinking": "Else."}, *rest]}
    assert "Invalid `signature`" in refused([messages[0], altered, messages[2]])
    forged = {**messages[1], "content": [{**thought, "signature": "Zm9yZ2Vk"}, *rest]}
    assert "Invalid `signature`" in refused([messages[0], forged, messages[2]])
    asked = {"role": "user", "content": "please read it"}
    assert "messages.1.content.0" in refused([asked, *messages[1:]])
    assert "Invalid `signature`" in refused(messages, system="another prompt")
    assert "Invalid `signature`" in refused(messages, model="claude-sonnet-5-5")
    removed = {**messages[1], "content": rest}
    assert "cannot be removed" in refused([messages[0], removed, messages[2]])
    # What was rewritten before it must take the thinking with it, and then may go without.
    assert (
        ask(client, [asked, removed, messages[2]], tools=[TOOL], thinking=THINKING).stop_reason == "end_turn"
    )
    # Cache marks are no part of what the thinking is bound to.
    marked = {
        "role": "user",
        "content": [{"type": "text", "text": "please read", "cache_control": {"type": "ephemeral"}}],
    }
    assert ask(client, [marked, *messages[1:]], tools=[TOOL], thinking=THINKING).stop_reason == "end_turn"


def test_redacted_thinking_must_come_back_as_it_was(serve: Any, connect: Any, sdk: Any) -> None:
    hidden = '{ thinking = "hidden", redacted = true }'
    server = serve(
        f'[[rule]]\nwhen = {{ round = 1 }}\nanswer = [{hidden}, {{ call = "read_file" }}]\n'
        '[[rule]]\nanswer = [{ text = "Done." }]'
    )
    client = connect(server)
    first = ask(client, [USER], tools=[TOOL], thinking=THINKING)
    assert [block.type for block in first.content] == ["redacted_thinking", "tool_use"]
    assert "hidden" not in first.to_json()
    messages = [USER, plain(first), results(first, "x")]
    assert ask(client, messages, tools=[TOOL], thinking=THINKING).content[0].text == "Done."
    messages[1]["content"][0]["data"] = "eA=="
    with pytest.raises(sdk.BadRequestError, match="Invalid `signature`"):
        ask(client, messages, tools=[TOOL], thinking=THINKING)


USER: dict[str, Any] = {"role": "user", "content": "hi"}
USE = {"type": "tool_use", "id": "t1", "name": "read_file", "input": {}}
CALL = {"role": "assistant", "content": [USE]}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "x"}
GOOD = {"model": "m", "max_tokens": 10, "messages": [USER], "tools": [TOOL]}
MARK = {"cache_control": {"type": "ephemeral"}}


def blocks(*content: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(content)}]}


def loop(*content: Any) -> dict[str, Any]:
    return {"messages": [USER, CALL, {"role": "user", "content": list(content)}]}


def schema(**change: Any) -> dict[str, Any]:
    return {"tools": [{**TOOL, "input_schema": {**SCHEMA, **change}}]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no max_tokens": ({"max_tokens": None}, "max_tokens: Field required"),
    "max_tokens 0": ({"max_tokens": 0, "stream": True}, "greater than or equal to 1"),
    "max_tokens text": ({"max_tokens": "10"}, "valid integer"),
    "no model": ({"model": None}, "model: Field required"),
    "temperature": ({"temperature": 1}, "not supported"),
    "unknown field": ({"verbosity": 1}, "verbosity: Extra inputs are not permitted"),
    "beta field": ({"context_management": {}}, "Extra inputs are not permitted"),
    "no messages": ({"messages": []}, "at least one message"),
    "assistant first": (
        {"messages": [CALL, {"role": "user", "content": [RESULT]}]},
        'must use the "user" role',
    ),
    "assistant last": (
        {"messages": [USER, {"role": "assistant", "content": "Well,"}]},
        "must end with a user message",
    ),
    "unknown role": ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
    "empty message": ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
    "empty text": (blocks({"type": "text", "text": ""}), "text content blocks must be non-empty"),
    "blank text": (blocks({"type": "text", "text": " \n"}), "non-whitespace"),
    "unknown block": (blocks({"type": "video", "url": "x"}), "Input tag 'video'"),
    "thinking from user": (
        blocks({"type": "thinking", "thinking": "", "signature": ""}),
        "Input tag 'thinking'",
    ),
    "unknown block field": (blocks({"type": "text", "text": "a", "at": 1}), "text.at: Extra inputs"),
    "result without call": (blocks(RESULT), "unexpected `tool_use_id` found in `tool_result` blocks: t1"),
    "call without result": (
        {"messages": [USER, CALL, USER]},
        "without `tool_result` blocks immediately after: t1",
    ),
    "text before result": (loop({"type": "text", "text": "x"}, RESULT), "immediately after: t1"),
    "two results": (loop(RESULT, RESULT), "multiple `tool_result` blocks with id: t1"),
    "empty text in result": (
        loop({**RESULT, "content": [{"type": "text", "text": ""}]}),
        "text content blocks must be non-empty",
    ),
    "same id twice": (
        {
            "messages": [
                USER,
                CALL,
                {"role": "user", "content": [RESULT]},
                CALL,
                {"role": "user", "content": [RESULT]},
            ]
        },
        "`tool_use` ids must be unique",
    ),
    "odd id": (
        {"messages": [USER, {"role": "assistant", "content": [{**USE, "id": "t.1"}]}, USER]},
        "String should match pattern",
    ),
    "arguments as text": (
        {"messages": [USER, {"role": "assistant", "content": [{**USE, "input": "{}"}]}, USER]},
        "tool_use.input: Input should be an object",
    ),
    "unknown tool": (
        {
            "messages": [
                USER,
                {"role": "assistant", "content": [{**USE, "name": "fly"}]},
                {"role": "user", "content": [RESULT]},
            ]
        },
        "tool 'fly' is not among the tools",
    ),
    "history without tools": ({**loop(RESULT), "tools": None}, "must define tools"),
    "unsigned thinking": (
        {"messages": [USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}]}, USER]},
        "thinking.signature",
    ),
    "schema type": (schema(type="thing"), "JSON schema is invalid"),
    "schema property": (schema(properties={"path": {"type": "str"}}), "schema.properties.path.type 'str'"),
    "schema required": (schema(required="path"), "schema.required"),
    "schema reference": (schema(properties={"path": {"$ref": "#/$defs/Path"}}), "leads nowhere"),
    "tool name": ({"tools": [{**TOOL, "name": "read file"}]}, "String should match pattern"),
    "tool twice": ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
    "tool without schema": ({"tools": [{"name": "x"}]}, "input_schema: Field required"),
    "five marks": (
        {
            "system": [{"type": "text", "text": t, **MARK} for t in "abc"],
            "tools": [{**TOOL, **MARK}],
            "cache_control": {"type": "ephemeral"},
        },
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    "mark of another kind": (
        {"system": [{"type": "text", "text": "a", "cache_control": {"type": "x"}}]},
        "cache_control",
    ),
    "mark's time": (
        {"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "2h"}}]},
        "'5m' or '1h'",
    ),
    "long after short": (
        {
            "tools": [{**TOOL, **MARK}],
            "system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        },
        "must not come after",
    ),
    "empty system": ({"system": [{"type": "text", "text": ""}]}, "text content blocks must be non-empty"),
    "thinking kind": ({"thinking": {"type": "loud"}}, "does not match any of the expected tags"),
    "thinking off": ({"model": "claude-opus-5-5", "thinking": {"type": "disabled"}}, "cannot be disabled"),
    "thinking budget": ({"thinking": {"type": "enabled", "budget_tokens": 10}}, "1024"),
    "forced tool": ({"thinking": THINKING, "tool_choice": {"type": "any"}}, "forces tool use"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_as_the_service_refuses_it(serve: Any, connect: Any, sdk: Any, name: str) -> None:
    change, message = REFUSED[name]
    body = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    server = serve(READS)
    with pytest.raises(sdk.BadRequestError) as caught:
        connect(server).post("/v1/messages", cast_to=object, body=body)
    assert caught.value.type == "invalid_request_error"
    assert message in caught.value.api_message
    assert caught.value.request_id == "req_0001"
    assert [f.status for f in server.failures] == [400]


def test_what_the_table_changes_is_sound_without_the_change(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    for body in (GOOD, {**GOOD, **loop(RESULT, {"type": "text", "text": "[FILES UPDATED]\nx"})}):
        assert client.post("/v1/messages", cast_to=object, body=body)


def test_a_missing_key_is_401_and_a_missing_version_400(serve: Any, post: Any) -> None:
    url = serve(READS).url + "/v1/messages"
    assert post(url, GOOD, x_api_key="k", anthropic_version="2026-10-21")[0] == 200
    assert post(url, GOOD, x_api_key="k")[0] == 400
    status, body = post(url, GOOD, anthropic_version="2026-10-21", authorization="Basic eA==")
    error = {"type": "authentication_error", "message": "x-api-key header is required"}
    assert (status, body) == (401, {"type": "error", "error": error, "request_id": "req_0003"})


def test_calling_a_tool_that_was_not_offered_is_the_scenarios_fault(
    serve: Any, connect: Any, sdk: Any
) -> None:
    server = serve('[[rule]]\nname = "flies"\nanswer = [{ call = "fly" }]')
    with pytest.raises(sdk.InternalServerError) as caught:
        ask(connect(server), [USER], tools=[TOOL])
    assert caught.value.status_code == 501
    assert "rule 'flies' calls 'fly', which the client did not offer (read_file)" in caught.value.api_message


def test_a_request_that_no_rule_fits_is_the_scenarios_fault(serve: Any, connect: Any, sdk: Any) -> None:
    server = serve('[[rule]]\nwhen = { asked = "bread" }\nanswer = [{ text = "x" }]')
    with pytest.raises(sdk.InternalServerError) as caught:
        ask(connect(server), [USER])
    assert "no rule fits request 1 (round 1, asked 'hi')" in caught.value.api_message
