"""What a person does to branches and their messages. Pure functions over a discussion.

No message is ever changed or removed here: where one in the middle becomes another, it and all behind it on
that branch stand once more at the end of the tree, under new ids, and the branch's tip moves there.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import (
    Branch,
    Copied,
    Discussion,
    Message,
    Opaque,
    Part,
    Summary,
    Text,
    Thinking,
    ToolCall,
)
from copilot.vocabulary.patterns import late
from copilot.vocabulary.shelved import moved, original, words_of

NewId = Callable[[], str]
_ANSWER = late(r", answer [0-9]+\Z")
_TAKEN = "Choose a name that is not in use."
_NO_TEXT = "A message needs a text. Delete it instead."


def renamed(discussion: Discussion, name: str, to: str) -> Discussion:
    """Raises ProjectError for a branch that is not there, and a name that is in use or blank."""
    known(discussion, name)
    if name == to:
        return discussion
    free(discussion, to)
    branches = tuple(replace(one, name=to) if one.name == name else one for one in discussion.branches)
    active = to if discussion.active == name else discussion.active
    return replace(discussion, branches=branches, active=active)


def deleted(discussion: Discussion, name: str) -> Discussion:
    """Without the branch; the one before it becomes active where it was. Raises ProjectError."""
    at = known(discussion, name)
    if len(discussion.branches) == 1:
        raise ProjectError(f"{name!r} is the last branch", "A discussion has at least one.")
    branches = (*discussion.branches[:at], *discussion.branches[at + 1 :])
    active = branches[max(at - 1, 0)].name if discussion.active == name else discussion.active
    return replace(discussion, branches=branches, active=active)


def edited(discussion: Discussion, branch: str, message: str, text: str, new_id: NewId) -> Discussion:
    """With another text in a message of the branch. Raises ProjectError."""
    path = path_of(discussion, branch)
    at = _place(path, branch, message)
    changed = with_text(path[at], text)
    return discussion if changed == path[at] else _rewritten(discussion, branch, path, {at: changed}, new_id)


def without(discussion: Discussion, branch: str, messages: Collection[str], new_id: NewId) -> Discussion:
    """Without these messages of the branch, and what goes with them. Raises ProjectError."""
    path = path_of(discussion, branch)
    named = {_place(path, branch, message) for message in messages}
    first = min(named, default=len(path))
    while 0 < first < len(path) and path[first].role == "tool":
        first -= 1
    gone: set[int] = set()
    group: list[int] = []
    for at, message in enumerate(path[first:], first):
        if message.role != "tool":
            group = []
        group.append(at)
        if not named.isdisjoint(group):
            gone.update(group)
    return _rewritten(discussion, branch, path, dict.fromkeys(gone), new_id) if gone else discussion


def noted(discussion: Discussion, branch: str, note: Message) -> Discussion:
    """With a person's message at the tip of the branch."""
    placed = replace(note, parent=discussion.branches[known(discussion, branch)].tip)
    return replace(_tipped(discussion, branch, placed.id), messages=discussion.messages.grown(placed))


def note_text(discussion: Discussion, source: str, message: str | None, text: str) -> str:
    """The text of a note, with a first line that says where it is from. Raises ProjectError."""
    path = path_of(discussion, source)
    if not path:
        raise ProjectError(f"the branch {source!r} has no messages to take a note from")
    if not text.strip():
        raise ProjectError("the note has no text")
    cited = path[-1 if message is None else _place(path, source, message)]
    at = f"{datetime.fromtimestamp(cited.at, UTC):%Y-%m-%d %H:%M} UTC"
    return f"[NOTE from the branch {source!r}, message {cited.id}, {at}]\n\n{text}"


def rewound(discussion: Discussion, branch: str, message: str | None) -> tuple[Discussion, Message]:
    """The branch as it was before a person's message (None: its last), and that message.

    Where something stands behind it, the line as it was stays as a branch of its own, next to this one.
    Raises ProjectError.
    """
    path = path_of(discussion, branch)
    places = range(len(path)) if message is None else [_place(path, branch, message)]
    at = next((one for one in reversed(places) if _is_asked(path[one])), None)
    if at is None and message is None:
        raise ProjectError(f"nothing was asked on the branch {branch!r} yet")
    if at is None:
        raise ProjectError("only a message of yours can be asked again")
    back = _tipped(discussion, branch, path[at].parent)
    if at < len(path) - 1:
        here = known(discussion, branch) + 1
        line = Branch(name=numbered(discussion, f"{_ANSWER.sub('', branch)}, answer"), tip=path[-1].id)
        back = replace(back, branches=(*back.branches[:here], line, *back.branches[here:]))
    return back, path[at]


def forked(discussion: Discussion, name: str, at: str | None, *, switch: bool = True) -> Discussion:
    """With a new branch `name` whose tip is message `at`; it is the active one with `switch`."""
    free(discussion, name)
    if at is not None and discussion.messages.place(at) is None:
        raise ProjectError(f"there is no message {at!r} to branch from")
    branches = (*discussion.branches, Branch(name=name, tip=at))
    return replace(discussion, branches=branches, active=name if switch else discussion.active)


def swept(discussion: Discussion) -> Discussion:
    """Without the messages that are on no branch; itself where there are none."""
    parents = {message.id: message.parent for message in discussion.messages}
    reached: set[str] = set()
    for branch in discussion.branches:
        at = branch.tip
        while at is not None and at not in reached:
            reached.add(at)
            at = parents[at]
    if len(reached) == len(parents):
        return discussion
    return replace(
        discussion,
        messages=Messages(message for message in discussion.messages if message.id in reached),
        held=tuple(name for name in discussion.held if name in reached),
    )


def added_to(before: Discussion, after: Discussion) -> tuple[Message | Copied, ...]:
    """The messages that `after` has behind those of `before`; those that only stand once more in short."""
    new = after.messages[len(before.messages) :]
    if not new:
        return ()
    loose = {words_of(message): message for message in before.messages.tail}

    def of(message: Message) -> Message | None:
        first = original(message)
        if first is not None and before.messages.place(first.id) is not None:
            return first
        return loose.get(words_of(message))

    return tuple([_copied(message, of(message)) for message in new])


@frozen(kw_only=False)
class Line:
    """A branch to be made for one of several models; `name` is not in use."""

    name: str
    model: str


def side_by_side(discussion: Discussion, branch: str, models: Sequence[str]) -> tuple[Line, ...]:
    """A line for each model, named after the branch that all of them go on from ("main, gpt-5.2")."""
    lines: list[Line] = []
    taken = {one.name for one in discussion.branches}
    for model in models:
        name = _free_name(f"{branch}, {model}", taken)
        taken.add(name)
        lines.append(Line(name, model))
    return tuple(lines)


def numbered(discussion: Discussion, start: str) -> str:
    """`start` with the first number behind it that makes it a name not in use."""
    taken = {one.name for one in discussion.branches}
    number = 1
    while f"{start} {number}" in taken:
        number += 1
    return f"{start} {number}"


def known(discussion: Discussion, name: str) -> int:
    """Where the branch stands. Raises ProjectError."""
    for at, branch in enumerate(discussion.branches):
        if branch.name == name:
            return at
    raise ProjectError(f"there is no branch named {name!r}")


def free(discussion: Discussion, name: str) -> None:
    """Raises ProjectError for a name that no new branch can have."""
    if not name.strip() or any(branch.name == name for branch in discussion.branches):
        raise ProjectError(f"a branch named {name!r} cannot be made", _TAKEN)


def path_of(discussion: Discussion, branch: str) -> Messages:
    """The branch's messages. Raises ProjectError for one that is not there."""
    known(discussion, branch)
    return discussion.path(branch)


def with_text(message: Message, text: str) -> Message:
    """The message with this text. What a model thought led to its own words, and goes with them.

    Raises ProjectError for results of tools and where nothing would be left.
    """
    if message.role == "tool":
        raise ProjectError("the results of tools cannot be edited")
    said = Text(text=text)
    parts: list[Part] = []
    placed = False
    for part in message.parts:
        match part:
            case Summary():
                parts.append(replace(part, text=text))
                placed = True
            case Text():
                parts += () if placed else (said,)
                placed = True
            case Thinking() | Opaque():
                pass
            case ToolCall():
                parts += () if placed else (said,)
                placed = True
                parts.append(replace(part, provider_data=None))
            case _:
                parts.append(part)
    parts += () if placed else (said,)
    if not text.strip():
        parts = [part for part in parts if not isinstance(part, Text)]
        if not parts or _summary(message):
            raise ProjectError("a message cannot be left empty", _NO_TEXT)
    if text == message.text and not _summary(message):
        return message
    return replace(message, parts=tuple(parts), partial=False)


def _rewritten(
    discussion: Discussion,
    branch: str,
    path: Messages,
    changes: dict[int, Message | None] | dict[int, Message] | dict[int, None],
    new_id: NewId,
) -> Discussion:
    """The branch with these places of its path changed (None: gone), and all behind the first once more."""
    first = min(changes)
    tip = path[first - 1].id if first else None
    ids: dict[str, str] = {}
    added: list[Message] = []
    gone = {path[at].id for at, changed in changes.items() if changed is None}
    for at in range(first, len(path)):
        message = changes.get(at, path[at])
        if message is not None:
            ids[message.id] = new_id()
            added.append(moved(_covering(message, ids, gone), ids[message.id], tip))
            tip = added[-1].id
    held = (*discussion.held, *(ids[name] for name in discussion.held if name in ids))
    messages = discussion.messages.grown(*added)
    return replace(_tipped(discussion, branch, tip), messages=messages, held=held)


def _covering(message: Message, ids: dict[str, str], gone: Collection[str]) -> Message:
    """A summary with the new ids of what it covers; any other message as it is."""
    summary = _summary(message)
    if summary is None:
        return message
    covers = tuple(ids.get(name, name) for name in summary.covers if name not in gone)
    parts = (replace(part, covers=covers) if isinstance(part, Summary) else part for part in message.parts)
    return replace(message, parts=tuple(parts))


def _copied(message: Message, of: Message | None) -> Message | Copied:
    if of is None or moved(of, message.id, message.parent) != message:
        return message
    return Copied(of=of.id, id=message.id, parent=message.parent)


def _summary(message: Message) -> Summary | None:
    return next((part for part in message.parts if isinstance(part, Summary)), None)


def _tipped(discussion: Discussion, name: str, tip: str | None) -> Discussion:
    moved = tuple(replace(one, tip=tip) if one.name == name else one for one in discussion.branches)
    return replace(discussion, branches=moved)


def _is_asked(message: Message) -> bool:
    return message.role == "user" and not _summary(message)


def _place(path: Messages, branch: str, message: str) -> int:
    at = path.place(message)
    if at is None:
        raise ProjectError(f"there is no message {message!r} on the branch {branch!r}")
    return at


def _free_name(name: str, taken: Collection[str]) -> str:
    number = 2
    found = name
    while found in taken:
        found = f"{name} {number}"
        number += 1
    return found
