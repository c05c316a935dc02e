"""The same conversations, sent to all four services: the exact JSON, and a strict server that takes it."""

from typing import Any

import pytest
from loopback import Answer, Loopback, recorded
from talk import (
    LIST,
    MODELS,
    PROVIDERS,
    READ_FILE,
    call,
    chunks_of,
    made,
    reply,
    request_to,
    result,
    results,
    user,
)

from copilot.providers.base import Chunk, Done, Request, TextChunk
from copilot.providers.bridge import Bridge
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.messages import FileRefresh, Message, Text, ToolCall, ToolResult

ELSEWHERE = "somewhere else"
"""A provider that none of the four is: what it wrote is foreign to all of them."""

ASKED = reply(ELSEWHERE, Text(text="I look."), call("c1", "a.py"), call("c2", "b.py"), model="x")
FAILED = ToolResult(call_id="c2", name="read_file", output="no such file", status="error")
REFRESH = FileRefresh(text="[FILES UPDATED]\n\nnew")
LOST = ToolCall(call_id="c1", name="fly", arguments={"to": "moon"})
BROKEN = ToolCall(call_id="c1", name="read_file", arguments={}, raw="{nope")

CASES: dict[str, tuple[Message, ...]] = {
    "two in a row": (user("one"), user("two")),
    "nothing said": (user("one"), reply(ELSEWHERE, Text(text=" \n"), model="x"), user("two")),
    "odd characters": (user("a\ud800b"),),
    "results and a refresh": (user("one"), ASKED, results(result("c1", "A"), FAILED, REFRESH)),
    "results, then a person": (user("one"), ASKED, results(result("c1", "A"), FAILED), user("go on")),
    "a tool that is gone": (
        user("one"),
        reply(ELSEWHERE, LOST, model="x"),
        results(ToolResult(call_id="c1", name="fly", output="no such tool", status="error"), REFRESH),
    ),
    "arguments that were no JSON": (
        user("one"),
        reply(ELSEWHERE, BROKEN, model="x"),
        results(ToolResult(call_id="c1", name="read_file", output="not JSON", status="error")),
    ),
}


def a_text(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text} for text in texts]}


def a_use(path: str | None, call_id: str) -> dict[str, Any]:
    given = {} if path is None else {"path": path}
    return {"type": "tool_use", "id": call_id, "name": "read_file", "input": given}


A_TOLD = [
    {"type": "tool_result", "tool_use_id": "c1", "content": "A"},
    {"type": "tool_result", "tool_use_id": "c2", "content": "no such file", "is_error": True},
]
A_ASKED = {
    "role": "assistant",
    "content": [{"type": "text", "text": "I look."}, a_use("a.py", "c1"), a_use("b.py", "c2")],
}
FLEW = '[Called fly with {"to":"moon"}]'
CRASHED = "[fly answered (error)]\nno such tool"

ANTHROPIC: dict[str, Any] = {
    "two in a row": [a_text("user", "one", "two")],
    "nothing said": [a_text("user", "one", "two")],
    "odd characters": [a_text("user", "a?b")],
    "results and a refresh": [
        a_text("user", "one"),
        A_ASKED,
        {"role": "user", "content": [*A_TOLD, {"type": "text", "text": REFRESH.text}]},
    ],
    "results, then a person": [
        a_text("user", "one"),
        A_ASKED,
        {"role": "user", "content": [*A_TOLD, {"type": "text", "text": "go on"}]},
    ],
    "a tool that is gone": [
        a_text("user", "one"),
        a_text("assistant", FLEW),
        a_text("user", CRASHED, REFRESH.text),
    ],
    "arguments that were no JSON": [
        a_text("user", "one"),
        {"role": "assistant", "content": [a_use(None, "c1")]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "not JSON", "is_error": True}
            ],
        },
    ],
}


def g_text(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text} for text in texts]}


G_ASKED = g_text(
    "model", "I look.", '[Called read_file with {"path":"a.py"}]', '[Called read_file with {"path":"b.py"}]'
)
G_TOLD = ("[read_file answered (ok)]\nA", "[read_file answered (error)]\nno such file")
SYSTEM_REFRESH = "[SYSTEM: FILES UPDATED]\n\nnew"

GEMINI: dict[str, Any] = {
    "two in a row": [g_text("user", "one", "two")],
    "nothing said": [g_text("user", "one", "two")],
    "odd characters": [g_text("user", "a?b")],
    "results and a refresh": [g_text("user", "one"), G_ASKED, g_text("user", *G_TOLD, SYSTEM_REFRESH)],
    "results, then a person": [g_text("user", "one"), G_ASKED, g_text("user", *G_TOLD, "go on")],
    "a tool that is gone": [
        g_text("user", "one"),
        g_text("model", FLEW),
        g_text("user", CRASHED, SYSTEM_REFRESH),
    ],
    "arguments that were no JSON": [
        g_text("user", "one"),
        g_text("model", "[Called read_file with {}]"),
        g_text("user", "[read_file answered (error)]\nnot JSON"),
    ],
}


def o_text(*texts: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text} for text in texts]
    return {"type": "message", "role": "user", "content": content}


def o_said(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": text}


def o_call(arguments: str, call_id: str) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "read_file", "arguments": arguments}


def o_told(output: str, call_id: str) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


O_EXCHANGE = [
    o_text("one"),
    o_said("I look."),
    o_call('{"path":"a.py"}', "c1"),
    o_call('{"path":"b.py"}', "c2"),
    o_told("A", "c1"),
    o_told("no such file", "c2"),
]

OPENAI: dict[str, Any] = {
    "two in a row": [o_text("one", "two")],
    "nothing said": [o_text("one", "two")],
    "odd characters": [o_text("a?b")],
    "results and a refresh": [*O_EXCHANGE, o_text(REFRESH.text)],
    "results, then a person": [*O_EXCHANGE, o_text("go on")],
    "a tool that is gone": [o_text("one"), o_said(FLEW), o_text(CRASHED, REFRESH.text)],
    "arguments that were no JSON": [o_text("one"), o_call("{}", "c1"), o_told("not JSON", "c1")],
}


def c_call(arguments: str, call_id: str) -> dict[str, Any]:
    function = {"name": "read_file", "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def c_told(content: str, call_id: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


C_ONE = {"role": "user", "content": "one"}
C_ASKED = {
    "role": "assistant",
    "content": "I look.",
    "tool_calls": [c_call('{"path":"a.py"}', "c1"), c_call('{"path":"b.py"}', "c2")],
}

COMPATIBLE: dict[str, Any] = {
    "two in a row": [{"role": "user", "content": "one\n\ntwo"}],
    "nothing said": [{"role": "user", "content": "one\n\ntwo"}],
    "odd characters": [{"role": "user", "content": "a?b"}],
    "results and a refresh": [
        C_ONE,
        C_ASKED,
        c_told("A", "c1"),
        c_told(f"no such file\n\n{REFRESH.text}", "c2"),
    ],
    "results, then a person": [
        C_ONE,
        C_ASKED,
        c_told("A", "c1"),
        c_told("no such file", "c2"),
        {"role": "user", "content": "go on"},
    ],
    "a tool that is gone": [
        C_ONE,
        {"role": "assistant", "content": FLEW},
        {"role": "user", "content": f"{CRASHED}\n\n{REFRESH.text}"},
    ],
    "arguments that were no JSON": [
        C_ONE,
        {"role": "assistant", "content": None, "tool_calls": [c_call("{}", "c1")]},
        c_told("not JSON", "c1"),
    ],
}

EXPECTED = {"anthropic": ANTHROPIC, "gemini": GEMINI, "openai": OPENAI, "compatible": COMPATIBLE}
PLACE = {"anthropic": "messages", "gemini": "contents", "openai": "input", "compatible": "messages"}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", PROVIDERS)
def test_a_conversation_is_sent_and_taken(name: str, case: str, bridge: Bridge) -> None:
    request = request_to(name, *CASES[case])
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        chunks_of(made(name, server.url, bridge), request)
    sent = server.received[0].body[PLACE[name]]
    for message in sent if name == "anthropic" else ():
        for block in message["content"]:
            block.pop("cache_control", None)  # test_cache_marks has those
    assert sent[1 if name == "compatible" else 0 :] == EXPECTED[name][case]

    with RehearsalServer(parse_scenario('[[rule]]\nanswer = [{ text = "Well." }]')) as strict:
        chunks = chunks_of(made(name, strict.url, bridge), request)
    assert strict.failures == []
    assert done(chunks).parts[-1].text == "Well."  # type: ignore[union-attr]


TWO_ROUNDS = """
[[rule]]
when = { result = "B" }
answer = [{ text = "Both are fine." }]

[[rule]]
when = { result = "A" }
answer = [
    { thinking = "And the other." }, { text = "Now b." },
    { call = "read_file", arguments = { path = "b.py" } },
    { call = "list_directory", arguments = {} },
]

[[rule]]
answer = [{ thinking = "A file first." }, { call = "read_file", arguments = { path = "a.py" } }]
"""
ANSWERS = {"a.py": "A", "b.py": "B"}


def done(chunks: list[Chunk]) -> Done:
    assert isinstance(chunks[-1], Done)
    return chunks[-1]


def played(name: str, server: RehearsalServer, bridge: Bridge, *before: Message) -> list[Message]:
    """The tool loop in miniature: every call is answered until none comes."""
    provider = made(name, server.url, bridge)
    history = [*before, user("Look at both files.")]
    for _ in range(5):
        answer = done(chunks_of(provider, request_to(name, *history)))
        history.append(reply(name, *answer.parts))
        calls = history[-1].calls
        if not calls:
            break
        outputs = [ANSWERS.get(str(c.arguments.get("path")), ".") for c in calls]
        told = [
            ToolResult(call_id=c.call_id, name=c.name, output=o) for c, o in zip(calls, outputs, strict=True)
        ]
        history.append(results(*told, REFRESH))
    return history


@pytest.mark.parametrize("name", PROVIDERS)
def test_two_rounds_of_tools_with_a_strict_server(name: str, bridge: Bridge) -> None:
    with RehearsalServer(parse_scenario(TWO_ROUNDS)) as server:
        history = played(name, server, bridge)
    assert server.failures == []
    assert [[c.name for c in m.calls] for m in history if m.role == "assistant"] == [
        ["read_file"],
        ["read_file", "list_directory"],
        [],
    ]
    assert history[-1].text == "Both are fine."
    assert len({c.call_id for m in history for c in m.calls}) == 3


@pytest.mark.parametrize("later", PROVIDERS)
@pytest.mark.parametrize("first", PROVIDERS)
def test_a_discussion_may_change_its_provider(first: str, later: str, bridge: Bridge) -> None:
    with RehearsalServer(parse_scenario(TWO_ROUNDS)) as server:
        history = played(first, server, bridge)
        again = played(later, server, bridge, *history)
    assert server.failures == []
    assert again[-1].text == "Both are fine."


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_rewritten_history_is_still_taken(name: str, bridge: Bridge) -> None:
    with RehearsalServer(parse_scenario(TWO_ROUNDS)) as server:
        history = played(name, server, bridge)
        stale = [
            results(*m.results, FileRefresh(text="[FILES UPDATED: replaced]")) if m.role == "tool" else m
            for m in history
        ]
        again = played(name, server, bridge, *stale)
    assert server.failures == []
    assert again[-1].text == "Both are fine."


@pytest.mark.parametrize("name", PROVIDERS)
def test_text_comes_in_pieces_and_the_prefix_keeps_its_bytes(name: str, bridge: Bridge) -> None:
    scenario = parse_scenario('piece = 3\n[[rule]]\nanswer = [{ text = "Hello there." }]')
    request = Request(
        model=request_to(name).model, system="S" * 50, tools=(READ_FILE, LIST), messages=(user("hi"),)
    )
    with RehearsalServer(scenario) as server:
        provider = made(name, server.url, bridge)
        first = chunks_of(provider, request)
        chunks_of(provider, request)
    assert "".join(chunk.text for chunk in first if isinstance(chunk, TextChunk)) == "Hello there."
    assert len(first) > 2
    bodies = [received.body for received in server.requests]
    assert bodies[0] == bodies[1]
    assert MODELS[name] in repr((bodies[0], server.requests[0].path))
