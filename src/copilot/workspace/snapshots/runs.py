"""The runs of one base directory: begun and ended around each gated call, shown, undone, redone, restored.

Whoever calls `begin`, `end`, `undo`, `redo` or `restore` holds the turn lock of the base directory, so that
nothing of ours changes it meanwhile. An undo is itself a run. One that was cut short by a kill is finished by
whoever comes next.
"""

import os
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

from copilot.storage.disk import make_folder, storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.run_events import RunChange
from copilot.workspace.names import shown
from copilot.workspace.snapshots.cleaning import Cleaned, clean
from copilot.workspace.snapshots.nodes import BOUNDS, Bounds
from copilot.workspace.snapshots.register import About, Register, Run
from copilot.workspace.snapshots.shelf import Forgotten, forget_unused
from copilot.workspace.snapshots.store import SnapshotStore
from copilot.workspace.snapshots.taking import Known, Taken, Taker
from copilot.workspace.snapshots.telling import history_changed, told
from copilot.workspace.snapshots.turning import Turned, Turner

_WAIT_SECONDS = 120.0
"""For another snapshot of the same base directory, at most."""

Cancelled = Callable[[], bool]


def never() -> bool:
    """Nobody stops it."""
    return False


@frozen
class Told:
    """A run with what it changed, and how many changes were left out of that.

    `by` is the run that just undid, redid or restored it (its own, for a restore), None for a mere look;
    `touched` are the paths which that wrote. `taken` is the snapshot at the end of a run; `cleaned` and
    `forgotten` are what went then to stay within the bounds.
    """

    run: Run
    changes: tuple[RunChange, ...]
    more: int
    taken: Taken | None = None
    by: Run | None = None
    touched: tuple[str, ...] = ()
    cleaned: Cleaned | None = None
    forgotten: tuple[Forgotten, ...] = ()


class Runs:
    """Of one base directory. `folder` holds the stores of all; `own` are our files in the base directory.

    `settle` finishes what else a killed program left half done there; its sentences are for the person.
    """

    def __init__(
        self,
        folder: Path,
        base_dir: Path,
        *,
        clock: Callable[[], float],
        own: Sequence[str] = (),
        keys: Collection[str] = (),
        bounds: Bounds = BOUNDS,
        settle: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self.base_dir = Path(os.path.realpath(base_dir))
        self.path = folder / f"{sha256(os.fsencode(self.base_dir)).hexdigest()[:32]}.db"
        self._notices: tuple[str, ...] = ()
        self._settle = settle
        self._clock = clock
        self._own = frozenset(own)
        self._keys = keys
        self.bounds = bounds
        self._known = Known()
        self._tidied = False

    def warm(self, cancelled: Cancelled = never) -> Taken:
        """Read what changed since the last snapshot, so that the next one takes less. Changes no run."""
        with self._open() as store:
            return self._take(store, cancelled)

    def begin(self, about: About, cancelled: Cancelled = never) -> tuple[int, Taken]:
        """Keep the base directory as it is before a run; the run's number. Raises StorageError."""
        with self._open() as store:
            self._recover(store)
            taken = self._take(store, cancelled)
            register = Register(store)
            with store.change():
                number = register.insert(about, "run", (), self._clock(), taken.root)
            return number, taken

    def end(self, number: int, beyond: Sequence[str] = ()) -> Told:
        """Keep the base directory as it is after the run, and say what changed. Raises StorageError.

        `beyond` says what else of the run no undo brings back.
        """
        with self._open() as store:
            taken = self._take(store, never)
            left_out = (*beyond, *taken.left_out)
            run = replace(Register(store).run(number), after=taken.root, left_out=left_out)
            with store.change():
                Register(store).update(run)
            found = replace(_tell(store, run), taken=taken)
            found = replace(found, cleaned=clean(store, self.bounds, self._clock()))
        return replace(found, forgotten=self._forget_unused())

    def show(self, key: str) -> Told:
        """A run by its call's id or its number, and what it changed. Raises ProjectError for none."""
        self._need()
        with self._open() as store:
            return _tell(store, Register(store).find(key))

    def all(self) -> tuple[Run, ...]:
        """Every run that is kept, the newest first."""
        if not self.path.exists():
            return ()
        with self._open() as store:
            return Register(store).runs("1", ())

    def undo(self, key: str = "") -> Told:
        """Bring back what was before a run (without `key`: the newest not undone).

        Raises ProjectError where there is none, or it is undone already.
        """
        self._need()
        with self._open() as store:
            self._recover(store)
            run = Register(store).find(key) if key else Register(store).newest("done")
            if run.state == "undone":
                raise ProjectError(f"run {run.number} is undone already", "Redo it instead.")
            return self._told(store, run, self._turner(store).turn(run, "undo"))

    def redo(self, key: str = "") -> Told:
        """Do again what a run did (without `key`: the one undone last). Raises ProjectError."""
        self._need()
        with self._open() as store:
            self._recover(store)
            run = Register(store).find(key) if key else Register(store).newest("undone")
            if run.state == "done":
                raise ProjectError(f"run {run.number} was not undone", "There is nothing to redo.")
            return self._told(store, run, self._turner(store).turn(run, "redo"))

    def restore(self, keys: Sequence[str], about: About) -> Told:
        """Undo all these runs, the newest first, as one. Those undone already, or forgotten, are left out.

        Raises ProjectError where none is left.
        """
        self._need()
        with self._open() as store:
            self._recover(store)
            wanted = [run for key in dict.fromkeys(keys) for run in Register(store).matching(key)]
            runs = {run.number: run for run in wanted if run.state == "done" and run.after}
            if not runs:
                raise ProjectError("nothing that came after changed a file, as far as it is still kept")
            turned = self._turner(store).restore(tuple(runs.values()), about)
            return self._told(store, turned.by, turned)

    def clean(self, keep: int = 0) -> Cleaned | None:
        """Forget all but the newest `keep` runs; None where there was nothing to forget."""
        if not self.path.exists():
            return None
        with self._open() as store:
            self._recover(store)
            return clean(store, replace(self.bounds, runs=keep), self._clock(), asked=True)

    def said(self) -> tuple[str, ...]:
        """What the person should know since the last call."""
        said, self._notices = self._notices, ()
        return said

    @property
    def size(self) -> int:
        """Bytes that the store takes."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def _forget_unused(self) -> tuple[Forgotten, ...]:
        """Of other base directories, once: what nobody has used for long, or there is no room for."""
        if self._tidied:
            return ()
        self._tidied = True
        return forget_unused(self.path.parent, self.bounds, self._clock(), keep=(self.path,))

    def _need(self) -> None:
        """Looking for a run makes no store."""
        if not self.path.exists():
            raise ProjectError("nothing has been run here yet, or what was run is no longer kept")

    @contextmanager
    def _open(self) -> Generator[SnapshotStore]:
        make_folder(self.path.parent)
        with (
            hold(self.path.with_suffix(".lock"), wait_seconds=_WAIT_SECONDS),
            SnapshotStore(self.path, str(self.base_dir)) as store,
        ):
            if store.notices:
                self._notices += store.notices
                self._known = Known()
            yield store

    def _recover(self, store: SnapshotStore) -> None:
        """Finish, or take back, what a kill cut short."""
        try:
            self._notices += tuple(self._settle())
        except OSError as error:
            raise storage_error("taking back what was half applied in", self.base_dir, error) from error
        self._turner(store).recover()
        register = Register(store)
        if killed := register.runs("after = ''", ()):  # what is there now is what they left
            root = self._take(store, never).root
            with store.change():
                for run in killed:
                    register.update(replace(run, after=root, interrupted=True))

    def _turner(self, store: SnapshotStore) -> Turner:
        return Turner(store, self.base_dir, partial(self._take, store, never), self._clock)

    def _take(self, store: SnapshotStore, cancelled: Cancelled) -> Taken:
        return Taker(
            store=store,
            base_dir=self.base_dir,
            known=self._known,
            bounds=self.bounds,
            cancelled=cancelled,
            own=self._own,
            keys=self._keys,
        ).take()

    def _told(self, store: SnapshotStore, run: Run, turned: Turned) -> Told:
        found = _tell(store, Register(store).run(run.number))
        return replace(found, by=turned.by, touched=turned.touched)


def _tell(store: SnapshotStore, run: Run) -> Told:
    if not run.after:
        return Told(run=run, changes=(), more=0)
    changes, more = told(store, run.before, run.after)
    marked = history_changed(store, run.before, run.after)
    said = tuple(f"{shown(path)}: it changed; no undo touches it" for path in marked)
    return Told(run=replace(run, left_out=(*said, *run.left_out)), changes=changes, more=more)
