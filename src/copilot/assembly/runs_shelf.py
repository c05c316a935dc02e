"""The runs of each base directory of this home: where they are kept, and what of the folder is our own."""

import threading
from collections.abc import Callable, Collection
from pathlib import Path

from copilot.projects.home import Home
from copilot.tools.target import own_paths
from copilot.vocabulary.snapshots import SnapshotSettings
from copilot.workspace.snapshots.nodes import bounds_of
from copilot.workspace.snapshots.runs import Runs


def runs_shelf(
    home: Home, clock: Callable[[], float], keys: Collection[str], settings: SnapshotSettings
) -> Callable[[Path], Runs]:
    """Gives the runs of a base directory, the same for the same one. Any thread.

    No file that holds one of the `keys` is kept, and no more than `settings` say.
    """
    opened: dict[Path, Runs] = {}
    lock = threading.Lock()

    def runs(base_dir: Path) -> Runs:
        with lock:
            if base_dir not in opened:
                own = own_paths(home.scripts, base_dir)
                opened[base_dir] = Runs(
                    home.snapshots,
                    base_dir,
                    clock=clock,
                    own=own,
                    keys=keys,
                    bounds=bounds_of(settings),
                    settle=lambda: _taken_back(home, base_dir),
                )
            return opened[base_dir]

    return runs


def _taken_back(home: Home, base_dir: Path) -> list[str]:
    """Undo what a preview's Apply left half done when its program was killed."""
    from copilot.shell.confine.work import take_back_left  # most sessions never meet one

    return take_back_left(base_dir.resolve(), home.previews)
