"""What was sent beside what was previewed, folded from the events of a session."""

from dataclasses import replace

import pytest
from plays import AT, MODEL, project

from copilot.desktop.view_state import ViewState, apply
from copilot.vocabulary import events as e
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.values import Section, Usage

IN = {"at": AT, "worker": "w", "turn_id": "t1", "branch": "main"}
SHOWN = e.RequestPreviewed(
    at=AT,
    worker="w",
    request_id="p1",
    branch="main",
    model=MODEL,
    sha256="a" * 64,
    body_path="/b",
    text_path="/t",
    tokens=90,
    sections=(Section(kind="system", name="system prompt", start=0, end=9, tokens=90),),
)
OPENED = e.ProjectOpened(at=AT, worker="w", project=project())
STARTED = e.TurnStarted(**IN, model=MODEL, user_message="hi")


def fold(*events: e.Event) -> ViewState:
    state = apply(ViewState(), OPENED)
    for event in events:
        state = apply(state, decode_event(encode_event(event)))
    return state


def used(number: int, sha256: str, tokens: int = 100) -> e.UsageReported:
    return e.UsageReported(**IN, round=number, usage=Usage(input_tokens=tokens), seconds=1.0, sha256=sha256)


def verdict(*events: e.Event) -> str:
    check = fold(*events).check
    assert check is not None
    return check.verdict


def test_the_first_round_is_compared_with_the_newest_preview_before_the_turn() -> None:
    older = replace(SHOWN, sha256="b" * 64)
    later = replace(SHOWN, sha256="c" * 64)
    assert verdict(older, SHOWN, STARTED) == "waiting"
    same = (older, SHOWN, STARTED, used(1, "a" * 64), used(2, "d" * 64, 300), later)
    assert verdict(*same) == "same"
    assert verdict(SHOWN, older, STARTED, used(1, "a" * 64)) == "differs"
    assert verdict(STARTED, later, used(1, "c" * 64)) == "unseen"
    assert verdict(replace(SHOWN, sha256="", trouble="no key"), STARTED, used(1, "a" * 64)) == "unseen"
    state = fold(*same)
    assert state.preview == later
    assert state.check is not None
    assert state.check.prompt_tokens == 300


def test_another_turns_report_changes_nothing_and_a_project_starts_anew() -> None:
    other = replace(used(1, "a" * 64), turn_id="t0")
    assert verdict(SHOWN, STARTED, other) == "waiting"
    state = fold(SHOWN, STARTED, used(1, "a" * 64), OPENED)
    assert (state.preview, state.check) == (None, None)


@pytest.mark.parametrize(
    ("shown", "asked", "words"),
    [
        (replace(SHOWN, sha256=""), "hi", "no preview"),
        (replace(SHOWN, branch="try"), "hi", "the branch try"),
        (replace(SHOWN, model=replace(MODEL, model="other-2")), "hi", "for other-2"),
        (SHOWN, "h", "message was changed"),
        (SHOWN, "hi", "files or the discussion"),
        (SHOWN, None, "files or the discussion"),
    ],
)
def test_why_they_differ(shown: e.RequestPreviewed, asked: str | None, words: str) -> None:
    check = fold(shown, STARTED, used(1, "f" * 64)).check
    assert check is not None
    assert words in check.reason(asked)


def test_a_preview_leaves_no_row_in_the_log() -> None:
    assert fold(SHOWN, replace(SHOWN, sha256="", trouble="no key is set")).log == fold().log
