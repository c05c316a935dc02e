"""`copilot keys`: where keys come from; entering, testing and forgetting one. None is ever shown."""

import stat
from pathlib import Path

from program_runs import ARGV, environ, run, say, serve, turn
from terminal_runs import TerminalRun

SERVER = turn(say("hi"))
KEY = "sk-ant-test-0123456789"


def test_it_says_where_each_key_comes_from_and_shows_none(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".env").write_text(f"GEMINI_API_KEY=AIza-file\nANTHROPIC_API_KEY={KEY}-file\n")
    done = run("keys", env=environ(tmp_path, ANTHROPIC_API_KEY=KEY), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert lines[0] == ["✓", "anthropic", "from ANTHROPIC_API_KEY; not used: the .env"]
    assert lines[1] == ["✓", "gemini", f"from GEMINI_API_KEY in {tmp_path / 'home' / '.env'}"]
    assert [line[:2] for line in lines[2:4]] == [["–", "openai"], ["–", "compatible"]]
    assert done.stdout.splitlines()[-1].startswith("The system's keyring does not work here: ")
    assert KEY not in done.stdout + done.stderr


def test_without_a_keyring_a_key_is_kept_in_plain_text_only_where_that_is_said(tmp_path: Path) -> None:
    env = environ(tmp_path)
    refused = run("keys", "set", "anthropic", env=env, cwd=tmp_path, stdin=f"{KEY}\n")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--plain-text" in refused.stderr
    assert "ANTHROPIC_API_KEY" in refused.stderr
    file = tmp_path / "home" / ".env"
    assert not file.exists()

    done = run("keys", "set", "anthropic", "--plain-text", env=env, cwd=tmp_path, stdin=f"{KEY}\n")
    assert done.returncode == 0, done.stderr
    assert "plain text" in done.stdout
    assert f"ANTHROPIC_API_KEY={KEY}" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    gone = run("keys", "forget", "anthropic", env=env, cwd=tmp_path)
    assert (gone.returncode, gone.stdout) == (0, "The key for anthropic was taken out of the .env.\n")
    assert KEY not in file.read_text()
    again = run("keys", "forget", "anthropic", env=env, cwd=tmp_path)
    assert (again.returncode, again.stdout) == (0, "There was no key for anthropic.\n")
    assert KEY not in "".join((refused.stderr, done.stdout, done.stderr, gone.stdout, gone.stderr))


def test_a_key_in_the_environment_is_forgotten_there_alone(tmp_path: Path) -> None:
    env = environ(tmp_path, ANTHROPIC_API_KEY=KEY)
    done = run("keys", "forget", "anthropic", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "unset ANTHROPIC_API_KEY" in done.stderr


def test_a_key_that_is_typed_in_a_terminal_does_not_show(tmp_path: Path) -> None:
    argv = (*ARGV, "keys", "set", "openai", "--plain-text")
    with TerminalRun(argv, env=environ(tmp_path), cwd=tmp_path) as terminal:
        terminal.until("Key for openai (it is not shown): ")
        terminal.type(f"{KEY}\r")
        terminal.until("Try it: copilot keys test openai")
        assert terminal.end() == 0
        assert KEY not in terminal.seen
    assert KEY in (tmp_path / "home" / ".env").read_text()


def test_a_test_is_one_request_and_says_what_to_do_where_it_fails(tmp_path: Path) -> None:
    with serve(SERVER) as server:
        env = environ(
            tmp_path,
            ANTHROPIC_API_KEY=KEY,
            ANTHROPIC_BASE_URL=server.url,
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL="http://127.0.0.1:9/v1",
        )
        works = run("keys", "test", "anthropic", env=env, cwd=tmp_path)
        asked = [(request.method, request.path.partition("?")[0]) for request in server.requests]
        both = run("keys", "test", env=env, cwd=tmp_path)
    assert works.returncode == 0, works.stderr
    assert works.stdout.startswith("✓ anthropic    works: ")
    assert asked == [("GET", "/v1/models")]
    assert both.returncode == 1
    assert "✓ anthropic" in both.stdout
    assert "✗ openai" in both.stdout
    assert KEY not in works.stdout + both.stdout + both.stderr


def test_a_key_that_is_missing_is_said_so(tmp_path: Path) -> None:
    done = run("keys", "test", "gemini", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "✗ gemini       there is no key for gemini" in done.stdout
    assert "copilot keys set" in done.stdout


def test_wrong_usage(tmp_path: Path) -> None:
    env = environ(tmp_path)
    assert run("keys", "set", env=env, cwd=tmp_path).returncode == 2
    wrong = run("keys", "set", "antropic", env=env, cwd=tmp_path)
    assert wrong.returncode == 2
    assert "Did you mean anthropic?" in wrong.stderr
