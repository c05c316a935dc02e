"""Keeps a store small: the oldest runs are forgotten, and with them whatever only they needed."""

from copilot.vocabulary.frozen import frozen
from copilot.workspace.snapshots.nodes import Bounds
from copilot.workspace.snapshots.store import SnapshotStore

_DAY = 86_400.0
_SHARE = 4
"""Where the store is too large, one in so many runs is forgotten, until it is not."""


@frozen
class Cleaned:
    """Numbers of the runs that were forgotten, bytes that came free, and why."""

    runs: tuple[int, ...]
    freed: int
    why: str


def clean(store: SnapshotStore, bounds: Bounds, now: float, *, asked: bool = False) -> Cleaned | None:
    """Forget runs beyond the bounds; None where nothing was. The newest run stays, unless `asked`."""
    rows = store.run("SELECT id, begun FROM runs WHERE id NOT IN (SELECT run FROM pending) ORDER BY id")
    least = 0 if asked else 1
    old = [int(number) for number, begun in rows if begun < now - bounds.days * _DAY]
    why = f"older than {bounds.days:g} days"
    if len(rows) - len(old) > max(bounds.runs, least):
        old = [int(number) for number, _ in rows[: len(rows) - max(bounds.runs, least)]]
        why = "cleaned as asked" if asked else f"more than {bounds.runs:,} runs"
    if not asked:
        old = old[: max(len(rows) - least, 0)]
    size = store.size
    if not old and not asked and size <= bounds.store:
        return None
    gone = list(old)
    if gone or asked:
        _forget(store, gone)
    left = [int(number) for number, _ in rows if int(number) not in set(gone)]
    while store.size > bounds.store and len(left) > 1:
        some = left[: max(len(left) // _SHARE, 1)]
        left = left[len(some) :]
        gone += some
        why = f"more than {bounds.store // 1_000_000:,} MB"
        _forget(store, some)
    return Cleaned(runs=tuple(gone), freed=max(size - store.size, 0), why=why) if gone else None


def _forget(store: SnapshotStore, runs: list[int]) -> None:
    with store.change():
        store.many("DELETE FROM runs WHERE id = ?", ((number,) for number in runs))
    roots = [str(root) for pair in store.run("SELECT before, after FROM runs") for root in pair]
    store.sweep([*roots, store.root])
