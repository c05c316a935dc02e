"""Plays with an answer that was cut off and with a turn that was killed; the service pauses before more."""

from collections.abc import Iterator

from plays import AT, Play, opened, project

from copilot.vocabulary import events as e
from copilot.vocabulary.commands import CancelTurn, Command, RunTurn, TryNow
from copilot.vocabulary.messages import (
    INTERRUPTED,
    Branch,
    Discussion,
    Message,
    Opaque,
    Text,
    ToolCall,
    ToolResult,
)

WAIT_SECONDS = 45.0
REST = "three and four."


def waiting() -> Play:
    """With an answer that was cut off."""
    asked = Message(id="u1", parent=None, role="user", parts=(Text(text="Count to four."),), at=AT)
    cut = Message(
        id="a1",
        parent="u1",
        role="assistant",
        parts=(Opaque(kind="server_tool_use"), Text(text="One, two and then I was")),
        at=AT + 1,
        model="rehearsed-1",
        partial=True,
    )
    discussion = Discussion(messages=(asked, cut), branches=(Branch(name="main", tip="a1"),))
    return Play(opened(project(discussion=discussion)), _Service().react)


def killed() -> Play:
    """With a turn that ended when the program did: one tool had finished, of the other nobody knows."""
    asked = Message(id="u1", parent=None, role="user", parts=(Text(text="Tidy up."),), at=AT)
    calls = (
        ToolCall(call_id="c1", name="read_file", arguments={"path": "notes.txt"}),
        ToolCall(call_id="c2", name="run_shell", arguments={"script": "rm -r old"}),
    )
    answer = Message(id="a1", parent="u1", role="assistant", parts=calls, at=AT + 1, model="rehearsed-1")
    results = (
        ToolResult(call_id="c1", name="read_file", output="old notes", status="ok"),
        ToolResult(call_id="c2", name="run_shell", output=INTERRUPTED, status="cancelled"),
    )
    told = Message(id="t1", parent="a1", role="tool", parts=results, at=AT + 2)
    discussion = Discussion(messages=(asked, answer, told), branches=(Branch(name="main", tip="t1"),))
    return Play(opened(project(discussion=discussion)), _Service().react)


class _Service:
    """Waits before it answers, until it is told to go on or to stop."""

    def __init__(self) -> None:
        self._turn: dict[str, object] = {}

    def react(self, command: Command) -> Iterator[e.Event | float]:
        match command:
            case RunTurn():
                yield from self._begun(command)
            case TryNow() if self._turn:
                yield from self._answered()
            case CancelTurn() if self._turn:
                at, self._turn = self._turn, {}
                yield e.TurnCancelled(**at, partial_text="")  # type: ignore[arg-type]
            case _:
                pass

    def _begun(self, command: RunTurn) -> Iterator[e.Event | float]:
        at: dict[str, object] = {"at": AT, "worker": "w", "turn_id": command.turn_id, "branch": "main"}
        self._turn = at
        said = (Text(text=command.user_message),)
        tip = command.project.discussion.tip("main")
        user = Message(id="u2", parent=tip, role="user", parts=said, at=AT + 2)
        yield e.TurnStarted(**at, model=command.model, user_message=command.user_message)  # type: ignore[arg-type]
        yield e.MessageKept(at=AT, worker="w", branch="main", message=user)
        yield e.RequestSent(**at, round=1, messages=3, characters=900, tokens=300)  # type: ignore[arg-type]
        reason = "anthropic (api.anthropic.com) answered HTTP 429: This request would exceed the rate limit."
        yield e.RetryScheduled(**at, attempt=2, wait_seconds=WAIT_SECONDS, reason=reason)  # type: ignore[arg-type]

    def _answered(self) -> Iterator[e.Event | float]:
        at, self._turn = self._turn, {}
        yield e.TextDelta(**at, text=REST)  # type: ignore[arg-type]
        said = Message(
            id="a2", parent="u2", role="assistant", parts=(Text(text=REST),), at=AT + 3, model="rehearsed-1"
        )
        yield e.MessageKept(at=AT, worker="w", branch="main", message=said)
        yield e.TurnFinished(**at, text=REST, rounds=1, reason="answered")  # type: ignore[arg-type]
