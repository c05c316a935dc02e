"""What `copilot ask` writes: text for people, one JSON document, or the events as they come (docs/ask.md)."""

import json
from typing import TextIO

from copilot.cli.token_table import total_usd
from copilot.cli.turns import Show
from copilot.vocabulary.bare import bare
from copilot.vocabulary.codec import JsonObject, encode_event, to_json
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CommandFailed,
    Event,
    Notice,
    ProjectChanged,
    ProjectOpened,
    TextDelta,
    ToolFinished,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    UsageReported,
)
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.values import Usage

VERSION = 1
"""Of the document. Within a version members are only added."""

_ENDINGS = {0: "answered", 1: "failed", 3: "answered", 4: "round_limit", 5: "cap", 130: "cancelled"}
"""What the exit codes mean; with 3 something was rejected on the way to the answer."""


def print_event(event: Event, out: TextIO) -> None:
    """One event as a line of JSON; what a project holds is told once, when it is opened."""
    told = bare(event) if isinstance(event, ProjectChanged) else event
    out.write(json.dumps(encode_event(told)) + "\n")
    out.flush()


def print_notices(notices: tuple[str, ...], out: TextIO, at: float) -> None:
    """What the person should know before the turn, as events."""
    for text in notices:
        print_event(Notice(at=at, worker="", level="warning", text=text), out)


def print_failure(error: CopilotError, out: TextIO, at: float) -> None:
    """What kept the turn from beginning, as an event."""
    failed = CommandFailed(
        at=at, worker="", request_id="", message=str(error), hint=error.hint, kind=error.kind
    )
    print_event(failed, out)


class Document:
    """Gathers the events of a turn into one JSON document; `also` shows them to a person meanwhile."""

    def __init__(self, also: Show | None = None) -> None:
        self._also = also
        self._facts: JsonObject = {"project": "", "branch": "", "turn_id": "", "model": None}
        self._text = ""
        self._result = ""
        self._tools: list[JsonValue] = []
        self._asked: dict[str, ApprovalRequested] = {}
        self._rejected: list[JsonValue] = []
        self._reports: list[UsageReported] = []
        self._notices: list[JsonValue] = []
        self._error: JsonValue = None

    def show(self, event: Event) -> None:
        """Take one event."""
        if self._also is not None:
            self._also(event)
        match event:
            case ProjectOpened(project=project):
                self._facts["project"] = project.name
            case TurnStarted(turn_id=turn_id, branch=branch, model=model):
                named: JsonObject = {"provider": model.provider, "model": model.model}
                self._facts |= {"branch": branch, "turn_id": turn_id, "model": named}
            case TextDelta(text=text):
                self._text += text
            case UsageReported():
                self._reports.append(event)
            case Notice(text=text):
                self._notices.append(text)
            case ApprovalRequested() | ApprovalResolved() | ToolFinished():
                self._tool(event)
            case TurnFinished() | TurnCancelled() | TurnFailed() | CommandFailed():
                self._ended(event)
            case _:
                pass

    def noted(self, notices: tuple[str, ...]) -> None:
        """What the person is told before the turn."""
        self._notices += notices

    def fail(self, error: CopilotError) -> None:
        """What kept the turn from beginning."""
        self._error = _error(error.kind, str(error), error.hint, retryable=False)

    def write(self, code: int, out: TextIO) -> None:
        """Write the document."""
        usage = Usage.total(one.usage for one in self._reports)
        whole: JsonObject = {
            "version": VERSION,
            "ending": _ENDINGS[code],
            "exit_code": code,
            "result": self._result,
            **self._facts,
            "rounds": len(self._reports),
            "usage": _tokens(usage),
            "cost_usd": total_usd(self._reports) if self._reports else 0.0,
            "per_round": [
                {"round": one.round, **_tokens(one.usage), "seconds": one.seconds, "cost_usd": one.usd}
                for one in self._reports
            ],
            "tools": self._tools,
            "rejected": self._rejected,
            "notices": self._notices,
            "error": self._error,
        }
        out.write(json.dumps(whole, indent=2) + "\n")
        out.flush()

    def _tool(self, event: ApprovalRequested | ApprovalResolved | ToolFinished) -> None:
        match event:
            case ApprovalRequested():
                self._asked[event.request_id] = event
            case ApprovalResolved(decision="reject", by=by):
                asked = self._asked.get(event.request_id)
                why = event.note or (asked.why if asked else "")
                tool = asked.tool if asked else ""
                self._rejected.append({"tool": tool, "call_id": event.call_id, "by": by, "why": why})
            case ApprovalResolved():
                pass
            case ToolFinished():
                self._tools.append(
                    {
                        "tool": event.name,
                        "call_id": event.call_id,
                        "status": event.status,
                        "seconds": event.seconds,
                        "exit_code": event.exit_code,
                    }
                )

    def _ended(self, event: TurnFinished | TurnCancelled | TurnFailed | CommandFailed) -> None:
        match event:
            case TurnFinished(text=text):
                self._result = text
            case TurnCancelled(partial_text=text):
                self._result = text or self._text
            case TurnFailed(kind=kind, message=message, hint=hint, retryable=retryable):
                self._result = self._text
                self._error = _error(kind, message, hint, retryable=retryable)
            case CommandFailed(kind=kind, message=message, hint=hint):
                self._error = _error(kind, message, hint, retryable=False)


def _error(kind: str, message: str, hint: str, *, retryable: bool) -> JsonObject:
    return {"kind": kind, "message": message, "hint": hint, "retryable": retryable}


def _tokens(usage: Usage) -> JsonObject:
    told = to_json(usage)
    assert isinstance(told, dict)
    del told["type"]
    return told
