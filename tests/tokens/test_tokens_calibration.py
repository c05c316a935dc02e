"""The factor moves towards what providers count, and nothing odd can carry it off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.tokens.calibration import HIGHEST, LOWEST, SMALLEST_PROMPT, Calibration
from copilot.tokens.estimator import estimate, factor

MODEL = "claude-opus-5-5"


def test_it_starts_with_the_estimators_own_factors() -> None:
    text = "def add(a: int, b: int) -> int:\n    return a + b\n"
    started = Calibration()
    for provider, model in (("openai", "gpt-6"), ("anthropic", MODEL)):
        assert started.factor(provider, model) == factor(provider, model)
        assert started.estimate(text, provider=provider, model=model) == estimate(
            text, provider=provider, model=model
        )
    assert started.estimate("", provider="anthropic", model=MODEL) == 0


def test_a_reply_moves_the_factor_by_a_fifth_and_that_of_its_model_alone() -> None:
    learned = Calibration().learned("anthropic", MODEL, 1000, 1100)
    assert learned.factor("anthropic", MODEL) == pytest.approx(0.8 * 1.6 + 0.2 * 1.1)
    assert learned.factor("anthropic", "claude-sonnet-5-5") == 1.6
    assert learned.factor("compatible", MODEL) == 1.0


def test_thirty_replies_come_within_a_hundredth() -> None:
    learned = Calibration()
    for _ in range(30):
        learned = learned.learned("gemini", "gemini-4-argon", 50_000, 57_000)
    assert learned.factor("gemini", "gemini-4-argon") == pytest.approx(1.14, rel=0.01)


@pytest.mark.parametrize(
    ("pieces", "actual"), [(0, 0), (0, 10_000), (10_000, 0), (SMALLEST_PROMPT - 1, 9_000), (9_000, 499)]
)
def test_small_prompts_and_absent_counts_teach_nothing(pieces: float, actual: int) -> None:
    start = Calibration()
    assert start.learned("openai", "gpt-6", pieces, actual) is start


@given(st.lists(st.tuples(st.floats(0, 1e9), st.integers(0, 10**9)), max_size=20))
def test_the_factor_never_leaves_its_bounds(replies: list[tuple[float, int]]) -> None:
    learned = Calibration()
    for pieces, actual in replies:
        learned = learned.learned("openai", "gpt-6", pieces, actual)
        assert LOWEST <= learned.factor("openai", "gpt-6") <= HIGHEST


def test_one_odd_reply_moves_the_factor_by_no_more_than_two_fifths() -> None:
    odd = Calibration().learned("openai", "gpt-6", 500, 10**9)
    assert odd.factor("openai", "gpt-6") == pytest.approx(1.4)
