"""What all tests share: a home of their own, no environment of the person's."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regold` writes the kept event lists and requests anew; read their diff before you commit it."""
    parser.addoption("--regold", action="store_true", help="write golden files instead of comparing")


@pytest.fixture
def home_dir(tmp_path: Path) -> Path:
    """An empty folder to be used as the home."""
    home = tmp_path / "home"
    home.mkdir()
    return home
