"""What a frame costs the window's main thread, above an empty window: many messages, a long answer, a stream.

    .venv/bin/python bench/desktop_frames.py [CASE ...]

A real window under Xvfb; each case in a process of its own. Prints processor time of the main thread in
milliseconds a frame, at rest and while it scrolls; the longest of the first frames; idle processor time in
front and minimised; memory of many turns.

An empty window's frames differ, too: what else the machine does is charged to them. So each quantile is told
as what it is above the same quantile of an empty window (measured before the others and after them), which
is what the content costs; and the p99 above an empty window's median, which has that noise in it.
"""

import ctypes
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "desktop"))

FRAMES = 480
IDLE_SECONDS = 10.0
CASES = ("empty", "10", "1000", "10000", "answer", "stream", "log", "idle", "turns")


def main() -> int:
    """Every case under a display of its own; 0 when all were measured."""
    from virtual_display import virtual_display

    names = dict.fromkeys(sys.argv[1:] or CASES)
    names.pop("empty", None)
    base: dict[str, float] = {}
    with virtual_display() as display:
        for name in ("empty", *names, "empty"):
            words = [sys.executable, __file__, "--inside", name]
            environ = {**os.environ, "DISPLAY": display}
            done = subprocess.run(words, env=environ, check=False, capture_output=True, text=True)
            if done.returncode or not done.stdout.strip():
                print(f"{name}: failed\n{done.stderr[-2_000:]}")
                return 1
            found = json.loads(done.stdout.splitlines()[-1])
            base = base or found["at rest"]
            _tell(name, found, base)
    return 0


def _tell(name: str, found: dict[str, dict[str, float]], base: dict[str, float]) -> None:
    for what, numbers in found.items():
        if name == "empty" and "p50" in numbers:
            print("an empty window: " + ", ".join(f"{key} {value:.2f}" for key, value in numbers.items()))
        elif "p50" in numbers:
            alike = ", ".join(f"{key} {numbers[key] - base[key]:+.2f}" for key in ("p50", "p99", "most"))
            noisy = numbers["p99"] - base["p50"]
            print(
                f"{name}, {what}: {alike} ms above the same of an empty window; p99 {noisy:.2f} above its p50"
            )
        else:
            print(f"{name}, {what}: " + ", ".join(f"{key} {value:,.2f}" for key, value in numbers.items()))
    sys.stdout.flush()


def inside(name: str) -> int:
    """Measure one case in this process, which has a display."""
    from desktop_plays import play_of
    from scripted import scripted_desk

    from copilot.desktop.gate import dpg
    from copilot.desktop.gui import App
    from copilot.vocabulary.approvals import ApprovalPolicy

    play = play_of(name)
    numbers = iter(range(10**9))
    with tempfile.TemporaryDirectory() as home:
        desk = scripted_desk(Path(home), play.first, play.react, model=play.model)
        app = App(
            desk,
            policy=ApprovalPolicy(),
            clock=time.time,
            new_id=lambda: f"bench-{next(numbers)}",
            size=(1280, 800),
        )
        app._boot()

        def frames(count: int, each: Callable[[int], None] = lambda _n: None) -> list[float]:
            spent: list[float] = []
            for number in range(count):
                each(number)
                app.pace.lively_until = math.inf
                before = time.thread_time()
                app.step()
                spent.append((time.thread_time() - before) * 1000)
            return spent

        first = frames(60)
        found = {"opening": {"longest frame, ms": max(first[2:])}}
        frames(200)
        found["at rest"] = _numbers(frames(FRAMES))
        found |= dict(_more(name, app, frames, dpg))
        print(json.dumps(found))
        sys.stdout.flush()
        os._exit(0)


def _more(
    name: str, app: Any, frames: Callable[..., list[float]], dpg: Any
) -> Iterator[tuple[str, dict[str, float]]]:
    match name:
        case "10" | "1000" | "10000" | "answer":
            box = "discussion.list"

            def wheel(number: int) -> None:
                end = dpg.get_y_scroll_max(box)
                y = dpg.get_y_scroll(box)
                dpg.set_y_scroll(box, max(0.0, min(end, y + (-90 if number < 160 else 90))))

            yield "scrolling", _numbers(frames(FRAMES, wheel))

            def jump(number: int) -> None:
                if number % 6 == 0:
                    dpg.set_y_scroll(box, dpg.get_y_scroll_max(box) * ((number * 37) % 100) / 100)

            yield "jumping", _numbers(frames(FRAMES, jump))
        case "stream":
            app._control.send("Go", ())
            frames(30)
            yield "while 500 updates a second come in", _numbers(frames(FRAMES * 3))
        case "log":
            app._bench.focus("tools")
            frames(120)
            yield "the panel of a call with 100 MB of output", _numbers(frames(FRAMES))
        case "idle":
            yield "in front", _idle(app)
            app._native._symbol("glfwIconifyWindow", None, ctypes.c_void_p)(app._native._current())
            time.sleep(0.5)
            yield "minimised", _idle(app)
        case "turns":
            before = _memory()
            for _ in range(1_000):
                app._control.send("Go", ())
                frames(3)
            frames(200)
            after = _memory()
            each = after - before  # of a thousand: MB in all are kB each
            yield "1,000 turns", {"MB before": before, "MB after": after, "kB a turn": each}
        case _:
            pass


def _idle(app: Any) -> dict[str, float]:
    for _ in range(40):
        app.step()
    app.pace.lively_until = 0.0
    began, before = time.monotonic(), time.process_time()
    while time.monotonic() - began < IDLE_SECONDS:
        app.step()
    return {"% of a core": 100 * (time.process_time() - before) / (time.monotonic() - began)}


def _numbers(spent: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(spent, n=100)
    return {"p50": cuts[49], "p99": cuts[98], "most": max(spent)}


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        raise SystemExit(inside(sys.argv[2]))
    raise SystemExit(main())
