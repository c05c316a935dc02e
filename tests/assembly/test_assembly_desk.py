"""What a desk lets go of when it is closed."""

import itertools
import sys
import threading
from pathlib import Path
from typing import cast

import pytest

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Surroundings, open_desk
from copilot.assembly.providers import ProviderShelf
from copilot.projects.home import Home
from copilot.storage.locks import hold
from copilot.vocabulary.confinement import RunSettings


class Stuck:
    """A shelf whose connections cannot be closed."""

    def close(self) -> None:
        raise OSError("the connection is gone")


def test_what_stands_around_scripts_is_used_from_the_next_one_on(home_dir: Path, tmp_path: Path) -> None:
    around = Surroundings(
        environ={},
        cwd=tmp_path,
        platform=sys.platform,
        clock=lambda: 1_800_000_000.0,
        new_id=lambda: "id",
    )
    desk = open_desk(around, home=Home(root=home_dir), base_dir=tmp_path, flags=Flags(provider="rehearsal"))
    fences = desk.kit.previews.fences
    assert fences.settings == RunSettings()
    desk.use_run(RunSettings(confined=False, processes=12))
    proposed = fences.proposed()
    assert proposed is not None
    assert (proposed.confined, fences.settings.processes) == (False, 12)
    desk.close()


def test_everything_is_let_go_of_also_where_one_part_fails(home_dir: Path, tmp_path: Path) -> None:
    ids = itertools.count()
    around = Surroundings(
        environ={"PATH": "/usr/bin:/bin"},
        cwd=tmp_path,
        platform=sys.platform,
        clock=lambda: 1_800_000_000.0,
        new_id=lambda: f"id{next(ids)}",
    )
    desk = open_desk(
        around,
        home=Home(root=home_dir),
        project="held",
        base_dir=tmp_path,
        flags=Flags(provider="rehearsal"),
    )
    desk.stage.server()
    desk.shelf = cast(ProviderShelf, Stuck())
    with pytest.raises(OSError, match="gone"):
        desk.close()
    for thread in threading.enumerate():
        if thread.name == "rehearsal":
            thread.join(5)
            assert not thread.is_alive()
    hold(home_dir / "projects" / "held.lock").release()
