"""What a path that a model wrote may look like, decided on its text alone. Nothing is looked up on disk.

Pure functions that take the platform (`sys.platform`) as a value, so that Windows is decided, and tested, the
same way everywhere. What the disk says about links is the business of `boundary`.
"""

import ntpath
import re
import unicodedata
from collections.abc import Iterable, Sequence

from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible

MAX_CHARACTERS = 4_096
"""Longest path taken, in characters (Linux's PATH_MAX counts bytes; the system still has the last word)."""
MAX_DEPTH = 200
"""Most parts of a path: a folder is held for each of them while the path is walked."""
_SHOWN_CHARACTERS = 160

_DRIVE = late(r"[A-Za-z]:")
_DEVICE_NAME = late(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])")
_NOT_ON_WINDOWS = late(r'[<>"|?*\x00-\x1f]')
_VARIABLE = late(r"%[^%]+%")
_SURROGATE = late("[\ud800-\udfff]")


@frozen
class Asked:
    """A path as it was asked for, split. `parts` is empty for the base directory itself; it may hold `..`.

    `folder` is True where the path can only mean a folder (it ends in a slash, `.` or `..`).
    """

    text: str
    parts: tuple[str, ...]
    folder: bool


def shown(path: str) -> str:
    """The path in quotes for a message: every character that does not show is escaped, a long one is cut."""
    if len(path) > _SHOWN_CHARACTERS:
        half = _SHOWN_CHARACTERS // 2
        path = f"{path[:half]} ... {path[-half:]}"
    return f"'{visible(path, keep='')}'"


def parse(path: str, *, bases: Iterable[str], platform: str) -> Asked:
    """Split a path into parts below the base directory, whose absolute spellings are `bases`.

    Raises OutsideProjectError for a path that leaves it by its text alone (absolute, `..`, drive, share and
    device forms) and ForbiddenPathError for one that no file should have.
    """
    _refuse_text(path)
    windows = platform == "win32"
    inside = _below(path, bases, windows=windows)
    if inside is None:
        _refuse_absolute(path)
    rest = path if inside is None else inside
    words = re.split(r"[\\/]", rest) if windows else rest.split("/")
    parts = tuple(word for word in words if word not in ("", "."))
    if len(parts) > MAX_DEPTH:
        raise ForbiddenPathError(f"{shown(path)} has more than {MAX_DEPTH} parts.")
    # a backslash is an ordinary character elsewhere, but nobody who writes `..\` means one
    if _leaves(word for word in re.split(r"[\\/]", rest)):
        raise OutsideProjectError(
            f"{shown(path)} leads outside the base directory: it climbs above it by '..'."
        )
    if windows:
        for part in parts:
            _refuse_windows_name(path, part)
    return Asked(text=path, parts=parts, folder=words[-1] in ("", ".", ".."))


def refuse_new_name(path: str, name: str) -> None:
    """Raise ForbiddenPathError where a new file or folder should not get this name: nobody could read it."""
    if visible(name, keep="") != name:
        raise ForbiddenPathError(
            f"{shown(path)} was not made: its name holds characters that do not show or that move others."
        )


def fold(name: str) -> str:
    """The form in which names are compared with protected ones.

    Case, normal form, characters that do not show, trailing dots and spaces and a stream name do not count:
    some file systems give the same file for all of these.
    """
    if name.isascii() and name.isprintable():
        plain = name.lower().split(":", 1)[0]
        return plain.rstrip(". ") or plain
    text = "".join(c for c in unicodedata.normalize("NFKC", name) if visible(c, keep="") == c)
    text = unicodedata.normalize("NFKC", text.casefold()).split(":", 1)[0]
    return text.rstrip(". ") or text


def _refuse_text(path: str) -> None:
    if "\0" in path:
        raise ForbiddenPathError(f"{shown(path)} holds a NUL character; no file has one in its name.")
    if len(path) > MAX_CHARACTERS:
        raise ForbiddenPathError(f"{shown(path)} is longer than {MAX_CHARACTERS:,} characters.")
    if _SURROGATE.search(path):
        raise ForbiddenPathError(f"{shown(path)} holds a lone surrogate, which is no character.")


def _refuse_absolute(path: str) -> None:
    if path[:2].replace("/", "\\") == "\\\\" or path.startswith("\\??\\"):
        raise OutsideProjectError(
            f"{shown(path)} leads outside the base directory: share and device paths are refused."
        )
    if _DRIVE.match(path):
        raise OutsideProjectError(
            f"{shown(path)} leads outside the base directory: paths with a drive letter are refused."
        )
    if path[:1] in ("/", "\\"):
        raise OutsideProjectError(
            f"{shown(path)} leads outside the base directory: it is absolute.",
            "Paths are relative to the base directory; '.' is the base directory itself.",
        )


def _below(path: str, bases: Iterable[str], *, windows: bool) -> str | None:
    """What follows the base directory in an absolute path that begins with it; None for any other."""
    for base in bases:
        if windows:
            there, here = (ntpath.normcase(text).rstrip("\\") for text in (path, base))
        else:
            there, here = path, base.rstrip("/")
        separator = "\\" if windows else "/"
        if (here or base == "/") and there.startswith(here) and there[len(here) :][:1] in ("", separator):
            return path[len(here) :].lstrip("\\/" if windows else "/")
    return None


def _leaves(words: Iterable[str]) -> bool:
    depth = 0
    for word in words:
        depth += -1 if word == ".." else word not in ("", ".")
        if depth < 0:
            return True
    return False


def _refuse_windows_name(path: str, part: str) -> None:
    rule = _windows_rule(part)
    if rule:
        raise ForbiddenPathError(f"{shown(path)} is refused: {rule}.")


def _windows_rule(part: str) -> str:
    stem = re.split(r"[.:]", part, maxsplit=1)[0].rstrip(" ").upper()
    if _DEVICE_NAME.fullmatch(stem):
        return f"{shown(part)} is the name of a device"
    if ":" in part:
        return "a colon names a drive or a hidden stream of a file"
    if _NOT_ON_WINDOWS.search(part):
        return "it holds a character that names cannot have"
    if part != ".." and part[-1:] in (".", " "):
        return "a name that ends in a dot or a space means another file"
    if _VARIABLE.search(part):
        return "variables such as %NAME% are not replaced, and a later program might replace them"
    return ""


def joined(parts: Sequence[str]) -> str:
    """Parts as one relative path with forward slashes; `.` for the base directory itself."""
    return "/".join(parts) or "."
