"""Area `server` of the hostile cases: raw bytes on loopback against the real door."""

import json
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import case

from copilot.serve.audit import path_of
from copilot.serve.connection import Bounds
from copilot.serve.guarding import Sizes
from copilot.serve.listening import Wanted
from copilot.serve.peers import may_connect
from copilot.serve.tokens import NOBODY
from door_play import Play, read, serving
from ordinary_user import as_ordinary_user, open_folder

SMALL = Sizes(head=2_000, headers=20, target=300, body=5_000)


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with serving(tmp_path_factory.mktemp("door"), sizes=SMALL) as made:
        yield made


def nothing_told(reply: Any) -> bool:
    """Whether an answer says nothing to a page of another origin, and nothing of what is inside."""
    names = set(reply.headers)
    return (
        not any(name.startswith("access-control-") for name in names)
        and "server" not in names
        and reply.headers["x-content-type-options"] == "nosniff"
        and reply.headers["cache-control"] == "no-store"
        and b"Traceback" not in reply.all
        and b"/" not in reply.body.replace(b"HTTP/1.1", b"")
    )


def test_a_web_page_gets_nowhere(play: Play) -> None:
    assert "Origin: https://evil.example" in case("srv-001")["request"]
    for origin in ("https://evil.example", "null", "http://localhost", f"http://127.0.0.1:{play.port}"):
        for token in ("", play.token):
            reply = play.ask("POST", "/", b"{}", token=token, origin=origin)
            assert (reply.status, nothing_told(reply)) == (403, True)
            assert play.command(origin=origin).status == 403
    for site in ("cross-site", "same-site"):
        assert play.command(sec_fetch_site=site).status == 403
    preflight = play.ask("OPTIONS", "/v1/me", access_control_request_method="POST")
    assert (preflight.status, nothing_told(preflight)) == (403, True)
    assert play.ask("POST", "/", b"{}", token="").status == 401
    assert play.spaces.submitted == []


def test_no_port_is_open_unless_one_is_asked_for(tmp_path: Path) -> None:
    with serving(tmp_path, wanted=Wanted(folder=tmp_path / "state")) as made:
        assert [one.family for one in made.listening.sockets] == [socket.AF_UNIX]
        assert made.ask("GET", "/v1/me").status == 200


def test_there_is_no_websocket(play: Play) -> None:
    assert "foreign Origin" in case("srv-003")["ws"]
    upgrade = {
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec_websocket_version": "13",
    }
    for more in ({"origin": "https://evil.example"}, {}):
        reply = play.ask("GET", "/v1/projects/one/events", **upgrade, **more)
        assert (reply.status, nothing_told(reply)) == (403, True)


class Peer:
    """A connection whose other end is this user."""

    family = socket.AF_UNIX

    def __init__(self, told: bytes) -> None:
        self._told = told

    def getsockopt(self, level: int, name: int, size: int) -> bytes:
        return self._told


def test_another_user_of_this_host_gets_nowhere(play: Play) -> None:
    assert "another user on the host" in case("srv-005")["local"]
    for token in ("", "wrong", play.token[:-1], play.token.upper()):
        reply = play.ask("GET", "/v1/me", token=token)
        assert (reply.status, nothing_told(reply)) == (401, True)
        assert reply.headers["www-authenticate"] == "Bearer"
    linux = {uid: struct.pack("3i", 99, uid, 0) for uid in (0, 7, 8)}
    assert [may_connect(Peer(linux[uid]), own=7, platform="linux") for uid in (0, 7, 8)] == [
        True,
        True,
        False,
    ]
    darwin = {uid: struct.pack("=IIh", 0, uid, 1) + bytes(66) for uid in (0, 7, 8)}
    assert [may_connect(Peer(darwin[uid]), own=7, platform="darwin") for uid in (0, 7, 8)] == [
        True,
        True,
        False,
    ]
    assert not may_connect(Peer(b""), own=7, platform="linux")


@pytest.mark.skipif(sys.platform != "linux", reason="its own user and its peer are asked for")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_the_socket_is_closed_to_others_even_where_its_file_is_open(tmp_path: Path) -> None:
    with open_folder() as folder, serving(tmp_path, wanted=Wanted(folder=folder / "own")) as made:
        assert made.listening.path is not None
        path = made.listening.path
        modes = [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path)]
        assert modes == [0o700, 0o600]
        if as_ordinary_user(ours) == ours():  # not root: there is nobody else to be
            return
        assert as_ordinary_user(lambda: tried(path)) == "PermissionError"
        path.parent.chmod(0o755)
        path.chmod(0o666)
        assert as_ordinary_user(lambda: tried(path)) == "ended"


def ours() -> int:
    import os

    return os.geteuid()


def tried(path: Path) -> str:
    """What becomes of a request to the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.settimeout(20)
        try:
            made.connect(str(path))
            made.sendall(b"GET /v1/me HTTP/1.1\r\nhost: localhost\r\n\r\n")
            return "answered" if made.recv(1) else "ended"
        except ConnectionError:
            return "ended"
        except OSError as error:
            return type(error).__name__


def test_a_name_that_was_pointed_here_is_refused(play: Play) -> None:
    for host in (
        "evil.example",
        f"evil.example:{play.port}",
        "localhost.evil.example",
        "localhost@evil",
        "[::2]",
        "",
    ):
        assert play.command(host=host).status in (400, 403)
    twice = b"GET /v1/me HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n"
    none = b"GET /v1/me HTTP/1.0\r\n\r\n"
    assert [play.raw(one).status for one in (twice, none)] == [400, 403]
    for host in ("localhost", "LOCALHOST:80", f"127.0.0.1:{play.port}", "[::1]:9"):
        assert play.ask("GET", "/v1/me", host=host).status == 200
    assert play.ask("GET", "/v1/me", host="localhost", x_forwarded_host="evil.example").status == 200


def test_a_token_counts_in_its_header_alone(play: Play) -> None:
    for path in (f"/v1/me?token={play.token}", f"/v1/me?access_token={play.token}", f"/v1/{play.token}"):
        assert play.ask("GET", path, token="").status == 401
    assert play.ask("GET", "/v1/me", authorization="", cookie=f"token={play.token}").status == 401
    assert play.ask("GET", "/v1/me", authorization="", x_api_key=play.token).status == 401
    assert play.ask("GET", "/v1/me", authorization=f"Basic {play.token}").status == 401
    assert play.ask("GET", f"/v1/me?token={play.token}").status == 400
    bearer = f"authorization: Bearer {play.token}\r\n"
    twice = f"GET /v1/me HTTP/1.1\r\nhost: localhost\r\n{bearer * 2}connection: close\r\n\r\n"
    assert play.raw(twice.encode()).status == 401


def test_wrong_tokens_are_slow_few_and_written_down_without_them(tmp_path: Path) -> None:
    with serving(tmp_path) as made:
        replies = [
            made.ask("GET", "/v1/me", token=f"wrong{n}", x_forwarded_for=f"10.0.0.{n}") for n in range(30)
        ]
        statuses = [one.status for one in replies]
        assert (statuses[0], statuses[-1]) == (401, 429)
        assert int(replies[-1].headers["retry-after"]) >= 1
        assert made.pauses == [0.5] * statuses.count(401)
        assert made.ask("GET", "/v1/me").status == 200
    written = path_of(made.logs, NOBODY).read_text()
    entries = [json.loads(line) for line in written.splitlines()]
    assert {(one["refused"], one["peer"]) for one in entries} == {("token", "127.0.0.1")}
    assert "wrong" not in written


def head_of(play: Play) -> str:
    """The first lines of a command, in which its body's length is missing yet."""
    first = "POST /v1/projects/one/commands HTTP/1.1\r\nhost: localhost\r\n"
    return f"{first}authorization: Bearer {play.token}\r\n"


def test_what_is_too_large_is_refused_before_it_is_read(play: Play) -> None:
    head = head_of(play)
    huge = f"{head}content-type: application/json\r\ncontent-length: 999999999999\r\n\r\n".encode()
    assert play.raw(huge).status == 413
    piece = b"3e8\r\n" + b"x" * 1000 + b"\r\n"
    chunked = f"{head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    assert play.raw(chunked + piece * 9).status == 413
    assert play.ask("GET", "/v1/me", x_big="y" * 1_900).status == 431
    assert play.ask("GET", "/v1/me", x_big="y" * 200_000).status in (400, 431)
    assert play.ask("GET", "/v1/me", **{f"x{n}": "y" for n in range(30)}).status == 431
    assert play.ask("GET", "/v1/projects/" + "a" * 400).status == 414


def test_a_body_in_crumbs_is_refused_and_a_crowd_that_says_nothing_keeps_nobody_out(tmp_path: Path) -> None:
    with serving(tmp_path, bounds=Bounds(at_once=20)) as made:
        head = f"{head_of(made)}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        body = b'{"command": "CancelTurn", "turn_id": "t1"}'
        crumbs = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
        with made.connect() as one:
            for piece in (head[:-1], head[-1:] + crumbs[:7], crumbs[7:], b"0\r\n", b"\r\n"):
                one.sendall(piece)
            assert one.recv(65_536).startswith(b"HTTP/1.1 202")
        reply = made.raw(head + crumbs * 50)
        assert (reply.status, reply.json["error"]) == (400, "the body comes in too many small pieces")
        crowd = [made.connect() for _ in range(60)]
        assert made.ask("GET", "/v1/me").status == 200
        for one in crowd:
            one.close()


def test_what_is_too_slow_is_ended(tmp_path: Path) -> None:
    with serving(tmp_path, bounds=Bounds(head_seconds=0.2)) as made:
        assert made.raw(b"GET /v1/me HTTP/1.1\r\nhost: loc").status == 408
        with made.connect() as mute:
            assert read(mute).status == 408
    with serving(tmp_path / "other", sizes=Sizes(pause=0.2)) as made:
        length = "content-type: application/json\r\ncontent-length: 100\r\n\r\n"
        reply = made.raw(f"{head_of(made)}{length}{{".encode())
        assert (reply.status, reply.headers["connection"]) == (408, "close")


PATHS = (
    *("/v1/projects/..%2Fada/commands", "/v1/projects/%2e%2e/commands", "/v1/projects/../commands"),
    *("/v1/projects/one%00/commands", "/v1/projects/one%5C..%5Ctwo/commands", "/v1/projects/%ff/commands"),
    *("/v1//projects/one/commands", "/v1/projects/one/commands/", "http://localhost/v1/me", "/v1/./me"),
    *("/v1/projects/one/files/../../../etc/passwd", "/v1/projects/one/files/%2e%2e/%2e%2e/x", "*"),
    *("/v1/projects/one/files//etc/passwd", "/v1/projects/one/files/%2Fetc%2Fpasswd", "/v1/projects/%0d%0ax"),
    *("/v1/projects/..%252f/commands", "/v1/projects/%c0%ae%c0%ae/commands", "/v1/projects/.hidden/commands"),
)


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leads_elsewhere_leads_nowhere(play: Play, path: str) -> None:
    for method, body in (("GET", None), ("POST", b"{}"), ("PUT", b"{}")):
        reply = play.ask(method, path, body)
        assert reply.status in (400, 404, 405)
        assert b"root:" not in reply.body
        assert set(reply.json) == {"error", "next_step", "kind"}
    assert play.spaces.submitted == []
    assert play.spaces.files == {}


BODIES = (
    *(b"", b"[]", b"{", b"\xff\xfe", b'"text"', b"[" * 2_000, b'{"a":' * 800, b'{"command": "Shut"}'),
    *(b'{"command": null}', b'{"command": ["RunTurn"]}', b'{"command": "CancelTurn", "turn_id": NaN}'),
    *(b'{"command": "CancelTurn", "turn_id": "\\ud800"}', b'{"command": "CancelTurn", "turn_id": 1e999}'),
)


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_command_is_refused(play: Play, body: bytes) -> None:
    reply = play.ask("POST", "/v1/projects/one/commands", body)
    assert (reply.status, set(reply.json)) == (400, {"error", "next_step", "kind"})
    assert play.spaces.submitted == []


def test_what_a_form_sends_is_no_command(play: Play) -> None:
    body = json.dumps({"command": "CancelTurn", "turn_id": "t"}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert play.ask("POST", "/v1/projects/one/commands", body, content_type=kind).status == 415
    assert play.spaces.submitted == []


def test_bytes_that_mean_two_things_are_refused(play: Play) -> None:
    head = head_of(play)
    both = (
        f"{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/me HTTP/1.1\r\n\r\n"
    )
    lengths = f"{head}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef"
    folded = f"{head}x-a: b\r\n : c\r\ncontent-length : 3\r\n\r\nabc"
    for data in (both, lengths, folded, "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "GET\r\n\r\n"):
        assert play.raw(data.encode("latin-1")).status == 400
    reply = play.raw(b"\x00" * 3_000)
    assert (reply.status, reply.headers["x-content-type-options"]) == (400, "nosniff")
    assert play.ask("GET", "/v1/me", b"{}").status == 400
    assert play.ask("TRACE", "/v1/me").status == 405
    assert play.spaces.submitted == []
