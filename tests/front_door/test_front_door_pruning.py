"""A discussion that outgrows its limit: what is left out, put back, summed up, and what a service refuses."""

from pathlib import Path
from typing import Any

import pytest

from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import (
    CompactBranch,
    ForkBranch,
    KeepCompact,
    PreviewRequest,
    PutBack,
    Release,
)
from copilot.vocabulary.events import (
    CommandFailed,
    CompactDrafted,
    HistoryPruned,
    MessageKept,
    Notice,
    ProjectChanged,
    RequestPreviewed,
    RequestSent,
    ToolStarted,
    TurnFailed,
    TurnFinished,
    UsageReported,
)
from copilot.vocabulary.messages import SUMMARY_MARK, Summary

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
LONG = "long " * 400

TALK = """
title = "talk"
[[rule]]
when = { asked = "<transcript>" }
answer = [{ text = "They spoke of apples in src/apples.py." }]
[[rule]]
answer = [{ text = "Yes." }]
"""

TOO_LONG = {
    "anthropic": 'type = "invalid_request_error", '
    'message = "prompt is too long: 205000 tokens > 200000 maximum"',
    "gemini": 'type = "INVALID_ARGUMENT", message = "The input token count (1200000) exceeds the maximum '
    'number of tokens allowed (1048576)."',
    "openai": 'code = "context_length_exceeded", message = "Your input exceeds the context window"',
    "compatible": 'message = "the request (9000 tokens) exceeds the available context size (8192 tokens)"',
}
WRITES = """
title = "writes, and the service finds the second request too long"
[[rule]]
when = {{ asked = "write", round = 1 }}
answer = [{{ call = "write_file", arguments = {{ path = "new.txt", content = "once" }} }}]
[[rule]]
when = {{ asked = "write", round = 2, times = {times} }}
answer = [{{ fault = "status", status = 400, {words} }}]
[[rule]]
answer = [{{ text = "Yes." }}]
"""


def sent(sitting, index: int = -1) -> str:
    """The body of a request that the service got, as text."""
    return str(sitting.server.requests[index].body)


def of(sitting, kind) -> list[Any]:
    return [event for event in sitting.events if isinstance(event, kind)]


def talked(sitting, *fruits: str) -> None:
    for fruit in fruits:
        assert isinstance(sitting.turn(f"{fruit} {LONG}"), TurnFinished)


def bounded(sit, provider: str, home_dir: Path):
    """A discussion of three long exchanges, opened with room in a prompt for the context and two of them."""
    first = sit(provider, parse_scenario(TALK))
    talked(first, "Apples", "Pears", "Plums")
    tokens = [event.tokens for event in of(first, RequestSent)]
    limit = tokens[0] + int((tokens[2] - tokens[1]) * 2.5)
    first.close()
    (home_dir / "config.toml").write_text(f"[limits]\nmax_prompt_tokens = {limit}\n")
    return sit(provider, server=first.server)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_does_not_fit_is_named_put_back_and_released(provider: str, sit, home_dir: Path) -> None:
    sitting = bounded(sit, provider, home_dir)
    path = [m.id for m in sitting.project.discussion.path("main")]
    talked(sitting, "Cherries")
    assert of(sitting, HistoryPruned)[-1].messages == tuple(path[:2])
    assert "Apples" not in sent(sitting)
    assert "Pears" in sent(sitting)

    changed = sitting.do(PutBack(request_id="1", branch="main", messages=tuple(path[:2])))
    assert changed.project.discussion.held == tuple(path[:2])
    talked(sitting, "Grapes")
    assert of(sitting, HistoryPruned)[-1].messages == tuple(path[2:6])
    assert "Apples" in sent(sitting)
    sitting.close()

    again = sit(provider, server=sitting.server)
    assert again.project.discussion.held == tuple(path[:2])
    changed = again.do(Release(request_id="2", branch="main", messages=tuple(path[:2])))
    assert changed.project.discussion.held == ()
    talked(again, "Figs")
    assert "Apples" not in sent(again)


def test_the_preview_shows_the_pruned_request(sit, home_dir: Path) -> None:
    sitting = bounded(sit, "anthropic", home_dir)
    path = [m.id for m in sitting.project.discussion.path("main")]
    sitting.desk.worker.submit(
        PreviewRequest(
            request_id="p",
            project=sitting.project,
            branch="main",
            user_message=LONG,
            model=sitting.desk.model,
        )
    )
    preview = sitting.until(RequestPreviewed)
    assert preview.left_out == tuple(path[:2])
    assert isinstance(sitting.turn(LONG), TurnFinished)
    assert of(sitting, UsageReported)[-1].sha256 == preview.sha256


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_request_that_the_service_finds_too_long_is_sent_once_more(provider: str, sit) -> None:
    sitting = sit(provider, parse_scenario(WRITES.format(times=1, words=TOO_LONG[provider])))
    talked(sitting, "Apples", "Pears", "Plums")
    end = sitting.turn("write")
    assert isinstance(end, TurnFinished)
    assert len([e for e in of(sitting, ToolStarted) if e.name == "write_file"]) == 1, "a tool ran twice"
    assert "Apples" in sent(sitting, -2)
    assert "Apples" not in sent(sitting), "nothing was left out of the second one"
    assert "once" in sent(sitting)
    assert of(sitting, HistoryPruned)[-1].dropped >= 2


def test_still_too_long_names_the_largest_part(sit) -> None:
    sitting = sit("anthropic", parse_scenario(WRITES.format(times=2, words=TOO_LONG["anthropic"])))
    talked(sitting, "Apples", "Pears", "Plums")
    before = len(sitting.server.requests)
    end = sitting.turn("write")
    assert isinstance(end, TurnFailed)
    assert end.kind == "too_long"
    assert "the largest part is " in end.message
    assert "205000 tokens > 200000" in end.message
    assert len(sitting.server.requests) == before + 3


def test_what_is_found_too_long_after_its_first_words_is_not_sent_again(sit) -> None:
    words = "prompt is too long: 205000 tokens > 200000 maximum"
    fault = f'{{ fault = "error", type = "invalid_request_error", message = "{words}" }}'
    answer = f'[{{ text = "This is the first half." }}, {fault}]'
    rule = f'[[rule]]\nwhen = {{ asked = "so?" }}\nanswer = {answer}\n'
    sitting = sit("anthropic", parse_scenario(TALK.replace("[[rule]]", f"{rule}[[rule]]", 1)))
    talked(sitting, "Apples", "Pears")
    before = len(sitting.server.requests)
    end = sitting.turn("Is that so?")
    assert isinstance(end, TurnFailed)
    assert (end.kind, words in end.message) == ("too_long", True)
    assert len(sitting.server.requests) == before + 1
    last = sitting.project.discussion.path("main")[-1]
    assert (last.text, last.partial) == ("This is the first half.", True)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_summary_is_drafted_kept_and_sent_in_place(provider: str, sit) -> None:
    sitting = sit(provider, parse_scenario(TALK))
    talked(sitting, "Apples", "Pears")
    path = [m.id for m in sitting.project.discussion.path("main")]
    sitting.desk.worker.submit(
        CompactBranch(request_id="c", branch="main", model=sitting.desk.model, policy=ApprovalPolicy())
    )
    draft = sitting.until(CompactDrafted, CommandFailed)
    assert isinstance(draft, CompactDrafted), draft
    assert draft.covers == tuple(path[:2])
    assert draft.text == "They spoke of apples in src/apples.py."
    assert draft.usage.input_tokens > 0
    assert "Pears" not in sent(sitting)
    assert [m.id for m in sitting.project.discussion.path("main")] == path, "a draft is kept nowhere"

    keep = KeepCompact(request_id="k", branch="main", text="Apples: see src/apples.py", covers=draft.covers)
    sitting.do(keep)
    kept = of(sitting, MessageKept)[-1].message
    assert kept.parts == (Summary(text="Apples: see src/apples.py", covers=tuple(path[:2])),)
    assert isinstance(sitting.turn("And now?"), TurnFinished)
    assert SUMMARY_MARK in sent(sitting)
    assert "see src/apples.py" in sent(sitting)
    assert "Apples long" not in sent(sitting)
    assert "Pears long" in sent(sitting)

    sitting.do(ForkBranch(request_id="f", name="before", at=path[-1]))
    assert [m.id for m in sitting.project.discussion.path("before")] == path, "nothing is lost"


def test_what_is_put_back_is_not_summed_up(sit, home_dir: Path) -> None:
    sitting = bounded(sit, "anthropic", home_dir)
    path = [m.id for m in sitting.project.discussion.path("main")]
    sitting.do(PutBack(request_id="1", branch="main", messages=tuple(path[:2])))
    talked(sitting, "Cherries")
    sitting.desk.worker.submit(
        CompactBranch(request_id="c", branch="main", model=sitting.desk.model, policy=ApprovalPolicy())
    )
    draft = sitting.until(CompactDrafted, CommandFailed)
    assert isinstance(draft, CompactDrafted), draft
    assert draft.covers == tuple(path[2:4])


def test_a_summary_that_was_cut_off_is_told(sit) -> None:
    answer = '{ text = "Apples and" }, { finish = "max_tokens" }'
    sitting = sit("anthropic", parse_scenario(f'title = "t"\n[[rule]]\nanswer = [{answer}]\n'))
    talked(sitting, "Apples", "Pears")
    before = len(of(sitting, Notice))
    sitting.desk.worker.submit(
        CompactBranch(request_id="c", branch="main", model=sitting.desk.model, policy=ApprovalPolicy())
    )
    assert sitting.until(CompactDrafted, CommandFailed).text == "Apples and"
    (notice,) = of(sitting, Notice)[before:]
    assert "its end is missing" in notice.text


def test_there_is_nothing_to_sum_up_in_a_new_branch(sit) -> None:
    sitting = sit("anthropic", parse_scenario(TALK))
    talked(sitting, "Apples")
    sitting.desk.worker.submit(
        CompactBranch(request_id="c", branch="main", model=sitting.desk.model, policy=ApprovalPolicy())
    )
    failed = sitting.until(CommandFailed)
    assert "nothing to sum up" in failed.message
    sitting.desk.worker.submit(KeepCompact(request_id="k", branch="main", text="x", covers=("nobody",)))
    assert "no message 'nobody'" in sitting.until(CommandFailed).message
    sitting.desk.worker.submit(PutBack(request_id="b", branch="main", messages=("nobody",)))
    assert "no message 'nobody'" in sitting.until(CommandFailed).message
    assert not of(sitting, ProjectChanged)
