"""What the window shows while `desktop_frames` measures it."""

from collections.abc import Iterator
from dataclasses import replace

from gallery import ANSWER
from plays import AT, Play, Stage, opened, project

from copilot.vocabulary import events as e
from copilot.vocabulary.commands import Command, RunTurn
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult

MEGABYTES = 1_000_000
UPDATES = 500
"""Pieces of text in a second."""


def play_of(name: str) -> Play:
    """The play of a case."""
    match name:
        case "10" | "1000" | "10000":
            return Stage(None).play(discussion=_messages(int(name)))
        case "answer":
            long = (ANSWER + "\n\n") * (5 * MEGABYTES // (len(ANSWER) + 2))
            return Stage(None).play(discussion=_said("Tell me everything.", long))
        case "stream":
            return _stream()
        case "log":
            return _log()
        case _:
            return Stage(None).play()


def _messages(count: int) -> Discussion:
    messages: list[Message] = []
    for n in range(count):
        role = "user" if n % 2 == 0 else "assistant"
        words = f"Message {n}. " + ("A few words more. " * (n % 40)) if n % 2 == 0 else ANSWER
        parent = f"m{n - 1}" if n else None
        messages.append(Message(id=f"m{n}", parent=parent, role=role, parts=(Text(text=words),), at=AT + n))
    return Discussion(messages=tuple(messages), branches=(Branch(name="main", tip=f"m{count - 1}"),))


def _said(asked: str, answer: str) -> Discussion:
    one = Message(id="m0", parent=None, role="user", parts=(Text(text=asked),), at=AT)
    two = Message(id="m1", parent="m0", role="assistant", parts=(Text(text=answer),), at=AT + 1)
    return Discussion(messages=(one, two), branches=(Branch(name="main", tip="m1"),))


def _stream() -> Play:
    """An answer of Markdown that goes on and on, behind fifty messages."""
    made = _messages(50)
    words = [f"{word} " for word in (ANSWER + "\n\n").split(" ")]

    def react(command: Command) -> Iterator[e.Event | float]:
        if not isinstance(command, RunTurn):
            return
        at = {"at": AT + 99, "worker": "w", "turn_id": command.turn_id, "branch": "main"}
        yield e.TurnStarted(**at, model=command.model, user_message="Go")
        for n in range(60 * UPDATES):
            yield e.TextDelta(**at, text=words[n % len(words)])
            yield 1 / UPDATES

    return Play(opened(project(discussion=made)), react)


def _log() -> Play:
    """A call with 100 MB of output, all of it kept in its message."""
    line = "2026-01-01 12:00:00 INFO  module.name  something happened, and it took 12.3 ms\n"
    output = line * (100 * MEGABYTES // len(line))
    call = ToolCall(call_id="c1", name="run_shell", arguments={"script": "cat log"})
    asked = Message(id="m0", parent=None, role="user", parts=(Text(text="Show the log."),), at=AT)
    said = Message(id="m1", parent="m0", role="assistant", parts=(Text(text="Here."), call), at=AT + 1)
    result = ToolResult(call_id="c1", name="run_shell", output=output)
    kept = Message(id="m2", parent="m1", role="tool", parts=(result,), at=AT + 2)
    made = Discussion(messages=(asked, said, kept), branches=(Branch(name="main", tip="m2"),))
    return replace(Stage(None).play(discussion=made))
