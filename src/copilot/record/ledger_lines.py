"""The lines of the ledger: a request that is on its way, how it ended, and sums of days that are over.

Each line is a JSON object with its `kind` first:

- `reserved`: a request is about to leave; `usd` is the most that it may cost
- `settled`: what it used and cost; `released`: it surely cost nothing; both name it by `id`
- `spent`: both in one: a request that nothing was reserved for, or that was settled long ago
- `sum`: all requests of one day, project, branch and model
- `renamed`: what the lines above say of a branch is from here on another's, the same under a new name
- `folded`: the first line of a file that was written anew: how often it was, and the bytes it had then
"""

import json
import math
import sys
from datetime import date
from typing import Any, cast

from copilot.vocabulary.frozen import by_name, frozen, names_of, replace
from copilot.vocabulary.values import Usage


@frozen
class Spent:
    """A request, or the sum of several. `day` is the person's own day (`2026-11-21`) when it left.

    `usd` holds `open_usd`, the most that those without an end may have cost. `unpriced` of `requests` have no
    price, `estimated` broke off and are estimated. `turn` and `round` are "" and 0 in sums.
    """

    day: str
    project: str
    branch: str
    provider: str
    model: str
    turn: str = ""
    round: int = 0
    at: float = 0.0
    requests: int = 1
    usage: Usage = Usage()
    usd: float = 0.0
    open_usd: float = 0.0
    unpriced: int = 0
    estimated: int = 0

    def settled(self, usage: Usage, usd: float | None, *, estimated: bool) -> "Spent":
        """The request after its end."""
        return replace(
            self,
            usage=usage,
            usd=usd or 0.0,
            open_usd=0.0,
            unpriced=int(usd is None),
            estimated=int(estimated),
        )


@frozen
class Ended:
    """How a request ended: what it used and cost (None: no price is known).

    `spent` is all of one that nothing was reserved for: then the others are not looked at.
    """

    id: str
    usage: Usage = Usage()
    usd: float | None = None
    estimated: bool = False
    spent: Spent | None = None


@frozen
class Renamed:
    """A branch of a project has another name."""

    project: str
    branch: str
    to: str


@frozen
class Line:
    """One line. `spent` is None where the line only tells how the request with its id ended.

    `folds` and `size` are those of a `folded` line; the size is in bytes, without that line.
    """

    kind: str
    id: str
    spent: Spent | None = None
    usage: Usage = Usage()
    usd: float | None = None
    estimated: bool = False
    folds: int = 0
    size: int = 0
    renamed: Renamed | None = None


def folded_line(folds: int, size: int) -> bytes:
    """The first line of a file that was written anew."""
    return _line("folded", "", {"folds": folds, "bytes": size})


def reserved_line(id_: str, spent: Spent) -> bytes:
    """A request is about to leave."""
    told = {"at": spent.at, **_place(spent), "round": spent.round, "usd": _usd(spent.usd)}
    return _line("reserved", id_, told)


def settled_line(id_: str, usage: Usage, usd: float | None, *, estimated: bool) -> bytes:
    """A request has ended."""
    told: dict[str, Any] = {"usage": by_name(usage), "usd": None if usd is None else _usd(usd)}
    return _line("settled", id_, told | ({"estimated": True} if estimated else {}))


def ended_line(ended: Ended) -> bytes:
    """A request has ended, whether it was reserved or not."""
    if ended.spent is not None:
        return spent_line(ended.id, ended.spent)
    return settled_line(ended.id, ended.usage, ended.usd, estimated=ended.estimated)


def released_line(id_: str) -> bytes:
    """A request surely cost nothing."""
    return _line("released", id_, {})


def renamed_line(renamed: Renamed) -> bytes:
    """A branch has another name."""
    return _line("renamed", "", by_name(renamed))


def spent_line(id_: str, spent: Spent) -> bytes:
    """A whole request, or (without an id) a sum."""
    told: dict[str, Any] = _place(spent)
    if id_:
        told = {"at": spent.at, **told, "round": spent.round}
    told |= {"requests": spent.requests, "usage": by_name(spent.usage), "usd": _usd(spent.usd)}
    for name in ("open_usd", "unpriced", "estimated"):
        if value := getattr(spent, name):
            told[name] = value
    return _line("spent" if id_ else "sum", id_, told)


def read_line(data: bytes) -> Line:
    """What a line says. Raises ValueError for one that this program did not write."""
    found = cast(object, json.loads(data))
    if not isinstance(found, dict):
        raise ValueError("a line of the ledger is a JSON object")
    told = cast(dict[str, Any], found)
    kind, id_ = _text(told, "kind"), _text(told, "id")
    match kind:
        case "reserved":
            most = _number(told, "usd")
            return Line(kind=kind, id=id_, spent=replace(_spent(told), usd=most, open_usd=most))
        case "settled":
            usd = None if told.get("usd") is None else _number(told, "usd")
            estimated = told.get("estimated") is True
            return Line(kind=kind, id=id_, usage=_usage(told), usd=usd, estimated=estimated)
        case "released":
            return Line(kind=kind, id=id_)
        case "renamed":
            names = (_text(told, "project"), _text(told, "branch"), _text(told, "to"))
            return Line(kind=kind, id=id_, renamed=Renamed(project=names[0], branch=names[1], to=names[2]))
        case "folded":
            return Line(kind=kind, id=id_, folds=_count(told, "folds"), size=_count(told, "bytes"))
        case "spent" | "sum":
            spent = replace(
                _spent(told),
                requests=_count(told, "requests"),
                usage=_usage(told),
                usd=_number(told, "usd"),
                open_usd=_number(told, "open_usd"),
                unpriced=_count(told, "unpriced"),
                estimated=_count(told, "estimated"),
            )
            return Line(kind=kind, id=id_, spent=spent)
        case _:
            raise ValueError(f"a line of the ledger is of no kind {kind!r}")


def _line(kind: str, id_: str, told: dict[str, Any]) -> bytes:
    named = {"kind": kind, **({"id": id_} if id_ else {}), **told}
    return json.dumps(named, separators=(",", ":")).encode() + b"\n"


def _place(spent: Spent) -> dict[str, str]:
    """The turn is left out where there is none, as in sums."""
    names = ("day", "project", "branch", "turn", "provider", "model")
    return {name: getattr(spent, name) for name in names if name != "turn" or spent.turn}


def _usd(amount: float) -> float:
    """To a billionth: a tenth of the cheapest token's price."""
    return round(amount, 9)


def _spent(told: dict[str, Any]) -> Spent:
    """Its texts are interned: thousands of requests share a few."""
    return Spent(
        day=sys.intern(date.fromisoformat(_text(told, "day")).isoformat()),
        project=sys.intern(_text(told, "project")),
        branch=sys.intern(_text(told, "branch")),
        provider=sys.intern(_text(told, "provider")),
        model=sys.intern(_text(told, "model")),
        turn=sys.intern(_text(told, "turn")),
        round=_count(told, "round"),
        at=_number(told, "at"),
    )


def _usage(told: dict[str, Any]) -> Usage:
    found = told.get("usage")
    if not isinstance(found, dict):
        raise ValueError("a line of the ledger tells no usage")
    counts = cast(dict[str, Any], found)
    return Usage(**{name: _count(counts, name) for name in names_of(Usage)})


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


def _number(told: dict[str, Any], name: str) -> float:
    value = told.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ValueError(f"{name} is no amount")
    return float(value)


def _count(told: dict[str, Any], name: str) -> int:
    value = told.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} is no count")
    return value
