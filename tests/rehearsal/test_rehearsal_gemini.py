"""The Gemini wire, driven by Google's own client."""

from collections.abc import Iterator
from typing import Any

import pytest

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
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
when = { asked = "break" }
answer = [{ call = "read_file", raw = "{" }]
[[rule]]
when = { asked = "block" }
answer = [{ finish = "refused" }]
[[rule]]
answer = [{ text = "Hello, this is streamed in pieces." }]
"""


@pytest.fixture(scope="module")
def sdk() -> Any:
    """The SDK, imported once and late."""
    from google import genai

    return genai


@pytest.fixture
def connect(sdk: Any) -> Iterator[Any]:
    clients: list[Any] = []

    def client(server: Any, version: str = "v1beta") -> Any:
        made = sdk.Client(api_key="k", http_options={"base_url": server.url, "api_version": version})
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


def config(**more: Any) -> dict[str, Any]:
    functions = [{"name": "read_file", "description": "Reads.", "parameters_json_schema": SCHEMA}]
    return {
        "system_instruction": "Be brief.",
        "tools": [{"function_declarations": functions}],
        "automatic_function_calling": {"disable": True},
        "thinking_config": {"include_thoughts": True},
        **more,
    }


def ask(client: Any, contents: list[Any], **more: Any) -> tuple[Any, str]:
    """One streamed request: the model's content as it goes back, and the finish reason."""
    parts: list[Any] = []
    finish = ""
    for chunk in client.models.generate_content_stream(
        model="gemini-4-argon", contents=contents, config=config(**more)
    ):
        candidate = chunk.candidates[0]
        finish = candidate.finish_reason or finish
        parts += candidate.content.parts or []
    return {"role": "model", "parts": [p.model_dump(mode="json", exclude_none=True) for p in parts]}, finish


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "parts": [{"text": text}]}


def results(content: Any, text: str) -> dict[str, Any]:
    calls = [part["function_call"] for part in content["parts"] if "function_call" in part]
    return {
        "role": "user",
        "parts": [
            {"function_response": {"id": c["id"], "name": c["name"], "response": {"output": text}}}
            for c in calls
        ],
    }


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_a_tool_loop_with_thoughts_and_parallel_calls(serve: Any, connect: Any, version: str) -> None:
    server = serve(READS)
    client = connect(server, version)
    first, finish = ask(client, [user("please read")])
    assert finish == "STOP"
    assert [set(part) for part in first["parts"]] == [
        {"text", "thought"},
        {"text"},
        {"function_call", "thought_signature"},
        {"function_call"},
    ]
    assert first["parts"][3]["function_call"] == {
        "id": "fc_0001_3",
        "name": "read_file",
        "args": {"path": "é.py"},
    }
    second, finish = ask(client, [user("please read"), first, results(first, "it holds sugar")])
    assert "".join(p["text"] for p in second["parts"][1:]) == "The first one holds sugar."
    assert second["parts"][-1]["text"] == ""
    assert second["parts"][-1]["thought_signature"]
    assert [r.path for r in server.requests] == [
        f"/{version}/models/gemini-4-argon:streamGenerateContent"
    ] * 2
    assert server.requests[0].headers["x-goog-api-key"] == "k"
    assert server.failures == []


def test_the_stream_is_framed_as_the_service_frames_it(serve: Any, connect: Any) -> None:
    import urllib.request

    url = serve(READS).url + "/v1beta/models/m:streamGenerateContent?alt=sse"
    body = b'{"contents": [{"parts": [{"text": "hi"}]}]}'
    with urllib.request.urlopen(
        urllib.request.Request(url, data=body, headers={"x-goog-api-key": "k"})
    ) as answer:
        frames = answer.read().decode().split("\r\n\r\n")
    assert frames.pop() == ""
    assert len(frames) == 3
    assert all(frame.startswith('data: {"candidates":') for frame in frames)
    assert '"finishReason":"STOP"' in frames[-1]


def test_not_streamed_without_thoughts(serve: Any, connect: Any) -> None:
    answer = connect(serve(READS)).models.generate_content(
        model="m", contents="read", config=config(thinking_config=None)
    )
    parts = answer.candidates[0].content.parts
    assert [bool(p.function_call) for p in parts] == [False, True, True]
    assert answer.usage_metadata.prompt_token_count > 0


def test_models_and_counts(serve: Any, connect: Any) -> None:
    client = connect(serve(READS), "v1")
    assert next(iter(client.models.list())).name == "models/gemini-4-argon"
    assert client.models.get(model="gemini-4-argon").input_token_limit == 1_048_576
    assert 100 <= client.models.count_tokens(model="m", contents="x" * 400).total_tokens <= 120


def test_a_broken_call_and_a_blocked_prompt(serve: Any, connect: Any) -> None:
    client = connect(serve(READS))
    assert ask(client, [user("break it")]) == ({"role": "model", "parts": []}, "MALFORMED_FUNCTION_CALL")
    blocked = client.models.generate_content(model="m", contents="block it")
    assert blocked.candidates is None
    assert blocked.prompt_feedback.block_reason == "SAFETY"


def test_signatures_of_the_current_turn_must_come_back(serve: Any, connect: Any, sdk: Any) -> None:
    client = connect(serve(READS))
    first, _ = ask(client, [user("please read")])
    answered = results(first, "it holds sugar")

    def refused(content: Any) -> str:
        with pytest.raises(sdk.errors.ClientError) as caught:
            ask(client, [user("please read"), content, answered])
        assert (caught.value.code, caught.value.status) == (400, "INVALID_ARGUMENT")
        return caught.value.message

    call = first["parts"][2]
    bare = {
        **first,
        "parts": [*first["parts"][:2], {"function_call": call["function_call"]}, first["parts"][3]],
    }
    assert "missing a thought_signature" in refused(bare)
    changed = {**call, "function_call": {**call["function_call"], "args": {"path": "b.py"}}}
    assert "not valid" in refused({**first, "parts": [*first["parts"][:2], changed, first["parts"][3]]})
    # An older turn may have lost it.
    later = [user("please read"), bare, answered, {"role": "model", "parts": [{"text": "Done."}]}, user("hi")]
    assert ask(client, later)[1] == "STOP"


USER = {"role": "user", "parts": [{"text": "hi"}]}
CALL = {"role": "model", "parts": [{"functionCall": {"id": "f1", "name": "read_file", "args": {}}}]}
RESPONSE = {"functionResponse": {"id": "f1", "name": "read_file", "response": {"output": "x"}}}
TOOLS = [{"functionDeclarations": [{"name": "read_file", "parametersJsonSchema": SCHEMA}]}]
GOOD = {"contents": [USER], "tools": TOOLS}


def old(*parts: Any, call: Any = CALL) -> dict[str, Any]:
    """A history with a call in an older turn, whose signature nobody asks for."""
    done = {"role": "model", "parts": [{"text": "Done."}]}
    return {"contents": [USER, call, {"role": "user", "parts": list(parts)}, done, USER]}


def functions(**change: Any) -> dict[str, Any]:
    return {
        "tools": [{"functionDeclarations": [{"name": "read_file", "parametersJsonSchema": SCHEMA, **change}]}]
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no contents": ({"contents": []}, "contents is not specified"),
    "unknown field": ({"prompt": "x"}, 'Unknown name "prompt": Cannot find field.'),
    "unknown part field": ({"contents": [{"parts": [{"text": "a", "at": 1}]}]}, 'Unknown name "at"'),
    "unknown config field": ({"generationConfig": {"max_tokens": 1}}, 'Unknown name "max_tokens"'),
    "output tokens": ({"generationConfig": {"maxOutputTokens": 0}}, "must be positive"),
    "role": ({"contents": [{"role": "assistant", "parts": [{"text": "a"}]}]}, "valid role: user, model"),
    "no parts": ({"contents": [{"role": "user", "parts": []}]}, "contents.parts must not be empty"),
    "empty text": ({"contents": [{"role": "user", "parts": [{"text": ""}]}]}, "oneof field 'data'"),
    "empty part": ({"contents": [{"role": "user", "parts": [{}]}]}, "oneof field 'data'"),
    "model first": (
        {"contents": [{"role": "model", "parts": [{"text": "a"}]}, USER]},
        "starts with a user turn",
    ),
    "model last": ({"contents": [USER, {"role": "model", "parts": [{"text": "a"}]}]}, "end with a user role"),
    "response without call": (
        {"contents": [USER, {"role": "user", "parts": [RESPONSE]}]},
        "after a function call turn",
    ),
    "call without response": ({"contents": [USER, CALL, USER]}, "1 calls, 0 responses"),
    "two responses": (old(RESPONSE, RESPONSE), "1 calls, 2 responses"),
    "response of another": (
        old({"functionResponse": {"name": "write_file", "response": {}}}),
        "answers 'write_file' (None) where 'read_file' (f1)",
    ),
    "response id": (old({"functionResponse": {**RESPONSE["functionResponse"], "id": "f2"}}), "(f2) where"),
    "response as text": (
        old({"functionResponse": {"name": "read_file", "response": "x"}}),
        "Input should be an object",
    ),
    "call after model": (
        {
            "contents": [
                USER,
                {"role": "model", "parts": [{"text": "a"}]},
                CALL,
                {"role": "user", "parts": [RESPONSE]},
            ]
        },
        "function call turn comes immediately after a user turn",
    ),
    "call by user": (
        {"contents": [{"role": "user", "parts": CALL["parts"]}]},
        "belongs into a turn of role model",
    ),
    "unknown function": (
        old(RESPONSE, call={"role": "model", "parts": [{"functionCall": {"name": "fly"}}]}),
        "'fly' in contents[1] names no declared function",
    ),
    "function name": (functions(name="read file"), "Invalid function name"),
    "function twice": ({"tools": [*TOOLS, *TOOLS]}, "Duplicate function declaration found: read_file"),
    "two schemas": (functions(parameters={"type": "OBJECT"}), "only one of parameters"),
    "schema": (
        functions(parametersJsonSchema={"type": "object", "properties": {"a": {"type": "x"}}}),
        "'x' is not one of",
    ),
    "empty system": ({"systemInstruction": {"parts": [{"text": ""}]}}, "system_instruction.parts"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_as_the_service_refuses_it(serve: Any, post: Any, name: str) -> None:
    change, message = REFUSED[name]
    server = serve(READS)
    status, body = post(server.url + "/v1/models/m:generateContent", {**GOOD, **change}, x_goog_api_key="k")
    assert (status, body["error"]["code"], body["error"]["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert message in body["error"]["message"]
    assert [f.status for f in server.failures] == [400]


def test_what_the_table_changes_is_sound_without_the_change(serve: Any, post: Any) -> None:
    url = serve(READS).url + "/v1/models/m:generateContent"
    for body in (GOOD, {**GOOD, **old(RESPONSE)}):
        assert post(url, body, x_goog_api_key="k")[0] == 200


def test_the_key_has_one_place(serve: Any, post: Any) -> None:
    url = serve(READS).url + "/v1/models/m:generateContent"
    assert post(url, GOOD)[0] == 403
    assert post(url, GOOD, authorization="Bearer k")[0] == 401
    assert post(url + "?key=k", GOOD)[0] == 200


def test_a_cache_that_is_not_there(serve: Any, post: Any) -> None:
    url = serve(READS).url + "/v1/models/m:generateContent"
    status, body = post(url, {**GOOD, "cachedContent": "cachedContents/x"}, x_goog_api_key="k")
    assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")
