"""Area `secret` of the hostile cases: where no key may appear, and what is done where none can be kept."""

import http.server
import json
import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk_play import approve, playing, runs
from hostile import case

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.keys_vault import SystemVault
from copilot.projects.home import Home
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.events import TurnFailed
from key_vaults import MemoryVault

KEY = "AIzaHostileSecretKey0000000000000000001"
KEY_NAMES = ("GEMINI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_API_KEY")


HEADERS = (
    "failed https://x.example/v1?key=AIzaSyUnheldKey0000000000000000000000001&a=b "
    "Headers({'x-api-key': '0123456789abcdef0123456789abcdef', 'authorization': 'Bearer abc.def.ghi-jkl', "
    "'x-goog-api-key': 'qwertzuiopasdfghjklyxcvbnm', 'cookie': 'session=topsecretvalue123'})"
)
IN_HEADERS = (
    *("AIzaSyUnheldKey", "0123456789abcdef", "abc.def.ghi-jkl", "qwertzuiopasdf", "topsecretvalue123"),
)


def test_no_header_and_no_address_of_an_exception_tells_a_key() -> None:
    assert "headers repr" in case("sec-002")["where"]
    shown = Redactor([]).text(repr(RuntimeError(HEADERS)))
    assert [secret for secret in IN_HEADERS if secret in shown] == []
    assert "x-api-key" in shown


class _Repeating(http.server.BaseHTTPRequestHandler):
    """Refuses every request, and repeats what it was sent, and more of the kind."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        told = {"message": f"{HEADERS} {dict(self.headers)}", "type": "invalid_request_error", "code": 400}
        body = json.dumps({"type": "error", "error": told}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.mark.parametrize("provider", ["gemini", "anthropic", "compatible"])
def test_an_answer_that_repeats_headers_tells_no_key(tmp_path: Path, provider: str) -> None:
    assert "exception text of a failed request" in case("sec-002")["where"]
    base = tmp_path / "base"
    base.mkdir()
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **dict.fromkeys(KEY_NAMES, KEY)}
    with serving(handler=_Repeating) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        with playing(
            tmp_path / "home", base, runs("true"), environ=environ, provider=provider, url=url
        ) as play:
            end = play.turn()
    assert isinstance(end, TurnFailed)
    assert "answered HTTP 400: failed https://x.example/v1?key=" in end.message
    logs = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "home" / "logs").iterdir())
    shown = repr(play.events)
    assert [one for one in (*IN_HEADERS, KEY) if one in shown or one in logs] == []


class _Away(http.server.BaseHTTPRequestHandler):
    """Sends everything elsewhere, or (where there is no elsewhere) remembers what came."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        server.received.append(dict(self.headers))
        self.send_response(307 if server.elsewhere else 200)
        if server.elsewhere:
            self.send_header("location", f"{server.elsewhere}{self.path}")
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        del format, args


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, elsewhere: str, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.elsewhere = elsewhere
        self.received: list[dict[str, str]] = []


@contextmanager
def serving(
    elsewhere: str = "", handler: type[http.server.BaseHTTPRequestHandler] = _Away
) -> Iterator[_Server]:
    server = _Server(elsewhere, handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("provider", ["gemini", "anthropic", "openai"])
def test_a_key_does_not_follow_a_redirect(tmp_path: Path, provider: str) -> None:
    assert "307" in case("sec-004")["redirect"]
    base = tmp_path / "base"
    base.mkdir()
    name = {"gemini": "GEMINI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}[
        provider
    ]
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), name: KEY}
    with serving() as other, serving(f"http://localhost:{other.server_port}") as first:
        url = f"http://127.0.0.1:{first.server_port}"
        with playing(
            tmp_path / "home", base, runs("true"), environ=environ, provider=provider, url=url
        ) as play:
            end = play.turn()
    assert isinstance(end, TurnFailed)
    assert "redirect" in end.message
    assert first.received
    assert other.received == []
    assert KEY not in "".join(
        path.read_text(encoding="utf-8") for path in (tmp_path / "home" / "logs").iterdir()
    )


@pytest.mark.parametrize("trouble", ["no service answers", "it is locked", "it keeps things in plain text"])
def test_a_keyring_that_does_not_work_keeps_nothing_and_a_session_key_does(
    home_dir: Path, trouble: str
) -> None:
    assert "NoKeyringError" in case("sec-006")["keyring"]
    home = Home(root=home_dir).make()
    keys = HeldKeys({}, home, MemoryVault(trouble=trouble))
    with pytest.raises(ConfigError, match=trouble):
        keys.enter("anthropic", KEY, "keyring")
    kept = [path for path in home_dir.rglob("*") if path.is_file() and KEY in path.read_text()]
    assert kept == []
    keys.enter("anthropic", KEY, "session")
    found = keys.find("anthropic")
    assert found is not None
    assert found.value == KEY
    assert [path for path in home_dir.rglob("*") if path.is_file() and KEY in path.read_text()] == []
    assert HeldKeys({}, home, MemoryVault(trouble=trouble)).find("anthropic") is None


@pytest.mark.parametrize("kind", ["null", "fail"])
def test_a_back_end_that_keeps_nothing_is_told_of_and_nothing_is_written(home_dir: Path, kind: str) -> None:
    assert "backend = null" in case("sec-006")["keyring"]
    home = Home(root=home_dir).make()
    vault = SystemVault(sys.platform, {"PYTHON_KEYRING_BACKEND": f"keyring.backends.{kind}.Keyring"})
    keys = HeldKeys({}, home, vault)
    with pytest.raises(ConfigError, match="PYTHON_KEYRING_BACKEND"):
        keys.enter("anthropic", KEY, "keyring")
    assert [path for path in home_dir.rglob("*") if path.is_file() and KEY in path.read_text()] == []
    keys.enter("anthropic", KEY, "session")
    assert keys.find("anthropic") is not None


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_all_that_is_written_is_its_persons_alone(tmp_path: Path) -> None:
    assert case("sec-008")["file"] == "log/temp/project files"
    base, temporary = tmp_path / "base", tmp_path / "tmp"
    base.mkdir()
    temporary.mkdir()
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(temporary)}
    before = os.umask(0)
    try:
        with playing(
            tmp_path / "home", base, runs('f=$(mktemp) && ls -l "$f" && rm "$f"'), environ=environ
        ) as play:
            play.turn(approve)
            assert play.result.status == "ok"
            told = play.result.output
    finally:
        os.umask(before)
    home = tmp_path / "home"
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in (home, *home.rglob("*"))}
    assert {str(path): f"{mode:o}" for path, mode in modes.items() if mode & 0o077} == {}
    assert (home / "projects" / "p.toml") in modes
    assert any(path.parent == home / "logs" for path in modes)
    assert "-rw-------" in told
    assert list(temporary.iterdir()) == []  # nothing of ours is left where all write
