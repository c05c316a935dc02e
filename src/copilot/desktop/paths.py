"""The branches of a discussion, each walked once: keeping a message costs the same in a long discussion."""

from dataclasses import replace

from copilot.projects.discussion import kept
from copilot.vocabulary.messages import Branch, Discussion, Message

Path = tuple[Message, ...]


class Paths:
    """Of one discussion. Equal to those of any other: they say nothing that the discussion does not."""

    __slots__ = ("_at", "_discussion", "_walked")

    def __init__(self, discussion: Discussion) -> None:
        self._discussion = discussion
        self._at: dict[str, int] = {}
        """Where each message stands; shared with the discussions that grow from this one."""
        self._walked: dict[str, Path] = {}

    def of(self, branch: str) -> Path:
        """The messages of a branch; none where it is not there."""
        if branch not in self._walked:
            self._walked[branch] = self._walk(branch)
        return self._walked[branch]

    def changed(self, discussion: Discussion) -> "Paths":
        """Those of a discussion that this one has become. Where the messages are the same, branches that end
        where they did keep their paths, and another's costs no more than its walk."""
        paths = Paths(discussion)
        if discussion.messages == self._discussion.messages:
            paths._at = self._at
            ends = {one.name: one.tip for one in self._discussion.branches}
            same = {one.name for one in discussion.branches if ends.get(one.name, "") == one.tip}
            paths._walked = {name: path for name, path in self._walked.items() if name in same}
        return paths

    def kept(self, branch: str, message: Message) -> tuple[Discussion, "Paths"]:
        """What `projects.discussion.kept` gives, and its paths."""
        discussion, places = self._discussion, self._places()
        if message.id in places or all(one.name != branch for one in discussion.branches):
            return self._replaced(branch, message)
        tip = self._tip(branch)
        grown = replace(
            discussion,
            messages=(*discussion.messages, message),
            branches=tuple(
                Branch(name=branch, tip=message.id) if one.name == branch else one
                for one in discussion.branches
            ),
        )
        paths = Paths(grown)
        paths._walked = {name: path for name, path in self._walked.items() if name != branch}
        if branch in self._walked and tip == message.parent:
            paths._walked[branch] = (*self._walked[branch], message)
        places[message.id] = len(discussion.messages)
        paths._at = places
        return grown, paths

    def _replaced(self, branch: str, message: Message) -> tuple[Discussion, "Paths"]:
        """The long way, but for the message that was kept last: a tool's results come in one by one."""
        before = self._discussion
        after = kept(before, branch, message)
        paths = Paths(after)
        if before.messages and before.messages[-1].id == message.id and after.branches == before.branches:
            paths._at = self._at
            paths._walked = {
                name: (*path[:-1], message) if path and path[-1].id == message.id else path
                for name, path in self._walked.items()
            }
        return after, paths

    def _places(self) -> dict[str, int]:
        messages = self._discussion.messages
        if len(self._at) != len(messages):  # not walked yet, or another discussion has grown from this one
            self._at = {message.id: at for at, message in enumerate(messages)}
        return self._at

    def _tip(self, branch: str) -> str | None:
        return next((one.tip for one in self._discussion.branches if one.name == branch), None)

    def _walk(self, branch: str) -> Path:
        messages, places = self._discussion.messages, self._places()
        found: list[Message] = []
        at = self._tip(branch)
        while at is not None:
            found.append(messages[places[at]])
            at = found[-1].parent
        return tuple(reversed(found))
