"""Marks between the cards of a discussion: messages that are not sent, or held. Nothing draws here."""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Literal

from copilot.desktop.text import plural
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Message, Summary

Kind = Literal["left_out", "held", "summed_up"]


@frozen
class SentMark:
    """Neighbouring messages of one kind: not sent by the last request, held by the person, or summed up."""

    kind: Kind
    messages: tuple[str, ...]

    @property
    def words(self) -> str:
        """What the mark says."""
        number = plural(len(self.messages), "earlier message")
        one = len(self.messages) == 1
        if self.kind == "left_out":
            return f"{number} {'was' if one else 'were'} not sent, so that the rest fits"
        if self.kind == "summed_up":
            return f"{number} {'is' if one else 'are'} summed up: the summary is sent instead"
        return f"{number} {'is' if one else 'are'} held: others are left out first"


def marks(
    path: Sequence[Message],
    left_out: Collection[str],
    held: Collection[str],
    covered: Collection[str] | None = None,
) -> Iterator[tuple[str, SentMark]]:
    """Each mark with the id of the message that it stands behind. `covered` are the ids of messages that are
    summed up; None: what the summaries among these messages say."""
    if covered is None:
        covered = {name for m in path for p in m.parts if isinstance(p, Summary) for name in p.covers}

    def kind(message: Message) -> Kind | Literal[""]:
        if message.id in covered:
            return "summed_up"
        if message.id in held:
            return "held"
        return "left_out" if message.id in left_out else ""

    for found, messages in groupby(path, kind):
        ids = tuple(message.id for message in messages)
        if found:
            yield ids[-1], SentMark(kind=found, messages=ids)
