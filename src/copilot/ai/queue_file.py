"""What waits to be said, kept beside the project so that no kill loses it: `projects/<name>.queue`.

The file is there only while something waits. It is written whole at each change, by the holder of the
project's lock.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from copilot.storage.aside import set_aside
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import remove, storage_error
from copilot.vocabulary.codec import from_json, to_json
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import QueuedMessage
from copilot.vocabulary.frozen import frozen

SUFFIX = ".queue"


@frozen(kw_only=False)
class Waiting:
    """What waits on one branch, in order."""

    branch: str
    messages: tuple[QueuedMessage, ...]


class QueueFile:
    """Of one project, whose file is at `project`."""

    def __init__(self, project: Path) -> None:
        self._path = project.with_suffix(SUFFIX)
        self._written = b""

    def read(self) -> tuple[tuple[Waiting, ...], str]:
        """What the last run left waiting, and the trouble with the file, "" where there was none; what cannot
        be read is set aside."""
        try:
            self._written = self._path.read_bytes()
            read = cast(object, from_json(json.loads(self._written), tuple[Waiting, ...]))
            return cast(tuple[Waiting, ...], read), ""
        except FileNotFoundError:
            return (), ""
        except OSError as error:
            return (), str(storage_error("reading", self._path, error))
        except (ValueError, RecursionError, CopilotError):
            return (), self._set_aside()

    def write(self, waiting: Mapping[str, Sequence[QueuedMessage]]) -> None:
        """Keep all that waits now. Raises StorageError; then the file is as it was."""
        left = tuple(Waiting(branch, tuple(found)) for branch, found in waiting.items() if found)
        data = json.dumps(to_json(left), ensure_ascii=False, indent=1).encode() + b"\n" if left else b""
        if data == self._written:
            return
        if data:
            write_atomic(self._path, data)
        else:
            remove(self._path)
        self._written = data

    def _set_aside(self) -> str:
        self._written = b""
        try:
            aside = set_aside(self._path)
        except CopilotError as error:
            return f"{self._path.name} cannot be read, nor set aside: {error}"
        return f"What waited to be said cannot be read. It was set aside as {aside.name}."
