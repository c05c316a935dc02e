"""Thinking that Anthropic binds to what came before it, with signatures that the rehearsal really checks."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from talk import LIST, READ_FILE, made, never, reply, request_to, result, results, user

from copilot.ai.history import STALE_REFRESH
from copilot.providers.base import Done, Provider, Request
from copilot.providers.bridge import Bridge
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.messages import FileRefresh, Message

THINKS = """
[[rule]]
when = { asked = "look", round = [1, 2] }
answer = [
    { thinking = "Which file?" },
    { thinking = "hidden", redacted = true },
    { text = "I look." },
    { call = "read_file", arguments = { path = "a.py" } },
]
[[rule]]
answer = [{ thinking = "Now I know." }, { text = "Seen." }]
"""
EACH = 5
"""Thinking blocks of one exchange: two of each of two calls, and one before the answer."""


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    with RehearsalServer(parse_scenario(THINKS)) as server:
        yield server


@pytest.fixture
def provider(server: RehearsalServer, bridge: Bridge) -> Provider:
    return made("anthropic", server.url, bridge)


def send(provider: Provider, request: Request) -> Done:
    done = list(provider.stream(request, never))[-1]
    assert isinstance(done, Done)
    return done


def played(provider: Provider, exchanges: int) -> list[Message]:
    """Exchanges of two tool rounds each, as they were answered; files change in each round."""
    history: list[Message] = []
    for number in range(exchanges):
        history.append(user(f"look {number}"))
        while (done := send(provider, request_to("anthropic", *history))).stop == "tools":
            call = done.parts[-1]
            fresh = FileRefresh(text=f"[FILES UPDATED]\n\n{len(history)}")
            told = results(result(call.call_id, "A" * 50), fresh)  # type: ignore[union-attr]
            history = [*history, reply("anthropic", *done.parts), told]
        history.append(reply("anthropic", *done.parts))
    return [*history, user("and now?")]


def thoughts(done: Done) -> int:
    """How many thinking blocks went back to the service."""
    blocks: list[Any] = [b for m in json.loads(done.sent)["messages"] for b in m["content"]]
    return sum("thinking" in block["type"] for block in blocks)


def stripped(history: list[Message]) -> list[Message]:
    return [
        replace(
            m,
            parts=tuple(
                FileRefresh(text=STALE_REFRESH) if isinstance(p, FileRefresh) else p for p in m.parts
            ),
        )
        for m in history
    ]


def test_all_of_it_goes_back_while_nothing_is_rewritten(provider: Provider, server: RehearsalServer) -> None:
    history = played(provider, 3)
    assert thoughts(send(provider, request_to("anthropic", *history))) == 3 * EACH
    assert server.failures == []


@pytest.mark.parametrize("dropped", [1, 2])
def test_pruned_exchanges_take_the_thinking_after_them(
    provider: Provider, server: RehearsalServer, dropped: int
) -> None:
    history = played(provider, 3)
    starts = [i for i, m in enumerate(history) if m.role == "user"]
    done = send(provider, request_to("anthropic", *history[starts[dropped] :]))
    assert thoughts(done) == 0
    assert server.failures == []


REWRITTEN: dict[str, tuple[Callable[[list[Message]], list[Message]], int]] = {
    "stripped": (stripped, 2),  # the first answer of all came before any file contents
    "the first question": (lambda h: [user("look, other"), *h[1:]], 0),
    "the last question": (lambda h: [*h[:-1], user("something else")], 2 * EACH),
    "an output of the second exchange": (
        lambda h: [*h[:8], replace(h[8], parts=(replace(h[8].parts[0], output="cut"),)), *h[9:]],  # type: ignore[call-arg]
        EACH + 2,
    ),
}


@pytest.mark.parametrize("case", REWRITTEN)
def test_what_comes_before_the_first_rewritten_message_keeps_its_thinking(
    provider: Provider, server: RehearsalServer, case: str
) -> None:
    rewrite, kept = REWRITTEN[case]
    history = played(provider, 2)
    assert thoughts(send(provider, request_to("anthropic", *rewrite(history)))) == kept
    assert server.failures == []


def test_other_tools_system_or_model_take_all_of_it(provider: Provider, server: RehearsalServer) -> None:
    request = request_to("anthropic", *played(provider, 2))
    for changed in (
        replace(request, system="Other files."),
        replace(request, tools=(READ_FILE, replace(LIST, description="Other."))),
        replace(request, model=replace(request.model, model="claude-opus-5-5")),
    ):
        assert thoughts(send(provider, changed)) == 0
    assert thoughts(send(provider, request)) == 2 * EACH
    assert server.failures == []
