"""The file that holds an approved script: written once, never overwritten, checked again when it starts."""

import hashlib
import itertools
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from copilot.shell.shells import Shell, script_bytes, script_suffix
from copilot.storage.atomic import write_new
from copilot.storage.disk import make_folder, storage_error
from copilot.vocabulary.errors import StorageError, ToolError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_NOT_IN_NAMES = late(r"[^A-Za-z0-9._-]+")


@frozen
class ScriptFile:
    """A script on disk and the sha256 of the bytes that were approved."""

    path: Path
    sha256: str


def write_script(folder: Path, session: str, shell: Shell, script: str) -> ScriptFile:
    """Write `<session>_<n>.ps1` or `.sh`, n being the first number free, readable by us alone.

    Raises ToolError for a script that the shell could not read as shown, StorageError for the disk.
    """
    return keep_script(folder, session, script_suffix(shell.name), script_bytes(shell.name, script))


def keep_script(folder: Path, session: str, suffix: str, data: bytes) -> ScriptFile:
    """Write approved bytes to `<session>_<n><suffix>`. Raises StorageError for the disk."""
    prefix = _NOT_IN_NAMES.sub("-", session) or "session"
    try:
        make_folder(folder)
        first = _first_free(folder, prefix)
        path = write_new((folder / f"{prefix}_{n}{suffix}" for n in itertools.count(first)), data)
    except StorageError as error:
        raise StorageError(
            f"the script could not be kept: {error}",
            "Nothing was run. Make room or choose another home, then try again.",
        ) from error
    return ScriptFile(path=path, sha256=hashlib.sha256(data).hexdigest())


@contextmanager
def held_unchanged(script: ScriptFile) -> Generator[None]:
    """Check that the file still holds the approved bytes, and keep it open while it runs.

    Raises ToolError where it was changed, replaced or removed since it was written.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(script.path, flags)
    except OSError as error:
        raise ToolError(f"the approved script {script.path} cannot be opened: {error.strerror}") from error
    with os.fdopen(handle, "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != script.sha256:
            raise ToolError(f"the script {script.path} was changed after it was approved; nothing was run")
        yield


def _first_free(folder: Path, prefix: str) -> int:
    """The number after the highest there is. Raises StorageError."""
    taken = re.compile(re.escape(prefix) + r"_([0-9]+)\..*")
    try:
        numbers = [int(match[1]) for path in folder.iterdir() if (match := taken.fullmatch(path.name))]
    except OSError as error:
        raise storage_error("reading", folder, error) from error
    return 1 + max(numbers, default=0)
