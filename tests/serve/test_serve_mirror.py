"""A project on a server as a window follows it: the real door, with workspaces of memory behind it."""

from pathlib import Path
from typing import Any

from copilot.serve.client import Client, Heard
from copilot.serve.line import Line, Pace
from copilot.serve.listening import Wanted
from copilot.serve.mirror import Mirror
from copilot.serve.sending import Sending, id_of
from copilot.serve.stream import SLOW
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import Command, Decide, ListFiles, RunTurn, Shutdown, SwitchBranch
from copilot.vocabulary.errors import NetworkError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.values import ModelChoice, Project
from door_play import Play, serving, until

AT: dict[str, Any] = {"at": 0.0, "worker": "w"}
MODEL = ModelChoice(provider="rehearsal", model="m")
PROJECT = Project(name="one", base_dir="/b")
TURN = RunTurn(
    turn_id="t", project=PROJECT, branch="main", user_message="hi", model=MODEL, policy=ApprovalPolicy()
)


def begun(turn_id: str) -> e.TurnStarted:
    return e.TurnStarted(**AT, turn_id=turn_id, branch="main", model=MODEL, user_message="hi")


def said(text: str, turn_id: str = "theirs") -> e.TextDelta:
    return e.TextDelta(**AT, turn_id=turn_id, branch="main", text=text)


def failed(request_id: str) -> e.CommandFailed:
    return e.CommandFailed(**AT, request_id=request_id, message="no")


class Seen:
    """A mirror of the project `one` and what it told, over a socket that outlives its server."""

    def __init__(self, play: Play) -> None:
        self.client = Client(play.listening.urls[0], play.token)
        self.mirror = Mirror(self.client, "one", "team.example")
        self.events: list[e.Event] = []
        self.mirror.start()

    def take(self) -> e.Event:
        event = self.mirror.next_event(20)
        assert event is not None
        self.events.append(event)
        return event

    def until(self, kind: type[e.Event]) -> Any:
        while not isinstance(event := self.take(), kind):
            pass
        return event

    def end(self) -> None:
        self.mirror.submit(Shutdown())
        self.until(e.WorkerStopped)
        self.mirror.stop()
        self.client.close()


def on_socket(folder: Path) -> Wanted:
    return Wanted(folder=folder / "state")


def test_all_is_told_whoever_does_it_and_what_was_under_way(tmp_path: Path) -> None:
    with serving(tmp_path, wanted=on_socket(tmp_path)) as play:
        play.spaces.under_way = (begun("theirs"), said("So f"))
        seen = Seen(play)
        opened = seen.take()
        assert isinstance(opened, e.ProjectOpened)
        assert opened.project.base_dir == "team.example:/b"
        assert [seen.take(), seen.take()] == [begun("theirs"), said("So f")]
        for event in (failed("of another window"), said("ar")):
            play.spaces.tell(event)
        assert seen.take() == said("ar")
        seen.mirror.submit(SwitchBranch(request_id="mine", name="x"))
        until(lambda: bool(play.spaces.submitted))
        play.spaces.tell(failed("mine"))
        assert seen.take() == failed("mine")
        play.spaces.under_way = (begun("theirs"), said("So far, so good"))
        play.spaces.follows[0].over = SLOW
        play.spaces.follows[0].wake()
        assert isinstance(seen.take(), e.ProjectOpened)
        assert seen.take() == said(", so good")
        seen.end()


def test_a_project_stays_on_its_own_side(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        seen = Seen(play)
        seen.take()
        seen.mirror.submit(TURN)
        until(lambda: bool(play.spaces.submitted))
        assert "project" not in play.spaces.submitted[0][2]
        seen.end()


def test_while_the_server_is_away_nothing_is_lost_or_sent_twice(tmp_path: Path) -> None:
    with serving(tmp_path, wanted=on_socket(tmp_path)) as play:
        seen = Seen(play)
        seen.take()
        assert seen.mirror.trouble == ""
    until(lambda: seen.mirror.trouble == "the server was stopped")
    seen.mirror.submit(TURN)
    given_back = seen.until(e.CommandFailed)
    assert (given_back.request_id, given_back.kind) == ("t", "network")
    seen.mirror.submit(Decide(decision=Decision(request_id="a", decision="approve")))
    assert "Your answer was not taken" in seen.until(e.Notice).text
    assert seen.until(e.CommandFailed).request_id == "a"
    seen.mirror.submit(ListFiles(request_id="l", project=PROJECT, model=MODEL))
    with serving(tmp_path, wanted=on_socket(tmp_path)) as play:
        until(lambda: bool(play.spaces.submitted))
        assert [one[2]["command"] for one in play.spaces.submitted] == ["ListFiles"]
        assert seen.mirror.trouble == ""
        seen.end()


def test_a_revoked_token_is_told_with_what_to_do(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        seen = Seen(play)
        seen.take()
        play.users.revoke("ada")
        assert "Ask whoever runs the server" in seen.until(e.Notice).text
        seen.until(e.WorkerStopped)
        assert "token" in seen.mirror.trouble
        seen.mirror.stop()
        seen.client.close()


def test_what_cannot_be_taken_in_is_told_and_does_not_end_in_silence(tmp_path: Path) -> None:
    told: list[tuple[str, bool]] = []

    def take(heard: Heard) -> None:
        raise KeyError(heard.number)

    with serving(tmp_path) as play:
        client = Client(play.listening.urls[0], play.token)
        line = Line(client, "one", take, lambda error, over: told.append((str(error), over)), pace=Pace())
        line.start()
        until(lambda: bool(told))
        assert told == [("what the server told cannot be taken in (KeyError: 100)", True)]
        client.close()


class Breaking(Client):
    """Says of each command that the connection broke over it."""

    def submit(self, project: str, command: Command) -> None:
        raise NetworkError("the connection broke")


def test_a_command_over_which_the_connection_broke_is_given_back_only_if_nobody_heard_of_it() -> None:
    failed: list[tuple[str, str]] = []
    client = Breaking("http://127.0.0.1:9", "token")
    sending = Sending(client, "one", lambda command, error: failed.append((id_of(command), error.kind)))
    sending.start()
    sending.connected()
    for turn_id in ("heard", "unheard", "in the discussion"):
        sending.submit(replace(TURN, turn_id=turn_id, user_message=turn_id))
    sending.stop(20)
    sending.hear(begun("heard"))
    sending.connected()  # once more: the next sign of life decides
    there = Message(id="m", parent=None, role="user", parts=(Text(text="in the discussion"),), at=0.0)
    discussion = Discussion(messages=(there,), branches=(Branch(name="main", tip="m"),))
    sending.hear(e.ProjectOpened(**AT, project=replace(PROJECT, discussion=discussion)))
    sending.beat()
    sending.beat()
    assert failed == [("unheard", "network")]
    client.close()


def test_what_a_server_took_and_was_killed_over_is_given_back(tmp_path: Path) -> None:
    with serving(tmp_path) as play:
        seen = Seen(play)
        seen.take()
        for turn_id in ("begun", "lost"):
            seen.mirror.submit(replace(TURN, turn_id=turn_id))
        until(lambda: len(play.spaces.submitted) == 2)
        play.spaces.tell(begun("begun"))
        assert seen.take() == begun("begun")
        play.spaces.under_way = (begun("begun"),)
        play.spaces.follows[0].over = SLOW
        play.spaces.follows[0].wake()
        given_back = seen.until(e.CommandFailed)
        assert given_back.request_id == "lost"
        seen.end()
