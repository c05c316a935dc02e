"""What is typed into a field of the settings: a value that `config.toml` takes, or a reason why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.desktop.typed import Wrong, above_zero, run_times, run_times_words, whole
from copilot.projects.config_tables import config_table
from copilot.projects.validation import check
from copilot.vocabulary.values import RunTime


@pytest.mark.parametrize(
    ("words", "count"), [("", 0), (" ", 0), ("0", 0), ("8,192", 8192), ("8_192", 8192), ("1 000", 1000)]
)
def test_a_whole_number(words: str, count: int) -> None:
    assert whole(0)(words) == count


@pytest.mark.parametrize("words", ["x", "-1", "1.5", "1e3", "\u0661", "\u00b2", "9" * 5_000, "1000000001"])
def test_no_whole_number(words: str) -> None:
    assert isinstance(whole(0)(words), Wrong)


def test_where_something_is_needed_nothing_is_not_enough() -> None:
    assert whole(1)("") == Wrong("Write a whole number.")
    assert whole(1)("0") == Wrong("A number from 1 to 1,000,000,000.")
    seconds = above_zero(100, "seconds")
    assert (seconds("0.5"), seconds("100")) == (0.5, 100.0)
    for words in ("", "0", "-1", "nan", "inf", "101", "x"):
        assert isinstance(seconds(words), Wrong)


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("", ()),
        ("run_shell=300", (RunTime(kind="run_shell", seconds=300.0),)),
        (
            " tests/** = 900 s, {a,b}/*.py = 1.5 ,.py=60,",
            (
                RunTime(kind=".py", seconds=60.0),
                RunTime(kind="tests/**", seconds=900.0),
                RunTime(kind="{a,b}/*.py", seconds=1.5),
            ),
        ),
    ],
)
def test_time_limits_of_their_own(words: str, times: tuple[RunTime, ...]) -> None:
    assert run_times(words) == times
    assert run_times(run_times_words(times)) == times


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("tests/**", "Write them like"),
        ("tests/** = soon", "Write them like"),
        ("= 5", "Write them like"),
        ("run_shel = 5", "run_shel: it is none of"),
        ("../x/** = 5", "../x/**: it leads outside"),
        (".py = 0", ".py: A number of seconds above 0"),
        (".py = 1.2.3", ".py: Write a number of seconds."),
        (".py = 60 .sh = 5", "Write them like"),
    ],
)
def test_what_is_no_time_limit_says_why(words: str, why: str) -> None:
    found = run_times(words)
    assert isinstance(found, Wrong)
    assert found.why.startswith(why)


@given(st.text(alphabet="ab*/.py{},=5 s_runhel[]?\\", max_size=40))
def test_whatever_is_taken_is_taken_from_the_file_too(words: str) -> None:
    found = run_times(words)
    if isinstance(found, Wrong):
        return
    table = {"limits": {"run_seconds": {one.kind: one.seconds for one in found}}}
    assert not isinstance(check(config_table, table), list)
