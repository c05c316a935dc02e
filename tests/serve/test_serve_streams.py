"""The ring of a project's events: every follower in order, none of them makes it grow."""

import threading

from copilot.serve.contract import Numbered
from copilot.serve.stream import AT_ONCE, MOST_BYTES, SLOW, Following, Stream

FIRST = 1_000


def line(number: int, size: int = 10) -> Numbered:
    return Numbered(number, "event", b"%d " % number + b"x" * size)


def follower(stream: Stream, after: int = FIRST, first: Numbered | None = None) -> Following:
    return Following(stream, after, first, lambda: None, lambda _one: None)


def test_each_follower_gets_everything_from_its_place_on() -> None:
    stream = Stream(FIRST)
    early = follower(stream)
    for number in range(FIRST + 1, FIRST + 6):
        stream.put(line(number))
    late = follower(stream, FIRST + 3)
    assert [one.number for one in early.take()] == [FIRST + n for n in range(1, 6)]
    assert [one.number for one in late.take()] == [FIRST + 4, FIRST + 5]
    assert early.take() == late.take() == ()


def test_a_snapshot_comes_first_and_the_rest_behind_its_number() -> None:
    stream = Stream(FIRST)
    for number in (1, 2, 3):
        stream.put(line(FIRST + number))
    one = follower(stream, FIRST + 2, Numbered(FIRST + 2, "snapshot", b"{}"))
    assert [(n.number, n.kind) for n in one.take()] == [(FIRST + 2, "snapshot")]
    assert one.holds == 2
    assert [n.number for n in one.take()] == [FIRST + 3]
    assert one.holds == 0


def test_who_is_too_slow_is_dropped_and_the_ring_stays_small() -> None:
    stream = Stream(FIRST)
    slow, quick = follower(stream), follower(stream)
    kept = 0
    for number in range(FIRST + 1, FIRST + 41):
        stream.put(line(number, MOST_BYTES // 10))
        kept += len(quick.take())
    assert kept == 40
    assert slow.take() == ()
    assert (slow.over, quick.over) == (SLOW, "")
    assert [stream.reaches(after) for after in (FIRST, FIRST + 29, FIRST + 40, FIRST + 41)] == [
        False,
        False,
        True,
        False,
    ]
    assert sum(len(one.line) for one in stream.since(FIRST + 39)) <= MOST_BYTES


def test_one_line_that_is_longer_than_the_ring_comes_through() -> None:
    stream = Stream(FIRST)
    one = follower(stream)
    stream.put(line(FIRST + 1, 3 * MOST_BYTES))
    assert len(one.take()[0].line) > 3 * MOST_BYTES


def test_no_more_than_so_much_is_taken_at_once() -> None:
    stream = Stream(FIRST)
    one = follower(stream)
    for number in range(FIRST + 1, FIRST + 11):
        stream.put(line(number, AT_ONCE // 4))
    sizes: list[int] = []
    while found := one.take():
        sizes.append(sum(len(each.line) for each in found))
    assert max(sizes) <= AT_ONCE
    assert len(sizes) == 4


def test_a_follower_is_woken_once_for_all_that_comes_until_it_takes() -> None:
    stream = Stream(FIRST)
    woken: list[int] = []
    one = Following(stream, FIRST, None, lambda: woken.append(1), lambda _one: None)
    for number in range(FIRST + 1, FIRST + 11):
        stream.put(line(number))
    assert len(woken) == 1
    one.take()
    stream.put(line(FIRST + 11))
    assert len(woken) == 2


def test_the_end_is_told_behind_the_last_line_and_closing_twice_is_once() -> None:
    left: list[Following] = []
    stream = Stream(FIRST)
    one = Following(stream, FIRST, None, lambda: None, left.append)
    stream.put(line(FIRST + 1))
    stream.end("revoked")
    assert one.over == "revoked"
    assert [each.number for each in one.take()] == [FIRST + 1]
    one.close()
    one.end("again")
    assert (one.over, left) == ("revoked", [one])


def test_waiting_ends_with_the_first_line() -> None:
    stream = Stream(FIRST)
    one = follower(stream)
    threading.Timer(0.05, stream.put, (line(FIRST + 1),)).start()
    assert [each.number for each in one.take(30.0)] == [FIRST + 1]
