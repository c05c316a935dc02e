"""A disk that takes nothing for a while: told once, tried again, told when all is saved."""

import queue
from pathlib import Path

from copilot.ai.saving import Saving
from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.vocabulary.messages import Message, Text
from odd_disks import FULL, FailingDisk


def said(number: int) -> Message:
    parent = f"m{number - 1}" if number > 1 else None
    return Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text="hello"),), at=0.0)


def test_what_waits_is_saved_when_there_is_room_again(tmp_path: Path) -> None:
    trouble = ["write"]
    disk = FailingDisk(FULL, lambda _, name: name in trouble)
    disk.fails = lambda _number, _name: False
    store = Store.open(
        Home(root=tmp_path), "demo", clock=lambda: 0.0, new_id=lambda: "n", base_dir=Path("/"), disk=disk
    )
    words: queue.SimpleQueue[str] = queue.SimpleQueue()
    saving = Saving(store, words.put, pause=0.01)
    saving.look()
    disk.fails = lambda _number, name: name in trouble
    for number in (1, 2, 3):
        store.keep_message("main", said(number))
        saving.look()
    told = words.get(timeout=20)
    assert "the disk is full" in told
    assert "in memory only" in told
    assert "Free some space" in told
    trouble.clear()
    assert words.get(timeout=20) == "All of demo is saved again."
    assert words.empty()
    assert store.trouble is None

    trouble.append("sync")
    store.keep_message("main", said(4))
    saving.look()
    assert "in memory only" in words.get(timeout=20)  # another trouble is told again
    saving.finish()
    trouble.clear()
    store.close()
    assert words.empty()
