"""What it takes to bring a state back while everything that the person changed since stays.

For each path there are three versions: `base` (what the run left), `target` (what is to come back) and
`mine` (what is there now). Where only one of the last two differs from the base, that one holds; where both
do, texts are merged line by line; where that fails the person's stays in its place and the other one is put
beside it.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, cast

from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.workspace.names import shown
from copilot.workspace.snapshots.merging import merge
from copilot.workspace.snapshots.nodes import Node
from copilot.workspace.snapshots.store import SnapshotStore
from copilot.workspace.snapshots.trees import Difference, Lookup, differences

_LONGEST = 120
"""Bytes of a name that stay where something is added to it."""
_MOST_MERGED = 5_000_000
"""Bytes; larger files are not merged."""


@frozen(kw_only=False)
class Step:
    """One path: what must be there now (None: nothing) and what is to be there."""

    path: str
    expect: Node | None
    want: Node | None


@frozen(kw_only=False)
class Contradiction:
    """The person's version of `path` stays; `kept` is the path of the other one, empty for none."""

    path: str
    kept: str
    why: str


@frozen
class Plan:
    """The steps in no order, what was merged, what contradicts, what could not be brought back and why."""

    steps: tuple[Step, ...]
    merged: tuple[str, ...] = ()
    clashes: tuple[Contradiction, ...] = ()

    def encoded(self) -> str:
        """As JSON."""
        steps = [[one.path, _row(one.expect), _row(one.want)] for one in self.steps]
        clashes = [[one.path, one.kept, one.why] for one in self.clashes]
        return json.dumps([steps, list(self.merged), clashes])


def decoded(text: str) -> Plan:
    """What `encoded` wrote."""
    steps, merged, clashes = cast("tuple[list[Any], list[str], list[Any]]", json.loads(text))
    return Plan(
        steps=tuple(Step(path, _node(expect), _node(want)) for path, expect, want in steps),
        merged=tuple(merged),
        clashes=tuple(Contradiction(*one) for one in clashes),
    )


def _row(node: Node | None) -> list[Any] | None:
    return None if node is None else [node.kind, node.mode, node.ident, node.size]


def _node(row: list[Any] | None) -> Node | None:
    return None if row is None else Node(*row)


def plan(
    store: SnapshotStore, base: str, target: str, mine: str, label: str, *, unsure: bool = False
) -> Plan:
    """Idents of three trees. `label` stands in the names of files that are kept beside others (`run-12`).

    `unsure`: some of what the base holds may be the person's, so that each text which goes is kept beside.
    """
    planner = _Planner(
        store=store,
        label=label,
        unsure=unsure,
        mine=Lookup(store.tree, mine),
        moved_since=_moves(store, base, mine),
        wanted=list(differences(store.tree, base, target)),
    )
    return planner.plan()


def _moves(store: SnapshotStore, base: str, mine: str) -> Callable[[], Mapping[tuple[str, str], str]]:
    """Where files that the person moved are now, by their content; found out when it is first asked."""
    found: dict[tuple[str, str], str] = {}

    def moves() -> Mapping[tuple[str, str], str]:
        if not found:
            found["", ""] = ""
            for one in differences(store.tree, base, mine):
                if one.before is None and one.after is not None and one.after.kind == "file":
                    found.setdefault(one.after.content, one.path)
        return found

    return moves


@mutable(kw_only=True)
class _Planner:
    store: SnapshotStore
    label: str
    unsure: bool
    mine: Lookup
    moved_since: Callable[[], Mapping[tuple[str, str], str]]
    wanted: list[Difference]
    _steps: dict[str, Step] = field(default_factory=dict[str, Step], init=False)
    _merged: list[str] = field(default_factory=list[str], init=False)
    _clashes: list[Contradiction] = field(default_factory=list[Contradiction], init=False)

    def plan(self) -> Plan:
        done = self._moves_of_the_run()
        for one in self.wanted:
            if one.path not in done:
                self._path(one)
        if self.unsure:
            self._keep_what_goes()
        return Plan(
            steps=tuple(self._steps.values()), merged=tuple(self._merged), clashes=tuple(self._clashes)
        )

    def _moves_of_the_run(self) -> set[str]:
        """A file that the run moved and the person then edited goes back with the edit in it."""
        gone = {
            one.before.content: one
            for one in self.wanted
            if one.before is not None and one.before.kind == "file" and one.after is None
        }
        done: set[str] = set()
        for one in self.wanted:
            if one.before is not None or one.after is None or one.after.kind != "file":
                continue
            source = gone.get(one.after.content)
            if source is None or source.path in done or source.before is None:
                continue
            mine = self.mine.node(source.path)
            edited = mine is not None and mine.kind == "file" and mine.kept and mine != source.before
            if not edited or mine is None or self.mine.node(one.path) is not None:
                continue
            mode = one.after.mode if mine.mode == source.before.mode else mine.mode
            self._step(one.path, None, Node("file", mode, mine.ident, mine.size))
            self._step(source.path, mine, None)
            self._merged.append(one.path)
            done |= {one.path, source.path}
        return done

    def _path(self, one: Difference) -> None:
        base, target, mine = one.before, one.after, self.mine.node(one.path)
        if mine == target or (mine and target and (mine.content, mine.mode) == (target.content, target.mode)):
            return
        if "closed" in (base and base.kind, target and target.kind) or self.mine.closed(one.path):
            if base is None or target is None or base.kind != target.kind:
                self._clash(one.path, None, "it is not looked into, and stays as it is")
        elif target is not None and not target.kept:
            self._clash(one.path, None, "what was there was not kept")
        elif _same(mine, base):
            self._step(one.path, mine, target)
        elif mine is None:
            self._gone_since(one.path, base, target)
        elif target is None:
            if mine.kind != "folder":
                self._clash(one.path, None, "it was changed since, and stays")
        elif base is None:
            if mine.content != target.content:
                self._clash(one.path, target, "something else was put there since")
        else:
            self._three(one.path, base, target, mine)

    def _keep_what_goes(self) -> None:
        """Put each text that a step takes away, or changes, beside it."""
        stays = {step.want.content for step in self._steps.values() if step.want is not None}
        for step in tuple(self._steps.values()):
            mine = step.expect
            if mine is None or mine.kind != "file" or not mine.kept or mine.content in stays:
                continue
            kept = self._free(step.path)
            self._step(kept, None, mine)
            why = "its run was cut short: what was there may be yours"
            self._clashes.append(Contradiction(step.path, kept, why))

    def _gone_since(self, path: str, base: Node | None, target: Node | None) -> None:
        """The person took away, or moved, what is to change."""
        if base is None or target is None or target.kind == "folder":
            return
        moved = self.moved_since().get(base.content) if base.kind == "file" else None
        there = self.mine.node(moved) if moved else None
        if moved and there is not None and target.kind == "file" and moved not in self._steps:
            mode = target.mode if there.mode == base.mode else there.mode
            self._step(moved, there, Node("file", mode, target.ident, target.size))
            self._merged.append(moved)
        else:
            self._clash(path, target, "it was deleted or moved since")

    def _three(self, path: str, base: Node, target: Node, mine: Node) -> None:
        mode = target.mode if mine.mode == base.mode else mine.mode
        if len({base.mode, target.mode, mine.mode}) == 3:
            why = f"its mode was changed since: it stays {mine.mode:o} and does not become {target.mode:o}"
            self._clash(path, None, why)
        if mine.kind == target.kind == "folder":
            self._step(path, mine, Node("folder", mode, "", 0))
            return
        if mine.content == base.content:
            self._step(path, mine, Node(target.kind, mode, target.ident, target.size))
            return
        if target.content == base.content or target.content == mine.content:
            self._step(path, mine, Node(mine.kind, mode, mine.ident, mine.size))
            return
        merged = self._merge(base, target, mine)
        if merged is None:
            self._clash(path, target, "the same place was changed since")
            return
        self._step(path, mine, Node("file", mode, self.store.put(merged), len(merged)))
        self._merged.append(path)

    def _merge(self, base: Node, target: Node, mine: Node) -> bytes | None:
        nodes = (base, mine, target)
        if any(node.kind != "file" or not node.kept or node.size > _MOST_MERGED for node in nodes):
            return None
        return merge(*(self.store.get(node.ident) for node in nodes))

    def _step(self, path: str, expect: Node | None, want: Node | None) -> None:
        self._steps[path] = Step(path, expect, want)

    def _clash(self, path: str, other: Node | None, why: str) -> None:
        """The person's stays; the other version is put beside it."""
        kept = ""
        if other is not None and other.kind in ("file", "link"):
            kept = self._free(path)
            self._step(kept, None, other)
        self._clashes.append(Contradiction(path, kept, why))

    def _free(self, path: str) -> str:
        """A name beside `path` that nothing has: `notes.run-12.txt`."""
        folder, slash, name = path.rpartition("/")
        while folder and (above := self.mine.node(folder)) is not None and above.kind != "folder":
            folder, slash, _ = folder.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        stem, ending = (stem, dot + ending) if stem else (name, "")
        while len(os.fsencode(stem)) > _LONGEST:
            stem = stem[:-1]
        number = 0
        while True:
            extra = f"-{number}" if number else ""
            candidate = f"{folder}{slash}{stem}.{self.label}{extra}{ending[:40]}"
            if self.mine.node(candidate) is None and candidate not in self._steps:
                return candidate
            number += 1


def _same(mine: Node | None, base: Node | None) -> bool:
    if mine is None or base is None:
        return mine is base
    return (mine.content, mine.mode) == (base.content, base.mode)


def words_of(clash: Contradiction) -> str:
    """In one line, for a person."""
    beside = f" (the other version: {shown(clash.kept)})" if clash.kept else ""
    return f"{shown(clash.path)}: {clash.why}{beside}"
