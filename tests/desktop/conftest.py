"""A display of our own for the window tests, for the whole session."""

import os
from collections.abc import Iterator

import pytest
from virtual_display import missing, virtual_display


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a virtual display of 1920 by 1200 with a window manager."""
    lacking = ", ".join(missing())
    if lacking and os.environ.get("CI") == "true":
        pytest.fail(f"window tests need {lacking}, which the test command should have installed")
    if lacking:
        pytest.skip(f"window tests need {lacking}")
    with virtual_display() as name, pytest.MonkeyPatch.context() as environ:
        environ.setenv("LP_PERF", "no_linear")  # Mesa in software: a third less to draw, glyphs lie on pixels
        yield name
