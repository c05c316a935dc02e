"""Taking in what was exported as JSON: as a new project, or as branches of one that is there.

Nothing that is there is ever changed or written over: names that are taken get a number.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from copilot.projects import project_manager
from copilot.projects.attachments import AttachmentFolder
from copilot.projects.config import load_settings
from copilot.projects.exchange import Exchanged, from_json_bytes
from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.projects.taking_in import numbered, taken_in
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import LockedError, ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import attachments_of
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
    for candidate in numbered(name or _usable(one.project)):
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
            keep_attachments(home, candidate, one)
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
        keep_attachments(home, name, one)
        found = taken_in(store.project.discussion, one.discussion, new_id)
        discussion = replace(found.discussion, messages=store.project.discussion.messages)
        store.change(replace(store.project, discussion=discussion), found.added)
        return found.branches


def keep_attachments(home: Home, name: str, one: Exchanged) -> None:
    """Keep what the messages of an export have attached with the project `name`. Raises StorageError."""
    folder = AttachmentFolder(home.projects / f"{name}_attachments")
    for part in attachments_of(one.discussion.messages):
        data = one.attachments.get(part.sha256)
        if data is not None and len(data) == part.size:
            folder.keep(part, data)


def _usable(name: str) -> str:
    """The name, if it can be a project's with a number behind it."""
    flaw = project_manager.name_flaw(name)
    return "imported" if flaw is not None or len(name.encode()) > _LONGEST else name
