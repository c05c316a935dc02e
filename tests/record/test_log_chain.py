"""A log proves itself: whatever was done to it is found, and every record that is whole still comes."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.record.anchors import lock_of, proof_of
from copilot.record.log_reader import LogReader, Record, find_log
from copilot.record.pieces import LONG, Names, cut
from copilot.record.session_logger import SessionLogger
from copilot.storage.locks import hold
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import Event, Notice, TextDelta, ToolFinished, TurnFinished
from copilot.vocabulary.values import WireRecord
from odd_disks import FULL, CountingDisk, Died, DyingDisk, FailingDisk

AT = 1763704800.5
TURN: dict[str, Any] = {"at": AT, "worker": "w1", "turn_id": "t1", "branch": "main"}


def logger(
    tmp_path: Path, session: str = "s1", disk: CountingDisk | None = None, part_bytes: int = 2**20
) -> SessionLogger:
    return SessionLogger(
        tmp_path / "logs",
        session,
        Redactor(()),
        lambda: AT,
        state=tmp_path / "state",
        disk=disk or CountingDisk(),
        part_bytes=part_bytes,
    )


def said(number: int) -> Event:
    """Small events of several kinds; each fifth one is synced."""
    if number % 5 == 4:
        return TurnFinished(text=f"end {number}", rounds=1, reason="answered", **TURN)
    return TextDelta(text=f'piece {number} "\u2028é\n', **TURN)


def written(
    tmp_path: Path, count: int = 12, session: str = "s1", *, close: bool = True, first: int = 0
) -> list[Event]:
    """A session of `count` events, as its log holds them."""
    log = logger(tmp_path, session)
    events = [said(number) for number in range(first, first + count)]
    for event in events:
        log.event(event)
    if close:
        log.close()
    assert log.trouble == ""
    return events


class Read:
    """Everything that a log gives."""

    def __init__(self, tmp_path: Path, session: str = "s1") -> None:
        with LogReader(tmp_path / "logs", session, tmp_path / "state") as reader:
            self.records: list[Record] = list(reader.records())
            self.troubles = reader.troubles
            self.end = reader.end()
        self.whole = not self.troubles and self.end is None

    @property
    def proven(self) -> list[Event]:
        return [event for one in self.records if one.standing == "proven" and (event := one.event())]

    @property
    def words(self) -> list[str]:
        told = [f"line {one.line} (number {one.seq}): {one.words}" for one in self.troubles]
        return [*told, *([self.end.words] if self.end else [])]


def comms(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "comms_s1.log"


def test_what_was_written_is_proven(tmp_path: Path) -> None:
    events = written(tmp_path)
    read = Read(tmp_path)
    assert (read.proven, read.words, read.whole) == (events, [], True)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event], bytes]:
    folder = tmp_path_factory.mktemp("chain")
    events = written(folder)
    written(folder, session="s2", first=100)
    return folder, events, comms(folder).read_bytes()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_anywhere_is_found_and_costs_one_record(
    session: tuple[Path, list[Event], bytes], data: st.DataObject
) -> None:
    folder, events, whole = session
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    broken = bytearray(whole)
    broken[at] ^= 1 << bit
    comms(folder).write_bytes(bytes(broken))
    hit = whole[:at].count(b"\n")
    read = Read(folder)
    assert not read.whole
    others = [event for number, event in enumerate(events) if number != hit]
    assert [event for event in read.proven if event in others] == others
    assert any(trouble.seq in (hit + 1, hit + 2, 0) or trouble.line == hit + 1 for trouble in read.troubles)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_cut_anywhere_is_found_and_what_is_whole_comes(
    session: tuple[Path, list[Event], bytes], data: st.DataObject
) -> None:
    folder, events, whole = session
    begin = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(begin + 1, len(whole)) | st.just(len(whole)))
    comms(folder).write_bytes(whole[:begin] + whole[end:])
    before, after = whole[:begin].count(b"\n"), whole[end:].count(b"\n")
    read = Read(folder)
    assert not read.whole
    recovered = [event for record in read.records if (event := record.event())]
    assert [event for event in read.proven if event in events[:before]] == events[:before]
    # Of the line that the cut ends in only the rest may be there.
    rest = events[len(events) - after + 1 :] if after else []
    assert [event for event in recovered if event in rest] == rest


CHANGES: dict[str, tuple[Callable[[list[bytes], list[bytes]], list[bytes]], str]] = {
    "reordered": (
        lambda own, _: [*own[:3], own[4], own[3], *own[5:]],
        "line 4 (number 5): it does not belong",
    ),
    "moved far": (
        lambda own, _: [*own[:2], *own[3:9], own[2], *own[9:]],
        "line 3 (number 4): number 3 before",
    ),
    "doubled": (lambda own, _: [*own[:6], own[5], *own[6:]], "line 7 (number 6): it does not belong here"),
    "last one doubled": (lambda own, _: [*own, own[-1]], "line 13 (number 12): it was changed"),
    "taken out": (
        lambda own, _: [*own[:6], *own[8:]],
        "line 7 (number 9): numbers 7 to 8 before it are missing",
    ),
    "first taken out": (lambda own, _: own[1:], "line 1 (number 2): number 1 before it is missing"),
    "of another session": (lambda own, other: [*own[:6], other[6], *own[7:]], "line 7 (number 7): it was"),
    "put in from another": (
        lambda own, other: [*own[:6], other[6], *own[6:]],
        "line 7 (number 7): it does not",
    ),
    "edited": (
        lambda own, _: [*own[:4], own[4].replace(b"end 4", b"end 5"), *own[5:]],
        "line 5 (number 5): it was changed after it was written",
    ),
    "made up": (
        lambda own, _: [*own[:4], own[4].replace(b'"seq":5', b'"seq":6'), *own[4:]],
        "line 5 (number 6): it does not belong here",
    ),
    "end cut off": (
        lambda own, _: own[:-1],
        "number 11 is the last that is there and proven, but number 12 was",
    ),
    "another log": (
        lambda _, other: other,
        "number 0 is the last that is there and proven, but number 12 was",
    ),
    "nothing left": (
        lambda own, other: [],
        "number 0 is the last that is there and proven, but number 12 was",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_done_to_the_lines_is_told(session: tuple[Path, list[Event], bytes], name: str) -> None:
    folder, events, whole = session
    change, words = CHANGES[name]
    other = (folder / "logs" / "comms_s2.log").read_bytes().splitlines(keepends=True)
    comms(folder).write_bytes(b"".join(change(whole.splitlines(keepends=True), other)))
    read = Read(folder)
    assert not read.whole
    assert any(words in told for told in read.words), read.words
    assert all(event in events for event in read.proven)


def test_a_missing_end_is_a_crash_beyond_the_last_sync_and_a_cut_before_it(tmp_path: Path) -> None:
    written(tmp_path, 8, close=False)  # number 5 was synced
    lines = comms(tmp_path).read_bytes().splitlines(keepends=True)
    running = Read(tmp_path)
    assert running.whole  # its program has it open
    hold_free(tmp_path)
    for kept, level in ((8, "crash"), (6, "crash"), (5, "crash"), (4, "fault"), (1, "fault")):
        comms(tmp_path).write_bytes(b"".join(lines[:kept]))
        end = Read(tmp_path).end
        assert end is not None
        assert end.level == level
    comms(tmp_path).write_bytes(b"".join(lines[:7]) + lines[7][:40])
    torn = Read(tmp_path)
    assert [trouble.words.split(":")[0] for trouble in torn.troubles] == ["it is torn"]
    assert len(torn.proven) == 7


def hold_free(tmp_path: Path) -> None:
    """As if the session's program were gone: its lock is nobody's any more."""
    lock_of(tmp_path / "state", "s1").unlink()


def test_a_torn_end_is_cut_off_at_the_next_opening_and_a_line_says_so(tmp_path: Path) -> None:
    events = written(tmp_path, 8, close=False)
    hold_free(tmp_path)
    content = comms(tmp_path).read_bytes()
    comms(tmp_path).write_bytes(content[:-30])
    log = logger(tmp_path)
    log.event(said(8))
    log.close()
    read = Read(tmp_path)
    assert (read.words, read.proven) == ([], [*events[:7], said(8)])
    (repair,) = [record for record in read.records if record.kind == "repair"]
    torn = len(content.splitlines()[-1]) + 1 - 30
    assert (repair.seq, repair.body) == (8, {"cut": torn, "after": 7, "missing": 0})


def test_the_log_dies_at_every_call_and_what_was_synced_is_proven(tmp_path: Path) -> None:
    calls = CountingDisk()
    log = logger(tmp_path / "whole", disk=calls)
    for number in range(6):
        log.event(said(number))
    log.close()
    for at in range(1, len(calls.calls) + 1):
        folder = tmp_path / str(at)
        dying = logger(folder, disk=DyingDisk(at))
        kept = 0
        try:
            for number in range(6):
                dying.event(said(number))
                kept = number + 1
            dying.close()
        except Died:
            pass
        lock = lock_of(folder / "state", "s1")
        lock.unlink(missing_ok=True)
        again = logger(folder)
        again.event(said(9))
        again.close()
        read = Read(folder)
        assert read.words == [], at
        assert read.proven[:kept] == [said(number) for number in range(kept)], at


def test_what_a_full_disk_did_not_take_is_told_by_the_line_after(tmp_path: Path) -> None:
    full = False
    log = logger(tmp_path, disk=FailingDisk(FULL, lambda _, name: full and name == "write"))
    log.event(said(0))
    full = True
    log.event(said(1))
    log.event(said(2))
    full = False
    log.event(said(3))
    log.close()
    read = Read(tmp_path)
    assert [(record.seq, record.kind) for record in read.records] == [
        (1, "event"),
        (4, "repair"),
        (5, "event"),
    ]
    assert (read.records[1].body, read.whole) == ({"lost": 2}, True)


@given(st.lists(st.binary(min_size=32, max_size=32)), st.binary(min_size=32, max_size=32), st.integers(0, 31))
def test_pieces_of_a_log_are_known_by_their_names(names: list[bytes], other: bytes, shared: int) -> None:
    """Also where names begin alike, as far as 128 bits."""
    alike = [name[:shared] + other[shared:] for name in names]
    known = Names()
    for name in (*names, *alike, *names):
        known.add(name)
    begins = {name[:16] for name in (*names, *alike)}
    assert all(name in known for name in (*names, *alike))
    assert (other in known) == (other[:16] in begins)


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from(['{"', '":"', '","', "\\", "x" * 20_000, "y" * 999, "\ud800", "\n", "é"]), max_size=40
    )
)
def test_pieces_put_together_are_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    pieces = cut(text)
    assert "".join(pieces) == text
    assert all(pieces)
    assert len(pieces) <= 1 + 2 * len(text) // LONG


def request(messages: int) -> WireRecord:
    """A request as it grows: a long system prompt, and every message that was said."""
    said = [{"role": "user", "content": f"{number} " + "word " * 900} for number in range(messages)]
    body = json.dumps({"model": "m", "system": 'a "file"\n' * 9_000, "messages": said}, separators=(",", ":"))
    return WireRecord(provider="x", direction="request", method="POST", url="u", status=0, body=body)


def test_long_texts_are_written_once_and_read_as_one(tmp_path: Path) -> None:
    log = logger(tmp_path)
    requests = [request(number) for number in range(1, 11)]
    output = "".join(random.Random(1).choices('abc "\n\\\u2028\ud800', k=40_000))
    finished = ToolFinished(call_id="c", name="x", status="ok", output=output, seconds=0.0, **TURN)
    for record in requests:
        log.wire(record)
    log.event(finished)
    log.close()
    read = Read(tmp_path)
    assert (read.words, log.trouble) == ([], "")
    assert [record.wire() for record in read.records[:-1]] == requests
    assert read.proven == [finished]
    bodies = sum(len(record.body) for record in requests)
    assert comms(tmp_path).stat().st_size < bodies / 3
    with LogReader(tmp_path / "logs", "s1") as reader:  # without a key it reads the same, and proves nothing
        again = list(reader.records())
    assert [record.body for record in again] == [record.body for record in read.records]
    assert {record.standing for record in again} == {"unproven"}


def test_a_piece_that_is_gone_costs_the_records_that_need_it(tmp_path: Path) -> None:
    log = logger(tmp_path)
    log.wire(request(1))
    log.event(said(0))
    log.close()
    lines = comms(tmp_path).read_bytes().splitlines(keepends=True)
    comms(tmp_path).write_bytes(b"".join(lines[1:]))
    read = Read(tmp_path)
    assert [record.kind for record in read.records if record.body] == ["event"]
    assert any("a piece of it is missing" in words for words in read.words)


def test_a_log_goes_on_in_parts_and_the_chain_with_it(tmp_path: Path) -> None:
    log = logger(tmp_path, part_bytes=2_000)
    events = [said(number) for number in range(30)]
    for event in events:
        log.event(event)
    log.close()
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names[:3] == ["comms_s1.2.log", "comms_s1.3.log", "comms_s1.4.log"]
    read = Read(tmp_path)
    assert (read.words, read.proven) == ([], events)
    (tmp_path / "logs" / "comms_s1.3.log").unlink()
    assert not Read(tmp_path).whole


def test_without_its_key_a_log_is_read_and_not_proven(tmp_path: Path) -> None:
    events = written(tmp_path)
    (tmp_path / "state" / "logs" / "s1.jsonl").unlink()
    read = Read(tmp_path)
    assert [record.event() for record in read.records] == events
    assert "The key of this session is not in the state folder" in read.words[0]


def test_the_key_is_the_session_s_own_and_for_this_user_only(tmp_path: Path) -> None:
    written(tmp_path)
    written(tmp_path, session="s2")
    keys = [proof.key for name in ("s1", "s2") if (proof := proof_of(tmp_path / "state", name))]
    assert len(set(keys)) == 2
    assert {len(key) for key in keys} == {32}
    assert (tmp_path / "state" / "logs" / "s1.jsonl").stat().st_mode & 0o777 == 0o600
    assert not any(key.hex() in path.read_text() for key in keys for path in (tmp_path / "logs").iterdir())


def test_two_programs_never_write_one_log(tmp_path: Path) -> None:
    first, second = logger(tmp_path), logger(tmp_path)
    first.event(said(0))
    with hold(tmp_path / "other.lock"):
        second.event(Notice(at=AT, worker="w", level="info", text="late"))
    first.close()
    assert "is open in another window or program" in second.trouble
    assert Read(tmp_path).proven == [said(0)]


def test_a_log_is_found_by_its_file_or_its_name(tmp_path: Path) -> None:
    written(tmp_path, session="20260101_000000_aa")
    written(tmp_path, session="20260102_000000_bb")
    logs = tmp_path / "logs"
    for words, session in (
        ("20260101", "20260101_000000_aa"),
        ("20260102_000000_bb", "20260102_000000_bb"),
        ("latest", "20260102_000000_bb"),
        (str(logs / "comms_20260101_000000_aa.log"), "20260101_000000_aa"),
    ):
        assert find_log(words, logs, tmp_path) == (logs, session)
    for words, why in (
        ("2026", "2 sessions begin with"),
        ("2027", "there is no log '2027'"),
        ("", "there is no log"),
    ):
        with pytest.raises(StorageError, match=why):
            find_log(words, logs, tmp_path)
