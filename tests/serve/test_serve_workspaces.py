"""Workspaces with real processes and the rehearsal: what a user gets, and what the others never notice."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from workspace_play import KEY, Play, eventually, playing

from copilot.serve.contract import ForbiddenError, NotThereError, TooMuchError
from copilot.vocabulary.errors import ProjectError


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with playing(tmp_path_factory.mktemp("owner") / "home") as made:
        yield made


def test_two_users_talk_and_neither_hears_the_other(play: Play) -> None:
    anna, ben = play.person("anna"), play.person("ben")
    assert anna.talk("apples") == "You said apples"
    assert ben.talk("bears") == "You said bears"
    assert anna.pid != ben.pid
    for one, word, other in ((anna, "apples", "bears"), (ben, "bears", "apples")):
        said = str(one.seen)
        assert word in said
        assert other not in said
        assert {e["event"] for e in one.seen} >= {
            "ProjectOpened",
            "TurnStarted",
            "MessageKept",
            "TurnFinished",
        }
        one.follow.close()


def test_numbers_go_on_where_a_follower_left(play: Play) -> None:
    one = play.person("carla")
    one.talk("first")
    before, one.seen = one.after, []
    one.follow.close()
    second = play.person("carla")  # somebody else of the same user
    second.talk("second")
    one.again()
    assert one.until("TurnFinished")["text"] == "You said second"
    assert "ProjectOpened" not in {event["event"] for event in one.seen}
    assert one.after > before
    for left in (one.follow, second.follow):
        left.close()


def test_what_was_acknowledged_is_there_after_a_kill(play: Play) -> None:
    one, other = play.person("dora"), play.person("emil")
    one.talk("keep this")
    killed, stays = one.pid, other.pid
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: one.follow.over != "")
    one.seen = []
    one.again()
    opened = one.until("ProjectOpened")
    said = [m["parts"][0]["text"] for m in opened["project"]["discussion"]["messages"]]
    assert said == ["keep this", "You said keep this"]
    assert one.pid != killed
    assert one.talk("go on") == "You said go on"
    assert (other.pid, other.follow.over, other.talk("still")) == (stays, "", "You said still")
    one.follow.close()
    other.follow.close()


def test_who_begins_in_the_middle_of_a_turn_is_told_what_is_under_way(play: Play) -> None:
    one = play.person("fred")
    turn = one.ask("RUN echo hello")
    approval = one.until("ApprovalRequested")
    late = play.person("fred")
    late.until("ApprovalRequested")
    found = {event["event"]: event for event in late.seen}
    assert found["TurnStarted"]["turn_id"] == turn
    assert found["ApprovalRequested"]["request_id"] == approval["request_id"]
    waiting = play.spaces.approvals(late.user, "work")
    assert [one["request_id"] for one in waiting] == [approval["request_id"]]
    late.decide(approval, "reject")
    assert late.until("TurnFinished")["text"] == "It did not run."
    assert play.spaces.approvals(late.user, "work") == ()
    for left in (one, late):
        left.follow.close()


def test_files_go_in_and_come_out_and_no_others_do(play: Play) -> None:
    one = play.person("gina")
    (play.folder("gina") / "files" / "secret").write_text("not in the project")
    play.spaces.write_file(one.user, "work", "src/a.txt", b"alpha")
    assert play.spaces.read_file(one.user, "work", "src/a.txt") == b"alpha"
    assert (play.folder("gina") / "files" / "work" / "src" / "a.txt").read_bytes() == b"alpha"
    (play.folder("gina") / "files" / "work" / "link").symlink_to("../secret")
    for path in ("../secret", "link", str(play.folder("gina") / "files" / "secret"), "src/../../secret"):
        with pytest.raises(ForbiddenError):
            play.spaces.read_file(one.user, "work", path)
        with pytest.raises(ForbiddenError):
            play.spaces.write_file(one.user, "work", path, b"x")
    with pytest.raises(NotThereError):
        play.spaces.read_file(one.user, "work", "missing")
    with pytest.raises(NotThereError):
        play.spaces.read_file(one.user, "missing", "a")
    one.follow.close()


@pytest.mark.parametrize("name", ["..", "a/b", "a\\b", "", ".hidden", "CON", "x" * 200, "a\n", "Work"])
def test_a_name_that_is_no_folder_of_its_own_makes_none(play: Play, name: str) -> None:
    one = play.person("hugo")
    one.follow.close()
    with pytest.raises(ProjectError):
        play.spaces.create(one.user, name)
    assert play.spaces.projects(one.user) == ("work",)


def test_scripts_see_their_project_and_nothing_of_the_server(play: Play) -> None:
    one, other = play.person("ines"), play.person("jan")
    play.spaces.write_file(other.user, "work", "private.txt", b"jans own")
    (play.home / ".env").write_text("OPENAI_API_KEY=sk-proj-the-owners-other-key-0123456789\n")
    play.spaces.write_file(one.user, "work", "mine.txt", b"ines own")
    said = one.script("cat mine.txt")
    assert "ines own" in said
    looked = [
        f"cat {play.folder('jan')}/files/work/private.txt",
        f"cat {play.home}/.env {play.home}/config.toml",
        f"ls -R {play.home}",
        "cat ../../home/projects/*; ls ../../..",
        "cat /proc/[0-9]*/environ | tr '\\0' '\\n'; env",
        "for p in /proc/[0-9]*; do cat $p/cmdline | tr '\\0' ' '; echo; done",
        f"echo x > {play.folder('jan')}/files/work/private.txt",
        "find / -name private.txt 2>/dev/null",
    ]
    said = one.script(" ; ".join(looked) + " ; echo done")
    assert "done" in said
    for secret in ("jans own", KEY, "owners-other-key", "ledger", "workspace_process", "private.txt"):
        assert secret not in said
    assert play.spaces.read_file(other.user, "work", "private.txt") == b"jans own"
    assert KEY not in str(one.seen)
    one.follow.close()
    other.follow.close()


def test_the_key_goes_to_the_provider_alone(play: Play) -> None:
    one = play.person("kurt")
    one.talk("hello")
    assert {one.headers.get("authorization") for one in play.server.requests} == {f"Bearer {KEY}"}
    environ = Path(f"/proc/{one.pid}/environ")
    if environ.exists():
        assert KEY.encode() not in environ.read_bytes()
    held = [path for path in play.folder("kurt").rglob("*") if path.is_file()]
    assert held
    assert all(KEY.encode() not in path.read_bytes() for path in held)
    one.follow.close()


def test_a_turn_that_takes_too_long_is_stopped_and_too_many_are_refused(play: Play) -> None:
    one = play.person("lena", turns=1, turn_seconds=1.0)
    one.ask("stay")
    with pytest.raises(TooMuchError):
        one.ask("more")
    one.until("TurnCancelled")
    assert "longer than a turn may" in str(one.seen)
    assert one.talk("again") == "You said again"
    one.follow.close()


def test_more_followers_and_more_projects_than_allowed_are_refused(play: Play) -> None:
    one = play.person("mona", followers=1, projects=1)
    with pytest.raises(TooMuchError):
        play.spaces.follow(one.user, "work")
    with pytest.raises(TooMuchError):
        play.spaces.create(one.user, "second")
    one.follow.close()
    play.spaces.follow(one.user, "work").close()


def test_an_idle_process_ends_and_the_next_request_begins_anew(play: Play) -> None:
    one = play.person("nora", idle_seconds=0.2)
    one.talk("hello")
    one.follow.close()
    eventually(lambda: "nora" not in play.spaces.pids())
    one.seen = []
    one.again()
    assert "You said hello" in str(one.until("ProjectOpened"))
    one.follow.close()


def test_a_user_whose_token_was_taken_back_is_gone_at_once(play: Play) -> None:
    one = play.person("olga")
    one.ask("stay")
    one.until("TextDelta")
    play.spaces.stop_user("olga")
    assert one.follow.over == "your access was taken back"
    assert "olga" not in play.spaces.pids()


def test_a_full_folder_takes_no_more_and_can_be_emptied(play: Play) -> None:
    one = play.person("paul", disk_mb=2)
    play.spaces.write_file(one.user, "work", "big", b"x" * 1_000_000)
    with pytest.raises(TooMuchError):
        play.spaces.write_file(one.user, "work", "bigger", b"x" * 1_500_000)
    assert one.talk("still room to talk") == "You said still room to talk"
    one.follow.close()


def test_the_cap_on_a_days_cost_is_not_the_users_to_pass(play: Play) -> None:
    one = play.person("quin", day_usd=0.0)
    one.ask("what does it cost")
    assert "not sent" in one.until("TurnFailed")["message"]
    asked = [event for event in one.seen if event["event"] == "ApprovalRequested"]
    answered = [event for event in one.seen if event["event"] == "ApprovalResolved"]
    assert [one["detail"]["kind"] for one in asked] == ["spend"]
    assert [one["decision"] for one in answered] == ["reject"]
    one.follow.close()


def test_the_end_of_the_server_ends_every_process(tmp_path: Path) -> None:
    with playing(tmp_path / "home") as play:
        one = play.person("rita")
        one.ask("stay")
        one.until("TextDelta")
        pid = one.pid
    assert one.follow.over == "the server is closing"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
