"""The branches of a discussion, each walked once: keeping a message costs the same in a long discussion."""

from dataclasses import replace

from copilot.projects.discussion import kept
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Branch, Discussion, Message


class Paths:
    """Of one discussion. Equal to those of any other: they say nothing that the discussion does not."""

    __slots__ = ("_discussion", "_walked")

    def __init__(self, discussion: Discussion) -> None:
        self._discussion = discussion
        self._walked: dict[str, Messages] = {}

    def of(self, branch: str) -> Messages:
        """The messages of a branch; none where it is not there."""
        if branch not in self._walked:
            self._walked[branch] = self._discussion.messages.path(self._tip(branch))
        return self._walked[branch]

    def changed(self, discussion: Discussion) -> "Paths":
        """Those of a discussion that this one has become. Where the messages are the same, branches that end
        where they did keep their paths, and another's costs no more than its walk."""
        paths = Paths(discussion)
        if discussion.messages == self._discussion.messages:
            ends = {one.name: one.tip for one in self._discussion.branches}
            same = {one.name for one in discussion.branches if ends.get(one.name, "") == one.tip}
            paths._walked = {name: path for name, path in self._walked.items() if name in same}
        return paths

    def kept(self, branch: str, message: Message) -> tuple[Discussion, "Paths"]:
        """What `projects.discussion.kept` gives, and its paths."""
        discussion = self._discussion
        known = discussion.messages.place(message.id) is not None
        if known or all(one.name != branch for one in discussion.branches):
            return self._replaced(branch, message)
        tip = self._tip(branch)
        grown = replace(
            discussion,
            messages=discussion.messages.grown(message),
            branches=tuple(
                Branch(name=branch, tip=message.id) if one.name == branch else one
                for one in discussion.branches
            ),
        )
        paths = Paths(grown)
        paths._walked = {name: path for name, path in self._walked.items() if name != branch}
        if branch in self._walked and tip == message.parent:
            paths._walked[branch] = self._walked[branch] + (message,)
        return grown, paths

    def _replaced(self, branch: str, message: Message) -> tuple[Discussion, "Paths"]:
        """The long way, but for the message that was kept last: a tool's results come in one by one."""
        before = self._discussion
        after = kept(before, branch, message)
        paths = Paths(after)
        if before.messages and before.messages[-1].id == message.id and after.branches == before.branches:
            paths._walked = {
                name: path.replaced(len(path) - 1, message) if path and path[-1].id == message.id else path
                for name, path in self._walked.items()
            }
        return after, paths

    def _tip(self, branch: str) -> str | None:
        return next((one.tip for one in self._discussion.branches if one.name == branch), None)
