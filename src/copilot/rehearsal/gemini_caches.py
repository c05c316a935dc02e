"""Gemini's cachedContents: made, listed, renewed, deleted, and used by requests, as the service does it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, cast

from copilot.rehearsal.asked import JsonObject, Refusal, as_text, objects
from copilot.rehearsal.gemini_history import fields
from copilot.rehearsal.memory import CACHE_MINIMUM_TOKENS, CachedContent, Memory, estimate
from copilot.rehearsal.scenario import CacheRules
from copilot.rehearsal.signing import canonical
from copilot.tokens.prices import load
from copilot.vocabulary.messages import JsonValue

_FIELDS = frozenset(
    ("model", "displayName", "contents", "systemInstruction", "tools", "toolConfig", "ttl", "expireTime")
)
_LONGEST_NAME = 128
_HOUR = 3600.0
_PAGE = 100
_METHODS: Mapping[str, Literal["create", "list", "get", "update", "delete"]] = {
    "POST": "create",
    "GET": "get",
    "PATCH": "update",
    "DELETE": "delete",
}


def answer(
    method: str,
    name: str,
    body: JsonValue,
    query: Mapping[str, str],
    memory: Memory,
    rules: CacheRules,
) -> JsonObject:
    """One request about caches; `name` is "cachedContents/ID", or "" for all of them. Raises Refusal."""
    action = "list" if method == "GET" and not name else _METHODS.get(method)
    if action is None or (action == "create") != (method == "POST" and not name):
        raise Refusal(f"Not found: {method} {name or 'cachedContents'}", status=404)
    if action in rules.fail:
        raise Refusal("The rehearsal was told to fail here.", status=rules.status)
    with memory.lock:
        _forget_expired(memory)
        match action:
            case "create":
                return _create(_object(body), memory, rules)
            case "list":
                return _list(query, memory)
            case "get":
                return _told(_named(name, memory, 404))
            case "update":
                return _update(_named(name, memory, 404), _object(body), memory)
            case "delete":
                del memory.caches[_named(name, memory, 404).name]
                return {}


def with_cached(body: JsonObject, model: str, memory: Memory) -> tuple[JsonObject, int]:
    """A request's body with what its cache holds, and the tokens of that. Raises Refusal."""
    name = body.get("cachedContent")
    if not name:
        return body, 0
    with memory.lock:
        _forget_expired(memory)
        kept = _named(as_text(name, "cached_content"), memory, 403)
    if any(key in body for key in ("systemInstruction", "tools", "toolConfig")):
        raise Refusal(
            "CachedContent can not be used with GenerateContent request setting system_instruction, tools or "
            "tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request."
        )
    if kept.model != f"models/{model}":
        raise Refusal(
            f"Model used by GenerateContent request (models/{model}) and CachedContent ({kept.model}) has to "
            "be the same."
        )
    contents = [*_list_of(kept.body, "contents"), *_list_of(body, "contents")]
    held = {key: kept.body[key] for key in ("systemInstruction", "tools", "toolConfig") if key in kept.body}
    return {**body, **held, "contents": contents}, kept.tokens


def _create(body: JsonObject, memory: Memory, rules: CacheRules) -> JsonObject:
    body = fields(body, _FIELDS)
    model = as_text(body.get("model"), "model")
    if not re.fullmatch(r"models/[\w.-]+", model):
        raise Refusal(f"* CreateCachedContentRequest.model: unexpected model name format: {model!r}")
    if len(str(body.get("displayName", ""))) > _LONGEST_NAME:
        raise Refusal("* CreateCachedContentRequest.display_name: longer than 128 characters")
    tokens = sum(
        estimate(canonical(part))
        for key in ("systemInstruction", "tools", "toolConfig", "contents")
        if (part := body.get(key)) is not None
    )
    least = minimum(model.removeprefix("models/")) if rules.minimum is None else rules.minimum
    if tokens < least:
        raise Refusal(
            f"Cached content is too small. total_token_count={tokens}, min_total_token_count={least}"
        )
    now = memory.clock()
    kept = CachedContent(
        name=f"cachedContents/rehearsed{memory.next_cache()}",
        model=model,
        body=body,
        tokens=tokens,
        created=now,
        updated=now,
        expires=_end(body, now),
    )
    memory.caches[kept.name] = kept
    return _told(kept)


def minimum(model: str) -> int:
    """The fewest tokens a cache of this model takes, by the price table; else what other services ask for."""
    price = load().of("gemini", model)
    return (price.cache_minimum if price else None) or CACHE_MINIMUM_TOKENS


def _list(query: Mapping[str, str], memory: Memory) -> JsonObject:
    start = int(query.get("pageToken", "0") or "0")
    size = int(query.get("pageSize", str(_PAGE)))
    found = sorted(memory.caches.values(), key=lambda kept: kept.created)
    page = found[start : start + size]
    more: JsonObject = {"nextPageToken": str(start + size)} if start + size < len(found) else {}
    return {**({"cachedContents": [_told(kept) for kept in page]} if page else {}), **more}


def _update(kept: CachedContent, body: JsonObject, memory: Memory) -> JsonObject:
    body = fields(body, frozenset(("ttl", "expireTime", "name")))
    kept.updated = memory.clock()
    kept.expires = _end(body, kept.updated)
    return _told(kept)


def _end(body: JsonObject, now: float) -> float:
    ttl = re.fullmatch(r"(\d+(?:\.\d+)?)s", as_text(body.get("ttl", f"{_HOUR}s"), "ttl"))
    if ttl is None or float(ttl[1]) <= 0:
        raise Refusal("Invalid value at 'cached_content.ttl': a duration in seconds is expected, like 3600s")
    return now + float(ttl[1])


def _named(name: str, memory: Memory, status: int) -> CachedContent:
    if name not in memory.caches:
        raise Refusal("CachedContent not found (or permission denied)", status=status)
    return memory.caches[name]


def _forget_expired(memory: Memory) -> None:
    now = memory.clock()
    for name in [kept.name for kept in memory.caches.values() if kept.expires <= now]:
        del memory.caches[name]


def _told(kept: CachedContent) -> JsonObject:
    """A cache as the service tells of it: its contents are not given back."""
    named: JsonObject = {"displayName": kept.body["displayName"]} if "displayName" in kept.body else {}
    return {
        "name": kept.name,
        "model": kept.model,
        **named,
        "createTime": _time(kept.created),
        "updateTime": _time(kept.updated),
        "expireTime": _time(kept.expires),
        "usageMetadata": {"totalTokenCount": kept.tokens},
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def _object(body: JsonValue) -> JsonObject:
    if not isinstance(body, dict):
        raise Refusal("Invalid JSON payload received. An object is expected.")
    return body


def _list_of(body: JsonObject, key: str) -> list[JsonValue]:
    return cast(list[JsonValue], objects(body.get(key, []), key))
