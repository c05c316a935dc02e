"""`copilot doctor`: what it finds, what it never shows, when it fails."""

import re
import socket
import threading
import time
from pathlib import Path

import pytest
from program_runs import environ, run, say, serve, turn

from copilot.cli.checks import check_python, check_shells
from copilot.cli.local_servers import models_at

KEY = "sk-ant-test-0123456789"
NAMES = ("Python", "display", "shell", "anthropic", "openai", "home", "anthropic key", "provider")


def test_a_machine_without_display_and_keys_can_do_the_main_job(tmp_path: Path) -> None:
    done = run("doctor", env=environ(tmp_path), cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert [name for name in NAMES if not any(re.match(f"[✓✗–] {name} ", line) for line in lines)] == []
    assert any(line.startswith("– display") and "DISPLAY is not set" in line for line in lines)
    assert any(str(tmp_path / "home") in line for line in lines)
    assert not any(line.startswith("✗") for line in lines)


def test_keys_are_named_by_their_source_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".env").write_text(f"OPENAI_API_KEY={KEY}2\n")
    done = run("doctor", env=environ(tmp_path, ANTHROPIC_API_KEY=KEY), cwd=tmp_path)
    assert KEY not in done.stdout + done.stderr
    assert re.search(r"✓ anthropic key +from ANTHROPIC_API_KEY\n", done.stdout)
    assert re.search(r"✓ openai key +from OPENAI_API_KEY in .*/home/\.env\n", done.stdout)
    missing = r"– gemini key +not found\n +copilot keys set gemini, or set GEMINI_API_KEY"
    assert re.search(missing, done.stdout)


def test_a_home_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = run("doctor", "--home", str(blocked / "home"), env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "✗ home" in done.stdout
    assert "Choose another folder with --home or COPILOT_HOME." in done.stdout
    assert "Traceback" not in done.stderr


def test_a_display_that_does_not_answer_is_told(tmp_path: Path) -> None:
    done = run("doctor", env=environ(tmp_path, DISPLAY=":987"), cwd=tmp_path)
    assert done.returncode == 0
    assert "The display :987 cannot be reached." in done.stdout


def test_an_ascii_terminal_gets_escapes_and_no_traceback(tmp_path: Path) -> None:
    done = run("doctor", env=environ(tmp_path, PYTHONIOENCODING="ascii"), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2713 Python" in done.stdout


def test_no_colour_in_a_pipe(tmp_path: Path) -> None:
    assert "\x1b" not in run("doctor", env=environ(tmp_path), cwd=tmp_path).stdout


@pytest.mark.parametrize(("version", "state"), [((3, 11, 0), "ok"), ((3, 10, 13), "bad"), ((3, 14, 1), "ok")])
def test_the_oldest_python(version: tuple[int, int, int], state: str) -> None:
    assert check_python(version).state == state


def test_no_shell_is_a_failure() -> None:
    check = check_shells(())
    assert (check.state, check.needed) == ("bad", True)


def test_a_server_that_answers_is_counted_and_one_that_hangs_is_not_waited_for() -> None:
    server = serve(turn(say("x")))
    try:
        assert models_at(f"{server.url}/v1") is not None
    finally:
        server.stop()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        started = time.monotonic()
        assert models_at(f"http://127.0.0.1:{silent.getsockname()[1]}/v1") is None
        assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "words",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + b"[" * 20_000,
    ],
)
def test_what_is_no_model_server_does_no_harm(words: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:
        thread = threading.Thread(target=_answer_once, args=(odd, words), daemon=True)
        thread.start()
        assert models_at(f"http://127.0.0.1:{odd.getsockname()[1]}/v1") is None
        thread.join(10)


def test_a_redirect_to_another_server_is_not_followed() -> None:
    server = serve(turn(say("x")))
    try:
        there = f"HTTP/1.1 307 Over there\r\nLocation: {server.url}/v1/models\r\nContent-Length: 0\r\n\r\n"
        with socket.create_server(("127.0.0.1", 0)) as sends_away:
            thread = threading.Thread(target=_answer_once, args=(sends_away, there.encode()), daemon=True)
            thread.start()
            assert models_at(f"http://127.0.0.1:{sends_away.getsockname()[1]}/v1") is None
            thread.join(10)
        assert server.requests == []
    finally:
        server.stop()


def _answer_once(listening: socket.socket, words: bytes) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(words)
