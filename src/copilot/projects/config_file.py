"""The person's `config.toml` as a file: read, held, and one table of it changed while the rest stays, byte
for byte."""

from collections.abc import Callable, Generator, MutableMapping
from contextlib import contextmanager
from typing import Any, cast

from copilot.projects import toml_file
from copilot.projects.home import Home
from copilot.projects.toml_file import Flaw
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import Disk, storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import StorageError

_LOCK_NAME = ".config.lock"
_LOCK_SECONDS = 5.0
_MARK = b"\xef\xbb\xbf"


class ConfigEdit:
    """`config.toml` while nobody else changes it. `table` is what stands under `key` now, None where nothing
    does; `shape` tells the person how that is written so that it can be changed."""

    def __init__(self, home: Home, key: str, shape: str, disk: Disk) -> None:
        self._home = home
        self._key = key
        self._shape = shape
        self._disk = disk
        self._data = config_bytes(home)
        self._said = self._parsed(self._data)
        self.table: Any = self._said.get(key)

    def append(self, text: str, fits: Callable[[Any], bool]) -> None:
        """Add text at the end, with the file's own line ends.

        Raises StorageError where it would then say anything under the key that does not fit.
        """
        gap = "" if not self._data.strip() else "\n" if self._data.endswith(b"\n") else "\n\n"
        added = (gap + text).encode()
        self._write(self._data + (added.replace(b"\n", b"\r\n") if b"\r\n" in self._data else added), fits)

    def change(self, change: Callable[[MutableMapping[str, Any]], None], fits: Callable[[Any], bool]) -> None:
        """Change what stands under the key; comments stay. Raises StorageError as `append`."""
        import tomlkit  # only who changes the file needs it
        from tomlkit.exceptions import TOMLKitError

        mark = _MARK if self._data.startswith(_MARK) else b""
        try:
            document = cast(Any, tomlkit.parse(self._data[len(mark) :].decode()))
            change(document[self._key])
            new = mark + tomlkit.dumps(document).encode()
        except (TOMLKitError, KeyError, UnicodeDecodeError) as error:
            raise self._laid_out() from error
        self._write(new, fits)

    def _write(self, new: bytes, fits: Callable[[Any], bool]) -> None:
        after = toml_file.parse(new)
        if isinstance(after, Flaw) or not fits(after[1].get(self._key)):
            raise self._laid_out()
        if self._others(after[1]) != self._others(self._said):
            raise self._laid_out()
        target = self._home.config.resolve()
        sweep_temps(target, disk=self._disk)
        write_atomic(target, new, disk=self._disk)

    def _parsed(self, data: bytes) -> dict[str, Any]:
        parsed = toml_file.parse(data)
        if isinstance(parsed, Flaw):
            raise StorageError(
                f"{self._home.config} cannot be used: {parsed}; it was left as it is", "Put it right first."
            )
        return parsed[1]

    def _others(self, table: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in table.items() if name != self._key}

    def _laid_out(self) -> StorageError:
        return StorageError(
            f"{self._home.config} is laid out in a way that cannot be changed safely; it was left as it is",
            self._shape,
        )


@contextmanager
def editing(home: Home, key: str, shape: str, disk: Disk) -> Generator[ConfigEdit]:
    """Hold `config.toml` for a change of what stands under `key`. Raises LockedError, StorageError."""
    with held_config(home):
        yield ConfigEdit(home, key, shape, disk)


@contextmanager
def held_config(home: Home) -> Generator[None]:
    """Nobody else changes `config.toml` meanwhile. Raises LockedError, StorageError."""
    home.make()
    with hold(home.config.parent / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        yield


def config_bytes(home: Home) -> bytes:
    """What stands in `config.toml`; nothing where there is none. Raises StorageError."""
    try:
        return home.config.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise storage_error("reading", home.config, error) from error
