"""The fast estimator counts what its docstring says, and its factors fit the models they name."""

import re
from math import ceil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from copilot.tokens.estimator import estimate, factor, wordpieces, wordpieces_of
from copilot.vocabulary.values import ProviderName

PIECE = re.compile(r"[A-Za-z]+|[0-9]+|[\t\x0b-\r\x1c-\x1f ]+|\n+|.", re.DOTALL)


def plain(text: str) -> float:
    """The definition, piece by piece, in hundredths so that the sum is exact."""
    return sum(map(_hundredths, PIECE.findall(text))) / 100


def _hundredths(piece: str) -> int:
    first = piece[0]
    if not first.isascii() or first == "\n":
        return 75
    if first.isalpha():
        return 100 if len(piece) <= 7 else (len(piece) + 5) // 6 * 100
    if first.isdigit():
        return (len(piece) + 2) // 3 * 100
    if first.isspace():
        return 100 if len(piece) > 1 else 0
    return 70 if first == "_" else 72


def measured(s: str) -> float:
    """The code whose errors were measured against real tokenizers, word for word."""
    n = 0.0
    for m in re.finditer(r"[A-Za-z]+|\d+|[^\S\n]+|\n+|[^\w\s]|[^\x00-\x7f]|_", s):
        g = m.group()
        k = g[0]
        if k.isascii() and k.isalpha():
            n += 1 if len(g) <= 7 else (len(g) + 5) // 6
        elif k.isdigit():
            n += (len(g) + 2) // 3
        elif k in " \t":
            n += 0 if len(g) == 1 else 1
        elif k == "\n":
            n += 0.75
        elif k == "_":
            n += 0.7
        elif ord(k) > 127:
            n += 0.75
        else:
            n += 0.72
    return n


RUNS = st.builds(
    lambda runs: "".join(character * length for character, length in runs),
    st.lists(st.tuples(st.sampled_from("aZ07_ \t\n\r\x1c(.\x00\x7f"), st.integers(1, 90)), max_size=30),
)
"""Runs of every length that the definition tells apart, and longer ones."""


@given(st.text(st.characters(max_codepoint=127)) | st.text("ab1_ \n(") | RUNS)
def test_ascii_counts_as_defined(text: str) -> None:
    assert wordpieces(text) == plain(text)


@given(st.text() | st.text("aé世𝄞 \n"))
@example("\ud800a")
def test_each_character_beyond_ascii_counts_alike(text: str) -> None:
    encodable = text.encode(errors="replace").decode()
    assert wordpieces(text) == plain(encodable) == wordpieces_of(encodable.encode())


@given(st.text(st.sampled_from([*map(chr, range(32, 127)), "\n", "\t"])))
def test_it_is_the_measured_estimator_where_lines_end_in_newlines(text: str) -> None:
    assert wordpieces(text) == pytest.approx(measured(text))


@pytest.mark.parametrize("unit", ["def add(a, b):\n    return a + b\n\n\n", "\n", "x = 1234567\r\n", "é\n"])
def test_a_text_of_many_chunks_counts_as_defined(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert wordpieces(text) == pytest.approx(plain(text), abs=3 * len(text) / 30_000)


@pytest.mark.parametrize("character", "a1 \n")
def test_a_run_longer_than_a_chunk_is_cut_a_few_times_and_no_more(character: str) -> None:
    text = character * 200_000
    assert wordpieces(text) == pytest.approx(plain(text), abs=3 * 7)


@given(st.lists(st.text("ab1_ \n(é"), max_size=8))
def test_the_sum_of_the_parts_is_near_the_whole(parts: list[str]) -> None:
    assert sum(map(wordpieces, parts)) == pytest.approx(wordpieces("".join(parts)), abs=3 * len(parts))


@given(st.binary(max_size=300))
def test_bytes_that_are_no_text_are_counted_all_the_same(data: bytes) -> None:
    assert 0 <= wordpieces_of(data) <= len(data)


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("openai", "gpt-5", 1.0),
        ("gemini", "gemini-3-flash", 1.0),
        ("compatible", "anything", 1.0),
        ("rehearsal", "", 1.0),
        ("anthropic", "claude-sonnet-5", 1.6),
        ("anthropic", "claude-opus-5-20260901", 1.6),
        ("anthropic", "claude-opus-4-7", 1.6),
        ("anthropic", "claude-opus-4-8-20260501", 1.6),
        ("anthropic", "claude-opus-4-6", 1.25),
        ("anthropic", "claude-sonnet-4-5-20250929", 1.25),
        ("anthropic", "claude-opus-4-20250514", 1.25),
        ("anthropic", "claude-3-5-sonnet-20241022", 1.25),
        ("anthropic", "claude-3.7-sonnet", 1.25),
        ("anthropic", "claude-2.1", 1.25),
        ("anthropic", "a-name-we-do-not-know", 1.6),
    ],
)
def test_factors(provider: ProviderName, model: str, expected: float) -> None:
    assert factor(provider, model) == expected


def test_an_estimate_is_rounded_up_and_nothing_costs_nothing() -> None:
    text = "def add(a: int, b: int) -> int:\n    return a + b\n"
    assert estimate(text, provider="openai", model="gpt-5") == ceil(plain(text))
    assert estimate(text, provider="anthropic", model="claude-sonnet-5") == ceil(plain(text) * 1.6)
    assert estimate("", provider="anthropic", model="x") == 0
