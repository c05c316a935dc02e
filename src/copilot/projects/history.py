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
from copilot.vocabulary.messages import Discussion, Message, Text
from copilot.vocabulary.shelved import shelved, uncollected

Messages = tuple[Message, ...]

_BRING_BACK = "Put the file back as it was, and open the project again"


@frozen
class Lost:
    """A file that cannot be used, why, and what stands for messages of it that others follow."""

    named: Named
    why: str
    messages: Messages


class History:
    """The files, in their order, and the messages in them. Never changed."""

    def __init__(
        self,
        folder: Path,
        files: Iterable[HistoryFile | Lost] = (),
        memory: Memory | None = None,
        messages: Messages | None = None,
    ) -> None:
        self.folder = folder
        self.files = tuple(files)
        self.memory = memory or Memory()
        self.messages = messages_of(self.files) if messages is None else messages

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

    def behind(self, messages: Messages) -> Messages | None:
        """Those of all messages that come after the files; None where the files do not say what is there."""
        count = len(self.messages)
        return messages[count:] if messages[:count] == self.messages else None

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with the files, for the person."""
        damaged = (file.why if isinstance(file, Lost) else file.trouble for file in self.files)
        return tuple(f"{why}. {_BRING_BACK}" for why in damaged if why)

    def checked(self) -> Checked:
        """What checks the whole discussion. Of files that fit each other no message is looked at."""
        known: set[str] = set()
        count = 0
        for file in self.sound:
            if not known.issuperset(file.needs):
                return Checked()
            known.update(file.ids)
            count += len(file.ids)
        whole = count == len(known) and not self.lost
        return Checked(self.messages, known) if whole else Checked()

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
    """The messages in files, in their order."""
    found: list[Message] = []
    with uncollected():
        for file in files:
            found += file.messages if isinstance(file, Lost) else shelved(file)
    return tuple(found)


def opened_history(folder: Path, names: Sequence[Named], tail: Discussion) -> History:
    """The files that a project names, `tail` being the rest of its discussion. Those that cannot be used are
    `lost`; nothing is raised."""
    memory = Memory()
    files: list[HistoryFile | tuple[Named, str]] = []
    for named in names:
        try:
            files.append(opened(folder / named.file, named.messages, memory))
        except StorageError as error:
            files.append((named, str(error)))
    return History(folder, _with_stand_ins(files, tail), memory)


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
