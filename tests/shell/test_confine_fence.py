"""The fence of a real run: what it keeps out, what it lets through; nothing runs where there is none."""

import contextlib
import os
import re
import shlex
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from copilot.shell import shell_runner
from copilot.shell.confine import kernel, stage
from copilot.shell.confine.fences import Fences, fenced
from copilot.shell.shell_runner import Outcome
from copilot.vocabulary.confinement import Confinement, Fence, RunSettings, fence_words
from copilot.vocabulary.errors import ToolError
from ordinary_user import as_ordinary_user, open_folder


def _fences(place: Path, settings: RunSettings | None = None) -> Fences:
    home = place / "home"
    for folder in (place / "proj" / ".git", home / ".ssh", home / ".cargo" / "bin", place / "private"):
        folder.mkdir(parents=True, exist_ok=True)
    (home / ".ssh" / "id").write_text("SECRET")
    (home / ".cargo" / "bin" / "tool").write_text("a tool")
    return Fences(place / "private", _environ(place), sys.platform, settings=settings, own=(place / "state",))


def _environ(place: Path) -> Mapping[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(place / "home"), "LC_ALL": "C"}


def _run(
    place: Path,
    script: str,
    *,
    settings: RunSettings | None = None,
    seconds: float = 20,
    network: bool = False,
) -> Outcome:
    fences = _fences(place, settings)
    here = fences.here()
    if not here.files:
        pytest.skip(f"no run can be confined here: {' '.join(here.missing)}")
    fence = Fence(confined=True, network=network or not here.network, here=here)
    argv, env = ("/bin/bash", "--noprofile", "--norc", "-c", script), dict(_environ(place))
    with fenced(fences, fence, place / "proj", argv, env) as specified:
        assert specified is not None
        return shell_runner.run(
            argv,
            cwd=place / "proj",
            env=env,
            timeout_seconds=seconds,
            cancelled=lambda: False,
            output=lambda _stream, _text: None,
            fence=specified,
        )


TRIES = """
echo in > in.txt
echo out > ../out.txt
echo out > "$HOME/out.txt"
echo out > /tmp/out-of-fence.txt
echo hook > .git/hooks/pre-commit
mv .git gone
cat "$HOME/.ssh/id"
cat "$HOME/.cargo/bin/tool"
echo more >> "$HOME/.cargo/bin/tool"
ls /proc | grep -c '^[0-9]'
"""


def _keeps_out(place: Path) -> None:
    outcome = _run(place, TRIES)
    assert (place / "proj" / "in.txt").read_text() == "in\n"
    assert not (place / "out.txt").exists()
    assert not (place / "home" / "out.txt").exists()
    assert not Path("/tmp/out-of-fence.txt").exists()
    assert not list((place / "proj" / ".git").iterdir())
    assert "SECRET" not in outcome.stdout
    assert "a tool" in outcome.stdout
    assert (place / "home" / ".cargo" / "bin" / "tool").read_text() == "a tool"
    assert not [path for path in (place / "private").iterdir() if path.is_dir()]


def test_a_fence_keeps_a_run_in_the_project(tmp_path: Path) -> None:
    _keeps_out(tmp_path)


def _ordinary(check: Callable[[Path], None]) -> None:
    """Check it as a user who owns nothing, where there is a Python for one."""

    def checked(place: Path) -> None:
        if not os.access(sys.executable, os.X_OK):
            sys.executable = "/usr/bin/python3"  # of the child that we are; ours is in another's folder
        if not os.access(sys.executable, os.X_OK) or not os.access(stage.__file__, os.R_OK):
            return
        check(place)

    with open_folder() as place:
        as_ordinary_user(lambda: checked(place))


def test_it_does_so_for_an_ordinary_user() -> None:
    _ordinary(_keeps_out)


def test_the_network_is_off_but_for_its_own_processes(tmp_path: Path) -> None:
    lines = _run(tmp_path, "cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /proc/net/route").stdout
    assert lines.split()[0] == "lo"
    assert "eth" not in lines
    served = "python3 -m http.server 8123 --bind 127.0.0.1 >/dev/null 2>&1 & "
    served += "until (exec 3<>/dev/tcp/127.0.0.1/8123) 2>/dev/null; do sleep 0.1; done"
    assert _run(tmp_path, f"{served}; echo reached; kill $!").stdout == "reached\n"


def test_with_a_network_it_reaches_no_program_by_an_abstract_socket(tmp_path: Path) -> None:
    """Desktops have such sockets, whose names lie in the network's namespace and not in a folder."""
    if not kernel.landlock_version() >= 6:
        pytest.skip("this kernel cannot keep a run from them (Linux 6.12)")
    name = f"copilot-test-{os.getpid()}"
    ask = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('\\0NAME'); print('reached')"
    own = f"import socket; t = socket.socket(socket.AF_UNIX); t.bind('\\0NAME-own'); t.listen(); {ask}"
    with socket.socket(socket.AF_UNIX) as desktop:
        desktop.bind(f"\0{name}")
        desktop.listen()
        for script, code in ((ask, 1), (own.replace("('\\0NAME');", "('\\0NAME-own');"), 0)):
            argv = f"python3 -c {shlex.quote(script.replace('NAME', name))}"
            outcome = _run(tmp_path, argv, network=True)
            assert (outcome.exit_code, "PermissionError" in outcome.stderr) == (code, code == 1)


def test_limits_hold(tmp_path: Path) -> None:
    small = RunSettings(memory_mb=200, file_mb=1, cpu_seconds=1)
    eaten = "python3 -c 'x = bytearray(400_000_000)' 2>&1 | tail -1"
    assert "MemoryError" in _run(tmp_path, eaten, settings=small).stdout
    assert _run(tmp_path, "head -c 3000000 /dev/zero > big", settings=small).exit_code != 0
    assert (tmp_path / "proj" / "big").stat().st_size <= 1_000_000
    assert _run(tmp_path, "while :; do :; done", settings=small).exit_code not in (0, None)


CROWD = "i=0; while [ $i -lt 900 ]; do sleep 60 & i=$((i + 1)); done; echo all of them"


def _bounds_processes(place: Path) -> None:
    """For who has user id 0 outside, the bound is one on pids, of which 300 are never given out again."""
    if not _fences(place).here().crowds:
        pytest.skip("the number of processes cannot be bounded here")
    outcome = _run(place, f"sh -c {shlex.quote(CROWD)}; echo on", settings=RunSettings(processes=40))
    assert (outcome.exit_code, outcome.stdout) == (0, "on\n")
    assert 30 <= outcome.survivors < 400
    assert "limit of 40 processes and threads" in outcome.notices[0]
    assert "sleep (pid " in outcome.notices[1]
    assert f"and {outcome.survivors - 6} more" in outcome.notices[1]


def test_a_run_that_starts_itself_without_end_is_bounded_and_told(tmp_path: Path) -> None:
    _bounds_processes(tmp_path)


def test_it_is_so_for_an_ordinary_user_too() -> None:
    _ordinary(_bounds_processes)


def test_who_is_root_changes_nothing_of_the_machine(tmp_path: Path) -> None:
    """The settings of the kernel belong to user id 0, which needs no capability to write them."""
    places = "/proc/sys/kernel/core_pattern /proc/sys/kernel/pid_max /proc/sys/vm/overcommit_memory"
    script = f'for p in {places}; do v=$(cat $p); (echo "$v" > $p) 2>/dev/null && echo wrote $p; done'
    assert _run(tmp_path, script).stdout == ""


def _running(word: str) -> list[bytes]:
    """The arguments of every process that has this word among them."""
    found: list[bytes] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                found.append((entry / "cmdline").read_bytes())
    return [line for line in found if word.encode() in line]


def test_exit_codes_signals_and_leftovers_are_told(tmp_path: Path) -> None:
    assert _run(tmp_path, "exit 7").exit_code == 7
    assert _run(tmp_path, "kill -9 $$").exit_code == 137
    left = _run(tmp_path, "sleep 60 & setsid sleep 60 & echo hi")
    assert (left.exit_code, left.stdout, left.survivors) == (0, "hi\n", 2)
    assert re.search(r"background; ended: sleep \(pid \d+\), sleep \(pid \d+\)\.", left.notices[0])
    late = _run(tmp_path, "trap '' TERM; (setsid sleep 77.25 &); sleep 77.25", seconds=0.8)
    assert late.timed_out
    assert _running("77.25") == []
    asked = _run(tmp_path, "trap 'echo asked; exit 3' TERM; sleep 60 & wait", seconds=0.8)
    assert (asked.timed_out, asked.stdout) == (True, "asked\n")


def test_there_is_no_way_back_out(tmp_path: Path) -> None:
    script = (
        'umount "$HOME" 2>&1; unshare -Urm sh -c "umount $HOME; cat $HOME/.ssh/id" 2>&1; cat "$HOME/.ssh/id"'
    )
    assert "SECRET" not in _run(tmp_path, script).stdout


def test_nothing_runs_where_the_fence_cannot_be_built(tmp_path: Path) -> None:
    _fences(tmp_path)
    none = Fences(tmp_path / "private", _environ(tmp_path), sys.platform, found=Confinement(view="copy"))
    fence = Fence(confined=True, network=False, here=Confinement(view="overlay", files=True, network=True))
    with (
        pytest.raises(ToolError, match="cannot be confined"),
        fenced(none, fence, tmp_path / "proj", ("/bin/true",), {}),
    ):
        raise AssertionError("it was let through")
    broken = {
        "network": True,
        "processes": False,
        "root": "/nowhere",
        "hide": [],
        "show": [],
        "overlay": None,
    }
    broken |= {"copy": None, "pin": [], "lock": [], "limits": {}, "cwd": "/"}
    with pytest.raises(ToolError, match="could not be started"):
        shell_runner.run(
            ("/bin/sh", "-c", f"echo ran > {tmp_path}/ran"),
            cwd=tmp_path,
            env=dict(_environ(tmp_path)),
            timeout_seconds=20,
            cancelled=lambda: False,
            output=lambda _stream, _text: None,
            fence=broken,
        )
    assert not (tmp_path / "ran").exists()


def test_what_is_proposed_follows_the_settings_and_the_machine(tmp_path: Path) -> None:
    able = Confinement(view="overlay", files=True, network=True, processes=True, limits=True, crowds=True)
    place = tmp_path / "private"

    def proposed(found: Confinement, settings: RunSettings) -> Fence | None:
        return Fences(place, {}, "linux", settings=settings, found=found).proposed()

    assert proposed(able, RunSettings()) == Fence(confined=True, network=False, here=able)
    assert proposed(able, RunSettings(network=True)) == Fence(confined=True, network=True, here=able)
    assert proposed(able, RunSettings(confined=False)) == Fence(confined=False, network=True, here=able)
    poor = Confinement(view="copy", missing=("no",))
    assert proposed(poor, RunSettings()) == Fence(confined=False, network=True, here=poor)
    assert "this machine cannot" in fence_words(Fence(confined=False, network=True, here=poor))
    assert Fences().proposed() is None
