"""What of a branch is sent: properties over random histories, and the plain cases."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.ai.history import (
    LOST_RESULT,
    STALE_REFRESH,
    _strip_stale_file_refreshes,
    prepare,
    prune,
    repair,
    shorten_old_outputs,
)
from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.messages import FileRefresh, Message, Part, Text, ToolCall, ToolResult


def message(number: int, role: str, *parts: Part) -> Message:
    return Message(
        id=f"m{number}",
        parent=f"m{number - 1}" if number else None,
        role=role,  # pyright: ignore[reportArgumentType]
        parts=parts,
        at=float(number),
    )


def call(name: str) -> ToolCall:
    return ToolCall(call_id=name, name="read_file", arguments={"path": "a.py"})


def result(name: str, output: str = "ok") -> ToolResult:
    return ToolResult(call_id=name, name="read_file", output=output)


@st.composite
def branches(draw: st.DrawFn) -> list[Message]:
    """A sound branch that ends with a user or a tool message, as one that is about to be sent does."""
    messages: list[Message] = []

    def add(role: str, *parts: Part) -> None:
        messages.append(message(len(messages), role, *parts))

    words = st.text(alphabet="ab ", min_size=1, max_size=80)
    for _ in range(draw(st.integers(1, 5))):
        add("user", Text(text=draw(words)))
        for _ in range(draw(st.integers(0, 3))):
            calls = [call(f"c{len(messages)}-{i}") for i in range(draw(st.integers(1, 3)))]
            add("assistant", *calls)
            block = [FileRefresh(text=draw(words))] if draw(st.booleans()) else []
            add("tool", *(result(c.call_id, draw(words)) for c in calls), *block)
        if draw(st.booleans()):
            add("assistant", Text(text=draw(words)))
    if messages[-1].role == "assistant":
        add("user", Text(text=draw(words)))
    return messages


def assert_sound(messages: tuple[Message, ...]) -> None:
    """Every call has its result in the next message, in the same order; no result stands without a call."""
    for i, m in enumerate(messages):
        if m.calls:
            assert [c.call_id for c in m.calls] == [r.call_id for r in messages[i + 1].results]
        if m.role == "tool":
            assert i > 0
            assert messages[i - 1].calls


@given(branches(), st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_what_is_left_is_sound_fits_and_ends_alike(branch: list[Message], limit: int) -> None:
    last_user = max(i for i, m in enumerate(branch) if m.role == "user")
    try:
        left = prune(branch, 10, limit, len)
    except ContextTooLongError:
        assert 10 + len(branch[last_user].text) > limit
        return
    assert left.tokens <= limit
    assert left.dropped == len(branch) - len(left.messages)
    assert branch[last_user] in left.messages
    assert left.messages[0].role == "user" or left.dropped == 0
    assert_sound(left.messages)
    assert [m for m in branch if m in left.messages] == list(left.messages)


@given(branches())
@settings(max_examples=100, deadline=None)
def test_nothing_is_dropped_where_all_fits(branch: list[Message]) -> None:
    assert prune(branch, 0, 1_000_000, len).messages == tuple(branch)


@given(branches(), st.data())
@settings(max_examples=200, deadline=None)
def test_a_broken_history_is_made_sound(branch: list[Message], data: st.DataObject) -> None:
    broken = [m for m in branch if not (m.role == "tool" and data.draw(st.booleans()))]
    assert_sound(repair(broken))
    assert repair(branch) == tuple(branch)


@given(branches())
@settings(max_examples=200, deadline=None)
def test_one_file_block_at_most_is_sent(branch: list[Message]) -> None:
    sent = prepare(branch, 8_000, 0, 1_000_000, len).messages
    fresh = [p for m in sent for p in m.parts if isinstance(p, FileRefresh) and p.text != STALE_REFRESH]
    assert len(fresh) <= 1
    last_user = max(i for i, m in enumerate(branch) if m.role == "user")
    blocks = [p for m in branch[last_user:] for p in m.parts if isinstance(p, FileRefresh)]
    assert fresh == blocks[-1:]


def test_the_newest_block_stays_and_older_ones_become_one_line() -> None:
    old = message(2, "tool", result("a"), FileRefresh(text="one"))
    new = message(4, "tool", result("b"), FileRefresh(text="two"))
    branch = [
        message(0, "user", Text(text="x")),
        message(1, "assistant", call("a")),
        old,
        message(3, "assistant", call("b")),
        new,
    ]
    stripped = _strip_stale_file_refreshes(branch, keep_newest=True)
    assert stripped[2].parts == (result("a"), FileRefresh(text=STALE_REFRESH))
    assert stripped[4] is new
    assert _strip_stale_file_refreshes(branch, keep_newest=False)[4].parts[-1] == FileRefresh(
        text=STALE_REFRESH
    )


def test_only_outputs_of_earlier_turns_are_shortened() -> None:
    long = "x" * 100
    branch = [
        message(0, "user", Text(text="a")),
        message(1, "assistant", call("a")),
        message(2, "tool", result("a", long)),
        message(3, "user", Text(text="b")),
        message(4, "assistant", call("b")),
        message(5, "tool", result("b", long)),
    ]
    short = shorten_old_outputs(branch, 40)
    assert short[2].results[0].output == (
        "x" * 30 + "\n[… 60 characters of old output left out …]\n" + "x" * 10
    )
    assert short[5] is branch[5]


def test_a_lost_result_says_so() -> None:
    branch = [
        message(0, "user", Text(text="a")),
        message(1, "assistant", call("a")),
        message(2, "user", Text(text="b")),
    ]
    repaired = repair(branch)
    assert repaired[2].results == (
        ToolResult(call_id="a", name="read_file", output=LOST_RESULT, status="cancelled"),
    )
    assert repaired[3] is branch[2]


def test_the_largest_part_is_named() -> None:
    with pytest.raises(ContextTooLongError, match="the largest part is the last message"):
        prune([message(0, "user", Text(text="x" * 100))], 5, 50, len)
    with pytest.raises(ContextTooLongError, match="the chosen files"):
        prune([message(0, "user", Text(text="x"))], 100, 50, len)
