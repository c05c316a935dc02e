"""The life of the process: started and ended without work that nobody waits for.

All of this is for the process that the person started and does nothing where `main` is called by a program.
"""

import atexit
import gc
import os
import sys
from contextlib import suppress


def begin() -> None:
    """Look for no cycles while modules are loaded: what they make stays, and looking takes its time."""
    gc.disable()


def settled() -> None:
    """From here on look for cycles again, and never among what was loaded until now. For what runs longer."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def leave(code: int) -> None:
    """End with this code at once: to take everything down takes longer than to write some answers.

    What asked to be called at the end is called. Returns, for an end as usual, where a thread or a profiler
    still runs or the output cannot be written.
    """
    threads = sys.modules.get("threading")
    if (threads is not None and threads.active_count() > 1) or sys.getprofile() or sys.gettrace():
        return
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]  # as `multiprocessing` does
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
