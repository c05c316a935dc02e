"""Which request and which answer on the wire an event of a log belongs to."""

from datetime import UTC, datetime
from typing import cast

from copilot.record.log_index import LogIndex
from copilot.record.record_text import body_text, record_text
from copilot.record.whole_records import Record
from copilot.vocabulary.frozen import frozen

_FAR = 20_000
"""Records to each side that are looked at."""


@frozen(kw_only=False)
class Exchange:
    """Two records by their numbers in the index; None where there is none."""

    request: int | None
    response: int | None


def exchange_of(index: LogIndex, number: int) -> Exchange:
    """What went over the wire with a record: of the round of its turn, or the record itself.

    Lines of the wire do not say of which turn they are: where several turns run at once it is the nearest.
    """
    entry = index.entry(number)
    if entry.name == "RequestSent":
        request = _find(index, range(number + 1, _last(index, number)), "request", ("RequestSent",))
    elif (entry.kind, entry.name) == ("wire", "request"):
        request = number
    else:
        back = range(number - 1, max(-1, number - _FAR), -1)
        request = _find(index, back, "request", ("TurnStarted",))
    if (entry.kind, entry.name) == ("wire", "response"):
        return Exchange(request, number)
    if request is None:
        return Exchange(None, None)
    return Exchange(request, _find(index, range(request + 1, _last(index, request)), "response", ()))


def text_of(record: Record) -> str:
    """A record as text; of one of the wire, what it is and then its body opened."""
    if record.kind != "wire":
        when = f"{datetime.fromtimestamp(record.at, UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
        at = {"at": when} if "at" in record.body else {}
        return record_text({"number": record.seq, **record.body, **at})
    about = {name: value for name, value in record.body.items() if name != "body" and value != ""}
    body = body_text(cast(str, record.body.get("body", "")))
    return f"{record_text({'number': record.seq, **about})}\n\n{body}"


def _last(index: LogIndex, number: int) -> int:
    return min(len(index), number + _FAR)


def _find(index: LogIndex, numbers: range, direction: str, stops: tuple[str, ...]) -> int | None:
    """The first record of the wire in this direction; None where an event of `stops` comes first."""
    for number in numbers:
        entry = index.entry(number)
        if entry.kind == "wire" and entry.name == direction:
            return number
        if entry.kind == "wire" and direction == "response":
            return None  # another request began
        if entry.name in stops:
            return None
    return None
