"""The door as its users see it: what is asked and answered, followed, limited, ended and written down."""

import errno
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

from copilot.serve.audit import check, path_of
from copilot.serve.bodies import MOST_READ, Unread
from copilot.serve.connection import Bounds
from copilot.serve.contract import ForbiddenError, Limits, TooMuchError, WorkspaceEndedError
from copilot.vocabulary.codec import to_json
from copilot.vocabulary.errors import LockedError, ProjectError, StorageError
from copilot.vocabulary.events import Notice
from door_play import COMMAND, MemoryWorkspaces, Play, Reply, read, serving, until
from odd_disks import FULL, FailingDisk


def notice(text: str) -> Notice:
    return Notice(at=2.0, worker="w", level="info", text=text)


class Follower:
    """A connection that follows the project `one`."""

    def __init__(self, play: Play, after: int = 0) -> None:
        self._made = play.connect()
        self._file = self._made.makefile("rb")
        head = f"GET /v1/projects/one/events?after={after} HTTP/1.1\r\nhost: localhost\r\n"
        self._made.sendall(f"{head}authorization: Bearer {play.token}\r\n\r\n".encode())
        self.status = int(self._file.readline().split()[1])
        while self._file.readline().strip():
            pass

    def line(self) -> Any:
        """The next line; None at the end of the answer."""
        size = int(self._file.readline() or b"0", 16)
        data = self._file.read(size)
        self._file.readline()
        return json.loads(data) if data else None

    def close(self) -> None:
        self._file.close()
        self._made.close()


def test_a_user_is_told_who_they_are_and_what_there_is(tmp_path: Path) -> None:
    with serving(tmp_path, limits={"turns": 3}) as play:
        me = play.ask("GET", "/v1/me").json
        assert (me["user"], me["api"], me["expires_at"], me["model"]) == ("ada", 1, None, None)
        assert me["limits"] == to_json(Limits(turns=3))
        assert play.ask("GET", "/v1/projects").json == {"projects": ["one"]}
        assert play.ask("PUT", "/v1/projects/two%20words").status == 201
        assert play.ask("GET", "/v1/projects").json == {"projects": ["one", "two words"]}
        look = play.ask("GET", "/v1/projects/one").json
        assert (look["project"], look["number"], look["approvals"]) == ("one", 100, [])
        assert [event["event"] for event in look["snapshot"]] == ["ProjectOpened"]
        assert play.spaces.follows[0].closed
        assert play.ask("HEAD", "/v1/me").body == b""


def test_a_command_goes_through_as_it_was_written(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        assert play.command().json == {"taken": "CancelTurn"}
        assert play.spaces.submitted == [("ada", "one", COMMAND)]
        assert play.ask("POST", "/v1/projects/none/commands", json.dumps(COMMAND).encode()).status == 404


def test_a_long_command_is_read_by_its_users_own_process_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as made:
        long = b'{ "command": "CancelTurn", "turn_id": "' + b"t" * MOST_READ + b'"}'
        assert made.ask("POST", "/v1/projects/one/commands", long).status == 202
        assert made.spaces.submitted[-1][2] == Unread("CancelTurn", long)
        assert "command CancelTurn" in path_of(made.logs, "ada").read_text()
        for body in (
            long.replace(b"CancelTurn", b"Cancel"),
            b'{"turn_id": "t",' + long[1:],
            b" " * len(long),
        ):
            assert made.ask("POST", "/v1/projects/one/commands", body).status == 400


def test_files_come_and_go_as_bytes(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        data = bytes(range(256))
        put = play.ask(
            "PUT", "/v1/projects/one/files/src/a%20b.bin", data, content_type="application/octet-stream"
        )
        assert put.status == 204
        assert play.spaces.files == {"src/a b.bin": data}
        got = play.ask("GET", "/v1/projects/one/files/src/a%20b.bin")
        assert (got.body, got.headers["content-disposition"]) == (data, "attachment")


def test_a_body_is_bounded_for_each_user(tmp_path: Path) -> None:
    with serving(tmp_path, limits={"body_bytes": 10}) as play:
        assert play.ask("PUT", "/v1/projects/one/files/a", b"0123456789").status == 204
        assert play.ask("PUT", "/v1/projects/one/files/b", b"0123456789a").status == 413
        assert set(play.spaces.files) == {"a"}


def test_events_are_followed_from_a_snapshot_or_a_number(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        whole = Follower(play)
        first = whole.line()
        assert (first["number"], first["snapshot"][0]["event"]) == (100, "ProjectOpened")
        assert set(whole.line()) == {"beat"}
        play.spaces.tell(notice("hello"))
        assert whole.line() == {
            "number": 101,
            "event": {
                "event": "Notice",
                "at": 2.0,
                "worker": "w",
                "level": "info",
                "text": "hello",
                "turn_id": "",
            },
        }
        play.spaces.tell(notice("again"))
        later = Follower(play, after=101)
        assert [one.line()["event"]["text"] for one in (whole, later)] == ["again", "again"]
        later.close()
        until(lambda: play.spaces.follows[1].closed)
        assert not play.spaces.follows[0].closed
        play.spaces.follows[0].over = "idle"
        play.spaces.follows[0].wake()
        assert [whole.line(), whole.line()] == [{"end": "idle"}, None]
        whole.close()
        for after in ("x", "-1", "1" * 30, "1&after=2"):
            assert play.ask("GET", f"/v1/projects/one/events?after={after}").status == 400


def test_what_a_revoked_token_began_ends(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        follower, going = Follower(play), threading.Event()
        until(lambda: "beat" in follower.line())
        play.spaces.before = lambda: going.wait(20) and None
        answers: list[Reply] = []
        waiting = threading.Thread(target=lambda: answers.append(play.command()))
        waiting.start()
        other, _ = play.users.add("grace", None, 0.0)
        until(lambda: '"begins": "command CancelTurn"' in audit_of(play))
        play.users.revoke("ada")
        assert [follower.line(), follower.line()] == [{"end": "revoked"}, None]
        waiting.join(20)
        going.set()
        assert [one.status for one in answers] == [401]
        assert play.ask("GET", "/v1/me").status == 401
        assert play.ask("GET", "/v1/me", token=other).status == 200
        until(lambda: set(play.spaces.stopped) == {"ada"})
        follower.close()


def test_a_token_that_expires_ends_too(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        play.token, _ = play.users.add("ada", -1, 0.0)
        assert play.ask("GET", "/v1/me").status == 401


def test_requests_are_counted_by_the_minute(tmp_path: Path) -> None:
    with serving(tmp_path, limits={"requests_a_minute": 3}) as play:
        replies = [play.ask("GET", "/v1/me") for _ in range(5)]
        assert [one.status for one in replies] == [200, 200, 200, 429, 429]
        assert 1 <= int(replies[-1].headers["retry-after"]) <= 20
        play.users.add("grace", None, 0.0)
        token, _ = play.users.add("grace", None, 0.0)
        assert play.ask("GET", "/v1/me", token=token).status == 200


def test_a_user_waits_for_themselves_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        going = threading.Event()
        play.spaces.before = lambda: going.wait(20) and None
        replies: list[Reply] = []
        many = [threading.Thread(target=lambda: replies.append(play.command())) for _ in range(12)]
        for one in many:
            one.start()
        until(lambda: len(replies) == 4)
        token, _ = play.users.add("grace", None, 0.0)
        assert play.ask("GET", "/v1/projects", token=token).json == {"projects": []}
        going.set()
        for one in many:
            one.join(20)
        assert sorted(one.status for one in replies) == [202] * 8 + [429] * 4


def audit_of(play: Play, name: str = "ada") -> str:
    path = path_of(play.logs, name)
    return path.read_text() if path.exists() else ""


def test_everything_is_written_down_and_no_content(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        play.ask("GET", "/v1/me")
        play.ask("PUT", "/v1/projects/one/files/private.txt", b"very private words")
        play.ask("GET", "/v1/elsewhere")
    text = audit_of(play)  # a request's last line follows its answer
    entries = [json.loads(line) for line in text.splitlines()]
    told = [(one.get("begins") or one.get("ended"), one.get("status"), one["received"]) for one in entries]
    assert told == [
        ("me", 200, 0),
        ("write file", None, 18),
        ("write file", 204, 18),
        ("GET elsewhere", 404, 0),
    ]
    assert {one["token"] for one in entries} == {play.users.read().tokens[0].id}
    assert "very private" not in text
    assert play.token not in text
    assert check(play.logs, play.folder, "ada").problems == ()


def test_with_a_full_disk_nothing_is_changed_and_all_can_be_read(tmp_path: Path) -> None:
    full = False
    disk = FailingDisk(FULL, lambda _number, name: full and name == "write")
    with serving(tmp_path, disk=disk) as play:
        assert play.command().status == 202
        full = True
        refused = play.command()
        assert (refused.status, refused.json["error"]) == (507, "the server's disk is full")
        assert len(play.spaces.submitted) == 1
        assert play.ask("GET", "/v1/projects").status == 200
        full = False
        assert play.command().status == 202
    assert "disk is full" in play.said[0]
    assert check(play.logs, play.folder, "ada").problems == ()


def raising(error: Exception, spaces: MemoryWorkspaces) -> None:
    def raises() -> None:
        raise error

    spaces.before = raises


def test_each_error_has_its_status_and_no_inside(tmp_path: Path) -> None:
    full = StorageError("writing /x failed: the disk is full")
    full.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    errors: tuple[tuple[Exception, int], ...] = (
        (ForbiddenError("not this"), 403),
        (TooMuchError("too many", retry_after=2.5), 429),
        (TooMuchError("too large"), 413),
        (WorkspaceEndedError("it ended"), 503),
        (ProjectError(f"{tmp_path}/projects/a.toml is broken"), 400),
        (LockedError("it is open elsewhere"), 409),
        (StorageError(f"reading {tmp_path}/secret failed"), 500),
        (full, 507),
        (ValueError(f"a bug at {tmp_path}"), 500),
    )
    with serving(tmp_path) as play:
        for error, status in errors:
            raising(error, play.spaces)
            reply = play.command()
            assert reply.status == status
            assert str(tmp_path).encode() not in reply.all
            assert b"Traceback" not in reply.all
        raising(TooMuchError("too many", retry_after=2.5), play.spaces)
        assert play.command().headers["retry-after"] == "3"
        bugs = [one for one in play.said if "Traceback" in one]
        assert [str(tmp_path) in one for one in play.said] == [True, False, True]
        assert ["ValueError" in one for one in bugs] == [True]


def test_at_its_end_followers_are_told_and_workspaces_closed(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        follower = Follower(play)
        until(lambda: "beat" in follower.line())
        ending = threading.Thread(target=play.server.stop)
        ending.start()
        assert [follower.line(), follower.line()] == [{"end": "shutdown"}, None]
        ending.join(20)
        follower.close()
    assert play.spaces.closed
    assert all(one.closed for one in play.spaces.follows)


def test_several_requests_may_use_one_connection(tmp_path: Path) -> None:
    with serving(tmp_path) as play, play.connect() as made:
        request = f"GET /v1/me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {play.token}\r\n"
        made.sendall(f"{request}\r\n{request}connection: close\r\n\r\n".encode())
        assert read(made).all.count(b"200 OK") == 2


def deaf(play: Play, made: socket.socket) -> None:
    """Follow on this connection, without reading, until the server cannot send any more."""
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    head = "GET /v1/projects/one/events HTTP/1.1\r\nhost: localhost\r\n"
    made.sendall(f"{head}authorization: Bearer {play.token}\r\n\r\n".encode())
    until(lambda: bool(play.spaces.follows))
    for _ in range(40):
        play.spaces.tell(notice("x" * 200_000))


def test_who_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, bounds=Bounds(stuck_seconds=0.2)) as play, play.connect() as made:
        deaf(play, made)
        until(lambda: play.spaces.follows[0].closed)
        assert play.said == []


def test_who_reads_nothing_loses_a_revoked_token_as_well(tmp_path: Path) -> None:
    with serving(tmp_path) as play, play.connect() as made:
        deaf(play, made)
        play.users.revoke("ada")
        until(lambda: play.spaces.follows[0].closed)
        assert play.said == []
