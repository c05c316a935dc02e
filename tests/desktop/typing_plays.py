"""A play for the keyboard: a project with branches, tool calls and files; turns that stay until stopped.

What is asked decides what a turn does: "refuse this" begins none, "ask" ends in an approval after a moment,
"wait" in a request that waits, everything else goes on answering.
"""

from collections.abc import Iterator
from dataclasses import replace

from plays import AT, MODEL, Play, opened, script_detail
from previews import Previewer

from copilot.projects.changes import Change, changed
from copilot.vocabulary import events as e
from copilot.vocabulary.commands import (
    CancelTurn,
    Command,
    Decide,
    EditQueued,
    QueueMessage,
    RunTurn,
    TakeBackQueued,
    TryNow,
)
from copilot.vocabulary.events import QueuedMessage
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.slash import SlashCommand

QUESTION = "Why does the checkout lose an order?"
FIRST = "Where are the payments taken?"
CALLED = ("release", "review", "tests")


def discussion() -> Discussion:
    """Two questions on `main`; `idea` leaves it after the first, `other` is empty."""

    def said(name: str, parent: str | None, role: str, at: float, *parts: object) -> Message:
        return Message(id=name, parent=parent, role=role, parts=parts, at=AT + at, model="rehearsed-1")  # type: ignore[arg-type]

    call = ToolCall(call_id="c1", name="read_file", arguments={"path": "shop/api/orders.py"})
    call2 = ToolCall(call_id="c2", name="search_text", arguments={"text": "def pay"})
    results = (
        ToolResult(call_id="c1", name="read_file", output="def order(): ...\n"),
        ToolResult(call_id="c2", name="search_text", output="shop/api/payments.py:3: def pay\n"),
    )
    messages = (
        said("u1", None, "user", 0, Text(text=FIRST)),
        said("a1", "u1", "assistant", 1, Text(text="In `shop/api/payments.py`.")),
        said("u2", "a1", "user", 2, Text(text=QUESTION)),
        said("a2", "u2", "assistant", 3, Text(text="I look."), call, call2),
        said("t2", "a2", "tool", 4, *results),
        said("a3", "t2", "assistant", 5, Text(text="Its lock is let go too early.")),
    )
    branches = (Branch(name="main", tip="a3"), Branch(name="idea", tip="a1"), Branch(name="other"))
    return Discussion(messages=messages, branches=branches)


class Typist(Previewer):
    """Answers the commands of a window whose project is a shop, with a discussion that has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.project = replace(self.project, discussion=discussion())
        self._running: dict[str, RunTurn] = {}
        self._queue: dict[str, list[QueuedMessage]] = {}
        self._new = 0

    def play(self) -> Play:
        """The play that begins with this project."""
        commands = tuple(SlashCommand(name=name, about=f"For {name}", mine=True) for name in CALLED)
        told = e.TrustAsked(at=AT, worker="w", base_dir=self.project.base_dir, items=(), commands=commands)
        return Play((*opened(self.project), told), self.react, model=MODEL)

    def react(self, command: Command) -> Iterator[e.Event | float]:
        """What the worker answers."""
        match command:
            case RunTurn(user_message="refuse this"):
                yield self._failed(command.turn_id, "Another turn runs on this branch.")
            case RunTurn():
                yield from self._begun(command)
            case CancelTurn(turn_id=turn_id) if turn_id in self._running:
                yield e.TurnCancelled(**self._of(self._running.pop(turn_id)), partial_text="")
            case TryNow(turn_id=turn_id) if turn_id in self._running:
                yield e.RequestSent(
                    **self._of(self._running[turn_id]), round=1, messages=1, characters=9, tokens=3
                )
            case Decide(decision=decision):
                for turn in list(self._running.values()):
                    yield e.ApprovalResolved(
                        **self._of(turn),
                        request_id=decision.request_id,
                        call_id="c9",
                        decision=decision.decision,
                        by="person",
                        shown=True,
                        note=decision.note,
                    )
            case QueueMessage(turn_id=turn_id, message_id=message_id, text=words) if turn_id in self._running:
                self._waiting(turn_id).append(QueuedMessage(message_id=message_id, text=words))
                yield self._queued(turn_id)
            case QueueMessage(message_id=message_id):
                yield self._failed(message_id, "The turn has ended.")
            case EditQueued(message_id=message_id, text=words):
                yield from self._changed(message_id, words)
            case TakeBackQueued(message_id=message_id):
                yield from self._changed(message_id, None)
            case _ if isinstance(command, Change) and hasattr(command, "request_id"):
                yield from self._project(command)
            case _:
                yield from super().react(command)

    def _begun(self, command: RunTurn) -> Iterator[e.Event | float]:
        at = self._of(command)
        self._running[command.turn_id] = command
        self._new += 1
        tip = self.project.discussion.tip(command.branch)
        asked = Message(
            id=f"asked-{self._new}",
            parent=tip,
            role="user",
            parts=(Text(text=command.user_message),),
            at=AT + 100 + self._new,
        )
        yield e.TurnStarted(**at, model=command.model, user_message=command.user_message)
        yield self._kept(command.branch, asked)
        yield e.RequestSent(**at, round=1, messages=1, characters=900, tokens=300)
        if command.user_message.startswith("wait"):
            reason = "HTTP 429: this request would exceed the rate limit."
            yield e.RetryScheduled(**at, attempt=2, wait_seconds=600.0, reason=reason)
        elif command.user_message.startswith("ask"):
            yield 1.5
            yield e.ApprovalRequested(
                **at, request_id="r1", call_id="c9", tool="run_shell", detail=script_detail(), verdict="ask"
            )
        else:
            yield e.TextDelta(**at, text="I am looking at it.\n")

    def _kept(self, branch: str, message: Message) -> e.MessageKept:
        found = self.project.discussion
        branches = tuple(
            Branch(name=b.name, tip=message.id) if b.name == branch else b for b in found.branches
        )
        grown = replace(found, messages=(*found.messages, message), branches=branches)
        self.project = replace(self.project, discussion=grown)
        return e.MessageKept(at=AT, worker="w", branch=branch, message=message)

    def _waiting(self, turn_id: str) -> list[QueuedMessage]:
        return self._queue.setdefault(self._running[turn_id].branch, [])

    def _queued(self, turn_id: str) -> e.QueueChanged:
        return e.QueueChanged(**self._of(self._running[turn_id]), messages=tuple(self._waiting(turn_id)))

    def _changed(self, message_id: str, words: str | None) -> Iterator[e.Event]:
        for turn_id in self._running:
            waiting = self._waiting(turn_id)
            waiting[:] = [
                replace(one, text=words) if one.message_id == message_id and words is not None else one
                for one in waiting
                if one.message_id != message_id or words is not None
            ]
            yield self._queued(turn_id)

    def _project(self, command: Change) -> Iterator[e.Event]:
        before = self.project.discussion.messages
        try:
            self.project = changed(self.project, command, self._id, lambda: AT)
        except Exception as error:
            yield self._failed(command.request_id, str(error))
            return
        added = tuple(m for m in self.project.discussion.messages if m not in before)
        yield e.ProjectChanged(
            at=AT, worker="w", request_id=command.request_id, project=self.project, added=added, undo="it"
        )

    def _failed(self, request_id: str, why: str) -> e.CommandFailed:
        return e.CommandFailed(at=AT, worker="w", request_id=request_id, message=why, hint="")

    def _id(self) -> str:
        self._new += 1
        return f"new-{self._new}"

    def _of(self, turn: RunTurn) -> dict[str, object]:
        return {"at": AT, "worker": "w", "turn_id": turn.turn_id, "branch": turn.branch}
