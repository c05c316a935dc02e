"""The client, and the worker that is somewhere else: against the real door."""

import socket
import threading
from pathlib import Path

import pytest

from copilot.serve.client import TOKEN_VARIABLE, Client, token_of
from copilot.serve.listening import Wanted
from copilot.serve.remote import RemoteWorker
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import CancelTurn, RunTurn
from copilot.vocabulary.errors import AuthError, ConfigError, CopilotError, ProjectError
from copilot.vocabulary.events import (
    CommandFailed,
    Event,
    MessageKept,
    Notice,
    ProjectOpened,
    TextDelta,
    TurnFinished,
    WorkerStopped,
)
from copilot.vocabulary.messages import Attachment, Message, Text
from copilot.vocabulary.values import ModelChoice, Project
from door_play import serving, until

TURN = RunTurn(
    turn_id="t",
    project=Project(name="one", base_dir="/b"),
    branch="main",
    user_message="hi",
    model=ModelChoice(provider="rehearsal", model="tour"),
    policy=ApprovalPolicy(mode="ask", person=True),
)


PICTURE = Attachment(name="a b.gif", media_type="image/gif", size=6, sha256="0" * 64)


def delta(text: str, turn_id: str = "t") -> TextDelta:
    return TextDelta(at=1.0, worker="w", turn_id=turn_id, branch="main", text=text)


def finished(text: str) -> TurnFinished:
    return TurnFinished(
        at=1.0, worker="w", turn_id="t", branch="main", text=text, rounds=1, reason="answered", rejections=0
    )


def next_of(worker: RemoteWorker) -> Event:
    event = worker.next_event(20)
    assert event is not None
    return event


def test_by_a_socket_and_by_a_port(tmp_path: Path) -> None:
    wanted = Wanted(folder=tmp_path / "state")
    with serving(tmp_path, wanted=wanted) as play:
        client = Client(play.listening.urls[0], play.token)
        assert client.me()["user"] == "ada"
        client.create("two")
        assert client.projects() == ("one", "two")
        client.write_file("one", "src/a b.txt", b"words")
        assert client.read_file("one", "src/a b.txt") == b"words"
        client.delete_file("one", "src/a b.txt")
        assert play.spaces.files == {}
        assert client.attach("one", PICTURE.name, b"GIF89a") == PICTURE
        with pytest.raises(ProjectError, match="no such project"):
            client.submit("three", CancelTurn(turn_id="t"))
        client.close()
    with serving(tmp_path) as play:
        stranger = Client(f"http://localhost:{play.port}/", "wrong")
        with pytest.raises(AuthError, match="wrong one"):
            stranger.projects()
        stranger.close()


def test_a_worker_that_is_elsewhere(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        client = Client(play.listening.urls[0], play.token)
        worker = RemoteWorker(client, "one")
        worker.start()
        assert isinstance(next_of(worker), ProjectOpened)
        worker.submit(TURN)
        until(lambda: bool(play.spaces.submitted))
        play.spaces.tell(delta("somebody else's", turn_id="other"))
        play.spaces.tell(delta("Hel"))
        assert next_of(worker) == delta("Hel")
        play.spaces.follows[0].over = "too slow"  # the stream ends; it is followed again from there
        play.spaces.tell(delta("lo"))
        assert next_of(worker) == delta("lo")
        until(lambda: len(play.spaces.follows) == 2)
        play.spaces.tell(finished("Hello"))
        assert next_of(worker) == finished("Hello")
        worker.submit(CancelTurn(turn_id="t"))
        worker.stop()
        assert [one[2]["command"] for one in play.spaces.submitted] == ["RunTurn", "CancelTurn"]
        client.close()


def test_of_a_snapshot_in_the_middle_the_rest_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        client = Client(play.listening.urls[0], play.token)
        worker = RemoteWorker(client, "one")
        worker.start()
        next_of(worker)
        worker.submit(TURN)
        until(lambda: bool(play.spaces.submitted))
        play.spaces.tell(delta("Hel"))
        assert next_of(worker) == delta("Hel")
        play.spaces.under_way = (delta("Hello"), delta("other", turn_id="x"))
        play.spaces.follows[0].over = "too slow"
        play.spaces.follows[0].wake()
        until(lambda: len(play.spaces.follows) == 2)
        worker.stop()
        assert next_of(worker) == delta("lo")
        client.close()


def test_a_revoked_token_ends_it(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        client = Client(play.listening.urls[0], play.token)
        worker = RemoteWorker(client, "one")
        worker.start()
        next_of(worker)
        play.users.revoke("ada")
        while not isinstance(event := next_of(worker), WorkerStopped):
            pass
        assert "token" in event.reason
        assert worker.lost
        worker.submit(CancelTurn(turn_id="t"))
        failed = next_of(worker)
        assert isinstance(failed, CommandFailed)
        assert (failed.request_id, failed.kind) == ("t", "auth")
        worker.stop()
        client.close()


@pytest.mark.parametrize(
    "place",
    [
        "http://team.example:80",
        "http://192.0.2.1",
        "ftp://localhost",
        "https://a:b@host",
        "https://host/path",
    ],
)
def test_a_token_goes_nowhere_in_the_clear(tmp_path: Path, place: str) -> None:
    with pytest.raises(ConfigError):
        Client(place, "token")


def test_a_socket_has_to_be_ours(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nobody listens"):
        Client(str(tmp_path / "none"), "token")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is no socket"):
        Client(str(tmp_path / "file"), "token")


def test_a_server_that_is_none_of_ours_is_said(tmp_path: Path) -> None:
    answers = {
        "page": b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>",
        "elsewhere": b"HTTP/1.1 302 Found\r\nlocation: http://evil.example/\r\ncontent-length: 0\r\n\r\n",
        "nonsense": b"hello\r\n\r\n",
    }
    for answer in answers.values():
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def serve(listening: socket.socket = listening, answer: bytes = answer) -> None:
                made, _ = listening.accept()
                with made:
                    made.recv(65_536)
                    made.sendall(answer)

            thread = threading.Thread(target=serve)
            thread.start()
            client = Client(f"http://127.0.0.1:{listening.getsockname()[1]}", "token")
            with pytest.raises(CopilotError):
                client.projects()
            thread.join(20)
            client.close()


def test_where_the_token_comes_from(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("abc\n")
    file.chmod(0o600)
    assert token_of({TOKEN_VARIABLE: " xyz "}, None) == "xyz"
    assert token_of({TOKEN_VARIABLE: "xyz"}, file) == "abc"
    file.chmod(0o640)
    for environ, path in (({}, file), ({}, tmp_path / "none"), ({}, None), ({TOKEN_VARIABLE: "a\nb"}, None)):
        with pytest.raises(ConfigError):
            token_of(environ, path)


def test_of_the_time_before_only_its_outcome_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        message = Message(id="m1", parent=None, role="user", parts=(Text(text="earlier"),), at=1.0)
        play.spaces.tell(Notice(at=1.0, worker="w", level="warning", text="long ago"))
        play.spaces.tell(MessageKept(at=1.0, worker="w", branch="main", message=message))
        client = Client(play.listening.urls[0], play.token)
        worker = RemoteWorker(client, "one")
        worker.start()
        opened = next_of(worker)
        assert isinstance(opened, ProjectOpened)
        assert tuple(opened.project.discussion.path("main")) == (message,)
        play.spaces.tell(Notice(at=1.0, worker="w", level="warning", text="now"))
        assert next_of(worker) == Notice(at=1.0, worker="w", level="warning", text="now")
        look = play.ask("GET", "/v1/projects/one").json
        assert [one["event"] for one in look["snapshot"]] == [
            "ProjectOpened",
            "Notice",
            "MessageKept",
            "Notice",
        ]
        assert look["number"] == 103
        worker.stop()
        client.close()
