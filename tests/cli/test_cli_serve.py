"""`copilot serve` and `copilot connect`, as they are typed."""

import contextlib
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from program_runs import ARGV, call, environ, in_terminal, say, serve, turn
from runs_here import Done, run_here

from copilot.serve.client import TOKEN_VARIABLE, Client


def users(folder: Path, *words: str) -> Done:
    return run_here("serve", "users", *words, env=environ(folder), cwd=folder)


@contextlib.contextmanager
def served(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, serving, and its address. It is asked to end in the end, which it does in order."""
    with subprocess.Popen(
        [*ARGV, "serve", *words],
        cwd=folder,
        env=environ(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.match(r"Listening on (\S+)  ", first)
        assert found is not None, (first, process.stderr and process.stderr.read())
        try:
            yield process, found[1]
        finally:
            process.send_signal(signal.SIGTERM)
            _, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, "")


def test_users_are_added_listed_limited_and_revoked(tmp_path: Path) -> None:
    assert users(tmp_path).stdout == "There are no users. Add one: copilot serve users add NAME\n"
    added = users(tmp_path, "add", "ada", "--expires", "30")
    assert re.fullmatch(r"copilot_[\w-]{43}\n", added.stdout)
    assert "not shown again" in added.stderr
    token_id = added.stderr.rstrip(".\n").split()[-1]
    listed = users(tmp_path).stdout
    assert re.search(rf"ada\n  {token_id}  made \d{{4}}-\d\d-\d\d  expires \d{{4}}-\d\d-\d\d\n", listed)
    assert added.stdout.strip() not in listed
    limited = users(tmp_path, "limits", "ada", "turns=4", "day_usd=none")
    assert re.search(r"^turns +4$", limited.stdout, re.M)
    assert re.search(r"^day_usd +none$", limited.stdout, re.M)
    assert users(tmp_path, "limits", "ada").stdout == limited.stdout
    assert "ada  turns=4 day_usd=null" in users(tmp_path).stdout
    for words in (
        ("limits", "ada", "turns"),
        ("limits", "ada", "turns=x"),
        ("limits", "bob"),
        ("add", "../x"),
    ):
        assert users(tmp_path, *words).returncode == 1
    assert users(tmp_path, "nonsense").returncode == 2
    assert users(tmp_path, "revoke", "ada").stdout == f"Revoked 1 token of ada: {token_id}\n"
    assert users(tmp_path, "revoke", "ada").returncode == 1
    assert "  no token\n" in users(tmp_path).stdout


def test_it_listens_for_its_owner_alone_and_ends_in_order(tmp_path: Path) -> None:
    with served(tmp_path) as (process, address):
        assert process.stdout is not None
        assert process.stdout.readline() == "Nobody can connect yet: copilot serve users add NAME\n"
        assert address == str(tmp_path / "home" / "state" / "serve" / "copilot.sock")
        token = users(tmp_path, "add", "ada").stdout.strip()
        client = Client(address, token)
        assert (client.me()["user"], client.projects()) == ("ada", ())
        client.close()
        again = run_here("serve", env=environ(tmp_path), cwd=tmp_path)
        assert (again.returncode, "a server runs on this home already" in again.stderr) == (1, True)
    assert not Path(address).exists()
    checked = run_here("serve", "audit", "ada", "--check", env=environ(tmp_path), cwd=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, "2 lines are as written.\n")
    lines = run_here("serve", "audit", "ada", env=environ(tmp_path), cwd=tmp_path).stdout.splitlines()
    assert [json.loads(line)["ended"] for line in lines] == ["me", "projects"]
    log = tmp_path / "home" / "logs" / "serve" / "ada.jsonl"
    log.write_text(log.read_text().replace('"me"', '"you"'))
    assert run_here("serve", "audit", "ada", "--check", env=environ(tmp_path), cwd=tmp_path).returncode == 1


def test_what_cannot_be_listened_on_is_said(tmp_path: Path) -> None:
    told = {
        ("--port", "0", "--host", "0.0.0.0"): "nothing listens there without TLS",
        ("--port", "0", "--tls-cert", "x"): "go together",
        ("--tls-cert", "x", "--tls-key", "y"): "TLS needs a port",
        ("--port", "0", "--tls-cert", "x", "--tls-key", "y"): "cannot be used",
    }
    for words, said in told.items():
        done = run_here("serve", *words, env=environ(tmp_path), cwd=tmp_path)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert run_here("serve", "--port", "0", "--socket", "x", env={}, cwd=tmp_path).returncode == 2
    for words in (("audit",), ("audit", "../x"), ("audit", "a", "b")):
        assert run_here("serve", *words, env=environ(tmp_path), cwd=tmp_path).returncode == 2


def test_without_its_libraries_it_says_what_to_install(tmp_path: Path) -> None:
    without = "import sys\nsys.modules['uvicorn'] = None\n"
    without += "from copilot.__main__ import main\nsys.exit(main(['serve']))"
    done = subprocess.run(
        [ARGV[0], "-c", without],
        env=environ(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("Install them: pip install 'copilot[serve]'\n")


def test_what_cannot_be_connected_to_is_said(tmp_path: Path) -> None:
    told = {
        ("nowhere", "ask", "hi"): "there is no token",
        ("nowhere", "ask"): "nothing was asked",
    }
    for words, said in told.items():
        assert said in run_here("connect", *words, env=environ(tmp_path), cwd=tmp_path).stderr
    done = run_here("connect", "nowhere", "window", env=environ(tmp_path), cwd=tmp_path)
    assert (done.returncode, 'copilot connect nowhere ask "…"' in done.stderr) == (1, True), done.stderr
    done = run_here("connect", "nowhere", "--continue", "window", env=environ(tmp_path), cwd=tmp_path)
    assert (done.returncode, "--continue goes with ask" in done.stderr) == (2, True), done.stderr
    env = environ(tmp_path, **{TOKEN_VARIABLE: "token"})
    for place, said in {"nowhere": "nobody listens", "http://team.example": "has no TLS"}.items():
        done = run_here("connect", place, "--json", "ask", "hi", env=env, cwd=tmp_path)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
        event = json.loads(done.stdout)
        assert (event["event"], said in event["message"]) == ("CommandFailed", True)


def test_a_turn_is_asked_for_and_approved_from_afar(tmp_path: Path) -> None:
    script = call("run_shell", script="echo from afar > note.txt")
    model = serve(turn(script, say("It is done.")))
    home = tmp_path / "home"
    home.mkdir()
    named = f'[providers.anthropic]\nmodel = "claude-sonnet-5-5"\nbase_url = "{model.url}"\n'
    (home / "config.toml").write_text(f'provider = "anthropic"\n{named}')
    (home / ".env").write_text("ANTHROPIC_API_KEY=sk-ant-the-owners-key-0123456789\n")
    (home / ".env").chmod(0o600)
    token = users(tmp_path, "add", "ada").stdout.strip()
    with served(tmp_path, "--port", "0", "--unconfined") as (_, address):
        env = environ(tmp_path, **{TOKEN_VARIABLE: token})
        with in_terminal("connect", address, "ask", "Write it.", env=env, cwd=tmp_path) as terminal:
            terminal.until("echo from afar > note.txt")
            terminal.until("[a]pprove")
            terminal.type("a\n")
            terminal.until("It is done.")
            assert terminal.end() == 0
        note = home / "serve" / "users" / "ada" / "files" / "main" / "note.txt"
        assert note.read_text() == "from afar\n"
        done = run_here("connect", address, "--continue", "ask", "Again?", env=env, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (3, "It is done.\n"), done.stderr
        assert "nobody is there to ask" in done.stderr
    model.stop()
