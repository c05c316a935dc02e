"""The fault matrix: every fault of the wire, at each service, in the first round and after a tool.

Each row says what must come of a fault. Whatever it was: the person's message is kept, the tool that ran
before ran once, the turn has one end, the message names the service and a next step, and the same discussion
goes on with the next message, in a form that the service takes.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.errors import ErrorKind
from copilot.vocabulary.events import (
    Notice,
    RetryScheduled,
    ToolFinished,
    ToolStarted,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from copilot.vocabulary.messages import Opaque
from copilot.vocabulary.values import Limits

ENDS = (TurnFinished, TurnCancelled, TurnFailed)
PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
PLACES = ("first round", "after a tool")
QUICK = Limits(attempts=3, longest_wait_seconds=0.1)
SHORT = replace(QUICK, attempts=2, first_byte_seconds=0.4, progress_seconds=0.4, answer_seconds=30.0)
BRIEF = replace(QUICK, attempts=2, answer_seconds=0.4)

SAID = '{ text = "I was about to say " }'


@dataclass(frozen=True, kw_only=True)
class Row:
    """A fault, and what must come of it.

    `parts` is the answer in which it happens, `times` how often it does; then the service answers. `kind` is
    how the turn fails, None where it is answered; `words` stand in the failure's message or, where it is
    answered, in a notice. `sent` counts the requests of the round. `partial`: what was said is kept, marked.
    """

    parts: str
    times: int = 9
    kind: ErrorKind | None = None
    words: str = ""
    hint: str = ""
    sent: int = 1
    partial: bool = False
    limits: Limits = QUICK
    providers: tuple[str, ...] = PROVIDERS


def status(number: int, **more: str) -> str:
    said = "".join(f", {name} = {value}" for name, value in more.items())
    return f'{{ fault = "status", status = {number}{said} }}'


def after_text(fault: str) -> str:
    return f'{SAID}, {{ fault = "{fault}" }}'


def fault(name: str) -> str:
    return f'{{ fault = "{name}" }}'


def redirected(number: int) -> Row:
    return Row(
        parts=status(number, headers='{ location = "http://elsewhere.example/login" }'),
        kind="bad_response",
        words="a redirect to elsewhere.example, which is not followed",
        hint="login",
    )


CALL = '{ call = "write_file", arguments = { path = "pwn", content = "x" } }'

ROWS: dict[str, Row] = {
    "429, a second": Row(parts=status(429, retry_after="0.05"), times=1, sent=2),
    "429, no time": Row(parts=status(429), times=2, sent=3),
    "429 for good": Row(parts=status(429), kind="rate_limited", words="429", sent=3),
    "429, an hour": Row(
        parts=status(429, retry_after="3600"),
        kind="rate_limited",
        words="it asks to wait 60 min, until ",
        hint="Send the message again after that",
    ),
    "spend limit": Row(
        parts=status(429, code='"enforced_spend_limit_reached"'),
        kind="quota",
        words="429",
        hint="billing",
        providers=("anthropic",),
    ),
    "no quota": Row(
        parts=status(429, code='"insufficient_quota"'),
        kind="quota",
        words="429",
        hint="billing",
        providers=("openai", "compatible"),
    ),
    "daily quota": Row(
        parts=status(429, code='"GenerateRequestsPerDayPerProject"'),
        kind="quota",
        words="429",
        hint="billing",
        providers=("gemini",),
    ),
    "529 once": Row(parts=status(529), times=1, sent=2),
    "529 for good": Row(parts=status(529), kind="unavailable", words="529", hint="Try again", sent=3),
    "500 once": Row(parts=status(500), times=1, sent=2),
    "401": Row(parts=status(401), kind="auth", words="401", hint="copilot keys"),
    "401, another clock": Row(
        parts=status(401, headers='{ date = "Sat, 21 Nov 2015 10:00:00 GMT" }'),
        kind="auth",
        words="401",
        hint="ahead of the service's",
    ),
    "403": Row(parts=status(403), kind="auth", words="403", hint="copilot keys"),
    "404": Row(parts=status(404), kind="bad_request", words="404", hint="Check"),
    "413": Row(parts=status(413), kind="too_long", words="413", hint="fewer files"),
    "html": Row(parts=fault("html"), kind="bad_response", words="not a provider response", hint="captive"),
    "redirect": redirected(302),
    "redirect that keeps the method": redirected(307),
    "error inside": Row(
        parts=after_text("error"), kind="unavailable", words="answered", hint="again", partial=True
    ),
    "error before text": Row(parts=fault("error"), times=1, sent=2),
    "ends early": Row(
        parts=after_text("end"), kind="truncated", words="broke off", hint="Continue", partial=True
    ),
    "ends in a frame": Row(parts=after_text("cut"), kind="truncated", hint="Continue", partial=True),
    "no JSON": Row(
        parts=after_text("malformed"), kind="bad_response", words="not a provider response", partial=True
    ),
    "dropped": Row(parts=after_text("drop"), kind="network", words="broke", partial=True),
    "dropped before text": Row(parts=fault("drop"), times=1, sent=2),
    "reset": Row(parts=after_text("reset"), kind="network", words="broke", partial=True),
    "empty stream": Row(parts=fault("empty"), kind="truncated", words="broke off", sent=3),
    "stalls": Row(parts=after_text("stall"), kind="network", words="no progress", partial=True, limits=SHORT),
    "pings only": Row(
        parts=after_text("trickle"), kind="network", words="no progress", partial=True, limits=SHORT
    ),
    "never begins": Row(
        parts=fault("silent"), kind="network", words="no answer began", hint="[limits]", sent=2, limits=SHORT
    ),
    "a bomb": Row(
        parts=fault("bomb"), kind="bad_response", words="more than 64 MiB in one answer", hint="base URL"
    ),
    "one long piece": Row(parts=f'{{ text = "{"x" * 200_000}" }}', times=1),
    "each event twice": Row(
        parts=f'{fault("twice")}, {{ call = "list_directory", arguments = {{ path = "." }} }}',
        times=1,
        sent=2,
    ),
    "never ends": Row(
        parts='{ text = "a b c d e f g h i j k l m n o p q r s t u v w x y z", piece = 1, delay = 0.05 }',
        kind="network",
        words="not done after 0.4 s",
        partial=True,
        limits=BRIEF,
    ),
    "unknown piece": Row(parts=f'{{ unknown = "aura", data = {{ hue = "blue" }} }}, {SAID}', times=1),
    "unknown stop": Row(
        parts=f'{SAID}, {{ finish = "nap_time" }}',
        times=1,
        words="a reason this program does not know",
    ),
    "unknown stop after a call": Row(
        parts=f'{CALL}, {{ finish = "nap_time" }}', times=1, words="a reason this program does not know"
    ),
    "max_tokens": Row(parts=f'{SAID}, {{ finish = "max_tokens" }}', times=1, words="cut off", partial=True),
    "max_tokens in a call": Row(
        parts=f'{SAID}, {CALL}, {{ finish = "max_tokens" }}', times=1, words="cut off", partial=True
    ),
    "a call cut off": Row(
        parts=f'{SAID}, {CALL}, {{ fault = "end" }}', kind="truncated", words="broke off", partial=True
    ),
    "same id twice": Row(
        parts='{ call = "list_directory", arguments = { path = "." }, id = "same" }, '
        '{ call = "list_directory", arguments = { path = "." }, id = "same" }',
        times=1,
        sent=2,
    ),
    "not UTF-8": Row(parts=f'{fault("garbled")}, {{ text = "héllo wörld" }}', times=1),
    "refused": Row(
        parts='{ text = "No. " }, { finish = "refused" }',
        kind="refused",
        words="declined",
        hint="differently",
    ),
    "refused at once": Row(parts='{ finish = "refused" }', kind="refused", hint="differently"),
    "empty answer": Row(parts='{ text = "" }', times=1, words="an empty answer"),
    "malformed call once": Row(
        parts='{ finish = "MALFORMED_FUNCTION_CALL" }', times=1, sent=2, providers=("gemini",)
    ),
    "malformed call twice": Row(
        parts='{ finish = "MALFORMED_FUNCTION_CALL" }',
        kind="bad_response",
        words="cannot be read (MALFORMED_FUNCTION_CALL), twice",
        hint="smaller steps",
        sent=2,
        providers=("gemini",),
    ),
    "unexpected call": Row(
        parts=f'{CALL}, {{ finish = "UNEXPECTED_TOOL_CALL" }}', times=1, sent=2, providers=("gemini",)
    ),
    "malformed response": Row(
        parts='{ finish = "MALFORMED_RESPONSE" }', times=1, sent=2, providers=("gemini",)
    ),
    "too many calls": Row(
        parts=f'{CALL}, {{ finish = "TOO_MANY_TOOL_CALLS" }}',
        times=1,
        words="TOO_MANY_TOOL_CALLS",
        providers=("gemini",),
    ),
    "window full": Row(
        parts=f'{SAID}, {{ finish = "model_context_window_exceeded" }}',
        kind="too_long",
        words="the model's window",
        hint="fewer files",
        partial=True,
        providers=("anthropic",),
    ),
    "failed inside": Row(
        parts=f'{SAID}, {{ fault = "error", type = "response.failed" }}',
        kind="unavailable",
        words="answered",
        hint="again",
        partial=True,
        providers=("openai",),
    ),
    "paused": Row(
        parts='{ text = "On and " }, { finish = "pause_turn" }', times=1, sent=2, providers=("anthropic",)
    ),
}
CASES = [
    pytest.param(name, provider, place, id=f"{name}-{provider}-{place}")
    for name, row in ROWS.items()
    for provider in row.providers
    for place in PLACES
]


def scenario(row: Row, place: str) -> str:
    """The fault as the answer of the wanted round, then an answer for whatever is asked."""
    tool = """
    [[rule]]
    when = { asked = "begin", round = 1 }
    answer = [{ call = "write_file", arguments = { path = "ran.txt", content = "once" } }]
    """
    return f"""
    {tool if place == "after a tool" else ""}
    [[rule]]
    when = {{ asked = "and now?" }}
    answer = [{{ text = "Here I am." }}]
    [[rule]]
    when = {{ times = {row.times} }}
    answer = [{row.parts}]
    [[rule]]
    answer = [{{ text = "Here I am." }}]
    """


def begun(sit: Any, name: str, provider: str, place: str) -> Any:
    row = ROWS[name]
    sitting = sit(provider, parse_scenario(scenario(row, place)))
    store = sitting.desk.store
    store.change(replace(store.project, limits=row.limits))
    return sitting


def posted(sitting: Any) -> list:
    """What was asked of a model; a local server is also asked what it has."""
    return [request for request in sitting.server.requests if request.method == "POST"]


def of(sitting: Any, *kinds: type) -> list:
    return [event for event in sitting.events if isinstance(event, kinds)]


@pytest.mark.parametrize(("name", "provider", "place"), CASES)
def test_what_comes_of_a_fault(name: str, provider: str, place: str, sit: Any) -> None:
    row = ROWS[name]
    sitting = begun(sit, name, provider, place)
    end = sitting.turn("begin", policy=ApprovalPolicy(mode="all"))
    rounds_before = 1 if place == "after a tool" else 0
    assert len(posted(sitting)) == rounds_before + row.sent
    check_end(row, provider, end, sitting)
    check_kept(row, place, sitting)
    assert not (sitting.base_dir / "pwn").exists()
    check_it_goes_on(row, sitting)


def check_end(row: Row, provider: str, end: object, sitting: Any) -> None:
    if row.kind is None:
        assert isinstance(end, TurnFinished), end
        assert row.words in " ".join(notice.text for notice in of(sitting, Notice))
        return
    assert isinstance(end, TurnFailed), end
    assert end.kind == row.kind, end
    assert row.words in end.message
    assert row.hint in end.hint
    assert end.hint
    if row.kind not in ("refused", "bad_response"):
        assert provider in end.message


def check_kept(row: Row, place: str, sitting: Any) -> None:
    """The person's message, the tool's one run, and what was said, marked where it is not whole."""
    path = sitting.project.discussion.path("main")
    assert (path[0].role, path[0].text) == ("user", "begin")
    assert [message.partial for message in path if message.role == "assistant"].count(True) == row.partial
    written = [event for event in of(sitting, ToolStarted) if event.name == "write_file"]
    if place == "after a tool":
        assert len(written) == 1
        assert (sitting.base_dir / "ran.txt").read_text() == "once"
    else:
        assert written == []


def check_it_goes_on(row: Row, sitting: Any) -> None:
    """One end for the turn, and the next one is answered: the history is one that the service takes."""
    before = len(sitting.server.failures)
    again = sitting.turn("and now?", policy=ApprovalPolicy(mode="all"))
    assert isinstance(again, TurnFinished), again
    assert again.text == "Here I am."
    assert [f for f in sitting.server.failures[before:] if f.status] == []
    assert len(of(sitting, *ENDS)) == len(of(sitting, TurnStarted)) == 2


def test_a_retry_is_announced_before_it_waits(sit: Any) -> None:
    sitting = begun(sit, "429, no time", "openai", "after a tool")
    sitting.turn("begin", policy=ApprovalPolicy(mode="all"))
    waits = of(sitting, RetryScheduled)
    assert [(e.attempt, e.kind) for e in waits] == [(2, "retry"), (3, "retry")]
    assert all(0 < e.wait_seconds <= 0.1 and "429" in e.reason for e in waits)
    assert len(of(sitting, ToolFinished)) == 1


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_an_unknown_piece_is_kept_and_goes_back(provider: str, sit: Any) -> None:
    sitting = begun(sit, "unknown piece", provider, "after a tool")
    sitting.turn("begin", policy=ApprovalPolicy(mode="all"))
    kept = [part for m in sitting.project.discussion.path("main") for part in m.parts]
    assert [part.kind for part in kept if isinstance(part, Opaque)] == ["aura"]
    sitting.turn("and now?")
    assert "'type': 'aura'" in str(sitting.server.requests[-1].body)
    assert sitting.server.failures == []


def test_a_paused_answer_goes_back_unchanged_and_is_one_answer(sit: Any) -> None:
    sitting = begun(sit, "paused", "anthropic", "first round")
    end = sitting.turn("begin")
    assert isinstance(end, TurnFinished)
    assert (end.text, end.rounds) == ("On and Here I am.", 2)
    last = sitting.server.requests[1].body["messages"][-1]
    assert last["role"] == "assistant"
    assert [block["text"] for block in last["content"]] == ["On and "]


def test_an_unreadable_call_is_hinted_at_once_and_the_hint_is_not_kept(sit: Any) -> None:
    sitting = begun(sit, "malformed call once", "gemini", "after a tool")
    sitting.turn("begin", policy=ApprovalPolicy(mode="all"))
    assert "could not be read" in str(sitting.server.requests[-1].body)
    assert [(e.attempt, e.wait_seconds) for e in of(sitting, RetryScheduled)] == [(2, 0.0)]
    sitting.turn("and now?")
    assert "could not be read" not in str(sitting.server.requests[-1].body)
