"""Lines are whole or not there."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.storage.append import AppendLog
from copilot.vocabulary.errors import StorageError
from odd_disks import BROKEN, FULL, CountingDisk, Died, DyingDisk, FailingDisk, PowerCutDisk, SlowDisk

LINES = st.binary(max_size=40).filter(lambda line: b"\n" not in line and b"\0" not in line)


def test_lines_come_back(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = AppendLog(path)
    assert log.lines == ()
    log.append(b"one", sync=True)
    log.append(b"", sync=False)
    log.append("zwölf".encode(), sync=True)
    log.close()
    log.close()
    again = AppendLog(path)
    assert again.lines == (b"one", b"", "zwölf".encode())
    assert (again.trimmed, again.size) == (0, path.stat().st_size)
    again.close()


def test_a_line_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    disk = CountingDisk()
    log = AppendLog(tmp_path / "log", disk=disk)
    assert disk.calls == ["open", "sync_folder"]
    log.append(b"one", sync=True)
    log.append(b"two", sync=False)
    assert disk.calls[2:] == ["write", "sync", "write"]
    log.close()


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"one\ntwo", (b"one",)),
        (b"tw", ()),
        (b"one\n\0\0\0\0", (b"one",)),
        (b"one\ntw\0\0\0\n", (b"one",)),
        (b"one\n\0\0\n\0\n\0", (b"one",)),
        (b"\0" * 5000, ()),
        (b'one\n{"half": "of a li\0\0', (b"one",)),
        (b"a\0b\none\n", (b"a\0b", b"one")),
        (b"\n\n", (b"", b"")),
    ],
)
def test_a_torn_tail_is_cut_and_nothing_is_glued_to_it(
    tmp_path: Path, content: bytes, lines: tuple[bytes, ...]
) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    log = AppendLog(path)
    whole = b"".join(line + b"\n" for line in lines)
    assert (log.lines, log.trimmed) == (lines, len(content) - len(whole))
    assert path.read_bytes() == whole
    log.append(b"next")
    log.close()
    assert path.read_bytes() == whole + b"next\n"


@given(lines=st.lists(LINES, max_size=6), cut=st.integers(min_value=0, max_value=300))
def test_any_cut_leaves_a_prefix_of_the_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "log"
    path.write_bytes(b"".join(line + b"\n" for line in lines)[:cut])
    log = AppendLog(path)
    log.close()
    assert log.lines == tuple(lines[: len(log.lines)])
    written = sum(len(line) + 1 for line in lines[: len(log.lines) + 1])
    assert len(log.lines) == len(lines) or written > cut


@pytest.mark.parametrize("code", [FULL, BROKEN, errno.EROFS])
@pytest.mark.parametrize("call", ["write", "sync"])
def test_a_line_that_failed_is_not_there_and_the_next_one_is(tmp_path: Path, code: int, call: str) -> None:
    path = tmp_path / "log"
    broken = True
    disk = FailingDisk(code, lambda _, name: broken and name == call)
    log = AppendLog(path, disk=disk)
    with pytest.raises(StorageError, match="writing to"):
        log.append(b"lost line", sync=True)
    assert path.read_bytes() == b""
    broken = False
    log.append(b"kept", sync=True)
    log.close()
    assert path.read_bytes() == b"kept\n"


def test_a_tail_that_could_not_be_cut_is_cut_before_the_next_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    broken = True
    log = AppendLog(path, disk=FailingDisk(BROKEN, lambda _, name: broken and name in ("write", "truncate")))
    for _ in range(2):
        with pytest.raises(StorageError):
            log.append(b"lost line")
    assert path.read_bytes() == b"lost "
    broken = False
    log.append(b"kept")
    log.close()
    assert path.read_bytes() == b"kept\n"


def test_short_writes_make_whole_lines(tmp_path: Path) -> None:
    log = AppendLog(tmp_path / "log", disk=SlowDisk())
    log.append(b"0123456789")
    log.close()
    assert (tmp_path / "log").read_bytes() == b"0123456789\n"


def test_emptying(tmp_path: Path) -> None:
    log = AppendLog(tmp_path / "log")
    log.append(b"one")
    log.empty()
    assert (log.size, (tmp_path / "log").read_bytes()) == (0, b"")
    log.append(b"two")
    log.close()
    assert (tmp_path / "log").read_bytes() == b"two\n"


def test_a_line_end_inside_a_line_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    log = AppendLog(tmp_path / "log")
    with pytest.raises(ValueError, match="line end"):
        log.append(b"two\nlines")
    log.close()


def test_what_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="its folder is not there"):
        AppendLog(tmp_path / "missing" / "log")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="opening"):
        AppendLog(tmp_path / "folder")


@pytest.mark.parametrize("at", range(1, 12))
def test_dying_at_any_call_loses_no_acknowledged_line(tmp_path: Path, at: int) -> None:
    source = tmp_path / "live"
    source.mkdir()
    disks = [DyingDisk(at), PowerCutDisk(at)]
    for number, disk in enumerate(disks):
        path = source / f"log-{number}"
        acknowledged: list[bytes] = []
        try:
            log = AppendLog(path, disk=disk)
            for line in (b"one", b"two, which is longer", b"three"):
                log.append(line, sync=True)
                acknowledged.append(line)
        except Died:
            pass
        if isinstance(disk, PowerCutDisk):
            disk.leave(source, tmp_path / "left")
            path = tmp_path / "left" / path.name
        again = AppendLog(path) if path.exists() else None
        found = again.lines if again else ()
        assert found[: len(acknowledged)] == tuple(acknowledged)
        assert len(found) <= len(acknowledged) + 1
        if again:
            again.close()
