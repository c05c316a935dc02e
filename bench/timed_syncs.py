"""`copilot`, with the time that it waits for the disk: `python timed_syncs.py FILE WORDS...`.

FILE is given a JSON list, in order, of when each call of `os.fsync` began (seconds of the system's monotonic
clock) and of the seconds that it took.
"""

import json
import os
import sys
import time
from pathlib import Path

from copilot.__main__ import main

if __name__ == "__main__":
    taken: list[tuple[float, float]] = []
    sync = os.fsync

    def timed(fd: int) -> None:
        """Sync, and note how long it took."""
        began = time.monotonic()
        try:
            sync(fd)
        finally:
            taken.append((began, time.monotonic() - began))

    os.fsync = timed
    try:
        code = main(sys.argv[2:])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(taken))
    sys.exit(code)
