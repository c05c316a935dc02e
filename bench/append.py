"""What it costs to write one event to a session's log, as a ratio to writing the same bytes to a file.

    .venv/bin/python bench/append.py [--events N] [--synced N] [--bytes a,b] [--runs N] [--markdown]

"bare" is `os.write` (and `os.fsync`) of lines as long as the log's to one open file. Ours is everything that
the logger does: encode the event, look for keys (three are held), number and chain the line, write it; with
sync also the state folder's note of it, which is a second `fsync`. "chained" is what numbering, chaining and
writing alone take. Times are the processor's where nothing is synced, else the clock's. Runs take turns; the
figure is the least of `--runs` (5), which other programs disturb least.

"requests" is a conversation: so many requests of a session as they grow, each with all that was said before.
Its ratios are the size of the log to all bodies together, and the time to writing them bare.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.record.comms_log import CommsLog
from copilot.record.log_reader import LogReader
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.events import Event, TextDelta, ToolFinished, TurnFinished
from copilot.vocabulary.values import WireRecord

KEYS = tuple(f"sk-{name}-0123456789abcdefghij" for name in ("one", "two", "three"))
AT = 1_763_704_800.0
HEAD = ("what", "ours, µs", "chained, µs", "bare, µs", "ours ÷ bare", "chained ÷ bare")
Figures = tuple[float, float, float]
REQUESTS, SYSTEM, MESSAGE = 20, 200_000, 6_000
"""Requests of a conversation, characters of its system prompt with the files, and of each message."""


def plain(text: str) -> Event:
    """An event that is not synced."""
    return TextDelta(at=AT, worker="w", turn_id="t", branch="main", text=text)


def synced(text: str) -> Event:
    """An event that is."""
    return TurnFinished(at=AT, worker="w", turn_id="t", branch="main", text=text, rounds=1, reason="answered")


def clock(*, sync: bool) -> float:
    """Seconds: of the processor, or with `sync`, where the disk is waited for, of the clock."""
    return time.perf_counter() if sync else time.process_time()


def ours(folder: Path, make: Callable[[str], Event], text: str, number: int, *, sync: bool) -> float:
    """Seconds for each event."""
    log = opened(folder)
    log.event(make("the files are made"))
    event = make(text)
    began = clock(sync=sync)
    for _ in range(number):
        log.event(event)
    taken = clock(sync=sync) - began
    log.close()
    assert log.trouble == "", log.trouble
    return taken / number


def chained(folder: Path, text: str, number: int, *, sync: bool) -> float:
    """Seconds for each line of the same length that only is numbered, chained and written."""
    log = CommsLog(folder, folder / "state", "chained", lambda: AT, part_bytes=2**40)
    body = f'"event":{json.dumps(text, ensure_ascii=False)}'
    began = clock(sync=sync)
    for _ in range(number):
        log.write("event", AT, body, sync=sync)
    taken = clock(sync=sync) - began
    log.close()
    return taken / number


def bare(folder: Path, size: int, number: int, *, sync: bool) -> float:
    """Seconds for each line of so many bytes."""
    line = b"x" * (size - 1) + b"\n"
    fd = os.open(folder / "bare.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    began = clock(sync=sync)
    for _ in range(number):
        os.write(fd, line)
        if sync:
            os.fsync(fd)
    taken = clock(sync=sync) - began
    os.close(fd)
    return taken / number


def opened(folder: Path) -> SessionLogger:
    """A logger with nothing in its log."""
    return SessionLogger(folder / "logs", "bench", Redactor(KEYS), lambda: AT, state=folder / "state")


def line_size(make: Callable[[str], Event], text: str) -> int:
    """Bytes of one event's line, the text's pieces left out where it is cut."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        log = opened(folder)
        log.event(make(text))
        log.close()
        return log.comms_path.stat().st_size


def measured(make: Callable[[str], Event], size: int, number: int, runs: int, *, sync: bool) -> Figures:
    """Seconds for an event with us, for its chain alone, and for its bytes bare."""
    text = ("The quick brown fox, été.\n" * (size // 26 + 1))[:size]
    length = line_size(make, text)
    found: list[Figures] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
            folder = Path(made)
            mine = ours(folder, make, text, number, sync=sync)
            chain = chained(folder, "x" * (length - 120), number, sync=sync)
            found.append((mine, chain, bare(folder, length, number, sync=sync)))
    one, two, three = (min(column) for column in zip(*found, strict=True))
    return one, two, three


def conversation() -> list[WireRecord]:
    """The requests of one turn with twenty rounds."""
    system = "".join(f"def f{number}(x):\n    return {{'{number}': x}}\n" for number in range(SYSTEM // 45))
    said: list[dict[str, str]] = []
    found: list[WireRecord] = []
    for number in range(REQUESTS):
        said.append({"role": "user", "content": f"{number} " + 'a word or "two"\n' * (MESSAGE // 16)})
        body = json.dumps({"model": "m", "system": system, "messages": said}, separators=(",", ":"))
        found.append(
            WireRecord(provider="x", direction="request", method="POST", url="u", status=0, body=body)
        )
    return found


def requests(runs: int) -> tuple[float, float, float]:
    """The log's size to all bodies together, processor seconds for a request, and for its bytes bare."""
    records = conversation()
    whole = sum(len(record.body.encode()) for record in records)
    mine, theirs, size = [], [], 0
    for _ in range(runs):
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
            folder = Path(made)
            log = opened(folder)
            began = clock(sync=False)
            for record in records:
                log.wire(record)
            mine.append((clock(sync=False) - began) / REQUESTS)
            log.close()
            size = log.comms_path.stat().st_size
            with LogReader(folder / "logs", "bench", folder / "state") as reader:
                assert [one.wire() for one in reader.records()] == records
            theirs.append(bare(folder, whole // REQUESTS, REQUESTS, sync=False))
    return size / whole, min(mine), min(theirs)


def checking(runs: int) -> tuple[int, float]:
    """Bytes of a log, and seconds to verify it."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        log = opened(Path(made))
        for number in range(20_000):
            log.event(plain(f"piece {number} of an answer"))
            if number % 20 == 0:
                log.event(
                    ToolFinished(
                        at=AT, worker="w", turn_id="t", branch="b", call_id="c", name="x", status="ok",
                        output="line\n" * 1_500, seconds=0.0,
                    )
                )  # fmt: skip
        log.close()
        taken: list[float] = []
        for _ in range(runs):
            began = clock(sync=False)
            with LogReader(Path(made) / "logs", "bench", Path(made) / "state") as reader:
                for _ in reader.records(lambda _: False):
                    pass
                assert reader.end() is None
                assert reader.troubles == []
            taken.append(clock(sync=False) - began)
        return log.comms_path.stat().st_size, min(taken)


def main(argv: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2_000, help="short ones; fewer of long ones")
    parser.add_argument("--synced", type=int, default=100)
    parser.add_argument("--bytes", default="40,1000,10000,100000")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args(argv)
    rows = [HEAD]
    sizes = [int(size) for size in args.bytes.split(",")]
    for size in sizes:
        number = max(10, args.events * 40 // max(size, 40))
        figures = measured(plain, size, number, args.runs, sync=False)
        rows.append(row(f"an event of {size:,} characters", figures))
    for size in sizes[:2]:
        figures = measured(synced, size, args.synced, args.runs, sync=True)
        rows.append(row(f"an event of {size:,} characters, synced", figures))
    share, one, other = requests(args.runs)
    rows.append(row(f"a request of {REQUESTS}; the log has {share:.0%} of the bodies", (one, None, other)))
    for cells in rows:
        print("| " + " | ".join(cells) + " |" if args.markdown else "  ".join(cells))
        if args.markdown and cells is HEAD:
            print("|---|---:|---:|---:|---:|---:|")
    size, seconds = checking(args.runs)
    print(f"\nTo verify a log of {size / 1e6:.1f} MB: {seconds:.2f} s, {size / 1e6 / seconds:.0f} MB/s")
    return 0


def row(what: str, figures: tuple[float, float | None, float]) -> tuple[str, ...]:
    """One line of the table."""
    mine, chain, other = figures
    ratio = "" if chain is None else f"{chain / other:.1f}"
    told = "" if chain is None else f"{chain * 1e6:,.0f}"
    return what, f"{mine * 1e6:,.0f}", told, f"{other * 1e6:,.0f}", f"{mine / other:.1f}", ratio


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
