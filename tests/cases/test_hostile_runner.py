"""Area `runner` of the hostile cases, and their neighbours: real scripts through the tool, in real trees."""

import os
import re
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile import case

from copilot.shell.environment import child_environment
from copilot.shell.shells import Shell
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.values import Limits
from tool_world import World, make_world

HANG_GUARD = 20.0
"""Ten times the promise that a stopped tree is gone within two seconds."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="counts processes in /proc")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = make_world(tmp_path)
    world.environ = {"PATH": "/usr/bin:/bin", "LC_MARK": f"mark-{uuid.uuid4().hex}"}
    return world


def alive(world: World) -> list[str]:
    """What still runs of the scripts of this world, by the mark in its environment."""
    mark = world.environ["LC_MARK"].encode()
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                marked = mark in (entry / "environ").read_bytes()
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            except OSError:
                continue
            if marked and not dead:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def said(world: World, word: str) -> Callable[[], bool]:
    """Whether the script has printed a word."""
    return lambda: word in "".join(text for _, text in world.output)


def stop_when_ready(world: World, script: str) -> list[str]:
    """Run until it says that it is ready, stop it; what ran at that moment."""
    seen: list[str] = []

    def cancelled() -> bool:
        if said(world, "ready")():
            seen.extend(alive(world))
            return True
        return False

    world.cancelled = cancelled
    started = time.monotonic()
    with pytest.raises(TurnCancelledError):
        world.call("run_shell", script=script)
    assert time.monotonic() - started < HANG_GUARD
    return seen


@pytest.mark.parametrize(
    "script",
    [
        f"{case('run-002')} sleep 0.2; echo ready; sleep 600",
        f"({case('run-002')}) & sleep 0.2; echo ready; exec sleep 600",
        "setsid sh -c 'trap \"\" TERM HUP INT; echo ready; while :; do sleep 600; done' & wait",
        "( ( setsid nohup sleep 600 >/dev/null 2>&1 & ) & ); sleep 0.2; echo ready; sleep 600",
        "sh -c 'echo ready; kill -STOP $$; sleep 600' & sleep 600",
    ],
)
def test_stop_leaves_no_survivors(world: World, script: str) -> None:
    assert stop_when_ready(world, script), "it was not running when it was stopped"
    assert alive(world) == []


def test_what_is_left_in_the_background_is_ended_and_told(world: World) -> None:
    told = world.call("run_shell", script=f"{case('run-002')} echo started")
    assert re.search(r"It left 1 process running in the background; ended: sleep \(pid \d+\)\.", told)
    assert told.startswith("exit code 0 after ")
    assert alive(world) == []


def test_no_prompt_can_appear(world: World) -> None:
    """A stand-in for each asks the way that the real one does: at the terminal, then at standard input."""
    asks = (
        "#!/bin/sh\n(printf 'Password: ' > /dev/tty) 2>/dev/null && exit 90\nread answer && exit 91\nexit 7\n"
    )
    names = [line.split()[0] for line in case("run-004").split("  /  ")]
    assert names == ["ssh", "git", "sudo"]
    for name in names:
        world.put(f"bin/{name}", asks).chmod(0o755)
    script = "".join(f"PATH=$PWD/bin:$PATH {name}; echo {name} $?\n" for name in names)
    told = world.call("run_shell", script=script)
    assert "stdout:\nssh 7\ngit 7\nsudo 7" in told
    assert "Password" not in told


def test_programs_are_told_not_to_ask() -> None:
    person = {
        "SSH_ASKPASS": "/usr/bin/ask",
        "GIT_ASKPASS": "/usr/bin/ask",
        "SUDO_ASKPASS": "/x",
        "DISPLAY": ":0",
    }
    for platform in ("linux", "darwin", "win32"):
        environ = child_environment(person, platform)
        assert not set(person) & set(environ)
        assert (environ["GIT_TERMINAL_PROMPT"], environ["GCM_INTERACTIVE"]) == ("0", "never")
        assert environ["GIT_SSH_COMMAND"] == "ssh -o BatchMode=yes"


def test_a_script_that_waits_ends_at_its_limit_and_the_message_asks_why(world: World) -> None:
    world.limits = Limits(script_seconds=0.5)
    told = world.call("run_shell", script="mkfifo p; echo asking; cat p")
    assert told.startswith("no exit code after ")
    assert "Ended after 0.5 s, the time limit. Was it waiting for input?" in told
    assert "stdout:\nasking" in told
    assert alive(world) == []


def test_bytes_that_are_no_text(world: World) -> None:
    world.shell = Shell(name="bash", path="/bin/bash")
    told = world.call("run_shell", script=f"{case('run-006')}; printf '\\351' >&2")
    assert "Some bytes on stdout were not UTF-8 text and are shown as \ufffd." in told
    assert "Some bytes on stderr were not UTF-8 text" in told
    assert "stdout:\n\ufffd\ufffd\x00 bin" in told
    kept = {path.name.split(".", 1)[1]: path.read_bytes() for path in world.home.rglob("*.txt")}
    assert kept == {"stdout.txt": b"\\xff\\xfe\x00 bin", "stderr.txt": b"\\xe9"}


def test_nothing_leaks_into_the_next_script(world: World) -> None:
    state = 'echo "<$PWD> <${X-unset}> <$-> <$(umask)>"; type f >/dev/null 2>&1 || echo no f'
    before = world.call("run_shell", script=state).split("\n", 1)[1]
    world.call("run_shell", script=f"{case('run-008')}; alias ls=false; f() {{ :; }}; umask 077; set -e")
    after = world.call("run_shell", script=state).split("\n", 1)[1]
    assert after == before
    assert f"<{world.root}> <unset>" in after
    assert "no f" in after


def test_the_end_of_its_output_is_not_its_end(world: World) -> None:
    script = case("run-010").replace("sleep 5", "exec 2>&-; sleep 0.4; echo done > done.txt; exit 5")
    told = world.call("run_shell", script=script)
    assert told.startswith("exit code 5 after ")
    assert (world.root / "done.txt").read_text() == "done\n"


@pytest.mark.parametrize(
    ("script", "code"),
    [("exit 3", 3), ("false", 1), ("true; false; true", 0), ("kill -9 $$", 137), ("nosuchprogram", 127),
     ("exit 256", 0), ("(exit 4)", 4), ("set -e; false; exit 9", 1), ("sh -c 'kill -SEGV $$'", 139)],
)  # fmt: skip
def test_exit_codes_are_true(world: World, script: str, code: int) -> None:
    assert world.call("run_shell", script=script).startswith(f"exit code {code} after ")
    assert world.report.exit_code == code


def test_text_goes_in_and_comes_out_as_utf8(world: World) -> None:
    world.environ = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LC_MARK": "mark"}
    told = world.call("run_shell", script="echo 'h\u00e9llo \u4e16\u754c \U0001f642'; locale charmap")
    assert "stdout:\nh\u00e9llo \u4e16\u754c \U0001f642\nUTF-8" in told


def test_a_flood_is_bounded_for_the_model_the_screen_and_the_disk(world: World) -> None:
    told = world.call("run_shell", script="yes 0123456789 | head -c 60000000; echo the end")
    assert len(told) < 40_000
    assert "left out; the first 50,000,000 bytes are in" in told
    assert told.rstrip().endswith("stderr: (empty)")
    assert "the end" in told
    assert sum(len(text) for _, text in world.output) < 300_000
    (kept,) = world.home.rglob("*.stdout.txt")
    assert 50_000_000 <= kept.stat().st_size < 50_200_000


def test_the_person_sees_what_runs_and_for_how_long(world: World) -> None:
    world.call("run_shell", script="echo hi")
    (detail,) = world.gate.asked
    assert isinstance(detail, ScriptDetail)
    assert (detail.script, detail.cwd, detail.timeout_seconds) == ("echo hi", str(world.root), 120.0)
