"""SIGINT and SIGTERM end the window as its close button does."""

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def ended_by_signals(wake: Callable[[], None], ended: Callable[[], None]) -> Generator[None]:
    """Call `ended` on the main thread when SIGINT or SIGTERM arrives. Only for the main thread.

    Python runs a handler between two of its own instructions, and the library may be waiting for input in
    C for as long as the window is minimised. So the bytes that the interpreter writes for each signal wake
    the loop from a second thread.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def handle(_number: int, _frame: FrameType | None) -> None:
        ended()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    before_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    thread = threading.Thread(target=_wake_on_bytes, args=(reader, wake), name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(writer)
        thread.join(1.0)
        os.close(reader)


def _wake_on_bytes(reader: int, wake: Callable[[], None]) -> None:
    while os.read(reader, 64):
        wake()
