"""Where a path in a script leads, by its text alone. Nothing is looked up on the disk."""

import ntpath
import posixpath
import re

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import Place

_WINDOWS = re.compile(r"[A-Za-z]:|[\\/]{2}")
_NOWHERE = re.compile(r"/dev/(?:null|zero|full|random|urandom|std(?:in|out|err)|fd/\d+|tty)|nul|\$null", re.I)
_ENDING_GLOB = re.compile(r"[*?\[{]")
_PROVIDER = re.compile(r"(?i)(?:env|variable|function|alias|hklm|hkcu|registry|cert|wsman|\w{3,}):")
ASIDE = "…"
"""Stands in a word for a part that cannot be told from the text."""


@frozen(kw_only=False)
class Ground:
    """Where a script runs: the project's folder, and the folder it begins in. Both absolute."""

    root: str
    cwd: str

    @property
    def windows(self) -> bool:
        """Whether paths are of Windows' kind."""
        return bool(_WINDOWS.match(self.root))


def nowhere(path: str) -> bool:
    """Whether it is no file but a device that keeps nothing."""
    return bool(_NOWHERE.fullmatch(path))


def moved(ground: Ground, cwd: str | None, target: str) -> str | None:
    """The folder after `cd target`; None where it cannot be told."""
    resolved, place = resolve(ground, cwd, target)
    return None if place == "unknown" or resolved.startswith("~") else resolved


def resolve(ground: Ground, cwd: str | None, path: str) -> tuple[str, Place]:
    """The absolute path (of a pattern: where it begins) and where it leads."""
    windows = ground.windows
    if windows:
        path = path.replace("/", "\\")
    if path[:1] == "~":
        return path, "outside"
    known = path.split(ASIDE, 1)[0] if ASIDE in path else path
    fixed = _ENDING_GLOB.split(known, maxsplit=1)[0]
    cut = fixed != path
    separator = "\\" if windows else "/"
    if cut and not known.endswith(separator):
        fixed = fixed[: fixed.rfind(separator) + 1]
    kind = ntpath if windows else posixpath
    absolute = kind.isabs(fixed) or bool(windows and _WINDOWS.match(fixed))
    if not windows and _WINDOWS.match(fixed) and not fixed.startswith("/"):
        return path, "outside"
    if windows and _PROVIDER.match(fixed) and not _WINDOWS.match(fixed):
        return path, "unknown"
    if not absolute and (cwd is None or (ASIDE in path and not fixed)):
        return path, "unknown"
    full = kind.normpath(fixed if absolute else kind.join(cwd or "", fixed))
    if full.startswith("//") and not windows:
        full = full[1:]
    inside = _within(full, kind.normpath(ground.root), windows)
    climbs = ".." in re.split(r"[/\\]", path[len(fixed) :]) or ASIDE in path
    if inside and climbs:
        return path, "unknown"
    shown = full if not cut else path if absolute else kind.join(full, path[len(fixed) :])
    return shown, "inside" if inside else "outside"


def _within(path: str, root: str, windows: bool) -> bool:
    if windows:
        path, root = path.lower(), root.lower()
    separator = "\\" if windows else "/"
    return path == root or path.startswith(root.rstrip(separator) + separator)


def looks_like_path(text: str) -> bool:
    """Whether a word that nobody explains seems to name a file: it holds a separator or begins at home."""
    if "://" in text or text.startswith("-") or len(text) > 4_096 or "\n" in text:
        return False
    return text[:1] == "~" or text in ("..", ".") or ("/" in text and text != "/dev/null") or "\\" in text
