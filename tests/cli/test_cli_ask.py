"""`copilot ask` as a real program: answers, approvals, exit codes, pipes, signals."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from program_runs import ARGV, at, call, environ, events, in_terminal, run, say, serve, turn

from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.messages import GO_ON

KEY = "sk-ant-test-0123456789"
TWO_LINES = call("run_shell", script="echo one\necho two > made.txt\n")
ONE_SCRIPT = turn(TWO_LINES, say("Done."))


@contextmanager
def served(rules: str) -> Iterator[RehearsalServer]:
    server = serve(rules)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environ(tmp_path, ANTHROPIC_API_KEY=KEY)


def test_the_answer_alone_is_on_standard_output(project: Path, env: dict[str, str]) -> None:
    rules = turn(say("Let me look.") + ", " + call("read_file", path="a.py"), say("x is 1."))
    with served(rules) as server:
        done = run("ask", *at(server), "What", "is", "x?", env=env, cwd=project)
    assert (done.returncode, done.stdout) == (0, "Let me look.\nx is 1.\n")
    assert "→ read_file path=a.py\n" in done.stderr
    assert server.failures == []


def test_without_a_provider_it_fails_and_names_the_next_step(project: Path, tmp_path: Path) -> None:
    done = run("ask", "hello", env=environ(tmp_path), cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no provider was chosen" in done.stderr
    assert "--provider rehearsal" in done.stderr


def test_the_built_in_rehearsal_needs_no_key(project: Path, tmp_path: Path) -> None:
    done = run("ask", "--provider", "rehearsal", "hello", env=environ(tmp_path), cwd=project)
    assert done.returncode == 0
    assert done.stdout.strip()


def test_a_provider_without_its_key_fails_with_a_hint(project: Path, tmp_path: Path) -> None:
    done = run("ask", "--provider", "openai", "hello", env=environ(tmp_path), cwd=project)
    assert done.returncode == 1
    assert "there is no key for openai" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "made", "status"),
    [
        ((), 3, False, "rejected"),
        (("--approve", "none"), 3, False, "rejected"),
        (("--approve", "all"), 0, True, "ok"),
        (("--dry-run",), 0, False, "dry_run"),
        (("--dry-run", "--approve", "all"), 0, False, "dry_run"),
        (("--approve", "all", "--max-rounds", "1"), 4, True, "ok"),
        (("--approve", "none", "--max-rounds", "1"), 4, False, "rejected"),
    ],
)
def test_approval_without_a_terminal(
    project: Path, env: dict[str, str], options: tuple[str, ...], code: int, made: bool, status: str
) -> None:
    with served(ONE_SCRIPT) as server:
        done = run("ask", *at(server), "--json", *options, "Do it.", env=env, cwd=project)
    told = events(done.stdout)
    assert done.returncode == code, done.stderr
    assert (project / "made.txt").exists() is made
    assert [e["status"] for e in told if e["event"] == "ToolFinished"] == [status]
    assert server.failures == []


def test_a_failure_wins_over_a_rejection(project: Path, env: dict[str, str]) -> None:
    with served(turn(TWO_LINES, '{ fault = "status", status = 400, message = "no" }')) as server:
        done = run("ask", *at(server), "Do it.", env=env, cwd=project)
    assert done.returncode == 1
    assert "Failed: " in done.stderr


def test_what_is_proposed_is_shown_even_where_nobody_is_asked(project: Path, env: dict[str, str]) -> None:
    with served(ONE_SCRIPT) as server:
        done = run("ask", *at(server), "--dry-run", "Do it.", env=env, cwd=project)
    assert "    1 │ echo one\n    2 │ echo two > made.txt\n" in done.stderr
    assert done.stdout == "Done.\n"


def test_a_refusal_by_the_boundary_is_no_rejection(project: Path, env: dict[str, str]) -> None:
    with served(turn(call("read_file", path="../../etc/passwd"), say("I may not."))) as server:
        done = run("ask", *at(server), "Read it.", env=env, cwd=project)
    assert (done.returncode, done.stdout) == (0, "I may not.\n")
    assert "✗ read_file error" in done.stderr


def test_json_lines_are_the_events(project: Path, env: dict[str, str]) -> None:
    with served(ONE_SCRIPT) as server:
        done = run("ask", *at(server), "--json", "--approve", "all", "Do it.", env=env, cwd=project)
    told = events(done.stdout)
    assert [encode_event(decode_event(event)) for event in told] == told
    names = [event["event"] for event in told]
    assert names[:2] == ["WorkerStarted", "ProjectOpened"]
    assert names[-1] == "WorkerStopped"
    assert names.count("TurnStarted") == names.count("TurnFinished") == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "stdin", "asked"),
    [
        (("-",), "from a pipe\n", "from a pipe\n"),
        ((), "from a pipe\n", "from a pipe\n"),
        (("Review this.", "-"), "+x = 2\n", "Review this.\n\n+x = 2\n"),
        (("argument",), "never read", "argument"),
    ],
)
def test_where_the_prompt_comes_from(
    project: Path, env: dict[str, str], words: tuple[str, ...], stdin: str, asked: str
) -> None:
    with served(turn(say("Yes."))) as server:
        done = run("ask", *at(server), "--json", *words, env=env, cwd=project, stdin=stdin)
    assert [e["user_message"] for e in events(done.stdout) if e["event"] == "TurnStarted"] == [asked]


def test_an_open_pipe_that_nobody_writes_to_is_not_waited_for(project: Path, env: dict[str, str]) -> None:
    read, write = os.pipe()
    try:
        with served(turn(TWO_LINES, say("No."))) as server:
            done = subprocess.run(
                [*ARGV, "ask", *at(server), "Do it."],
                stdin=read,
                env=env,
                cwd=project,
                capture_output=True,
                timeout=60,
                check=False,
            )
    finally:
        os.close(read)
        os.close(write)
    assert done.returncode == 3


def test_each_question_begins_its_own_discussion(project: Path, env: dict[str, str]) -> None:
    with served('[[rule]]\nanswer = [{ text = "Yes." }]\n') as server:
        told = [
            events(run("ask", *at(server), "--json", f"question {n}", env=env, cwd=project).stdout)
            for n in (1, 2, 3)
        ]
    branches = [next(e["branch"] for e in one if e["event"] == "TurnStarted") for one in told]
    assert branches == ["main", "ask-1", "ask-2"]
    opened = next(e for e in told[2] if e["event"] == "ProjectOpened")["project"]
    assert opened["discussion"]["active"] == "main"
    assert opened["name"] == "shop"


def test_a_project_of_another_folder_is_not_taken_over(
    project: Path, env: dict[str, str], tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / "shop"
    other.mkdir(parents=True)
    with served('[[rule]]\nanswer = [{ text = "Yes." }]\n') as server:
        first, second = (
            run("ask", *at(server), "--json", *words, "hello", env=env, cwd=tmp_path)
            for words in (
                ("--base-dir", str(project)),
                ("--base-dir", str(other)),
            )
        )
    names = [
        next(e for e in events(done.stdout) if e["event"] == "ProjectOpened")["project"]["name"]
        for done in (first, second)
    ]
    assert names[0] == "shop"
    assert names[1].startswith("shop-")


def test_a_base_dir_that_is_no_folder_fails(project: Path, env: dict[str, str]) -> None:
    done = run("ask", "--provider", "rehearsal", "--base-dir", "nowhere", "hello", env=env, cwd=project)
    assert done.returncode == 1
    assert "--base-dir nowhere is not a folder" in done.stderr


def test_a_reader_that_leaves_ends_it_quietly(project: Path, env: dict[str, str]) -> None:
    slow = '[[rule]]\nanswer = [{ text = "' + "word " * 400 + '", piece = 5, delay = 0.02 }]\n'
    with (
        served(slow) as server,
        subprocess.Popen(
            [*ARGV, "ask", *at(server), "Talk."],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            cwd=project,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(4) == b"word"
        process.stdout.close()
        complaints = process.stderr.read().decode()
        code = process.wait(timeout=60)
    assert code == 1
    assert "Traceback" not in complaints
    assert "BrokenPipe" not in complaints


def test_no_key_is_ever_printed_or_kept(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    """A script tries to get at the keys of the environment and of the home's `.env`, whose name it hides."""
    second = "sk-proj-9876543210-test"
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".env").write_text(f"OPENAI_API_KEY={second}\n")
    (tmp_path / "home" / "config.toml").write_text("[run]\nconfined = false\n")  # so that it gets at them
    leak = f"env; cat {tmp_path}/home/.en*; cat /proc/$PPID/environ | tr '\\0' '\\n'\n"
    with served(turn(call("run_shell", script=leak), say("Done."))) as server:
        done = run(
            "ask", *at(server), "--approve", "all", "--unconfined", "--verbose", "Leak.", env=env, cwd=project
        )
        sent = str([request.body for request in server.requests])
    kept = [path for path in (tmp_path / "home").rglob("*") if path.is_file() and path.name != ".env"]
    assert len(kept) > 3
    for key in (KEY, second):
        assert [path for path in kept if key.encode() in path.read_bytes()] == []
        assert key not in done.stdout + done.stderr + sent
    assert "OPENAI_API_KEY=" in done.stderr
    assert done.returncode == 0


# In a terminal ------------------------------------------------------------------------------------------


def test_a_person_approves_in_the_terminal(project: Path, env: dict[str, str]) -> None:
    with served(ONE_SCRIPT) as server, in_terminal("ask", *at(server), "Do it.", env=env, cwd=project) as tty:
        shown = tty.until("(Enter rejects): ")
        assert not (project / "made.txt").exists()
        tty.type("a\n")
        code = tty.end()
    assert code == 0
    assert "echo two > made.txt" in shown
    assert (project / "made.txt").read_text() == "two\n"
    assert "Done." in tty.seen


def test_a_person_rejects_and_the_model_hears_why(project: Path, env: dict[str, str]) -> None:
    with served(ONE_SCRIPT) as server, in_terminal("ask", *at(server), "Do it.", env=env, cwd=project) as tty:
        tty.until("(Enter rejects): ")
        tty.type("r too early\n")
        code = tty.end()
        second = server.requests[-1].body
    assert code == 3
    assert not (project / "made.txt").exists()
    assert "too early" in str(second)


def test_a_prompt_from_a_pipe_still_asks_at_the_terminal(project: Path, env: dict[str, str]) -> None:
    read, write = os.pipe()
    os.write(write, b"Do it.\n")
    os.close(write)
    with (
        served(ONE_SCRIPT) as server,
        in_terminal("ask", *at(server), "-", env=env, cwd=project, stdin=read) as tty,
    ):
        os.close(read)
        tty.until("(Enter rejects): ")
        tty.type("a\n")
        code = tty.end()
    assert code == 0
    assert (project / "made.txt").exists()


def test_a_person_edits_and_exactly_the_edit_runs(project: Path, env: dict[str, str], tmp_path: Path) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nsed s/two/three/ "$1" > "$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    env = {**env, "EDITOR": str(editor)}
    with served(ONE_SCRIPT) as server, in_terminal("ask", *at(server), "Do it.", env=env, cwd=project) as tty:
        tty.until("(Enter rejects): ")
        tty.type("e\n")
        tty.until("echo three > made.txt")
        tty.until("(Enter rejects): ")
        tty.type("a\n")
        code = tty.end()
        told = str(server.requests[-1].body)
    home = Path(env["COPILOT_HOME"])
    (script,) = (home / "scripts" / "generated").glob("*.sh")
    (log,) = (home / "logs").glob("toolcalls_*.log")
    assert code == 0, tty.seen
    assert (project / "made.txt").read_text() == "three\n"
    assert script.read_bytes() == b"echo one\necho three > made.txt\n"
    assert "-echo two > made.txt" in tty.seen
    assert "+echo three > made.txt" in log.read_text()
    assert "changed this script" in told


# Signals ------------------------------------------------------------------------------------------------


def _asleep() -> int:
    """How many sleeps of a script of ours run. By their words: in a fence their numbers are others."""
    found = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            found += words[:2] == [b"sleep", SLEPT.encode()]
    return found


def _within(seconds: float, holds: object) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


SLEPT = "31415.9"
STRAYS = f"sleep {SLEPT} &\nsetsid sleep {SLEPT} &\nsleep {SLEPT}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_running_script_and_everything_it_started(
    project: Path, env: dict[str, str], number: signal.Signals
) -> None:
    with served(turn(call("run_shell", script=STRAYS), say("Done."))) as server:
        process = subprocess.Popen(
            [*ARGV, "ask", *at(server), "--json", "--approve", "all", "Wait."],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            cwd=project,
        )
        assert _within(60, lambda: _asleep() == 3)
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    told = [event["event"] for event in events(out)]
    assert process.returncode == 130
    assert _within(20, lambda: _asleep() == 0)
    assert told.count("TurnCancelled") == 1
    assert told[-1] == "WorkerStopped"


def test_ctrl_c_in_the_terminal_ends_a_running_script(project: Path, env: dict[str, str]) -> None:
    """There the signal reaches every process of the terminal's foreground group, not only ours."""
    with served(turn(call("run_shell", script=STRAYS), say("Done."))) as server:
        words = ("ask", *at(server), "--approve", "all", "Wait.")
        with in_terminal(*words, env=env, cwd=project) as tty:
            assert _within(60, lambda: _asleep() == 3)
            tty.type("\x03")
            code = tty.end()
    assert code == 130, tty.seen
    assert _within(20, lambda: _asleep() == 0)
    assert "Stopped. What was said is kept." in tty.seen
    assert "Traceback" not in tty.seen


def test_ctrl_c_at_the_question_ends_the_turn(project: Path, env: dict[str, str]) -> None:
    with served(ONE_SCRIPT) as server, in_terminal("ask", *at(server), "Do it.", env=env, cwd=project) as tty:
        tty.until("(Enter rejects): ")
        tty.type("\x03")
        code = tty.end()
    assert code == 130
    assert "Stopped." in tty.seen
    assert "Traceback" not in tty.seen
    assert not (project / "made.txt").exists()


def test_the_second_ctrl_c_leaves_at_once(project: Path, env: dict[str, str]) -> None:
    """The model stalls for ever and the first signal is answered; two quick ones end the process anyway."""
    with served('[[rule]]\nanswer = [{ text = "a" }, { fault = "stall", seconds = 60 }]\n') as server:
        process = subprocess.Popen(
            [*ARGV, "ask", *at(server), "Talk."],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=env,
            cwd=project,
        )
        assert process.stdout is not None
        assert process.stdout.read(1) == b"a"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        process.stdout.close()
    assert code == 130


def test_the_answer_up_to_the_interrupt_is_kept(project: Path, env: dict[str, str]) -> None:
    with served('[[rule]]\nanswer = [{ text = "partly" }, { fault = "stall", seconds = 60 }]\n') as server:
        process = subprocess.Popen(
            [*ARGV, "ask", *at(server), "--project", "kept", "Talk."],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            cwd=project,
        )
        assert process.stdout is not None
        assert process.stdout.read(6) == b"partly"
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Stopped. What was said is kept." in complaints
    assert "partly" in (Path(env["COPILOT_HOME"]) / "projects" / "kept.toml").read_text()


def test_the_person_sees_the_script_also_where_the_events_go_to_a_program(
    project: Path, env: dict[str, str]
) -> None:
    """Standard output is a pipe to a program; the question is put to the person at the terminal."""
    with (
        served(ONE_SCRIPT) as server,
        in_terminal(
            "ask", *at(server), "--json", "--no-color", "Do it.", env=env, cwd=project, stdout=subprocess.PIPE
        ) as tty,
    ):
        before = tty.until("(Enter rejects): ")
        tty.type("\n")
        code = tty.end()
    assert "    1 │ echo one\n    2 │ echo two > made.txt\n" in before
    assert code == 3
    assert not (project / "made.txt").exists()


CUT = """
[[rule]]
when = { asked = "cut off" }
answer = [{ text = "three four." }]
[[rule]]
answer = [{ text = "One two " }, { finish = "max_tokens" }]
"""


def test_an_answer_that_was_cut_off_goes_on_where_it_stood(project: Path, env: dict[str, str]) -> None:
    with served(CUT) as server:
        first = run("ask", *at(server), "Count.", env=env, cwd=project)
        assert (first.returncode, first.stdout) == (0, "One two \n")
        assert "cut off at the model's output limit" in first.stderr
        rest = run("ask", *at(server), "--continue", env=env, cwd=project)
        assert (rest.returncode, rest.stdout) == (0, "three four.\n")
        assert "One two" in str(server.requests[-1].body)
        over = run("ask", *at(server), "--continue", env=env, cwd=project)
    assert (over.returncode, over.stdout) == (1, "")
    assert "no answer of this project was cut off" in over.stderr


KILLED = """
[[rule]]
when = { times = 1 }
answer = [{ call = "list_directory", arguments = { path = "." } }]
[[rule]]
when = { times = 1 }
answer = [{ fault = "silent" }]
[[rule]]
answer = [{ text = "It holds what you see." }]
"""


def test_a_turn_that_was_killed_goes_on_with_what_its_tools_gave(project: Path, env: dict[str, str]) -> None:
    with served(KILLED) as server:
        words = [*ARGV, "ask", *at(server), "What is here?"]
        with subprocess.Popen(
            words, env=env, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as child:
            until = time.monotonic() + 60
            while sum(request.method == "POST" for request in server.requests) < 2:
                assert time.monotonic() < until, "no second request"
                time.sleep(0.01)
            child.kill()
        rest = run("ask", *at(server), "--continue", env=env, cwd=project)
        assert (rest.returncode, rest.stdout) == (0, "It holds what you see.\n")
        asked = [str(request.body) for request in server.requests if request.method == "POST"]
    assert len(asked) == 3
    assert GO_ON in asked[-1]
    assert asked[-1].count("tool_result") == asked[1].count("tool_result") == 1


BUSY = """
[[rule]]
when = { times = 1 }
answer = [{ fault = "status", status = 429, retry_after = 80 }]
[[rule]]
answer = [{ text = "Here I am." }]
"""


def test_enter_ends_a_wait(project: Path, env: dict[str, str]) -> None:
    with served(BUSY) as server, in_terminal("ask", *at(server), "Hello?", env=env, cwd=project) as tty:
        tty.until("attempt 2 in 80 s (Enter: now, Ctrl+C: stop)")
        tty.type("\n")
        tty.until("Here I am.")
        assert tty.end() == 0
