"""The tree of a discussion: keeping a message, checking that the tree is whole, finding calls left open."""

from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, ToolCall

Flaw = tuple[tuple[str | int, ...], str]
"""Where something is wrong, and what."""


def kept(discussion: Discussion, branch: str, message: Message) -> Discussion:
    """The discussion with the message as the tip of `branch`; a branch that is not there is made.

    A message with the same id is replaced where it stands; on its own branch the tip stays, too.
    """
    messages = list(discussion.messages)
    for index in range(len(messages) - 1, -1, -1):  # from the end: what is replaced is nearly always the last
        if messages[index].id == message.id:
            messages[index] = message
            if _is_on(discussion, branch, message.id):
                return replace(discussion, messages=tuple(messages))
            break
    else:
        messages.append(message)
    return replace(discussion, messages=tuple(messages), branches=_tipped(discussion, branch, message.id))


def flaw(discussion: Discussion) -> Flaw | None:
    """Why this is no tree with named tips, as (where, what), or None.

    A parent stands before its children; that alone keeps the tree free of circles.
    """
    return Checked().flaw(discussion)


class Checked:
    """What `flaw` says of a discussion that grows, without looking again at what was seen to be whole: of ten
    thousand messages that takes 15 ms, of the one that is new nothing."""

    def __init__(self, messages: tuple[Message, ...] = (), known: set[str] | None = None) -> None:
        """`messages` that are whole by themselves are not looked at; `known` are their ids."""
        self._messages: tuple[Message, ...] = messages
        self._known: set[str] = known if known is not None else set()

    def flaw(self, discussion: Discussion) -> Flaw | None:
        """As `flaw`. What is whole is remembered until it is asked of another discussion."""
        messages = discussion.messages
        if messages is not self._messages:
            begin = self._seen(messages)
            known = self._known if begin else set[str]()
            found = _flaw_of_messages(messages, begin, known)
            if found is not None:
                self._messages, self._known = (), set()
                return found
            self._messages, self._known = messages, known
        return _flaw_of_branches(discussion, self._known)

    def kept(self, discussion: Discussion, branch: str, message: Message) -> Discussion | None:
        """What `kept` gives of the discussion seen last, where the message is new or the last one once more,
        as nearly all are: only the message is looked at. None where that is not so, or something is wrong."""
        before = self._messages
        if discussion.messages is not before or not before:
            return None
        if message.id == before[-1].id and message.parent == before[-1].parent:
            if Branch(name=branch, tip=message.id) not in discussion.branches:
                return None
            if message == before[-1]:
                return discussion
            after = replace(discussion, messages=before[:-1] + (message,))  # noqa: RUF005, it is faster
        elif message.id in self._known or not (message.parent is None or message.parent in self._known):
            return None
        else:
            branches = _tipped(discussion, branch, message.id)
            after = replace(discussion, messages=before + (message,), branches=branches)  # noqa: RUF005
            self._known.add(message.id)
        self._messages = after.messages
        return after

    def _seen(self, messages: tuple[Message, ...]) -> int:
        """How many messages at the beginning are those that were seen. What the last one says may have
        changed: a tool's results come in one by one."""
        before = len(self._messages)
        if not before or len(messages) < before or messages[: before - 1] != self._messages[:-1]:
            return 0
        last, now = self._messages[-1], messages[before - 1]
        return before if (last.id, last.parent) == (now.id, now.parent) else 0


def _flaw_of_messages(messages: tuple[Message, ...], begin: int, known: set[str]) -> Flaw | None:
    """Of those from `begin` on; `known` are the ids before them, and gets theirs."""
    for index in range(begin, len(messages)):
        message = messages[index]
        if message.id in known:
            return ("messages", index, "id"), f"the id {message.id!r} is there twice"
        if message.parent is not None and message.parent not in known:
            return ("messages", index, "parent"), f"no message before this one has the id {message.parent!r}"
        known.add(message.id)
    return None


def _flaw_of_branches(discussion: Discussion, known: set[str]) -> Flaw | None:
    names: set[str] = set()
    for index, branch in enumerate(discussion.branches):
        if branch.name in names:
            return ("branches", index, "name"), f"the branch {branch.name!r} is there twice"
        if branch.tip is not None and branch.tip not in known:
            return ("branches", index, "tip"), f"there is no message with the id {branch.tip!r}"
        names.add(branch.name)
    if discussion.active not in names:
        return ("active",), f"there is no branch named {discussion.active!r}"
    return None


def open_calls(discussion: Discussion, branch: str) -> tuple[Message | None, tuple[ToolCall, ...]]:
    """The calls at the branch's tip that have no result, and the tool message they belong into, if begun."""
    last = _found(discussion, discussion.tip(branch))
    if last is None:
        return None, ()
    asked = _found(discussion, last.parent) if last.role == "tool" else None
    if asked is not None:
        answered = {result.call_id for result in last.results}
        return last, tuple(call for call in asked.calls if call.call_id not in answered)
    return None, last.calls


def _found(discussion: Discussion, name: str | None) -> Message | None:
    """The message with this id; looked for from the end, where it nearly always is."""
    return next((one for one in reversed(discussion.messages) if one.id == name), None) if name else None


def _is_on(discussion: Discussion, name: str, message: str) -> bool:
    tip = next((branch.tip for branch in discussion.branches if branch.name == name), None)
    return tip == message or (tip is not None and any(m.id == message for m in discussion.path(name)))


def _tipped(discussion: Discussion, name: str, tip: str) -> tuple[Branch, ...]:
    moved = Branch(name=name, tip=tip)
    if any(branch.name == name for branch in discussion.branches):
        return tuple(moved if branch.name == name else branch for branch in discussion.branches)
    return (*discussion.branches, moved)
