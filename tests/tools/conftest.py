"""A new project for every test."""

from pathlib import Path

import pytest

from tool_world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A world in an empty folder."""
    return make_world(tmp_path)
