"""Keys in plain text: the lines of the home's `.env` that hold them, put in and taken out; others stay."""

from collections.abc import Iterable
from pathlib import Path

from copilot.storage.atomic import write_atomic
from copilot.storage.disk import storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.patterns import late

_LOCK_NAME = ".env.lock"
_LOCK_SECONDS = 5.0
_NEW_FILE = "# Keys of Copilot, in plain text: whoever can read your files can read them.\n"
_NAME = late(r"\s*(?:export\s+)?'?([A-Za-z_][A-Za-z0-9_]*)'?\s*=")


def put_line(file: Path, name: str, value: str) -> None:
    """Write `name=value` in the place of the line that says it, else at the end. Raises StorageError.

    The file is readable by its person alone afterwards. `value` holds no quote, blank or line end
    (`keys.sendable`).
    """
    with hold(file.with_name(_LOCK_NAME), wait_seconds=_LOCK_SECONDS):
        lines = _lines(file) or [_NEW_FILE]
        said = f"{name}={value}\n"
        at = next((number for number, line in enumerate(lines) if _named(line) == name), None)
        if at is None:
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += "\n"
            lines.append(said)
        else:
            lines[at] = said
            lines[at + 1 :] = [line for line in lines[at + 1 :] if _named(line) != name]
        _write(file, lines)


def take_lines(file: Path, names: Iterable[str]) -> bool:
    """Take out every line that sets one of `names`; whether there was one. Raises StorageError."""
    gone = set(names)
    if not gone.intersection(map(_named, _lines(file))):
        return False
    with hold(file.with_name(_LOCK_NAME), wait_seconds=_LOCK_SECONDS):
        _write(file, [line for line in _lines(file) if _named(line) not in gone])
    return True


def _named(line: str) -> str:
    """The variable that a line sets; "" for a comment, an empty line, or anything else."""
    found = _NAME.match(line)
    return found[1] if found is not None else ""


def _lines(file: Path) -> list[str]:
    try:
        return file.read_bytes().decode().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise StorageError(f"{file} is not UTF-8 text", "Save it as UTF-8, or move it away.") from error
    except OSError as error:
        raise storage_error("reading", file, error) from error


def _write(file: Path, lines: list[str]) -> None:
    write_atomic(file.resolve(), "".join(lines).encode(), mode=0o600)
