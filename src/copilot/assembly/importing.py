"""Taking in what was exported as JSON: as a new project, or as branches of one that is there.

Nothing that is there is ever changed or written over: names that are taken get a number.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from copilot.projects import project_manager
from copilot.projects.attachments import AttachmentFolder
from copilot.projects.config import load_settings
from copilot.projects.exchange import Exchanged, from_json_bytes
from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Part, Summary, attachments_of
from copilot.vocabulary.values import Project

MOST_BYTES = 2_000_000_000
_LONGEST = 70
"""Bytes of a project's name that leave room for a number."""


def read_export(path: Path) -> Exchanged:
    """What a file holds. Raises ProjectError, StorageError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ProjectError(f"{path} is larger than {MOST_BYTES // 10**9} GB", "It is no export of ours.")
        return from_json_bytes(path.read_bytes())
    except OSError as error:
        raise storage_error("reading", path, error) from error


def import_project(home: Home, one: Exchanged, base_dir: Path, name: str = "") -> str:
    """Make a project of it that works in `base_dir`; its name. Raises ProjectError, StorageError."""
    home.make()
    base = project_manager.base_text(base_dir)
    for candidate in _names(name or _usable(one.project)):
        target = project_manager.path_of(home, candidate)
        with suppress(LockedError), hold(target.with_suffix(".lock")):
            if target.exists() or target.is_symlink():
                continue
            project = Project(
                name=candidate,
                base_dir=base,
                system_prompt=one.system_prompt,
                discussion=one.discussion,
            )
            _keep_attachments(home, candidate, one)
            write_atomic(target, project_manager.dump(project).encode())
            return candidate
    raise AssertionError("numbers do not end")


def import_branches(
    home: Home, one: Exchanged, name: str, clock: Callable[[], float], new_id: Callable[[], str]
) -> tuple[str, ...]:
    """Make branches of it in the project `name`; their names. Messages that are there already are shared.

    Raises ProjectError where there is no such project, LockedError where it is open, StorageError.
    """
    if not project_manager.path_of(home, name).exists():
        raise ProjectError(f"there is no project named {name}", "Look at the list of projects.")
    settings, _ = load_settings(home)
    with Store.open(home, name, clock=clock, new_id=new_id, limits=settings.limits) as store, store.lock:
        before = store.project.discussion
        _keep_attachments(home, name, one)
        added, tips, held = _fitted(before, one.discussion, new_id)
        taken = {branch.name for branch in before.branches}
        new: list[Branch] = []
        for branch in one.discussion.branches:
            free = next(candidate for candidate in _names(branch.name) if candidate not in taken)
            taken.add(free)
            new.append(Branch(name=free, tip=None if branch.tip is None else tips[branch.tip]))
        after = replace(
            before, branches=(*before.branches, *new), held=tuple(dict.fromkeys((*before.held, *held)))
        )
        store.change(replace(store.project, discussion=after), added)
        return tuple(branch.name for branch in new)


def _fitted(
    before: Discussion, other: Discussion, new_id: Callable[[], str]
) -> tuple[tuple[Message, ...], dict[str, str], tuple[str, ...]]:
    """The messages that are not there yet, what each is called here, and those that are held."""
    known = {message.id: message for message in before.messages}
    names: dict[str, str] = {}
    added: list[Message] = []
    for message in other.messages:
        parts = tuple(_renamed(part, names) for part in message.parts)
        parent = None if message.parent is None else names[message.parent]
        placed = replace(message, parent=parent, parts=parts)
        there = known.get(message.id)
        if there != placed:
            if there is not None:
                placed = replace(placed, id=new_id())
            added.append(placed)
        names[message.id] = placed.id
        known[placed.id] = placed
    return tuple(added), names, tuple(names[one] for one in other.held if one in names)


def _renamed(part: Part, names: dict[str, str]) -> Part:
    """A summary names the messages that it stands for."""
    if isinstance(part, Summary):
        return replace(part, covers=tuple(names.get(one, one) for one in part.covers))
    return part


def _keep_attachments(home: Home, name: str, one: Exchanged) -> None:
    folder = AttachmentFolder(home.projects / f"{name}_attachments")
    for part in attachments_of(one.discussion.messages):
        data = one.attachments.get(part.sha256)
        if data is not None and len(data) == part.size:
            folder.keep(part, data)


def _names(start: str) -> Iterator[str]:
    """The name, and then with numbers behind it."""
    yield start
    number = 2
    while True:
        yield f"{start} {number}"
        number += 1


def _usable(name: str) -> str:
    """The name, if it can be a project's with a number behind it."""
    flaw = project_manager.name_flaw(name)
    return "imported" if flaw is not None or len(name.encode()) > _LONGEST else name
