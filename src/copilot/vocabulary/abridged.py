"""A log's share of a long discussion: what lies in history files is not repeated in the log of each session.

A message that stands for those before it has the id of the last of them, so that all branches are whole.
"""

from collections.abc import Iterable

from copilot.vocabulary.events import Event, MessageKept, ProjectChanged, ProjectOpened
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Copied, Message, Text
from copilot.vocabulary.shelved import whole

EARLIER = "[Earlier messages of this discussion lie in the project's history. The log does not repeat them.]"

_BACK = 50
"""Shelved messages that are told as well where the others would begin with an answer."""


class Abridging:
    """Of one session's log. Takes the events in their order."""

    def __init__(self) -> None:
        self._known: set[str] | None = None
        """The ids of the messages that the log has; None: all that there are."""
        self._standing: set[str] = set()
        """Those of them that stand for others."""

    def told(self, event: Event) -> Event:
        """The event as the log has it."""
        match event:
            case ProjectOpened():
                return self._opened(event)
            case ProjectChanged():
                return self._changed(event)
            case MessageKept(message=message) if self._known is not None:
                self._known.add(message.id)
            case _:
                pass
        return event

    def _opened(self, event: ProjectOpened) -> ProjectOpened:
        discussion = event.project.discussion
        messages = discussion.messages
        if not messages.shelved:
            return event
        start = min(messages.shelved, len(messages) - 1)
        last = max(start - _BACK, 0)
        while start > last and messages[start].role != "user":
            start -= 1
        kept = tuple(map(whole, messages[start:]))
        self._known = {message.id for message in kept}
        asked = (*(message.parent for message in kept), *(branch.tip for branch in discussion.branches))
        earlier = self._stand_ins(asked)
        after = replace(discussion, messages=Messages((*earlier, *kept)))
        return replace(event, project=replace(event.project, discussion=after))

    def _changed(self, event: ProjectChanged) -> ProjectChanged:
        """Without the messages that are in the log; with those that a change brings back from the history."""
        discussion = event.project.discussion
        added: list[Message | Copied] = []
        for one in event.added if self._known is not None else ():
            added += self._stand_ins((one.parent,))
            if isinstance(one, Copied) and (one.of not in self._ids or one.of in self._standing):
                found = discussion.messages.find(one.id)
                one = one if found is None else whole(found)
            added.append(one)
            self._ids.add(one.id)
        if self._known is not None:
            added += self._stand_ins(branch.tip for branch in discussion.branches)
            event = replace(event, added=tuple(added))
        bare = replace(discussion, messages=Messages())
        return replace(event, project=replace(event.project, discussion=bare))

    @property
    def _ids(self) -> set[str]:
        assert self._known is not None, "asked only of a log that does not have all"
        return self._known

    def _stand_ins(self, names: Iterable[str | None]) -> list[Message]:
        found: list[Message] = []
        for name in names:
            if name is not None and name not in self._ids:
                self._ids.add(name)
                self._standing.add(name)
                found.append(Message(id=name, parent=None, role="user", parts=(Text(text=EARLIER),), at=0.0))
        return found


def stands_in(message: Message) -> bool:
    """Whether this is no message, but stands for those before it."""
    return message.parent is None and message.at == 0.0 and message.parts == (Text(text=EARLIER),)
