"""The files of a project in one pass: each folder is opened once, held, and left again; no link is followed.

Quick enough to look at everything before each turn: next to a plain `os.scandir` with `stat` it adds the
ignore rules and little else.
"""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from copilot.vocabulary.errors import OutsideProjectError, ToolError
from copilot.workspace.boundary import Boundary, Entry, Kind
from copilot.workspace.folders import HANDLES, Folder, Found, is_link, open_root
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
    held: list[Folder] = []
    try:
        held.append(open_root(base_dir, handles=HANDLES))
        for name in [] if start == "." else start.split("/"):
            held.append(held[-1].enter(name))
        yield from _walk(held[-1], boundary, "" if start == "." else f"{start}/", layers, depth, trouble)
    except OSError as error:
        raise ToolError(f"{base_dir} cannot be walked: {error.strerror}") from error
    finally:
        for folder in held:
            folder.close()


def _walk(
    folder: Folder, boundary: Boundary, prefix: str, layers: Layers, depth: int, trouble: Trouble
) -> Iterator[Entry]:
    """`prefix` is the folder's path: empty or ending in a slash."""
    found = sorted(folder.scan(), key=_by_name)
    layers += layers_of(boundary, prefix, [one.name for one in found if stat.S_ISREG(one.info.st_mode)])
    for one in found:
        if one.name in NEVER_WALKED:
            continue
        path, kind = prefix + one.name, _kind(one)
        if layers and ignored(layers, path, folder=kind == "folder") is not None:
            continue
        info = one.info
        yield Entry(
            name=one.name,
            path=path,
            kind=kind,
            size=info.st_size,
            mtime_ns=info.st_mtime_ns,
            ctime_ns=info.st_ctime_ns,
        )
        if kind == "folder" and depth > 1:
            yield from _below(folder, one.name, boundary, path, layers, depth - 1, trouble)


def _below(
    folder: Folder, name: str, boundary: Boundary, path: str, layers: Layers, depth: int, trouble: Trouble
) -> Iterator[Entry]:
    try:
        inner = folder.enter(name)
    except (OSError, OutsideProjectError) as error:  # no permission, gone, or a link by now
        trouble(path, getattr(error, "strerror", "") or str(error))
        return
    try:
        yield from _walk(inner, boundary, f"{path}/", layers, depth, trouble)
    except OSError as error:
        trouble(path, error.strerror or str(error))
    finally:
        inner.close()


def _by_name(found: Found) -> str:
    return found.name


def _kind(found: Found) -> Kind:
    mode = found.info.st_mode
    if stat.S_ISREG(mode) and not is_link(found.info):
        return "file"
    if is_link(found.info):
        return "link"
    return "folder" if stat.S_ISDIR(mode) else "other"
