"""Panels torn off and docked again and again, from a discussion of 10,000 messages.

    python bench/soak/torn_off.py [cycles] [messages]     50 cycles with 10,000 messages unless told otherwise

Real processes with real windows under a virtual display. Prints how long it takes from asking to the panel on
the screen, what it costs the thread that asks, and what is left behind: processes, threads, open files,
folders of sockets, memory. Exits with 1 where any of them is left.

The window tests run a small slice of it in the program itself.
"""

import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "desktop"), str(ROOT / "tests")]

PANELS = ("discussion", "usage", "tools", "log", "files", "context", "composer")
PATIENCE = 60.0


def main() -> int:
    """Under a display of its own; 0 when nothing was left."""
    from virtual_display import virtual_display

    with virtual_display() as display:
        words = [sys.executable, __file__, "--inside", *sys.argv[1:]]
        return subprocess.run(words, env={**os.environ, "DISPLAY": display}, check=False).returncode


def inside(cycles: int, messages: int) -> int:
    """In this process, which has a display."""
    from test_torn_pipe import long_state

    from copilot.desktop.looks import Dress
    from copilot.desktop.torn.feed import Feed
    from copilot.desktop.torn.messages import Facts, Ready
    from copilot.desktop.torn.process import Gone, PanelProcess
    from copilot.desktop.torn.requests import PROGRAM
    from copilot.vocabulary.values import ModelChoice

    state = long_state(messages)
    facts = Facts(model=ModelChoice(provider="rehearsal", model="rehearsal"), draft="", attached=())
    took: list[float] = []
    asked: list[float] = []
    sizes: list[int] = []
    seen: set[int] = set()
    before = (0, 0)
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder
        home = Path(folder, "home")
        home.mkdir()
        for cycle in range(cycles):
            heard: queue.Queue[object] = queue.Queue()
            began, cpu = time.monotonic(), time.thread_time()
            feed = Feed(state)
            feed.put(facts, state)
            process = PanelProcess(
                PANELS[cycle % len(PANELS)],
                feed,
                home=home,
                place=None,
                dress=Dress(),
                hear=heard.put,
                environ=os.environ,
                module=PROGRAM,
            )
            asked.append((time.thread_time() - cpu) * 1000)
            while not isinstance(came := heard.get(timeout=PATIENCE), Ready):
                assert not isinstance(came, Gone), came
            took.append(time.monotonic() - began)
            seen.add(process.pid or 0)
            process.end()
            while not isinstance(heard.get(timeout=PATIENCE), Gone):
                pass
            if cycle == min(4, cycles - 1):
                before = (threading.active_count(), _open_files())
            sizes.append(_resident())
        time.sleep(0.2)
        sockets = [path for path in Path(folder).iterdir() if path != home]
    alive = [pid for pid in seen if Path(f"/proc/{pid}").exists()]
    threads, files = threading.active_count() - before[0], _open_files() - before[1]
    print(f"{cycles} panels of a discussion of {messages:,} messages, {len(seen)} processes")
    print(f"from asking to the screen: median {statistics.median(took):.2f} s, most {max(took):.2f} s")
    print(f"the thread that asks: median {statistics.median(asked):.2f} ms, most {max(asked):.2f} ms")
    print(f"memory of this process: {sizes[min(4, cycles - 1)]} MB after five, {sizes[-1]} MB at the end")
    print(f"left: {len(alive)} processes, {threads} threads, {files} open files, {len(sockets)} folders")
    return 1 if alive or threads > 0 or files > 0 or sockets else 0


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _resident() -> int:
    """Megabytes of memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) // 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        numbers = [*map(int, sys.argv[2:]), 50, 10_000]
        raise SystemExit(inside(numbers[0], numbers[1] if len(sys.argv) > 3 else 10_000))
    raise SystemExit(main())
