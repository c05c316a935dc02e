"""What all tests share: a home of their own, no environment of the person's."""

from pathlib import Path

import pytest


@pytest.fixture
def home_dir(tmp_path: Path) -> Path:
    """An empty folder to be used as the home."""
    home = tmp_path / "home"
    home.mkdir()
    return home
