"""Branches for the tests of what is sent: sound ones, broken ones, and the rules that services share."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from copilot.ai.pruning import Room
from copilot.ai.weight import weigh
from copilot.vocabulary.messages import (
    FileRefresh,
    Message,
    Part,
    Role,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)

WORDS = st.text(alphabet="ab ", min_size=1, max_size=80).filter(str.strip)
OUTPUTS = st.one_of(WORDS, st.integers(1, 900).map(lambda n: "o" * n))
LIMITS = st.one_of(st.integers(0, 600), st.integers(0, 6_000))
EXAMPLES = int(os.environ.get("PRUNING_EXAMPLES", "0"))
SLICE = settings(max_examples=EXAMPLES or 200, deadline=None, derandomize=not EXAMPLES)
"""A slice with fixed seeds, unless `bench/soak/pruning.py` asks for more, each time with others."""

CUT = 100
"""Characters of an old output."""


def message(number: int, role: Role, *parts: Part) -> Message:
    return Message(
        id=f"m{number}",
        parent=f"m{number - 1}" if number else None,
        role=role,
        parts=parts,
        at=float(number),
        provider="anthropic" if role == "assistant" else "",
        model="m" if role == "assistant" else "",
    )


def user(number: int, text: str) -> Message:
    return message(number, "user", Text(text=text))


def call(name: str) -> ToolCall:
    return ToolCall(call_id=name, name="read_file", arguments={"path": "a.py"})


def result(name: str, output: str = "ok") -> ToolResult:
    return ToolResult(call_id=name, name="read_file", output=output)


def weight(one: Message) -> int:
    """A character is a token here."""
    return weigh(one, len, "m")


def room(limit: int, *held: str, fixed: int = 0) -> Room:
    return Room(
        weigh=weight,
        limit=limit,
        fixed={"the chosen files": fixed},
        output_characters=CUT,
        held=frozenset(held),
    )


@st.composite
def branches(draw: st.DrawFn, exchanges: int = 5, rounds: int = 3) -> list[Message]:
    """A sound branch that ends with a user or a tool message, as one that is about to be sent does."""
    messages: list[Message] = []

    def add(role: Role, *parts: Part) -> None:
        messages.append(message(len(messages), role, *parts))

    for _ in range(draw(st.integers(1, exchanges))):
        add("user", Text(text=draw(WORDS)))
        for _ in range(draw(st.integers(0, rounds))):
            calls = [call(f"c{len(messages)}-{i}") for i in range(draw(st.integers(1, 3)))]
            said = [Text(text=draw(WORDS))] if draw(st.booleans()) else []
            add("assistant", *said, *calls)
            block = [FileRefresh(text=f"[FILES UPDATED]\n\n{draw(WORDS)}")] if draw(st.booleans()) else []
            add("tool", *(result(c.call_id, draw(OUTPUTS)) for c in calls), *block)
        if draw(st.booleans()):
            thought = [Thinking(text=draw(WORDS))] if draw(st.booleans()) else []
            add("assistant", *thought, Text(text=draw(WORDS)))
        if len(messages) > 2 and draw(st.integers(0, 4)) == 0:
            ends = [n for n in range(1, len(messages)) if messages[n].role != "tool"]
            covers = tuple(m.id for m in messages[: draw(st.sampled_from(ends))])
            add("user", Summary(text=draw(WORDS), covers=covers))
    if messages[-1].role != "tool":
        add("user", Text(text=draw(WORDS)))
    return messages


@st.composite
def broken_branches(draw: st.DrawFn) -> list[Message]:
    """Branches as a crash, another version or an editor leaves them; the last message is the person's."""
    found = [m for m in draw(branches()) if draw(st.integers(0, 5))]
    for i, one in enumerate(found):
        match draw(st.integers(0, 12)):
            case 0:
                found[i] = replace(one, parts=())
            case 1:
                found[i] = replace(one, parts=(Text(text=" \n"),))
            case 2:
                found[i] = replace(one, parts=one.parts[:-1])
            case 3:
                found[i] = replace(one, parts=(Summary(text="odd", covers=draw(_ids(found))),), role="user")
            case _:
                pass
    return [*found, message(99, "user", Text(text=draw(WORDS)))]


def _ids(messages: Sequence[Message]) -> st.SearchStrategy[tuple[str, ...]]:
    known = [m.id for m in messages]
    return st.lists(st.sampled_from([*known, "nobody"]), max_size=4).map(tuple)


def broken_rules(messages: Sequence[Message]) -> Iterator[str]:
    """Each rule of any service that the messages break, in words. Neighbours of one role are joined later."""
    if not messages or messages[0].role != "user":
        yield "the first message is not the person's"
    open_calls: list[str] = []
    known: set[str] = set()
    for one in messages:
        if not any(not isinstance(p, Text) or p.text.strip() for p in one.parts):
            yield f"{one.id} says nothing"
        if one.role == "tool":
            yield from _broken_by_results(one, open_calls)
        elif open_calls:
            yield f"{one.id} comes where results are wanted"
        elif one.results:
            yield f"{one.id} holds results, but is no tool message"
        if one.role != "assistant" and one.calls:
            yield f"{one.id} calls tools, but the model did not write it"
        open_calls = [c.call_id for c in one.calls]
        if known & set(open_calls) or len(set(open_calls)) < len(open_calls):
            yield f"{one.id} uses a call's id again"
        known |= set(open_calls)
    if open_calls:
        yield "the last calls have no results"
    if messages[-1:] and messages[-1].role == "assistant":
        yield "the last message is the model's"


def _broken_by_results(one: Message, open_calls: list[str]) -> Iterator[str]:
    if [r.call_id for r in one.results] != open_calls or not open_calls:
        yield f"{one.id} does not answer exactly the calls before it"
    if any(not isinstance(p, ToolResult | FileRefresh) for p in one.parts):
        yield f"{one.id} holds more than results and a file block"
