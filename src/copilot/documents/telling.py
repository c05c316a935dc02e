"""What a run over a codebase says, in a terminal and in the window: its plan, and how it ended."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from copilot.vocabulary.money import costs
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import ModelChoice

if TYPE_CHECKING:
    from copilot.documents.page import Updated
    from copilot.documents.planning import Plan
    from copilot.documents.reading import Reading
    from copilot.documents.working import Work

_SHOWN = 20


def plan_lines(plan: "Plan", model: ModelChoice) -> Iterator[str]:
    """How many requests, tokens and USD, at least and at most."""
    if plan.nothing:
        yield f"Nothing changed: {many(plan.known, 'text')} known, nothing to ask."
        return
    yield f"To document: {what_words(plan)}, with {visible(f'{model.provider} {model.model}', keep='')}"
    yield f"  requests  {range_words(plan.requests_least, plan.requests_most)}"
    told = range_words(plan.input_least, plan.input_most)
    said = range_words(plan.output_least, plan.output_most)
    yield f"  tokens    {told} in, {said} out"
    yield f"  cost      {cost_words(plan)}"


def what_words(plan: "Plan") -> str:
    """The files and folders that are asked about, and how much is known already."""
    what = " and ".join(
        many(count, noun) for count, noun in ((plan.files, "file"), (plan.folders, "folder")) if count
    )
    return f"{what} ({plan.known:,} known already)" if plan.known else what


def left_out_words(reading: "Reading") -> Iterator[str]:
    """The first of the files that are not documented, and why."""
    for line in reading.left_out[:_SHOWN]:
        yield f"- not documented: {line}"
    if len(reading.left_out) > _SHOWN:
        yield f"- and {len(reading.left_out) - _SHOWN:,} more"


def cost_words(plan: "Plan") -> str:
    """USD at least and at most."""
    return costs(None, None) if plan.usd is None else costs(plan.usd.least, plan.usd.most)


def ended_words(work: "Work", done: "Updated") -> Iterator[str]:
    """What the document has now, and what the person should look at."""
    outcome = work.outcome
    wrong = [(path, one) for path, found in sorted(outcome.wrong.items()) for one in found]
    if wrong:
        yield f"! {many(len(wrong), 'statement')} marked as unverified:"
        for path, one in wrong[:_SHOWN]:
            yield f"  {path or '.'}: `{one.claim.text}`: {one.why}"
        if len(wrong) > _SHOWN:
            yield f"  and {len(wrong) - _SHOWN:,} more"
    for path, why in sorted(outcome.failed.items()):
        yield f"! {path or '.'} could not be documented: {why}"
    for path in done.edited:
        yield f"! the section of {path or '.'} had been changed by hand and was written anew"
    yield written_words(done)


def written_words(done: "Updated") -> str:
    """How many sections were written."""
    if not (done.written or done.removed):
        return "The document is as it was."
    gone = f", {len(done.removed):,} removed" if done.removed else ""
    return f"{many(len(done.written), 'section')} written{gone}, the rest as it was."


def range_words(least: int, most: int) -> str:
    """`3`, or `3 to 12`."""
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def many(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def span_words(seconds: float) -> str:
    """About how long: 40 s, 5 min, 2.1 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
