"""The body that we write for Gemini is the one that its SDK would make, to the byte."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from google.genai import Client
from google.genai.types import HttpOptions
from talk import KEY, call, made, never, reply, request_to, result, results, thought, user

from copilot.providers import gemini
from copilot.providers.base import Request
from copilot.providers.bridge import Bridge
from copilot.providers.gemini_wire import body_of
from copilot.providers.parts import Json
from copilot.vocabulary.messages import FileRefresh, Message, Opaque, Text

ODD: dict[str, Any] = {
    "path": "ü\u2028.py",
    "n": 1,
    "half": 0.5,
    "none": None,
    "deep": [{"camelCase": [True, ""], "snake_case": {}}],
}
SIGNED = {"kind": "thought", "signature": "AAEC/+8="}
HISTORIES: dict[str, Sequence[Message]] = {
    "a question": [user("hi")],
    "calls": [
        user("hi"),
        reply(
            "gemini",
            thought("hm", **SIGNED),
            Text(text="I look.", provider_data={"signature": "AAEC"}),
            replace(call("c1", "a.py", id="g1", signature="AAEC"), arguments=ODD),
            replace(call("c2", "b.py", signature="__-_"), arguments={}),
        ),
        results(
            result("c1", "one"),
            replace(result("c2", ""), status="error"),
            FileRefresh(text="[FILES UPDATED]"),
        ),
    ],
    "another model's calls": [
        user("hi"),
        reply("openai", call("c1", "a.py")),
        results(result("c1", "one")),
        user("and?"),
    ],
}


def sdk_body(contents: list[Any], config: Json) -> bytes:
    """What the SDK posts."""
    bodies: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request.read())
        return httpx2.Response(200, content=b'data: {"candidates": []}\n\n')

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as wire:
        options = HttpOptions(base_url="http://localhost", api_version="v1", httpx_client=wire)
        client = Client(api_key=KEY, vertexai=False, http_options=options)
        models: Any = client.models
        list(models.generate_content_stream(model="m", contents=contents, config=config))
    return bodies[0]


def told(request: Request) -> tuple[list[Any], Json]:
    """What the provider hands to the SDK."""
    fixed = gemini._fixed(request, gemini._tools(request.tools))
    return gemini._contents(request), {**fixed.config, **gemini._settings(request)}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history(name: str) -> None:
    contents, config = told(request_to("gemini", *HISTORIES[name]))
    body = body_of(contents, config)
    assert body is not None
    assert body == sdk_body(contents, config)


def test_a_cache_by_its_name() -> None:
    request = request_to("gemini", user("hi"))
    config: Json = {"cached_content": "cachedContents/x", **gemini._settings(request)}
    contents = told(request)[0]
    assert body_of(contents, config) == sdk_body(contents, config)


def test_a_part_that_nobody_knows_is_left_to_the_sdk(bridge: Bridge) -> None:
    odd = Opaque(
        kind="executable_code", provider_data={"executable_code": {"code": "1", "language": "PYTHON"}}
    )
    request = request_to("gemini", user("hi"), reply("gemini", odd), user("and?"))
    contents, config = told(request)
    assert body_of(contents, config) is None
    assert made("gemini", "http://127.0.0.1:9", bridge).preview(request, never) == sdk_body(contents, config)


@pytest.mark.parametrize("name", HISTORIES)
def test_what_is_posted_is_that_body(name: str, bridge: Bridge) -> None:
    request = request_to("gemini", *HISTORIES[name])
    assert made("gemini", "http://127.0.0.1:9", bridge).preview(request, never) == sdk_body(*told(request))
