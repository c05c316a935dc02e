"""What `watch` tells of real changes on a real disk."""

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from copilot.workspace.watch import watch
from copilot.workspace.watched_tree import EVERYTHING, MANY, Changes, remote_kind
from ordinary_user import as_ordinary_user, open_folder

HANG = 10.0
"""Seconds: ten times what is promised."""


class Watched:
    """A watch on a thread of its own, and what it told so far."""

    def __init__(self, base_dir: Path, *, polling: bool = False) -> None:
        self.stop = threading.Event()
        self.told: list[Changes] = []
        self.troubles: list[str] = []
        self._news = threading.Condition()
        self.thread = threading.Thread(
            target=watch,
            args=(base_dir, self.stop, self._hear),
            kwargs={"on_trouble": self.troubles.append, "polling": polling},
        )

    def _hear(self, changes: Changes) -> None:
        with self._news:
            self.told.append(changes)
            self._news.notify_all()

    def wait(self, fits: Callable[[list[Changes]], bool]) -> None:
        """Wait until what was told since the last `forget` fits."""
        with self._news:
            assert self._news.wait_for(lambda: fits(self.told), HANG), f"told only {self.told[:20]}"

    def names(self, *paths: str) -> None:
        """Wait until each of these was told, one call or several; then forget."""
        self.wait(lambda told: set(paths) <= set().union(*told))
        self.told.clear()

    def covers(self, path: str) -> None:
        """Wait until this was told, alone or with everything; then forget."""
        self.wait(lambda told: bool({path, "."} & set().union(*told)))
        self.told.clear()

    def names_again(self, path: Path, name: str) -> None:
        """Write to a file until it is told by its own name: all that came before is over then."""
        for number in range(100):
            self.told.clear()
            path.write_text(f"again = {number}\n")
            self.wait(bool)
            if name in set().union(*self.told):
                break
        else:
            raise AssertionError(f"{name} was never told by its name")
        self.told.clear()

    def forget(self) -> None:
        self.told.clear()


@contextmanager
def watched(base_dir: Path, *, polling: bool = False, ready: bool = True) -> Generator[Watched]:
    one = Watched(base_dir, polling=polling)
    one.thread.start()
    try:
        if ready:
            one.names(".")
        yield one
    finally:
        one.stop.set()
        one.thread.join(HANG)
        assert not one.thread.is_alive()


@pytest.fixture(params=["system", "polling"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Watched]]:
    """A base directory with a file in a folder, watched in each of the two ways."""
    base = tmp_path / "base"
    (base / "src").mkdir(parents=True)
    (base / "src" / "a.py").write_text("a = 1\n")
    with watched(base, polling=request.param == "polling") as seen:
        yield base, seen


def test_files_that_come_change_and_go_are_told(disk: tuple[Path, Watched]) -> None:
    base, seen = disk
    (base / "new.py").write_text("new = 1\n")
    seen.names("new.py")
    with (base / "src" / "a.py").open("a") as file:
        file.write("b = 2\n")
    seen.names("src/a.py")
    (base / "new.py").rename(base / "New.py")
    seen.names("new.py", "New.py")
    (base / "New.py").unlink()
    seen.names("New.py")


def test_folders_that_come_and_move_are_watched_too(disk: tuple[Path, Watched]) -> None:
    base, seen = disk
    (base / "p" / "q" / "r").mkdir(parents=True)
    seen.covers("p")
    seen.names_again(base / "p" / "q" / "r" / "z.py", "p/q/r/z.py")
    (base / "p").rename(base / "P")
    seen.names("p", "P")
    seen.names_again(base / "P" / "q" / "r" / "z.py", "P/q/r/z.py")


def test_a_base_directory_that_goes_is_waited_for(disk: tuple[Path, Watched]) -> None:
    base, seen = disk
    away = base.with_name("away")
    base.rename(away)
    seen.names(".")
    away.rename(base)
    seen.names(".")
    seen.names_again(base / "src" / "a.py", "src/a.py")


def test_a_base_directory_that_is_made_anew_is_watched_anew(tmp_path: Path) -> None:
    base = tmp_path / "base"
    (base / "src").mkdir(parents=True)
    with watched(base) as seen:
        (base / "src").rmdir()
        base.rmdir()
        (base / "lib").mkdir(parents=True)
        seen.names(".")
        seen.names_again(base / "lib" / "b.py", "lib/b.py")


def test_a_base_directory_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    base = tmp_path / "later"
    with watched(base, ready=False) as seen:
        base.mkdir()
        seen.names(".")
        (base / "a.py").write_text("a = 1\n")
        seen.names("a.py")


def test_a_link_as_base_directory_gives_the_same_paths(tmp_path: Path) -> None:
    (tmp_path / "real" / "src").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    with watched(tmp_path / "link") as seen:
        (tmp_path / "real" / "src" / "a.py").write_text("a = 1\n")
        seen.names("src/a.py")


def test_what_no_walk_enters_is_not_told_and_nor_are_our_own_temporary_files(
    disk: tuple[Path, Watched],
) -> None:
    base, seen = disk
    (base / "node_modules" / "x").mkdir(parents=True)
    (base / "node_modules" / "x" / "index.js").write_text("1")
    (base / "src" / "__pycache__").mkdir()
    (base / "src" / "__pycache__" / "a.pyc").write_text("1")
    (base / "src" / ".copilot-0123.tmp").write_text("1")
    (base / "src" / "last.py").write_text("last = 1\n")
    seen.wait(lambda told: any("src/last.py" in changes for changes in told))
    assert set().union(*seen.told) <= {"src", "src/last.py", "."}


def test_the_repositorys_own_exclude_file_is_told(tmp_path: Path) -> None:
    (tmp_path / ".git" / "info").mkdir(parents=True)
    with watched(tmp_path) as seen:
        (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/other\n")
        (tmp_path / ".git" / "info" / "exclude").write_text("*.log\n")
        seen.wait(lambda told: any(".git/info/exclude" in changes for changes in told))
        assert set().union(*seen.told) == {".git/info/exclude"}


def test_links_are_not_followed_out_of_the_base_directory(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    base = tmp_path / "base"
    base.mkdir()
    (base / "out").symlink_to(outside)
    (base / "loop").symlink_to(base)
    with watched(base) as seen:
        (outside / "secret.py").write_text("1")
        (base / "last.py").write_text("1")
        seen.wait(lambda told: any("last.py" in changes for changes in told))
        assert set().union(*seen.told) == {"last.py"}


def test_of_very_many_changes_at_once_none_is_lost(tmp_path: Path) -> None:
    names = {f"{number}.py" for number in range(3 * MANY)}
    with watched(tmp_path) as seen:
        for name in names:
            (tmp_path / name).touch()
        seen.wait(lambda told: EVERYTHING in told or names <= set().union(*told))
        seen.names_again(tmp_path / "1.py", "1.py")


def test_very_many_changes_at_once_are_told_as_everything(tmp_path: Path) -> None:
    base, away = tmp_path / "base", tmp_path / "away"
    base.mkdir()
    away.mkdir()
    for number in range(MANY + 1):
        (away / f"{number}.py").touch()
    with watched(base, polling=True) as seen:
        away.rename(base / "src")
        seen.wait(bool)
        assert seen.told[0] == EVERYTHING


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text")
def test_a_name_that_is_no_text_does_not_end_the_watch(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"\xfe")
    with watched(tmp_path) as seen:
        odd.mkdir()
        seen.names(".")
        seen.names_again(tmp_path / "after.py", "after.py")
        seen.names_again(odd / "in.py", os.fsdecode(b"\xfe/in.py"))
        assert len(seen.troubles) == 1
        assert "is no text); it is looked through every 2 s instead. Rename it" in seen.troubles[0]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_folder_that_cannot_be_read_does_not_end_the_watch() -> None:
    def piece() -> None:
        (folder / "closed").mkdir()
        (folder / "closed" / "a.py").write_text("1")
        (folder / "closed").chmod(0)
        try:
            with watched(folder) as seen:
                (folder / "open.py").write_text("1")
                seen.names("open.py")
                (folder / "closed").chmod(0o700)
                seen.covers("closed")
                seen.names_again(folder / "closed" / "a.py", "closed/a.py")
                assert seen.troubles == []
        finally:
            (folder / "closed").chmod(0o700)

    with open_folder() as folder:
        as_ordinary_user(piece)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
def test_where_the_system_gives_no_watch_the_tree_is_walked_instead(tmp_path: Path) -> None:
    """A process of its own, which may open too few files for a watch."""
    code = """
        import os, pathlib, resource, sys, threading
        import watchfiles
        from copilot.workspace.watch import watch

        base, stop, told, troubles = pathlib.Path(sys.argv[1]), threading.Event(), [], []
        news = threading.Condition()

        def hear(changes):
            with news:
                told.append(changes)
                news.notify_all()

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")), hard))
        thread = threading.Thread(
            target=watch, args=(base, stop, hear), kwargs={"on_trouble": troubles.append}, daemon=True
        )
        thread.start()
        with news:
            assert news.wait_for(lambda: told, 20)
        (base / "src" / "a.py").touch()
        with news:
            assert news.wait_for(lambda: any("src/a.py" in changes for changes in told), 20)
        stop.set()
        thread.join()
        print(len(troubles), troubles[0])
    """
    (tmp_path / "src").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.startswith(f"1 The system cannot watch {tmp_path} for changes (")
    assert "looked through every 2 s" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="device numbers of POSIX")
def test_network_file_systems_are_known_by_their_device() -> None:
    mounts = (
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "40 22 0:51 / /mnt/share rw - nfs4 server:/share rw,vers=4.2\n"
        "41 22 0:52 / /home/me/far rw,nosuid shared:7 - fuse.sshfs me@there: rw\n"
        "torn\n"
    )
    assert remote_kind(mounts, os.makedev(0, 51)) == "nfs4"
    assert remote_kind(mounts, os.makedev(0, 52)) == "fuse.sshfs"
    assert remote_kind(mounts, os.makedev(8, 1)) == ""
    assert remote_kind(mounts, os.makedev(9, 9)) == ""


def test_importing_it_does_not_load_the_library() -> None:
    code = "import sys, copilot.ai.crew; print('watchfiles' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
