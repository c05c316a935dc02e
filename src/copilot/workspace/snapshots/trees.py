"""Two snapshots compared, and one looked up in."""

from collections.abc import Iterator

from copilot.vocabulary.frozen import frozen
from copilot.workspace.snapshots.nodes import Node, ReadTree, Tree


@frozen(kw_only=False)
class Difference:
    """One path that is not the same in two snapshots; None where there is nothing."""

    path: str
    before: Node | None
    after: Node | None


def differences(read: ReadTree, before: str, after: str) -> Iterator[Difference]:
    """What differs between two trees (their idents), folders before what is in them, by name.

    Of what one of them did not look into nothing is known: it is given as one difference where anything says
    that there is one.
    """
    yield from _between(read, "", before, after)


def _between(read: ReadTree, path: str, before: str, after: str) -> Iterator[Difference]:
    if before == after:
        return
    old: Tree = read(before) if before else {}
    new: Tree = read(after) if after else {}
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        if one == other:
            continue
        below = f"{path}/{name}" if path else name
        if "closed" in (one and one.kind, other and other.kind):
            yield Difference(below, one, other)
            continue
        if one is None or other is None or one.content != other.content or one.mode != other.mode:
            yield Difference(below, one, other)
        yield from _between(read, below, _tree_of(one), _tree_of(other))


def _tree_of(node: Node | None) -> str:
    return node.ident if node is not None and node.kind == "folder" else ""


class Lookup:
    """One snapshot, asked for paths."""

    def __init__(self, read: ReadTree, root: str) -> None:
        self._read = read
        self.root = root

    def node(self, path: str) -> Node | None:
        """What is there; None for nothing, and for what lies below something that is no folder."""
        tree = self.root
        found: Node | None = None
        for part in path.split("/"):
            found = self._read(tree).get(part) if tree else None
            if found is None:
                return None
            tree = _tree_of(found)
        return found

    def closed(self, path: str) -> bool:
        """Whether it lies in, or is, a folder that was not looked into."""
        parts = path.split("/")
        above = (self.node("/".join(parts[:end])) for end in range(1, len(parts) + 1))
        return any(node is not None and node.kind == "closed" for node in above)
