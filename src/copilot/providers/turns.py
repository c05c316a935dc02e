"""A branch in a service's form, neighbours of one role joined: made once a turn and then continued.

A turn asks again and again, each time with a little more at the end. What messages became for the request
before is kept with the turn (`base.Grown`), and only what differs from there on is taken apart and written.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, cast

from copilot.providers.parts import InWords, Json, compact
from copilot.vocabulary.messages import Message

Build = Callable[[Message, "Turns"], tuple[list[Json], str]]
"""The blocks of a message, and their JSON with commas between; the turns are those before it."""


class Turns:
    """Messages as they are sent, and a running hash of all of them.

    `key` is where a message holds its list; `hashed` is what the hash begins with. `places` tells of every
    block in which message it is, and where there. What was sent is never changed, only forgotten.
    """

    def __init__(self, key: str, hashed: object = None) -> None:
        self.sent: list[Json] = []
        self.places: list[tuple[int, int]] = []
        self._key = key
        self._heads = {role: f'{{"role":"{role}","{key}":[' for role in ("user", "assistant", "model")}
        self._pieces: list[list[str]] = []
        self._added: list[int] = []
        self._whole: list[str] = []
        self._hashes: list[Any] = [sha256(compact(hashed).encode())]

    def add(self, role: str, items: Sequence[Json], text: str = "") -> None:
        """Append a message, or join it to the last one; nothing where there are no items.

        `text` is their JSON with commas between, where it is known.
        """
        self._added.append(len(items))
        if not items:
            return
        if not self.sent or self.sent[-1]["role"] != role:
            self.sent.append({"role": role, self._key: []})
            self._pieces.append([])
        told = cast(list[Json], self.sent[-1][self._key])
        at = len(self.sent) - 1
        self.places += [(at, len(told) + number) for number in range(len(items))]
        told.extend(items)
        self._pieces[-1].append(text)

    def back_to(self, count: int) -> None:
        """Forget all but the first `count` that were added."""
        while len(self._added) > count:
            items = self._added.pop()
            if not items:
                continue
            del self.places[-items:]
            self._pieces[-1].pop()
            del cast(list[Json], self.sent[-1][self._key])[-items:]
            if not self._pieces[-1]:
                self._pieces.pop()
                self.sent.pop()
        known = max(len(self.sent) - 1, 0)  # the last message may still be joined to
        del self._whole[known:]
        del self._hashes[known + 1 :]

    def prefix(self) -> str:
        """The hash of everything added so far."""
        for at in range(len(self._whole), len(self.sent) - 1):
            self._whole.append(self._text(at))
            now = self._hashes[at].copy()
            now.update(self._whole[at].encode())
            self._hashes.append(now)
        whole = self._hashes[-1].copy()
        if self.sent:
            whole.update(self._text(-1).encode())
        return whole.hexdigest()

    def texts(self) -> list[str]:
        """The JSON of each message."""
        return self._whole + [self._text(at) for at in range(len(self._whole), len(self.sent))]

    def _text(self, at: int) -> str:
        message, pieces = self.sent[at], self._pieces[at]
        if all(pieces):
            return f"{self._heads[str(message['role'])]}{','.join(pieces)}]}}"
        return compact(message)


class Conversation:
    """The messages of a turn's newest request in the form of one service.

    `key` is all that their form depends on beside themselves: with another one, another is begun.
    """

    def __init__(self, key: object, turns: Turns, stays: Callable[[Message], bool]) -> None:
        self.key = key
        self.turns = turns
        self._words = InWords(stays)
        self._taken: list[tuple[Message, frozenset[str]]] = []

    def take(self, messages: Sequence[Message], build: Build) -> int:
        """Make it these messages; how many blocks it begins with stayed as they were."""
        same = 0
        for message, (taken, _) in zip(messages, self._taken, strict=False):
            if taken is not message and taken != message:
                break
            same += 1
        if same < len(self._taken):
            self.turns.back_to(same)
            self._words.told = self._taken[same][1]
            del self._taken[same:]
        kept = len(self.turns.places)
        for message in messages[same:]:
            self._taken.append((message, self._words.told))
            worded = self._words.of(message)
            blocks, text = build(worded, self.turns)
            self.turns.add("assistant" if message.role == "assistant" else "user", blocks, text)
        return kept
