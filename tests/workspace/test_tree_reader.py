"""Reading many files one after the other: what the boundary would read, and nothing else."""

import os
import random
import shutil
import threading
from pathlib import Path

import pytest

from copilot.vocabulary.errors import ToolError
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader
from ordinary_user import as_ordinary_user, open_folder

MANY = 1_000


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def put(root: Path, **files: bytes) -> Path:
    for name, data in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def by_boundary(base: Path, path: str) -> object:
    try:
        return Boundary(base).read_bytes(path, at_most=MANY)
    except ToolError as error:
        return str(error)


def by_reader(reader: TreeReader, path: str) -> object:
    try:
        return reader.read(path, MANY)[0]
    except ToolError as error:
        return str(error)


def test_it_reads_what_the_boundary_reads_in_whatever_order(tmp_path: Path) -> None:
    base = put(
        tmp_path / "base",
        a=b"a",
        b__c=b"c",
        b__a=b"another a",
        b__d__c=b"another c",
        b__d__e=b"e" * MANY,
        g__h=b"",
    )
    put(base, b__d__f=b"f" * (MANY + 1))
    put(tmp_path, outside=b"canary")
    (base / "link").symlink_to("b/c")
    (base / "to").symlink_to("b")
    (base / "out").symlink_to("../outside")
    (base / "loop").symlink_to("loop")
    os.mkfifo(base / "pipe")
    paths = [
        "a",
        "b/c",
        "b/a",
        "b/d/c",
        "b/d/e",
        "b/d/f",
        "g/h",
        "link",
        "to/c",
        "to/d/e",
        "out",
        "loop",
        "pipe",
    ]
    paths += ["none", "b", "a/x", "b/none/x", "../outside", "b/../a", "./a", "/etc/passwd", "b//c", ""]
    chance = random.Random(1)
    with TreeReader(base) as reader:
        for path in chance.choices(paths, k=400):
            assert by_reader(reader, path) == by_boundary(base, path), path


def test_the_stamp_is_the_files(tmp_path: Path) -> None:
    base = put(tmp_path, a__b=b"text")
    (base / "link").symlink_to("a/b")
    info = (base / "a/b").stat()
    with TreeReader(base) as reader:
        for path in ("a/b", "link"):
            assert reader.read(path, MANY)[1] == (4, info.st_mtime_ns, info.st_ctime_ns)


def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    base = put(tmp_path / "base", a__b__c=b"one", a__x=b"x")
    put(tmp_path / "outside", b__c=b"canary")
    with TreeReader(base) as reader:
        assert reader.read("a/x", MANY)[0].data == b"x"
        shutil.rmtree(base / "a/b")
        (base / "a/b").symlink_to(tmp_path / "outside/b")
        with pytest.raises(ToolError, match="outside"):
            reader.read("a/b/c", MANY)


def test_a_file_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    base = put(tmp_path / "base", a__b=b"one")
    put(tmp_path, outside=b"canary")
    with TreeReader(base) as reader:
        reader.read("a/b", MANY)
        (base / "a/b").unlink()
        (base / "a/b").symlink_to(tmp_path / "outside")
        with pytest.raises(ToolError, match="outside"):
            reader.read("a/b", MANY)


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """Whoever waits to write to it must not be let go on."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.open("wb").close(), daemon=True)
    writer.start()
    with TreeReader(tmp_path) as reader:
        for _ in range(50):
            with pytest.raises(ToolError, match="pipe"):
                reader.read("pipe", MANY)
            writer.join(0.005)
    assert writer.is_alive()
    os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
    writer.join(30)


def test_a_file_without_permission_is_told_in_the_boundarys_words() -> None:
    def told(folder: Path) -> tuple[object, object]:
        base = put(folder / "base", a__b=b"x", c=b"y")
        (base / "a/b").chmod(0)
        with TreeReader(base) as reader:
            return by_reader(reader, "a/b"), by_boundary(base, "a/b")

    with open_folder() as folder:
        mine, boundarys = as_ordinary_user(lambda: told(folder))
    assert mine == boundarys
    assert "permission denied" in str(mine)


def test_nothing_stays_open(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("counts open files in /proc")
    base = put(tmp_path, a__b__c=b"x", d=b"y")
    before = open_files()
    with TreeReader(base) as reader:
        for path in ("a/b/c", "d", "none/x", "a/none/c", "a/b/c"):
            by_reader(reader, path)
        assert open_files() <= before + 3
    assert open_files() == before


def test_sizes_around_the_limit(tmp_path: Path) -> None:
    with TreeReader(tmp_path) as reader:
        for size in (0, 1, MANY - 1, MANY):
            put(tmp_path, a=b"x" * size)
            assert reader.read("a", MANY)[0].data == b"x" * size
        put(tmp_path, a=b"x" * (MANY + 1))
        with pytest.raises(ToolError, match="not read whole"):
            reader.read("a", MANY)
    if Path("/proc/self/status").exists():  # says that it has no bytes, and has some
        with TreeReader(Path("/proc/self")) as reader:
            assert reader.read("status", 1_000_000)[0].data.startswith(b"Name:")
