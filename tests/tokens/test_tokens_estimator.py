"""The estimator is the measured one, and its factors fit the models they name."""

import re
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.tokens.estimator import estimate, factor, wordpieces
from copilot.vocabulary.values import ProviderName


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


@given(st.text() | st.text(alphabet="aZ_ \t\n09é世.(){}\r\x0b"))
def test_it_counts_as_measured(text: str) -> None:
    assert wordpieces(text) == pytest.approx(measured(text))


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
    assert estimate(text, provider="openai", model="gpt-5") == ceil(measured(text))
    assert estimate(text, provider="anthropic", model="claude-sonnet-5") == ceil(measured(text) * 1.6)
    assert estimate("", provider="anthropic", model="x") == 0
