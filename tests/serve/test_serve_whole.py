"""The program itself, its door and its workspaces: `python -m copilot serve` and a user of its API."""

import os
import signal
from pathlib import Path

import pytest
from behind_door import behind_door
from workspace_play import eventually, require_fences

from copilot.serve.contract import ForbiddenError, NotThereError
from picture_files import png


def children_of(pid: int) -> set[int]:
    """The processes that a process started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def alive(pid: int) -> bool:
    """Whether there is a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.whole
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are counted in /proc")
def test_a_user_works_behind_the_door_until_the_server_is_killed(tmp_path: Path) -> None:
    require_fences(tmp_path)
    with behind_door(tmp_path / "home") as play, play.person("anna") as one:
        assert one.talk("hello") == "You said hello"
        play.spaces.write_file(one.user, "work", "a b.txt", b"in a file")
        assert play.spaces.read_file(one.user, "work", "a b.txt") == b"in a file"
        assert "in a file" in one.script("cat 'a b.txt'")
        assert play.spaces.attach(one.user, "work", "a.png", png())["media_type"] == "image/png"
        play.spaces.delete_file(one.user, "work", "a b.txt")
        with pytest.raises(NotThereError):
            play.spaces.read_file(one.user, "work", "a b.txt")
        with pytest.raises(ForbiddenError):
            one.do("Shutdown")
        workspaces = children_of(play.pid)
        assert len(workspaces) == 1
        one.ask("stay")
        one.until("TextDelta")
        os.kill(play.pid, signal.SIGKILL)
        eventually(lambda: not any(map(alive, workspaces)))
