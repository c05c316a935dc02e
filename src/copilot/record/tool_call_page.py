"""One tool call as Markdown: what was asked, who approved, what came of it."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from copilot.vocabulary.events import (
    ApprovalResolved,
    ToolCallRequested,
    ToolFinished,
    ToolStarted,
)
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible

_TICKS = late("`+")

_APPROVALS: Mapping[tuple[str, str], str] = {
    ("approve", "person"): "approved by the person",
    ("approve", "policy"): "approved by the policy",
    ("reject", "person"): "rejected by the person",
    ("reject", "policy"): "rejected by the policy",
    ("reject", "nobody"): "rejected, since nobody was there to be asked",
    ("reject", "cancel"): "rejected, since the turn was stopped",
    ("reject", "dry_run"): "not run: this was a dry run",
}


@mutable(kw_only=True)
class CallRecord:
    """What events have told of one call so far."""

    requested: ToolCallRequested
    approvals: list[ApprovalResolved] = field(default_factory=list[ApprovalResolved])
    started: ToolStarted | None = None
    finished: ToolFinished | None = None


def page(record: CallRecord, number: int) -> str:
    """The call's section, ending with an empty line. Characters that do not show are written as escapes."""
    call = record.requested
    when = datetime.fromtimestamp(call.at, UTC)
    lines = [f"## {number}. {_code(call.name)}, {when:%Y-%m-%d %H:%M:%S} UTC", ""]
    lines.append(f"- call {_code(call.call_id)} of turn {_code(call.turn_id)} on branch {_code(call.branch)}")
    lines += [f"- {_approval(approval)}" for approval in record.approvals]
    if record.started and record.started.script:
        lines.append(f"- script {_code(record.started.script)}, sha256 {_code(record.started.sha256)}")
    lines += [f"- {_outcome(record.finished)}", ""]
    lines += _arguments(call.arguments)
    for approval in record.approvals:
        if approval.diff:
            lines += ["The person's edit:", "", _block(approval.diff, "diff"), ""]
    if record.finished:
        lines += [_output_title(record.finished.output), "", _block(record.finished.output, "text"), ""]
    return "\n".join(lines) + "\n"


def _approval(approval: ApprovalResolved) -> str:
    said = _APPROVALS.get((approval.decision, approval.by), f"{approval.decision} by {approval.by}")
    edited = ", edited" if approval.diff else ""
    unseen = "" if approval.shown else ", not shown"
    note = f", note: {_code(approval.note)}" if approval.note else ""
    return said + edited + unseen + note


def _outcome(finished: ToolFinished | None) -> str:
    if finished is None:
        return "no result: the session ended first"
    code = "" if finished.exit_code is None else f", exit code {finished.exit_code}"
    took = "the result of another session, not run" if finished.recorded else f"{finished.seconds:.2f} s"
    return f"{finished.status}{code}, {took}"


def _arguments(arguments: Mapping[str, JsonValue]) -> Iterator[str]:
    """Short values as a list; text of several lines as a block each, so that a script can be read."""
    if not arguments:
        yield from ("No arguments.", "")
        return
    long = {key: value for key, value in arguments.items() if isinstance(value, str) and "\n" in value}
    short = {key: value for key, value in arguments.items() if key not in long}
    if short:
        yield from ("Arguments:", "", _block(json.dumps(short, ensure_ascii=False, indent=2), "json"), "")
    for key, value in long.items():
        yield from (f"Argument {_code(key)}:", "", _block(value, ""), "")


def _output_title(output: str) -> str:
    count = f"{len(output)} character{'' if len(output) == 1 else 's'}"
    end = ", no line end at the end" if output and not output.endswith("\n") else ""
    return f"Output ({count}{end}):"


def _block(text: str, language: str) -> str:
    """A fenced block; the fence is longer than any row of backticks inside."""
    shown = visible(text)
    fence = "`" * max(3, _longest_row(shown) + 1)
    end = "" if not shown or shown.endswith("\n") else "\n"
    return f"{fence}{language}\n{shown}{end}{fence}"


def _code(text: str) -> str:
    """Text inside a line, as code: one line, whatever it holds."""
    shown = visible(text, keep="")
    ticks = "`" * (_longest_row(shown) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _longest_row(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
