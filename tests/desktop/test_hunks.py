"""A change taken apart: whatever is decided, what comes out is exactly those hunks."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.desktop.approval_words import DiffRow
from copilot.desktop.hunks import MOST_HUNKS, Review, review_again, review_of
from copilot.vocabulary.diffs import unified

OLD = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n"
NEW = "one\nTWO\nthree\nfour\nfive\nsix\nSEVEN\neight\nnine\n"

LINES = st.sampled_from(
    ["a\n", "b\n", "c\r\n", "\n", "--- x\n", "+++ y\n", "@@ -1 +1 @@\n", "\\ No\n", "\u2028\n"]
)
ENDS = st.sampled_from(["", "", "end", "\\ No newline at end of file", "-", "@@"])
TEXTS = st.builds(lambda lines, end: "".join(lines) + end, st.lists(LINES, max_size=30), ENDS)


def of(old: str, new: str) -> Review:
    return review_of(new, unified(old, new, "a.txt", creates=not old))


@given(TEXTS, TEXTS)
def test_all_taken_is_the_proposal_and_none_is_the_old_text(old: str, new: str) -> None:
    review = of(old, new)
    assert (review.text, review.old) == (new, old)
    for number in range(len(review.hunks)):
        review = review.leave(number)
    assert (review.text, review.taken) == (old, 0)


@given(TEXTS, TEXTS, st.data())
def test_any_choice_is_exactly_its_hunks(old: str, new: str, data: st.DataObject) -> None:
    review = of(old, new)
    wanted = [piece.old for piece in review.pieces]
    number = 0
    for index, piece in enumerate(review.pieces):
        if not piece.changes:
            continue
        match data.draw(st.sampled_from(["take", "leave", "edit"])):
            case "take":
                review, wanted[index] = review.take(number), piece.new
            case "leave":
                review = review.leave(number)
            case _:
                text = data.draw(TEXTS)
                review = review.edit(number, text)
                cut = text and not text.endswith("\n") and index < len(review.pieces) - 1
                wanted[index] = text + "\n" * bool(cut)
        number += 1
    assert review.text == "".join(wanted)
    assert review_again(review.old, review.text).text == review.text
    assert review_again(review.old, review.text).old == old


@given(TEXTS, TEXTS)
def test_hunks_never_touch_and_the_old_lines_of_each_are_there(old: str, new: str) -> None:
    pieces = of(old, new).pieces
    assert all(one.changes != other.changes for one, other in pairwise(pieces))


def test_what_was_decided_is_told() -> None:
    review = of(OLD, NEW)
    assert [(hunk.old, hunk.new) for hunk in review.hunks] == [
        ("two\n", "TWO\n"),
        ("seven\neight\n", "SEVEN\neight\nnine\n"),
    ]
    review = review.leave(0).edit(1, "7\n8")
    assert [review.verdict(number) for number in (0, 1)] == ["left", "edited"]
    assert review.text == "one\ntwo\nthree\nfour\nfive\nsix\n7\n8"
    assert review.take(0).take(1).text == NEW
    assert (review.taken, review.leave(1).taken) == (1, 0)


def test_lines_that_are_apart_by_one_line_are_one_hunk() -> None:
    review = of("a\nb\nc\nd\ne\nf\n", "A\nb\nC\nd\ne\nF\n")
    assert [hunk.new for hunk in review.hunks] == ["A\nb\nC\n", "F\n"]


def test_an_edit_in_the_middle_ends_its_line() -> None:
    assert of(OLD, NEW).edit(0, "2").text.startswith("one\n2\nthree\n")


def test_rows_count_in_the_old_and_in_what_would_be_written() -> None:
    review = of(OLD, NEW).edit(0, "2\n2\n")
    assert review.rows(0) == (
        DiffRow("same", 1, 1, "one"),
        DiffRow("removed", 2, None, "two"),
        DiffRow("added", None, 2, "2"),
        DiffRow("added", None, 3, "2"),
        DiffRow("same", 3, 4, "three"),
        DiffRow("same", 4, 5, "four"),
        DiffRow("same", 5, 6, "five"),
    )
    assert review.leave(1).rows(1) == (
        DiffRow("same", 4, 5, "four"),
        DiffRow("same", 5, 6, "five"),
        DiffRow("same", 6, 7, "six"),
        DiffRow("same", 7, 8, "seven"),
        DiffRow("same", 8, 9, "eight"),
        DiffRow("left", None, None, "SEVEN"),
        DiffRow("left", None, None, "eight"),
        DiffRow("left", None, None, "nine"),
    )
    assert [review.line(number) for number in (0, 1)] == [2, 7]


def test_a_change_of_many_places_has_a_last_hunk() -> None:
    old = "".join(f"{n}\nx{n}\ny{n}\n" for n in range(300))
    new = "".join(f"n{n}\nx{n}\ny{n}\n" for n in range(300))
    review = of(old, new)
    assert (len(review.hunks), review.text, review.old) == (MOST_HUNKS, new, old)
    assert review.pieces[-1].old == "x299\ny299\n"


def test_a_change_too_large_to_compare_is_one_hunk() -> None:
    old = "top\n" + "".join(f"{n}\n" for n in range(6_000)) + "end\n"
    for new in ("top\nend\n", "top\n" + "".join(f"n{n}\n" for n in range(6_000)) + "end\n"):
        for one, other in ((old, new), (new, old)):
            review = of(one, other)
            assert (len(review.hunks), review.text, review.old) == (1, other, one)


@pytest.mark.parametrize(
    "diff",
    [
        "@@ -1 +1 @@\n-one\n",
        "@@ -1 +1 @@\n-one\n+another\n",
        "@@ nonsense @@\n",
        "@@ -1 +9 @@\n-one\n+ONE\n",
        "@@ -1 +1 @@\n\\ No newline at end of file\n-one\n+ONE\n",
        "@@ -1 +1 @@\n-one\n+ONE\nrubbish\n",
    ],
)
def test_a_diff_of_something_else_is_refused(diff: str) -> None:
    with pytest.raises(ValueError, match=r"diff|block"):
        review_of("ONE\n", diff)


def test_a_text_that_stays_has_no_hunk() -> None:
    review = of(OLD, OLD)
    assert (review.hunks, review.text) == ((), OLD)
    assert replace(review, chosen=()).old == OLD


@given(TEXTS, TEXTS)
def test_what_stands_around_a_hunk_is_shown_with_its_numbers(old: str, new: str) -> None:
    review = of(old, new)
    lines = old.split("\n")
    for number in range(len(review.hunks)):
        rows = review.rows(number)
        assert all(lines[row.old - 1] == row.text for row in rows if row.old is not None)
        assert sum(row.kind == "same" for row in rows) <= 6
