"""What building a context costs the window: the main thread's processor time a frame, idle and while it runs.

    .venv/bin/python bench/frame_cost.py TREE [PATTERN]

A real window under Xvfb on a real desk. TREE is a folder (those of `bench/context.py` will do), PATTERN what
is chosen in it ("**/*.py"). Nothing is in the cache at first. Prints milliseconds a frame and the ratio.
"""

import itertools
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "desktop"))

FRAMES = 240
LONGEST_SECONDS = 600.0


def main() -> int:
    """Under a display of its own; 0 when it was measured."""
    from virtual_display import virtual_display

    with virtual_display() as display:
        words = [sys.executable, __file__, "--inside", *sys.argv[1:]]
        return subprocess.run(words, env={**os.environ, "DISPLAY": display}, check=False).returncode


def inside(tree: Path, pattern: str) -> int:
    """Measure in this process, which has a display."""
    from copilot.assembly.desk import open_desk
    from copilot.assembly.surroundings import Surroundings
    from copilot.desktop.gui import App
    from copilot.projects.home import Home
    from copilot.vocabulary.approvals import ApprovalPolicy
    from copilot.vocabulary.commands import ChooseFiles
    from copilot.vocabulary.values import FileChoice

    numbers = itertools.count(1)

    def new_id() -> str:
        return f"frame-{next(numbers)}"

    around = Surroundings(environ=os.environ, cwd=tree, platform=sys.platform, clock=time.time, new_id=new_id)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        desk = open_desk(around, home=Home(root=Path(home)).make(), base_dir=tree, fallback=True)
        app = App(desk, policy=ApprovalPolicy(), clock=time.time, new_id=new_id, size=(1280, 800))
        app._boot()

        def frames(until: object, most: int) -> list[float]:
            """Milliseconds of processor time of each frame until `until` holds, at most so many."""
            spent: list[float] = []
            end = time.monotonic() + LONGEST_SECONDS
            while len(spent) < most and time.monotonic() < end and not (callable(until) and until()):
                before = time.thread_time()
                app.pace.lively_until = math.inf  # at the full rate, as under a moving mouse
                app.step()
                spent.append((time.thread_time() - before) * 1000)
            return spent

        frames(lambda: app._control.state.listing is not None, 10**9)
        frames(None, FRAMES)
        idle = frames(None, FRAMES)
        began = time.monotonic()
        desk.worker.submit(
            ChooseFiles(request_id="choose", files=(FileChoice(pattern=pattern, view="summary"),))
        )
        busy = frames(
            lambda: app._control.state.context is not None and app._control.state.context.files, 10**9
        )
        took = time.monotonic() - began
        context = app._control.state.context
        print(f"{tree.name}: {len(context.files) if context else 0:,} files, {took:.1f} s")
        for name, spent in (("idle", idle), ("while it runs", busy)):
            print(
                f"{name}: {len(spent)} frames, mean {statistics.fmean(spent):.2f} ms,"
                f" median {statistics.median(spent):.2f} ms, most {max(spent):.1f} ms"
            )
        print(f"mean ÷ mean: {statistics.fmean(busy) / statistics.fmean(idle):.2f} (goal: at most 1.5)")
        sys.stdout.flush()
        app.close()
        while app.step():
            pass
        app._put_away()
        desk.close()
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        raise SystemExit(inside(Path(sys.argv[2]).resolve(), (sys.argv[3:] or ["**/*.py"])[0]))
    raise SystemExit(main())
