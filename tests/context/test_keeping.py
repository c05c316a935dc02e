"""Contexts kept in md_gen/ and written where a person said."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from copilot.context.keeping import KEPT_FILES, KEPT_SECONDS, MOST_FILES, encoded, keep, newest, write
from copilot.vocabulary.errors import StorageError
from ordinary_user import as_ordinary_user, open_folder

NOW = 2_000_000_000.0


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def old(folder: Path, count: int, age: float) -> None:
    folder.mkdir()
    for number in range(1, count + 1):
        path = folder / f"shop_{number:03}.md"
        path.write_text(f"{number}\n")
        os.utime(path, (NOW - age, NOW - age))


def test_equal_content_makes_no_new_file(tmp_path: Path) -> None:
    first = keep(tmp_path, "shop", ("one ", "text\n"), NOW)
    before = first.stat()
    assert keep(tmp_path, "shop", ("one text", "\n"), NOW) == first
    assert keep(tmp_path, "shop", ("", "one text\n", ""), NOW) == first
    assert first.stat().st_mtime_ns == before.st_mtime_ns
    assert first.stat().st_ino == before.st_ino
    second = keep(tmp_path, "shop", ("one text\n", "more"), NOW)
    third = keep(tmp_path, "shop", ("one text\n",), NOW)
    assert names(tmp_path) == [first.name, second.name, third.name]
    assert newest(tmp_path, "shop") == third


def test_projects_are_told_apart(tmp_path: Path) -> None:
    keep(tmp_path, "shop", ("a",), NOW)
    keep(tmp_path, "shop_001", ("b",), NOW)
    keep(tmp_path, "shop.x", ("c",), NOW)
    assert names(tmp_path) == ["shop.x_001.md", "shop_001.md", "shop_001_001.md"]
    assert newest(tmp_path, "shop") == tmp_path / "shop_001.md"
    assert newest(tmp_path, "other") is None
    assert newest(tmp_path / "none", "shop") is None


def test_numbers_go_on_beyond_three_digits(tmp_path: Path) -> None:
    (tmp_path / "shop_999.md").write_text("a")
    (tmp_path / "shop_1000.md").write_text("b")
    assert keep(tmp_path, "shop", ("c",), NOW).name == "shop_1001.md"


@pytest.mark.parametrize(
    ("count", "age", "left"),
    [
        (KEPT_FILES + 5, KEPT_SECONDS + 60, KEPT_FILES),
        (KEPT_FILES + 5, KEPT_SECONDS - 60, KEPT_FILES + 6),
        (KEPT_FILES - 5, KEPT_SECONDS * 9, KEPT_FILES - 4),
        (MOST_FILES + 5, 0.0, MOST_FILES),
    ],
)
def test_old_ones_go_by_count_and_age(tmp_path: Path, count: int, age: float, left: int) -> None:
    folder = tmp_path / "md_gen"
    old(folder, count, age)
    (folder / "other_001.md").write_text("x")
    (folder / "shop_x.md").write_text("x")
    new = keep(folder, "shop", ("new",), NOW)
    numbered = [name for name in names(folder) if name not in ("other_001.md", "shop_x.md")]
    assert len(names(folder)) == len(numbered) + 2
    assert numbered == [f"shop_{number:03}.md" for number in range(count + 2 - left, count + 2)]
    assert new.read_text() == "new"


def test_equal_content_drops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "md_gen"
    old(folder, KEPT_FILES + 5, KEPT_SECONDS * 2)
    keep(folder, "shop", (f"{KEPT_FILES + 5}\n",), NOW)
    assert len(names(folder)) == KEPT_FILES + 5


def test_pieces_and_whole_are_the_same_bytes(tmp_path: Path) -> None:
    pieces = ["é" * 700_000, "\ud800", "x" * 1_500_000, "", "end\n"]
    whole = "".join(pieces).replace("\ud800", "?").encode()
    assert b"".join(encoded(pieces)) == b"".join(encoded(["".join(pieces)])) == whole
    assert keep(tmp_path, "shop", pieces, NOW).read_bytes() == whole
    assert keep(tmp_path, "shop", ["".join(pieces)], NOW).name == "shop_001.md"
    assert b"".join(encoded([])) == b""


def test_a_crash_between_the_number_and_the_text_leaves_an_empty_file_that_counts_for_nothing(
    tmp_path: Path,
) -> None:
    keep(tmp_path, "shop", ("one",), NOW)
    (tmp_path / "shop_002.md").touch()
    assert newest(tmp_path, "shop") == tmp_path / "shop_001.md"
    assert keep(tmp_path, "shop", ("two",), NOW).name == "shop_003.md"


def test_a_text_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    class Text(list[str]):
        def __iter__(self):  # type: ignore[no-untyped-def]
            yield "some"
            raise KeyboardInterrupt

    for done in (lambda: keep(tmp_path, "shop", Text(), NOW), lambda: write(tmp_path / "out", Text())):
        with pytest.raises(KeyboardInterrupt):
            done()
        assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_told() -> None:
    def told(folder: Path) -> list[str]:
        shut = folder / "md_gen"
        shut.mkdir(mode=0o500)
        found: list[str] = []
        for work in (lambda: keep(shut, "shop", ("x",), NOW), lambda: write(shut / "x.md", ("x",))):
            try:
                work()
            except StorageError as error:
                found.append(str(error))
        return found

    with open_folder() as folder:
        assert [("permission denied" in one) for one in as_ordinary_user(lambda: told(folder))] == [
            True,
            True,
        ]


def test_processes_at_once_never_overwrite_each_other(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from copilot.context.keeping import keep\n"
        "for turn in range(15): keep(Path(sys.argv[1]), 'shop', (f'{sys.argv[2]} {turn}',), 2e9)"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    texts = sorted(path.read_text() for path in tmp_path.iterdir())
    assert texts == sorted(f"{name} {turn}" for name in "abc" for turn in range(15))


def test_writing_leaves_an_equal_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    write(path, ("a", "b"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.stat()
    write(path, ("ab",))
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write(path, ("abc",))
    assert path.read_text() == "abc"
    assert path.stat().st_ino != before.st_ino, "replaced, not written over"
    write(path, ("ab",))
    assert path.read_text() == "ab"
    assert names(tmp_path) == ["out.md"]


def test_writing_keeps_mode_and_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target.md", tmp_path / "link.md"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("target.md")
    write(link, ("new",))
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_writing_to_a_pipe_or_a_device_leaves_it_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write(pipe, ("text\n",))
    reader.join(30)
    assert read == [b"text\n"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    before = Path("/dev/null").stat().st_ino
    write(Path("/dev/null"), ("text\n",))
    assert Path("/dev/null").stat().st_ino == before
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.parametrize("name", ["folder", "loop", "none/out.md", "file/out.md"])
def test_a_place_that_holds_no_file_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(StorageError):
        write(tmp_path / name, ("x",))
    assert names(tmp_path) == ["file", "folder", "loop"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_device_is_told() -> None:
    with pytest.raises(StorageError, match="full"):
        write(Path("/dev/full"), ("x",))
