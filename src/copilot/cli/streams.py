"""The standard streams: always there, and never a traceback when what reads them is gone or full."""

import os
import sys
from contextlib import suppress
from typing import TextIO


def open_missing() -> None:
    """Put the null device where this program was started without a standard stream (`<&-`, `pythonw`).

    Else the next file that is opened, a lock or a log, gets that stream's number, and what a library prints
    is written into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  # for good


def give_up(error: OSError, stdout: TextIO, stderr: TextIO) -> None:
    """Say that the output could not be written, unless its reader only stopped reading; drop the rest."""
    if not isinstance(error, BrokenPipeError):
        with suppress(OSError):
            stderr.write(f"copilot: the output could not be written: {error.strerror or error}\n")
            stderr.flush()
    for stream in (stdout, stderr):
        try:
            stream.flush()
        except OSError:
            _empty(stream)


def _empty(stream: TextIO) -> None:
    """Send what is left in a broken stream nowhere: else the interpreter's last flush complains."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
