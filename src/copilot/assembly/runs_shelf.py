"""The runs of each base directory of this home: where they are kept, and what of the folder is our own."""

import threading
from collections.abc import Callable, Collection
from pathlib import Path

from copilot.projects.home import Home
from copilot.tools.target import own_paths
from copilot.workspace.snapshots.runs import Runs


def runs_shelf(home: Home, clock: Callable[[], float], keys: Collection[str]) -> Callable[[Path], Runs]:
    """Gives the runs of a base directory, the same for the same one. Any thread.

    No file that holds one of the `keys` is kept.
    """
    opened: dict[Path, Runs] = {}
    lock = threading.Lock()

    def runs(base_dir: Path) -> Runs:
        with lock:
            if base_dir not in opened:
                own = own_paths(home.scripts, base_dir)
                opened[base_dir] = Runs(home.snapshots, base_dir, clock=clock, own=own, keys=keys)
            return opened[base_dir]

    return runs
