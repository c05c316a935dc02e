"""Undo, redo and restore as they are done to the files, and finished where a kill cut them short."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.run_events import RunAct
from copilot.workspace.snapshots.hands import Hands
from copilot.workspace.snapshots.planning import Plan, decoded, plan
from copilot.workspace.snapshots.register import About, Register, Run
from copilot.workspace.snapshots.store import SnapshotStore
from copilot.workspace.snapshots.taking import Taken


@frozen
class Turned:
    """The run that did it, and the paths it wrote."""

    by: Run
    touched: tuple[str, ...]


@frozen(kw_only=False)
class Turner:
    """With a store that is open. `take` keeps the base directory as it is now. All raise StorageError."""

    store: SnapshotStore
    base_dir: Path
    take: Callable[[], Taken]
    clock: Callable[[], float]

    def turn(self, run: Run, act: RunAct) -> Turned:
        """Undo or redo a run, as a run of its own. Raises ProjectError for one that is under way."""
        if not run.after:
            raise ProjectError(f"run {run.number} is still under way")
        words = f"{act} of run {run.number}: {run.about.words}"[:200]
        about = replace(run.about, call_id="", words=words)
        mine = self.take().root
        number, found = self._noted(run, act, mine, about)
        applied = Hands(self.store, self.base_dir).apply(found)
        found = replace(found, clashes=(*found.clashes, *applied.failed))
        return Turned(by=self._finish(number, found, run.number, act), touched=applied.touched)

    def restore(self, runs: Sequence[Run], about: About) -> Turned:
        """Undo these runs, the newest first, as one run."""
        ordered = sorted(runs, key=lambda run: -run.number)
        mine = self.take().root
        with self.store.change():
            of = tuple(run.number for run in ordered)
            number = Register(self.store).insert(about, "restore", of, self.clock(), mine)
        touched = list[str]()
        for run in ordered:
            _, found = self._noted(run, "undo", mine, about, number)
            applied = Hands(self.store, self.base_dir).apply(found)
            with self.store.change():
                self._done(number, replace(found, clashes=(*found.clashes, *applied.failed)), run.number)
            touched += applied.touched
            mine = self.take().root
        return Turned(by=self._finish(number), touched=tuple(dict.fromkeys(touched)))

    def recover(self) -> None:
        """Finish what a kill cut short: a plan that was noted is done to its end."""
        register = Register(self.store)
        for number, noted in self.store.run("SELECT run, plan FROM pending"):
            of, act, text = cast("tuple[int, RunAct, str]", json.loads(noted))
            found = decoded(text)
            hands = Hands(self.store, self.base_dir)
            hands.sweep(found)
            applied = hands.apply(found)
            found = replace(found, clashes=(*found.clashes, *applied.failed))
            if register.run(number).act == "restore":
                with self.store.change():
                    self._done(number, found, of)
            else:
                self._finish(number, found, of, act)
        for run in register.runs("after = '' AND act = 'restore'", ()):
            self._finish(run.number)

    def _noted(self, run: Run, act: RunAct, mine: str, about: About, number: int = 0) -> tuple[int, Plan]:
        """The plan, kept before anything is done; with it the run that does it, unless that has a number."""
        base, target = (run.after, run.before) if act == "undo" else (run.before, run.after)
        with self.store.change():
            unsure = run.interrupted and act == "undo"
            found = plan(self.store, base, target, mine, f"run-{run.number}", unsure=unsure)
            if not number:
                number = Register(self.store).insert(about, act, (run.number,), self.clock(), mine)
            noted = json.dumps([run.number, act, found.encoded()])
            self.store.run("INSERT OR REPLACE INTO pending VALUES (?, ?)", (number, noted))
        return number, found

    def _done(self, number: int, done: Plan, of: int, act: RunAct = "undo") -> None:
        """A plan was done: the run it was about has changed sides, and what came of it is noted."""
        register = Register(self.store)
        run = register.run(number)
        merged = tuple(dict.fromkeys((*run.merged, *done.merged)))
        register.update(replace(run, merged=merged, clashes=(*run.clashes, *done.clashes)))
        self.store.run("DELETE FROM pending WHERE run = ?", (number,))
        register.flip(of, "undone" if act == "undo" else "done")

    def _finish(self, number: int, done: Plan | None = None, of: int = 0, act: RunAct = "undo") -> Run:
        """What is there now is what the run left, once its last plan is done; a restore's are done before."""
        taken, register = self.take(), Register(self.store)
        with self.store.change():
            if done is not None:
                self._done(number, done, of, act)
            run = register.run(number)
            stand = [one for one in run.of if run.act == "restore" and register.run(one).state == "done"]
            said = tuple(f"run {one} was not undone: the restore was cut short" for one in stand)
            run = replace(run, after=taken.root, left_out=(*said, *taken.left_out))
            register.update(run)
        return run
