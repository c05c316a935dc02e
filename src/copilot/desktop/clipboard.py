"""What of the clipboard can be attached: files that its text names, pictures through the system's tools.

The library hands out text alone. A picture comes through the first tool that is there: `wl-paste` or `xclip`
on Linux, `osascript` on macOS, PowerShell on Windows.
"""

import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from copilot.shell.programs import find_program

SECONDS = 5.0
_LONGEST = 8_000
"""Characters of a text that may be names of files."""

_POWERSHELL = (
    "$i = Get-Clipboard -Format Image; if ($i) { $s = New-Object IO.MemoryStream; "
    "$i.Save($s, [Drawing.Imaging.ImageFormat]::Png); [Convert]::ToBase64String($s.ToArray()) }"
)

Which = Callable[[str], str | None]


def files_in(text: str, folder: Path | None = None) -> tuple[Path, ...]:
    """The files that a text names, one a line, as file managers write them; none unless all are there.

    Names that are no whole paths are looked for in `folder`; without one they name nothing.
    """
    if not text.strip() or len(text) > _LONGEST:
        return ()
    found = [_path(line, folder) for line in text.strip().splitlines() if line.strip()]
    paths = tuple(path for path in found if path is not None and _is_file(path))
    return paths if len(paths) == len(found) else ()


def picture_command(platform: str, environ: Mapping[str, str], which: Which) -> Sequence[str]:
    """The command that writes the clipboard's picture to standard output; empty where no tool is there."""
    if platform == "win32":
        tool = which("powershell")
        return (tool, "-NoProfile", "-NonInteractive", "-Command", _POWERSHELL) if tool else ()
    if platform == "darwin":
        tool = which("osascript")
        return (tool, "-e", "the clipboard as «class PNGf»") if tool else ()
    if environ.get("WAYLAND_DISPLAY") and (tool := which("wl-paste")):
        return (tool, "--no-newline", "--type", "image/png")
    if tool := which("xclip"):
        return (tool, "-selection", "clipboard", "-target", "image/png", "-out")
    return ()


def picture_bytes(platform: str, output: bytes) -> bytes:
    """The PNG in what the command wrote; empty where there is none."""
    from base64 import b64decode

    try:
        if platform == "win32":
            return b64decode(output.strip(), validate=True)
        if platform == "darwin":
            written = re.search(rb"PNGf([0-9A-Fa-f]+)", output)
            return bytes.fromhex(written[1].decode()) if written else b""
    except ValueError:
        return b""
    return output


def read_picture(platform: str, environ: Mapping[str, str]) -> tuple[bytes, str]:
    """The clipboard's picture as PNG, or empty and why there is none. Takes up to `SECONDS`."""
    command = picture_command(platform, environ, find_program)
    if not command:
        return b"", "Pictures can be pasted where wl-paste or xclip is installed."
    try:
        done = subprocess.run(
            list(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        return b"", f"The clipboard could not be read: {error}."
    data = picture_bytes(platform, done.stdout)
    return data, "" if data else "There is no picture in the clipboard."


def expanded(words: str) -> Path:
    """The path with `~` as a person means it; where nobody has that name it is a name like any other."""
    try:
        return Path(words).expanduser()
    except RuntimeError:
        return Path(words)


def _path(line: str, folder: Path | None) -> Path | None:
    words = line.strip().strip("'\"")
    if words.startswith("file://"):
        split = urlsplit(words)
        if split.netloc not in ("", "localhost"):
            return None
        words = unquote(split.path)
        if re.match(r"/[A-Za-z]:/", words):
            words = words[1:]
    elif "\\ " in words:  # as a shell writes blanks
        words = words.replace("\\ ", " ")
    path = expanded(words)
    if path.is_absolute():
        return path
    return folder / path if folder is not None else None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
