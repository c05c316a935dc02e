"""The fault matrix, where something comes again: events of a server, a request whose cache has gone."""

from typing import Any

import pytest

from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import ChooseFiles
from copilot.vocabulary.events import TextDelta, ToolStarted, TurnFinished, TurnStarted
from copilot.vocabulary.values import FileChoice

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
PLACES = ("first round", "after a tool")
ALL = ApprovalPolicy(mode="all")
TOOL = """
[[rule]]
when = { asked = "with a tool", round = 1 }
answer = [{ call = "write_file", arguments = { path = "ran.txt", content = "once" } }]
"""
REST = """
[[rule]]
answer = [{ text = "Here I am." }]
"""


def asked(place: str) -> str:
    return "begin with a tool" if place == "after a tool" else "begin"


def of(sitting: Any, *kinds: type) -> list:
    return [event for event in sitting.events if isinstance(event, kinds)]


def check(sitting: Any, place: str) -> None:
    """The person's message, the first tool's one run, and that the discussion goes on."""
    path = sitting.project.discussion.path("main")
    assert asked(place) in [message.text for message in path if message.role == "user"]
    written = [event for event in of(sitting, ToolStarted) if event.name == "write_file"]
    assert len(written) == (place == "after a tool")
    again = sitting.turn("and now?", policy=ALL)
    assert isinstance(again, TurnFinished), again
    assert again.text == "Here I am."
    assert len(of(sitting, TurnStarted)) == len(of(sitting, TurnFinished))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_whose_events_come_twice_runs_once_at_the_most(provider: str, place: str, sit: Any) -> None:
    """Two services number events or calls. Of the others' the arguments come doubled: no JSON, no run."""
    twice = """
    [[rule]]
    when = { times = 1 }
    answer = [
        { fault = "twice" },
        { text = "I do. " },
        { call = "run_shell", arguments = { script = "echo once >> again.txt" } },
    ]
    """
    sitting = sit(provider, parse_scenario(TOOL + twice + REST))
    assert isinstance(sitting.turn(asked(place), policy=ALL), TurnFinished)
    lines = sitting.base_dir / "again.txt"
    numbered = provider in ("gemini", "openai")
    assert (lines.read_text() if lines.exists() else "") == ("once\n" if numbered else "")
    if provider == "openai":
        assert "".join(event.text for event in of(sitting, TextDelta)) == "I do. Here I am."
    check(sitting, place)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("number", [403, 404])
def test_a_request_whose_cache_has_gone_goes_again_once_without_it(number: int, place: str, sit: Any) -> None:
    caches = "[caches]\nminimum = 100\n"
    gone = f"""
    [[rule]]
    when = {{ asked = "begin", times = 1 }}
    answer = [{{ fault = "status", status = {number}, message = "CachedContent not found." }}]
    """
    sitting = sit("gemini", parse_scenario(caches + TOOL + gone + REST), model="gemini-3.8-flash")
    (sitting.base_dir / "notes.md").write_text("A line of notes that is worth a cache.\n" * 1000)
    sitting.do(ChooseFiles(request_id="choose", files=(FileChoice(pattern="notes.md", view="full"),)))
    for _ in range(2):
        assert isinstance(sitting.turn("hello", policy=ALL), TurnFinished)
    before = len(sitting.server.requests)
    end = sitting.turn(asked(place), policy=ALL)
    assert isinstance(end, TurnFinished), end
    assert end.text == "Here I am."
    sent = [r.body for r in sitting.server.requests[before:] if "streamGenerateContent" in r.path]
    rounds_before = 1 if place == "after a tool" else 0
    assert ["cachedContent" in body for body in sent] == [*[True] * rounds_before, True, False]
    assert [failure.status for failure in sitting.server.failures] == [number]
    check(sitting, place)
