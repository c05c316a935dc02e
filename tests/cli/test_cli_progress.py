"""The line that says how far a long piece of work is."""

import io

import pytest

from copilot.cli.progress import QUIET_SECONDS, Progress


class Stream(io.StringIO):
    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("terminal", [True, False])
def test_quick_work_says_nothing(terminal: bool) -> None:
    stream, clock = Stream(terminal=terminal), Clock()
    with Progress(stream, "files", clock) as line:
        clock.now += QUIET_SECONDS - 0.01
        for done in range(2_000):
            line.looked()
            line.tell(done, 2_000)
    assert stream.getvalue() == ""


def test_a_terminal_has_one_line_that_is_gone_in_the_end() -> None:
    stream, clock = Stream(terminal=True), Clock()
    with Progress(stream, "files", clock) as line:
        clock.now += QUIET_SECONDS
        line.tell(1_234, 5_000)
        line.tell(1_235, 5_000)
        clock.now += 0.2
        line.tell(9, 10)
    first, second = "1,234 of 5,000 files", "9 of 10 files"
    assert stream.getvalue() == f"\r{first}\r{second:<{len(first)}}\r{' ' * len(first)}\r"


def test_a_log_has_a_line_now_and_then_that_stays() -> None:
    stream, clock = Stream(terminal=False), Clock()
    with Progress(stream, "files", clock) as line:
        for done in range(100):
            clock.now += 0.125
            line.tell(done, 100)
    assert stream.getvalue() == "3 of 100 files\n43 of 100 files\n83 of 100 files\n"


def test_a_long_look_is_told_until_it_is_known_how_many_there_are() -> None:
    stream, clock = Stream(terminal=True), Clock()
    with Progress(stream, "files", clock) as line:
        clock.now += QUIET_SECONDS
        assert not any(line.looked() for _ in range(1_500))
        assert stream.getvalue() == "\r1,000 files looked at"
        clock.now += 1
        line.tell(1, 2)
        clock.now += 1
        assert not any(line.looked() for _ in range(5_000))
    assert stream.getvalue().count("looked") == 1
