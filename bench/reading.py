"""How long an approval takes to open with a long script, and its reading to be there.

    .venv/bin/python bench/reading.py [LINES]

A real window under Xvfb, each case in a process of its own. A script of LINES lines (5,000) in a POSIX shell,
in PowerShell 5.1 and in Python, and for comparison an approval of one line. Milliseconds, wall clock, medians
of five openings each, from the moment the request is there: until the first frame that shows the script,
until the whole reading is shown, until a reading after one typed letter is shown (without the 0.3 s that it
waits for the typing to end); the longest time between two frames meanwhile, and the most processor time that
the main thread took for a frame. Each also as a multiple of the approval of one line.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "desktop"))

ROUNDS = 5
CASES = ("one line", "posix", "powershell", "python")
FIGURES = (
    "first frame with the script",
    "reading shown in full",
    "reading shown after an edit",
    "longest gap between frames",
    "most processor time of the main thread for a frame",
)


def main() -> int:
    """Every case under a display of its own; 0 when all were measured."""
    from virtual_display import virtual_display

    lines = sys.argv[1] if len(sys.argv) > 1 else "5000"
    base: dict[str, float] = {}
    with virtual_display() as display:
        for name in CASES:
            words = [sys.executable, __file__, "--inside", name, lines]
            done = subprocess.run(
                words, env={**os.environ, "DISPLAY": display}, check=False, capture_output=True, text=True
            )
            if done.returncode or not done.stdout.strip():
                print(f"{name}: failed\n{done.stderr[-2_000:]}")
                return 1
            found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
            base = base or found
            for what in FIGURES:
                if what in found:
                    more = f", {found[what] / base[what]:.1f} times" if name != "one line" else ""
                    print(f"{name}, {what}: {found[what]:.0f} ms{more}")
            sys.stdout.flush()
    return 0


def inside(name: str, lines: int) -> int:
    """Measure one case in this process, which has a display."""
    from plays import Stage
    from scripted import scripted_desk

    from copilot.desktop.gui import App
    from copilot.vocabulary.approvals import ApprovalPolicy

    play = Stage(None).play()
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
        _settle(app, 120)
        rounds = [_opening(app, desk, name, lines, number) for number in range(ROUNDS + 1)][1:]
        print(json.dumps({what: statistics.median(r[what] for r in rounds) for what in rounds[0]}))
        sys.stdout.flush()
        os._exit(0)


def _detail(name: str, lines: int, number: int) -> Any:
    """A text that was never read before: another folder each time."""
    from reading_scripts import script

    from copilot.vocabulary.approvals import PythonFileDetail, ScriptDetail

    cwd = f"/home/ada/calculator{number}"
    if name == "python":
        return PythonFileDetail(
            path="work.py",
            text=script(name, lines),
            sha256="0" * 64,
            argv=("python", "work.py"),
            cwd=cwd,
            timeout_seconds=30.0,
        )
    words = "ls\n" if name == "one line" else script(name, lines)
    powershell = name == "powershell"
    return ScriptDetail(
        script=words,
        shell="powershell" if powershell else "bash",
        shell_path="powershell.exe" if powershell else "/usr/bin/bash",
        cwd=f"C:\\calculator{number}" if powershell else cwd,
        timeout_seconds=120.0,
    )


def _opening(app: Any, desk: Any, name: str, lines: int, number: int) -> dict[str, float]:
    from copilot.desktop.confirm_window import NAME
    from copilot.desktop.gate import dpg
    from copilot.desktop.script_box import BOX
    from copilot.vocabulary import events as e

    at: Any = {"at": time.time(), "worker": "w", "turn_id": f"t{number}", "branch": "main"}
    detail = _detail(name, lines, number)
    confirm = app.bench._dialog
    clock = _Clock()
    _tell(
        desk,
        e.ApprovalRequested(
            **at, request_id=f"r{number}", call_id="c", tool="run_shell", detail=detail, verdict="ask"
        ),
    )
    words = getattr(detail, "script", getattr(detail, "text", ""))
    first = clock.until(app, lambda: dpg.is_item_visible(NAME) and dpg.get_value(BOX) == words)
    whole = clock.until(app, lambda: confirm._reading.complete)
    found = {FIGURES[0]: first, FIGURES[1]: whole}
    if name != "python":
        clock.until(app, lambda: confirm._queue.shown.armed)
        began = clock.now
        half = len(words) // 2
        at_line = words.find("\n", half if "\n" in words[half:-1] else 0)
        edited = words[:at_line] + " x" + words[at_line:]
        dpg.set_value(BOX, edited)
        confirm._typed(edited)
        from copilot.desktop.confirm_reading import QUIET_SECONDS

        clock.until(app, lambda: not confirm._reading.complete)
        found[FIGURES[2]] = clock.until(app, lambda: confirm._reading.complete) - began
        found[FIGURES[2]] -= QUIET_SECONDS * 1_000
    found[FIGURES[3]], found[FIGURES[4]] = clock.longest, clock.most
    _tell(
        desk,
        e.ApprovalResolved(
            **at, request_id=f"r{number}", call_id="c", decision="reject", by="person", shown=True, note=""
        ),
    )
    _settle(app, 20)
    return found


class _Clock:
    """Milliseconds since it was made; since then the longest frame, and the most processor time for one."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self.longest = self.most = 0.0

    @property
    def now(self) -> float:
        return (self._last - self._began) * 1_000

    def until(self, app: Any, there: Any) -> float:
        """Frames until something is so; when that was."""
        for _ in range(3_000):
            if there():
                return self.now
            spent = time.thread_time()
            app.step()
            self.most = max(self.most, (time.thread_time() - spent) * 1_000)
            now = time.perf_counter()
            self.longest, self._last = max(self.longest, (now - self._last) * 1_000), now
        raise SystemExit("It never came.")


def _settle(app: Any, frames: int) -> None:
    """Some frames one after the other; then only those that are wanted."""
    for _ in range(frames):
        app.pace.lively_until = math.inf  # a step sets it anew
        app.step()
    app.pace.lively_until = 0.0


def _tell(desk: Any, event: Any) -> None:
    """As the worker tells of an event."""
    desk.worker._outbox.put(event)
    desk.worker.on_event()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        raise SystemExit(inside(sys.argv[2], int(sys.argv[3])))
    raise SystemExit(main())
