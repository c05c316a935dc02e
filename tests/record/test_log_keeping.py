"""The folder of logs stays in bounds, and what a crash left is put in order and told."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.record.anchors import lock_of, proof_of
from copilot.record.log_files import sessions_in
from copilot.record.log_keeping import DAY_SECONDS, LogKeeper, gone
from copilot.record.log_reader import LogReader, Record
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.events import Event, Notice, TurnFinished
from copilot.vocabulary.log_settings import LogSettings
from odd_disks import CountingDisk, Died, DyingDisk

NOW = 1_790_000_000.0
NOTHING = LogSettings(compress_days=3_650.0, days=0.0, all_mb=0)


def said(number: int) -> Event:
    return Notice(at=NOW, worker="w", level="info", text=f"number {number} " + "word " * 40)


def session(folder: Path, name: str, days: float = 0.0, *, close: bool = True, count: int = 4) -> None:
    """A session that ended so many days ago, in several parts, with a call's page."""
    log = SessionLogger(
        folder / "logs",
        name,
        Redactor(()),
        lambda: NOW,
        state=folder / "state",
        part_bytes=600,
    )
    for number in range(count):
        log.event(said(number))
    log.event(TurnFinished(at=NOW, worker="w", turn_id="t", branch="b", text="", rounds=1, reason="answered"))
    log.event(said(count))
    if close:
        log.close()
    else:  # as if the program were gone
        lock_of(folder / "state", name).unlink()
    for part in ("", ".2"):
        (folder / "logs" / f"toolcalls_{name}{part}.log").write_text("# Tool calls\n" * 50)
    for path in (folder / "logs").glob(f"*_{name}.*"):
        os.utime(path, (NOW - days * DAY_SECONDS,) * 2)


def keep(folder: Path, settings: LogSettings, stopped: Callable[[], bool] = lambda: False) -> None:
    LogKeeper(folder / "logs", folder / "state", settings, lambda: NOW, stopped).keep()


def read(folder: Path, name: str) -> tuple[list[Record], list[str]]:
    with LogReader(folder / "logs", name, folder / "state") as reader:
        records = list(reader.records())
        end = reader.end()
        return records, [one.words for one in reader.troubles] + ([end.words] if end else [])


def test_old_sessions_are_compressed_and_read_the_same(tmp_path: Path) -> None:
    session(tmp_path, "old", 3)
    session(tmp_path, "new", 0.5)
    before = read(tmp_path, "old")
    size = sum(path.stat().st_size for path in (tmp_path / "logs").glob("*_old.*"))
    keep(tmp_path, replace(NOTHING, compress_days=1.0))
    keep(tmp_path, replace(NOTHING, compress_days=1.0))
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert [name for name in names if "_old." in name and not name.endswith(".gz")] == []
    assert [name for name in names if "_new." in name and name.endswith(".gz")] == []
    assert {"toolcalls_old.log.gz", "toolcalls_old.2.log.gz"} < set(names)
    packed = list((tmp_path / "logs").glob("*_old.*"))
    assert len(packed) > 3
    assert sum(path.stat().st_size for path in packed) < size
    assert {path.stat().st_mtime for path in packed} == {NOW - 3 * DAY_SECONDS}
    assert {path.stat().st_mode & 0o777 for path in packed} == {0o600}
    after = read(tmp_path, "old")
    assert [(one.seq, one.body) for one in after[0]] == [(one.seq, one.body) for one in before[0]]
    assert (after[1], before[1]) == ([], [])


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (replace(NOTHING, sessions=2), ["b", "c"]),
        (replace(NOTHING, days=15.0), ["b", "c"]),
        (replace(NOTHING, days=1.5), ["c"]),
        (NOTHING, ["a", "b", "c"]),
    ],
)
def test_the_oldest_sessions_go_with_their_keys(
    tmp_path: Path, settings: LogSettings, left: list[str]
) -> None:
    for name, days in (("a", 20), ("b", 2), ("c", 1)):
        session(tmp_path, name, days)
    keep(tmp_path, settings)
    assert list(sessions_in(tmp_path / "logs")) == left
    assert [name for name in ("a", "b", "c") if proof_of(tmp_path / "state", name)] == left
    assert gone(tmp_path / "logs", tmp_path / "state") == []
    assert sorted({path.name.split(".")[0].split("_")[1] for path in (tmp_path / "logs").iterdir()}) == left


def test_what_all_take_together_is_bounded_and_a_session_that_runs_stays(tmp_path: Path) -> None:
    for name, days in (("a", 20), ("b", 2)):
        session(tmp_path, name, days)
    size = sum(path.stat().st_size for path in (tmp_path / "logs").iterdir())
    assert size < 100_000
    big = tmp_path / "logs" / "comms_a.log"
    big.write_bytes(big.read_bytes() + b"x" * 1_000_000)
    os.utime(big, (NOW - 20 * DAY_SECONDS,) * 2)
    running = SessionLogger(tmp_path / "logs", "r", Redactor(()), lambda: NOW, state=tmp_path / "state")
    running.event(said(0))
    os.utime(running.comms_path, (0, 0))
    keep(tmp_path, replace(NOTHING, all_mb=1, sessions=1))
    assert list(sessions_in(tmp_path / "logs")) == ["b", "r"]
    running.close()


def test_a_log_that_somebody_else_removed_is_known_by_its_key(tmp_path: Path) -> None:
    session(tmp_path, "a")
    session(tmp_path, "b")
    for path in (tmp_path / "logs").glob("*_a.*"):
        path.unlink()
    keep(tmp_path, NOTHING)
    assert gone(tmp_path / "logs", tmp_path / "state") == ["a"]


def test_the_end_that_a_crash_left_is_put_in_order_and_a_line_says_so(tmp_path: Path) -> None:
    session(tmp_path, "s", close=False)
    last = sessions_in(tmp_path / "logs")["s"][-1].path
    last.write_bytes(last.read_bytes()[:-9])
    assert len(read(tmp_path, "s")[1]) == 2
    keep(tmp_path, NOTHING)
    records, wrong = read(tmp_path, "s")
    assert wrong == []
    assert records[-1].kind == "repair"
    assert records[-1].body["after"] == 5
    assert [one.seq for one in records] == [1, 2, 3, 4, 5, 6]
    keep(tmp_path, NOTHING)
    assert len(read(tmp_path, "s")[0]) == 6


def test_nothing_is_repaired_in_a_log_that_was_changed(tmp_path: Path) -> None:
    session(tmp_path, "cut", close=False, count=1)
    session(tmp_path, "changed", close=False, count=1)
    cut, changed = (sessions_in(tmp_path / "logs")[name][0].path for name in ("cut", "changed"))
    cut.write_bytes(b"".join(cut.read_bytes().splitlines(keepends=True)[:1]))
    for name in ("2", "3"):
        cut.with_name(f"comms_cut.{name}.log").unlink(missing_ok=True)
    changed.write_bytes(changed.read_bytes().replace(b"number 0", b"number 1"))
    before = cut.read_bytes(), changed.read_bytes()
    keep(tmp_path, NOTHING)
    assert (cut.read_bytes(), changed.read_bytes()) == before
    assert read(tmp_path, "cut")[1]
    assert read(tmp_path, "changed")[1]


def test_it_dies_at_every_call_and_nothing_is_lost(tmp_path: Path) -> None:
    settings = replace(NOTHING, compress_days=1.0)

    def made(folder: Path) -> None:
        session(folder, "a", 3, count=2)
        session(folder, "b", 3, close=False, count=2)

    def kept(folder: Path, disk: CountingDisk) -> None:
        LogKeeper(folder / "logs", folder / "state", settings, lambda: NOW, disk=disk).keep()

    made(tmp_path / "whole")
    counting = CountingDisk()
    kept(tmp_path / "whole", counting)
    assert len(counting.calls) > 15
    for at in range(1, len(counting.calls) + 1):
        folder = tmp_path / str(at)
        made(folder)
        with pytest.raises(Died):
            kept(folder, DyingDisk(at))
        for name in ("a", "b"):
            lock_of(folder / "state", name).unlink(missing_ok=True)
        keep(folder, settings)
        for name in ("a", "b"):
            records, wrong = read(folder, name)
            assert wrong == [], (at, name)
            assert [one.seq for one in records][:4] == [1, 2, 3, 4]
        left = [path.name for path in (folder / "logs").iterdir()]
        assert not [name for name in left if name.endswith(".tmp")], at


def test_it_ends_when_the_program_does(tmp_path: Path) -> None:
    session(tmp_path, "a", 3)
    before = sorted(path.name for path in (tmp_path / "logs").iterdir())
    keep(tmp_path, replace(NOTHING, compress_days=1.0), lambda: True)
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == before
