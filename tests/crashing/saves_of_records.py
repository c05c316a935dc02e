"""How what happened is saved: the session's logs and what proves them, old logs, the ledger."""

import os
from pathlib import Path
from typing import Any

from saving import Do, SavePath

from copilot.record.ledger import FOLD_BYTES, Ledger
from copilot.record.ledger_lines import Spent, spent_line
from copilot.record.log_keeping import LogKeeper
from copilot.record.log_reader import LogReader
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import Event, TextDelta, ToolCallRequested, ToolFinished, TurnFinished
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.log_settings import LogSettings
from copilot.vocabulary.values import Usage, WireRecord

AT = 1_800_014_400.0
TURN: dict[str, Any] = {"at": AT, "worker": "w1", "turn_id": "t1", "branch": "main"}
LONG = "".join(f"line {number} of a long body\n" for number in range(900))


def wire(number: int) -> WireRecord:
    return WireRecord(
        provider="anthropic", direction="request", method="POST", url="http://127.0.0.1/", status=0,
        body=f"{number} {LONG}", sha256="",
    )  # fmt: skip


def logger(root: Path) -> SessionLogger:
    return SessionLogger(
        root / "logs", "s1", Redactor(()), lambda: AT, state=root / "state", part_bytes=20_000
    )


def play_log(root: Path, do: Do) -> None:
    log = logger(root)

    def event(one: Event) -> None:
        log.event(one)
        told()

    def told() -> None:
        """A log never raises: its trouble is told once."""
        if log.trouble:
            trouble, log.trouble = log.trouble, ""
            raise StorageError(trouble)

    def sent(number: int) -> None:
        log.wire(wire(number))
        told()

    def closed() -> None:
        log.close()
        told()

    do("call", lambda: event(ToolCallRequested(call_id="c", name="run", arguments={"a": 1}, **TURN)))
    do("sent", lambda: sent(1))
    do("sent again", lambda: sent(2))
    do("words", lambda: event(TextDelta(text="piece", **TURN)))
    do("finished", lambda: event(_FINISHED))
    do("turn", lambda: event(TurnFinished(text="end", rounds=1, reason="answered", **TURN)))
    do("closed", closed)


_FINISHED = ToolFinished(
    call_id="c", name="run", status="ok", output="the result\n", exit_code=0, seconds=0.1, **TURN
)


def seen_log(root: Path) -> object:
    """What a next program finds once it has put the end in order; nothing may look changed by hand."""
    if not list((root / "logs").glob("comms_s1*")):
        return ()
    LogKeeper(root / "logs", root / "state", LogSettings(), lambda: AT).keep()
    with LogReader(root / "logs", "s1", root / "state") as reader:
        found = [record for record in reader.records() if record.kind != "repair"]
        assert all(record.standing == "proven" for record in found)
        words = [trouble.words for trouble in reader.troubles]
        end = reader.end()
        assert end is None or end.level == "crash", end
    assert all("did not take" in one or "not written" in one for one in words), words
    calls = root / "logs" / "toolcalls_s1.log"
    finished = sum(type(record.event()).__name__ == "ToolFinished" for record in found)
    pages = calls.read_text().count("the result") if calls.exists() else 0
    assert pages <= finished or pages == finished == 0
    # A line that a disk refused first and took later is there twice: the log does not forget the gap.
    names = [type(event).__name__ if (event := record.event()) else "wire" for record in found]
    return tuple(name for at, name in enumerate(names) if name == "wire" or name not in names[:at])


_LOGGED = ("ToolCallRequested", "wire", "wire", "TextDelta", "ToolFinished", "TurnFinished")
LOG = SavePath(
    name="the session's log, its proof and the log of tool calls",
    modules=("record/session_logger.py", "record/comms_log.py", "record/anchors.py", "storage/append.py"),
    play=play_log,
    seen=seen_log,
    states=(*(_LOGGED[:n] for n in range(len(_LOGGED) + 1)), _LOGGED),
    power=False,  # what is not synced may go: tests/record cuts the power of a log
)


def before_keeping(root: Path) -> None:
    for name, days in (("older", 40.0), ("old", 20.0), ("young", 0.0)):
        log = SessionLogger(
            root / "logs", name, Redactor(()), lambda: AT, state=root / "state", part_bytes=2**20
        )
        log.event(TurnFinished(text=f"end of {name}", rounds=1, reason="answered", **TURN))
        log.close()
        os.utime(root / "logs" / f"comms_{name}.log", (AT - days * 86_400, AT - days * 86_400))


def play_keeping(root: Path, do: Do) -> None:
    settings = LogSettings(compress_days=7, days=30)
    do("kept", lambda: LogKeeper(root / "logs", root / "state", settings, lambda: AT).keep())


def seen_keeping(root: Path) -> object:
    play_keeping(root, lambda _, action: action())
    found: dict[str, str] = {}
    for name in ("older", "old", "young"):
        with LogReader(root / "logs", name, root / "state") as reader:
            events = [event for record in reader.records() if (event := record.event())]
            assert not reader.troubles
            assert all(isinstance(event, TurnFinished) for event in events)
            found[name] = f"{len(events)} {reader.end() if events else None}"
    assert not (root / "logs" / "comms_old.log").exists()
    return tuple(found.values())


KEEPING = SavePath(
    name="old logs that are compressed and removed",
    modules=("record/log_keeping.py",),
    before=before_keeping,
    play=play_keeping,
    seen=seen_keeping,
    states=(("0 None", "1 None", "1 None"),) * 2,
    power=False,  # the mark of when it was done last
)


def utc_day(at: float) -> str:
    import datetime

    return datetime.datetime.fromtimestamp(at, datetime.UTC).date().isoformat()


def spent(at: float, usd: float) -> Spent:
    return Spent(
        day=utc_day(at), project="shop", branch="main", provider="anthropic", model="m",
        turn="t1", round=1, at=at, usd=usd,
    )  # fmt: skip


def before_ledger(root: Path) -> None:
    """Nearly as much as is folded."""
    (root / "state").mkdir(parents=True)
    line = spent_line("x" * 40, replace(spent(AT - 20 * 86_400, 0.0), provider="long" * 2_000))
    with (root / "state" / "ledger.jsonl").open("wb") as file:
        for number in range(FOLD_BYTES // len(line)):
            file.write(line.replace(b"x" * 40, b"%040d" % number))
        file.write(spent_line("y", replace(spent(AT, 0.0), provider="l" * (FOLD_BYTES - file.tell() - 700))))


def play_ledger(root: Path, do: Do) -> None:
    book = Ledger(root / "state" / "ledger.jsonl", day_of=utc_day)
    caps = Caps(day_usd=100.0)
    do("reserved", lambda: book.reserve("a", spent(AT, 2.0), caps))
    do("settled", lambda: book.settle("a", Usage(input_tokens=5), 0.25))
    do("reserved", lambda: book.reserve("b", spent(AT, 4.0), caps))
    do("released", lambda: book.release("b"))
    do("added", lambda: book.add("c", spent(AT, 8.0)))
    do("added", lambda: book.add("d", spent(AT, 16.0)))
    do("renamed", lambda: book.rename("shop", "main", "other"))


def seen_ledger(root: Path) -> object:
    book = Ledger(root / "state" / "ledger.jsonl", day_of=utc_day)
    assert book.reserve("end", spent(AT - 3 * 86_400, 0.0), Caps()) is None  # it can be written to
    assert book.damaged == 0
    found = book.entries()
    day = [one for one in found if one.day == utc_day(AT)]
    return sum(one.usd for one in day), {one.branch for one in day} or {"main"}


LEDGER = SavePath(
    name="the ledger",
    modules=("record/ledger.py", "record/ledger_file.py"),
    before=before_ledger,
    play=play_ledger,
    seen=seen_ledger,
    states=(
        (0.0, {"main"}), (2.0, {"main"}), (0.25, {"main"}), (4.25, {"main"}), (0.25, {"main"}),
        (8.25, {"main"}), (24.25, {"main"}), (24.25, {"other"}),
    ),
    power=False,  # without a cap nothing is synced: docs/files.md
)  # fmt: skip

PATHS = (LOG, KEEPING, LEDGER)
