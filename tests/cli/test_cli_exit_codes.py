"""The exit code of a turn: which of several wins."""

from itertools import product

import pytest

from copilot.cli.world import Ending, exit_code

YES_NO = (True, False)


def expected(interrupted: bool, failed: bool, capped: bool, round_limit: bool, rejections: int) -> int:
    """Precedence 130, 1, 5, 4, 3, 0."""
    applying = [
        code
        for code, applies in (
            (130, interrupted),
            (1, failed),
            (5, capped),
            (4, round_limit),
            (3, rejections > 0),
        )
        if applies
    ]
    return applying[0] if applying else 0


@pytest.mark.parametrize(
    ("interrupted", "failed", "capped", "round_limit", "rejections"),
    list(product(YES_NO, YES_NO, YES_NO, YES_NO, (0, 1, 2))),
)
def test_the_exit_code_is_the_first_that_applies(
    interrupted: bool, failed: bool, capped: bool, round_limit: bool, rejections: int
) -> None:
    ending = Ending(
        interrupted=interrupted,
        failed=failed,
        capped=capped,
        round_limit=round_limit,
        rejections=rejections,
    )
    assert exit_code(ending) == expected(interrupted, failed, capped, round_limit, rejections)
