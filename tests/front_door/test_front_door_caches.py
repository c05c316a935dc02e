"""Caches through the front door: what is read from them grows, and nothing of ours stays at the service."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from conftest import Sitting
from copilot.record.ledger import Ledger
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.commands import ChooseFiles, PreviewRequest
from copilot.vocabulary.events import (
    CommandFailed,
    FilesRefreshed,
    Notice,
    RequestPreviewed,
    TurnFinished,
    UsageReported,
    UsageTotalled,
)
from copilot.vocabulary.values import FileChoice, Section

ROUNDS = 8
LOOK = f"""
[[rule]]
when = {{ asked = "look", round = {list(range(1, ROUNDS))} }}
answer = [
    {{ thinking = "One more." }},
    {{ text = "I look." }},
    {{ call = "read_file", arguments = {{ path = "calculator/core.py" }} }},
]
[[rule]]
when = {{ asked = "edit", round = [1, 2, 3, 4, 5, 6] }}
answer = [
    {{ thinking = "Longer." }},
    {{ call = "read_file", arguments = {{ path = "notes.md" }} }},
    {{ call = "run_shell", arguments = {{ script = "echo more >> notes.md" }} }},
]
[[rule]]
answer = [{{ text = "Seen." }}]
"""
MODELS = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}
OWN_PRICE = '[prices."gemini/gemini-3.8-flash"]\ninput = 3.0\noutput = 15.0\ncached = 0.3\n'
PREFIX = "A line of the notes, which are long enough for every service's cache.\n" * 500


@pytest.fixture
def big(sit: Any) -> Any:
    """Opens a sitting with one long file in its context; `scenario` is put before the rules."""

    def opener(provider: str, scenario: str = "", **more: Any) -> Sitting:
        sitting = sit(provider, parse_scenario(scenario + LOOK), model=MODELS[provider], **more)
        (sitting.base_dir / "notes.md").write_text(PREFIX)
        choice = FileChoice(pattern="notes.md", view="full")
        sitting.do(ChooseFiles(request_id="choose", files=(choice,)))
        return sitting

    return opener


def usages(sitting: Sitting) -> list[UsageReported]:
    return [event for event in sitting.events if isinstance(event, UsageReported)]


def notices(sitting: Sitting) -> list[str]:
    return [event.text for event in sitting.events if isinstance(event, Notice) and "Gemini" in event.text]


def preview(sitting: Sitting, message: str) -> RequestPreviewed:
    sitting.desk.worker.submit(
        PreviewRequest(
            request_id=message,
            project=sitting.project,
            branch="main",
            user_message=message,
            model=sitting.desk.model,
        )
    )
    event = sitting.until(RequestPreviewed, CommandFailed)
    assert isinstance(event, RequestPreviewed)
    return event


def fixed_sections(event: RequestPreviewed) -> list[Section]:
    """The sections that a cache holds; what tokens weigh is learnt, and left out."""
    found = [s for s in event.sections if s.kind in ("tools", "files") or s.name == "system prompt"]
    return [replace(section, tokens=0) for section in found]


def left(server: RehearsalServer) -> set[str]:
    """The caches that were made and not deleted, by the requests."""
    made = [r for r in server.requests if r.method == "POST" and r.path.endswith("/cachedContents")]
    gone = {r.path.rpartition("/")[2] for r in server.requests if r.method == "DELETE"}
    return {f"rehearsed{number}" for number in range(1, len(made) + 1)} - gone


@pytest.mark.parametrize("provider", ["anthropic", "openai", "compatible"])
def test_each_round_reads_all_that_the_round_before_sent(provider: str, big: Any) -> None:
    sitting = big(provider)
    for message in ("look", "look again"):
        assert isinstance(sitting.turn(message), TurnFinished)
    used = [event.usage for event in usages(sitting)]
    assert len(used) == 2 * ROUNDS
    for before, after in pairwise(used):
        # The service counts blocks whole: a few tokens may lie behind the last mark.
        assert after.cache_read_tokens >= before.input_tokens * 0.99
    assert used[-1].cache_read_tokens > used[0].input_tokens
    assert sitting.server.failures == []


def test_openai_is_told_one_key_for_one_prefix(big: Any) -> None:
    sitting = big("openai")
    sitting.turn("look")
    sitting.turn("look again")
    bodies: list[Any] = [r.body for r in sitting.server.requests if r.path == "/v1/responses"]
    assert len(bodies) == 2 * ROUNDS
    assert len({body["prompt_cache_key"] for body in bodies}) == 1
    assert len({json.dumps([body["tools"], body["instructions"]]) for body in bodies}) == 1
    (sitting.base_dir / "notes.md").write_text(PREFIX + "changed\n")
    sitting.turn("bye")
    last: Any = sitting.server.requests[-1].body
    assert last["prompt_cache_key"] not in (bodies[0]["prompt_cache_key"], "")


def test_every_round_but_the_first_reads_geminis_cache(big: Any) -> None:
    sitting = big("gemini")
    for message in ("look", "look again"):
        assert isinstance(sitting.turn(message), TurnFinished)
    used = [event.usage for event in usages(sitting)]
    held = used[1].cache_read_tokens
    assert held > 0.9 * used[0].input_tokens
    assert [usage.cache_read_tokens for usage in used] == [0, *[held] * (2 * ROUNDS - 1)]
    assert left(sitting.server) == {"rehearsed1"}
    assert notices(sitting) == []


@pytest.mark.parametrize("provider", list(MODELS))
def test_files_that_change_in_a_turn_break_no_more_than_their_block(provider: str, big: Any) -> None:
    """Each round brings new contents; prompt, tools and context are read from the cache all the same."""
    sitting = big(provider)
    assert isinstance(sitting.turn("edit"), TurnFinished)
    used = [event.usage for event in usages(sitting)]
    assert sum(isinstance(event, FilesRefreshed) for event in sitting.events) == 6
    fixed = used[0].input_tokens * 0.9
    assert [usage.cache_read_tokens > fixed for usage in used] == [False, *[True] * 6]
    assert sitting.server.failures == []


def test_a_changed_context_replaces_geminis_cache_and_the_end_deletes_it(big: Any, home_dir: Path) -> None:
    sitting = big("gemini")
    sitting.turn("look")
    assert left(sitting.server) == {"rehearsed1"}
    (sitting.base_dir / "notes.md").write_text(PREFIX + "changed\n")
    sitting.turn("look")
    assert left(sitting.server) == {"rehearsed2"}
    sitting.close()
    assert left(sitting.server) == set()
    assert json.loads((home_dir / "state" / "gemini_caches.json").read_text()) == {"sessions": {}}


def test_the_preview_shows_what_lies_in_the_cache(big: Any) -> None:
    sitting = big("gemini")
    inline = preview(sitting, "look")
    sitting.turn("look")
    cached = preview(sitting, "and now?")
    body = json.loads(Path(cached.body_path).read_bytes())
    assert body["cachedContent"] == "cachedContents/rehearsed1"
    assert not {"systemInstruction", "tools"} & set(body)
    fixed = fixed_sections(inline)
    assert {section.kind for section in fixed} == {"system", "tools", "files"}
    assert fixed_sections(cached) == fixed
    before, after = (Path(event.text_path).read_text() for event in (inline, cached))
    end = fixed[-1].end
    assert before[:end] == after[:end]
    assert PREFIX in after
    assert "cachedContent: cachedContents/rehearsed1" in after
    assert cached.changed is None
    count = len(usages(sitting))
    sitting.turn("and now?")
    assert usages(sitting)[count].sha256 == cached.sha256
    (sitting.base_dir / "notes.md").write_text(PREFIX + "changed\n")
    again = preview(sitting, "again")
    assert again.changed is not None
    assert again.sections[again.changed.section].name == "notes.md"


def test_what_a_cache_costs_is_in_the_sums(big: Any, home_dir: Path) -> None:
    """A service on this machine is free unless config.toml says otherwise."""
    home_dir.mkdir(exist_ok=True)
    (home_dir / "config.toml").write_text(OWN_PRICE)
    sitting = big("gemini")
    sitting.turn("look")
    held = usages(sitting)[1].usage.cache_read_tokens
    total = next(event for event in reversed(sitting.events) if isinstance(event, UsageTotalled))
    project = next(one for one in total.totals if one.scope == "project")
    requests = sum(event.usd or 0.0 for event in usages(sitting))
    assert project.usd == pytest.approx(requests + held * 3.0 / 1_000_000, rel=0.01)
    assert held * 3.0 / 1_000_000 > 0.02
    assert project.requests == ROUNDS


def test_a_cache_that_cannot_be_made_is_told_once(big: Any) -> None:
    sitting = big("gemini", '[caches]\nfail = "create"\nstatus = 503\n')
    for message in ("look", "look again"):
        assert isinstance(sitting.turn(message), TurnFinished)
    assert len(notices(sitting)) == 1
    assert "could not be cached at Gemini (503" in notices(sitting)[0]
    assert [event.usage.cache_read_tokens for event in usages(sitting)] == [0] * 2 * ROUNDS


def test_a_cache_that_no_request_followed_is_in_the_sums_as_well(big: Any, home_dir: Path) -> None:
    home_dir.mkdir(exist_ok=True)
    (home_dir / "config.toml").write_text(OWN_PRICE)
    sitting = big("gemini")
    sitting.turn("look")
    sitting.turn("look again")
    requests = sum(event.usd or 0.0 for event in usages(sitting))
    sitting.close()
    day = Ledger(home_dir / "state" / "ledger.jsonl").entries()
    kept = [one.usd for one in day if not one.requests]
    assert sum(kept) > 0.02
    assert sum(one.usd for one in day) == pytest.approx(requests + sum(kept))
