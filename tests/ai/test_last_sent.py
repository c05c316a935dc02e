"""Why a cache missed: what changed first, how long nothing was sent, and when nothing was promised."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.ai.last_sent import LEAST_MISSED, Answered, LastSent, Miss, miss
from copilot.ai.xray import FileSpan, Layout, stand_in
from copilot.providers.base import Request
from copilot.tokens.prices import Price, Rates
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import ModelChoice, ToolSpec, Usage

MODEL = ModelChoice(provider="anthropic", model="claude")
PRICE = Price(names=(), rates=Rates(input=3.0, output=15.0, cached=0.3, cache_write=3.75))
PROMPT, FILE = "You are Copilot.\n", "## a.py\nx = 1\n"
LAYOUT = Layout(files_at=len(PROMPT), files=(FileSpan(name="a.py", end=len(PROMPT + FILE)),))


def said(number: int, text: str) -> Message:
    role = "user" if number % 2 else "assistant"
    parent = f"m{number - 1}" if number > 1 else None
    return Message(id=f"m{number}", parent=parent, role=role, parts=(Text(text=text),), at=0.0)


TOOL = ToolSpec(name="look", description="Looks.", parameters={"type": "object"})
REQUEST = Request(model=MODEL, system=PROMPT + FILE, tools=(TOOL,), messages=(said(1, "Why?"),))
LONGER = replace(REQUEST, messages=(*REQUEST.messages, said(2, "So."), said(3, "And?")))


def answered(request: Request, *, read: int = 0, written: int = 0, began: float = 100.0) -> Answered:
    usage = Usage(input_tokens=9_000, cache_read_tokens=read, cache_write_tokens=written)
    body = stand_in(request)
    return Answered(
        request=request, body=body, layout=LAYOUT, usage=usage, began=began, ended=began + 10
    )  # fmt: skip


BEFORE = answered(REQUEST, read=1_000, written=4_000)


def found(
    request: Request, *, read: int = 0, began: float = 120.0, price: Price | None = PRICE
) -> Miss | None:
    return miss(BEFORE, answered(request, read=read, written=5_000 - read, began=began), len, price)


@pytest.mark.parametrize(
    ("request_", "kind", "name"),
    [
        (replace(LONGER, tools=(replace(TOOL, description="Sees."),)), "tools", "look"),
        (replace(LONGER, system="You were Copilot.\n" + FILE), "system", "system prompt"),
        (replace(LONGER, system=PROMPT + FILE.replace("1", "2")), "files", "a.py"),
        (replace(LONGER, messages=(said(1, "What?"), *LONGER.messages[1:])), "branch", "user"),
    ],
)
def test_what_changed_first_is_named(request_: Request, kind: str, name: str) -> None:
    assert found(request_) == Miss(
        cause="changed", kind=kind, name=name, tokens=5_000, usd=pytest.approx(5_000 * 3.45 / 1e6),  # type: ignore[arg-type]
        idle_seconds=10.0,
    )  # fmt: skip


def test_what_changed_is_named_of_a_request_that_rested() -> None:
    asked = answered(LONGER, written=5_000)
    rested = asked.rested()
    assert (len(rested.request.messages), rested.whole) == (1, asked.whole)
    changed = replace(LONGER, messages=(*LONGER.messages[:1], said(2, "Thus."), *LONGER.messages[2:]))
    told = miss(rested, answered(changed, began=120.0), len, PRICE)
    assert told is not None
    assert (told.cause, told.kind, told.name) == ("changed", "branch", "assistant")
    assert miss(asked, answered(changed, began=120.0), len, PRICE) == told


@pytest.mark.parametrize("gone", [False, True])
def test_what_lies_in_a_cache_is_compared_as_if_it_were_sent(gone: bool) -> None:
    """Gemini's: the one request names it, the next names another or holds all of it."""
    model = replace(MODEL, provider="gemini")

    def sent(request: Request, cache: str) -> bytes:
        said = [{"parts": [{"text": message.text}], "role": "user"} for message in request.messages]
        tool = {"description": "Looks.", "name": "look", "parameters_json_schema": {"type": "object"}}
        inline = {
            "systemInstruction": {"parts": [{"text": request.system}], "role": "user"},
            "tools": [{"functionDeclarations": [tool]}],
        }
        named = {"cachedContent": cache} if cache else inline
        return json.dumps({"contents": said, **named}).encode()

    asked = replace(REQUEST, model=model)
    before = replace(answered(asked, written=5_000), body=sent(asked, "cachedContents/1")).rested()
    changed = replace(asked, system=PROMPT + FILE.replace("1", "2"))
    cache = "" if gone else "cachedContents/2"
    told = miss(before, replace(answered(changed, began=120.0), body=sent(changed, cache)), len, PRICE)
    same = miss(before, replace(answered(asked, began=120.0), body=sent(asked, cache)), len, PRICE)
    assert told is not None
    assert same is not None
    assert (told.cause, told.kind, told.name) == ("changed", "files", "a.py")
    assert same.cause == "unknown"


def test_nothing_is_said_where_the_cache_served_or_nearly() -> None:
    assert found(LONGER, read=5_000) is None
    assert found(LONGER, read=5_000 - LEAST_MISSED + 1) is None
    assert found(LONGER, read=5_000 - LEAST_MISSED) is not None


def test_another_model_was_promised_nothing() -> None:
    assert found(replace(LONGER, model=replace(MODEL, model="other"))) is None


@pytest.mark.parametrize(("began", "cause"), [(410.0, "unknown"), (411.0, "expired")])
def test_a_prefix_that_nobody_read_for_five_minutes_has_expired(began: float, cause: str) -> None:
    told = found(LONGER, began=began)
    assert told is not None
    assert (told.cause, told.kind, told.idle_seconds) == (cause, "", began - 110.0)


def test_without_a_price_the_cost_is_unknown() -> None:
    told = found(LONGER, price=None)
    assert told is not None
    assert told.usd is None


def test_what_rests_is_told_as_it_was_sent(tmp_path: Path) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "Why? " * 2_000}]}).encode()
    asked = replace(REQUEST, messages=(said(1, "Why? " * 2_000),))
    known = LastSent(tmp_path, ())
    known.remember("shop", "main", replace(answered(asked), body=body))
    before = known.last("shop", "main")
    known.rest("shop", "main")
    known.rest("shop", "main")
    known.rest("shop", "another")
    assert before is not None
    assert known.last("shop", "main") == before
    kept = known.remember("shop", "main", answered(asked))
    assert kept is not None
    assert (kept.whole, len(kept.body) < len(body) / 20) == (body, True)


@pytest.mark.parametrize(
    ("model", "idle", "left", "told"),
    [
        (MODEL, 60.0, 4_000, "changed"),
        (MODEL, 3_601.0, 4_000, ""),
        (MODEL, 60.0, 0, ""),
        (replace(MODEL, base_url="http://127.0.0.1:1"), 60.0, 4_000, ""),
    ],
)
def test_what_a_program_before_this_one_sent_is_compared_with(
    tmp_path: Path, model: ModelChoice, idle: float, left: int, told: str
) -> None:
    """For an hour, and where the same model answers."""
    first = LastSent(tmp_path, ())
    first.remember("shop", "main", answered(REQUEST, written=left))
    first.write()
    changed = replace(LONGER, system=PROMPT + FILE.replace("1", "2"), model=model)
    now = answered(changed, began=110.0 + idle)
    before = LastSent(tmp_path, ()).remember("shop", "main", now)
    found = None if before is None else miss(before, now, len, PRICE)
    assert ("" if found is None else found.cause) == told
    if found is not None:
        assert (found.kind, found.name, found.tokens, found.idle_seconds) == ("files", "a.py", left, idle)


def test_a_record_that_cannot_be_read_promises_nothing(tmp_path: Path) -> None:
    first = LastSent(tmp_path, ())
    first.remember("shop", "main", answered(REQUEST, written=4_000))
    first.write()
    now = answered(LONGER, began=120.0)
    (record,) = tmp_path.glob("*.last.json")
    whole = record.read_text()
    for text in ("", "[]", "{}", whole.replace("4000", '"many"'), whole.replace('"promise"', '"other"')):
        record.write_text(text)
        assert LastSent(tmp_path, ()).remember("shop", "main", now) is None
    record.write_text(whole)
    (tmp_path / f"{record.name.split('.')[1]}.txt").unlink()
    before = LastSent(tmp_path, ()).remember("shop", "main", now)
    assert before is not None
    told = miss(before, now, len, PRICE)
    assert told is not None
    assert told.cause == "unknown"
