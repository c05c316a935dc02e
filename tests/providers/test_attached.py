"""Attachments in requests: each provider's own form to the byte, and what is written down of it."""

import json
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from loopback import Answer, Loopback, as_json, recorded
from pydantic import ConfigDict, TypeAdapter, with_config
from talk import PROVIDERS, chunks_of, made, never, reply, request_to, user

from copilot.providers.base import Request
from copilot.providers.bridge import Bridge
from copilot.record.attachment_marks import marked, restored, shortened
from copilot.tokens.attachment_limits import LIMITS, cannot_take, cannot_take_all, encoded_size
from copilot.vocabulary.errors import BadRequestError
from copilot.vocabulary.messages import Attachment, Message, Text
from copilot.vocabulary.values import ProviderName, WireRecord
from copilot.workspace.attaching import attachment_of
from picture_files import gif, jpeg, pdf, png, webp

PICTURE = attachment_of("shot.png", png())
PAPER = attachment_of("paper.pdf", pdf(2))
BLOBS = {one.part.sha256: one.data for one in (PICTURE, PAPER)}


def asking(*parts: Attachment, text: str = "What is it?") -> Message:
    return replace(user(text), parts=(*parts, Text(text=text)))


def request_with(name: str, *messages: Message, blobs: dict[str, bytes] = BLOBS) -> Request:
    return replace(request_to(name, *messages, tools=()), read_attachment=lambda part: blobs.get(part.sha256))


def b64(data: bytes) -> str:
    return b64encode(data).decode()


FORMS: dict[str, Any] = {
    "anthropic": {
        "role": "user",
        "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": b64(png())}},
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": b64(pdf(2))},
                "title": "paper.pdf",
            },
            {"type": "text", "text": "What is it?", "cache_control": {"type": "ephemeral"}},
        ],
    },
    "gemini": {
        "role": "user",
        "parts": [
            {"inlineData": {"mime_type": "image/png", "data": b64(png())}},
            {"inlineData": {"mime_type": "application/pdf", "data": b64(pdf(2))}},
            {"text": "What is it?"},
        ],
    },
    "openai": {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_image", "image_url": f"data:image/png;base64,{b64(png())}", "detail": "auto"},
            {
                "type": "input_file",
                "filename": "paper.pdf",
                "file_data": f"data:application/pdf;base64,{b64(pdf(2))}",
            },
            {"type": "input_text", "text": "What is it?"},
        ],
    },
    "compatible": {
        "role": "user",
        "content": [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{b64(png())}"}},
            {
                "type": "file",
                "file": {"filename": "paper.pdf", "file_data": f"data:application/pdf;base64,{b64(pdf(2))}"},
            },
            {"type": "text", "text": "What is it?"},
        ],
    },
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_form_of_each_provider(bridge: Bridge, name: str) -> None:
    body = preview(bridge, name, asking(PICTURE.part, PAPER.part))
    asked = body.get("messages") or body.get("input") or body.get("contents")
    sent = (
        json.loads(json.dumps(asked[-1]).replace("-", "+").replace("_", "/"))
        if name == "gemini"
        else asked[-1]
    )
    wanted = FORMS[name]
    if name == "gemini":  # the SDK writes base64 in the alphabet for URLs
        wanted = json.loads(json.dumps(wanted).replace("-", "+").replace("_", "/"))
    assert sent == wanted


def test_the_forms_are_those_of_the_sdks_own_types() -> None:
    from anthropic.types import DocumentBlockParam, ImageBlockParam
    from google.genai.types import Part
    from openai.types.chat import ChatCompletionContentPartImageParam
    from openai.types.responses import ResponseInputFileParam, ResponseInputImageParam

    kinds: list[tuple[Any, Any]] = [
        (ImageBlockParam, FORMS["anthropic"]["content"][0]),
        (DocumentBlockParam, FORMS["anthropic"]["content"][1]),
        (ResponseInputImageParam, FORMS["openai"]["content"][0]),
        (ResponseInputFileParam, FORMS["openai"]["content"][1]),
        (ChatCompletionContentPartImageParam, FORMS["compatible"]["content"][0]),
    ]
    for kind, form in kinds:
        strict = with_config(ConfigDict(extra="forbid"))(kind)
        assert TypeAdapter(strict).validate_python(form) == form
    for form, blob in zip(FORMS["gemini"]["parts"], (png(), pdf(2)), strict=False):
        inline = Part.model_validate(form).inline_data
        assert inline is not None
        assert inline.data == blob


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_previewed_is_sent_and_the_same_twice(bridge: Bridge, name: str) -> None:
    messages = (asking(PICTURE.part), reply(name, Text(text="A square.")), user("Sure?"))
    answer = Answer(body=recorded(name, "answer"))
    with Loopback(answer, answer) as server:
        provider = made(name, server.url, bridge)
        body = provider.preview(request_with(name, *messages), never)
        for _ in range(2):
            chunks_of(provider, request_with(name, *messages))
    assert [received.raw for received in server.received] == [body, body]


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_written_down_has_marks_and_proves_the_bytes(bridge: Bridge, name: str) -> None:
    records: list[WireRecord] = []
    message = asking(PICTURE.part, PAPER.part)
    with Loopback(Answer(body=recorded(name, "answer"))) as server:
        chunks_of(made(name, server.url, bridge, records=records), request_with(name, message))
        raw = server.received[0].raw
    told = records[0]
    assert b64(png())[:60] not in told.body
    assert marked(told.body) == (PICTURE.part.sha256, PAPER.part.sha256)
    assert f"[attached image/png, {len(png())} bytes, SHA-256 {PICTURE.part.sha256}, " in told.body
    assert sha256(restored(told.body.encode(), BLOBS.__getitem__)).hexdigest() == told.sha256
    assert restored(shortened(raw), BLOBS.__getitem__) == raw


@pytest.mark.parametrize("name", PROVIDERS)
def test_bytes_that_are_gone_are_an_error_that_names_the_file(bridge: Bridge, name: str) -> None:
    with Loopback() as server:
        with pytest.raises(BadRequestError, match=r"shot\.png .* is gone"):
            chunks_of(made(name, server.url, bridge), request_with(name, asking(PICTURE.part), blobs={}))
        assert [r for r in server.received if r.method == "POST"] == []


def test_a_local_server_gets_plain_text_wherever_there_is_no_picture(bridge: Bridge) -> None:
    body = preview(bridge, "compatible", user("One."), user("Two."))
    assert [message["content"] for message in body["messages"]] == ["You help.", "One.\n\nTwo."]
    mixed = preview(bridge, "compatible", user("One."), asking(PICTURE.part, text="Two."))
    kinds = [block["type"] for block in mixed["messages"][-1]["content"]]
    assert kinds == ["text", "image_url", "text"]


@pytest.mark.parametrize("data", [png(), jpeg(), gif(), webp(), pdf()])
def test_only_whole_strings_of_pictures_are_marked(data: bytes) -> None:
    for text in (b64(data), f"data:x;base64,{b64(data)}"):
        body = json.dumps({"a": text, "b": f"see {b64(data)}", "c": "iVBORw0KGgo", "d": "/9j/ is no picture"})
        short = shortened(body.encode())
        assert marked(short.decode()) == (sha256(data).hexdigest(),)
        assert restored(short, {sha256(data).hexdigest(): data}.__getitem__) == body.encode()


def test_a_signature_that_is_base64_stays_as_it_is() -> None:
    body = json.dumps({"signature": b64(b"\x01" * 900), "data": b64(b"encrypted" * 40)}).encode()
    assert shortened(body) == body


def image(width: int = 100, height: int = 100, size: int = 1000) -> Attachment:
    return Attachment(
        name="i.png", media_type="image/png", size=size, sha256="0" * 64, width=width, height=height
    )


def document(pages: int = 1, size: int = 1000) -> Attachment:
    return Attachment(name="d.pdf", media_type="application/pdf", size=size, sha256="1" * 64, pages=pages)


@pytest.mark.parametrize(
    ("part", "provider", "words"),
    [
        (image(), "anthropic", ""),
        (image(size=5 * 2**20 * 3 // 4), "anthropic", ""),
        (image(size=5 * 2**20 * 3 // 4 + 3), "anthropic", "at most 3.9 MB"),
        (image(8_000, 8_000), "anthropic", ""),
        (image(8_001, 10), "anthropic", "8,000 pixels on a side, and it has 8,001 x 10"),
        (image(60_000, 60_000), "rehearsal", "8,000 pixels"),
        (image(60_000, 60_000), "gemini", ""),
        (replace(image(), media_type="image/gif"), "gemini", "takes no GIF"),
        (replace(image(), media_type="image/gif"), "openai", ""),
        (image(size=21_000_000), "openai", "at most 20.0 MB"),
        (document(100), "anthropic", ""),
        (document(101), "anthropic", "at most 100 pages, and it has 101"),
        (document(1_001), "gemini", "at most 1,000 pages"),
        (document(size=51_000_000), "openai", "at most 50.0 MB"),
        (document(), "compatible", "no PDFs"),
        (image(size=40_000_000), "compatible", ""),
    ],
)
def test_what_one_file_may_be(part: Attachment, provider: ProviderName, words: str) -> None:
    why, hint = cannot_take(part, provider)
    assert words in why if words else (why, hint) == ("", "")
    assert bool(hint) == bool(words)


@pytest.mark.parametrize(
    ("parts", "provider", "words"),
    [
        ([image()] * 100, "anthropic", ""),
        ([image()] * 101, "anthropic", "takes 100 images in a request, and it would have 101"),
        ([image(2_001, 10)] * 20, "anthropic", ""),
        ([image(2_001, 10)] * 21, "anthropic", "2,000 pixels on a side"),
        ([document(60), document(60)], "anthropic", "100 pages of PDFs in a request, and these have 120"),
        ([image(size=3_900_000)] * 7, "anthropic", "32.0 MB in a request, and these make 36.4 MB"),
        ([image(size=16_000_000)], "gemini", "20.0 MB in a request"),
        ([image(size=19_000_000)] * 2, "openai", "50.0 MB in a request"),
        ([image(size=19_000_000)] * 9, "compatible", ""),
    ],
)
def test_what_one_request_may_hold(parts: list[Attachment], provider: ProviderName, words: str) -> None:
    why, _ = cannot_take_all(parts, provider)
    assert words in why if words else why == ""


def test_every_provider_has_limits_and_base64_has_four_bytes_for_three() -> None:
    assert set(LIMITS) == {"anthropic", "gemini", "openai", "compatible", "rehearsal"}
    assert [encoded_size(n) for n in (0, 1, 3, 4)] == [len(b64encode(b"x" * n)) for n in (0, 1, 3, 4)]


def preview(bridge: Bridge, name: str, *messages: Message) -> Any:
    with Loopback(as_json({})) as server:
        return json.loads(made(name, server.url, bridge).preview(request_with(name, *messages), never))
