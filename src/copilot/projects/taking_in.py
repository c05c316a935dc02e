"""Taking the branches of another discussion into one.

Nothing that is there changes, names that are taken get a number, and messages that both have are shared.
"""

from collections.abc import Callable, Iterator

from copilot.vocabulary.abridged import stands_in
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Part, Summary


@frozen(kw_only=False)
class TakenIn:
    """The discussion with the messages that are new to it at its end, and the names of its new branches."""

    discussion: Discussion
    added: tuple[Message, ...]
    branches: tuple[str, ...]


def taken_in(before: Discussion, other: Discussion, new_id: Callable[[], str]) -> TakenIn:
    """`before` with the branches of `other`. `new_id` names messages whose ids are other messages' here."""
    added, ids, held = _fitted(before, other, new_id)
    taken = {branch.name for branch in before.branches}
    new: list[Branch] = []
    for branch in other.branches:
        free = next(name for name in numbered(branch.name) if name not in taken)
        taken.add(free)
        new.append(Branch(name=free, tip=None if branch.tip is None else ids[branch.tip]))
    after = replace(
        before,
        messages=before.messages.grown(*added) if added else before.messages,
        branches=(*before.branches, *new),
        held=tuple(dict.fromkeys((*before.held, *held))),
    )
    return TakenIn(after, added, tuple(branch.name for branch in new))


def numbered(start: str) -> Iterator[str]:
    """The name, and then with numbers behind it."""
    yield start
    number = 2
    while True:
        yield f"{start} {number}"
        number += 1


def _fitted(
    before: Discussion, other: Discussion, new_id: Callable[[], str]
) -> tuple[tuple[Message, ...], dict[str, str], tuple[str, ...]]:
    """The messages that are not there yet, what each is called here, and those that are held."""
    new: dict[str, Message] = {}
    names: dict[str, str] = {}
    added: list[Message] = []
    for message in other.messages:
        if stands_in(message) and before.messages.place(message.id) is not None:
            names[message.id] = message.id  # what it stands for is here
            continue
        parts = tuple(_renamed(part, names) for part in message.parts)
        parent = None if message.parent is None else names[message.parent]
        placed = replace(message, parent=parent, parts=parts)
        there = new.get(message.id) or before.messages.find(message.id)
        if there != placed:
            if there is not None:
                placed = replace(placed, id=new_id())
            added.append(placed)
        names[message.id] = placed.id
        new[placed.id] = placed
    return tuple(added), names, tuple(names[one] for one in other.held if one in names)


def _renamed(part: Part, names: dict[str, str]) -> Part:
    """A summary names the messages that it stands for."""
    if isinstance(part, Summary):
        return replace(part, covers=tuple(names.get(one, one) for one in part.covers))
    return part
