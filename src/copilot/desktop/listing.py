"""The files of the base directory as the window knows them, and the changes to the choice on their way.

What the person changes is shown at once: a `Choosing` lies over the listing until the worker has listed the
files anew. No Dear PyGui here.
"""

import bisect
from dataclasses import replace

from copilot.vocabulary import events as e
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileChoice, FileState, View

TOUCHED = 2_000
"""Files whose last change on disk is remembered: more than a person can look at."""

ON_THEIR_WAY = 200
"""Changes kept at once, should a worker not answer."""


@frozen
class Listing:
    """Every file of `base_dir`, sorted by path; `touched` are paths with the time (UTC) of their change."""

    base_dir: str
    files: tuple[FileState, ...]
    touched: tuple[tuple[str, float], ...] = ()

    def file(self, path: str) -> FileState | None:
        """The file of that path."""
        at = bisect.bisect_left(self.files, path, key=_path)
        return self.files[at] if at < len(self.files) and self.files[at].path == path else None


@frozen
class Choosing:
    """A `ChooseFiles` on its way: the whole new choice, and which row it changes.

    `path` is None where no row changed; `view` and `pinned` are None where they stay. `kept` once the project
    has it.
    """

    request_id: str
    files: tuple[FileChoice, ...]
    path: str | None = None
    folder: bool = False
    view: View | None = None
    pinned: bool | None = None
    kept: bool = False

    def covers(self, path: str) -> bool:
        """Whether the change is about this file or folder."""
        if self.path is None:
            return False
        return path == self.path or (self.folder and (not self.path or path.startswith(f"{self.path}/")))


def listed(before: Listing | None, event: e.FilesListed) -> Listing:
    """The listing after a new one came."""
    touched = before.touched if before is not None and before.base_dir == event.base_dir else ()
    return Listing(base_dir=event.base_dir, files=tuple(sorted(event.files, key=_path)), touched=touched)


def changed(before: Listing | None, event: e.FilesChanged) -> Listing | None:
    """The listing after files changed on disk; as before where it is another folder's."""
    if before is None or before.base_dir != event.base_dir:
        return before
    gone = set(event.removed)
    files = [file for file in before.files if file.path not in gone] if gone else list(before.files)
    new: list[FileState] = []
    touched = dict(before.touched)
    known = len(files)
    for file in event.files:
        at = bisect.bisect_left(files, file.path, key=_path)
        known_file = files[at] if at < known and files[at].path == file.path else None
        if known_file is None or _on_disk(known_file, file):
            touched.pop(file.path, None)
            touched[file.path] = event.at
        if known_file is None:
            new.append(file)
        else:
            files[at] = file
    if new:
        files = sorted((*files, *{file.path: file for file in new}.values()), key=_path)
    return replace(before, files=tuple(files), touched=tuple(touched.items())[-TOUCHED:])


def sent(choosing: tuple[Choosing, ...], change: Choosing) -> tuple[Choosing, ...]:
    """The changes on their way after one more was sent."""
    return (*choosing, change)[-ON_THEIR_WAY:]


def kept(choosing: tuple[Choosing, ...], request_id: str) -> tuple[Choosing, ...]:
    """The same after the project took one."""
    return tuple(replace(one, kept=True) if one.request_id == request_id else one for one in choosing)


def shown(choosing: tuple[Choosing, ...]) -> tuple[Choosing, ...]:
    """The same after the files were listed: what the project has taken is in the listing."""
    return tuple(one for one in choosing if not one.kept)


def failed(choosing: tuple[Choosing, ...], request_id: str) -> tuple[Choosing, ...]:
    """The same after the worker refused one."""
    return tuple(one for one in choosing if one.request_id != request_id)


def _on_disk(before: FileState, after: FileState) -> bool:
    """Whether the file itself changed, not only what was chosen for it or what the budget leaves it."""
    same = (before.wanted, before.view, before.pinned) == (after.wanted, after.view, after.pinned)
    return same or before.size != after.size


def _path(file: FileState) -> str:
    return file.path
