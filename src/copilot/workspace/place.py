"""One walk of the boundary: from the base directory to where a path ends, each folder held, no link trusted.

Links are read and followed here alone, as long as they stay inside; the system is never asked to follow one.
"""

import contextlib
import os
import stat
from collections import deque
from collections.abc import Callable
from pathlib import Path

from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, ToolError
from copilot.vocabulary.frozen import field, mutable
from copilot.workspace.folders import Folder, is_link
from copilot.workspace.names import Asked, joined, parse, refuse_new_name, shown

_MOST_LINKS = 40
_MOST_NAMES = 2_000


@mutable(kw_only=True)
class Place:
    """Where a walk ended.

    `folder` is held and holds the last of `real`, the parts of the real path (none: the base directory
    itself). `info` is None where nothing is there; then `missing` are the parents that are not there either.
    """

    asked: Asked
    folder: Folder
    real: tuple[str, ...]
    info: os.stat_result | None
    missing: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The entry of `folder` that is meant."""
        return self.real[-1] if self.real else ""


@mutable(kw_only=True)
class Walk:
    """One walk. `held[i + 1]` is the folder `real[i]`; whoever made `held` closes what is in it."""

    asked: Asked
    base_dir: Path
    bases: Callable[[], tuple[str, ...]]
    platform: str
    held: list[Folder]
    real: list[str] = field(default_factory=list[str])
    links: int = 0

    def end(self) -> Place:
        """Follow the path to its end."""
        pending = deque(self.asked.parts)
        while pending:
            part = pending.popleft()
            if part == "..":
                self._up()
                continue
            info = self.held[-1].look(part)
            if info is None:
                return self._missing((part, *pending))
            if is_link(info):
                pending.extendleft(reversed(self._follow(part)))
                continue
            name = self.held[-1].true_name(part)
            if not pending:
                return self._place(self.held[-1], (*self.real, name), info)
            self.held.append(self.held[-1].enter(part))
            self.real.append(name)
        return self._here()

    def _up(self) -> None:
        if not self.real:
            raise OutsideProjectError(
                f"{shown(self.asked.text)} leads outside the base directory: a link in it climbs above it."
            )
        self.real.pop()
        self.held.pop().close()

    def _follow(self, part: str) -> tuple[str, ...]:
        """The parts to go on with in the place of a link."""
        self.links += 1
        if self.links > _MOST_LINKS:
            raise ForbiddenPathError(f"{shown(self.asked.text)} goes through too many links.")
        target = self.held[-1].link(part)
        windows = self.platform == "win32"
        if windows:
            target = target.replace("\\", "/")
        if not target.startswith("/") and not (windows and target[1:2] == ":"):
            return tuple(word for word in target.split("/") if word not in ("", "."))
        try:
            parts = parse(target, bases=self.bases(), platform=self.platform).parts
        except ToolError:
            raise OutsideProjectError(
                f"{shown(self.asked.text)} leads outside the base directory: "
                f"{shown(joined((*self.real, part)))} is a link to {shown(target)}."
            ) from None
        while self.real:
            self._up()
        return parts

    def _here(self) -> Place:
        """The walk ended in a folder that is already held."""
        if not self.real:
            return self._place(self.held[0], (), self.base_dir.stat())
        return self._place(self.held[-2], tuple(self.real), self.held[-2].look(self.real[-1]))

    def _missing(self, rest: tuple[str, ...]) -> Place:
        if ".." in rest:
            raise ToolError(f"there is no folder {shown(joined((*self.real, rest[0])))}.")
        place = self._place(self.held[-1], (*self.real, *rest), None)
        place.missing = rest[:-1]
        return place

    def _place(self, folder: Folder, real: tuple[str, ...], info: os.stat_result | None) -> Place:
        if self.asked.folder and info is not None and not stat.S_ISDIR(info.st_mode):
            raise ForbiddenPathError(f"{shown(self.asked.text)} is written like a folder but is a file.")
        return Place(asked=self.asked, folder=folder, real=real, info=info)


def require_file(place: Place) -> None:
    """Raise ForbiddenPathError for anything but a regular file, ToolError where there is nothing."""
    if place.info is None:
        raise no_such_file(place)
    _refuse_root(place)
    if stat.S_ISDIR(place.info.st_mode):
        raise ForbiddenPathError(f"{shown(place.asked.text)} is a folder, not a file.", "List it instead.")
    if not stat.S_ISREG(place.info.st_mode):
        raise ForbiddenPathError(
            f"{shown(place.asked.text)} is not a regular file but {_odd_kind(place.info)}; it was not opened."
        )


def require_place_for_file(place: Place) -> None:
    """Raise ForbiddenPathError where no file may be written or made."""
    _refuse_root(place)
    if place.info is not None:
        require_file(place)
        return
    if place.asked.folder:
        raise ForbiddenPathError(f"{shown(place.asked.text)} names a folder, not a file.")
    for name in (*place.missing, place.name):
        refuse_new_name(place.asked.text, name)


def _refuse_root(place: Place) -> None:
    if not place.real:
        raise ForbiddenPathError(f"{shown(place.asked.text)} is the base directory itself, not a file.")


def _odd_kind(info: os.stat_result) -> str:
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    )
    return next((word for test, word in kinds if test(info.st_mode)), "something else")


def no_such_file(place: Place) -> ToolError:
    """The error that names a missing file, with names near to it."""
    names: list[str] = []
    if not place.missing and place.real:
        with contextlib.suppress(OSError):
            names = [found.name for found in place.folder.scan()]
    from difflib import get_close_matches  # for a message that few need

    near = get_close_matches(place.name, names[:_MOST_NAMES], n=3)
    hint = f"Did you mean {' or '.join(map(shown, near))}?" if near else ""
    if "\\" in place.asked.text:
        hint = "Write paths with forward slashes."
    return ToolError(f"there is no file {shown(place.asked.text)}.", hint)
