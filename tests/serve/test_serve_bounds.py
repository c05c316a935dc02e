"""Names, the disk, the settings made narrower, the pipe: what holds for a user whatever they try."""

import io
import json
import os
from pathlib import Path

import pytest

from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.serve.confining import narrowed
from copilot.serve.contract import Limits, TooMuchError
from copilot.serve.names import project_flaw, user_flaw
from copilot.serve.pipe import (
    MOST_BODY,
    Answer,
    Ask,
    PipeEndedError,
    Start,
    Told,
    error_of,
    to_server,
    to_user,
    trouble_of,
)
from copilot.serve.place import place_of, users_folder
from copilot.serve.quota import Quota, used_bytes
from copilot.serve.restarts import Restarts
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.errors import LockedError, ProjectError, ToolError
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.values import Limits as Seconds
from copilot.vocabulary.values import RunTime
from copilot.workspace.boundary import Boundary


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "Anna", "änna", "con", "nul", "a ", "-a", "a\0", "x" * 33, "a."]
)
def test_nobody_is_called_that(name: str, tmp_path: Path) -> None:
    assert user_flaw(name) is not None
    with pytest.raises(ProjectError):
        place_of(Home(root=tmp_path), name)


@pytest.mark.parametrize("name", ["anna", "a", "a.b_c-d", "0x"])
def test_somebody_is_called_that(name: str, tmp_path: Path) -> None:
    assert user_flaw(name) is None
    assert place_of(Home(root=tmp_path), name).folder == users_folder(Home(root=tmp_path)) / name


def test_two_names_that_are_one_folder_on_some_disks_are_not_both_taken() -> None:
    assert project_flaw("Work", ("work",)) is not None
    assert project_flaw("work", ("work",)) is None
    assert project_flaw("play", ("work",)) is None


@pytest.mark.parametrize("handles", [True, False])
def test_only_a_file_inside_the_base_directory_is_removed(tmp_path: Path, handles: bool) -> None:
    base = tmp_path / "base"
    (base / "sub").mkdir(parents=True)
    for path in (tmp_path / "outside", base / "sub" / "inside", base / "other"):
        path.touch()
    (base / "out").symlink_to("../outside")
    boundary = Boundary(base, handles=handles)
    for path in ("../outside", "out", str(tmp_path / "outside"), "sub", ".", "sub/../../outside", "gone"):
        with pytest.raises(ToolError):
            boundary.remove(path)
    boundary.remove("sub/inside")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["base", "other", "out", "outside", "sub"]


def test_every_entry_counts_and_no_link_is_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.write_bytes(b"x" * 5_000_000)
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "self").symlink_to(folder)
    assert used_bytes(folder, 10**9) < 100_000
    for number in range(200):
        (folder / f"{number}").touch()
    assert used_bytes(folder, 10**9) >= 200 * 512
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_bytes(os.urandom(1_000_000))
    assert used_bytes(folder, 10**9) >= 1_000_000


def test_a_quota_looks_rarely_and_counts_what_it_let_in(tmp_path: Path) -> None:
    now = [0.0]
    quota = Quota(tmp_path, Limits(disk_mb=1), lambda: now[0])
    quota.check(600_000)
    with pytest.raises(TooMuchError):
        quota.check(600_000)
    now[0] += 100.0  # nothing was written after all
    quota.check(600_000)
    (tmp_path / "big").write_bytes(b"x" * 1_200_000)
    now[0] += 100.0
    assert quota.full


def test_a_process_that_ends_again_and_again_is_waited_for() -> None:
    now = [1_000.0]
    restarts = Restarts(lambda: now[0])
    waits: list[float] = []
    for _ in range(10):
        began, now[0] = now[0], now[0] + 0.5
        restarts.ended(began, orderly=False)
        waits.append(restarts.wait)
        now[0] += restarts.wait
        assert restarts.wait == 0.0
    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    for began, orderly in ((now[0] - 100.0, False), (now[0] - 0.5, True)):
        restarts.ended(began, orderly=orderly)
        assert restarts.wait == 0.0
        restarts.ended(now[0] - 0.5, orderly=False)
        assert restarts.wait == 0.0


def test_settings_only_ever_get_narrower() -> None:
    wide = Settings(
        project="mine",
        caps=Caps(day_usd=100.0, turn_usd=1.0),
        run=RunSettings(confined=False, memory_mb=0, cpu_seconds=5, processes=100_000),
        limits=Seconds(
            script_seconds=9_000.0, python_seconds=3.0, run_seconds=(RunTime(kind=".py", seconds=9_000.0),)
        ),
        servers=(McpServer(name="own", command="true"),),
    )
    found = narrowed(wide, Limits())
    assert (found.project, found.servers, found.run.confined) == ("", (), True)
    assert (found.caps.day_usd, found.caps.turn_usd) == (5.0, 1.0)
    assert (found.run.memory_mb, found.run.cpu_seconds, found.run.processes) == (1024, 5, 128)
    assert (found.limits.script_seconds, found.limits.python_seconds) == (120.0, 3.0)
    assert found.limits.run_seconds[0].seconds == 120.0
    assert found.snapshots.all_mb <= 512
    assert narrowed(found, Limits()) == found


def piped(data: bytes, *, server: bool = False) -> object:
    side = to_user if server else to_server
    return side(io.BytesIO(data), io.BytesIO()).receive()


def test_what_is_sent_is_received() -> None:
    sent = io.BytesIO()
    out = to_server(io.BytesIO(), sent)
    told = Told(project="work", number=5)
    out.send(told, b'{"event":"x"}\n \0')
    out.send(Answer(number=1, trouble=trouble_of(TooMuchError("much", "wait", retry_after=2.0))))
    back = to_user(io.BytesIO(sent.getvalue()), io.BytesIO())
    assert back.receive() == (told, b'{"event":"x"}\n \0')
    answer, _ = back.receive()
    assert isinstance(answer, Answer)
    assert answer.trouble is not None
    error = error_of(answer.trouble)
    assert isinstance(error, TooMuchError)
    assert (str(error), error.hint, error.retry_after) == ("much", "wait", 2.0)
    with pytest.raises(PipeEndedError):
        back.receive()


@pytest.mark.parametrize("error", [LockedError("held", "wait"), ProjectError("no"), ToolError("other")])
def test_an_error_comes_out_as_what_it_was(error: Exception) -> None:
    assert isinstance(error, (LockedError, ProjectError, ToolError))
    back = error_of(trouble_of(error))
    assert (str(back), back.hint) == (str(error), error.hint)
    assert type(back) is type(error) or isinstance(error, ToolError)


VALUE = {"type": "Told", "project": "work", "number": 1}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b"x" * 70_000 + b"\n",
        b"[" * 50_000 + b"\n",
        json.dumps({"value": VALUE, "bytes": -1}).encode() + b"\n",
        json.dumps({"value": VALUE, "bytes": True}).encode() + b"\n",
        json.dumps({"value": VALUE, "bytes": MOST_BODY + 1}).encode() + b"\n",
        json.dumps({"value": VALUE, "bytes": 5}).encode() + b"\nab",
        json.dumps({"value": {**VALUE, "number": "1"}, "bytes": 0}).encode() + b"\n",
        json.dumps({"value": {**VALUE, "more": 1}, "bytes": 0}).encode() + b"\n",
        json.dumps({"value": {"type": "Ask", "number": 1}, "bytes": 0}).encode() + b"\n",
        json.dumps({"value": [], "bytes": 0}).encode() + b"\n",
    ],
)
def test_what_is_no_message_ends_the_pipe(data: bytes) -> None:
    with pytest.raises(PipeEndedError):
        piped(data, server=True)


def test_the_two_sides_say_different_things() -> None:
    sent = io.BytesIO()
    to_user(io.BytesIO(), sent).send(Ask(number=1, what="approvals", project="work"))
    assert piped(sent.getvalue()) == (Ask(number=1, what="approvals", project="work"), b"")
    with pytest.raises(PipeEndedError):
        piped(sent.getvalue(), server=True)


def test_a_start_shows_no_key() -> None:
    start = Start(user="a", owner="/o", place="/p", limits=Limits(), shut=(), keys={"anthropic": "sk-secret"})
    assert "sk-secret" not in repr(start)
