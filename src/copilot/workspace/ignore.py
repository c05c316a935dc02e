"""Which files of a project are left alone: git's ignore rules, assistants' ignore files, a built-in list.

Two kinds with different force. Files that git ignores are left out of walks (trees, searches, contexts) but
may be read when they are named. Files hidden by `.aiignore`, `.aiexclude` or `.geminiignore` are never read.
"""

import re
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal

from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.workspace.boundary import Boundary, Entry
from copilot.workspace.ignore_lines import Meaning, meaning

NEVER_WALKED = frozenset(
    {".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", ".venv", ".tox", ".nox", ".cache"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".gradle", ".terraform", ".DS_Store"}
)
"""Folders and files that no walk enters or gives, whatever the ignore files say."""

Source = Literal["git", "ai"]
_GIT_FILE = ".gitignore"
_GIT_EXCLUDE = ".git/info/exclude"
_AI_FILES = (".aiignore", ".aiexclude", ".geminiignore")
_MAX_RULE_BYTES = 500_000
_PLAIN = late(r"!?(\*?)([\w.+~@%,=-]+)/?")
"""A line that fits a part of a path by its name, or by its ending after a star."""
_TOKEN = late(r"/?\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|[^*?\[/]+|/")
_LOOSE = {"**/": "(?:.*/)?", "/**/": "(?:/.*)?/", "**": ".*", "*": "[^/]*", "?": "[^/]"}
"""What the tokens of a line mean, or more."""
_NAMED_GROUP = late(r"\(\?P<\w+>")
_WILD = late(r"(?<!\\)\*+")
_MOST_WILD = 3
"""Stars in one part of a rule; with more of them a name made for it costs minutes. Such a rule is skipped."""


@frozen
class _Rules:
    """The lines of one ignore file, the last first.

    Most paths fit none of them and are done with one look: a line that is a plain name, or a star before a
    plain ending, fits only a path with a part of that name (`names`) or ending (`endings`), and only what
    fits `other` fits any of the rest. `folder` is where the file lies, as a prefix: empty or ending in a
    slash.
    """

    source: Source
    folder: str
    file: str
    lines: tuple[str, ...]
    names: frozenset[str]
    endings: tuple[str, ...]
    other: re.Pattern[str] | None

    def says(self, path: str) -> bool | None:
        """True: ignored; False: taken back by `!`; None: no rule fits. The last rule that fits decides.

        Asked for each folder on the way down, as git does; the spec's own verdict weighs rules for folders
        more than later ones for what is in them.
        """
        below = path.removeprefix(self.folder)
        folder, _, name = below.removesuffix("/").rpartition("/")
        if (
            name not in self.names
            and not name.endswith(self.endings)
            and not _has_part(folder, self.names, self.endings)
            and (self.other is None or self.other.match(below) is None)
        ):
            return None
        rules = filter(None, map(_rule, self.lines))
        return next((include for fits, include in rules if fits.match(below)), None)


Layers = tuple[_Rules, ...]


def hidden_by(boundary: Boundary, path: str) -> str:
    """The file whose rule hides `path` (a real path) from the model altogether; empty where none does."""
    layers: Layers = ()
    for folder in _parents(path):
        prefix = f"{folder}/" if folder else ""
        rest = path.removeprefix(prefix)
        child = rest.split("/", 1)[0]
        try:
            kinds = boundary.kinds(folder or ".", (*_AI_FILES, child))
        except ToolError:
            return ""
        for name in _AI_FILES:
            if kinds.get(name, "folder") != "folder":
                layers += tuple(_read(boundary, "ai", prefix, name))
        is_folder = "/" in rest or (kinds.get(child) == "folder" and child != ".")
        hiding = ignored(layers, prefix + child, folder=is_folder)
        if hiding is not None:
            return hiding.folder + hiding.file
    return ""


def hidden_in(boundary: Boundary, folder: str, entries: Sequence[Entry]) -> frozenset[str]:
    """The names among `entries`, those of `folder` (a real path), that are hidden from the model."""
    layers = layers_above(boundary, folder)
    files = [entry.name for entry in entries if entry.kind != "folder"]
    layers += layers_of(boundary, "" if folder == "." else f"{folder}/", files)
    hiding = tuple(rules for rules in layers if rules.source == "ai")
    return frozenset(e.name for e in entries if ignored(hiding, e.path, folder=e.kind == "folder"))


def _parents(path: str) -> Iterator[str]:
    """The folders above a path from the base directory down; the base directory is the empty string."""
    yield ""
    parts = [] if path == "." else path.split("/")
    for end in range(1, len(parts)):
        yield "/".join(parts[:end])


def outer_layer(excludes: Path | None) -> Layers:
    """The rules of git's ignore file for all projects of a person; none where it is missing or unreadable."""
    if excludes is None:
        return ()
    try:
        data = excludes.read_bytes()[:_MAX_RULE_BYTES]
    except OSError:
        return ()
    return (_rules("git", "", str(excludes), data),)


def layers_above(boundary: Boundary, folder: str) -> Layers:
    """The rules of the folders above `folder` (a real path); of none above the base directory."""
    layers: Layers = ()
    for above in () if folder == "." else _parents(folder):
        names = [entry.name for entry in boundary.list(above or ".") if entry.kind != "folder"]
        layers += layers_of(boundary, f"{above}/" if above else "", names)
    return layers


def layers_of(boundary: Boundary, prefix: str, names: Collection[str]) -> Layers:
    """The rules of the ignore files among `names`, the files and links of one folder; the outermost first.

    `prefix` is the folder's path, empty or ending in a slash. An ignore file for assistants that cannot be
    read, or is too large, hides all of its folder.
    """
    found: list[_Rules] = []
    if not prefix and _is_there(boundary, _GIT_EXCLUDE):
        found += _read(boundary, "git", "", _GIT_EXCLUDE)
    if _GIT_FILE in names:
        found += _read(boundary, "git", prefix, _GIT_FILE)
    for name in _AI_FILES:
        if name in names:
            found += _read(boundary, "ai", prefix, name)
    return tuple(found)


def _is_there(boundary: Boundary, path: str) -> bool:
    """Looked at before it is read: to say what is missing, and what was perhaps meant, takes its time."""
    try:
        return boundary.stat(path) is not None
    except ToolError:
        return False


def _read(boundary: Boundary, source: Source, folder: str, name: str) -> list[_Rules]:
    try:
        data = boundary.read_bytes(folder + name, at_most=_MAX_RULE_BYTES).data
    except ToolError:
        if source == "git":
            return []
        data = b"*"  # what is meant to hide something cannot be read: the careful answer is everything
    return [_rules(source, folder, name, data)]


def _rules(source: Source, folder: str, name: str, data: bytes) -> _Rules:
    lines = [line for line in data.decode("utf-8-sig", "replace").splitlines() if _is_cheap(line)]
    # `c/**` means what is in c, not c itself; pathspec would take a folder `c/` for a match
    lines = [f"{line.rstrip()}/*" if line.rstrip().endswith("/**") else line for line in lines]
    if name == ".aiexclude":  # it knows no `!`, and an empty one hides its whole folder
        lines = [line for line in lines if not line.startswith("!")] if data.strip() else ["*"]
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    plain = [_PLAIN.fullmatch(line) for line in lines]
    return _Rules(
        source=source,
        folder=folder,
        file=name,
        lines=tuple(reversed(lines)),
        names=frozenset(found[2] for found in plain if found and not found[1]),
        endings=tuple({found[2] for found in plain if found and found[1]}),
        other=_union([line for line, found in zip(lines, plain, strict=True) if not found]),
    )


def _union(lines: Sequence[str]) -> re.Pattern[str] | None:
    """What fits any of the lines, and may fit more; None for no lines."""
    regexes = [regex for line in lines if (regex := _loosely(line) or _exactly(line))]
    return re.compile("|".join(f"(?:{regex})" for regex in regexes), re.DOTALL) if regexes else None


def _loosely(line: str) -> str:
    """A regular expression for no less than the line fits; empty where that takes the library.

    It spares most runs the library, and to look at each line for its own.
    """
    whole = line.rstrip().removeprefix("!")
    body = whole.strip("/")
    if "\\" in whole or not body:
        return ""
    regex = "" if "/" in whole.rstrip("/") else "(?:.*/)?"
    at = leaps = 0
    while at < len(body):
        token = _TOKEN.match(body, at)
        if token is None:  # a set that is never closed
            return ""
        leaps += "**" in token[0]
        if leaps > 1:  # further ones would cost time: what begins so far may fit
            return regex
        regex += _LOOSE.get(token[0]) or (re.escape(token[0]) if token[0][0] != "[" else ".")
        at = token.end()
    return f"{regex}(?:/|$)"


def _exactly(line: str) -> str:
    rule = _rule(line)
    return _NAMED_GROUP.sub("(?:", rule[0].pattern) if rule else ""


@lru_cache(maxsize=256)
def _has_part(folder: str, names: frozenset[str], endings: tuple[str, ...]) -> bool:
    """Whether a part of the path has one of the names or endings. Asked again for each file of a folder."""
    parts = folder.split("/")
    return not names.isdisjoint(parts) or any(part.endswith(endings) for part in parts)


@lru_cache(maxsize=4_096)
def _rule(line: str) -> tuple[re.Pattern[str], bool] | None:
    """What the line fits, and whether that is ignored; None where it is no rule. Most are never asked."""
    regex, include = _regex(line)
    if regex is None or include is None:
        return None
    with warnings.catch_warnings(), suppress(re.error):  # `[z-a]`: for git it fits nothing
        warnings.simplefilter("ignore")  # of sets that look nested: they mean here what they mean for git
        return re.compile(regex), include
    return None


def _regex(line: str) -> Meaning:
    if (plain := meaning(line)) is not None:
        return plain
    from pathspec.patterns.gitignore.spec import (
        GitIgnoreSpecPattern,
    )  # takes its time to load, and many trees have no line that needs it

    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex(line)
    except ValueError:
        return None, None  # a line that is no pattern fits nothing, as with git
    return (regex if isinstance(regex, str) else None), include


def _is_cheap(line: str) -> bool:
    return all(len(_WILD.findall(part)) <= _MOST_WILD for part in line.split("/"))


def ignored(layers: Layers, path: str, *, folder: bool) -> _Rules | None:
    """The rules that ignore `path`; of each source the innermost that says anything decides."""
    asked = f"{path}/" if folder else path
    for source in ("git", "ai"):
        for rules in reversed(layers):
            if rules.source == source and (said := rules.says(asked)) is not None:
                if said:
                    return rules
                break
    return None
