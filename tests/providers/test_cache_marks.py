"""Where Anthropic's two marks in the messages go, and that a long turn keeps hitting the cache by them."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Any

import pytest
from talk import call, made, never, reply, request_to, result, results, thought, user

from copilot.providers.base import Done
from copilot.providers.bridge import Bridge
from copilot.providers.cache_marks import kind_of, mark, places
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.messages import FileRefresh, Message, Text

STALE = FileRefresh(text="[FILES UPDATED: replaced by newer contents]")
LETTERS = {"q": "asked", "a": "answer", "r": "result", "f": "refresh"}


@pytest.mark.parametrize(
    ("said", "marked"),
    [
        ("", ()),
        ("q", (0,)),
        ("q aa r", (0, 3)),
        ("q aa r aa r", (0, 6)),
        ("q aa r a q", (0, 5)),  # a new turn: the question before keeps what cannot be rewritten
        ("q a q aa r", (2, 5)),
        ("q aa r f", (3, 4)),  # new file contents: what comes before them must outlive them
        ("q aa r f aa r", (3, 7)),
        ("q aa rf aa rf", (7, 8)),
        ("q aa rf" + "aar" * 8 + "aa rf", (3, 31)),  # what was replaced is far behind the new contents
        ("q aa r" + "a" * 20 + "r" * 20, (3, 43)),  # more calls at once than a mark looks back over
        ("q aa rf" + "a" * 20 + "r" * 20, (4, 44)),
        ("q aa rf a q aa r", (6, 9)),  # contents of an earlier turn are replaced already
    ],
)
def test_the_marked_blocks(said: str, marked: tuple[int, ...]) -> None:
    assert places([LETTERS[letter] for letter in said if letter != " "]) == marked  # type: ignore[misc]


def test_thinking_is_never_marked() -> None:
    refresh = {"type": "text", "text": "[FILES UPDATED]"}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "", "signature": "s"}]},
        {"role": "user", "content": [refresh]},
    ]
    kinds = [kind_of(m["role"], m["content"][0]) for m in messages]  # type: ignore[arg-type]
    marked = mark(messages, [(0, 0), (1, 0), (2, 0)], kinds, {"type": "ephemeral"})  # type: ignore[arg-type]
    assert marked == {2: {"role": "user", "content": [{**refresh, "cache_control": {"type": "ephemeral"}}]}}
    assert "cache_control" not in refresh


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    with RehearsalServer(parse_scenario('[[rule]]\nanswer = [{ text = "Well." }]')) as server:
        yield server


def turn(rounds: int, chance: random.Random, refreshed: float, most_calls: int) -> Iterator[list[Message]]:
    """The history of a turn at each of its requests, with file contents that change now and then."""
    history = [user("q" * 9000)]
    yield history
    for number in range(rounds):
        names = [f"c{number}_{i}" for i in range(chance.randint(1, most_calls))]
        calls = [call(name, f"{name}.py") for name in names]
        answers = [result(name, f"{name} " * chance.randint(10, 60)) for name in names]
        updated = [FileRefresh(text=f"[FILES UPDATED]\n\n{number} " * 300)] * (chance.random() < refreshed)
        said = reply("anthropic", thought("hm"), Text(text="I look."), *calls)
        history = [*history, said, results(*answers, *updated)]
        yield history


def stripped(history: list[Message]) -> list[Message]:
    """The history as it is sent: only the newest file contents stand in it."""
    newest = max((i for i, m in enumerate(history) if _contents(m)), default=-1)
    return [_without(message) if i != newest else message for i, message in enumerate(history)]


def _contents(message: Message) -> bool:
    return any(isinstance(part, FileRefresh) for part in message.parts)


def _without(message: Message) -> Message:
    parts = (STALE if isinstance(part, FileRefresh) else part for part in message.parts)
    return replace(message, parts=tuple(parts))


@pytest.mark.parametrize(
    ("refreshed", "most_calls", "rounds"),
    [(0.0, 2, 60), (0.05, 2, 200), (0.5, 3, 60), (1.0, 1, 60), (0.1, 40, 30)],
)
def test_every_request_reads_all_that_was_not_rewritten(
    server: RehearsalServer, bridge: Bridge, refreshed: float, most_calls: int, rounds: int
) -> None:
    """Whatever the request before wrote or read is read again, up to the first rewritten block."""
    provider = made("anthropic", server.url, bridge)
    chance = random.Random(7)
    sent: list[list[str]] = []
    for history in turn(rounds, chance, refreshed, most_calls):
        done = list(provider.stream(request_to("anthropic", *stripped(history)), never))[-1]
        assert isinstance(done, Done)
        body = json.loads(done.sent)
        blocks = [_bare(block) for message in body["messages"] for block in message["content"]]
        same = sum(1 for _ in takewhile(_equal, zip(sent[-1], blocks, strict=False))) if sent else 0
        # What was sent before, less one block at its end: contents just replaced, or not yet marked.
        kept = sum(len(block) for block in blocks[: max(same - 1, 0)]) / 4
        assert done.usage.cache_read_tokens >= kept, f"request {len(sent)}"
        sent.append(blocks)
    assert server.failures == []


def _equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _bare(block: dict[str, Any]) -> str:
    kept = {key: value for key, value in block.items() if key != "cache_control"}
    return json.dumps(kept, separators=(",", ":"))
