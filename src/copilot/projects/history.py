"""The older messages of a project: those at the beginning of its discussion, in files that never change.

`projects/<name>.toml` has the newest messages and names the files before them. A save writes the project file
and, once that has grown, one more file, whatever lies before; so neither opening nor saving takes longer for
a long history. A file that is gone or damaged stays named: put back, it is used again.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from copilot.projects.discussion import Checked
from copilot.projects.history_file import HistoryFile, Memory, opened
from copilot.projects.tables import Named
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.message_runs import Messages, Run
from copilot.vocabulary.messages import Discussion, Message, Text

_BRING_BACK = "Put the file back as it was, and open the project again"


@frozen
class Lost:
    """A file that cannot be used, why, and what stands for messages of it that others follow."""

    named: Named
    why: str
    messages: tuple[Message, ...]

    @property
    def count(self) -> int:
        """How many stand there."""
        return len(self.messages)

    @property
    def last(self) -> str:
        """The id of the last."""
        return self.messages[-1].id if self.messages else ""

    def place(self, name: str) -> int | None:
        """Where the message with this id stands."""
        return next((at for at, one in enumerate(self.messages) if one.id == name), None)

    def begin(self, place: int) -> int:
        """Each stands for itself."""
        return place

    def parent(self, place: int) -> str | None:
        """The id of the message that the one at a place follows."""
        return self.messages[place].parent


class History:
    """The files, in their order, and the messages in them. Never changed."""

    def __init__(
        self, folder: Path, files: Iterable[HistoryFile | Lost] = (), memory: Memory | None = None
    ) -> None:
        self.folder = folder
        self.files = tuple(files)
        self.memory = memory or Memory()
        self.messages = messages_of(self.files)

    @property
    def named(self) -> tuple[Named, ...]:
        """As the project file names them."""
        return tuple(file.named for file in self.files)

    @property
    def lost(self) -> tuple[Lost, ...]:
        """The files that cannot be used."""
        return tuple(file for file in self.files if isinstance(file, Lost))

    @property
    def sound(self) -> tuple[HistoryFile, ...]:
        """The others."""
        return tuple(file for file in self.files if isinstance(file, HistoryFile))

    def behind(self, messages: Messages) -> tuple[Message, ...] | None:
        """Those of all messages that come after the files; None where the files do not say what is there."""
        return messages.behind(self.messages)

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with the files, for the person."""
        damaged = (file.why if isinstance(file, Lost) else file.trouble for file in self.files)
        return tuple(f"{why}. {_BRING_BACK}" for why in damaged if why)

    def checked(self) -> Checked:
        """What checks the whole discussion. Of files that fit each other no message is looked at."""
        ends: set[str] = set()
        before: list[HistoryFile] = []
        for file in self.sound:
            for name in file.needs:
                if name not in ends and all(one.place(name) is None for one in reversed(before)):
                    return Checked()
            ends.add(file.last)
            before.append(file)
        whole = len(ends) == len(self.files)
        return Checked(self.messages) if whole else Checked()

    def left_behind(self, discussion: Discussion) -> bool:
        """Whether a message may be on no branch; never where a file is lost, which may say otherwise."""
        if self.lost:
            return False
        leaves: set[str] = set()
        followed = {branch.tip for branch in discussion.branches}
        for file in self.sound:
            leaves.update(file.leaves)
            followed.update(file.needs)
        for message in discussion.messages[len(self.messages) :]:
            leaves.add(message.id)
            followed.add(message.parent)
        return not leaves <= followed


def folder_of(project: Path) -> Path:
    """Where the history of the project at this path lies."""
    return project.with_name(f"{project.stem}_history")


def messages_of(files: Iterable[HistoryFile | Lost]) -> Messages:
    """The messages in files, in their order. None of them is looked at."""
    return Messages(runs=[Run(file, 0, file.count) for file in files if file.count])


def opened_history(folder: Path, names: Sequence[Named], tail: Discussion) -> History:
    """The files that a project names, `tail` being the rest of its discussion. Those that cannot be used are
    `lost`; nothing is raised."""
    memory = Memory()
    files: list[HistoryFile | tuple[Named, str]] = []
    for named in names:
        file = HistoryFile(folder / named.file, named, memory)
        try:
            if not named.size or file.trouble:
                file = opened(file.path, named.messages, memory)
            elif not named.straight:
                file.load()
            files.append(file)
        except StorageError as error:
            files.append((named, str(error)))
    return History(folder, _with_stand_ins(_looked_into(files, tail), tail), memory)


def _looked_into(
    files: Sequence[HistoryFile | tuple[Named, str]], tail: Discussion
) -> Sequence[HistoryFile | tuple[Named, str]]:
    """The files, those among them being read that may have a message which is no other's last, as where a
    branch left another: what cannot be read then is lost."""
    found = list(files)
    known = {message.id for message in tail.messages}
    known.update(file.last for file in files if isinstance(file, HistoryFile))
    missing = {message.parent for message in tail.messages} | {branch.tip for branch in tail.branches}
    missing -= {None, *known}
    for at in reversed(range(len(files))):
        file = files[at]
        if not isinstance(file, HistoryFile):
            continue
        try:
            if missing:
                file.load()
                missing.difference_update(file.ids)
        except StorageError as error:
            found[at] = (file.named, str(error))
        else:
            missing.update(one for one in file.needs if one not in known)
    return found


def _with_stand_ins(
    files: Sequence[HistoryFile | tuple[Named, str]], tail: Discussion
) -> Iterator[HistoryFile | Lost]:
    """The files, with something for each message of the lost ones that another message or a branch names."""
    lost = [file[0] for file in files if not isinstance(file, HistoryFile)]
    wanted = _wanted(files, tail) if lost else {}
    ends = {named.last for named in lost}
    for file in files:
        if isinstance(file, HistoryFile):
            yield file
            continue
        named, why = file
        here: list[tuple[str, str | None]] = []
        if named is lost[0]:
            here += [(one, None) for one in wanted if one not in ends]
        if named.last in wanted:
            here.append((named.last, named.after))
        messages = tuple(_stand_in(named, why, one, after) for one, after in here)
        yield Lost(named=named, why=why, messages=messages)


def _wanted(files: Sequence[HistoryFile | tuple[Named, str]], tail: Discussion) -> dict[str, None]:
    """The ids of messages that are asked for and not there, in no order that says anything."""
    known = {message.id for message in tail.messages}
    asked: list[str | None] = [message.parent for message in tail.messages]
    asked += [branch.tip for branch in tail.branches]
    for file in files:
        if isinstance(file, HistoryFile):
            known.update(file.ids)
            asked += file.needs
    wanted = dict.fromkeys(one for one in asked if one is not None and one not in known)
    for file in reversed(files):
        if not isinstance(file, HistoryFile) and file[0].last in wanted:
            after = file[0].after
            if after is not None and after not in known:
                wanted[after] = None
    return wanted


def _stand_in(named: Named, why: str, name: str, after: str | None) -> Message:
    some = "a message" if named.messages == 1 else f"up to {named.messages:,} messages"
    told = f"[Here {some} of this discussion cannot be read: {why}. {_BRING_BACK}]"
    return Message(id=name, parent=after, role="user", parts=(Text(text=told),), at=0.0)
