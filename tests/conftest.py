"""What all tests share: a home of their own, no environment of the person's."""

import os
from pathlib import Path

import pytest
from hypothesis import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regold` writes the kept event lists and requests anew; read their diff before you commit it."""
    parser.addoption("--regold", action="store_true", help="write golden files instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    """Where CI is set, property tests that do not say how many examples they want take a slice."""
    del config
    if os.environ.get("CI"):
        settings.register_profile("slice", parent=settings.get_profile("ci"), max_examples=40)
        settings.load_profile("slice")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs others' stand-ins runs only where it is asked for: `./run second-opinions`. Where CI is set
    the checks that take long are left to those who run the tests without it."""
    if "second_opinion" in config.option.markexpr:
        return
    not_here = {"second_opinion", "whole"} if os.environ.get("CI") else {"second_opinion"}
    left_out = [item for item in items if not not_here.isdisjoint(item.keywords)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not_here.isdisjoint(item.keywords)]


@pytest.fixture
def home_dir(tmp_path: Path) -> Path:
    """An empty folder to be used as the home."""
    home = tmp_path / "home"
    home.mkdir()
    return home
