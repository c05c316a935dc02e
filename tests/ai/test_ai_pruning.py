"""Properties of what is sent, over random branches and limits; `bench/soak/pruning.py` runs more of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from branches import (
    CUT,
    LIMITS,
    SLICE,
    branches,
    broken_branches,
    broken_rules,
    call,
    message,
    result,
    room,
    user,
    weight,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.ai.history import prepare, repair
from copilot.ai.pruning import STALE_REFRESH, shortened
from copilot.ai.request import Fit, make_request
from copilot.ai.weight import Weights
from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import FileRefresh, Message, Summary
from copilot.vocabulary.values import ModelChoice

UNBOUNDED = 10**9


def is_asked(one: Message) -> bool:
    return one.role == "user" and not any(isinstance(part, Summary) for part in one.parts)


def candidates(whole: Sequence[Message], held: frozenset[str]) -> Iterator[list[Message]]:
    """Everything that may be sent of a branch that is too long, the longest first: DESIGN 3, point 6."""
    last = max(i for i, m in enumerate(whole) if is_asked(m))
    starts = [i for i in range(last) if whole[i].role == "user"] + [last]
    exchanges = [list(whole[a:b]) for a, b in pairwise(starts)]
    rounds = [list(whole[i : i + 2]) for i in range(last + 1, len(whole), 2)]
    assert all(len(one) == 2 for one in rounds)

    def summed(unit: list[Message]) -> bool:
        return any(isinstance(p, Summary) for m in unit for p in m.parts)

    def holding(unit: list[Message]) -> bool:
        return any(m.id in held for m in unit)

    gone: list[list[Message]] = []
    cut: list[list[Message]] = []

    def left() -> list[Message]:
        kept = [m for unit in exchanges if unit not in gone for m in unit]
        tail = [m for unit in rounds if unit not in gone for m in (short(unit) if unit in cut else unit)]
        blocks = [p for unit in gone for m in unit for p in m.parts if is_block(p)]
        return [*kept, replace(whole[last], parts=(*whole[last].parts, *blocks)), *tail]

    yield left()
    older, newest = rounds[:-1], rounds[-1:]
    plain = [unit for unit in exchanges if not summed(unit)]
    order = [(gone, unit) for unit in plain if not holding(unit)]
    order += [(cut, unit) for unit in older]
    order += [(gone, unit) for unit in older if not holding(unit)]
    order += [(gone, unit) for unit in (*plain, *older) if holding(unit)]
    order += [(gone, unit) for unit in exchanges if summed(unit)]
    order += [(cut, unit) for unit in newest] + [(gone, unit) for unit in newest]
    for where, unit in order:
        where.append(unit)
        yield left()


def short(unit: list[Message]) -> list[Message]:
    return [shortened(m, CUT) for m in unit]


def is_block(part: object) -> bool:
    return isinstance(part, FileRefresh) and part.text != STALE_REFRESH


@given(branches(), LIMITS, st.data())
@SLICE
def test_the_longest_rest_that_fits_is_sent(branch: list[Message], limit: int, data: st.DataObject) -> None:
    held = frozenset(data.draw(st.lists(st.sampled_from([m.id for m in branch]), max_size=2)))
    whole = prepare(branch, room(UNBOUNDED, *held)).messages
    fitting = (rest for rest in candidates(whole, held) if 10 + sum(map(weight, rest)) <= limit)
    expected = next(fitting, None)
    if expected is None:
        with pytest.raises(ContextTooLongError):
            prepare(branch, room(limit, *held, fixed=10))
        return
    sent = prepare(branch, room(limit, *held, fixed=10))
    assert list(sent.messages) == expected
    assert sent.tokens == 10 + sum(map(weight, expected))


@given(st.one_of(branches(), broken_branches()), LIMITS)
@SLICE
def test_what_is_sent_is_a_legal_conversation(branch: list[Message], limit: int) -> None:
    asked = [m for m in branch if is_asked(m) and m.text.strip()][-1]
    try:
        sent = prepare(branch, room(limit, fixed=10))
    except ContextTooLongError:
        return
    assert list(broken_rules(sent.messages)) == []
    assert [m.parts[: len(asked.parts)] for m in sent.messages if m.id == asked.id] == [asked.parts]
    assert sent.tokens <= limit


@given(branches())
@SLICE
def test_nothing_is_left_out_where_all_fits(branch: list[Message]) -> None:
    sent = prepare(branch, room(UNBOUNDED))
    covered = {name for m in branch for p in m.parts if isinstance(p, Summary) for name in p.covers}
    assert {m.id for m in sent.messages} == {m.id for m in branch} - covered
    assert sent.left_out == ()


@given(branches(), LIMITS)
@SLICE
def test_every_message_is_sent_or_covered_or_named(branch: list[Message], limit: int) -> None:
    try:
        sent = prepare(branch, room(limit))
    except ContextTooLongError:
        return
    covered = {name for m in branch for p in m.parts if isinstance(p, Summary) for name in p.covers}
    assert {m.id for m in sent.messages} | set(sent.left_out) | covered == {m.id for m in branch}
    assert not {m.id for m in sent.messages} & set(sent.left_out)


@given(branches(), st.data())
@SLICE
def test_a_broken_history_is_made_sound(branch: list[Message], data: st.DataObject) -> None:
    torn = [m for m in branch if not (m.role == "tool" and data.draw(st.booleans()))]
    assert not [rule for rule in broken_rules(repair(torn)) if "results" in rule or "answer" in rule]
    assert repair(branch) == tuple(branch)


@given(branches(), LIMITS)
@SLICE
def test_one_file_block_at_most_is_sent_and_it_is_the_newest(branch: list[Message], limit: int) -> None:
    last_asked = max(i for i, m in enumerate(branch) if is_asked(m))
    blocks = [p for m in branch[last_asked:] for p in m.parts if isinstance(p, FileRefresh)]
    try:
        sent = prepare(branch, room(limit)).messages
    except ContextTooLongError:
        return
    assert [p for m in sent for p in m.parts if is_block(p)] == blocks[-1:]


@given(branches(exchanges=3), st.integers(1, 3))
@SLICE
def test_appending_leaves_the_bytes_before_the_first_replaced_block(
    branch: list[Message], rounds: int
) -> None:
    """DESIGN 3: what was sent before is a prefix of what is sent now, up to the first replaced block."""
    first = prepare(branch, room(UNBOUNDED)).messages
    more = list(branch)
    for n in range(rounds):
        more += [
            message(200 + 2 * n, "assistant", call(f"n{n}")),
            message(201 + 2 * n, "tool", result(f"n{n}"), FileRefresh(text=f"[FILES UPDATED]\n\n{n}")),
        ]
    then = prepare(more, room(UNBOUNDED)).messages
    replaced = next((i for i, m in enumerate(first) if any(map(is_block, m.parts))), len(first))
    assert then[:replaced] == first[:replaced]


def test_the_largest_part_is_named() -> None:
    with pytest.raises(ContextTooLongError, match="the largest part is the last message"):
        prepare([user(0, "x" * 100)], room(50, fixed=5))
    with pytest.raises(ContextTooLongError, match="the chosen files"):
        prepare([user(0, "x")], room(50, fixed=100))
    block = FileRefresh(text="x" * 90)
    changed = [user(0, "x"), message(1, "assistant", call("a")), message(2, "tool", result("a"), block)]
    with pytest.raises(ContextTooLongError, match="the files that changed during the turn"):
        prepare(changed, room(80, fixed=5))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(branches(exchanges=2, rounds=6), LIMITS)
def test_a_request_that_grows_is_the_one_made_anew(branch: list[Message], limit: int) -> None:
    model = ModelChoice(provider="anthropic", model="m")
    kept = Weights(model, len)
    since = next(one.id for one in branch if one.role == "user")

    def made(count: int, weights: Weights) -> object:
        fit = Fit(output_characters=CUT, estimate=len, prompt_limit=limit, weights=weights, since=since)
        try:
            request, pruned = make_request(model, "the context", (), Messages(branch[:count]), fit)
        except ContextTooLongError as error:
            return str(error)
        return request.messages, replace(pruned, largest=("", pruned.largest[1]))

    ends = [at + 1 for at, one in enumerate(branch) if one.role != "assistant"]
    for count in ends:
        assert made(count, kept) == made(count, Weights(model, len))
