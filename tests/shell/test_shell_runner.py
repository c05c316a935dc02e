"""Real scripts in real process trees: how they end, what is left (nothing), what was printed."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot.shell.process_table import process_table
from copilot.shell.shell_runner import Outcome, run, run_script
from copilot.shell.shells import Shell, find_shells, preferred
from copilot.shell.tree import end_found
from copilot.shell.work_folder import held_folder
from copilot.vocabulary.errors import ToolError

HANG_GUARD = 20.0
"""Ten times the promise that a stopped tree is gone within two seconds."""


def bash() -> Shell:
    shell = preferred([s for s in find_shells(os.environ, sys.platform) if s.name == "bash"])
    assert shell is not None, "these tests need bash"
    return shell


@dataclass(kw_only=True)
class Desk:
    """A folder to run in, a marker in every child's environment, and what was printed so far."""

    folder: Path
    mark: str = field(default_factory=lambda: f"mark-{uuid.uuid4().hex}")
    printed: list[tuple[str, str]] = field(default_factory=list)
    started: list[tuple[str, str]] = field(default_factory=list)

    @property
    def scripts(self) -> Path:
        return self.folder / "home" / "scripts" / "generated"

    def environ(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_MARK": self.mark}

    def run(
        self,
        script: str,
        *,
        until: Callable[[], bool] = lambda: False,
        timeout: float = 60.0,
        environ: Mapping[str, str] | None = None,
        keys: tuple[str, ...] = (),
    ) -> Outcome:
        with held_folder(self.folder) as work:
            return run_script(
                bash(),
                script.replace("MARK", self.mark),
                folder=self.scripts,
                session="s1",
                work=work,
                environ=self.environ() if environ is None else environ,
                platform=sys.platform,
                timeout_seconds=timeout,
                cancelled=until,
                output=lambda stream, text: self.printed.append((stream, text)),
                started=lambda path, sha256: self.started.append((path, sha256)),
                keys=keys,
            )

    def text(self, stream: str = "stdout") -> str:
        return "".join(text for name, text in self.printed if name == stream)

    def said(self, word: str) -> Callable[[], bool]:
        return lambda: word in self.text()

    def alive(self) -> list[str]:
        return with_mark(self.mark)


def with_mark(mark: str) -> list[str]:
    """The arguments of every running process that has the marker in its environment or arguments."""
    return list(pids_with(mark).values())


def pids_with(mark: str) -> dict[int, str]:
    """Those processes by pid."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
                both = line + (entry / "environ").read_bytes()
                dead = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            except OSError:
                continue
            if mark.encode() in both and not dead:
                found[int(entry.name)] = line.replace(b"\0", b" ").decode()
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(folder=tmp_path)


@pytest.fixture(autouse=True)
def bystanders() -> Iterator[None]:
    """A child of ours and an orphan that no run has anything to do with: both outlive every run."""
    mark = f"bystander-{uuid.uuid4().hex}"
    environ = {"PATH": os.environ["PATH"], "LC_MARK": mark}
    orphan = ["setsid", "--fork", "sleep", "300"]
    subprocess.run(orphan, env=environ, check=True)
    with subprocess.Popen(["sleep", "300"], env=environ) as child:
        try:
            until = time.monotonic() + HANG_GUARD
            while len(with_mark(mark)) < 2 and time.monotonic() < until:
                time.sleep(0.005)  # one of them may be in the middle of its exec
            yield
            assert child.poll() is None
            assert len(with_mark(mark)) == 2
        finally:
            for pid in pids_with(mark):
                os.kill(pid, signal.SIGTERM)


def test_exit_code_and_both_streams(desk: Desk) -> None:
    outcome = desk.run("echo out; echo err >&2; exit 7")
    assert (outcome.exit_code, outcome.stdout, outcome.stderr) == (7, "out\n", "err\n")
    assert (outcome.timed_out, outcome.cancelled, outcome.truncated, outcome.survivors) == (False,) * 3 + (0,)
    assert outcome.notices == ()
    assert sorted(desk.printed) == [("stderr", "err\n"), ("stdout", "out\n")]
    assert [path.read_text() for path in outcome.kept] == ["out\n", "err\n"]


def test_the_script_file_is_what_was_approved(desk: Desk) -> None:
    script = "printf '%s' \"$0\"  # h\u00e9llo"
    outcome = desk.run(script)
    [(path, sha256)] = desk.started
    assert Path(path) == desk.scripts / "s1_1.sh"
    assert Path(path).read_bytes() == script.encode()
    assert Path(path).stat().st_mode & 0o777 == 0o600
    assert sha256 == hashlib.sha256(script.encode()).hexdigest()
    assert outcome.stdout == path


def test_a_signal_counts_as_in_a_shell(desk: Desk) -> None:
    outcome = desk.run("kill -SEGV $$")
    assert outcome.exit_code == 139
    assert outcome.notices == ("Ended by signal 11 (SIGSEGV).",)


STOPPED = {
    "plain": "echo ready; sleep 600",
    "background": "bash -c 'echo ready; exec sleep 600' & wait",
    "setsid": "setsid bash -c 'echo ready; exec sleep 600' & wait; sleep 600",
    "double fork": "( ( setsid bash -c 'echo ready; sleep 600' & ) & ); sleep 600",
    "nohup and disown": "nohup bash -c 'echo ready >&2; echo ready; sleep 600' | cat & disown; sleep 600",
    "ignores everything": "trap '' TERM INT HUP; echo ready; while :; do sleep 600; done",
    "stopped process": "bash -c 'echo ready; kill -STOP $$; sleep 600' & sleep 600",
    "empty environment": "env -i setsid bash -c 'echo ready; exec -a MARK sleep 600' & sleep 600",
    "spawner": "trap '' TERM; echo ready; while :; do setsid sleep 600 & sleep 0.01; done",
    "closed descriptors": "echo ready; exec 0<&- 1>&- 2>&-; sleep 600",
    "flood": "echo ready; yes",
}


@pytest.mark.parametrize("script", STOPPED.values(), ids=STOPPED.keys())
def test_stop_leaves_nothing_running(desk: Desk, script: str) -> None:
    seen_alive: list[str] = []

    def stop() -> bool:
        if "ready" in desk.text():
            seen_alive.extend(desk.alive())
            return True
        return False

    outcome = desk.run(script, until=stop)
    assert seen_alive, "the script was not running when it was stopped"
    assert desk.alive() == []
    assert (outcome.cancelled, outcome.exit_code) == (True, None)
    assert outcome.notices == ("Stopped by the person; it may have done part of its work.",)
    assert outcome.seconds < HANG_GUARD


@pytest.mark.parametrize("script", [STOPPED["setsid"], STOPPED["ignores everything"]])
def test_the_timeout_leaves_nothing_running(desk: Desk, script: str) -> None:
    outcome = desk.run(script, timeout=1.0)
    assert desk.alive() == []
    assert (outcome.timed_out, outcome.cancelled, outcome.exit_code) == (True, False, None)
    assert "waiting for input?" in outcome.notices[0]
    assert outcome.stdout == "ready\n"


def test_a_background_child_that_holds_the_pipe_is_ended_and_that_is_said(desk: Desk) -> None:
    outcome = desk.run("setsid sleep 600 & sleep 600 & echo hi")
    assert (outcome.exit_code, outcome.stdout, outcome.survivors) == (0, "hi\n", 2)
    (told,) = outcome.notices
    assert re.fullmatch(
        r"It left 2 processes running in the background; ended: sleep \(pid \d+\), sleep \(pid \d+\)\.", told
    )
    assert desk.alive() == []


def test_the_name_that_a_background_child_chose_is_shown_as_it_is(desk: Desk) -> None:
    outcome = desk.run(
        "exec 2>&1; (exec -a \"$(printf '/x/\\033[2Jgood\\342\\200\\256')\" sleep 600) & echo hi"
    )
    assert "ended: \\x1b[2Jgood\\u{202e} (pid " in outcome.notices[0]


def test_a_background_child_that_is_nearly_done_may_finish(desk: Desk) -> None:
    outcome = desk.run("(sleep 0.05; echo late) & echo early")
    assert (outcome.stdout, outcome.survivors) == ("early\nlate\n", 0)


def test_end_of_output_is_not_the_end(desk: Desk) -> None:
    outcome = desk.run("exec 1>&- 2>&-; sleep 0.3; echo done > done.txt; exit 5")
    assert outcome.exit_code == 5
    assert (desk.folder / "done.txt").read_text() == "done\n"


def test_a_script_that_asks_gets_end_of_file_and_finds_no_terminal(desk: Desk) -> None:
    outcome = desk.run('read x; echo "read: $?"; (: < /dev/tty) 2>/dev/null; echo "tty: $?"; tty')
    assert outcome.stdout == "read: 1\ntty: 1\nnot a tty\n"


def test_nothing_leaks_into_the_next_script(desk: Desk) -> None:
    desk.run("cd /; export X=1; f() { echo f; }")
    outcome = desk.run('echo "$PWD ${X-unset}"; type f 2>/dev/null || echo no f')
    assert outcome.stdout == f"{desk.folder} unset\nno f\n"


def test_default_signals_and_few_descriptors(desk: Desk) -> None:
    outcome = desk.run("yes | head -1; echo ${PIPESTATUS[0]}; ls /proc/self/fd | wc -l")
    assert outcome.stdout.split() == ["y", "141", "4"]  # SIGPIPE works; 0, 1, 2 and the folder ls reads


def test_bytes_that_are_not_text(desk: Desk) -> None:
    outcome = desk.run(r"printf '\xff\xfe\x00 bin h\xc3\xa9'")
    assert outcome.stdout == "\ufffd\ufffd\x00 bin h\u00e9"
    assert outcome.notices == ("Some bytes on stdout were not UTF-8 text and are shown as \ufffd.",)
    assert outcome.kept[0].read_bytes() == b"\\xff\\xfe\x00 bin h\xc3\xa9"


def test_a_flood_is_bounded_in_memory_and_on_the_screen(desk: Desk) -> None:
    outcome = desk.run("head -c 3000000 /dev/zero | tr '\\0' x; echo end")
    assert outcome.truncated
    assert len(outcome.stdout) < 33_000
    assert outcome.stdout.endswith("xxxend\n")
    assert f"characters left out; the whole output is in {outcome.kept[0]}" in outcome.stdout
    assert outcome.kept[0].stat().st_size == 3_000_004
    assert 200_000 <= len(desk.text()) < 300_000


def test_a_listener_that_fails_leaves_nothing_running(desk: Desk) -> None:
    class TooFullError(Exception):
        pass

    def fail(stream: str, text: str) -> None:
        raise TooFullError

    env = {**desk.environ(), "MARK": desk.mark}
    argv = [bash().path, "-c", "echo x; setsid sleep 600 & sleep 600"]
    with pytest.raises(TooFullError):
        run(argv, cwd=desk.folder, env=env, timeout_seconds=60, cancelled=lambda: False, output=fail)
    assert desk.alive() == []


def test_a_killed_runner_process_leaves_nothing_running(desk: Desk) -> None:
    unmarked = "env -i bash -c 'exec -a MARK sleep 600'"
    outcome = desk.run(f"setsid sleep 600 & {unmarked} & kill -9 $PPID; sleep 600")
    assert desk.alive() == []
    assert outcome.exit_code is None
    assert outcome.notices[0].startswith("Our runner process was ended from outside")


def test_a_stray_that_shows_its_environment_late_is_ended_too() -> None:
    """In the middle of its exec a process shows none: one look that finds nobody is not the end."""
    with subprocess.Popen(["sleep", "600"]) as child:
        stray = next(process for process in process_table() if process.pid == child.pid)
        found = iter(((), (stray,)))
        assert end_found(lambda _: next(found, ()), ()) == 0
        assert child.wait(HANG_GUARD) == -signal.SIGKILL


def test_the_program_does_not_begin_before_its_pid_was_told(tmp_path: Path) -> None:
    """Else one that kills the runner at once leaves a session behind that nobody knows."""
    code = (
        "import os, time; from pathlib import Path; from copilot.shell import runner_process\n"
        "def tell(pid): time.sleep(0.3); print(Path('began').exists(), flush=True)\n"
        "pid = runner_process.start(['/bin/sh', '-c', ': > began'], {}, tell)\n"
        "os.waitpid(pid, 0); print(Path('began').exists())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "False\nTrue\n", done.stderr


def test_a_stopped_runner_process_does_not_hold_up_a_stop(desk: Desk) -> None:
    script = "env -i setsid bash -c 'exec -a MARK sleep 600' & echo ready; kill -STOP $PPID; sleep 600"
    outcome = desk.run(script, until=desk.said("ready"))
    assert desk.alive() == []
    assert outcome.exit_code is None
    assert outcome.seconds < HANG_GUARD


def test_nothing_outlives_the_program_that_started_it(desk: Desk) -> None:
    code = (
        "import sys; from pathlib import Path; from copilot.shell.shell_runner import run\n"
        "run([sys.argv[1], '-c', 'setsid sleep 600 & echo ready; sleep 600'], cwd=Path('.'),\n"
        "    env={'PATH': '/usr/bin:/bin', 'LC_MARK': sys.argv[2]}, timeout_seconds=60,\n"
        "    cancelled=lambda: False, output=lambda stream, text: print(text, flush=True))"
    )
    argv = [sys.executable, "-c", code, bash().path, desk.mark]
    with subprocess.Popen(argv, cwd=desk.folder, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        assert len(desk.alive()) >= 3
        program.send_signal(signal.SIGKILL)
    until = time.monotonic() + HANG_GUARD
    while desk.alive() and time.monotonic() < until:
        time.sleep(0.02)
    assert desk.alive() == []


@pytest.fixture
def for_nobody() -> Iterator[tuple[str, Path]]:
    """An interpreter that user nobody may run, and a copy of our sources that it may read."""
    interpreter = next((path for path in (sys.executable, "/usr/bin/python3") if nobody_runs(path)), None)
    if interpreter is None:
        pytest.skip("not root, or no Python 3.11 that another user may run: only this user was tested")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    source = Path(__file__).parents[2] / "src" / "copilot"
    for room in ("shell", "storage", "vocabulary"):
        shutil.copytree(source / room, folder / "copilot" / room)
    (folder / "copilot" / "__init__.py").touch()
    yield interpreter, folder
    shutil.rmtree(folder)


def nobody_runs(interpreter: str) -> bool:
    probe = [interpreter, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    try:
        return subprocess.run(probe, user=65534, group=65534, extra_groups=[], cwd="/").returncode == 0
    except OSError:
        return False


def test_an_ordinary_user_can_stop_a_tree_too(desk: Desk, for_nobody: tuple[str, Path]) -> None:
    """The other tests run as whoever runs them; this one as nobody, when they run as root."""
    interpreter, source = for_nobody
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path; from copilot.shell.shell_runner import run\n"
        "said = []\n"
        "print(run([sys.argv[1], '-c', 'trap \"\" TERM; setsid sleep 600 & echo ready; sleep 600'],\n"
        "    cwd=Path('/'), env={'PATH': '/usr/bin:/bin', 'LC_MARK': sys.argv[2]}, timeout_seconds=60,\n"
        "    cancelled=lambda: bool(said), output=lambda *piece: said.append(piece)).cancelled, os.getuid())"
    )
    done = subprocess.run(
        [interpreter, "-B", "-c", code, bash().path, desk.mark, str(source)],
        user=65534,
        group=65534,
        extra_groups=[],
        cwd="/",
        capture_output=True,
    )
    assert done.stdout == b"True 65534\n", done.stderr.decode()
    assert desk.alive() == []


def test_what_cannot_be_started_is_a_tool_error(desk: Desk) -> None:
    def attempt(program: str, folder: Path) -> None:
        env = desk.environ()
        run(
            [program],
            cwd=folder,
            env=env,
            timeout_seconds=5,
            cancelled=lambda: False,
            output=lambda stream, text: None,
        )

    with pytest.raises(ToolError, match="No such file"):
        attempt("/nowhere/at/all", desk.folder)
    with pytest.raises(ToolError, match="No such file"):
        attempt(bash().path, desk.folder / "gone")
    with pytest.raises(ToolError, match="Not a directory"):
        attempt(bash().path, Path(bash().path))


def test_a_script_that_holds_a_key_is_not_written(desk: Desk) -> None:
    with pytest.raises(ToolError, match="one of our keys"):
        desk.run("echo canary-key-123456", keys=("canary-key-123456",))
    assert not desk.scripts.exists()


def test_a_key_in_the_output_is_taken_out_everywhere(desk: Desk) -> None:
    (desk.folder / "secret").write_text("canary-key-123456")
    outcome = desk.run("cat secret; echo; cat secret >&2", keys=("canary-key-123456",))
    everything = outcome.stdout + outcome.stderr + desk.text() + desk.text("stderr")
    everything += "".join(path.read_text() for path in desk.scripts.iterdir())
    assert "canary-key-123456" not in everything
    assert outcome.stdout == "[redacted]\n"


def test_the_child_sees_the_short_environment_only(desk: Desk) -> None:
    environ = {**desk.environ(), "ANTHROPIC_API_KEY": "k-1", "SSH_ASKPASS": "/x", "DISPLAY": ":0", "FOO": "1"}
    outcome = desk.run("env", environ=environ)
    seen = dict(line.split("=", 1) for line in outcome.stdout.splitlines())
    assert not {"ANTHROPIC_API_KEY", "SSH_ASKPASS", "DISPLAY", "FOO"} & set(seen)
    assert (seen["GIT_TERMINAL_PROMPT"], seen["GIT_SSH_COMMAND"]) == ("0", "ssh -o BatchMode=yes")
    assert seen["HOME"] == str(desk.folder)
