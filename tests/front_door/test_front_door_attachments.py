"""Attachments through the front door: kept, sent to all four services, told in words where they cannot be."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copilot.projects.project_manager import load
from copilot.record.attachment_marks import marked, restored
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import PreviewRequest, RunTurn
from copilot.vocabulary.events import (
    Event,
    Notice,
    RequestPreviewed,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    UsageReported,
)
from copilot.vocabulary.messages import Attachment, Text
from copilot.workspace.attaching import attachment_of
from picture_files import pdf, png

if TYPE_CHECKING:
    from conftest import Open, Sitting

ANSWER = '[[rule]]\nanswer = [{ text = "I see it." }]\n'
PROTOCOLS = ("anthropic", "gemini", "openai", "compatible")


def attached(sitting: Sitting, name: str, data: bytes) -> Attachment:
    """What a front end does with a file: its bytes wait in the home."""
    found = attachment_of(name, data)
    sitting.desk.kit.attachments.waiting.keep(found.part, found.data)
    return found.part


def ask(sitting: Sitting, words: str, *parts: Attachment, **more: Any) -> Event:
    """A whole turn with attachments; its end."""
    command = RunTurn(
        turn_id=f"turn-{next(sitting.turns)}",
        project=sitting.project,
        branch="main",
        user_message=words,
        model=replace(sitting.desk.model, **more),
        policy=ApprovalPolicy(),
        attachments=parts,
    )
    sitting.desk.worker.submit(command)
    return sitting.until(TurnFinished, TurnFailed)


def pictures_in(body: Any) -> list[bytes]:
    """The bytes of every image and PDF in a request, whatever its form."""
    found: list[bytes] = []
    if isinstance(body, dict):
        for key, value in body.items():
            if key in ("data", "image_url", "file_data", "url") and isinstance(value, str):
                text = value.partition(";base64,")[2] or value
                found.append(b64decode(text.replace("-", "+").replace("_", "/")))
            else:
                found += pictures_in(value)
    elif isinstance(body, list):
        for value in body:
            found += pictures_in(value)
    return found


def posted(sitting: Sitting) -> list[Any]:
    """The bodies of all requests that ask for an answer."""
    return [r.body for r in sitting.server.requests if r.method == "POST"]


@pytest.mark.parametrize("provider", PROTOCOLS)
def test_an_image_is_kept_before_its_message_and_sent_with_every_request(
    sit: Open, home_dir: Path, provider: str
) -> None:
    sitting = sit(provider, parse_scenario(ANSWER))
    part = attached(sitting, "shot.png", png())
    assert isinstance(ask(sitting, "What is it?", part), TurnFinished)
    assert isinstance(ask(sitting, "And now?"), TurnFinished)
    assert [pictures_in(body) for body in posted(sitting)] == [[png()], [png()]]
    message = sitting.project.discussion.messages[0]
    assert message.parts == (part, Text(text="What is it?"))
    kept = home_dir / "projects" / "calculator_attachments" / f"{part.sha256}.png"
    assert kept.read_bytes() == png()
    sitting.close()
    assert load(home_dir / "projects" / "calculator.toml").discussion.messages[0].parts == message.parts
    again = sit(provider, parse_scenario(ANSWER))
    assert isinstance(ask(again, "Still there?"), TurnFinished)
    assert pictures_in(posted(again)[-1]) == [png()]


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "openai"])
def test_a_pdf_is_sent_as_a_document(sit: Open, provider: str) -> None:
    sitting = sit(provider, parse_scenario(ANSWER))
    assert isinstance(ask(sitting, "Read it.", attached(sitting, "paper.pdf", pdf(3))), TurnFinished)
    assert pictures_in(posted(sitting)[0]) == [pdf(3)]


def test_a_pdf_for_a_local_server_fails_before_anything_is_kept(sit: Open, home_dir: Path) -> None:
    sitting = sit("compatible", parse_scenario(ANSWER))
    ended = ask(sitting, "Read it.", attached(sitting, "paper.pdf", pdf()))
    assert isinstance(ended, TurnFailed)
    assert (ended.kind, ended.retryable) == ("attachment", False)
    assert "paper.pdf cannot be sent: compatible servers take no PDFs" in ended.message
    assert ended.hint.startswith("Choose another provider")
    assert posted(sitting) == []
    assert sitting.project.discussion.messages == ()
    assert not (home_dir / "projects" / "calculator_attachments").exists()
    started = [event for event in sitting.events if isinstance(event, TurnStarted)]
    assert len(started) == 1


def test_an_image_with_too_many_pixels_says_what_to_do(sit: Open) -> None:
    sitting = sit("anthropic", parse_scenario(ANSWER))
    part = attached(sitting, "wide.png", png(8_001, 1))
    ended = ask(sitting, "Look.", part)
    assert isinstance(ended, TurnFailed)
    assert "takes at most 8,000 pixels on a side, and it has 8,001 x 1 pixels" in ended.message
    assert "image editor" in ended.hint
    assert posted(sitting) == []


def test_bytes_that_never_came_are_a_failure_and_no_message(sit: Open) -> None:
    sitting = sit("anthropic", parse_scenario(ANSWER))
    ended = ask(sitting, "Look.", attachment_of("gone.png", png()).part)
    assert isinstance(ended, TurnFailed)
    assert "gone.png cannot be sent: its file is gone" in ended.message
    assert sitting.project.discussion.messages == ()


def test_an_image_whose_file_is_gone_is_told_in_words_with_a_notice(sit: Open, home_dir: Path) -> None:
    sitting = sit("anthropic", parse_scenario(ANSWER))
    part = attached(sitting, "shot.png", png())
    ask(sitting, "What is it?", part)
    (home_dir / "projects" / "calculator_attachments" / f"{part.sha256}.png").write_bytes(png(20, 31))
    (home_dir / "state" / "attached" / f"{part.sha256}.png").unlink()
    assert isinstance(ask(sitting, "And now?"), TurnFinished)
    body = posted(sitting)[-1]
    assert pictures_in(body) == []
    told = body["messages"][0]["content"][0]["text"]
    assert told.startswith("[Attached here and not sent: shot.png (image/png, ")
    assert told.endswith(": its file is gone, or no longer what it was]")
    notices = [event.text for event in sitting.events if isinstance(event, Notice)]
    assert any(words.startswith("Not sent: shot.png") for words in notices)


def test_a_discussion_with_a_pdf_goes_on_with_a_service_that_takes_none(sit: Open) -> None:
    sitting = sit("anthropic", parse_scenario(ANSWER))
    ask(sitting, "Read both.", attached(sitting, "paper.pdf", pdf()), attached(sitting, "shot.png", png()))
    url = f"{sitting.server.url}/v1"
    assert isinstance(
        ask(sitting, "Go on.", provider="compatible", model="local", base_url=url), TurnFinished
    )
    body = posted(sitting)[-1]
    assert pictures_in(body) == [png()]
    assert "paper.pdf" in json.dumps(body)
    back = ask(sitting, "And back.", provider="gemini", model="gemini-3.8-flash", base_url=sitting.server.url)
    assert isinstance(back, TurnFinished)
    assert pictures_in(posted(sitting)[-1]) == [pdf(), png()]


@pytest.mark.parametrize("provider", PROTOCOLS)
def test_the_preview_is_what_is_sent_and_the_log_proves_it(sit: Open, home_dir: Path, provider: str) -> None:
    sitting = sit(provider, parse_scenario(ANSWER), model="rehearsed")
    part = attached(sitting, "shot.png", png(640, 480, noise=200_000))
    data = sitting.desk.kit.attachments.read(part)
    assert data is not None
    sitting.desk.worker.submit(
        PreviewRequest(
            request_id="p1",
            project=sitting.project,
            branch="main",
            user_message="What is it?",
            model=sitting.desk.model,
            attachments=(part,),
        )
    )
    shown = sitting.until(RequestPreviewed)
    assert isinstance(shown, RequestPreviewed)
    ask(sitting, "What is it?", part)
    reported = next(event for event in sitting.events if isinstance(event, UsageReported))
    assert (shown.trouble, reported.sha256) == ("", shown.sha256)
    body = Path(shown.body_path).read_bytes()
    assert len(body) < 60_000 < len(data)
    whole = restored(body, {part.sha256: data}.__getitem__)
    assert sha256(whole).hexdigest() == shown.sha256
    assert marked(Path(shown.text_path).read_text()) == (part.sha256,)
    asked = shown.sections[-2]
    assert (asked.kind, asked.tokens > 250) == ("message", True)
    log = max((home_dir / "logs").glob("comms_*.log")).read_text()
    assert len(log) < 400_000
    assert part.sha256 in log


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # the worker is just writing: a temporary file was renamed
        return 0


def test_a_long_discussion_sends_the_same_bytes_and_writes_none_of_them_down(
    sit: Open, home_dir: Path
) -> None:
    sitting = sit("anthropic", parse_scenario(ANSWER))
    part = attached(sitting, "shot.png", png(noise=300_000))
    ask(sitting, "What is it?", part)
    for number in range(6):
        ask(sitting, f"Question {number}")
    bodies = posted(sitting)
    assert len({json.dumps(body["messages"][0]["content"][0]) for body in bodies}) == 1
    written = [path for path in home_dir.rglob("*") if path.is_file() and path.suffix != ".png"]
    assert sum(size_of(path) for path in written) < 2_000_000
