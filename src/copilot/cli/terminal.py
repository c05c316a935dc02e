"""The events of a turn in a terminal: the answer on standard output, everything else on standard error."""

from collections.abc import Iterator, Mapping
from typing import TextIO

from copilot.cli.details import diff_lines, lines_of, preview_lines, split_lines
from copilot.cli.paint import Paint
from copilot.cli.runs_text import aside_words
from copilot.cli.token_table import table_lines
from copilot.cli.trust_lines import waiting_line
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CacheMissed,
    CommandFailed,
    ContextBuilt,
    Event,
    FilesRefreshed,
    HistoryPruned,
    MessageKept,
    Notice,
    PreviewEnded,
    PreviewReady,
    PreviewStarted,
    RequestSent,
    RetryScheduled,
    RunChanged,
    SnapshotsCleaned,
    TextDelta,
    ThinkingDelta,
    TokensCounted,
    ToolCallRequested,
    ToolFinished,
    ToolOutput,
    TrustAsked,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    UsageReported,
    WorkerStopped,
)
from copilot.vocabulary.messages import Attachment, JsonValue, Message, Opaque
from copilot.vocabulary.money import costs, missed_words
from copilot.vocabulary.text import for_stream, visible

_ARGUMENT_CHARACTERS = 80
_WORDS = {
    "policy": "by the policy",
    "nobody": "nobody is there to ask",
    "dry_run": "dry run, nothing is done",
    "cancel": "the turn was stopped",
    "person": "by you",
}


class Terminal:
    """Prints events as they come. Raises OSError where they cannot be written.

    `answers` says that a person can press a key meanwhile.
    """

    def __init__(
        self, *, out: TextIO, err: TextIO, paint: Paint, verbose: bool = False, answers: bool = False
    ) -> None:
        self._out = out
        self._err = err
        self._paint = paint
        self._verbose = verbose
        self._answers = answers
        self._shared = out.isatty()
        self._in_line = False
        self._output_line_open = False
        self._reports: list[UsageReported] = []

    def show(self, event: Event) -> None:
        """Print one event; most are a line or nothing."""
        if isinstance(event, TextDelta):
            self._say(event.text)
        elif isinstance(event, ToolOutput):
            self._output(event)
        elif isinstance(event, (ToolCallRequested, ApprovalRequested, ApprovalResolved, ToolFinished)):
            self._tool(event)
        elif isinstance(event, (TurnFinished, TurnCancelled, TurnFailed)):
            self._ending(event)
        elif isinstance(event, ThinkingDelta):
            self._thinking(event)
        elif isinstance(event, (PreviewStarted, PreviewReady, PreviewEnded)):
            self._preview(event)
        elif isinstance(event, (CacheMissed, TokensCounted, RequestSent, UsageReported)):
            self._tokens(event)
        elif isinstance(event, TrustAsked):
            self._trust(event)
        else:
            self._aside(event)

    def note(self, text: str) -> None:
        """A line on standard error."""
        self._close_lines()
        self._err.write(f"{text}\n")
        self._err.flush()

    def end_answer(self) -> None:
        """End the line of the answer, where one is open."""
        if self._in_line:
            self._in_line = False
            self._out.write("\n")
            self._out.flush()

    def _say(self, text: str) -> None:
        if not text:
            return
        self._close_output()
        self._out.write(for_stream(text, terminal=self._shared))
        self._out.flush()
        self._in_line = not text.endswith("\n")

    def _output(self, event: ToolOutput) -> None:
        """A tool's output, each line behind a bar. Pieces may end in the middle of a line."""
        self.end_answer()
        bar = self._paint.dim("  │ ")
        for piece in visible(event.text.replace("\r\n", "\n")).splitlines(keepends=True):
            self._err.write(piece if self._output_line_open else bar + piece)
            self._output_line_open = not piece.endswith("\n")
        self._err.flush()

    def _tool(self, event: ToolCallRequested | ApprovalRequested | ApprovalResolved | ToolFinished) -> None:
        paint = self._paint
        match event:
            case ToolCallRequested():
                self.end_answer()
                self.note(f"{paint.cyan('→')} {visible(event.name)} {paint.dim(_arguments(event.arguments))}")
            case ApprovalRequested():
                for line in lines_of(event.detail, paint):
                    self.note(line)
                if event.why:
                    self.note(f"  {paint.dim('why'):<8}{visible(event.why, keep='')}")
            case ApprovalResolved():
                self._resolved(event)
            case ToolFinished():
                self.note(_finished(event, paint))

    def _resolved(self, event: ApprovalResolved) -> None:
        approved = event.decision == "approve"
        word = self._paint.green("approved") if approved else self._paint.yellow("not approved")
        note = f": {visible(event.note, keep='')}" if event.note and event.by == "person" else ""
        self.note(f"  {word} {self._paint.dim(f'({_WORDS[event.by]})')}{note}")
        for line in diff_lines(event.diff, self._paint):
            self.note(line)

    def _preview(self, event: PreviewStarted | PreviewReady | PreviewEnded) -> None:
        match event:
            case PreviewStarted():
                self.note(self._paint.dim("  preview runs; the model gets nothing of it"))
            case PreviewReady():
                for line in preview_lines(event, self._paint):
                    self.note(line)
            case PreviewEnded(reason="failed" | "stale" | "stopped" as reason, message=message):
                why = f": {visible(message, keep='')}" if message else ""
                self.note(self._paint.yellow(f"  preview {reason}{why}"))
            case PreviewEnded():
                pass

    def _ending(self, event: TurnFinished | TurnCancelled | TurnFailed) -> None:
        self.end_answer()
        paint = self._paint
        match event:
            case TurnFinished(reason="round_limit"):
                self.note(paint.yellow(f"Stopped after {event.rounds} rounds (--max-rounds allows more)."))
            case TurnFinished():
                pass
            case TurnCancelled():
                self.note(paint.yellow("Stopped. What was said is kept."))
            case TurnFailed():
                self.note(paint.red(f"Failed: {visible(event.message)}"))
                if event.hint:
                    self.note(f"  {visible(event.hint)}")
                if event.request_id:
                    self.note(paint.dim(f"  request {visible(event.request_id, keep='')}"))
        for line in table_lines(self._reports) if self._verbose else ():
            self.note(paint.dim(line))
        self._reports = []

    def _trust(self, event: TrustAsked) -> None:
        if line := waiting_line(event.waiting):
            self.note(self._paint.yellow(line))

    def _aside(self, event: Event) -> None:
        paint = self._paint
        match event:
            case Notice(text=text):
                self.note(paint.yellow(f"! {visible(text)}"))
            case CommandFailed(message=message, hint=hint):
                self.note(paint.red(f"Failed: {visible(message)}") + (f"\n  {visible(hint)}" if hint else ""))
            case RetryScheduled():
                self.note(paint.yellow(f"! {self._waits(event)}"))
            case MessageKept(message=message):
                for words in _beside_text(message):
                    self.note(paint.dim(f"  {words}"))
            case FilesRefreshed(paths=paths):
                self.note(paint.dim("  changed: " + ", ".join(visible(path, keep="") for path in paths)))
            case RunChanged() | SnapshotsCleaned() | HistoryPruned():
                if words := _left_out(event) if isinstance(event, HistoryPruned) else aside_words(event):
                    self.note(paint.dim(f"  {words}"))
            case ContextBuilt(skipped=skipped) if skipped:
                self.note(paint.yellow("! not shown to the model: " + visible("; ".join(skipped), keep="")))
            case WorkerStopped(reason=reason) if reason != "shutdown":
                self.note(paint.red(f"The worker stopped: {visible(reason)}"))
            case _:
                pass

    def _waits(self, event: RetryScheduled) -> str:
        """What a request waits for, and how the wait can be ended."""
        when = "sent" if event.kind == "limit" else f"attempt {event.attempt}"
        keys = " (Enter: now, Ctrl+C: stop)" if self._answers and event.wait_seconds >= 1 else ""
        seconds = f"in {event.wait_seconds:.0f} s" if event.wait_seconds >= 0.5 else "at once"
        return f"{visible(event.reason)}: {when} {seconds}{keys}"

    def _thinking(self, event: ThinkingDelta) -> None:
        if not self._verbose:
            return
        self.end_answer()
        self._err.write(self._paint.dim(visible(event.text)))
        self._err.flush()
        self._output_line_open = not event.text.endswith("\n")

    def _tokens(self, event: CacheMissed | TokensCounted | RequestSent | UsageReported) -> None:
        dim = self._paint.dim
        match event:
            case CacheMissed():
                self.note(dim(f"  {visible(missed_words(event), keep='')}"))
            case TokensCounted(tokens=tokens, estimated=estimated):
                self.note(f"  {tokens:,} tokens, counted by the provider (estimated {estimated:,})")
            case RequestSent() if self._verbose and event.most_usd:
                self.note(dim(f"  round {event.round} costs {costs(event.least_usd, event.most_usd)}"))
            case UsageReported():
                self._reports.append(event)
            case _:
                pass

    def _close_lines(self) -> None:
        self._close_output()
        if self._shared and self._in_line:
            self.end_answer()

    def _close_output(self) -> None:
        if self._output_line_open:
            self._output_line_open = False
            self._err.write("\n")


def _beside_text(message: Message) -> Iterator[str]:
    """What of a message is no text and is told nowhere else."""
    for part in message.parts:
        if isinstance(part, Opaque):
            yield f"kept as it came, not shown: {visible(part.kind, keep='')}"
        elif isinstance(part, Attachment):
            yield f"attached: {visible(part.told, keep='')}"


def _arguments(arguments: Mapping[str, JsonValue]) -> str:
    """The arguments as `name=value`, each shortened: scripts and diffs are shown whole for approval."""
    return " ".join(f"{visible(name, keep='')}={_short(value)}" for name, value in arguments.items())


def _short(value: JsonValue) -> str:
    text = visible(value if isinstance(value, str) else repr(value), keep="")
    return text if len(text) <= _ARGUMENT_CHARACTERS else f"{text[:_ARGUMENT_CHARACTERS]}…"


def _left_out(event: HistoryPruned) -> str:
    """What is not sent, and what can be done about it."""
    cut = f"{event.shortened} older tool output{'s are' if event.shortened != 1 else ' is'} shortened"
    if not event.dropped:
        return f"to make the request fit, {cut}"
    number = "1 earlier message is" if event.dropped == 1 else f"{event.dropped} earlier messages are"
    also = f", {cut}" if event.shortened else ""
    return f"{number} not sent, so that the request fits{also} (copilot history lists and holds them)"


def _finished(event: ToolFinished, paint: Paint) -> str:
    exit_code = f" exit code {event.exit_code}," if event.exit_code is not None else ""
    took = "recorded, not run" if event.recorded else f"{event.seconds:.1f} s"
    tail = paint.dim(f"{exit_code} {len(event.output):,} characters, {took}".strip())
    if event.status == "ok":
        mark = paint.yellow("✗") if event.exit_code else paint.green("✓")
        return f"{mark} {visible(event.name)} {tail}"
    first = next(iter(split_lines(event.output)), "")
    words = f"{event.status}: {visible(first, keep='')}" if event.exit_code is None else event.status
    return f"{paint.red('✗')} {visible(event.name)} {words} {tail}"
