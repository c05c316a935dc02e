"""Comparing whole event lists and requests with kept ones, whatever differs by nature taken out."""

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from copilot.rehearsal.server import ReceivedRequest
from copilot.vocabulary.codec import encode_event
from copilot.vocabulary.events import Event, TextDelta, ThinkingDelta, ToolOutput

FOLDER = Path(__file__).parent / "golden"

_BY_NATURE = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"in \d+\.\d+s"), "in 0.000s"),
    (re.compile(r"\b\d+(\.\d+)? (seconds|s|ms)\b"), "N seconds"),
    (re.compile(r"took \d+(\.\d+)?"), "took N"),
    (re.compile(r"(?:/usr(?:/local)?)?/bin/(bash|sh)"), "SHELL"),
    (re.compile(r"id\d{4,}"), "ID"),
    (re.compile(r"\d{8}_\d{6}_\w{4}"), "SESSION"),
    (re.compile(r"\b(toolu|call|fc|rs|msg|resp|req|chatcmpl)_[\w-]+"), r"\1_ID"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "HASH"),
)
_CACHED = re.compile(r"__pycache__|\.pytest_cache")
_ZEROED = {"at", "seconds", "wait_seconds", "mtime_ns", "tokens", "characters"}
_ZEROED |= {"read_bytes", "old_size", "new_size"}
_COUNTED = {"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "thinking_tokens"}
_COUNTED |= {"usd", "open_usd", "least_usd", "most_usd"}
"""Counts vary with the length of paths in a traceback: only whether there are any is compared."""

_OF_THE_MACHINE = {"fence", "why"}
"""What a machine can confine a run by, and what is therefore asked."""

_SIGNED = {
    "version",
    "signature",
    "thoughtSignature",
    "encrypted_content",
    "prefix",
    "prompt_cache_key",
    "data",
}


def plain(value: Any, roots: Sequence[Path]) -> Any:
    """JSON without times, ids, signatures, hashes and this machine's paths."""
    match value:
        case dict():
            return {key: _leaf(key, item, roots) for key, item in value.items()}
        case list():
            return [plain(item, roots) for item in value]
        case str():
            for number, root in enumerate(roots):
                value = value.replace(str(root), f"ROOT{number}")
            for pattern, word in _BY_NATURE:
                value = pattern.sub(word, value)
            return value
        case _:
            return value


def _leaf(key: str, item: Any, roots: Sequence[Path]) -> Any:
    if key in _ZEROED or (key == "files" and type(item) is int):
        return 0
    if key == "changes":  # what Python and pytest cache has names of their versions
        item = [one for one in item if not _CACHED.search(one["path"])]
    if key in _COUNTED and item is not None:
        return int(item > 0)
    if key in _SIGNED and isinstance(item, str):
        return "SIGNED"
    if key in _OF_THE_MACHINE:
        return None if key == "fence" else ""
    return plain(item, roots)


def events(told: Sequence[Event], roots: Sequence[Path]) -> list[Any]:
    """The events as JSON, neighbouring pieces of text and output joined into one."""
    joined: list[dict[str, Any]] = []
    for event in told:
        data: dict[str, Any] = encode_event(event)
        if isinstance(event, TextDelta | ThinkingDelta | ToolOutput) and joined:
            last = joined[-1]
            same = ("event", "call_id", "stream")
            if all(last.get(key) == data.get(key) for key in same):
                last["text"] += data["text"]
                continue
        joined.append(data)
    return [plain(data, roots) for data in joined]


def requests(received: Sequence[ReceivedRequest], roots: Sequence[Path]) -> list[Any]:
    """What the service received, in order: method, path and body."""
    return [
        plain({"method": r.method, "path": r.path, "query": dict(r.query), "body": r.body}, roots)
        for r in received
    ]


def compare(name: str, found: Any, *, regold: bool) -> None:
    """Compare with `golden/NAME.json`; with `regold` write it instead."""
    path = FOLDER / f"{name}.json"
    if regold:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    kept = path.read_text(encoding="utf-8").splitlines()
    now = json.dumps(found, indent=1, ensure_ascii=False).splitlines()
    if now != kept:
        pytest.fail(
            "\n".join(difflib.unified_diff(kept, now, f"golden/{name}.json", "now", n=2, lineterm=""))
        )
