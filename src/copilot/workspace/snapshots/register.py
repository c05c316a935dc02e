"""The rows of the runs in a store: put in, found by a call's id or by number, changed."""

import json
from collections.abc import Sequence
from typing import Any, cast

from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.run_events import RunAct, RunState
from copilot.workspace.snapshots.planning import Contradiction
from copilot.workspace.snapshots.store import SnapshotStore

_COLUMNS = "id, call_id, project, branch, act, words, of, begun, state, before, after, told"


@frozen
class About:
    """Whose run it is. `words` say in a few what it does; `call_id` is empty for the person's own."""

    call_id: str
    project: str
    branch: str
    words: str


@frozen
class Run:
    """One run as it is kept. `of` are the runs that an undo, a redo or a restore is about.

    `before` and `after` are idents of trees, `after` empty as long as it is under way; `begun` UTC seconds.
    """

    number: int
    about: About
    act: RunAct
    of: tuple[int, ...]
    begun: float
    state: RunState
    before: str
    after: str
    left_out: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    clashes: tuple[Contradiction, ...] = ()
    interrupted: bool = False


@frozen(kw_only=False)
class Register:
    """The runs of an open store. Every method raises StorageError."""

    store: SnapshotStore

    def find(self, key: str) -> Run:
        """A run by its call's id or its number. Raises ProjectError for none."""
        found = self.matching(key)
        if not found:
            hint = "Older runs are forgotten in time; `copilot changes` lists those that are kept."
            raise ProjectError(f"there is no run {key!r} here", hint)
        return found[0]

    def matching(self, key: str) -> tuple[Run, ...]:
        """By a call's id, the newest first, or by number."""
        found = self.runs("call_id = ? AND call_id != ''", (key,))
        if not found and key.isascii() and key.isdecimal() and len(key) < 16:
            found = self.runs("id = ?", (int(key),))
        return found

    def newest(self, state: RunState) -> Run:
        """The newest run of a tool, or restore, in this state that changed anything."""
        where = "state = ? AND act IN ('run', 'restore') AND after != '' AND after != before"
        runs = self.runs(where, (state,))
        if state == "undone":
            turned = [one for run in self.runs("act = 'undo'", ()) for one in run.of]
            runs = tuple(
                sorted(runs, key=lambda run: turned.index(run.number) if run.number in turned else 0)
            )
        if not runs:
            raise ProjectError(f"there is no run to {'undo' if state == 'done' else 'redo'} here")
        return runs[0]

    def run(self, number: int) -> Run:
        """One that is there."""
        return self.runs("id = ?", (number,))[0]

    def runs(self, where: str, values: Sequence[object]) -> tuple[Run, ...]:
        """Those that fit a condition, the newest first."""
        sql = f"SELECT {_COLUMNS} FROM runs WHERE {where} ORDER BY id DESC"
        return tuple(map(_run_of, self.store.run(sql, values)))

    def insert(self, about: About, act: RunAct, of: tuple[int, ...], begun: float, before: str) -> int:
        """A run that begins; its number."""
        row = (about.call_id, about.project, about.branch, act, about.words, json.dumps(of))
        self.store.run(
            f"INSERT INTO runs ({_COLUMNS.removeprefix('id, ')}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (*row, begun, "done", before, "", "{}"),
        )
        return int(self.store.run("SELECT last_insert_rowid()")[0][0])

    def update(self, run: Run) -> None:
        """What is known at its end."""
        said: dict[str, object] = {
            "left_out": run.left_out,
            "merged": run.merged,
            "clashes": [[one.path, one.kept, one.why] for one in run.clashes],
            "interrupted": run.interrupted,
        }
        values = (run.after, json.dumps(said), run.number)
        self.store.run("UPDATE runs SET after = ?, told = ? WHERE id = ?", values)

    def flip(self, number: int, state: RunState) -> None:
        """A run that is undone takes what it was about to the other side: the undo of an undo is a redo."""
        self.store.run("UPDATE runs SET state = ? WHERE id = ?", (state, number))
        rows = self.runs("id = ?", (number,))
        if rows and rows[0].act != "run":
            undoes = rows[0].act != "redo"
            below: RunState = "undone" if undoes == (state == "done") else "done"
            for one in rows[0].of:
                self.flip(one, below)


def _run_of(row: tuple[Any, ...]) -> Run:
    number, call_id, project, branch, act, words, of, begun, state, before, after, said = row
    found = cast("dict[str, Any]", json.loads(said))
    return Run(
        number=number,
        about=About(call_id=call_id, project=project, branch=branch, words=words),
        act=act,
        of=tuple(json.loads(of)),
        begun=begun,
        state=state,
        before=before,
        after=after,
        left_out=tuple(found.get("left_out", ())),
        merged=tuple(found.get("merged", ())),
        clashes=tuple(Contradiction(*one) for one in found.get("clashes", ())),
        interrupted=bool(found.get("interrupted", False)),
    )
