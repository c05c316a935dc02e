"""Nothing acknowledged is lost: a disk that dies at every single call, and real processes that are killed."""

import itertools
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.vocabulary.messages import Message, Text
from odd_disks import CountingDisk, Died, DyingDisk, PowerCutDisk

STEPS = ("m1", "m2", "flush", "prompt", "m3", "m2-again", "flush", "m4")


def play(home: Home, disk: CountingDisk, acknowledged: list[str]) -> None:
    """A short session; each step is acknowledged when it has returned."""
    store = Store.open(home, "demo", clock=lambda: 0.0, new_id=lambda: "never", base_dir=Path("/"), disk=disk)
    try:
        for step in STEPS:
            match step:
                case "flush":
                    store.flush()
                case "prompt":
                    store.change(replace(store.project, system_prompt="set"))
                case _:
                    name, _, again = step.partition("-")
                    number = int(name[1:])
                    message = Message(
                        id=name,
                        parent=f"m{number - 1}" if number > 1 else None,
                        role="user",
                        parts=(Text(text=again or "first"),),
                        at=0.0,
                    )
                    store.keep_message("main", message)
            acknowledged.append(step)
        store.close()
        acknowledged.append("closed")
    finally:
        store._held.release()


def seen(home: Home) -> list[str]:
    """What a next start finds, as the steps that it shows."""
    with Store.open(home, "demo", clock=lambda: 0.0, new_id=lambda: "never", base_dir=Path("/")) as store:
        assert store.notices == ()
        found = [message.id for message in store.project.discussion.messages]
        found += [f"{m.id}-again" for m in store.project.discussion.messages if m.text == "again"]
        found += ["prompt"] * (store.project.system_prompt == "set")
    assert sorted(path.name for path in home.projects.iterdir()) == ["demo.lock", "demo.toml"]
    return found


def expected_states() -> list[set[str]]:
    """The state after each number of steps."""
    states: list[set[str]] = [set()]
    for step in STEPS:
        states.append(states[-1] | ({step} - {"flush"}))
    return states


def calls_of_a_whole_session(tmp_path: Path) -> int:
    disk = CountingDisk()
    play(Home(root=tmp_path / "whole"), disk, [])
    return len(disk.calls)


def test_dying_at_any_call_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Killed processes and power cuts, at every call that the store makes to the system."""
    total = calls_of_a_whole_session(tmp_path)
    assert total > 40
    states = expected_states()
    for at, kind in itertools.product(range(1, total + 1), (DyingDisk, PowerCutDisk)):
        root = tmp_path / f"{kind.__name__}-{at}"
        home, disk = Home(root=root / "live"), kind(at)
        acknowledged: list[str] = []
        with pytest.raises(Died):
            play(home, disk, acknowledged)
        if isinstance(disk, PowerCutDisk):
            left = Home(root=root / "left")
            disk.leave(home.projects, left.projects)
            home = left
        found = set(seen(home))
        done = len(acknowledged)
        assert found in states[done : done + 2], (at, kind, acknowledged, found)


CHILD = """
import sys
from pathlib import Path
from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.vocabulary.messages import Message, Text

home = Home(root=Path(sys.argv[1]))
store = Store.open(home, "demo", clock=lambda: 0.0, new_id=lambda: "never", base_dir=Path("/"))
number = len(store.project.discussion.messages)
print("open", number, flush=True)
while True:
    number += 1
    parent = f"m{number - 1}" if number > 1 else None
    text = f"{number} " + "some words " * (number * 7 % 400)
    message = Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text=text),), at=0.0)
    store.keep_message("main", message)
    print("kept", number, flush=True)
    if number % 5 == 0:
        store.flush()
"""


def test_killed_children_lose_no_acknowledged_message(tmp_path: Path) -> None:
    """kill -9 at random moments, in one home that lives on through all of them."""
    chance = random.Random(20261121)
    home = Home(root=tmp_path / "home")
    kept = 0
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(home.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        with child:
            assert child.stdout is not None
            assert child.stderr is not None
            word, number = (child.stdout.readline() or "died 0").split()
            assert word == "open", child.stderr.read()
            assert int(number) in (kept, kept + 1)
            for _ in range(chance.randint(0, 30)):
                kept = int(child.stdout.readline().split()[1])
            child.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            # What it acknowledged before it died counts too; a torn last line was not acknowledged.
            for line in child.stdout.read().split("\n")[:-1]:
                kept = int(line.split()[1])
            kept = max(kept, int(number))
    with Store.open(home, "demo", clock=lambda: 0.0, new_id=lambda: "never") as store:
        messages = store.project.discussion.messages
        assert len(messages) in (kept, kept + 1)
        assert [message.id for message in messages] == [f"m{n}" for n in range(1, len(messages) + 1)]
        assert all(message.text.startswith(f"{n} ") for n, message in enumerate(messages, start=1))
        assert store.notices == ()
    assert kept > 20
    assert sorted(path.name for path in home.projects.iterdir()) == ["demo.lock", "demo.toml"]
