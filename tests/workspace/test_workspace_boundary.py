"""Paths on a real disk: links, odd files, writes; with directory handles and without."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, ToolError
from copilot.workspace.boundary import Boundary, Entry
from ordinary_user import as_ordinary_user, open_folder
from tool_world import tree

pytestmark = pytest.mark.skipif(os.name == "nt", reason="makes POSIX links and pipes")


@pytest.fixture(params=[True, False], ids=["handles", "paths"])
def inside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Boundary]:
    root = tmp_path / "proj"
    (root / "sub").mkdir(parents=True)
    (root / "a.txt").write_text("A")
    (root / "sub" / "b.txt").write_text("B")
    (tmp_path / "secret.txt").write_text("CANARY")
    (tmp_path / "proj-evil").mkdir()
    (tmp_path / "proj-evil" / "x").write_text("CANARY")
    before = tree(tmp_path, without="proj")
    yield Boundary(root, handles=request.param)
    assert tree(tmp_path, without="proj") == before


def link(boundary: Boundary, name: str, target: str | Path) -> None:
    (boundary.base_dir / name).symlink_to(target)


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("a.txt", "a.txt"),
        ("./sub/../a.txt", "a.txt"),
        ("sub/b.txt", "sub/b.txt"),
        ("in/b.txt", "sub/b.txt"),
        ("in/../a.txt", "a.txt"),
        ("abs", "sub/b.txt"),
        ("me/me/a.txt", "a.txt"),
        ("chain", "sub/b.txt"),
        ("sub/back", "a.txt"),
        ("out-and-in", "a.txt"),
    ],
)
def test_what_stays_inside_is_read(inside: Boundary, path: str, real: str) -> None:
    link(inside, "in", "sub")
    link(inside, "abs", inside.base_dir / "sub" / "b.txt")
    link(inside, "me", ".")
    link(inside, "chain", "in/b.txt")
    link(inside, "sub/back", "../a.txt")
    link(inside, "out-and-in", inside.base_dir / "sub" / ".." / "a.txt")
    found = inside.read_bytes(path)
    assert (found.path, found.data) == (real, (inside.base_dir / real).read_bytes())
    assert inside.read_bytes(str(inside.base_dir / path)).path == real
    assert inside.resolve(path) == real


@pytest.mark.parametrize(
    "path",
    ["up/secret.txt", "file", "dir/x", "rel", "deep/er", "via/secret.txt", "proc/etc/passwd", "dangling"],
)
def test_links_that_lead_outside_are_refused(inside: Boundary, path: str) -> None:
    link(inside, "up", "..")
    link(inside, "file", inside.base_dir.parent / "secret.txt")
    link(inside, "dir", inside.base_dir.parent / "proj-evil")
    link(inside, "rel", "../secret.txt")
    link(inside, "deep", "sub/../../proj-evil")
    link(inside, "via", "up")
    link(inside, "proc", "/proc/self/root")
    link(inside, "dangling", "../nothing/there")
    for work in (
        lambda: inside.read_bytes(path),
        lambda: inside.list(path),
        lambda: inside.stat(path),
        lambda: inside.check_writable(path),
        lambda: inside.write_bytes(path, b"x", expected=None),
    ):
        with pytest.raises(OutsideProjectError, match="outside the base directory"):
            work()


def test_a_loop_of_links_ends(inside: Boundary) -> None:
    link(inside, "one", "two")
    link(inside, "two", "one")
    with pytest.raises(ForbiddenPathError, match="too many links"):
        inside.read_bytes("one")


@pytest.mark.parametrize("path", ["", ".", "sub/..", "me", "sub/../."])
def test_the_base_directory_is_no_file(inside: Boundary, path: str) -> None:
    link(inside, "me", ".")
    for work in (
        lambda: inside.read_bytes(path),
        lambda: inside.check_writable(path),
        lambda: inside.write_bytes(path, b"x", expected=None),
    ):
        with pytest.raises(ForbiddenPathError, match="base directory itself"):
            work()
    assert inside.stat(path) is not None


def test_a_folder_is_no_file_and_a_file_no_folder(inside: Boundary) -> None:
    with pytest.raises(ForbiddenPathError, match="is a folder"):
        inside.read_bytes("sub")
    with pytest.raises(ForbiddenPathError, match="is a folder"):
        inside.check_writable("sub")
    with pytest.raises(ForbiddenPathError, match="not a folder"):
        inside.list("a.txt")
    with pytest.raises(ForbiddenPathError, match="written like a folder"):
        inside.read_bytes("a.txt/")
    with pytest.raises(ForbiddenPathError, match="names a folder"):
        inside.check_writable("new/")
    with pytest.raises(ToolError, match="not a folder"):
        inside.read_bytes("a.txt/x")


def test_pipes_sockets_and_devices_are_refused_without_blocking(inside: Boundary) -> None:
    os.mkfifo(inside.base_dir / "pipe")
    link(inside, "zero", "/dev/zero")
    with pytest.raises(ForbiddenPathError, match="a pipe; it was not opened"):
        inside.read_bytes("pipe")
    with pytest.raises(ForbiddenPathError, match="a pipe"):
        inside.write_bytes("pipe", b"x", expected=None)
    with pytest.raises(OutsideProjectError):
        inside.read_bytes("zero")
    if os.getuid() == 0:
        os.mknod(inside.base_dir / "device", stat.S_IFCHR | 0o600, os.makedev(1, 5))
        with pytest.raises(ForbiddenPathError, match="a device"):
            inside.read_bytes("device")


def test_a_socket_is_refused(inside: Boundary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(inside.base_dir)  # the name of a socket may only be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
        with pytest.raises(ForbiddenPathError, match="a socket"):
            inside.read_bytes("sock")


def test_a_huge_file_with_holes_is_refused_unread(inside: Boundary) -> None:
    with (inside.base_dir / "huge").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ForbiddenPathError, match=r"1,099,511,627,776 bytes"):
        inside.read_bytes("huge")


def test_names_that_are_too_long_for_the_disk(inside: Boundary) -> None:
    with pytest.raises(ToolError, match="too long"):
        inside.read_bytes("x" * 300)


def test_a_missing_file_is_named_with_its_neighbours(inside: Boundary) -> None:
    with pytest.raises(ToolError) as caught:
        inside.read_bytes("sub/B.txt")
    assert (str(caught.value), caught.value.hint) == (
        "there is no file 'sub/B.txt'.",
        "Did you mean 'b.txt'?",
    )
    with pytest.raises(ToolError) as caught:
        inside.read_bytes("sub\\b.txt")
    assert caught.value.hint == "Write paths with forward slashes."


def test_a_listing_follows_no_link(inside: Boundary) -> None:
    link(inside, "up", "..")
    listed = [(entry.name, entry.path, entry.kind) for entry in inside.list(".")]
    assert listed == [("a.txt", "a.txt", "file"), ("sub", "sub", "folder"), ("up", "up", "link")]
    assert [entry.path for entry in inside.list("sub")] == ["sub/b.txt"]


def test_stat(inside: Boundary) -> None:
    found = inside.stat("sub/b.txt")
    info = (inside.base_dir / "sub" / "b.txt").stat()
    times = {"mtime_ns": info.st_mtime_ns, "ctime_ns": info.st_ctime_ns}
    assert found == Entry(path="sub/b.txt", kind="file", size=1, **times)
    assert inside.stat("nope") is None
    assert inside.stat("nope/deeper") is None


def test_a_new_file_gets_its_parents(inside: Boundary) -> None:
    assert inside.check_writable("new/deep/file.txt") == "new/deep/file.txt"
    inside.write_bytes("new/deep/file.txt", b"x", expected=None)
    assert (inside.base_dir / "new" / "deep" / "file.txt").read_bytes() == b"x"
    assert not list(inside.base_dir.rglob("*.tmp"))


def test_a_write_keeps_the_mode_and_breaks_a_hard_link(inside: Boundary) -> None:
    elsewhere = inside.base_dir.parent / "secret.txt"
    os.link(elsewhere, inside.base_dir / "h")
    elsewhere.chmod(0o750)
    old = inside.read_bytes("h")
    assert old.links == 2
    inside.write_bytes("h", b"new", expected=old.sha256)
    assert elsewhere.read_bytes() == b"CANARY"
    assert (inside.base_dir / "h").read_bytes() == b"new"
    assert stat.S_IMODE((inside.base_dir / "h").stat().st_mode) == 0o750


def test_a_write_removes_what_a_killed_one_left_and_nothing_else(inside: Boundary) -> None:
    old, new = f".copilot-{'0a' * 8}.tmp", f".copilot-{'1b' * 8}.tmp"
    kept = [new, ".copilot-mine.tmp", f"x{old}", f".copilot-{'0a' * 9}.tmp"]
    for name in (old, *kept):
        file = inside.base_dir / name
        file.write_text("half")
        if name != new:
            os.utime(file, (0, 0))
    inside.write_bytes("fresh.txt", b"all", expected=None)
    there = {path.name for path in inside.base_dir.iterdir()}
    assert there >= {"fresh.txt", *kept}
    assert old not in there


def test_a_write_goes_to_the_file_behind_a_link(inside: Boundary) -> None:
    link(inside, "in", "sub/b.txt")
    real = inside.check_writable("in")
    assert real == "sub/b.txt"
    inside.write_bytes(real, b"new", expected=inside.read_bytes(real).sha256)
    assert (inside.base_dir / "in").is_symlink()
    assert (inside.base_dir / "sub" / "b.txt").read_bytes() == b"new"


def test_a_write_is_refused_where_the_disk_changed(inside: Boundary) -> None:
    agreed = inside.read_bytes("a.txt").sha256
    (inside.base_dir / "a.txt").write_text("somebody else")
    for path, expected in (("a.txt", agreed), ("a.txt", None), ("gone.txt", agreed)):
        with pytest.raises(ForbiddenPathError, match="nothing was written"):
            inside.write_bytes(path, b"x", expected=expected)
    assert (inside.base_dir / "a.txt").read_text() == "somebody else"


def test_a_write_is_refused_where_a_link_turned_meanwhile(inside: Boundary) -> None:
    real = inside.check_writable("sub/new.txt")
    (inside.base_dir / "sub").rename(inside.base_dir / "other")
    link(inside, "sub", "other")
    with pytest.raises(ForbiddenPathError, match="nothing was written"):
        inside.write_bytes(real, b"x", expected=None)


def test_no_new_name_that_does_not_show(inside: Boundary) -> None:
    for path in ("a\nb.txt", "x\u202e/b.txt"):
        with pytest.raises(ForbiddenPathError, match="do not show"):
            inside.check_writable(path)


def test_patterns_are_held_inside_too(inside: Boundary) -> None:
    assert inside.pattern("./**/*.py") == "**/*.py"
    assert inside.pattern(str(inside.base_dir / "**" / "a?.txt")) == "**/a?.txt"
    for pattern in ("../*", "/etc/*", "**/../../x", "C:\\*"):
        with pytest.raises(OutsideProjectError):
            inside.pattern(pattern)


def test_a_base_directory_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be opened"):
        Boundary(tmp_path / "gone").list(".")


def test_links_on_the_way_to_the_base_directory_are_the_persons_own(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("A")
    (tmp_path / "alias").symlink_to("real")
    for base in (tmp_path / "alias", tmp_path / "real"):
        for spelt in ("alias", "real"):
            absolute = str(tmp_path / spelt / "a")
            if base.name == "alias" or spelt == "real":
                assert Boundary(base).read_bytes(absolute).data == b"A"


@pytest.mark.parametrize("handles", [True, False])
def test_permissions_are_told(handles: bool) -> None:
    def work(root: Path) -> list[str]:
        boundary = Boundary(root, handles=handles)
        said: list[str] = []
        for action in (
            lambda: boundary.read_bytes("shut.txt"),
            lambda: boundary.list("closed"),
            lambda: boundary.read_bytes("closed/x"),
            lambda: boundary.write_bytes("fixed/new", b"x", expected=None),
        ):
            try:
                action()
                said.append("done")
            except ToolError as error:
                said.append(str(error))
        boundary.write_bytes("read-only.txt", b"new", expected=boundary.read_bytes("read-only.txt").sha256)
        return said

    def prepared(folder: Path) -> list[str]:
        root = folder / "proj"
        for name, mode in (("closed", 0o000), ("fixed", 0o555)):
            (root / name).mkdir(parents=True)
            (root / name).chmod(mode)
        (root / "shut.txt").write_text("x")
        (root / "shut.txt").chmod(0)
        (root / "read-only.txt").write_text("x")
        (root / "read-only.txt").chmod(0o444)
        try:
            return work(root)
        finally:
            for path in root.iterdir():
                path.chmod(0o755)

    with open_folder() as folder:
        assert as_ordinary_user(lambda: prepared(folder)) == [
            "'shut.txt' cannot be used: permission denied.",
            "'closed' cannot be used: permission denied.",
            "'closed/x' cannot be used: permission denied.",
            "'fixed/new' cannot be used: permission denied.",
        ]
