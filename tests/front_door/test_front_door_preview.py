"""The X-ray: what is previewed is what is sent, to the byte, and what breaks the cache is named."""

import itertools
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conftest import KEYS, Sitting
from copilot.assembly.keys import Keys
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.commands import ChooseFiles, PreviewRequest
from copilot.vocabulary.events import CommandFailed, RequestPreviewed, TurnFinished, UsageReported
from copilot.vocabulary.values import FileChoice, ModelChoice

MODELS = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}
PROVIDERS = tuple(MODELS)
TALK = parse_scenario('[[rule]]\nanswer = [{ text = "Well: \\"ä\\"\\n\\tyes 😀." }]')
LOOK = parse_scenario("""
[[rule]]
when = { asked = "look", round = 1 }
answer = [{ text = "I look." }, { call = "read_file", arguments = { path = "calculator/core.py" } }]
[[rule]]
answer = [{ text = "Seen." }]
""")
_numbers = itertools.count(1)


def preview(sitting: Sitting, message: str, model: ModelChoice | None = None) -> RequestPreviewed:
    """The preview of a message on the main branch."""
    sitting.desk.worker.submit(
        PreviewRequest(
            request_id=f"p{next(_numbers)}",
            project=sitting.project,
            branch="main",
            user_message=message,
            model=model or sitting.desk.model,
        )
    )
    event = sitting.until(RequestPreviewed, CommandFailed)
    assert isinstance(event, RequestPreviewed)
    return event


def choose(sitting: Sitting) -> None:
    """Whole Python files, the rest as summaries, one pinned, and one that cannot be shown."""
    (sitting.base_dir / "picture.bin").write_bytes(b"\0\1\2" * 100)
    files = (
        FileChoice(pattern="**/*", view="summary"),
        FileChoice(pattern="**/*.py", pinned=True),
    )
    sitting.do(ChooseFiles(request_id="choose", files=files))


def text_of(event: RequestPreviewed) -> str:
    return Path(event.text_path).read_bytes().decode()


def strings(value: Any) -> list[str]:
    match value:
        case dict():
            return [text for item in value.values() for text in strings(item)]
        case list():
            return [text for item in value for text in strings(item)]
        case str():
            return [value]
        case _:
            return []


def usages(sitting: Sitting) -> list[UsageReported]:
    return [event for event in sitting.events if isinstance(event, UsageReported)]


def wire_hashes(home_dir: Path) -> list[str]:
    """The hashes of all requests for an answer in the session's log, in order."""
    log = next((home_dir / "logs").glob("comms_*.log"))
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    asked = ("/messages", "/responses", "/completions", ":streamGenerateContent?alt=sse")
    wires = [line["wire"] for line in lines if line["kind"] == "wire"]
    return [wire["sha256"] for wire in wires if wire["sha256"] and wire["url"].endswith(asked)]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_previewed_is_what_is_sent(provider: str, sit, home_dir: Path) -> None:
    sitting = sit(provider, LOOK, model=MODELS[provider])
    hashes: list[str] = []
    for message in ('Please look, "ä" \\ \t😀\n\nnow.', "And again?", "look once more"):
        seen_before = len(sitting.server.requests)
        event = preview(sitting, message)
        assert len(sitting.server.requests) == seen_before
        assert event.trouble == ""
        assert sha256(Path(event.body_path).read_bytes()).hexdigest() == event.sha256
        rounds = len(usages(sitting))
        assert isinstance(sitting.turn(message), TurnFinished)
        assert usages(sitting)[rounds].sha256 == event.sha256
        assert event.changed is None
        hashes += [usage.sha256 for usage in usages(sitting)[rounds:]]
    sitting.close()
    assert wire_hashes(home_dir) == hashes
    assert len(hashes) == 5


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_character_that_is_sent_is_shown(provider: str, sit) -> None:
    sitting = sit(provider, LOOK, model=MODELS[provider])
    choose(sitting)
    sitting.turn("look")
    event = preview(sitting, 'One "quoted" \\ line\nand 😀 another')
    text, body = text_of(event), json.loads(Path(event.body_path).read_bytes())
    for value in strings(body):
        assert value in text
    places = [(section.start, section.end) for section in event.sections]
    assert places == list(zip([0, *[end for _, end in places]], [end for _, end in places], strict=False))
    assert places[-1][1] == len(text)
    kinds = [kind for kind, _ in itertools.groupby(section.kind for section in event.sections)]
    assert kinds == ["system", "tools", "system", "files", "branch", "message", "system"]
    files = [section for section in event.sections if section.kind == "files"]
    assert {section.view for section in files} >= {"summary", "full"}
    assert files[-1].name == "not shown"
    assert "picture.bin" in text[files[-1].start : files[-1].end]
    for section in files:
        path = sitting.base_dir / section.name
        assert section.pinned == (path.suffix == ".py")
        if section.view == "full":
            assert path.read_text(encoding="utf-8").strip() in text[section.start : section.end]
    message = next(section for section in event.sections if section.kind == "message")
    assert 'One "quoted" \\ line\nand 😀 another\n' in text[message.start : message.end]
    assert event.tokens == sum(section.tokens for section in event.sections) > 0


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_changed_file_breaks_the_cache_where_it_stands(provider: str, sit, home_dir: Path) -> None:
    sitting = sit(provider, TALK, model=MODELS[provider])
    choose(sitting)
    sitting.turn("hello")
    name = next(
        s.name for s in preview(sitting, "again").sections if s.view == "full" and s.name.endswith(".py")
    )
    path = sitting.base_dir / name
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("\n", "\nCHANGED = 'äöü \"'\n", 1), encoding="utf-8")
    event = preview(sitting, "again")
    assert event.changed is not None
    section = event.sections[event.changed.section]
    assert (section.kind, section.name) == ("files", name)
    assert section.start <= event.changed.at < section.end
    assert "CHANGED" not in event.changed.before
    assert 0 < event.changed.tokens < event.tokens
    assert "+CHANGED = 'äöü \"'" in event.diff
    body, text = Path(event.body_path).read_bytes(), text_of(event)
    following = json.dumps(text[event.changed.at : event.changed.at + 8], ensure_ascii=False)[1:-1].encode()
    assert body[event.changed.body_at :].startswith(following)
    # Also after a restart.
    sitting.close()
    later = preview(sit(provider, TALK, model=MODELS[provider], server=sitting.server), "again")
    assert later.changed is not None
    assert (
        replace(later.changed, tokens=event.changed.tokens) == event.changed
    )  # what tokens weigh was learnt
    assert later.sha256 == event.sha256
    path.write_text(before, encoding="utf-8")


def test_a_key_of_ours_is_neither_shown_nor_sent(sit) -> None:
    sitting = sit("openai", TALK)
    key = KEYS["OPENAI_API_KEY"]
    (sitting.base_dir / "notes.md").write_text(f"my key: {key}\n\nand more\n", encoding="utf-8")
    choose(sitting)
    event = preview(sitting, f"use {key} please")
    assert isinstance(sitting.turn(f"use {key} please"), TurnFinished)
    assert usages(sitting)[0].sha256 == event.sha256
    told = Path(event.body_path).read_bytes().decode() + text_of(event)
    assert key not in told
    assert told.count("[key removed]") >= 2
    assert preview(sitting, "again").changed is None


def test_another_model_breaks_the_cache_at_once(sit) -> None:
    sitting = sit("anthropic", TALK)
    sitting.turn("hello")
    other = ModelChoice(provider="anthropic", model="claude-other-9", base_url=sitting.desk.model.base_url)
    event = preview(sitting, "again", other)
    assert event.changed is not None
    assert event.changed.section == 0
    assert event.tokens - event.changed.tokens < 150  # the settings


def test_without_a_message_the_sections_are_there(sit) -> None:
    sitting = sit("gemini", TALK)
    empty = preview(sitting, "  \n")
    assert (empty.sha256, empty.body_path) == ("", "")
    assert "no message" in empty.trouble
    assert {"tools", "files"} <= {section.kind for section in empty.sections}
    sitting.turn("hello")
    assert preview(sitting, "").trouble == ""
    assert preview(sitting, "").sections[-2].kind == "branch"


def test_without_a_key_there_is_trouble_and_no_crash(sit) -> None:
    sitting = sit("compatible", TALK)
    event = preview(sitting, "hello", ModelChoice(provider="rehearsal", model="rehearsal"))
    assert event.trouble == ""
    nobody = ModelChoice(provider="openai", model="gpt-6-astra", base_url="http://127.0.0.1:9/v1")
    sitting.desk.shelf._find_key = Keys(by_provider={}).get  # a desk without any key
    event = preview(sitting, "hello", nobody)
    assert "key" in event.trouble
    assert (event.sha256, event.body_path, event.changed) == ("", "", None)
    assert "hello" in text_of(event)
    assert isinstance(sitting.turn("hello"), TurnFinished)
