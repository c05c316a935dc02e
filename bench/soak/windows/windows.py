"""The window started and stopped 200 times, and 50 panels torn off and docked again, without a trace.

    python bench/soak/windows/windows.py [cycles] [panels]      200 and 50 unless told otherwise

The real program under a virtual display, by keyboard alone, with a model that answers slowly, asks for
approval, or has a script run. It is ended while nothing happens and in the middle of all that, by Alt+F4,
SIGTERM, Ctrl+C and `kill -9`; panels go by a chord, Alt+F4, SIGTERM and `kill -9` of their process. After
each: the exit code, no process left (orphans are adopted, so that none can hide), the lock free, nothing in
`state/windows` and no temporary folder (one of each after `kill -9`, and none after the next end), nothing on
standard error; and every message that was sent is in the project. Linux only. Exits with 1 where it is not
so; SOAK_PICTURE may name a file for a picture of the screen where a wait came to nothing.
"""

import collections
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / "desktop"), str(Path(__file__).parent)]

import children  # noqa: E402  # beside this file
from program import GRACE, Program  # noqa: E402

from copilot.rehearsal.scenario import parse_scenario  # noqa: E402
from copilot.rehearsal.server import RehearsalServer  # noqa: E402

SCENARIO = """
[[rule]]
when = { asked_regex = 'talk [0-9]+$', round = 1 }
answer = [{ text = "I begin to talk now and go on for a long while. ", piece = 4, delay = 2.0 }]
[[rule]]
when = { asked_regex = 'approval [0-9]+$', round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo never" } }]
[[rule]]
when = { asked_regex = 'script [0-9]+$', round = 1 }
answer = [{ call = "run_shell", arguments = { script = "echo > begun; (setsid sleep 654 &); sleep 654" } }]
[[rule]]
answer = [{ text = "Here I am." }]
"""

ENDS = ("Alt+F4", "kill -9", "SIGTERM", "SIGINT", "kill -9", "SIGTERM, minimised")
STATES = ("idle", "talk", "approval", "torn off", "script")
PANELS = ("Project", "Context", "Branches", "Discussion", "Composer", "Tool calls", "Scripts", "Log", "Usage")
"""As Ctrl+1 to Ctrl+9 name them."""
NAMES = ("files", "context", "branches", "discussion", "composer", "tools", "scripts", "log", "usage")
WAYS = ("chord", "Alt+F4", "kill -9", "SIGTERM")


def main(words: Sequence[str]) -> int:
    """Under a display of its own, which goes at the end however that comes."""
    from virtual_display import virtual_display

    with virtual_display() as display:
        command = [sys.executable, __file__, "--inside", *words]
        return subprocess.run(command, env={**os.environ, "DISPLAY": display}, check=False).returncode


def inside(cycles: int, panels: int) -> int:
    """In this process, which has a display."""
    children.adopt_orphans()
    wrong: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as folder,
        RehearsalServer(parse_scenario(SCENARIO)) as server,
    ):
        program = Program(Path(folder), os.environ["DISPLAY"], server.url + "/v1")
        wrong += starts_and_stops(program, server, Path(folder) / "work", cycles)
        wrong += torn_off_and_docked(program, panels)
    for words in wrong:
        print(f"WRONG {words}")
    print("nothing was wrong" if not wrong else f"{len(wrong)} things were wrong")
    return 1 if wrong else 0


def starts_and_stops(program: Program, server: RehearsalServer, work: Path, cycles: int) -> list[str]:
    """What was wrong."""
    wrong: list[str] = []
    said: list[str] = []
    misheard = 0
    counted: collections.Counter[str] = collections.Counter()
    began: list[float] = []
    stopped: list[float] = []
    for cycle in range(cycles):
        how, state = ENDS[cycle % len(ENDS)], STATES[cycle % len(STATES)]
        (work / "begun").unlink(missing_ok=True)
        asked = requests(server)
        program.start()
        began.append(program.began)
        if state in ("talk", "approval", "script"):
            program.say(f"{state} {cycle}")
            program.until(lambda n=asked: requests(server) > n, "the request")
            said.append(asked_last(server))
            misheard += said[-1] != f"{state} {cycle}"
            first = "TextDelta" if state == "talk" else "ApprovalRequested"
            program.until(lambda word=first: word in program.logged(), first)
        if state == "script":
            program.approve((work / "begun").exists)
        if state == "torn off":
            tear_off(program, 8)
            tear_off(program, 2)
        since = time.monotonic()
        code = program.ended(how)
        stopped.append(time.monotonic() - since)
        found = program.check(code, killed=how == "kill -9")
        if cycle % 2 and (missing := set(said) - set(kept := program.messages())):
            found.append(f"lost: {missing}; there are {kept}")
            said = list(kept)
        wrong += [f"cycle {cycle}, {state}, {how}: {one}" for one in found]
        sys.stderr.write("".join(f"WRONG {one}\n" for one in wrong[-len(found) :] if found))
        counted[f"{how}, {state}"] += 1
        if (cycle + 1) % 20 == 0:
            sys.stderr.write(f"{cycle + 1} cycles, {len(wrong)} wrong\n")
    print(f"{cycles} starts and stops in {len(counted)} ways, {len(said)} messages sent")
    if misheard:
        print(f"{misheard} of them reached the model with other letters than the keyboard tool typed")
    print(f"from the start to the window: median {statistics.median(began):.1f} s, most {max(began):.1f} s")
    said_so = "from the end asked for to the end"
    print(f"{said_so}: median {statistics.median(stopped):.2f} s, most {max(stopped):.1f} s")
    return wrong


def requests(server: RehearsalServer) -> int:
    """How often the model was asked."""
    return sum(one.path.endswith("/completions") for one in server.requests)


def asked_last(server: RehearsalServer) -> str:
    """What the person said last, as the model heard it; those before it that got no answer stand in front."""
    body = next(one.body for one in reversed(server.requests) if one.path.endswith("/completions"))
    assert isinstance(body, dict)
    messages: Any = body["messages"]
    content = [one["content"] for one in messages if one["role"] == "user"][-1]
    words = content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
    return str(words).rpartition("\n")[2]


def tear_off(program: Program, number: int) -> str:
    """Tear the panel of Ctrl+number off by keyboard, and wait for its window."""
    title = PANELS[number]

    def there() -> str:
        if not program.panel_window(title):
            program.front()
            program.press(str(number + 1), "ctrl")
            program.press("t", "ctrl", "shift")
            until = time.monotonic() + GRACE
            while time.monotonic() < until and not program.panel_window(title):
                time.sleep(0.05)
        return program.panel_window(title)

    window = program.until(there, f"the window of {title}")
    program.until(lambda: NAMES[number] in program.remembered(), f"{title} to be remembered")
    return str(window)


def torn_off_and_docked(program: Program, panels: int) -> list[str]:
    """What was wrong; the program is ended in the middle of it now and then, with a panel torn off."""
    wrong: list[str] = []
    took: list[float] = []
    program.start()
    for panel in sorted(program.remembered()):  # those of the last start before
        dock(program, PANELS[NAMES.index(panel)], "chord")
    for cycle in range(panels):
        number, way = cycle % len(PANELS), WAYS[cycle % len(WAYS)]
        if cycle % 10 == 7:
            wrong += again(program, number, ("SIGTERM", "kill -9")[cycle // 10 % 2])
        else:
            since = time.monotonic()
            tear_off(program, number)
            took.append(time.monotonic() - since)
        wrong += [f"panel {cycle}, {way}: {one}" for one in dock(program, PANELS[number], way)]
    code = program.ended("Alt+F4")
    wrong += [f"after the panels: {one}" for one in program.check(code, killed=False)]
    print(f"{panels} panels torn off and docked in {len(WAYS)} ways")
    print(f"from the keys to the window: median {statistics.median(took):.1f} s, most {max(took):.1f} s")
    return wrong


def again(program: Program, number: int, how: str) -> list[str]:
    """End the program while a panel is torn off: its window goes, and comes back with the next start."""
    tear_off(program, number)
    code = program.ended(how)
    wrong = program.check(code, killed=how == "kill -9")
    program.start()
    program.until(lambda: program.panel_window(PANELS[number]), f"{PANELS[number]} to come back")
    return [f"{PANELS[number]}, {how}: {one}" for one in wrong]


def dock(program: Program, title: str, way: str) -> list[str]:
    """Have a panel's window go, in this way, and wait until it is docked and its process over."""
    window = str(program.until(lambda: program.panel_window(title), f"the window of {title}"))
    pid = program.owner(window)
    match way:
        case "chord":
            program.front(window)
            program.press("w", "ctrl")
        case "Alt+F4":
            program.front(window)
            program.press("F4", "alt")
        case _:
            os.kill(pid, 9 if way == "kill -9" else 15)
    name = NAMES[PANELS.index(title)]
    program.until(lambda: name not in program.remembered(), f"{title} to be docked")
    found = children.left(set(children.below()) - {pid}, GRACE)
    return [f"{title} is still there: {words}" for words in found.values()]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        numbers = [*map(int, sys.argv[2:])]
        raise SystemExit(inside(*numbers) if len(numbers) == 2 else inside(*(*numbers, 200, 50)[:2]))
    raise SystemExit(main(sys.argv[1:]))
