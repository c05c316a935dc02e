"""What the lines of the ledger add up to.

Sums are kept by day, project and branch, those of the newest turns, and each request only until it has ended:
months of them cost as much memory as their sums. Who wants more reads the lines again (`entries_of`).
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable

from copilot.record.ledger_lines import Line, Renamed, Spent, read_line
from copilot.record.usage_sums import NOTHING, Key, RunningSum, added, counts_of, keys_of
from copilot.vocabulary.frozen import replace

MOST_TURNS = 16
"""Turns whose sums are kept, about 500 bytes each: those under way are among the newest."""


class Tally:
    """Of all lines that it took, in their order. `bad` of them could not be read.

    `open` are the requests that have not ended. `folds` and `folded_size` are those of the file's first line.
    """

    def __init__(self, most_turns: int = MOST_TURNS) -> None:
        self.bad = 0
        self.folds = 0
        self.folded_size = 0
        self.open: dict[str, Spent] = {}
        self._sums: dict[Key, RunningSum] = {}
        self._most_turns = most_turns
        self._turns: dict[str, RunningSum] = {}
        """What was counted last stands last."""
        self._let_go = array("q")
        """Of the turns that had a sum and have none any more: their hashes, in order."""

    def take(self, data: bytes) -> None:
        """Count a line."""
        line = _read(data)
        if line is None:
            self.bad += 1
            return
        if line.kind == "folded":
            self.folds, self.folded_size = line.folds, line.size
            return
        if line.renamed is not None:
            self._rename(line.renamed)
            return
        known = self.open.pop(line.id, None)
        now = _now(line, known)
        if (
            now is None
        ):  # released, or the end of a request that has ended, was folded, or whose line is damaged
            if known is not None:
                self._count_out(known)
            return
        self._count(now)
        if known is not None:
            self._count_out(known)
        if line.kind == "reserved":
            self.open[line.id] = now

    def sum(self, keys: Iterable[Key], without: Spent | None = None) -> Spent:
        """What was spent under these keys, but for one request."""
        of = () if without is None else keys_of(without)
        counts = None if without is None else counts_of(without)
        found = [self._sums[key].sum(counts if key in of else None) for key in keys if key in self._sums]
        return found[0] if len(found) == 1 else added(found)

    def of_turn(self, turn: str, without: Spent | None = None) -> Spent | None:
        """What was spent in a turn, but for one request; None where the lines alone know it."""
        if self._has_let_go(turn):
            return None
        if turn not in self._turns:
            return NOTHING
        counts = None if without is None or without.turn != turn else counts_of(without)
        return self._turns[turn].sum(counts)

    def _count(self, spent: Spent) -> None:
        counts = counts_of(spent)
        for key in keys_of(spent):
            self._sums.setdefault(key, RunningSum()).put(spent, counts)
        if spent.turn and not self._has_let_go(spent.turn):
            sum_ = self._turns.pop(spent.turn, None) or RunningSum()
            sum_.put(spent, counts)
            self._turns[spent.turn] = sum_
            if len(self._turns) > self._most_turns:
                oldest = next(iter(self._turns))
                del self._turns[oldest]
                insort(self._let_go, hash(oldest))

    def _count_out(self, spent: Spent) -> None:
        counts = counts_of(spent)
        for key in keys_of(spent):
            self._sums[key].drop(counts)
        if spent.turn in self._turns:
            self._turns[spent.turn].drop(counts)

    def _has_let_go(self, turn: str) -> bool:
        """Also of a turn whose hash is another's: then its lines are read for nothing."""
        key = hash(turn)
        at = bisect_left(self._let_go, key)
        return at < len(self._let_go) and self._let_go[at] == key

    def _rename(self, renamed: Renamed) -> None:
        """Everything of the branch becomes the other's."""
        gone = self._sums.pop(("branch", renamed.project, renamed.branch), None)
        if gone is not None:
            there = self._sums.setdefault(("branch", renamed.project, renamed.to), RunningSum())
            there.take_in(gone, renamed.to)
        for id_, spent in self.open.items():
            self.open[id_] = _renamed(spent, renamed)


def entries_of(lines: Iterable[bytes]) -> dict[str, Spent]:
    """Every request by its id, and each sum of a day that is over by a name of its own, oldest first."""
    entries: dict[str, Spent] = {}
    open_ = set[str]()
    for data in lines:
        line = _read(data)
        if line is None:
            continue
        if line.renamed is not None:
            entries = {id_: _renamed(spent, line.renamed) for id_, spent in entries.items()}
            continue
        id_ = line.id or f"sum {len(entries)}"
        known = entries[id_] if id_ in open_ else None
        open_.discard(id_)
        now = _now(line, known)
        if now is not None:
            entries[id_] = now
        elif known is not None:
            del entries[id_]
        if line.kind == "reserved":
            open_.add(id_)
    return entries


def _read(data: bytes) -> Line | None:
    try:
        return read_line(data)
    except (ValueError, RecursionError):
        return None


def _now(line: Line, known: Spent | None) -> Spent | None:
    """The request that a line is about, as it is from here on; None for one that is not, or not known."""
    if line.kind != "settled":
        return line.spent
    return None if known is None else known.settled(line.usage, line.usd, estimated=line.estimated)


def _renamed(spent: Spent, renamed: Renamed) -> Spent:
    if (spent.project, spent.branch) != (renamed.project, renamed.branch):
        return spent
    return replace(spent, branch=renamed.to)
