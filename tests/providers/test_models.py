"""What providers tell of their models, and what is offered where a name is not known."""

import json
from dataclasses import replace
from typing import Any

import pytest
from loopback import Answer, Loopback, as_json
from talk import PROVIDERS, chunks_of, made, never, request_to

from copilot.providers.bridge import Bridge
from copilot.providers.nearest import nearest
from copilot.tokens.prices import load, with_prices
from copilot.vocabulary.codec import decode_command, decode_event, encode_command, encode_event
from copilot.vocabulary.commands import PreviewRequest
from copilot.vocabulary.errors import UnknownModelError
from copilot.vocabulary.events import ModelsListed
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice, ModelInfo, Project

NOT_KNOWN: dict[str, Answer] = {
    "anthropic": as_json(
        {
            "type": "error",
            "error": {"type": "not_found_error", "message": "model: claude-sonnet-5-5"},
        },
        404,
    ),
    "gemini": as_json(
        {
            "error": {
                "code": 404,
                "message": "models/gemini-3.8-flash is not found for API version v1, or is not supported for "
                "generateContent.",
                "status": "NOT_FOUND",
            }
        },
        404,
    ),
    "openai": as_json({"error": {"message": "no access", "code": "model_not_found", "type": "x"}}, 400),
    "compatible": as_json({"error": {"message": 'model "local" not found, try pulling it first'}}, 404),
}


def listing(name: str, *models: str) -> Answer:
    """A list of models in a provider's own form."""
    if name == "gemini":
        return as_json({"models": [{"name": f"models/{model}"} for model in models]})
    return as_json({"object": "list", "data": [{"id": model} for model in models]})


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_name_that_is_not_known_brings_the_three_nearest(bridge: Bridge, name: str) -> None:
    near = {
        "anthropic": ("claude-sonnet-5", "claude-sonnet-6", "claude-opus-5-5"),
        "gemini": ("gemini-3.7-flash", "gemini-3.8-pro", "gemini-4-argon"),
        "openai": ("gpt-6-astro", "gpt-6", "gpt-5-astra"),
        "compatible": ("locals", "loyal", "vocal"),
    }[name]
    with Loopback(NOT_KNOWN[name], listing(name, "zzz", *near)) as server:
        with pytest.raises(UnknownModelError) as raised:
            chunks_of(made(name, server.url, bridge), request_to(name))
        assert [received.method for received in server.received] == ["POST", "GET"]
    offered = raised.value.hint.removeprefix("Nearest: ").partition(". `")[0].split(", ")
    assert sorted(offered) == sorted(near)


@pytest.mark.parametrize("name", PROVIDERS)
def test_where_the_list_fails_the_error_stays_as_it_is(bridge: Bridge, name: str) -> None:
    with Loopback(NOT_KNOWN[name], as_json({"error": {"message": "no"}}, 500)) as server:
        with pytest.raises(UnknownModelError) as raised:
            chunks_of(made(name, server.url, bridge), request_to(name))
        assert len(server.received) == 2
    assert raised.value.hint == UnknownModelError.default_hint


def test_the_nearest_names_come_first_and_no_case_matters() -> None:
    names = ("Qwen3-Coder:30b", "llama4", "qwen3:8b", "gemma")
    assert nearest("qwen3-coder", names)[:2] == ("Qwen3-Coder:30b", "qwen3:8b")
    assert nearest("x", ()) == ()


@pytest.mark.parametrize(
    ("entry", "more", "window"),
    [
        ({"id": "m", "owned_by": "vllm", "max_model_len": 32_768}, None, 32_768),
        (
            {"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}},
            as_json({"default_generation_settings": {"n_ctx": 8_192}}),
            8_192,
        ),
        (
            {"id": "m:8b", "owned_by": "library"},
            as_json(
                {"models": [{"name": "other", "context_length": 1}, {"name": "m:8b", "context_length": 4096}]}
            ),
            4_096,
        ),
        ({"id": "m:8b", "owned_by": "library"}, as_json({"models": []}), None),
        ({"id": "m", "owned_by": "llamacpp"}, as_json({"error": "off"}, 501), None),
        ({"id": "m", "owned_by": "organization_owner", "max_model_len": "many"}, None, None),
    ],
)
def test_the_windows_of_local_servers(
    bridge: Bridge, entry: dict[str, Any], more: Answer | None, window: int | None
) -> None:
    answers = [as_json({"object": "list", "data": [entry]}), *([more] if more else [])]
    with Loopback(*answers) as server:
        listed = made("compatible", server.url, bridge, key="").models(never)
        paths = [received.path for received in server.received]
        assert "authorization" not in server.received[-1].headers
    assert listed == (ModelInfo(name=entry["id"], window=window),)
    asked = {"llamacpp": ["/props"], "library": ["/api/ps"]}.get(entry["owned_by"], [])
    assert paths == ["/v1/models", *asked]


def test_the_price_table_fills_what_a_provider_leaves_out() -> None:
    told = ModelInfo(name="claude-sonnet-5-5", window=5)
    priced, unknown = with_prices(
        (told, ModelInfo(name="never-heard-of")), lambda name: load().of("anthropic", name)
    )
    assert priced.window == 5
    assert None not in (priced.max_output, priced.input_price, priced.output_price)
    assert unknown == ModelInfo(name="never-heard-of")


def test_a_list_is_the_same_after_the_log_and_an_old_log_can_be_read() -> None:
    details = (
        ModelInfo(name="a", window=5, max_output=2, input_price=1, output_price=2.5),
        ModelInfo(name="b", lifecycle="deprecated", retires="2026-11-30"),
    )
    event = ModelsListed(
        at=1, worker="w", request_id="r", provider="openai", models=("a", "b"), base_url="u", details=details
    )
    written = json.loads(json.dumps(encode_event(event)))
    assert decode_event(written) == event
    old = {key: value for key, value in written.items() if key not in ("base_url", "details")}
    assert decode_event(old) == replace(event, base_url="", details=())


def test_a_turn_with_attachments_is_the_same_after_the_wire() -> None:
    part = Attachment(name="a.png", media_type="image/png", size=1, sha256="0" * 64, width=2, height=3)
    command = PreviewRequest(
        request_id="r",
        project=Project(name="p", base_dir="/b"),
        branch="main",
        user_message="hi",
        model=ModelChoice(provider="openai", model="m"),
        attachments=(part,),
    )
    written = json.loads(json.dumps(encode_command(command)))
    assert decode_command(written) == command
    del written["attachments"]
    assert decode_command(written) == replace(command, attachments=())
