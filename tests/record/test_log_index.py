"""The index of a log: it says what the reader says, grows with the log, and reads any record by itself."""

import gzip
from pathlib import Path
from typing import Any

from copilot.record.log_files import parts_of
from copilot.record.log_index import LogIndex
from copilot.record.log_reader import LogReader
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.events import Notice, TextDelta, ToolFinished
from copilot.vocabulary.values import WireRecord

AT = 1_763_704_800.0
TURN: dict[str, Any] = {"at": AT, "worker": "w", "turn_id": "t", "branch": "main"}


def logger(home: Path, part_bytes: int = 2**20) -> SessionLogger:
    return SessionLogger(
        home / "logs", "s", Redactor(()), lambda: AT + 1, state=home / "state", part_bytes=part_bytes
    )


def said(text: str) -> TextDelta:
    return TextDelta(text=text, **TURN)


def finished(output: str) -> ToolFinished:
    return ToolFinished(call_id="c", name="n", status="ok", output=output, seconds=0.5, **TURN)


def sent(body: str) -> WireRecord:
    return WireRecord(provider="x", direction="request", method="POST", url="u", status=0, body=body)


def grown(index: LogIndex) -> LogIndex:
    while index.grow():
        pass
    return index


def test_every_record_is_as_the_reader_gives_it_over_parts_pieces_and_compression(tmp_path: Path) -> None:
    log = logger(tmp_path, part_bytes=60_000)
    for number in range(8):
        log.event(said(f"word {number}"))
        log.wire(sent('{"messages":["' + f"{number}" * 30_000 + '"]}'))
        log.event(finished(f"line {number}\n" * 4_000))
    log.close()
    parts = parts_of(tmp_path / "logs", "s")
    assert len(parts) > 2
    data = parts[0].path.read_bytes()
    with gzip.open(f"{parts[0].path}.gz", "wb") as packed:
        packed.write(data)
    parts[0].path.unlink()
    with LogReader(tmp_path / "logs", "s") as reader:
        expected = list(reader.records())
    index = grown(LogIndex(tmp_path / "logs", "s"))
    assert [index.record(number) for number in reversed(range(len(index)))] == expected[::-1]
    assert [(index.entry(n).seq, index.entry(n).kind) for n in range(len(index))] == [
        (record.seq, record.kind) for record in expected
    ]
    assert [index.entry(n).name for n in range(3)] == ["TextDelta", "request", "ToolFinished"]
    assert [index.place(record.seq) for record in expected] == list(range(24))
    assert index.place(expected[-1].seq + 1) == 24
    index.close()


def test_words_are_found_in_lines_and_in_what_is_written_in_pieces(tmp_path: Path) -> None:
    log = logger(tmp_path)
    for event in (said("The “Heffalump”\nsleeps"), finished("x" * 20_000 + " Ä heffaLUMP"), said("nothing")):
        log.event(event)
    log.close()
    index = grown(LogIndex(tmp_path / "logs", "s"))
    assert list(index.matching("heffalump", 0, len(index))) == [0, 1]
    assert list(index.matching("heffalump", 1, len(index))) == [1]
    assert list(index.matching("ä HEFFA", 0, len(index))) == [1]
    assert list(index.matching("”\nSleeps", 0, len(index))) == [0]
    index.close()


def test_it_grows_with_the_log_and_takes_no_line_that_is_not_whole(tmp_path: Path) -> None:
    assert not LogIndex(tmp_path / "logs", "s").grow()
    log = logger(tmp_path, part_bytes=2_000)
    log.event(Notice(at=AT, worker="w", level="info", text="one"))
    index = grown(LogIndex(tmp_path / "logs", "s"))
    assert len(index) == 1
    with log.comms_path.open("ab") as file:
        file.write(b'{"seq":2,"at":1.0,"kind":"eve')
    assert not index.grow()
    with log.comms_path.open("r+b") as file:
        file.truncate(file.seek(0, 2) - 29)
    for number in range(9):
        log.event(Notice(at=AT, worker="w", level="info", text=f"{number} " * 200))
    log.close()
    assert len(grown(index)) == 10
    event = index.record(9)
    assert event is not None
    assert event.event() == Notice(at=AT, worker="w", level="info", text="8 " * 200)
    index.close()
