"""Running a piece of a test as an ordinary user: permissions mean nothing to root."""

import os
import pickle
import shutil
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ResultT = TypeVar("ResultT")
USER = 12_345
"""Any user that owns nothing on this machine."""


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may enter, owned by the one who `as_ordinary_user` becomes."""
    folder = Path(tempfile.mkdtemp(prefix="copilot-test-"))
    folder.chmod(0o755)
    if os.getuid() == 0:
        os.chown(folder, USER, USER)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_ordinary_user(work: Callable[[], ResultT]) -> ResultT:
    """The result of `work`, done by a child process that is no longer root; here and now where we are not."""
    if os.getuid() != 0:
        return work()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(USER)
            os.setuid(USER)
            answer = (True, work())
        except BaseException:
            answer = (False, traceback.format_exc())
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        done, result = pickle.load(pipe)
    os.waitpid(child, 0)
    assert done, result
    return result
