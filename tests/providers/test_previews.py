"""What a preview shows is what is sent, to the byte; and making one sends nothing."""

from dataclasses import replace
from hashlib import sha256

import pytest
from loopback import Answer, Loopback, as_json, recorded
from talk import PROVIDERS, call, chunks_of, made, never, reply, request_to, result, results, thought, user

from copilot.providers.base import Done, Request
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import AuthError, BadRequestError
from copilot.vocabulary.messages import Text
from copilot.vocabulary.values import WireRecord

pytestmark = pytest.mark.parametrize("name", PROVIDERS)


def long_branch(name: str) -> Request:
    asked = reply(name, thought("hm", kind="thought"), Text(text="I look \u2028 \ud83e."), call("c1", "ä.py"))
    return request_to(name, user("one"), asked, results(result("c1", "A" * 5000)), user("go on"))


def test_a_preview_is_what_is_sent(name: str, bridge: Bridge) -> None:
    records: list[WireRecord] = []
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        provider = made(name, server.url, bridge, records=records)
        body = provider.preview(long_branch(name), never)
        assert provider.preview(long_branch(name), never) == body
        assert (server.received, records) == ([], [])
        done = list(provider.stream(long_branch(name), never))[-1]
    assert server.received[0].raw == body
    assert isinstance(done, Done)
    assert done.sent == body
    assert [done.sent_sha256, *(r.sha256 for r in records)] == [*[sha256(body).hexdigest()] * 2, ""]


def test_a_preview_needs_the_key_as_a_request_does(name: str, bridge: Bridge) -> None:
    provider = made(name, "http://127.0.0.1:9", bridge, key="")
    if name == "compatible":
        assert provider.preview(request_to(name), never)
        return
    with pytest.raises(AuthError, match="there is no key"):
        provider.preview(request_to(name), never)


def test_a_preview_asks_no_server_for_its_models(name: str, bridge: Bridge) -> None:
    request = request_to(name)
    unnamed = replace(request, model=replace(request.model, model=""))
    with Loopback(
        as_json({"data": [{"id": "m", "object": "model"}]}), Answer(body=recorded(name, "answer"))
    ) as server:
        provider = made(name, server.url, bridge)
        if name == "compatible":
            with pytest.raises(BadRequestError, match="no model was named"):
                provider.preview(unnamed, never)
            assert server.received == []
            chunks_of(provider, unnamed)
            assert b'"model":"m"' in provider.preview(unnamed, never)
            assert len(server.received) == 2
        else:
            provider.preview(request, never)
            assert server.received == []
