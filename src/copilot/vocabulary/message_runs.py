"""Many messages as one value: those that lie on shelves cost nothing until somebody looks at them.

To whoever reads it, it is a tuple of messages: equal to one, indexed, sliced and walked over like one. It is
a few runs of messages on shelves, and behind them those that are in memory. So a discussion of 100,000
messages costs as much as its files and its newest messages, and one more message a copy of the newest.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from operator import eq
from typing import TYPE_CHECKING, Protocol, cast, overload

from copilot.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from copilot.vocabulary.messages import Message


class Holder(Protocol):
    """Where the messages of a run lie, by the place of each (from 0). Any thread; nothing here raises."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    @property
    def last(self) -> str:
        """The id of the last."""
        ...

    @property
    def messages(self) -> "Sequence[Message]":
        """All of them, made when they are first looked at."""
        ...

    def place(self, name: str) -> int | None:
        """Where the message with this id stands."""
        ...

    def begin(self, place: int) -> int:
        """The first of those that end at a place, each of them following the one before it."""
        ...

    def parent(self, place: int) -> str | None:
        """The id of the message that the one at a place follows."""
        ...


@frozen(kw_only=False)
class Run:
    """The messages of a shelf from `start` to before `stop`."""

    shelf: Holder
    start: int
    stop: int


class Messages(Sequence["Message"]):
    """Messages in their order. Never changed."""

    __slots__ = ("_places", "_starts", "runs", "tail")

    runs: tuple[Run, ...]
    """None of them is empty."""
    tail: "tuple[Message, ...]"
    """Those behind all runs."""

    def __init__(self, tail: "Iterable[Message]" = (), runs: Iterable[Run] = ()) -> None:
        self.tail = tuple(tail)
        self.runs = tuple(runs)
        self._starts = (0, *accumulate(run.stop - run.start for run in self.runs))
        self._places: dict[str, int] | None = None

    @property
    def shelved(self) -> int:
        """How many lie on shelves; the others are behind them."""
        return self._starts[-1]

    def __len__(self) -> int:
        return self._starts[-1] + len(self.tail)

    @overload
    def __getitem__(self, index: int) -> "Message": ...

    @overload
    def __getitem__(self, index: slice) -> "Messages": ...

    def __getitem__(self, index: "int | slice") -> "Message | Messages":
        if isinstance(index, slice):
            return self._slice(*index.indices(len(self)))
        count, shelved = len(self), self._starts[-1]
        at = index + count if index < 0 else index
        if not 0 <= at < count:
            raise IndexError(f"there is no message {index}")
        if at >= shelved:
            return self.tail[at - shelved]
        which = bisect_right(self._starts, at) - 1
        run = self.runs[which]
        return run.shelf.messages[run.start + at - self._starts[which]]

    def __iter__(self) -> "Iterator[Message]":
        for run in self.runs:
            yield from run.shelf.messages[run.start : run.stop]
        yield from self.tail

    def __reversed__(self) -> "Iterator[Message]":
        yield from reversed(self.tail)
        for run in reversed(self.runs):
            yield from reversed(run.shelf.messages[run.start : run.stop])

    def __eq__(self, other: object) -> bool:
        """As tuples are equal; of runs that both have no message is looked at."""
        if isinstance(other, tuple):
            others = cast("tuple[object, ...]", other)
            return len(self) == len(others) and tuple(self) == others
        if not isinstance(other, Messages):
            return NotImplemented
        if self is other:
            return True
        if len(self) != len(other):
            return False
        same = 0
        while same < len(self.runs) and self.runs[same : same + 1] == other.runs[same : same + 1]:
            same += 1
        if same == len(self.runs) == len(other.runs):
            return self.tail == other.tail
        start = self._starts[same]
        return all(map(eq, self[start:], other[start:]))

    def __hash__(self) -> int:
        """That of the tuple that it stands for."""
        return hash(tuple(self))

    def __add__(self, other: "Messages | tuple[Message, ...]") -> "Messages":
        if isinstance(other, tuple):
            return Messages((*self.tail, *other), self.runs)
        if not self.tail:
            return Messages(other.tail, (*self.runs, *other.runs))
        return Messages((*self.tail, *other), self.runs)

    def __radd__(self, other: "tuple[Message, ...]") -> "Messages":
        return Messages((*other, *self))

    def __reduce__(self) -> "tuple[type[Messages], tuple[tuple[Message, ...]]]":
        """Copies and pickles lie on no shelf."""
        return Messages, (tuple(self),)

    def __repr__(self) -> str:
        return f"<{len(self):,} messages>" if self.runs else repr(self.tail)

    def place(self, name: str, before: int | None = None) -> int | None:
        """Where the last message with this id stands, of those before a place; None where there is none."""
        end, shelved = len(self) if before is None else before, self._starts[-1]
        at = self._in_tail(name, end - shelved) if end > shelved else None
        if at is not None:
            return shelved + at
        return self._on_shelves(name, end) if shelved else None

    def find(self, name: str | None) -> "Message | None":
        """The last message with this id."""
        at = None if name is None else self.place(name)
        return None if at is None else self[at]

    def grown(self, *new: "Message") -> "Messages":
        """With some more at the end. What is known of the places of the others is known of it, too."""
        places = self._known()
        places.update((message.id, at) for at, message in enumerate(new, len(self.tail)))
        return self._with_tail(self.tail + new, places)

    def learn(self, beginning: "Messages") -> None:
        """Take over what is known of the places of those that these begin with."""
        if self._places is None and self.runs == beginning.runs:
            places, count = beginning._known(), len(beginning.tail)
            places.update((message.id, at) for at, message in enumerate(self.tail[count:], count))
            self._places = places

    def replaced(self, place: int, message: "Message") -> "Messages":
        """With another message of the same id at a place."""
        at = place - self.shelved
        if at < 0:
            return Messages((*self[:place], message, *self[place + 1 :]))
        return self._with_tail((*self.tail[:at], message, *self.tail[at + 1 :]), self._places)

    def path(self, tip: str | None) -> "Messages":
        """Those that lead to the message `tip`, from the first. Raises KeyError where one of them is not
        there, or stands before its parent."""
        loose: list[Message] = []
        runs: list[Run] = []
        name, bound = tip, len(self)
        while name is not None:
            at = self.place(name, bound)
            if at is None:
                raise KeyError(name)
            if at >= self.shelved:
                loose.append(self.tail[at - self.shelved])
                name, bound = loose[-1].parent, at
                continue
            which = bisect_right(self._starts, at) - 1
            run = self.runs[which]
            end = run.start + at - self._starts[which]
            begin = max(run.shelf.begin(end), run.start)
            runs.append(Run(run.shelf, begin, end + 1))
            name, bound = run.shelf.parent(begin), self._starts[which] + begin - run.start
        return Messages(reversed(loose), reversed(runs))

    def behind(self, beginning: "Messages") -> "tuple[Message, ...] | None":
        """Those after a beginning; None where they do not begin like that."""
        if self.runs == beginning.runs and not beginning.tail:
            return self.tail
        count = len(beginning)
        return tuple(self[count:]) if self[:count] == beginning else None

    def _slice(self, start: int, stop: int, step: int) -> "Messages":
        if step != 1:
            return Messages([self[at] for at in range(start, stop, step)])
        shelved = self.shelved
        tail = self.tail[max(start - shelved, 0) : max(stop - shelved, 0)]
        runs: list[Run] = []
        if start < shelved:
            for first, run in zip(self._starts, self.runs, strict=False):
                begin, end = (
                    max(run.start + start - first, run.start),
                    min(run.start + stop - first, run.stop),
                )
                if begin < end:
                    runs.append(run if end - begin == run.stop - run.start else Run(run.shelf, begin, end))
        return Messages(tail, runs)

    def _with_tail(self, tail: "tuple[Message, ...]", places: dict[str, int] | None) -> "Messages":
        one = object.__new__(Messages)
        one.tail, one.runs = tail, self.runs
        one._starts, one._places = self._starts, places
        return one

    def _known(self) -> dict[str, int]:
        """Where each of the tail stands. Shared by all that grow from one: an id that is not in it is in none
        of them, and what it says of an id is to be looked at."""
        if self._places is None:
            self._places = {message.id: at for at, message in enumerate(self.tail)}
        return self._places

    def _in_tail(self, name: str, end: int) -> int | None:
        at = self._known().get(name)
        if at is None or (at < min(end, len(self.tail)) and self.tail[at].id == name):
            return at
        behind = range(min(end, len(self.tail)) - 1, -1, -1)
        return next((one for one in behind if self.tail[one].id == name), None)

    def _on_shelves(self, name: str, end: int) -> int | None:
        """Most that are asked for are the last of a shelf: only then are others looked into."""
        near = [which for which in reversed(range(len(self.runs))) if self._starts[which] < end]
        for which in near:
            shelf = self.runs[which].shelf
            if shelf.last == name and (at := self._within(which, shelf.count - 1, end)) is not None:
                return at
        for which in near:
            place = self.runs[which].shelf.place(name)
            if place is not None and (at := self._within(which, place, end)) is not None:
                return at
        return None

    def _within(self, which: int, place: int, end: int) -> int | None:
        """The place of what stands at a place of the shelf of a run, where the run has it, before `end`."""
        run = self.runs[which]
        at = self._starts[which] + place - run.start
        return at if run.start <= place < run.stop and at < end else None
