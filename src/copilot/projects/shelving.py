"""Which messages leave the project file for its history, and when."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from copilot.projects.history import History, Lost
from copilot.projects.history_file import HistoryFile, encoded, joined, written
from copilot.projects.project_file import ProjectFile
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder, storage_error
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Message
from copilot.vocabulary.shelved import Shelved


@frozen
class Cut:
    """When messages leave the project file: it has more of them than `most_messages`, or they have more than
    `most_bytes`; of the newest, `left_messages` and `left_bytes` stay. A history file has at most
    `file_messages`, and ends with the message that fills `file_bytes`."""

    most_messages: int = 1_000
    most_bytes: int = 1_000_000
    left_messages: int = 250
    left_bytes: int = 250_000
    file_messages: int = 2_000
    file_bytes: int = 4_000_000


DEFAULT_CUT = Cut()
"""Measured, see docs/measured.md: a project file of this size opens in 0.05 to 0.2 s."""

_LEAST_LEFT: Final = 2
"""Messages that stay whatever their size: the results of a tool may still come into the last."""


def shelve(
    history: History, messages: Messages, size: int, cut: Cut, disk: Disk = SYSTEM_DISK
) -> tuple[History, Messages]:
    """The history with what has to leave a project file of `size` bytes, and all messages as they are then.

    New files survive a power cut on return; no other is touched. Raises StorageError.
    """
    files, tail = history.files, history.behind(messages)
    if tail is None:
        files, tail = _regrouped(history, messages, cut, disk)
    moving = _moving(tail, size, cut)
    if moving:
        files = (*files, *_written(history, tail[:moving], cut, disk))
    if files is history.files:
        return history, messages
    after = History(history.folder, files, history.memory)
    return after, after.messages + tail[moving:]


def outgrown(file: ProjectFile, size: int, cut: Cut) -> bool:
    """Whether messages have to leave the project file, which has `size` bytes."""
    tail = file.history.behind(file.project.discussion.messages) if file.history is not None else None
    return tail is None or _moving(tail, size, cut) > 0


def relieved(
    file: ProjectFile, size: int, cut: Cut, disk: Disk = SYSTEM_DISK, *, merging: bool = False
) -> ProjectFile:
    """What is to be written in place of a project file of `size` bytes: without what has to leave it, which
    survives a power cut on return; no older history file is touched. With `merging` some small ones are one
    afterwards. Raises StorageError."""
    before = file.history
    assert before is not None, "an opened project has a history"
    history, messages = shelve(before, file.project.discussion.messages, size, cut, disk)
    if merging and (some := mergeable(history, cut)):
        history, messages = merged(history, messages, some, disk)
    named = {one.file for one in history.named}
    gone = dict.fromkeys((*file.dropped, *(one.file for one in before.named)))
    dropped = tuple(name for name in gone if name not in named and (history.folder / name).exists())
    return replace(_with_messages(file, messages), history=history, dropped=dropped)


def mergeable(history: History, cut: Cut) -> range:
    """The neighbours among the files that are one file best: each less than half as large as files may be,
    and together no larger; the most of them that there are. Empty where there are none."""
    best = range(0)
    start = messages = size = 0
    for at, file in enumerate(history.files):
        if not isinstance(file, HistoryFile) or not _is_small(file, cut):
            start, messages, size = at + 1, 0, 0
            continue
        messages, size = messages + file.count, size + file.size
        while messages > cut.file_messages or size > cut.file_bytes:
            first = history.files[start].named
            start, messages, size = start + 1, messages - first.messages, size - first.size
        if at + 1 - start > max(len(best), 1):
            best = range(start, at + 1)
    return best


def _is_small(file: HistoryFile, cut: Cut) -> bool:
    return 2 * file.count < cut.file_messages and 2 * file.size < cut.file_bytes


def merged(
    history: History, messages: Messages, which: range, disk: Disk = SYSTEM_DISK
) -> tuple[History, Messages]:
    """With some neighbours as one file, which survives a power cut on return; the others stay on the disk.
    As it is where one of them cannot be read, or the disk takes no more."""
    tail = messages.behind(history.messages)
    some = [file for file in history.files[which.start : which.stop] if isinstance(file, HistoryFile)]
    try:
        one = joined(some, history.memory, disk)
    except StorageError:
        return history, messages
    files = (*history.files[: which.start], one, *history.files[which.stop :])
    after = History(history.folder, files, history.memory)
    return after, after.messages + (tail or ())


def caught_up(now: ProjectFile, before: ProjectFile, after: ProjectFile) -> ProjectFile:
    """What is in memory, `now`, once `after` was written in the place of `before`."""
    if now is before:
        return after
    messages = now.project.discussion.messages
    since = messages.behind(before.project.discussion.messages)
    if since is not None:
        messages = after.project.discussion.messages + since
    caught = replace(now, revision=after.revision, history=after.history, dropped=after.dropped)
    return _with_messages(caught, messages)


def _with_messages(file: ProjectFile, messages: Messages) -> ProjectFile:
    discussion = replace(file.project.discussion, messages=messages)
    return replace(file, project=replace(file.project, discussion=discussion))


def _moving(tail: tuple[Message, ...], size: int, cut: Cut) -> int:
    """How many messages leave the project file."""
    if len(tail) <= cut.most_messages and size <= cut.most_bytes:
        return 0
    stay = filled = 0
    for message in reversed(tail):
        if stay >= _LEAST_LEFT and (stay >= cut.left_messages or filled >= cut.left_bytes):
            break
        stay += 1
        filled += len(encoded(message))
    moving = tail[: len(tail) - stay]
    if len(tail) > cut.most_messages:
        return len(moving)
    freed = sum(len(encoded(message)) for message in moving)
    return len(moving) if 2 * freed > cut.most_bytes - cut.left_bytes else 0  # else something else is large


def _written(history: History, messages: Sequence[Message], cut: Cut, disk: Disk) -> list[HistoryFile]:
    """New files with these messages."""
    folder = history.folder
    make_folder(folder)
    try:
        disk.sync_folder(folder.parent)
    except OSError as error:
        raise storage_error("making the folder", folder, error) from error
    return [written(folder, some, history.memory, disk) for some in _split(messages, cut)]


def _split(messages: Sequence[Message], cut: Cut) -> Iterator[list[Message]]:
    some: list[Message] = []
    filled = 0
    for message in messages:
        some.append(message)
        filled += len(encoded(message))
        if len(some) >= cut.file_messages or filled >= cut.file_bytes:
            yield some
            some, filled = [], 0
    if some:
        yield some


def _regrouped(
    history: History, messages: Messages, cut: Cut, disk: Disk
) -> tuple[tuple[HistoryFile | Lost, ...], tuple[Message, ...]]:
    """Files and the rest, where messages of files were changed or removed: files of which nothing is missing
    stay, what is left of the others is written anew."""
    places = {id(file): at for at, file in enumerate(history.files)}
    homes = {
        id(one): at
        for at, file in enumerate(history.files)
        if isinstance(file, Lost)
        for one in file.messages
    }

    def home(message: Message) -> int:
        if isinstance(message, Shelved) and message.shelf.ids[message.place] == message.id:
            return places.get(id(message.shelf), -1)
        return homes.get(id(message), -1)

    files: list[HistoryFile | Lost] = []
    waiting: list[Message] = []
    next_one = 0
    for at, run in groupby(messages, home):
        some = list(run)
        if at < 0 or _is_part(some, history.files[at]):
            waiting += some
            continue
        if waiting:
            files += _written(history, waiting, cut, disk)
            waiting = []
        files += [one for one in history.files[next_one:at] if isinstance(one, Lost)]
        next_one = at + 1
        files.append(history.files[at])
    files += [one for one in history.files[next_one:] if isinstance(one, Lost)]
    return tuple(files), tuple(waiting)


def _is_part(messages: Sequence[Message], file: HistoryFile | Lost) -> bool:
    """Whether some of the file's messages are missing, by a change and not by a damage."""
    return isinstance(file, HistoryFile) and len(messages) < file.count
