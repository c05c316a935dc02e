"""Changing the chosen files as a person does in a tree: one file or one folder at a time.

The last entry that fits a file decides. So a change puts one entry at the end, and takes out what that entry
makes needless: the list stays as short as what it says.
"""

from collections.abc import Iterator
from typing import Literal

from copilot.context import globs
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import FileChoice, View

Files = tuple[FileChoice, ...]

_ESCAPED = {"*": "[*]", "?": "[?]", "[": "[[]", "{": "[{]"}
_REFUSED_AT_START = ("!", "~", "\\")


def exact(path: str, *, folder: bool = False) -> str:
    """The pattern that fits only this file, or what is below this folder ("": the base directory)."""
    if not path:
        return "**"
    pattern = "/".join(map(_escaped, path.split("/")))
    if pattern.startswith(_REFUSED_AT_START) or pattern[1:2] == ":":
        pattern = f"./{pattern}"
    return pattern if not folder or globs.is_plain(pattern.rsplit("/", 1)[-1]) else f"{pattern}/**"


def _escaped(part: str) -> str:
    escaped = "".join(_ESCAPED.get(char, char) for char in part)
    # Where a backslash stands for a slash, `..` between two of them would lead out.
    return escaped.replace("..", "[.][.]") if "\\" in part else escaped


def chosen(files: Files, path: str) -> FileChoice:
    """What these entries say about a file: its view and whether it is pinned, under its own pattern."""
    for choice in reversed(files):
        if _fits(choice, path):
            return FileChoice(pattern=exact(path), view=_view(choice), pinned=_pinned(choice))
    return FileChoice(pattern=exact(path), view="off")


def with_view(files: Files, path: str, view: View, *, folder: bool) -> Files:
    """The entries after the person gave one file, or everything below a folder, this view.

    Pins of single files stay, no other file's view changes, and at most one entry is added.
    """
    if folder:
        return _with_folder(files, path, view)
    return _with_file(files, path, view, pinned=chosen(files, path).pinned)


def with_pin(files: Files, path: str, *, pinned: bool) -> Files:
    """The entries after the person pinned a file, which then has a view: "full" where it had none."""
    view = chosen(files, path).view
    return _with_file(files, path, "full" if view == "off" and pinned else view, pinned=pinned)


def _with_file(files: Files, path: str, view: View, *, pinned: bool) -> Files:
    wanted = FileChoice(pattern=exact(path), view=view, pinned=pinned and view != "off")
    others = tuple(choice for choice in files if not _names(choice, path))
    return others if chosen(others, path) == wanted else (*others, wanted)


def _with_folder(files: Files, path: str, view: View) -> Files:
    inside = tuple(choice for choice in files if _below(choice, path))
    others = tuple(choice for choice in files if choice not in inside)
    pins = tuple(replace(choice, view=view) for choice in inside if _pinned(choice) and view != "off")
    own = FileChoice(pattern=exact(path, folder=True), view=view)
    own = replace(own, pinned=replace(own, pinned=True) in pins)
    if own.pinned or not _gives(others, path, view):
        others = (*others, own)
    return others + tuple(choice for choice in pins if choice.pattern != own.pattern)


def _gives(files: Files, folder: str, view: View) -> bool:
    """Whether it is certain that everything below the folder has this view, whatever is there."""
    for choice in reversed(files):
        reach = _reach(choice, folder)
        if reach != "none" and _view(choice) != view:
            return False
        if reach == "all":
            return True
    return view == "off"


def _reach(choice: FileChoice, folder: str) -> Literal["all", "some", "none"]:
    """How much of what is below a folder an entry fits; "some" also where that is not certain."""
    try:
        globs.check(_glob(choice))
    except globs.GlobError:
        return "none"
    parts, glob = _literal(choice), globs.tidy(_glob(choice))
    above = folder.split("/") if folder else []
    if parts is None:
        return "all" if glob == "**" else "some"
    if above[: len(parts)] == parts:
        last = glob.rsplit("/", 1)[-1]
        return "all" if last == "**" or globs.is_plain(last) else "none"
    return "some" if parts[: len(above)] == above else "none"


def _below(choice: FileChoice, folder: str) -> bool:
    """Whether the entry names the folder, or one file or folder in it."""
    parts = _literal(choice)
    above = folder.split("/") if folder else []
    if parts is None:
        return not folder and _glob(choice) == "**"
    return parts[: len(above)] == above


def _names(choice: FileChoice, path: str) -> bool:
    return _literal(choice) == path.split("/") and not _glob(choice).endswith("/**")


def _literal(choice: FileChoice) -> list[str] | None:
    """The parts of the one path that an entry names; None for a pattern that stands for many."""
    glob = _glob(choice)
    parts = [part for part in glob.removesuffix("/**").split("/") if part not in ("", ".")]
    names = ["".join(_unescaped(part)) for part in parts]
    same = parts and [exact(name).removeprefix("./") for name in names] == parts
    return names if same else None


def _unescaped(part: str) -> Iterator[str]:
    at = 0
    while at < len(part):
        if part[at] == "[" and part[at + 2 : at + 3] == "]":
            yield part[at + 1]
            at += 3
        else:
            yield part[at]
            at += 1


def _fits(choice: FileChoice, path: str) -> bool:
    try:
        globs.check(_glob(choice))
        return globs.matches(_glob(choice), path)
    except globs.GlobError:
        return False


def _takes_out(choice: FileChoice) -> bool:
    return choice.pattern.startswith("!")


def _glob(choice: FileChoice) -> str:
    return choice.pattern.removeprefix("!")


def _view(choice: FileChoice) -> View:
    return "off" if _takes_out(choice) else choice.view


def _pinned(choice: FileChoice) -> bool:
    return choice.pinned and _view(choice) != "off"
