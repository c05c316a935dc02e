"""Messages whose words lie in a file and are read when somebody looks at them.

To whoever reads one it is a `Message` like any other: equal to what was kept, with the same fields. The slots
of those that were not looked at yet are empty, and Python asks `__getattr__` for what an empty slot holds.
"""

from collections import deque
from collections.abc import Sequence
from itertools import repeat
from typing import Any, Protocol, cast

from copilot.vocabulary.frozen import names_of, replace
from copilot.vocabulary.message_runs import Holder
from copilot.vocabulary.messages import Message, Role


class Shelf(Holder, Protocol):
    """Where the words of messages lie, by the place of each (from 0). Any thread; nothing here raises."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of its messages."""
        ...

    @property
    def parents(self) -> Sequence[str | None]:
        """The ids of the messages before them."""
        ...

    def role(self, place: int) -> Role:
        """Whose message it is."""
        ...

    def at(self, place: int) -> float:
        """When it was kept, in UTC seconds."""
        ...

    def message(self, place: int) -> Message:
        """The whole of it; what cannot be read any more says so itself."""
        ...


class Shelved(Message):
    """A message on a shelf. Made by `shelved` and `moved`; a call, as by `replace`, gives a plain one."""

    __slots__ = ("place", "shelf")

    shelf: Shelf
    place: int

    def __new__(cls, **fields: Any) -> Message:
        """A message with these fields, which lies on no shelf."""
        return Message(**fields)

    def __getattr__(self, name: str) -> Any:
        """What an empty slot stands for. The small ones stay; the words are the shelf's to keep or forget."""
        if name in ("role", "at"):
            found = getattr(self.shelf, name)(self.place)
            object.__setattr__(self, name, found)
            return found
        if name not in _FIELDS:
            raise AttributeError(name)
        return getattr(self.shelf.message(self.place), name)

    def __eq__(self, other: object) -> bool:
        """As messages are equal, wherever they lie."""
        if self is other:
            return True
        if not isinstance(other, Message):
            return NotImplemented
        if self.id != other.id or self.parent != other.parent:
            return False
        if isinstance(other, Shelved) and (self.shelf, self.place) == (other.shelf, other.place):
            return True
        return whole(self) == whole(other)

    def __hash__(self) -> int:
        """That of the message that it stands for."""
        return hash(whole(self))

    def __reduce__(self) -> Any:
        """Copies and pickles are plain messages."""
        return _plain, tuple(getattr(self, name) for name in names_of(Message))


def shelved(shelf: Shelf) -> list[Message]:
    """All messages of a shelf; none of them is read. They are made in C, 0.3 µs each (CPython 3.11)."""
    slots: Any = (Message.id, Message.parent, Shelved.shelf, Shelved.place)
    number = len(shelf.ids)
    found = list(map(object.__new__, repeat(Shelved, number)))
    values: Any = (shelf.ids, shelf.parents, repeat(shelf), range(number))
    for slot, filling in zip(slots, values, strict=True):
        deque[None](map(slot.__set__, found, filling), maxlen=0)
    return cast("list[Message]", found)


def moved(message: Message, name: str, parent: str | None) -> Message:
    """The message once more, with another id and parent; what lies on a shelf stays there, unread."""
    if not isinstance(message, Shelved):
        return replace(message, id=name, parent=parent)
    one = object.__new__(Shelved)
    facts = {"id": name, "parent": parent, "shelf": message.shelf, "place": message.place}
    for slot, value in facts.items():
        object.__setattr__(one, slot, value)
    return one


def words_of(message: Message) -> tuple[int, int]:
    """The same for messages that are one by who made them, wherever they stand, while both are in memory."""
    return (id(message.shelf), message.place) if isinstance(message, Shelved) else (id(message.parts), -1)


def original(message: Message) -> Message | None:
    """The message of a shelf whose words this one has; None for one that lies on none."""
    return message.shelf.messages[message.place] if isinstance(message, Shelved) else None


def whole(message: Message) -> Message:
    """The message itself, read where it lies on a shelf."""
    if not isinstance(message, Shelved):
        return message
    found = message.shelf.message(message.place)
    if found.id == message.id and found.parent == message.parent:
        return found
    return replace(found, id=message.id, parent=message.parent)


def _plain(*values: Any) -> Message:
    return Message(**dict(zip(names_of(Message), values, strict=True)))


_FIELDS = frozenset(names_of(Message))
