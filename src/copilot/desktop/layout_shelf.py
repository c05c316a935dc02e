"""Layouts that the person named: one file each in `layouts/` of the home."""

import unicodedata
from pathlib import Path

from copilot.desktop.layout_tree import usable
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import make_folder, remove, rename, storage_error
from copilot.vocabulary.errors import ConfigError

LONGEST = 60
"""Characters of a name."""

MOST_BYTES = 1_000_000

_ALSO = frozenset(" -_+.,()&'")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)
"""Names of devices on Windows, whatever stands behind a dot."""


class LayoutShelf:
    """Everything may raise ConfigError (a name that cannot be, or is not there) or StorageError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Those that there are, in the order of the alphabet."""
        try:
            found = [path.stem for path in self._folder.glob("*.ini") if name_trouble(path.stem) == ""]
        except OSError:
            return ()
        return tuple(sorted(found, key=str.casefold))

    def read(self, name: str) -> str:
        """The layout of that name."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                ini = file.read(MOST_BYTES).decode(errors="replace").replace("\r\n", "\n")
        except FileNotFoundError:
            raise ConfigError(f"there is no layout named {name}") from None
        except OSError as error:
            raise storage_error("reading", path, error) from error
        if not usable(ini):
            raise ConfigError(f"the layout {name} cannot be used", f"Delete {path}, or save it anew.")
        return ini

    def keep(self, name: str, ini: str) -> None:
        """Save a layout under that name, in place of one that had it."""
        path = self._path(name)
        make_folder(self._folder)
        write_atomic(path, ini.encode())

    def rename(self, name: str, to: str) -> None:
        """Give a layout another name, one that none has."""
        path, target = self._path(name), self._path(to)
        if target.exists() and path != target:
            raise ConfigError(f"there is a layout named {to} already")
        _require(path)
        rename(path, self._folder / f"{_plain(to)}.ini")

    def delete(self, name: str) -> None:
        """Take a layout away."""
        path = self._path(name)
        _require(path)
        remove(path)

    def _path(self, name: str) -> Path:
        """The file of a name; one that is there, where only capitals differ."""
        trouble = name_trouble(name)
        if trouble:
            raise ConfigError(trouble)
        plain = _plain(name)
        same = (one for one in self.names() if one.casefold() == plain.casefold())
        return self._folder / f"{next(same, plain)}.ini"


def _require(path: Path) -> None:
    if not path.exists():
        raise ConfigError(f"there is no layout named {path.stem}")


def name_trouble(name: str) -> str:
    """Why a layout cannot have this name; empty where it can."""
    plain = _plain(name)
    if not plain:
        return "a layout needs a name"
    if len(plain) > LONGEST:
        return f"the name of a layout has at most {LONGEST} characters"
    wrong = next((letter for letter in plain if not letter.isalnum() and letter not in _ALSO), "")
    if wrong:
        return f"the name of a layout cannot have {wrong!r} in it"
    if plain[0] == "." or plain[-1] == "." or plain.partition(".")[0].strip().casefold() in _RESERVED:
        return f"{plain} cannot be the name of a file on every system"
    return ""


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()
