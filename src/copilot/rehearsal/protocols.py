"""The four protocols by name, and which of them a request speaks."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote

from copilot.rehearsal import (
    anthropic_answer,
    anthropic_request,
    compatible_answer,
    compatible_request,
    gemini_answer,
    gemini_request,
    openai_answer,
    openai_request,
)
from copilot.rehearsal.asked import Protocol
from copilot.rehearsal.batches import PATHS as BATCHES
from copilot.rehearsal.wire import Wire
from copilot.vocabulary.frozen import frozen

Action = Literal["generate", "count", "models", "model", "caches", "batches"]

_GEMINI = re.compile(r"/v1(?:alpha|beta)?/(?:models|tunedModels)/([^/:]+):(\w+)")
_CACHES = re.compile(r"/v1(?:alpha|beta)?/(cachedContents)(?:/([\w-]+))?")
_MODELS = re.compile(r"/v1(alpha|beta)?/models(?:/(.+))?")
_PATHS: Mapping[str, tuple[Protocol, Action]] = {
    "/v1/messages": ("anthropic", "generate"),
    "/v1/messages/count_tokens": ("anthropic", "count"),
    "/v1/responses": ("openai", "generate"),
    "/v1/responses/input_tokens": ("openai", "count"),
    "/v1/chat/completions": ("compatible", "generate"),
}
_GEMINI_METHODS: Mapping[str, Action] = {
    "generateContent": "generate",
    "streamGenerateContent": "generate",
    "countTokens": "count",
}


@frozen
class Route:
    """Where a request goes. `action` None: nothing is there. `stream` is what the path itself says.

    `model` is what the path names: a model, or for "caches" one of them ("" for all).
    """

    protocol: Protocol
    action: Action | None
    model: str = ""
    stream: bool = False


def route(method: str, path: str, headers: Mapping[str, str]) -> Route:
    """Find the protocol by the path, or by the headers where several share a path."""
    if caches := _CACHES.fullmatch(path):
        name = f"{caches[1]}/{caches[2]}" if caches[2] else ""
        return Route(protocol="gemini", action="caches", model=name)
    for protocol, pattern in BATCHES:
        if pattern.fullmatch(path) and (protocol != "openai" or _by_headers(headers) != "gemini"):
            return Route(protocol=protocol, action="batches", model=path)
    if method == "POST":
        if path in _PATHS:
            protocol, action = _PATHS[path]
            return Route(protocol=protocol, action=action)
        match = _GEMINI.fullmatch(path)
        if match:
            action = _GEMINI_METHODS.get(match[2])
            stream = match[2] == "streamGenerateContent"
            return Route(protocol="gemini", action=action, model=unquote(match[1]), stream=stream)
    match = _MODELS.fullmatch(path)
    if method == "GET" and match:
        protocol = "gemini" if match[1] else _by_headers(headers)
        return Route(
            protocol=protocol, action="model" if match[2] else "models", model=unquote(match[2] or "")
        )
    return Route(protocol=_by_headers(headers), action=None)


def _by_headers(headers: Mapping[str, str]) -> Protocol:
    if "anthropic-version" in headers or "x-api-key" in headers:
        return "anthropic"
    if "x-goog-api-key" in headers or "x-goog-api-client" in headers:
        return "gemini"
    return "compatible"


def wire(protocol: Protocol) -> Wire:
    """The functions of one protocol."""
    return _WIRES[protocol]


_WIRES: Mapping[Protocol, Wire] = {
    "anthropic": Wire(
        authorize=anthropic_request.authorize,
        read=anthropic_request.read,
        given=anthropic_answer.given,
        whole=anthropic_answer.whole,
        frames=anthropic_answer.frames,
        refusal=anthropic_answer.refusal,
        counted=anthropic_answer.counted,
        models=anthropic_answer.models,
        model=anthropic_answer.model,
        headers=anthropic_answer.headers,
        keepalive=anthropic_answer.KEEPALIVE,
    ),
    "gemini": Wire(
        authorize=gemini_request.authorize,
        read=gemini_request.read,
        given=gemini_answer.given,
        whole=gemini_answer.whole,
        frames=gemini_answer.frames,
        refusal=gemini_answer.refusal,
        counted=gemini_answer.counted,
        models=gemini_answer.models,
        model=gemini_answer.model,
        headers=gemini_answer.headers,
        keepalive=gemini_answer.KEEPALIVE,
    ),
    "openai": Wire(
        authorize=openai_request.authorize,
        read=openai_request.read,
        given=openai_answer.given,
        whole=openai_answer.whole,
        frames=openai_answer.frames,
        refusal=openai_answer.refusal,
        counted=openai_answer.counted,
        models=openai_answer.models,
        model=openai_answer.model,
        headers=openai_answer.headers,
        keepalive=openai_answer.KEEPALIVE,
    ),
    "compatible": Wire(
        authorize=compatible_request.authorize,
        read=compatible_request.read,
        given=compatible_answer.given,
        whole=compatible_answer.whole,
        frames=compatible_answer.frames,
        refusal=openai_answer.refusal,
        counted=openai_answer.counted,
        models=openai_answer.models,
        model=openai_answer.model,
        headers=compatible_answer.headers,
        keepalive=compatible_answer.KEEPALIVE,
    ),
}
