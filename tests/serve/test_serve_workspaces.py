"""Workspaces with real processes and the rehearsal: what a user gets, and what the others never notice."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from workspace_play import KEY, Play, eventually, playing, require_fences

from copilot.serve.bodies import Unread
from copilot.serve.contract import (
    ForbiddenError,
    Limits,
    NotThereError,
    TooMuchError,
    User,
    WorkspaceEndedError,
)
from copilot.vocabulary.errors import ProjectError
from picture_files import png


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with playing(tmp_path_factory.mktemp("owner") / "home") as made:
        yield made


def test_two_users_talk_and_neither_hears_the_other(play: Play) -> None:
    with play.person("anna") as anna, play.person("ben") as ben:
        assert anna.talk("apples") == "You said apples"
        assert ben.talk("bears") == "You said bears"
        assert anna.pid != ben.pid
        for one, word, other in ((anna, "apples", "bears"), (ben, "bears", "apples")):
            said = str(one.seen)
            assert word in said
            assert other not in said
            told = {event["event"] for event in one.seen}
            assert told >= {"ProjectOpened", "TurnStarted", "MessageKept", "TurnFinished"}


def test_numbers_go_on_where_a_follower_left(play: Play) -> None:
    with play.person("anna") as one, play.person("anna") as second:
        one.talk("first")
        before, one.seen = one.after, []
        one.follow.close()
        second.talk("second")
        one.again()
        assert one.until("TurnFinished")["text"] == "You said second"
        assert "ProjectOpened" not in {event["event"] for event in one.seen}
        assert one.after > before


def test_who_begins_in_the_middle_of_a_turn_is_told_what_is_under_way(play: Play, tmp_path: Path) -> None:
    require_fences(tmp_path)
    with play.person("anna") as one:
        turn = one.ask("RUN echo hello")
        approval = one.until("ApprovalRequested")
        with play.person("anna") as late:
            late.until("ApprovalRequested")
            found = {event["event"]: event for event in late.seen}
            assert found["TurnStarted"]["turn_id"] == turn
            assert found["ApprovalRequested"]["request_id"] == approval["request_id"]
            waiting = play.spaces.approvals(late.user, "work")
            assert [each["request_id"] for each in waiting] == [approval["request_id"]]
            late.decide(approval, "reject")
            assert late.until("TurnFinished")["text"] == "It did not run."
            assert play.spaces.approvals(late.user, "work") == ()


def test_scripts_see_their_project_and_nothing_of_the_server(play: Play, tmp_path: Path) -> None:
    require_fences(tmp_path)
    with play.person("anna") as one, play.person("ben") as other:
        play.spaces.write_file(other.user, "work", "private.txt", b"bens own")
        (play.home / ".env").write_text("OPENAI_API_KEY=sk-proj-the-owners-other-key-0123456789\n")
        play.spaces.write_file(one.user, "work", "mine.txt", b"annas own")
        looks = (
            f"cat {play.folder('ben')}/files/work/private.txt",
            f"cat {play.home}/.env {play.home}/config.toml",
            f"ls -R {play.home}",
            "cat ../../home/projects/*; ls ../../..",
            "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; env",
            "for p in /proc/[0-9]*; do cat $p/cmdline | tr '\\0' ' '; echo; done",
            f"echo x > {play.folder('ben')}/files/work/private.txt",
            f"find {play.home.parent} -name private.txt 2>/dev/null",
            "cat mine.txt; cd ~ && touch here && echo at home",
        )
        said = one.script(" ; ".join(looks))
        assert "annas own" in said
        assert "at home" in said
        for secret in ("bens own", KEY, "owners-other-key", "ledger", "workspace_process", "private.txt"):
            assert secret not in said
        assert play.spaces.read_file(other.user, "work", "private.txt") == b"bens own"
        assert KEY not in str(one.seen)


def test_the_key_goes_to_the_provider_alone(play: Play) -> None:
    with play.person("anna") as one:
        one.talk("hello")
        assert {each.headers.get("authorization") for each in play.server.requests} == {f"Bearer {KEY}"}
        environ = Path(f"/proc/{one.pid}/environ")
        if environ.exists():
            assert KEY.encode() not in environ.read_bytes()
        play.spaces.stop_user("anna")  # nothing is being written any more
        held = [path for path in play.folder("anna").rglob("*") if path.is_file()]
        assert held
        assert all(KEY.encode() not in path.read_bytes() for path in held)


def test_what_was_acknowledged_is_there_after_a_kill(play: Play) -> None:
    with play.person("anna") as one, play.person("ben") as other:
        one.talk("keep this")
        killed, stays = one.pid, other.pid
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: one.follow.over != "")
        one.seen = []
        one.again()
        opened = one.until("ProjectOpened")
        said = [message["parts"][0].get("text") for message in opened["project"]["discussion"]["messages"]]
        assert said[-2:] == ["keep this", "You said keep this"]
        assert one.pid != killed
        assert (other.pid, other.follow.over, other.talk("still")) == (stays, "", "You said still")


def test_files_go_in_and_come_out_and_no_others_do(play: Play) -> None:
    with play.person("gina") as one:
        work = play.folder("gina") / "files" / "work"
        (work.parent / "secret").write_text("not in the project")
        play.spaces.write_file(one.user, "work", "src/a.txt", b"alpha")
        assert play.spaces.read_file(one.user, "work", "src/a.txt") == b"alpha"
        assert (work / "src" / "a.txt").read_bytes() == b"alpha"
        (work / "link").symlink_to("../secret")
        for path in ("../secret", "link", str(work.parent / "secret"), "src/../../secret"):
            with pytest.raises(ForbiddenError):
                play.spaces.read_file(one.user, "work", path)
            with pytest.raises(ForbiddenError):
                play.spaces.write_file(one.user, "work", path, b"x")
        with pytest.raises(ForbiddenError):
            play.spaces.delete_file(one.user, "work", "link")
        assert (work.parent / "secret").exists()
        play.spaces.delete_file(one.user, "work", "src/a.txt")
        with pytest.raises(NotThereError):
            play.spaces.delete_file(one.user, "work", "src/a.txt")
        assert not (work / "src" / "a.txt").exists()
        with pytest.raises(ProjectError):
            play.spaces.attach(one.user, "work", "a.png", b"no picture")
        part = play.spaces.attach(one.user, "work", "a.png", png())
        one.do("RunTurn", turn_id="t", branch="main", user_message="look", attachments=[part])
        kept = one.until("MessageKept")["message"]["parts"]
        assert [each for each in kept if each["type"] == "Attachment"] == [part]
        twice = b'{"command": "LookAtTrust", "request_id": "r", "command": "SetSystemPrompt", "text": "x"}'
        for body in (twice, b"[]", b'{"command": "LookAtTrust", "request_id": "\\ud800"}'):
            with pytest.raises(ProjectError):
                play.spaces.submit(one.user, "work", Unread("LookAtTrust", body))
        for project, path in (("work", "missing"), ("missing", "a")):
            with pytest.raises(NotThereError):
                play.spaces.read_file(one.user, project, path)


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b", "", ".hidden", "CON", "x" * 200, "a\n", "Work"])
def test_a_name_that_is_no_folder_of_its_own_makes_none(play: Play, name: str) -> None:
    user = User(name="hugo", limits=Limits())
    play.spaces.create(user, "work")
    with pytest.raises(ProjectError):
        play.spaces.create(user, name)
    assert play.spaces.projects(user) == ("work",)


def test_a_user_of_many_limits(play: Play) -> None:
    """One process for all of them: a start costs more than the rest."""
    with play.person("mona", followers=1, projects=1, disk_mb=2, day_usd=0.0, idle_seconds=0.2) as one:
        with pytest.raises(TooMuchError):
            play.spaces.follow(one.user, "work")
        with pytest.raises(TooMuchError):
            play.spaces.create(one.user, "second")
        play.spaces.write_file(one.user, "work", "big", b"x" * 1_000_000)
        with pytest.raises(TooMuchError):
            play.spaces.write_file(one.user, "work", "bigger", b"x" * 1_500_000)
        with pytest.raises(TooMuchError):
            one.do("SetSystemPrompt", request_id="r", text="x" * 1_500_000)
        one.ask("what does it cost")
        assert "not sent" in one.until("TurnFailed")["message"]
        asked = [event for event in one.seen if event["event"] == "ApprovalRequested"]
        answered = [event for event in one.seen if event["event"] == "ApprovalResolved"]
        assert [each["detail"]["kind"] for each in asked] == ["spend"]
        assert [each["decision"] for each in answered] == ["reject"]
    eventually(lambda: "mona" not in play.spaces.pids())  # it was idle, and begins anew:
    play.spaces.write_file(one.user, "work", "big", b"smaller")
    play.spaces.stop_user("mona")
    assert "mona" not in play.spaces.pids()


@pytest.mark.whole
@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits there")
def test_a_process_whose_cpu_seconds_are_used_up_ends_in_order(play: Play) -> None:
    with play.person("sara") as one:
        one.talk("before")
        os.kill(one.pid, signal.SIGXCPU)
        eventually(lambda: one.follow.over != "")
        one.seen = []
        one.again()
        assert "You said before" in str(one.until("ProjectOpened"))


@pytest.mark.whole
def test_a_turn_that_takes_too_long_is_stopped_and_too_many_are_refused(play: Play) -> None:
    with play.person("lena", turns=1, turn_seconds=1.0) as one:
        one.ask("stay")
        with pytest.raises(TooMuchError):
            one.ask("more")
        one.until("TurnCancelled")
        assert "longer than a turn may" in str(one.seen)
        assert one.talk("again") == "You said again"


@pytest.mark.whole
def test_a_script_that_fills_the_disk_is_stopped(play: Play, tmp_path: Path) -> None:
    require_fences(tmp_path)
    with play.person("paul", disk_mb=20) as one:
        one.script("for n in $(seq 30); do head -c 1000000 /dev/zero > f$n; done; sleep 60")
        assert "all the room that they may" in str(one.seen)
        with pytest.raises(TooMuchError):
            one.ask("more")


def test_the_end_of_the_server_ends_every_process_and_every_follower(tmp_path: Path) -> None:
    with playing(tmp_path / "home") as play:
        one, other = play.person("rita"), play.person("olga")
        play.spaces.stop_user("olga")
        assert other.follow.over == "your access was taken back"
        pid = one.pid
        if sys.platform == "linux":
            said = Path(f"/proc/{pid}/limits").read_text().splitlines()
            found = {line[:25].strip(): line[25:].split()[0] for line in said}
            assert found["Max data size"] == str(Limits().memory_mb * 1_000_000)
            assert found["Max file size"] == str(Limits().file_mb * 1_000_000)
            assert (found["Max cpu time"], found["Max core file size"]) == (str(Limits().cpu_seconds), "0")
    assert one.follow.over == "the server is closing"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(WorkspaceEndedError):
        play.spaces.projects(one.user)
