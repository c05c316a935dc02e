"""Which shells this machine has, and how each is given a script: bytes, file name and argument list.

Everything but `find_shells` is a pure function of the platform (`sys.platform`) and the shell's name, so that
Windows is decided, and tested, the same way everywhere.
"""

import ntpath
import os
import posixpath
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ShellName

WRAPPER = Path(__file__).with_name("wrapper.ps1")
"""The constant file that starts an approved PowerShell script; it never changes with the script."""

MAX_SCRIPT_BYTES = 1_000_000
_ORDER: tuple[ShellName, ...] = ("pwsh", "powershell", "bash", "sh")
_POSIX_FOLDERS = ("/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/microsoft/powershell/7")
_BOM = b"\xef\xbb\xbf"


@frozen
class Shell:
    """A shell on this machine: its kind and the absolute path of its program."""

    name: ShellName
    path: str

    @property
    def is_powershell(self) -> bool:
        """True for PowerShell 7 and Windows PowerShell."""
        return self.name in ("pwsh", "powershell")


def find_shells(
    environ: Mapping[str, str],
    platform: str,
    *,
    never_in: Sequence[Path] = (),
    trusted: Callable[[str], bool] | None = None,
) -> tuple[Shell, ...]:
    """The shells found, best first, one of each name.

    System folders come before PATH. Relative entries of PATH and programs below `never_in` (a project) are
    not looked at, nor are programs that another user could have put there.
    """
    usable = trusted or is_trusted_program
    banned = tuple(_real(str(folder)) for folder in never_in)
    found: list[Shell] = []
    for shell in candidates(environ, platform):
        if any(shell.name == known.name for known in found) or not usable(shell.path):
            continue
        if not any(Path(_real(shell.path)).is_relative_to(folder) for folder in banned):
            found.append(shell)
    return tuple(found)


def preferred(shells: Sequence[Shell]) -> Shell | None:
    """PowerShell 7, else Windows PowerShell, else bash, else sh; None where there is none."""
    return min(shells, key=lambda shell: _ORDER.index(shell.name), default=None)


def candidates(environ: Mapping[str, str], platform: str) -> Iterator[Shell]:
    """Where a shell may be, best first. Nothing is looked up on disk."""
    windows = platform == "win32"
    for name in _ORDER:
        places = _windows_places(name, environ) if windows else _posix_places(name)
        for place in places:
            yield Shell(name=name, path=place)
        if windows and name in ("powershell", "bash", "sh"):
            continue  # on Windows `bash` on PATH is usually WSL: another system with other paths
        for folder in absolute_entries(environ.get("PATH", ""), platform):
            join = ntpath.join if windows else posixpath.join
            yield Shell(name=name, path=join(folder, f"{name}.exe" if windows else name))


def absolute_entries(path: str, platform: str) -> tuple[str, ...]:
    """The entries of a PATH that do not depend on the current folder."""
    if platform == "win32":
        entries = (entry.strip('"') for entry in path.split(";"))
        return tuple(e for e in entries if ntpath.splitdrive(e)[0] and ntpath.isabs(e))
    return tuple(entry for entry in path.split(":") if posixpath.isabs(entry))


def script_suffix(name: ShellName) -> str:
    """`.ps1` or `.sh`."""
    return ".ps1" if name in ("pwsh", "powershell") else ".sh"


def script_bytes(name: ShellName, script: str) -> bytes:
    """The script as this shell reads it: PowerShell gets a BOM (5.1 reads a file without one as ANSI).

    Raises ToolError for text that cannot reach the shell as it was shown.
    """
    if "\0" in script:
        raise ToolError("the script holds a NUL character; shells drop it or stop there")
    try:
        data = script.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ToolError("the script holds a lone surrogate, which no file can hold as text") from error
    if len(data) > MAX_SCRIPT_BYTES:
        raise ToolError(f"the script is longer than {MAX_SCRIPT_BYTES:,} bytes")
    return _BOM + data if script_suffix(name) == ".ps1" else data


def script_argv(shell: Shell, script_file: str, wrapper: str = str(WRAPPER)) -> tuple[str, ...]:
    """The argument list that runs a script file.

    PowerShell gets `-File`: its text stays exactly the approved bytes, whatever their length and quotes, and
    `exit n` gives n. The wrapper sets UTF-8 output and the rule for the exit code.
    """
    match shell.name:
        case "pwsh" | "powershell":
            fixed = ("-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass")
            return (shell.path, *fixed, "-OutputFormat", "Text", "-File", wrapper, script_file)
        case "bash":
            return (shell.path, "--noprofile", "--norc", script_file)
        case "sh":
            return (shell.path, script_file)
        case _:
            assert_never(shell.name)


def is_trusted_program(path: str) -> bool:
    """True for an executable regular file that only its owner, root or us, can change, folder included."""
    try:
        file = Path(path).stat()  # most places hold nothing: that is seen at once
        real = Path(path).resolve(strict=True)
        file, folder = real.stat(), real.parent.stat()
    except (OSError, RuntimeError, ValueError):
        return False
    if not stat.S_ISREG(file.st_mode) or not os.access(real, os.X_OK):
        return False
    if os.name == "nt":
        return True
    ours = (0, os.getuid())
    return all(s.st_uid in ours and not s.st_mode & stat.S_IWOTH for s in (file, folder))


def _posix_places(name: ShellName) -> tuple[str, ...]:
    if name == "powershell":
        return ()
    return tuple(f"{folder}/{name}" for folder in _POSIX_FOLDERS)


def _windows_places(name: ShellName, environ: Mapping[str, str]) -> tuple[str, ...]:
    by_name = {key.upper(): value for key, value in environ.items()}
    system = by_name.get("SYSTEMROOT") or "C:\\Windows"
    programs = by_name.get("PROGRAMW6432") or by_name.get("PROGRAMFILES") or "C:\\Program Files"
    match name:
        case "pwsh":
            return (ntpath.join(programs, "PowerShell", "7", "pwsh.exe"),)
        case "powershell":
            return (ntpath.join(system, "System32", "WindowsPowerShell", "v1.0", "powershell.exe"),)
        case "bash" | "sh":
            return (ntpath.join(programs, "Git", "bin", f"{name}.exe"),)
        case _:
            assert_never(name)


def _real(path: str) -> str:
    return os.path.realpath(path)
