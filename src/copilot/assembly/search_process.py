"""The process that brings the search index up to date beside a window: `python -m ... HOME`.

It is handed the keys as a JSON list on standard input, and answers with JSON lines: `{"done", "of"}` in bytes
now and then, and at the end `{"notices"}` or `{"trouble"}`. To end it is to stop it; nothing is lost by that.
"""

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from copilot.assembly.searching import Searcher
from copilot.projects.home import Home
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.text import sentences

_EACH_SECONDS = 0.1


def main() -> None:
    """Do it."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)  # who waits for it is typing meanwhile
    keys: list[str] = json.loads(sys.stdin.readline())
    next_at = 0.0

    def progress(done: int, of: int) -> None:
        nonlocal next_at
        now = time.monotonic()
        if now >= next_at:
            next_at = now + _EACH_SECONDS
            _say({"done": done, "of": of})

    try:
        _say({"notices": Searcher(Home(root=Path(sys.argv[1])), keys).refresh(progress)})
    except StorageError as error:
        _say({"trouble": sentences(str(error), error.hint)})


def _say(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
