"""The folder that a run works in, held from before the person is asked until the run is over.

POSIX: an open descriptor, which the child is started in; the path is not used again for that. Windows,
written to the documentation: an open handle that lets nobody rename or delete the folder, or a folder above
it, and the path without links that the handle itself tells.
"""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen

_FILE_LIST_DIRECTORY, _SHARE_READ_WRITE, _OPEN_EXISTING, _BACKUP_SEMANTICS = 1, 3, 3, 0x0200_0000
_PATH_CHARACTERS = 32_768


@frozen
class WorkFolder:
    """A held folder. `path` is how the person knows it, `real` where it is; `fd` is None on Windows."""

    path: Path
    real: Path
    fd: int | None

    def check(self) -> None:
        """Raise ToolError where the path leads to another folder by now: that one was not approved."""
        try:
            now = self.path.stat()
            same = os.path.samestat(now, os.fstat(self.fd) if self.fd is not None else self.real.stat())
        except OSError:
            same = False
        if not same:
            raise ToolError(f"the folder {self.path} became another one after it was shown; nothing was run")


@contextmanager
def held_folder(path: Path) -> Generator[WorkFolder]:
    """Hold the folder. Raises ToolError where it cannot be opened."""
    try:
        folder, let_go = _hold_on_windows(path, _kernel32()) if sys.platform == "win32" else _hold(path)
    except OSError as error:
        raise ToolError(f"{path} cannot be used as a folder to run in: {error.strerror or error}") from error
    try:
        yield folder
    finally:
        let_go()


def _hold(path: Path) -> tuple[WorkFolder, Callable[[], object]]:
    fd = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC)
    return WorkFolder(path=path, real=Path(os.path.realpath(path)), fd=fd), lambda: os.close(fd)


def _hold_on_windows(path: Path, kernel: Any) -> tuple[WorkFolder, Callable[[], object]]:
    handle, real = hold_on_windows(path, kernel)
    return WorkFolder(path=path, real=real, fd=None), lambda: kernel.CloseHandle(handle)


def hold_on_windows(path: Path, kernel: Any) -> tuple[int, Path]:
    """The handle that holds the folder, and its path without links. `kernel` is kernel32. Raises OSError."""
    import ctypes  # takes milliseconds, and only Windows needs it

    invalid = ctypes.c_void_p(-1).value
    handle = kernel.CreateFileW(
        str(path), _FILE_LIST_DIRECTORY, _SHARE_READ_WRITE, None, _OPEN_EXISTING, _BACKUP_SEMANTICS, None
    )
    if handle in (None, invalid):
        raise OSError(f"it cannot be opened (error {kernel.GetLastError()})")
    told = ctypes.create_unicode_buffer(_PATH_CHARACTERS)
    length = int(kernel.GetFinalPathNameByHandleW(handle, told, _PATH_CHARACTERS, 0))
    if not 0 < length < _PATH_CHARACTERS:
        kernel.CloseHandle(handle)
        raise OSError("nobody knows where it is")
    real = told.value
    if real.startswith("\\\\?\\UNC\\"):
        real = "\\\\" + real[8:]
    return int(handle), Path(real.removeprefix("\\\\?\\"))


def _kernel32() -> Any:
    if sys.platform != "win32":
        raise OSError("handles of folders like these exist on Windows only")
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateFileW.restype = ctypes.c_void_p
    kernel.CreateFileW.argtypes = (
        *(ctypes.c_wchar_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p),
        *(ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p),
    )
    kernel.GetFinalPathNameByHandleW.restype = ctypes.c_uint32
    kernel.GetFinalPathNameByHandleW.argtypes = (
        *(ctypes.c_void_p, ctypes.c_wchar_p),
        *(ctypes.c_uint32, ctypes.c_uint32),
    )
    kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
    return kernel
