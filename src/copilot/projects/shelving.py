"""Which messages leave the project file for its history, and when."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from copilot.projects.history import History, Lost, Messages, messages_of
from copilot.projects.history_file import HistoryFile, encoded, written
from copilot.projects.project_file import ProjectFile
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder, storage_error
from copilot.vocabulary.frozen import frozen, replace
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
    files, kept, tail = list(history.files), history.messages, history.behind(messages)
    if tail is None:
        files, kept, tail = _regrouped(history, messages, cut, disk)
    moving = _moving(tail, size, cut)
    if moving:
        new = _written(history, tail[:moving], cut, disk)
        files += new
        kept = (*kept, *messages_of(new))
    if len(files) == len(history.files) and kept is history.messages:
        return history, messages
    return History(history.folder, files, history.memory, kept), (*kept, *tail[moving:])


def outgrown(file: ProjectFile, size: int, cut: Cut) -> bool:
    """Whether messages have to leave the project file, which has `size` bytes."""
    tail = file.history.behind(file.project.discussion.messages) if file.history is not None else None
    return tail is None or _moving(tail, size, cut) > 0


def relieved(file: ProjectFile, size: int, cut: Cut, disk: Disk = SYSTEM_DISK) -> ProjectFile:
    """What is to be written in place of a project file of `size` bytes: without what has to leave it, which
    survives a power cut on return; no older history file is touched. Raises StorageError."""
    before = file.history
    assert before is not None, "an opened project has a history"
    history, messages = shelve(before, file.project.discussion.messages, size, cut, disk)
    named = {one.file for one in history.named}
    gone = dict.fromkeys((*file.dropped, *(one.file for one in before.named)))
    dropped = tuple(name for name in gone if name not in named and (history.folder / name).exists())
    return replace(_with_messages(file, messages), history=history, dropped=dropped)


def caught_up(now: ProjectFile, before: ProjectFile, after: ProjectFile) -> ProjectFile:
    """What is in memory, `now`, once `after` was written in the place of `before`."""
    if now is before:
        return after
    count = len(before.project.discussion.messages)
    messages = now.project.discussion.messages
    if messages[:count] == before.project.discussion.messages:
        messages = (*after.project.discussion.messages, *messages[count:])
    caught = replace(now, revision=after.revision, history=after.history, dropped=after.dropped)
    return _with_messages(caught, messages)


def _with_messages(file: ProjectFile, messages: Messages) -> ProjectFile:
    discussion = replace(file.project.discussion, messages=messages)
    return replace(file, project=replace(file.project, discussion=discussion))


def _moving(tail: Messages, size: int, cut: Cut) -> int:
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
) -> tuple[list[HistoryFile | Lost], Messages, Messages]:
    """Files, their messages, and the rest, where messages of files were changed or removed: files of which
    nothing is missing stay, what is left of the others is written anew."""
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
    kept: list[Message] = []
    waiting: list[Message] = []
    next_one = 0
    for at, run in groupby(messages, home):
        some = list(run)
        if at < 0 or _is_part(some, history.files[at]):
            waiting += some
            continue
        if waiting:
            new = _written(history, waiting, cut, disk)
            files += new
            kept += messages_of(new)
            waiting = []
        files += [one for one in history.files[next_one:at] if isinstance(one, Lost)]
        next_one = at + 1
        files.append(history.files[at])
        kept += some
    files += [one for one in history.files[next_one:] if isinstance(one, Lost)]
    return files, tuple(kept), tuple(waiting)


def _is_part(messages: Sequence[Message], file: HistoryFile | Lost) -> bool:
    """Whether some of the file's messages are missing, by a change and not by a damage."""
    return isinstance(file, HistoryFile) and len(messages) < len(file.ids)
