"""Finds among the system's fonts those that have the characters which ours do not have.

Nothing is named that `font_file` has not read. The search may take a second and runs beside the main thread.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from copilot.desktop.font_file import Coverage, coverage
from copilot.shell.programs import find_program
from copilot.vocabulary.frozen import frozen

SECONDS = 5.0
"""How long fontconfig may take."""

PROBES = 12
"""Characters that are asked for by name; the rest is found in the same files, or not."""

READ = 24
"""Files that are read in one search."""

MOST = 3
"""Files that one search may give: one for each script of a text, as a rule."""

Listing = Callable[[int], Iterable[Path]]
"""The files that say they have a character, the best first."""

_WINDOWS = (
    *("msyh.ttc", "YuGothR.ttc", "malgun.ttf", "simsun.ttc", "msgothic.ttc", "Nirmala.ttf", "Nirmala.ttc"),
    *("LeelawUI.ttf", "segoeui.ttf", "seguisym.ttf", "ebrima.ttf", "gadugi.ttf", "mmrtext.ttf", "arial.ttf"),
    *("seguihis.ttf", "himalaya.ttf", "javatext.ttf", "msyi.ttf", "monbaiti.ttf", "taile.ttf", "ntailu.ttf"),
)
"""From Microsoft's list of fonts of Windows 10 and 11, those for scripts and symbols."""

_MACOS = (
    *("Supplemental/Arial Unicode.ttf", "Hiragino Sans GB.ttc", "ヒラギノ角ゴシック W3.ttc", "PingFang.ttc"),
    *("AppleSDGothicNeo.ttc", "Apple Symbols.ttf", "Kohinoor.ttc", "SFArabic.ttf", "SFHebrew.ttf"),
    *(
        "ThonburiUI.ttc",
        "Thonburi.ttc",
        "KohinoorBangla.ttc",
        "KohinoorTelugu.ttc",
        "Supplemental/Ayuthaya.ttf",
    ),
)


@frozen(kw_only=False)
class SystemFont:
    """A file that the library may load, and what is in it."""

    path: Path
    coverage: Coverage


def find(codes: frozenset[int], listing: Listing | None = None) -> tuple[SystemFont, ...]:
    """Fonts that together have as many of the characters as can be found, the most useful first."""
    listing = listing or system_listing()
    found: list[SystemFont] = []
    read: dict[Path, Coverage | None] = {}
    left = set(codes)
    for code in sorted(codes)[:: max(1, len(codes) // PROBES)]:
        if code not in left or len(found) >= MOST:
            continue
        best: SystemFont | None = None
        for path in listing(code):
            if path not in read and len(read) >= READ:
                break
            if path not in read:
                read[path] = coverage(path)
            had = read[path]
            if had is None or code not in had:
                continue
            if best is None or len(had.lacks(left)) < len(best.coverage.lacks(left)):
                best = SystemFont(path, had)
        if best is not None:
            found.append(best)
            left = best.coverage.lacks(left)
    return tuple(found)


def system_listing(platform: str = sys.platform) -> Listing:
    """How this system is asked."""
    if platform == "win32":
        folders = (
            Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts",
            Path(os.environ.get("LOCALAPPDATA", r"C:\\")) / "Microsoft" / "Windows" / "Fonts",
        )
        return in_folders(folders, _WINDOWS)
    if platform == "darwin":
        folders = (Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library" / "Fonts")
        return in_folders(folders, _MACOS)
    return by_fontconfig


def in_folders(folders: Iterable[Path], names: Iterable[str]) -> Listing:
    """The files of these names that are there, whatever character is asked for."""
    places = tuple(folders)
    paths = tuple(path for name in names for folder in places if (path := folder / name).is_file())
    return lambda _code: paths


def by_fontconfig(code: int) -> tuple[Path, ...]:
    """What fontconfig knows, regular faces without serifs first; nothing where it is not there."""
    program = find_program("fc-list")
    if program is None:
        return ()
    command = [program, f":charset={code:x}", "file", "style"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    lines = done.stdout.decode("utf-8", "surrogateescape").splitlines()
    files = {Path(line.partition(": ")[0].strip()): line for line in lines if line.strip()}
    return tuple(sorted(files, key=lambda path: (*_rank(path, files[path]), str(path))))


def _rank(path: Path, line: str) -> tuple[int, int, int]:
    style, name = line.partition("style=")[2], path.stem.lower()
    plain = "Regular" in style or "Book" in style or not style
    outlines = path.suffix.lower() in (".ttf", ".ttc", ".otf", ".otc")
    return (0 if outlines else 1, 0 if plain else 1, 0 if "sans" in name and "mono" not in name else 1)
