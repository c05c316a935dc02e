"""What was spent, by all programs that share a home: one file of lines, `state/ledger.jsonl`.

A request that costs money is reserved at its most before it leaves, and settled after it. A killed
program loses nothing that was written; where there is a cap the reservation is on the medium, too, since a
power cut must not make room below it.
Reading, checking the caps and reserving happen under one lock, so that two programs cannot both slip below a
cap. A reservation that nothing ended, since its program was killed, goes on counting at its most: nobody can
tell what the service charged.

Days are the person's own (local time), each request's when it left. A day's sum takes in what was spent under
the next day's date: then the clock went back over midnight, and a cap must not be had twice by that.
"""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path

from copilot.record.ledger_file import LedgerFile
from copilot.record.ledger_lines import (
    Ended,
    Renamed,
    Spent,
    ended_line,
    folded_line,
    released_line,
    renamed_line,
    reserved_line,
    spent_line,
)
from copilot.record.tally import MOST_TURNS, Tally, entries_of
from copilot.record.usage_sums import NOTHING, Key, added
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.caps import CAP_SCOPES, Caps, CapScope
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import Usage

KEPT_DAYS = 8
"""Days, today included, whose requests are kept one by one; older ones become a sum for each model."""

FOLD_BYTES = 256 * 1024
"""A file smaller than this is left as it is; one that was folded may double before it is folded again."""

_TINY = 1e-9


def local_day(at: float) -> str:
    """The person's own day at a time (UTC seconds), as `2026-11-21`."""
    return date.fromtimestamp(at).isoformat()


@frozen
class Over:
    """A cap that a request may pass; `spent_usd` is what its scope has used until now."""

    scope: CapScope
    cap_usd: float
    spent_usd: float


class Ledger:
    """The file, made when there is something to write. From any thread; everything raises StorageError.

    `damaged` counts lines that could not be read; a copy of the file that held them is kept beside it.
    """

    def __init__(
        self,
        path: Path,
        *,
        disk: Disk = SYSTEM_DISK,
        day_of: Callable[[float], str] = local_day,
        most_turns: int = MOST_TURNS,
    ) -> None:
        self.damaged = 0
        self._most_turns = most_turns
        self._file = LedgerFile(path, disk)
        self._day_of = day_of
        self._door = threading.Lock()
        self._forget()

    def reserve(
        self,
        id_: str,
        spent: Spent,
        caps: Caps,
        allowed: frozenset[CapScope] = frozenset(),
        ended: Ended | None = None,
    ) -> Over | None:
        """Put down that a request may cost `spent.usd` at the most; None when that is done (see the head).

        Where that may pass a cap nothing is put down, and that cap is the answer; those that the person
        `allowed` to be passed are not looked at. How another request `ended` is put down in the same write:
        where there are caps `end` it before, for they are looked at first.
        """
        with self._held():
            over = self._over(spent, caps, allowed)
            if over is None:
                before = () if ended is None else (ended_line(ended),)
                self._append((*before, reserved_line(id_, spent)), sync=caps.any)
                self._fold_when_large(spent.day)
            return over

    def end(self, ended: Ended) -> None:
        """What a request used and cost."""
        with self._held():
            self._append((ended_line(ended),), sync=False)
            known = ended.spent or self._tally.open.get(ended.id)
            if known is not None:
                self._fold_when_large(known.day)

    def settle(self, id_: str, usage: Usage, usd: float | None, *, estimated: bool = False) -> None:
        """The same of a request that was reserved."""
        self.end(Ended(id=id_, usage=usage, usd=usd, estimated=estimated))

    def release(self, id_: str) -> None:
        """A reserved request surely cost nothing."""
        with self._held():
            self._append((released_line(id_),), sync=False)

    def add(self, id_: str, spent: Spent) -> None:
        """A request that has ended and that nothing was reserved for: it cost nothing, or nobody knows."""
        self.end(Ended(id=id_, spent=spent))

    def rename(self, project: str, branch: str, to: str) -> None:
        """What was spent on a branch was spent on `to`, which is its name from now on. Where there was one
        of that name before, what it spent is counted with it."""
        with self._held():
            if self._tally.sum([("branch", project, branch)]) != NOTHING:
                renamed = Renamed(project=project, branch=branch, to=to)
                self._append((renamed_line(renamed),), sync=False)

    def place(
        self, at: float, project: str, branch: str, turn: str, number: int, provider: str, model: str
    ) -> Spent:
        """A request that leaves now, with nothing spent on it yet."""
        return Spent(
            day=self._day_of(at),
            project=project,
            branch=branch,
            provider=provider,
            model=model,
            turn=turn,
            round=number,
            at=at,
        )

    def sums(self, at: float, project: str, branch: str, turn: str, without: str = "") -> Mapping[str, Spent]:
        """What was spent in the turn, on the branch, in the project and on the day, by these names.

        What is reserved under the id `without` is left out.
        """
        with self._door:
            self._catch_up()
            named = self._keys(self._day_of(at), project, branch)
            left = self._tally.open.get(without)
            sums = {name: self._tally.sum(keys, left) for name, keys in named.items()}
            return {"turn": self._of_turn(turn, without)} | sums

    def by_branch(self, project: str, branches: Iterable[str], without: str = "") -> Mapping[str, Spent]:
        """What was spent on each of these branches; those that spent nothing are left out."""
        with self._door:
            self._catch_up()
            left = self._tally.open.get(without)
            found = {name: self._tally.sum([("branch", project, name)], left) for name in branches}
            return {name: spent for name, spent in found.items() if spent != NOTHING}

    def entries(self) -> tuple[Spent, ...]:
        """Everything, oldest first: requests of the newest days, sums of the days before."""
        with self._door:
            return tuple(entries_of(self._file.lines()).values())

    def _of_turn(self, turn: str, without: str = "") -> Spent:
        """What was spent in a turn; in one of long ago, by what the lines say."""
        known = self._tally.of_turn(turn, self._tally.open.get(without))
        if known is not None:
            return known
        entries = entries_of(self._file.lines())
        return added(one for id_, one in entries.items() if one.turn == turn and id_ != without)

    def _keys(self, day: str, project: str, branch: str) -> dict[str, tuple[Key, ...]]:
        following = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        return {
            "branch": (("branch", project, branch),),
            "project": (("project", project),),
            "day": (("day", day), ("day", following)),
        }

    def _over(self, spent: Spent, caps: Caps, allowed: frozenset[CapScope]) -> Over | None:
        keys = self._keys(spent.day, spent.project, spent.branch)
        for scope in CAP_SCOPES:
            cap = caps.of(scope)
            if cap is not None and scope not in allowed and spent.usd > 0:
                of = self._of_turn(spent.turn) if scope == "turn" else self._tally.sum(keys[scope])
                used = of.usd
                if used + spent.usd > cap + _TINY:
                    return Over(scope=scope, cap_usd=cap, spent_usd=used)
        return None

    @contextlib.contextmanager
    def _held(self) -> Generator[None]:
        """The file is ours, what others wrote is known, and it ends in a whole line."""
        with self._door, self._file.locked():
            self._catch_up()
            if self._tally.bad:
                self._set_damaged_aside()
            yield

    def _append(self, lines: tuple[bytes, ...], *, sync: bool) -> None:
        """Write lines at once; after an error none of them is in the file."""
        self._file.append(b"".join(lines), sync=sync)
        self._own += lines

    def _take_own(self) -> None:
        """Count what we wrote ourselves. Nobody waits for it while a request is about to leave."""
        own, self._own = self._own, []
        for line in own:
            self._tally.take(line)

    def _catch_up(self) -> None:
        """Read what was written since the last look; all of it where the file is another one."""
        self._take_own()
        anew, lines = self._file.news()
        if anew:
            self._forget()
        for line in lines:
            self._tally.take(line)

    def _forget(self) -> None:
        self._tally = Tally(self._most_turns)
        self._own: list[bytes] = []
        """Lines of ours that are in the file and not counted yet."""

    def _fold_when_large(self, today: str) -> None:
        """Old days become sums, and each newer request one line. Totals stay what they are."""
        if self._file.size > max(FOLD_BYTES, 2 * self._tally.folded_size):
            self._take_own()
            self._rewrite((date.fromisoformat(today) - timedelta(days=KEPT_DAYS - 1)).isoformat())

    def _rewrite(self, first_day: str) -> None:
        """Replace the file; requests of days before `first_day` are summed up."""
        old: defaultdict[Key, list[Spent]] = defaultdict(list)
        lines: list[bytes] = []
        for id_, spent in entries_of(self._file.lines()).items():
            if spent.day < first_day:
                old[spent.day, spent.project, spent.branch, spent.provider, spent.model].append(spent)
            elif not spent.turn and id_.startswith("sum "):
                lines.append(spent_line("", spent))
            elif spent.open_usd:
                lines.append(reserved_line(id_, spent))
            else:
                lines.append(spent_line(id_, spent))
        data = b"".join([*(spent_line("", added(found)) for _, found in sorted(old.items())), *lines])
        data = folded_line(self._tally.folds + 1, len(data)) + data
        self._file.replace(data)
        self._catch_up()

    def _set_damaged_aside(self) -> None:
        """Keep a copy of the file as it is, and go on with every line that can be read."""
        self.damaged += self._tally.bad
        self._file.copy_aside()
        self._rewrite("")
