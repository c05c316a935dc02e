"""The only writer of a project. What it has acknowledged survives a kill and a power cut.

Where the disk takes nothing, work goes on in memory: `trouble` says so, and `retry` tries again.

Between two writes of `projects/<name>.toml` everything is appended to `projects/<name>.journal`, one synced
line each; `flush` writes the file and empties the journal; opening folds what is left of one into the other.
A lock on `projects/<name>.lock` keeps a second program out.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

from copilot.projects import project_file, project_manager
from copilot.projects.branching import swept
from copilot.projects.discussion import open_calls
from copilot.projects.history_tidying import discard, mend_all
from copilot.projects.home import Home
from copilot.projects.journal import ChangeEntry, Entry, EventEntry, MessageEntry, Numbered, apply, settle
from copilot.projects.moving import archive_of, take_back
from copilot.projects.opening import Opened, open_files
from copilot.projects.patient import PatientJournal
from copilot.projects.project_file import DEFAULT_LIMITS
from copilot.projects.shelving import DEFAULT_CUT, Cut, caught_up, mergeable, outgrown, relieved
from copilot.storage.aside import free_name
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.storage.locks import Held, hold
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import INTERRUPTED, Copied, FileRefresh, Message, ToolCall, ToolResult
from copilot.vocabulary.values import Limits, Project


class Store:
    """One open project, made by `open`. Any thread may call it; who changes what it read holds `lock`."""

    @classmethod
    def open(
        cls,
        home: Home,
        name: str,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        base_dir: Path | None = None,
        limits: Limits = DEFAULT_LIMITS,
        cut: Cut = DEFAULT_CUT,
        disk: Disk = SYSTEM_DISK,
    ) -> "Store":
        """Take the project's lock and load it, or begin a new one where there is no file yet.

        `base_dir` becomes the project's base directory; a new project needs one. `limits` (those of the
        settings) stand for what the project does not set; `cut` says when older messages leave its file. Tool
        calls that the last run left without a result get one, and messages that an edit or a deletion left on
        no branch go. Raises LockedError, StorageError, and ProjectError for a name that cannot be a file's or
        a base directory that is missing.
        """
        path = project_manager.path_of(home, name)
        home.make()
        with ExitStack() as undo:
            held = undo.enter_context(hold(path.with_suffix(".lock")))
            take_back(home.projects, archive_of(home), name)
            sweep_temps(path.resolve(), disk=disk)
            opened = _swept(open_files(path, base_dir=base_dir, limits=limits, disk=disk))
            undo.callback(opened.journal.close)
            store = cls(path, opened, held, limits, cut, disk)
            store._answer_open_calls(clock, new_id)
            store._flush_if_possible()
            undo.pop_all()
        return store

    def __init__(self, path: Path, opened: Opened, held: Held, limits: Limits, cut: Cut, disk: Disk) -> None:
        self.lock = threading.RLock()
        self._flushing = threading.Lock()
        self._path = path
        self._file = opened.file
        self._ours = {_digest(opened.written)}
        self._size = len(opened.written)
        self._journal = PatientJournal(opened.journal)
        self._seq = opened.seq
        self._dirty = opened.changed or outgrown(opened.file, self._size, cut)
        self._checked = opened.checked
        self._notices = list(opened.notices)
        self._held = held
        self._limits = limits
        self._cut = cut
        self._disk = disk

    @property
    def project(self) -> Project:
        """The project as everything that was kept has made it."""
        return self._file.project

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know about how the project was opened and flushed."""
        return tuple(self._notices)

    @property
    def trouble(self) -> StorageError | None:
        """Why what was kept last is in memory only; None while all of it is on the disk."""
        return self._journal.trouble

    def retry(self) -> bool:
        """Try again to save what is in memory only; whether all of it is on the disk."""
        with self.lock:
            return self._journal.retry()

    def keep_message(self, branch: str, message: Message, *, sync: bool = True) -> None:
        """Keep a message as the tip of `branch`; when this returns, it is on the disk, or there is `trouble`.

        Without `sync` it is safe from a kill then, and from a power cut after `sync`. A message with an id
        already known replaces it. Lone surrogates in it become "?". Raises ProjectError for a message whose
        parent is not there.
        """
        self._keep(MessageEntry(branch=branch, message=message), sync=sync)

    def sync(self) -> None:
        """Have on the medium what was kept without; whoever shows it calls this first. Takes no lock of ours
        that is held for long."""
        self._journal.sync()

    def keep_event(self, event: Event) -> None:
        """Keep an approval; when this returns, it is on the disk, and all before it. The session's log has it
        for good. Raises StorageError where the disk does not take it: nothing may run that is not written
        down."""
        self._keep(EventEntry(event=event), patient=False)

    def change(self, project: Project, added: tuple[Message | Copied, ...] = ()) -> None:
        """Keep everything of `project` but its messages: files, prompt, limits, base directory, branches; on
        the disk, or there is `trouble`.

        Of the messages only `added` are new. Raises ProjectError for branches that do not fit the messages,
        and for another name.
        """
        with self.lock:
            kept = replace(project.discussion, messages=self.project.discussion.messages)
            changed = replace(project, discussion=kept)
            if changed.name != self.project.name:
                raise ProjectError(f"this is project {self.project.name}, not {changed.name}")
            if added or changed != self.project:
                self._keep(ChangeEntry(project=changed, added=added))

    def flush(self) -> None:
        """Write the project's file if anything changed, then empty the journal. Older messages leave the file
        for the history first, once there are many.

        A version of the file that somebody else wrote meanwhile is set aside first, and a notice says so.
        What is kept while the file is written waits for nothing, and stays in the journal. Raises
        StorageError; what is in the journal stays there.
        """
        self._flush()

    def _flush(self, *, last: bool = False) -> None:
        """With `last`, some small files of the history become one as well: bounded work."""
        with self._flushing:
            with self.lock:
                seq, dirty, before = self._seq, self._dirty, self._file
            merging = last and before.history is not None and bool(mergeable(before.history, self._cut))
            if dirty or merging:
                revised = replace(before, revision=seq)
                file = relieved(revised, self._size, self._cut, self._disk, merging=merging)
                data = project_file.write(file, limits=self._limits).encode()
                self._spare_another_version()
                self._ours.add(_digest(data))  # also where only the folder cannot be synced
                write_atomic(self._path.resolve(), data, disk=self._disk)
                self._ours, self._size = {_digest(data)}, len(data)
                if not merging:  # else another program may be reading them: the next start removes them
                    discard(file, before, self._path, self._disk)
                with self.lock:
                    messages = self.project.discussion.messages
                    self._file = caught_up(self._file, before, file)
                    self._checked.moved(messages, self.project.discussion.messages)
            with self.lock:
                if self._seq == seq:
                    self._dirty = False
                    self._journal.empty()

    def close(self) -> None:
        """Flush and let go of the project; it is let go of even where flushing fails. What is in memory only
        goes to another place then, which the error names."""
        try:
            self._flush(last=True)
            mend_all(self._file, self._disk)
        except StorageError as error:
            raise self._rescued(error) from error
        finally:
            self._journal.close()
            if self._journal.size == 0:
                with suppress(OSError):
                    self._disk.unlink(self._path.with_suffix(".journal"))
            self._held.release()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _keep(self, entry: Entry, *, patient: bool = True, sync: bool = True) -> None:
        with self.lock:
            self._append(entry, patient, sync)

    def _append(self, entry: Entry, patient: bool, sync: bool) -> None:
        line, settled = settle(Numbered(seq=self._seq + 1, entry=entry))
        project = self._after(settled.entry)
        self._journal.append(line, patient=patient, sync=sync)
        self._seq = settled.seq
        if project is not self.project:
            self._file = replace(self._file, project=project)
            self._dirty = True

    def _after(self, entry: Entry) -> Project:
        """The project after an entry. Raises ProjectError."""
        if isinstance(entry, MessageEntry):
            kept = self._checked.kept(self.project.discussion, entry.branch, entry.message)
            if kept is not None:
                changed = kept is not self.project.discussion
                return replace(self.project, discussion=kept) if changed else self.project
        project = apply(self.project, entry)
        torn = self._checked.flaw(project.discussion)
        if torn:
            raise ProjectError(f"this cannot be kept in project {project.name}: {torn[1]}")
        return project if project != self.project else self.project

    def _rescued(self, error: StorageError) -> StorageError:
        """What to say of the end of a project whose file could not be written."""
        if self._journal.retry():
            return error
        path = self._journal.rescue(self.project.name)
        if path is None:
            return StorageError(f"{error}. What was said since then is lost with this program", error.hint)
        journal = self._path.with_suffix(".journal")
        return StorageError(
            f"{error}. What could not be saved is in {path}",
            f"Free some space, append that file to {journal}, and open the project.",
        )

    def _spare_another_version(self) -> None:
        """Keep what is there under a new name, unless it is what this store read or wrote last."""
        try:
            there = self._path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise storage_error("reading", self._path, error) from error
        if _digest(there) not in self._ours:
            aside = free_name(self._path, "changed")
            write_atomic(aside, there, disk=self._disk)  # a copy: there is never a moment without the file
            self._notices.append(
                f"{self._path.name} was changed by somebody else while it was open."
                f" That version is kept as {aside.name}; this program's own was written."
            )

    def _flush_if_possible(self) -> None:
        """At the start: what was folded goes into the file; if it cannot, the journal still has it."""
        try:
            self.flush()
        except StorageError as error:
            self._notices.append(f"{error}. {error.hint}".strip())

    def _answer_open_calls(self, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        """Give every call at a branch's tip a result: no request to a model may lack one."""
        answers: dict[str, Message] = {}
        for branch in self.project.discussion.branches:
            begun, calls = open_calls(self.project.discussion, branch.name)
            if branch.tip is None or not calls:
                continue
            if branch.tip not in answers:
                blank = begun or Message(id=new_id(), parent=branch.tip, role="tool", parts=(), at=clock())
                answers[branch.tip] = _interrupted(blank, calls)
            self.keep_message(branch.name, answers[branch.tip])


def _swept(opened: Opened) -> Opened:
    """Without the messages that are on no branch: nobody can undo any more what left them there."""
    project = opened.file.project
    history = opened.file.history
    if history is None or not history.left_behind(project.discussion):
        return opened
    discussion = swept(project.discussion)
    file = replace(opened.file, project=replace(project, discussion=discussion))
    return replace(opened, file=file, changed=True)


def _digest(data: bytes) -> bytes:
    """Enough to know a version of the file again, without a second copy of every message in memory."""
    return hashlib.sha256(data).digest()


def _interrupted(message: Message, calls: Sequence[ToolCall]) -> Message:
    """The tool message with a result for each call, the file refresh last."""
    missing = [
        ToolResult(call_id=call.call_id, name=call.name, output=INTERRUPTED, status="cancelled")
        for call in calls
    ]
    refresh = [part for part in message.parts if isinstance(part, FileRefresh)]
    return replace(message, parts=(*message.results, *missing, *refresh))
