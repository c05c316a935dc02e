"""The X-ray's parts: where each value of a body stands, what a cache minds, what is kept on disk."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.ai.cache_break import AROUND, MOST_LINES, Sent, cache_break, difference
from copilot.ai.json_places import Body
from copilot.ai.request_files import NEWEST, RequestFiles
from copilot.ai.xray import FileSpan, Layout, Xray, xray
from copilot.providers.base import Request
from copilot.vocabulary.diffs import common_length
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import ModelChoice, ToolSpec

WORDS = st.text(max_size=12) | st.sampled_from(['"', "\\", "\u2028", "😀", "a\nb", "\\u0041", "é" * 5])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4)
)
OBJECTS = st.dictionaries(WORDS, JSON, max_size=5)


def walked(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    """Every leaf of a parsed value with its path; an empty object or list is one."""
    if isinstance(value, dict) and value:
        return [leaf for key, item in value.items() for leaf in walked(item, (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for number, item in enumerate(value) for leaf in walked(item, (*path, number))]
    return [(path, value)]


@given(OBJECTS, st.booleans(), st.sampled_from([(",", ":"), (", ", ": ")]))
def test_every_value_of_a_body_is_found_where_it_stands(
    value: dict[str, Any], plain: bool, separators: tuple[str, str]
) -> None:
    body = Body(json.dumps(value, ensure_ascii=plain, separators=separators).encode())
    assert [leaf.path for leaf in body.leaves] == [path for path, _ in walked(value)]
    for leaf, (_, item) in zip(body.leaves, walked(value), strict=True):
        assert json.loads(body.text[leaf.start : leaf.start + len(leaf.raw)]) == item
        assert leaf.shown == item if isinstance(item, str) else json.loads(leaf.shown) == item
        for at in range(len(leaf.shown)) if isinstance(item, str) else ():
            rest = body.data[body.byte_of(leaf, at) : body.byte_of(leaf, -1) + len(leaf.raw.encode())]
            assert json.loads(b'"' + rest) == item[at:]


@pytest.mark.parametrize("data", [b"{", b'{"a" 1', b"]", b'{"a": "b', b'{"a": [}', b"\xff"])
def test_what_is_no_json_does_not_pass_for_a_body(data: bytes) -> None:
    with pytest.raises(ValueError):
        Body(data)


@given(st.text(max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_the_common_length_is_that_of_the_common_beginning(start: str, one: str, other: str) -> None:
    found = common_length(start + one, start + other)
    assert (start + one)[:found] == (start + other)[:found]
    assert found >= len(start)
    assert (start + one)[found : found + 1] != (start + other)[
        found : found + 1
    ] or start + one == start + other


def said(number: int, text: str) -> Message:
    role = "assistant" if number % 2 else "user"
    return Message(id=str(number), parent=None, role=role, parts=(Text(text=text),), at=0.0)


def seen(prompt: str, files: dict[str, str], messages: list[str], tool: str = "Read.") -> Xray:
    """A request as one of the services takes it, taken apart."""
    system = prompt + "".join(files.values())
    spans: list[FileSpan] = []
    end = len(prompt)
    for name, text in files.items():
        end += len(text)
        spans.append(FileSpan(name=name, end=end))
    request = Request(
        model=ModelChoice(provider="anthropic", model="m"),
        system=system,
        tools=(ToolSpec(name="read", description=tool, parameters={}),),
        messages=tuple(said(number, text) for number, text in enumerate(messages)),
    )
    body = {
        "model": "m",
        "messages": [{"role": message.role, "content": message.text} for message in request.messages],
        "system": [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "read", "description": tool, "input_schema": {}}],
        "stream": True,
    }
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return xray(request, data, Layout(files_at=len(prompt), files=tuple(spans)), len)


def sent(request: Xray) -> Sent:
    return Sent(text=request.text, sections=request.sections, cached_end=request.cached_end)


FILES = st.dictionaries(
    st.sampled_from(["a.py", "b.py", "c.py"]), st.text(min_size=1, max_size=20), min_size=1
)
SAID = st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=5)


@given(st.text(min_size=1, max_size=10), FILES, SAID, SAID)
def test_messages_that_were_only_appended_break_nothing(
    prompt: str, files: dict[str, str], before: list[str], more: list[str]
) -> None:
    old, new = seen(prompt, files, before), seen(prompt, files, before + more)
    assert cache_break(sent(old), new, len) is None
    assert cache_break(sent(new), old, len) is None
    assert cache_break(sent(old), old, len) is None
    assert difference(sent(old), old) == ""
    assert all(line[0] in "+ @-" for line in difference(sent(old), new).splitlines())


@given(st.text(min_size=1, max_size=10), FILES, SAID, st.data())
def test_a_change_is_found_at_its_very_character_and_byte(
    prompt: str, files: dict[str, str], messages: list[str], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[name]) - 1))
    other = "X" if files[name][at] != "X" else "Y"
    changed = {**files, name: files[name][:at] + other + files[name][at + 1 :]}
    old, new = seen(prompt, files, messages), seen(prompt, changed, [*messages, "more"])
    found = cache_break(sent(old), new, len)
    assert found is not None
    section = new.sections[found.section]
    assert (section.kind, section.name) == ("files", name)
    assert found.at == section.start + at
    assert new.body is not None
    assert new.body.data[found.body_at :].startswith(other.encode())
    assert found.tokens == new.cached_end - found.at
    assert len(found.before) <= AROUND >= len(found.after)
    assert other in found.after


def test_tools_stand_before_the_prompt_and_the_prompt_before_the_files() -> None:
    old = seen("prompt", {"a.py": "a"}, ["hi"])
    tools = cache_break(sent(old), seen("other", {"a.py": "b"}, ["hi"], tool="Write."), len)
    prompt = cache_break(sent(old), seen("prompt!", {"a.py": "b"}, ["hi"]), len)
    assert tools is not None
    assert prompt is not None
    assert [old.sections[found.section].kind for found in (tools, prompt)] == ["tools", "system"]


def test_a_long_diff_is_cut(tmp_path: Path) -> None:
    lines = [f"line {number}\n" for number in range(5000)]
    old = seen("p", {"a.py": "".join(lines)}, ["hi"])
    new = seen("p", {"a.py": "".join(reversed(lines))}, ["hi"])
    told = difference(sent(old), new).splitlines()
    assert len(told) == MOST_LINES
    assert told[:3] == ["--- files a.py", "+++ files a.py", "@@ -1 +1 @@"]
    assert told[-1] == "… the rest is left out"


def test_a_small_change_in_a_diff_stands_in_its_surroundings() -> None:
    old = seen("p", {"a.py": "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}, ["hi"])
    new = seen("p", {"a.py": "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", "b.py": "new\n"}, ["hi"])
    assert difference(sent(old), new).splitlines()[:10] == [
        "--- files a.py",
        "+++ files a.py",
        "@@ -2 +2 @@",
        " 2",
        " 3",
        " 4",
        "-5",
        "+five",
        " 6",
        " 7",
    ]


def test_the_newest_requests_are_kept_and_those_that_a_branch_sent_last(tmp_path: Path) -> None:
    files = RequestFiles(tmp_path / "requests", keys=("secret-key-1",))
    first = seen("p", {"a.py": "first"}, ["secret-key-1"])
    assert files.last("project", "main") is None
    files.remember("project", "main", seen("p", {"a.py": "older"}, ["hi"]))
    files.remember("project", "main", first)
    for text_path in (tmp_path / "requests").glob("*.txt"):
        os.utime(text_path, (1, 1))
    for number in range(NEWEST + 5):
        body_path, text_path = files.keep(seen("p", {"a.py": f"{number}"}, ["hi"]))
        os.utime(text_path, (1_000_000_000 + number, 1_000_000_000 + number))
        assert body_path is not None
    kept = sorted(path.suffix for path in (tmp_path / "requests").iterdir())
    assert kept == [".json"] * (NEWEST + 2) + [".txt"] * (NEWEST + 1)
    again = RequestFiles(tmp_path / "requests", keys=()).last("project", "main")
    assert again is not None
    assert again.text == first.text.replace("secret-key-1", "[key removed]")
    assert [(s.kind, s.name, s.start, s.end) for s in again.sections] == [
        (s.kind, s.name, s.start, s.end) for s in first.sections
    ]
    assert files.last("project", "other") is None
    for path in (tmp_path / "requests").iterdir():
        if os.name == "posix":
            assert path.stat().st_mode & 0o077 == 0
        path.write_bytes(b"\xff")
    assert files.last("project", "main") is None
