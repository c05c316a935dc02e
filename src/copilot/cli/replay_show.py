"""A session's records in a terminal: what it printed when it ran, and what the log has besides."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO, cast

from copilot.cli.paint import Paint
from copilot.cli.replay_check import repair_words
from copilot.cli.terminal import Terminal
from copilot.record.replay_steps import is_error, is_step
from copilot.vocabulary import events as e
from copilot.vocabulary.money import money
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.record.log_reader import Record

_ENDS = (e.TurnFinished, e.TurnCancelled, e.TurnFailed)

_KINDS: tuple[tuple[str, tuple[type[e.Event], ...]], ...] = (
    ("message", (e.TurnStarted, e.TextDelta, e.CompactDrafted, *_ENDS)),
    ("thinking", (e.ThinkingDelta,)),
    ("approval", (e.ApprovalRequested, e.ApprovalResolved, e.RuleAdded, e.TrustAsked)),
    ("script", (e.ToolCallRequested, e.ToolStarted, e.ToolOutput, e.ToolFinished)),
    ("file", (e.ContextBuilt, e.FilesRefreshed, e.RunChanged, e.SnapshotTaken)),
    ("cost", (e.RequestSent, e.UsageReported, e.CacheMissed, e.TokensCounted, e.UsageTotalled)),
    ("error", (e.TurnFailed, e.CommandFailed, e.RetryScheduled)),
)


def kinds_of(record: "Record") -> set[str]:
    """The words of `--kind` that a record goes by."""
    if record.kind == "wire":
        return {"wire"}
    event = record.event()
    kinds = {name for name, types in _KINDS if isinstance(event, types)}
    return kinds | {"error"} if is_error(event) else kinds


class Player:
    """Prints records. Raises OSError where they cannot be written."""

    def __init__(self, out: TextIO, paint: Paint, *, verbose: bool = False) -> None:
        self._out, self._paint, self._verbose = out, paint, verbose
        self._terminal = Terminal(out=out, err=out, paint=paint, verbose=True)
        self._turns = self._calls = self._approved = self._rejected = 0
        self._read = self._written = self._unpriced = 0
        self._usd = 0.0

    def show(self, record: "Record") -> None:
        """Print one record; many are a line or nothing."""
        if record.wrong:
            self.warn(f"number {record.seq}: {record.wrong}")
        event = record.event()
        match record.kind:
            case "wire":
                self._wire(record)
            case "repair":
                self.note(self._paint.dim(f"  {repair_words(record)}"))
            case "event" if event is None:
                if record.body:
                    name = visible(record.name, keep="")
                    self.note(self._paint.dim(f"  {name}: an event of another version, not shown"))
            case "event":
                self._event(record, event)

    def note(self, text: str) -> None:
        """A line of its own."""
        self._terminal.end_answer()
        self._terminal.note(text)

    def warn(self, text: str) -> None:
        """A line about the log itself."""
        self.note(self._paint.yellow(f"! {visible(text, keep='')}"))

    def sum_up(self) -> None:
        """The line below it all."""
        dim = self._paint.dim
        tokens = f"{self._read:,} tokens in, {self._written:,} out"
        cost = money(self._usd) + (" and what has no known price" if self._unpriced else "")
        turns = "1 turn" if self._turns == 1 else f"{self._turns:,} turns"
        calls = "1 tool call" if self._calls == 1 else f"{self._calls:,} tool calls"
        answered = f"{self._approved:,} approved, {self._rejected:,} rejected"
        self.note(dim(f"In all: {turns}, {calls} ({answered}), {tokens}, {cost}."))

    def _event(self, record: "Record", event: e.Event | None) -> None:
        if event is None or (isinstance(event, e.ThinkingDelta) and not self._verbose):
            return
        if not isinstance(event, e.TextDelta):
            self._terminal.end_answer()
        if is_step(event):  # its number and its time stand before it
            when = datetime.fromtimestamp(record.at, UTC)
            self.note(self._paint.dim(f"{record.seq:>6}  {when:%Y-%m-%d %H:%M:%S} UTC"))
        self._beside(event)
        self._terminal.show(event)
        self._count(event)

    def _beside(self, event: e.Event) -> None:
        """What a terminal does not print while a session runs, since its person knows it."""
        dim = self._paint.dim
        match event:
            case e.ProjectOpened(project=project):
                messages = len(project.discussion.messages)
                where = visible(f"{project.name} in {project.base_dir}", keep="")
                self.note(dim(f"  project {where}, {messages:,} messages"))
            case e.TurnStarted(model=model, user_message=message):
                who = visible(f"{model.provider} {model.model}", keep="")
                self.note(dim(f"        on {visible(event.branch, keep='')}, to {who}"))
                for line in visible(message).splitlines():
                    self.note(f"{self._paint.cyan('>')} {line}")
            case e.ContextBuilt(files=files, tokens=tokens, path=path):
                size = f"{len(files):,} files, about {tokens:,} tokens"
                self.note(dim(f"  context: {size}, {visible(path, keep='')}"))
            case e.ToolStarted(script=script, sha256=digest) if script:
                self.note(dim(f"  script  {visible(script, keep='')}, SHA-256 {visible(digest, keep='')}"))
            case _:
                pass

    def _count(self, event: e.Event) -> None:
        match event:
            case e.TurnStarted():
                self._turns += 1
            case e.ToolCallRequested():
                self._calls += 1
            case e.ApprovalResolved(decision=decision):
                self._approved += decision == "approve"
                self._rejected += decision == "reject"
            case e.UsageReported(usage=usage, usd=usd):
                self._read += usage.input_tokens
                self._written += usage.output_tokens
                self._usd += usd or 0.0
                self._unpriced += usd is None
            case _:
                pass

    def _wire(self, record: "Record") -> None:
        told = cast(dict[str, Any], record.body)
        if not told:
            return
        sent = told.get("direction") == "request"
        what = f"{told.get('method')} {told.get('url')}"
        status = "" if sent else f" {told.get('status')},"
        body = str(told.get("body", ""))
        words = f"{'⇒' if sent else '⇐'} {what}{status} {len(body):,} characters"
        self.note(self._paint.dim(f"{record.seq:>6}  {visible(words, keep='')}"))
        if self._verbose:
            self.note(visible(body))
