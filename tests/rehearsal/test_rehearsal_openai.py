"""The two OpenAI wires, Responses and Chat Completions, driven by OpenAI's own client."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}},
    "required": ["path"],
    "additionalProperties": False,
}
FLAT = {
    "type": "function",
    "name": "read_file",
    "description": "Reads.",
    "parameters": SCHEMA,
    "strict": True,
}
NESTED = {
    "type": "function",
    "function": {"name": "read_file", "description": "Reads.", "parameters": SCHEMA},
}
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
when = { asked = "long" }
answer = [{ text = "Half of" }, { finish = "max_tokens" }]
[[rule]]
answer = [{ text = "Hello, this is streamed in pieces." }]
"""


@pytest.fixture(scope="module")
def sdk() -> Any:
    """The SDK, imported once and late."""
    import openai

    return openai


@pytest.fixture
def connect(sdk: Any) -> Iterator[Any]:
    clients: list[Any] = []

    def client(server: Any) -> Any:
        made = sdk.OpenAI(api_key="k", base_url=server.url + "/v1", max_retries=0)
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


def respond(client: Any, items: list[Any], **more: Any) -> tuple[Any, list[str]]:
    """One streamed request to Responses: the final response, and the names of the events."""
    arguments = {"tools": [FLAT], "store": False, "reasoning": {"summary": "auto"}, **more}
    names: list[str] = []
    final: Any = None
    for event in client.responses.create(model="gpt-6-astra", input=items, stream=True, **arguments):
        assert event.sequence_number == len(names)
        names.append(event.type)
        if event.type in ("response.completed", "response.incomplete"):
            final = event.response
    return final, names


def outputs(response: Any, text: str) -> list[dict[str, Any]]:
    calls = [item for item in response.output if item.type == "function_call"]
    return [{"type": "function_call_output", "call_id": c.call_id, "output": text} for c in calls]


def plain(response: Any) -> list[dict[str, Any]]:
    return [item.to_dict() for item in response.output]


ASKED: dict[str, Any] = {"role": "user", "content": "please read"}


def test_responses_a_tool_loop_with_reasoning_and_parallel_calls(serve: Any, connect: Any) -> None:
    server = serve(READS)
    client = connect(server)
    first, names = respond(client, [ASKED])
    assert [item["type"] for item in plain(first)] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
    ]
    assert first.output[0].summary[0].text == "Two files, then."
    assert plain(first)[3] == {
        "type": "function_call",
        "id": "fc_0001_3",
        "call_id": "call_0001_3",
        "name": "read_file",
        "arguments": '{"path":"é.py"}',
        "status": "completed",
    }
    assert names[:6] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
    ]
    assert names[-4:] == [
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    items = [ASKED, *plain(first), *outputs(first, "it holds sugar")]
    second, _ = respond(client, items)
    assert second.output_text == "The first one holds sugar."
    assert server.requests[1].body["input"] == items
    assert server.requests[0].headers["authorization"] == "Bearer k"
    assert server.failures == []


def test_responses_without_a_summary_hides_the_reasoning_only(serve: Any, connect: Any) -> None:
    first, names = respond(connect(serve(READS)), [ASKED], reasoning={"effort": "low"})
    assert first.output[0].summary == []
    assert first.output[0].encrypted_content
    assert "response.reasoning_summary_text.delta" not in names


def test_responses_not_streamed_and_incomplete(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    whole = client.responses.create(model="m", input="hi", instructions="Be brief.")
    assert (whole.output_text, whole.status) == ("Hello, this is streamed in pieces.", "completed")
    half, names = respond(client, [{"role": "user", "content": "long"}])
    assert (half.status, half.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert names[-1] == "response.incomplete"


def test_responses_ends_without_done(serve: Any, connect: Any) -> None:
    raw = connect(serve(READS)).responses.create(model="m", input="hi", stream=True).response.read().decode()
    assert "[DONE]" not in raw
    last = raw.removesuffix("\n\n").split("\n\n")[-1]
    assert last.startswith('event: response.completed\ndata: {"type":"response.completed"')


def test_responses_count_and_cached_tokens(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    assert 100 <= client.responses.input_tokens.count(model="m", input="x" * 400).input_tokens <= 120
    usage = [client.responses.create(model="m", input="hi", instructions="s" * 8000).usage for _ in range(2)]
    assert [u.input_tokens_details.cached_tokens > 2000 for u in usage] == [False, True]


def test_models(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    assert [m.id for m in client.models.list()] == ["gpt-6-astra", "gpt-6.1-sol", "gpt-6-luna", "rehearsal"]
    assert client.models.retrieve("gpt-6-astra").id == "gpt-6-astra"


def test_responses_reasoning_must_come_back_with_what_it_led_to(serve: Any, connect: Any, sdk: Any) -> None:
    client = connect(serve(READS))
    first, _ = respond(client, [ASKED])
    reasoning, *rest = plain(first)
    answered = outputs(first, "it holds sugar")

    def refused(*items: Any) -> str:
        with pytest.raises(sdk.APIStatusError) as caught:
            respond(client, [ASKED, *items, *answered])
        assert caught.value.status_code in (400, 404)
        return caught.value.message

    assert "without its required 'reasoning' item: 'rs_0001_0'" in refused(*rest)
    assert "could not be verified" in refused({**reasoning, "encrypted_content": "eA=="}, *rest)
    assert "not persisted" in refused({**reasoning, "encrypted_content": None}, *rest)
    assert "Duplicate item found with id rs_0001_0" in refused(reasoning, reasoning, *rest)
    # Without their ids nobody can tell what led to the items.
    bare = [{key: value for key, value in item.items() if key != "id"} for item in rest]
    assert respond(client, [ASKED, *bare, *answered])[0].status == "completed"


CALL = {"type": "function_call", "call_id": "c1", "name": "read_file", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "x"}
GOOD = {"model": "m", "input": [ASKED], "tools": [FLAT]}


def items(*more: Any) -> dict[str, Any]:
    return {"input": [ASKED, *more]}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "Missing required parameter: 'model'."),
    "no input": ({"input": None}, "Missing required parameter: 'input'."),
    "messages": ({"messages": []}, "has moved to 'input'"),
    "unknown parameter": ({"max_tokens": 5}, "Unknown parameter: 'max_tokens'."),
    "few tokens": ({"max_output_tokens": 1}, "Expected a value >= 16, but got 1"),
    "earlier response": ({"previous_response_id": "resp_x"}, "Previous response with id 'resp_x' not found."),
    "output without call": (items(OUTPUT), "No tool call found for function call output with call_id c1."),
    "call without output": (items(CALL), "No tool output found for function call c1."),
    "a person before the output": (items(CALL, ASKED, OUTPUT), "No tool output found for function call c1."),
    "call twice": (items(CALL, OUTPUT, CALL, OUTPUT), "Duplicate function call with call_id c1."),
    "unknown tool": (
        items({**CALL, "name": "fly"}, OUTPUT),
        "Function 'fly' in input[1] is not among the tools",
    ),
    "arguments": (items({**CALL, "arguments": "{"}, OUTPUT), "not the JSON text of an object"),
    "empty call id": (items({**CALL, "call_id": ""}, OUTPUT), "empty string"),
    "item type": (items({"type": "thing"}), "Invalid value: 'thing'"),
    "role": (items({"role": "tool", "content": "x"}), "Invalid value: 'tool'"),
    "user's output_text": (
        items({"role": "user", "content": [{"type": "output_text", "text": "a"}]}),
        "'input_text'",
    ),
    "assistant's input_text": (
        items({"role": "assistant", "content": [{"type": "input_text", "text": "a"}]}),
        "Supported values are: 'output_text', 'refusal'",
    ),
    "reasoning alone": (
        items({"type": "reasoning", "id": "rs_1", "summary": []}),
        "Items are not persisted when `store` is set to false",
    ),
    "nested tool": ({"tools": [NESTED]}, "Missing required parameter: 'tools[0].name'."),
    "tool name": ({"tools": [{**FLAT, "name": "a b"}]}, "string does not match pattern"),
    "tool twice": ({"tools": [FLAT, FLAT]}, "Duplicate tool name 'read_file'"),
    "schema": (
        {"tools": [{**FLAT, "parameters": {"type": "text"}}]},
        "Invalid schema for function 'read_file'",
    ),
    "strict and open": (
        {"tools": [{**FLAT, "parameters": {**SCHEMA, "additionalProperties": True}}]},
        "'additionalProperties' is required to be supplied and to be false.",
    ),
    "strict and optional": (
        {"tools": [{**FLAT, "parameters": {**SCHEMA, "required": []}}]},
        "Missing 'path'.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_responses_is_refused_as_the_service_refuses_it(
    serve: Any, connect: Any, sdk: Any, name: str
) -> None:
    change, message = REFUSED[name]
    body = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    server = serve(READS)
    with pytest.raises(sdk.APIStatusError) as caught:
        connect(server).post("/responses", cast_to=object, body=body)
    assert message in caught.value.message
    assert caught.value.body["type"] == "invalid_request_error"
    assert set(caught.value.body) == {"message", "type", "param", "code"}
    assert [f.status for f in server.failures] == [caught.value.status_code]


def test_responses_what_the_table_changes_is_sound_without_the_change(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    refresh = {"role": "user", "content": "[FILES UPDATED]\nx"}
    for change in ({}, items(CALL, {**OUTPUT, "output": "it holds sugar"}, refresh)):
        assert client.post("/responses", cast_to=object, body={**GOOD, **change})


def test_responses_needs_a_bearer_key(serve: Any, post: Any) -> None:
    url = serve(READS).url + "/v1/responses"
    status, body = post(url, GOOD, x_api_key="k")
    assert status == 401
    assert body["error"]["message"].startswith("You didn't provide an API key.")


def chat(client: Any, messages: list[Any], **more: Any) -> tuple[dict[str, Any], str, str, Any]:
    """One streamed chat request: the message as it goes back, the end, the thinking, the usage."""
    arguments = {"tools": [NESTED], "stream_options": {"include_usage": True}, **more}
    text, thinking, finish, usage = "", "", "", None
    calls: dict[int, Any] = {}
    for chunk in client.chat.completions.create(model="local", messages=messages, stream=True, **arguments):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
            text += choice.delta.content or ""
            thinking += getattr(choice.delta, "reasoning_content", None) or ""
            for piece in choice.delta.tool_calls or []:
                call = calls.setdefault(
                    piece.index, {"id": "", "type": "function", "name": "", "arguments": ""}
                )
                call["id"] += piece.id or ""
                call["name"] += piece.function.name or ""
                call["arguments"] += piece.function.arguments or ""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [
            {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
            for c in calls.values()
        ]
    return message, finish, thinking, usage


def test_chat_a_tool_loop_with_thinking_and_parallel_calls(serve: Any, connect: Any) -> None:
    server = serve(READS)
    client = connect(server)
    messages = [{"role": "system", "content": "Be brief."}, ASKED]
    first, finish, thinking, usage = chat(client, messages)
    assert (finish, thinking, first["content"]) == ("tool_calls", "Two files, then.", "I read two files.")
    assert [json.loads(c["function"]["arguments"]) for c in first["tool_calls"]] == [
        {"path": "a.py"},
        {"path": "é.py"},
    ]
    assert usage.completion_tokens_details.reasoning_tokens == 4
    messages.append(first)
    messages += [
        {"role": "tool", "tool_call_id": c["id"], "content": "it holds sugar"} for c in first["tool_calls"]
    ]
    second, finish, _, _ = chat(client, messages)
    assert (second["content"], finish) == ("The first one holds sugar.", "stop")
    assert server.requests[1].body["messages"] == messages
    assert server.failures == []


def test_chat_needs_no_key_and_ends_with_done(serve: Any, post: Any) -> None:
    import urllib.request

    url = serve(READS).url + "/v1/chat/completions"
    body = json.dumps({"model": "m", "messages": [ASKED], "tools": [NESTED], "stream": True}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=body)) as answer:
        raw = answer.read().decode()
    assert raw.endswith('"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n')
    assert "usage" not in raw
    assert post(url, {"model": "m", "messages": [ASKED]}, x_goog_api_key="k")[0] == 401


def test_chat_not_streamed(serve: Any, connect: Any) -> None:
    answer = connect(serve(READS)).chat.completions.create(model="m", messages=[ASKED], tools=[NESTED])
    assert answer.choices[0].finish_reason == "tool_calls"
    assert len(answer.choices[0].message.tool_calls) == 2


ASSISTANT = {"role": "assistant", "content": "Hello."}
CHAT_CALL = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}],
}
TOOL = {"role": "tool", "tool_call_id": "c1", "content": "x"}
CHAT_GOOD = {"model": "m", "messages": [ASKED], "tools": [NESTED]}


def called(**function: Any) -> dict[str, Any]:
    call = CHAT_CALL["tool_calls"][0]
    return {
        "messages": [
            ASKED,
            {**CHAT_CALL, "tool_calls": [{**call, "function": {**call["function"], **function}}]},
            TOOL,
        ]
    }


CHAT_REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "'model'"),
    "no messages": ({"messages": []}, "'messages'"),
    "role": ({"messages": [{"role": "human", "content": "x"}]}, "Invalid value: 'human'"),
    "null content": ({"messages": [{"role": "user", "content": None}]}, "expected a string, got null"),
    "tool without call": (
        {"messages": [ASKED, TOOL]},
        "must be a response to a preceding message with 'tool_calls'",
    ),
    "call without tool": ({"messages": [ASKED, CHAT_CALL, ASKED]}, "did not have response messages: c1"),
    "call at the end": (
        {"messages": [ASKED, ASSISTANT, ASKED, CHAT_CALL]},
        "last one must be of user or tool",
    ),
    "two results": ({"messages": [ASKED, CHAT_CALL, TOOL, TOOL]}, "messages[3] answers c1"),
    "two users": ({"messages": [ASKED, ASKED]}, "roles must alternate"),
    "two assistants": ({"messages": [ASKED, ASSISTANT, ASSISTANT, ASKED]}, "roles must alternate"),
    "assistant first": ({"messages": [ASSISTANT, ASKED]}, "must start with a user message"),
    "late system": (
        {"messages": [ASKED, {"role": "system", "content": "x"}, ASKED]},
        "must be at the beginning",
    ),
    "empty calls": ({"messages": [ASKED, {**CHAT_CALL, "tool_calls": []}, ASKED]}, "empty array"),
    "arguments": (called(arguments="{"), "Failed to parse tool call arguments as JSON"),
    "unknown tool": (called(name="fly"), "Function 'fly' in messages[1] is not among the tools"),
    "no tools": ({"tools": []}, "Invalid 'tools': empty array"),
    "flat tool": ({"tools": [FLAT]}, "tools[0].function"),
    "tool_choice alone": ({"tools": None, "tool_choice": "auto"}, "only allowed when 'tools' are specified"),
    "stream_options alone": (
        {"stream_options": {"include_usage": True}},
        "only allowed when 'stream' is enabled",
    ),
    "schema": (
        {"tools": [{"type": "function", "function": {"name": "a", "parameters": {}}}]},
        "Invalid schema",
    ),
}


@pytest.mark.parametrize("name", CHAT_REFUSED)
def test_chat_is_refused_as_servers_refuse_it(serve: Any, connect: Any, sdk: Any, name: str) -> None:
    change, message = CHAT_REFUSED[name]
    body = {key: value for key, value in {**CHAT_GOOD, **change}.items() if value is not None}
    with pytest.raises(sdk.BadRequestError) as caught:
        connect(serve(READS)).post("/chat/completions", cast_to=object, body=body)
    assert message in caught.value.message


def test_chat_what_the_table_changes_is_sound_without_the_change(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    refreshed = [
        ASKED,
        CHAT_CALL,
        {**TOOL, "content": "it holds sugar"},
        {"role": "user", "content": "[FILES UPDATED]\nx"},
    ]
    for change in ({}, {"messages": refreshed}):
        assert client.post("/chat/completions", cast_to=object, body={**CHAT_GOOD, **change})
