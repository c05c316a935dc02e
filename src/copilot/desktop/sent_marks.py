"""Marks between the cards of a discussion: messages that are not sent, or held. Nothing draws here."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Literal

from copilot.desktop.text import plural
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message


@frozen
class SentMark:
    """Neighbouring messages of one kind: not sent by the last request, or held by the person."""

    kind: Literal["left_out", "held"]
    messages: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the mark says."""
        number = plural(len(self.messages), "earlier message")
        one = len(self.messages) == 1
        if self.kind == "left_out":
            return f"{number} {'was' if one else 'were'} not sent, so that the rest fits"
        return f"{number} {'is' if one else 'are'} held: others are left out first"


def marks(
    path: Sequence[Message], left_out: Collection[str], held: Collection[str]
) -> Iterator[tuple[str, SentMark]]:
    """Each mark with the id of the message that it stands behind."""

    def kind(message: Message) -> Literal["left_out", "held", ""]:
        if message.id in held:
            return "held"
        return "left_out" if message.id in left_out else ""

    for found, messages in groupby(path, kind):
        ids = tuple(message.id for message in messages)
        if found:
            yield ids[-1], SentMark(kind=found, messages=ids)
