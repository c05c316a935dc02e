"""The audit log: each line chained to the last, so that what was changed or taken away is found."""

import json
from pathlib import Path
from typing import Any

import pytest

from copilot.serve.audit import AuditLogs, check, path_of
from copilot.serve.audit_parts import Keeping, parts_of
from copilot.vocabulary.errors import LockedError, StorageError
from odd_disks import FULL, FailingDisk


def logs(folder: Path) -> AuditLogs:
    return AuditLogs(folder / "logs", folder / "state", lambda: 7.0)


def checked(folder: Path) -> tuple[int, tuple[str, ...]]:
    found = check(folder / "logs", folder / "state", "ada")
    return len(found.lines), found.problems


def written(folder: Path, lines: int) -> Path:
    """A log of so many lines, of two servers one after the other."""
    for first in (True, False):
        log = logs(folder)
        for number in range(lines // 2 if first else lines - lines // 2):
            log.write("ada", {"did": number}, sync=number % 2 == 0)
        log.close()
    return path_of(folder / "logs", "ada")


def test_lines_are_numbered_and_chained_across_servers(tmp_path: Path) -> None:
    path = written(tmp_path, 7)
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [one["seq"] for one in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert {len(one["link"]) for one in entries} == {64}
    assert checked(tmp_path) == (7, ())
    assert check(tmp_path / "logs", tmp_path / "state", "grace").lines == ()


def test_whatever_is_changed_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, 7)
    lines = path.read_bytes().splitlines(keepends=True)
    ways = {
        "changed": [*lines[:3], lines[3].replace(b'"did": 0', b'"did": 9'), *lines[4:]],
        "removed": [*lines[:3], *lines[4:]],
        "moved": [lines[1], lines[0], *lines[2:]],
        "cut off": lines[:-2],
        "said twice": [*lines[:3], lines[2], *lines[3:]],
        "damaged": [*lines[:3], b"{}\n", *lines[4:]],
        "emptied": [],
    }
    for way, kept in ways.items():
        path.write_bytes(b"".join(kept))
        assert checked(tmp_path)[1], way
    path.write_bytes(b"".join(lines))
    assert checked(tmp_path) == (7, ())


def test_what_was_cut_off_stays_found_when_the_log_goes_on(tmp_path: Path) -> None:
    path = written(tmp_path, 6)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    log = logs(tmp_path)
    log.write("ada", {"did": "more"}, sync=True)
    log.close()
    assert [json.loads(line)["seq"] for line in path.read_bytes().splitlines()] == [1, 2, 3, 7]
    assert checked(tmp_path)[1]


def test_a_torn_end_is_mended_and_said(tmp_path: Path) -> None:
    path = written(tmp_path, 4)
    with path.open("ab") as file:
        file.write(b'{"seq": 5, "at"')
    assert checked(tmp_path)[1] == ("the last line is torn: the server was killed, or is writing it now",)
    log = logs(tmp_path)
    log.write("ada", {"did": "more"}, sync=True)
    log.close()
    assert checked(tmp_path) == (5, ())


def test_a_full_disk_is_an_error_and_leaves_a_whole_log(tmp_path: Path) -> None:
    full = False
    disk = FailingDisk(FULL, lambda _number, name: full and name == "write")
    log = AuditLogs(tmp_path / "logs", tmp_path / "state", lambda: 7.0, disk=disk)
    log.write("ada", {"did": 1}, sync=True)
    full = True
    with pytest.raises(StorageError, match="disk is full"):
        log.write("ada", {"did": 2}, sync=True)
    full = False
    log.write("ada", {"did": 3}, sync=True)
    log.close()
    assert checked(tmp_path) == (2, ())


def test_two_servers_do_not_write_one_log(tmp_path: Path) -> None:
    first, second = logs(tmp_path), logs(tmp_path)
    first.write("ada", {"did": 1}, sync=True)
    with pytest.raises(LockedError):
        second.write("ada", {"did": 2}, sync=True)
    first.close()
    second.close()


def test_without_its_key_a_log_proves_nothing(tmp_path: Path) -> None:
    written(tmp_path, 2)
    (tmp_path / "state" / "logs" / "ada.jsonl").unlink()
    assert checked(tmp_path) == (2, ("the key of this log is not there",))


def parted(folder: Path, now: float = 7.0, **keeping: Any) -> AuditLogs:
    """Three lines make a part."""
    kept = Keeping(part_bytes=300, **keeping)
    return AuditLogs(folder / "logs", folder / "state", lambda: now, keeping=kept)


def test_a_log_goes_on_from_part_to_part(tmp_path: Path) -> None:
    for _ in range(2):
        log = parted(tmp_path)
        for number in range(5):
            log.write("ada", {"did": number}, sync=number % 2 == 0)
        log.close()
    parts = parts_of(path_of(tmp_path / "logs", "ada"))
    assert [one.name for one in parts] == [f"ada+{line:012}.jsonl" for line in (1, 4, 7)]
    assert checked(tmp_path) == (10, ())
    whole = parts[1].read_bytes()
    for damage in (whole.replace(b'"did": 3', b'"did": 9'), whole[:-5], whole.split(b"\n")[0] + b"\n"):
        parts[1].write_bytes(damage)
        assert checked(tmp_path)[1], damage
    parts[1].write_bytes(whole)
    parts[0].unlink()
    assert checked(tmp_path)[1] == ("line 4 follows line 0: lines are missing or were moved",)


def test_old_parts_go_where_that_is_wanted_and_a_check_knows(tmp_path: Path) -> None:
    log = parted(tmp_path)
    for number in range(8):
        log.write("ada", {"did": number}, sync=True)
    log.close()
    day = 86_400.0
    log = parted(tmp_path, now=40 * day, days=30.0)
    log.write("ada", {"did": "later"}, sync=True)
    log.close()
    found = check(tmp_path / "logs", tmp_path / "state", "ada")
    assert (len(found.lines), found.problems, found.thinned) == (3, (), 6)
    assert parts_of(path_of(tmp_path / "logs", "ada")) == ()
    log = parted(tmp_path, now=40 * day, all_bytes=700)
    for number in range(9):
        log.write("ada", {"did": number}, sync=True)
    log.close()
    found = check(tmp_path / "logs", tmp_path / "state", "ada")
    assert (found.problems, found.thinned) == ((), 9)
    kept = parts_of(path_of(tmp_path / "logs", "ada"))
    kept[0].unlink()
    assert checked(tmp_path)[1] == ("line 13 follows line 9: lines are missing or were moved",)


def test_a_part_that_could_not_be_begun_is_begun_with_the_next_line(tmp_path: Path) -> None:
    calls: list[str] = []

    def fails(_number: int, name: str) -> bool:
        calls.append(name)
        return broken and name == "open"

    broken = False
    disk = FailingDisk(FULL, fails)
    keeping = Keeping(part_bytes=1)
    log = AuditLogs(tmp_path / "logs", tmp_path / "state", lambda: 7.0, keeping=keeping, disk=disk)
    log.write("ada", {"did": 1}, sync=True)
    broken = True
    for _ in range(2):
        with pytest.raises(StorageError):
            log.write("ada", {"did": 2}, sync=True)
    broken = False
    log.write("ada", {"did": 3}, sync=True)
    log.close()
    assert checked(tmp_path) == (2, ())
    assert len(parts_of(path_of(tmp_path / "logs", "ada"))) == 1
