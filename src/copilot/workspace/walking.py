"""The files of a project in one pass: each folder is opened once, held, and left again; no link is followed.

Quick enough to look at everything before each turn: next to a plain `os.scandir` with `stat` it adds the
ignore rules and little else.
"""

import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from copilot.vocabulary.errors import OutsideProjectError, ToolError
from copilot.vocabulary.frozen import mutable
from copilot.workspace.boundary import Boundary, Entry, kind_of
from copilot.workspace.folders import HANDLES, Folder, Found, open_root
from copilot.workspace.ignore import NEVER_WALKED, Layers, ignored, layers_above, layers_of, outer_layer
from copilot.workspace.names import MAX_DEPTH

Trouble = Callable[[str, str], None]


def walk(
    base_dir: Path,
    under: str = ".",
    *,
    depth: int = MAX_DEPTH,
    excludes: Path | None = None,
    trouble: Trouble = lambda _path, _why: None,
) -> Iterator[Entry]:
    """The files and folders of a project, or of one folder of it, that are not ignored, depth first by name.

    `depth` 1 gives the entries of `under` alone. Links are given but never followed, so that no loop is
    entered. `excludes` is git's ignore file for all of a person's projects. A folder that cannot be read is
    left out and told to `trouble` with its path and the reason. Raises OutsideProjectError or ToolError
    where `under` itself cannot be listed.
    """
    boundary = Boundary(base_dir)
    start = boundary.resolve(under)
    boundary.list(start)  # says in a person's words what is wrong with it
    layers = outer_layer(excludes) + layers_above(boundary, start)
    above: list[Folder] = []
    under_way: list[_Level] = []
    try:
        above.append(open_root(base_dir, handles=HANDLES))
        for name in [] if start == "." else start.split("/"):
            above.append(above[-1].enter(name))
        prefix = "" if start == "." else f"{start}/"
        under_way.append(_level(above.pop(), boundary, prefix, layers))
        while under_way:
            level = under_way[-1]
            entry = next(level.rest, None)
            if entry is None:
                under_way.pop().folder.close()
                continue
            yield entry
            if entry.kind != "folder":
                continue
            if len(under_way) >= depth:
                trouble(entry.path, "lies too deep to be looked into")
            else:
                below = _below(level, entry, boundary, trouble)
                if below is not None:
                    under_way.append(below)
    except OSError as error:
        raise ToolError(f"{base_dir} cannot be walked: {error.strerror}") from error
    finally:
        for folder in (*above, *(level.folder for level in under_way)):
            folder.close()


@mutable(kw_only=True)
class _Level:
    """A folder on the way down: held, with what is still to be given of it."""

    folder: Folder
    layers: Layers
    rest: Iterator[Entry]


def _level(folder: Folder, boundary: Boundary, prefix: str, layers: Layers) -> _Level:
    """Takes over the folder, also where it cannot be listed: then OSError. `prefix` ends in a slash."""
    try:
        found = sorted(folder.scan(), key=_by_name)
    except BaseException:
        folder.close()
        raise
    hidden = [one for one in found if one.name[0] == "."]  # as every ignore file is
    layers += layers_of(boundary, prefix, [one.name for one in hidden if not stat.S_ISDIR(one.info.st_mode)])
    return _Level(folder=folder, layers=layers, rest=iter(_entries(found, prefix, layers)))


def _below(level: _Level, entry: Entry, boundary: Boundary, trouble: Trouble) -> _Level | None:
    try:
        return _level(level.folder.enter(entry.name), boundary, f"{entry.path}/", level.layers)
    except (OSError, OutsideProjectError) as error:  # no permission, gone, or a link by now
        trouble(entry.path, getattr(error, "strerror", "") or str(error))
        return None


def _entries(found: Sequence[Found], prefix: str, layers: Layers) -> list[Entry]:
    """What is found, but for what is left out."""
    entries: list[Entry] = []
    for one in found:
        name, info = one.name, one.info
        if name in NEVER_WALKED:
            continue
        path, kind = prefix + name, kind_of(info)
        if layers and ignored(layers, path, folder=kind == "folder") is not None:
            continue
        entries.append(
            Entry(
                path=path,
                kind=kind,
                size=info.st_size,
                mtime_ns=info.st_mtime_ns,
                ctime_ns=info.st_ctime_ns,
            )
        )
    return entries


def _by_name(found: Found) -> str:
    return found.name
