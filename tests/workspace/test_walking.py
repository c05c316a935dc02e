"""The walk: every odd thing on the way is given, told or refused; none is followed, opened or waited for."""

import os
import shutil
import socket
import sys
import time
from pathlib import Path

import pytest

from copilot.vocabulary.errors import ToolError
from copilot.workspace.names import MAX_DEPTH
from copilot.workspace.walking import walk
from ordinary_user import as_ordinary_user, open_folder


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def put(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


def kinds(root: Path, **more: Path) -> dict[str, str]:
    return {entry.path: entry.kind for entry in walk(root, **more)}  # type: ignore[arg-type]


def test_every_kind_of_entry_is_given_and_none_is_entered_but_folders(tmp_path: Path) -> None:
    root = put(tmp_path / "base", "folder/a", "b")
    outside = put(tmp_path / "outside", "x")
    (root / "to file").symlink_to("b")
    (root / "to folder").symlink_to("folder")
    (root / "to nothing").symlink_to("none")
    (root / "to outside").symlink_to(outside)
    (root / "to itself").symlink_to("to itself")
    (root / "up").symlink_to("..")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(root)  # the path of a socket may not be long
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        found = kinds(root)
    links = dict.fromkeys(("to file", "to folder", "to nothing", "to outside", "to itself", "up"), "link")
    assert (
        found
        == {"folder": "folder", "folder/a": "file", "b": "file", "pipe": "other", "socket": "other"} | links
    )


def test_stamps_are_those_of_the_disk(tmp_path: Path) -> None:
    put(tmp_path, "a")
    (entry,) = walk(tmp_path)
    info = (tmp_path / "a").lstat()
    assert (entry.size, entry.mtime_ns, entry.ctime_ns) == (info.st_size, info.st_mtime_ns, info.st_ctime_ns)


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400])
def test_folders_that_cannot_be_read_are_told(mode: int) -> None:
    def work(root: Path) -> tuple[list[str], list[tuple[str, str]]]:
        put(root, "a/open/x", "a/shut/y", "a/z")
        (root / "a/shut").chmod(mode)
        told: list[tuple[str, str]] = []
        found = [entry.path for entry in walk(root, trouble=lambda path, why: told.append((path, why)))]
        (root / "a/shut").chmod(0o700)
        return found, told

    with open_folder() as folder:
        found, told = as_ordinary_user(lambda: work(folder))
    assert found == ["a", "a/open", "a/open/x", "a/shut", "a/z"]
    assert told == [("a/shut", "Permission denied")]


def test_a_base_that_cannot_be_read_is_an_error() -> None:
    def work(root: Path) -> str:
        root.chmod(0)
        try:
            list(walk(root))
        except ToolError as error:
            return str(error)
        finally:
            root.chmod(0o700)
        return ""

    with open_folder() as folder:
        (folder / "base").mkdir()
        os.chown(folder / "base", (folder).stat().st_uid, -1)
        assert "permission denied" in as_ordinary_user(lambda: work(folder / "base"))


def test_what_lies_too_deep_is_told(tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(MAX_DEPTH + 50):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    told: list[tuple[str, str]] = []
    found = list(walk(tmp_path, trouble=lambda path, why: told.append((path, why))))
    shutil.rmtree(tmp_path / "d")
    assert len(found) == MAX_DEPTH
    assert told == [("/".join("d" * MAX_DEPTH), "lies too deep to be looked into")]


def test_a_folder_that_vanishes_or_becomes_a_link_meanwhile_is_told(tmp_path: Path) -> None:
    root = put(tmp_path / "base", "a/x", "b/x", "c/x")
    outside = put(tmp_path / "outside", "canary")
    told: list[str] = []
    found: list[str] = []
    for entry in walk(root, trouble=lambda path, _why: told.append(path)):
        found.append(entry.path)
        if entry.path == "a":
            shutil.rmtree(root / "b")
            shutil.rmtree(root / "c")
            (root / "c").symlink_to(outside)
    assert told == ["b", "c"]
    assert found == ["a", "a/x", "b", "c"]


def test_ignore_rules_of_the_person_stand_behind_the_projects(tmp_path: Path) -> None:
    root = put(tmp_path / "base", "a.log", "b.log", "c.tmp", "sub/d.tmp", "e")
    excludes = tmp_path / "excludes"
    excludes.write_text("*.log\n*.tmp\n")
    (root / ".gitignore").write_text("!b.log\ne\n")
    assert sorted(kinds(root, excludes=excludes)) == [".gitignore", "b.log", "sub"]
    assert sorted(entry.path for entry in walk(root, "sub", excludes=excludes)) == []
    assert "a.log" in kinds(root, excludes=tmp_path / "none")
    assert "a.log" in kinds(root, excludes=tmp_path)


def test_closing_early_leaves_nothing_open(tmp_path: Path) -> None:
    put(tmp_path, "a/b/c/d", "a/b/x", "z")
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("counts open files in /proc")
    before = open_files()
    walking = walk(tmp_path)
    for _ in range(4):
        next(walking)
    assert open_files() > before
    walking.close()  # type: ignore[attr-defined]
    assert open_files() == before


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_names_that_are_no_text_are_given(tmp_path: Path) -> None:
    put(tmp_path, "a")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff")).write_text("x")
    except OSError:
        pytest.skip("this file system has no such names")
    assert kinds(tmp_path) == {"a": "file", "b\udcff": "file"}


def test_a_large_tree_is_walked_without_hanging(tmp_path: Path) -> None:
    for number in range(100):
        folder = tmp_path / f"f{number}"
        folder.mkdir()
        at = os.open(folder, os.O_RDONLY)
        for file in range(100):
            os.close(os.open(f"{file}.py", os.O_CREAT | os.O_WRONLY, dir_fd=at))
        os.close(at)
    began = time.monotonic()
    assert sum(entry.kind == "file" for entry in walk(tmp_path)) == 10_000
    assert time.monotonic() - began < 30, "a guard against hanging"
