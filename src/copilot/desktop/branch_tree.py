"""The branches of a discussion as a tree: which left which, where, how long each is. No Dear PyGui here."""

from collections.abc import Iterator

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Discussion, Message


@frozen(kw_only=False)
class Twig:
    """One branch. `messages` of its whole line, `own` of them since it left `parent` (None: it left none).

    `fork` is the message both have last in common, None where they have none. `depth` is 0 without a parent.
    `last` is the branch's newest message.
    """

    name: str
    parent: str | None
    fork: str | None
    depth: int
    messages: int
    own: int
    last: Message | None


def twigs(discussion: Discussion) -> tuple[Twig, ...]:
    """All branches, each parent before what left it, else in the order they were made.

    Each message in memory is walked over once, so 10,000 of them take milliseconds; of those on shelves only
    where branches leave each other is looked at.
    """
    owners = _Owners()
    found: dict[str, Twig] = {}
    for branch in discussion.branches:
        path = discussion.path(branch.name)
        before, parent = owners.take(path, branch.name)
        found[branch.name] = Twig(
            name=branch.name,
            parent=parent,
            fork=path[before - 1].id if before else None,
            depth=found[parent].depth + 1 if parent is not None else 0,
            messages=len(path),
            own=len(path) - before,
            last=path[-1] if path else None,
        )
    return tuple(_in_order(found))


class _Owners:
    """Which branch walked over a message first."""

    def __init__(self) -> None:
        self._loose: dict[str, str] = {}
        self._runs: dict[tuple[int, int], list[tuple[int, str]]] = {}
        """By shelf and first place of a run: up to where which branch was the first, in growing order."""

    def take(self, path: Messages, branch: str) -> tuple[int, str | None]:
        """How many messages at the beginning others have walked over, and whose the last of those is. The
        others are this branch's from now on."""
        for back, message in enumerate(reversed(path.tail)):
            owner = self._loose.get(message.id)
            if owner is not None:
                return len(path) - back, owner
            self._loose[message.id] = branch
        end = path.shelved
        for run in reversed(path.runs):
            spans = self._runs.setdefault((id(run.shelf), run.start), [])
            owned = [(stop, owner) for stop, owner in spans if stop >= run.stop]
            if owned:
                return end, owned[0][1]
            known = spans[-1] if spans else None
            spans.append((run.stop, branch))
            if known is not None:
                return end - (run.stop - known[0]), known[1]
            end -= run.stop - run.start
        return 0, None


def lanes(tree: tuple[Twig, ...]) -> tuple[tuple[int, ...], ...]:
    """For each branch the depths of the lines that pass beside it: of parents with more branches to come."""
    following: dict[str, int] = {}
    for row, twig in enumerate(tree):
        if twig.parent is not None:
            following[twig.parent] = row
    depths = {twig.name: twig.depth for twig in tree}
    rows = range(len(tree))
    begun = {twig.name: row for row, twig in enumerate(tree)}
    return tuple(
        tuple(sorted(depths[name] for name, last in following.items() if begun[name] < row <= last))
        for row in rows
    )


def _in_order(found: dict[str, Twig]) -> Iterator[Twig]:
    children: dict[str | None, list[Twig]] = {}
    for twig in found.values():
        children.setdefault(twig.parent, []).append(twig)
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        twig = waiting.pop()
        yield twig
        waiting.extend(reversed(children.get(twig.name, [])))
