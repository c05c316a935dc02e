"""The tree of a discussion: keeping a message, checking that the tree is whole, finding calls left open."""

from copilot.vocabulary.frozen import replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Branch, Discussion, Message, ToolCall

Flaw = tuple[tuple[str | int, ...], str]
"""Where something is wrong, and what."""


def kept(discussion: Discussion, branch: str, message: Message) -> Discussion:
    """The discussion with the message as the tip of `branch`; a branch that is not there is made.

    A message with the same id is replaced where it stands; on its own branch the tip stays, too.
    """
    messages = discussion.messages
    place = messages.place(message.id)
    if place is None:
        messages = messages.grown(message)
    else:
        messages = messages.replaced(place, message)
        if _is_on(discussion, branch, message.id):
            return replace(discussion, messages=messages)
    return replace(discussion, messages=messages, branches=_tipped(discussion, branch, message.id))


def flaw(discussion: Discussion) -> Flaw | None:
    """Why this is no tree with named tips, as (where, what), or None.

    A parent stands before its children; that alone keeps the tree free of circles.
    """
    return Checked().flaw(discussion)


class Checked:
    """What `flaw` says of a discussion that grows, without looking again at what was seen to be whole: of ten
    thousand messages that takes 15 ms, of the one that is new nothing."""

    def __init__(self, messages: Messages | None = None) -> None:
        """`messages` that are whole by themselves are not looked at."""
        self._messages = messages if messages is not None else Messages()

    def flaw(self, discussion: Discussion, *, apart: bool = False) -> Flaw | None:
        """As `flaw`. What is whole is remembered until it is asked of another discussion. With `apart` no
        message has the id of one on a shelf, which takes no look at the ids there."""
        messages = discussion.messages
        if messages is not self._messages:
            seen = self._seen(messages)
            found = _flaw_of_messages(messages, seen, apart=apart)
            if found is not None:
                self._messages = Messages()
                return found
            messages.learn(seen)
            self._messages = messages
        return _flaw_of_branches(discussion)

    def kept(self, discussion: Discussion, branch: str, message: Message) -> Discussion | None:
        """What `kept` gives of the discussion seen last, where the message is new or the last one once more,
        as nearly all are: only the message is looked at. None where that is not so, or something is wrong."""
        before = self._messages
        if discussion.messages is not before or not before:
            return None
        last = before[-1]
        if message.id == last.id and message.parent == last.parent:
            if Branch(name=branch, tip=message.id) not in discussion.branches:
                return None
            if message == last:
                return discussion
            after = replace(discussion, messages=before.replaced(len(before) - 1, message))
        elif before.place(message.id) is not None or not _is_there(before, message.parent):
            return None
        else:
            branches = _tipped(discussion, branch, message.id)
            after = replace(discussion, messages=before.grown(message), branches=branches)
        self._messages = after.messages
        return after

    def moved(self, before: Messages, after: Messages) -> None:
        """The same messages, some of which lie elsewhere now, so that they are not looked at again."""
        if self._messages is before:
            self._messages = after

    def _seen(self, messages: Messages) -> Messages:
        """The messages at the beginning that were seen. What the last one says may have changed: a tool's
        results come in one by one."""
        seen = self._messages
        before = len(seen)
        if not before or len(messages) < before:
            return Messages()
        if messages.runs == seen.runs and not seen.tail:
            return seen
        if messages[: before - 1] != seen[:-1]:
            return Messages()
        last, now = seen[-1], messages[before - 1]
        return seen if (last.id, last.parent) == (now.id, now.parent) else Messages()


def _flaw_of_messages(messages: Messages, seen: Messages, *, apart: bool) -> Flaw | None:
    """Of those behind the ones that were `seen`."""
    known: set[str] = set()
    others = not apart or bool(seen.tail)
    for index, message in enumerate(messages[len(seen) :], len(seen)):
        if message.id in known or (others and seen.place(message.id) is not None):
            return ("messages", index, "id"), f"the id {message.id!r} is there twice"
        parent = message.parent
        if parent is not None and parent not in known and not _is_there(seen, parent):
            return ("messages", index, "parent"), f"no message before this one has the id {parent!r}"
        known.add(message.id)
    return None


def _is_there(messages: Messages, name: str | None) -> bool:
    return name is None or messages.place(name) is not None


def _flaw_of_branches(discussion: Discussion) -> Flaw | None:
    names: set[str] = set()
    for index, branch in enumerate(discussion.branches):
        if branch.name in names:
            return ("branches", index, "name"), f"the branch {branch.name!r} is there twice"
        if not _is_there(discussion.messages, branch.tip):
            return ("branches", index, "tip"), f"there is no message with the id {branch.tip!r}"
        names.add(branch.name)
    if discussion.active not in names:
        return ("active",), f"there is no branch named {discussion.active!r}"
    return None


def open_calls(discussion: Discussion, branch: str) -> tuple[Message | None, tuple[ToolCall, ...]]:
    """The calls at the branch's tip that have no result, and the tool message they belong into, if begun."""
    last = discussion.messages.find(discussion.tip(branch))
    if last is None:
        return None, ()
    asked = discussion.messages.find(last.parent) if last.role == "tool" else None
    if asked is not None:
        answered = {result.call_id for result in last.results}
        return last, tuple(call for call in asked.calls if call.call_id not in answered)
    return None, last.calls


def _is_on(discussion: Discussion, name: str, message: str) -> bool:
    tip = next((branch.tip for branch in discussion.branches if branch.name == name), None)
    return tip is not None and discussion.path(name).place(message) is not None


def _tipped(discussion: Discussion, name: str, tip: str) -> tuple[Branch, ...]:
    moved = Branch(name=name, tip=tip)
    if any(branch.name == name for branch in discussion.branches):
        return tuple(moved if branch.name == name else branch for branch in discussion.branches)
    return (*discussion.branches, moved)
