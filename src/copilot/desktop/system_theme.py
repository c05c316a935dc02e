"""Whether the desktop prefers light or dark, where it says so.

Asking starts a small program of the system's and may take as long as that does: not on the main thread.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from copilot.shell.programs import find_program

SECONDS = 2.0
"""How long a program of the system may take."""

FIRST_SECONDS = 0.15
"""How long the first frame waits for the answer; the programs take 10 to 40 ms."""

_PORTAL = (
    *("gdbus", "call", "--session", "--dest", "org.freedesktop.portal.Desktop"),
    *("--object-path", "/org/freedesktop/portal/desktop", "--method"),
    *("org.freedesktop.portal.Settings.Read", "org.freedesktop.appearance", "color-scheme"),
)
"""Answers 1 for dark and 2 for light (XDG Desktop Portal, `org.freedesktop.portal.Settings`)."""

_GNOME = ("gsettings", "get", "org.gnome.desktop.interface", "color-scheme")
_MACOS = ("defaults", "read", "-g", "AppleInterfaceStyle")
_WINDOWS = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"

Ask = Callable[[Sequence[str]], tuple[int, str] | None]
"""Runs a program: its exit code and what it said, None where it is not there."""


def prefers_light(platform: str = sys.platform, ask: Ask | None = None) -> bool | None:
    """True for light, False for dark, None where the desktop does not say."""
    ask = ask or _ask
    if platform == "win32":
        return _windows()
    if platform == "darwin":
        said = ask(_MACOS)
        return None if said is None else "dark" not in said[1].lower()  # light has no such value
    return _portal(ask(_PORTAL), ask)


def _portal(said: tuple[int, str] | None, ask: Ask) -> bool | None:
    if said is not None and said[0] == 0:
        for number, light in (("uint32 1", False), ("uint32 2", True)):
            if number in said[1]:
                return light
    said = ask(_GNOME)
    if said is None or said[0] != 0:
        return None
    return {"'prefer-dark'": False, "'prefer-light'": True}.get(said[1].strip())


def _windows() -> bool | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _WINDOWS) as key:
            return bool(winreg.QueryValueEx(key, "AppsUseLightTheme")[0])
    except OSError:
        return None


def _ask(command: Sequence[str]) -> tuple[int, str] | None:
    program = find_program(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.returncode, done.stdout.decode("utf-8", "replace")


def at_once(ask: Callable[[], bool | None] = prefers_light, seconds: float = FIRST_SECONDS) -> bool | None:
    """The answer, if it comes in so many seconds; None else."""
    found: list[bool | None] = []
    thread = threading.Thread(target=lambda: found.append(ask()), name="theme", daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None
