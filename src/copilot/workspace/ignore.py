"""Which files of a project are left alone: git's ignore rules, assistants' ignore files, a built-in list.

Two kinds with different force. Files that git ignores are left out of walks (trees, searches, contexts) but
may be read when they are named. Files hidden by `.aiignore`, `.aiexclude` or `.geminiignore` are never read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pathspec import GitIgnoreSpec

from copilot.vocabulary.errors import ToolError
from copilot.workspace.boundary import Boundary, Entry
from copilot.workspace.names import MAX_DEPTH

NEVER_WALKED = frozenset(
    {".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", ".venv", ".tox", ".nox", ".cache"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".gradle", ".terraform", ".DS_Store"}
)
"""Folders and files that no walk enters or gives, whatever the ignore files say."""

Source = Literal["git", "ai"]
_GIT_FILE = ".gitignore"
_AI_FILES = (".aiignore", ".aiexclude", ".geminiignore")
_MAX_RULE_BYTES = 500_000
_WILD = re.compile(r"(?<!\\)\*+")
_MOST_WILD = 3
"""Stars in one part of a rule; with more of them a name made for it costs minutes. Such a rule is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """The rules of one ignore file. `folder` is where it lies, as a prefix: empty or ending in a slash."""

    source: Source
    folder: str
    file: str
    spec: GitIgnoreSpec

    def says(self, path: str) -> bool | None:
        """True: ignored; False: taken back by `!`; None: no rule fits. The last rule that fits decides.

        Asked for each folder on the way down, as git does; the spec's own verdict weighs rules for folders
        more than later ones for what is in them.
        """
        below = path.removeprefix(self.folder)
        for pattern in reversed(self.spec.patterns):
            if pattern.include is not None and pattern.match_file(below) is not None:
                return pattern.include
        return None


Layers = tuple[_Rules, ...]


def walk(base_dir: Path, under: str = ".", *, depth: int = MAX_DEPTH) -> Iterator[Entry]:
    """The files and folders of a project, or of one folder of it, that are not ignored, depth first by name.

    `depth` 1 gives the entries of `under` alone. Links are given but never followed, so that no loop is
    entered. A folder that cannot be read is left out. Raises OutsideProjectError or ToolError where `under`
    itself cannot be listed.
    """
    boundary = Boundary(base_dir)
    start = boundary.resolve(under)
    layers: Layers = ()
    for folder in _parents(start):
        layers += _layers(boundary, folder, boundary.list(folder or "."))
    yield from _walk(boundary, start, boundary.list(start), layers, depth)


def hidden_by(boundary: Boundary, path: str) -> str:
    """The file whose rule hides `path` (a real path) from the model altogether; empty where none does."""
    layers: Layers = ()
    for folder in _parents(path):
        try:
            entries = boundary.list(folder or ".")
        except ToolError:
            return ""
        layers += tuple(rules for rules in _layers(boundary, folder, entries) if rules.source == "ai")
        rest = path.removeprefix(f"{folder}/") if folder else path
        child = rest.split("/", 1)[0]
        is_folder = "/" in rest or any(e.kind == "folder" and e.name == child for e in entries)
        found = _ignored(layers, f"{folder}/{child}" if folder else child, folder=is_folder)
        if found is not None:
            return found.folder + found.file
    return ""


def hidden_in(boundary: Boundary, folder: str, entries: Sequence[Entry]) -> frozenset[str]:
    """The names among `entries`, those of `folder` (a real path), that are hidden from the model."""
    layers: Layers = ()
    for above in _parents(folder):
        layers += _layers(boundary, above, boundary.list(above or "."))
    if folder != ".":
        layers += _layers(boundary, folder, entries)
    hiding = tuple(rules for rules in layers if rules.source == "ai")
    return frozenset(e.name for e in entries if _ignored(hiding, e.path, folder=e.kind == "folder"))


def _walk(
    boundary: Boundary, folder: str, entries: Sequence[Entry], layers: Layers, depth: int
) -> Iterator[Entry]:
    if folder != ".":
        layers += _layers(boundary, folder, entries)
    for entry in entries:
        if entry.name in NEVER_WALKED or _ignored(layers, entry.path, folder=entry.kind == "folder"):
            continue
        yield entry
        if entry.kind == "folder" and depth > 1:
            try:
                below = boundary.list(entry.path)
            except ToolError:
                continue  # no permission, or gone meanwhile
            yield from _walk(boundary, entry.path, below, layers, depth - 1)


def _parents(path: str) -> Iterator[str]:
    """The folders above a path from the base directory down; the base directory is the empty string."""
    yield ""
    parts = [] if path == "." else path.split("/")
    for end in range(1, len(parts)):
        yield "/".join(parts[:end])


def _layers(boundary: Boundary, folder: str, entries: Sequence[Entry]) -> Layers:
    names = {entry.name for entry in entries if entry.kind == "file"}
    prefix = f"{folder}/" if folder else ""
    found: list[_Rules] = []
    if not folder and any(entry.name == ".git" and entry.kind == "folder" for entry in entries):
        found += _read(boundary, "git", "", ".git/info/exclude")
    if _GIT_FILE in names:
        found += _read(boundary, "git", prefix, _GIT_FILE)
    for name in _AI_FILES:
        if name in names:
            found += _read(boundary, "ai", prefix, name)
    return tuple(found)


def _read(boundary: Boundary, source: Source, folder: str, name: str) -> list[_Rules]:
    try:
        data = boundary.read_bytes(folder + name, at_most=_MAX_RULE_BYTES).data
    except ToolError:
        return []
    lines = [line for line in data.decode("utf-8-sig", "replace").splitlines() if _is_cheap(line)]
    # `c/**` means what is in c, not c itself; pathspec would take a folder `c/` for a match
    lines = [f"{line.rstrip()}/*" if line.rstrip().endswith("/**") else line for line in lines]
    if name == ".aiexclude":  # it knows no `!`, and an empty one hides its whole folder
        lines = [line for line in lines if not line.startswith("!")] if data.strip() else ["*"]
    spec = GitIgnoreSpec.from_lines(lines)
    return [_Rules(source=source, folder=folder, file=name, spec=spec)]


def _is_cheap(line: str) -> bool:
    return all(len(_WILD.findall(part)) <= _MOST_WILD for part in line.split("/"))


def _ignored(layers: Layers, path: str, *, folder: bool) -> _Rules | None:
    """The rules that ignore `path`; of each source the innermost that says anything decides."""
    asked = f"{path}/" if folder else path
    for source in ("git", "ai"):
        for rules in reversed(layers):
            if rules.source == source and (said := rules.says(asked)) is not None:
                if said:
                    return rules
                break
    return None
