"""What `copilot document` says: the plan with its price, how far it is, how it ended."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from copilot.vocabulary.events import Event, Notice, RetryScheduled
from copilot.vocabulary.money import costs, money
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import ModelChoice

if TYPE_CHECKING:
    from copilot.documents.asking import Asker
    from copilot.documents.page import Updated
    from copilot.documents.planning import Plan
    from copilot.documents.reading import Reading
    from copilot.documents.working import Progress, Work

_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 10.0
_FEWEST_FOR_TIME = 5
"""Files and folders after which it is told how long the rest will take."""
_SHOWN = 20


def plan_lines(plan: "Plan", model: ModelChoice) -> Iterator[str]:
    """How many requests, tokens and USD, at least and at most."""
    if plan.nothing:
        yield f"Nothing changed: {_many(plan.known, 'text')} known, nothing to ask."
        return
    what = " and ".join(
        _many(count, noun) for count, noun in ((plan.files, "file"), (plan.folders, "folder")) if count
    )
    known = f" ({plan.known:,} known already)" if plan.known else ""
    yield f"To document: {what}{known}, with {visible(f'{model.provider} {model.model}', keep='')}"
    yield f"  requests  {_range(plan.requests_least, plan.requests_most)}"
    told, said = _range(plan.input_least, plan.input_most), _range(plan.output_least, plan.output_most)
    yield f"  tokens    {told} in, {said} out"
    yield f"  cost      {cost_words(plan)}"


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
        yield f"! {_many(len(wrong), 'statement')} marked as unverified:"
        for path, one in wrong[:_SHOWN]:
            yield f"  {path or '.'}: `{one.claim.text}`: {one.why}"
        if len(wrong) > _SHOWN:
            yield f"  and {len(wrong) - _SHOWN:,} more"
    for path, why in sorted(outcome.failed.items()):
        yield f"! {path or '.'} could not be documented: {why}"
    for path in done.edited:
        yield f"! the section of {path or '.'} had been changed by hand and was written anew"
    if not (done.written or done.removed):
        yield "The document is as it was."
    else:
        gone = f", {len(done.removed):,} removed" if done.removed else ""
        yield f"{_many(len(done.written), 'section')} written{gone}, the rest as it was."


class Line:
    """A context manager: one line that is written over on a terminal, a line now and then elsewhere."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._clock = clock
        self._began = clock()
        self._next = self._began + (0.0 if self._terminal else _LOG_SECONDS)
        self._width = 0
        self._asker: Asker | None = None

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Take the line away."""
        if self._width and self._terminal:
            self._stream.write(f"\r{' ' * self._width}\r")
            self._stream.flush()
        self._width = 0

    def tell(self, progress: "Progress", asker: "Asker") -> None:
        """How far it is, and what remains."""
        self._asker = asker
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (_TERMINAL_SECONDS if self._terminal else _LOG_SECONDS)
        line = f"{progress.done:,} of {progress.of:,} documented, {asker.asked:,} requests"
        if asker.usd:
            line += f", {money(asker.usd)}"
        if progress.done >= _FEWEST_FOR_TIME:
            line += (
                f", about {_span((now - self._began) / progress.done * (progress.of - progress.done))} left"
            )
        self._width = max(self._width, len(line))
        self._stream.write(f"\r{line:<{self._width}}" if self._terminal else f"{line}\n")
        self._stream.flush()

    def event(self, event: Event) -> None:
        """What a person should know meanwhile: waits before another try, and warnings. From any thread."""
        match event:
            case RetryScheduled() if event.wait_seconds >= 1:
                self._stream.write(f"\n! waiting {event.wait_seconds:.0f} s: {visible(event.reason)}\n")
            case Notice():
                self._stream.write(f"\n! {visible(event.text)}\n")
            case _:
                pass

    def asked_words(self) -> str:
        """What was sent in the end."""
        asker = self._asker
        if asker is None:
            return ""
        usd = f", {money(asker.usd)}" if asker.usd else ""
        used = f"{asker.used.input_tokens:,} tokens in, {asker.used.output_tokens:,} out"
        return f"{_many(asker.asked, 'request')}, {used}{usd}."


def _range(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
