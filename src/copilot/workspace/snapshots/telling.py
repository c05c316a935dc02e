"""What differs between two snapshots as a person reads it."""

from collections.abc import Iterable, Mapping

from copilot.vocabulary.diffs import unified
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.run_events import ChangeKind, RunChange
from copilot.vocabulary.text import visible
from copilot.workspace.ignore import NEVER_WALKED
from copilot.workspace.reading import decode
from copilot.workspace.secrets import secret_reason
from copilot.workspace.snapshots.nodes import Node
from copilot.workspace.snapshots.store import SnapshotStore
from copilot.workspace.snapshots.trees import Difference, differences

MOST_CHANGES = 500
_MOST_DIFFED = 1_000_000
"""Bytes of a file of which a diff is made."""
_MOST_CHARACTERS = 60_000
"""Of one diff."""
_LOST = "its old bytes were not kept: undo cannot bring them back"
_MOST_IN_ALL = 400_000


def told(store: SnapshotStore, before: str, after: str) -> tuple[tuple[RunChange, ...], int]:
    """The changes between two trees (their idents), those in caches last, and how many more there are."""
    found = [one for one in differences(store.tree, before, after) if not _only_marks(one)]
    moved_from = _moves(found)
    gone = set(moved_from.values())
    rest = [one for one in found if one.path not in gone]
    rest.sort(key=lambda one: (not NEVER_WALKED.isdisjoint(one.path.split("/")), one.path))
    sources = {one.path: one for one in found if one.path in gone}
    left = _MOST_IN_ALL
    changes: list[RunChange] = []
    for one in rest[:MOST_CHANGES]:
        source = sources.get(moved_from.get(one.path, ""))
        change = _told(store, one, source, left)
        left -= len(change.diff)
        changes.append(change)
    return tuple(changes), len(rest) - len(changes)


def history_changed(store: SnapshotStore, before: str, after: str) -> tuple[str, ...]:
    """Folders of version control in which something changed; no undo touches them."""
    return tuple(one.path for one in differences(store.tree, before, after) if _only_marks(one))


def _only_marks(one: Difference) -> bool:
    return one.before is not None and one.after is not None and one.before.kind == one.after.kind == "closed"


def _moves(found: Iterable[Difference]) -> Mapping[str, str]:
    """New path to old path, for files that are elsewhere with the same content."""
    gone: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.after is None and one.before is not None and one.before.kind == "file" and one.before.size:
            gone.setdefault(one.before.content, []).append(one.path)
    moves: dict[str, str] = {}
    for one in found:
        if one.before is None and one.after is not None and one.after.kind == "file" and one.after.size:
            sources = gone.get(one.after.content, [])
            name = one.path.rpartition("/")[2]
            same_name = (path for path in sources if path.rpartition("/")[2] == name)
            source = next(same_name, sources[0] if sources else "")
            if source:
                sources.remove(source)
                moves[one.path] = source
    return moves


def _told(store: SnapshotStore, one: Difference, source: Difference | None, most: int) -> RunChange:
    before = source.before if source is not None else one.before
    node = one.after or before
    change = RunChange(
        path=visible(one.path, keep=""),
        kind=_kind(one, source),
        thing="folder" if node is None or node.kind == "closed" else node.kind,
        source=visible(source.path, keep="") if source is not None else "",
        old_size=before.size if before is not None and before.kind == "file" else None,
        new_size=one.after.size if one.after is not None and one.after.kind == "file" else None,
        old_mode=before.mode if before is not None else None,
        new_mode=one.after.mode if one.after is not None else None,
    )
    if source is not None or change.kind == "mode" or change.thing == "folder":
        closed = node is not None and node.kind == "closed"
        return replace(change, note="is not looked into: undo leaves it as it is" if closed else "")
    diff, note = _diff(store, one, most)
    return replace(change, diff=diff, note=note)


def _kind(one: Difference, source: Difference | None) -> ChangeKind:
    if source is not None:
        return "moved"
    if one.before is None:
        return "created"
    if one.after is None:
        return "deleted"
    return "mode" if one.before.content == one.after.content else "changed"


def _diff(store: SnapshotStore, one: Difference, most: int) -> tuple[str, str]:
    """The diff, and why there is none."""
    nodes = [node for node in (one.before, one.after) if node is not None]
    if any(node.kind == "link" for node in nodes):
        return "", " → ".join(visible(_as_words(node), keep="") for node in nodes)
    if any(node.kind != "file" for node in nodes):
        return "", ""
    if not all(node.kept for node in nodes):
        lost = one.before is not None and not one.before.kept
        return "", _LOST if lost else "too large to be kept"
    if max(node.size for node in nodes) > _MOST_DIFFED:
        return "", "too large to be compared here"
    datas = [b"" if node is None else store.get(node.ident) for node in (one.before, one.after)]
    if secret_reason(one.path) or any(secret_reason(one.path, data) for data in datas):
        return "", "may hold secrets: not shown"
    texts = [decode(data) for data in datas]
    old, new = texts
    if old is None or new is None:
        return "", "binary"
    diff = unified(old.text, new.text, visible(one.path, keep=""), creates=one.before is None)
    if not diff and datas[0] and datas[1]:
        return "", "only its encoding or its line ends changed"
    if len(diff) > min(_MOST_CHARACTERS, most):
        return "", "the difference is too long to be shown here"
    return diff, ""


def _as_words(node: Node) -> str:
    return f"link to {node.ident}" if node.kind == "link" else node.kind
