"""The monitors, and where on them a window is, so that its place outlives a monitor that is gone or moved."""

import ctypes
from collections.abc import Sequence

from copilot.desktop.gate import native_library
from copilot.desktop.torn.messages import Place
from copilot.vocabulary.frozen import frozen

LEAST = (320, 240)
"""Pixels; a smaller window shows no panel."""


@frozen(kw_only=False)
class Monitor:
    """The part of a monitor that windows may use, in pixels of the whole desktop."""

    name: str
    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether a point is on it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


def monitors() -> tuple[Monitor, ...]:
    """All of them, the main one first; none where the library does not say (it does on Linux)."""
    try:
        library = ctypes.CDLL(native_library())
        start, count_all, name_of, area_of = (
            getattr(library, name)
            for name in ("glfwInit", "glfwGetMonitors", "glfwGetMonitorName", "glfwGetMonitorWorkarea")
        )
    except (OSError, AttributeError):
        return ()
    pointer, numbers = ctypes.c_void_p, [ctypes.c_int() for _ in range(4)]
    count_all.restype, count_all.argtypes = ctypes.POINTER(pointer), [pointer]
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [pointer]
    area_of.restype, area_of.argtypes = None, [pointer] * 5
    count = ctypes.c_int()
    found = count_all(ctypes.byref(count)) if start() else None
    made: list[Monitor] = []
    for number in range(count.value):
        if not found:
            break
        name = name_of(found[number]) or b""
        area_of(found[number], *(ctypes.byref(one) for one in numbers))
        made.append(Monitor(name.decode(errors="replace"), *(one.value for one in numbers)))
    return tuple(made)


def placed(x: int, y: int, width: int, height: int, known: Sequence[Monitor]) -> Place:
    """Where a window is, as it is remembered: by the monitor that its upper middle is on."""
    on = next((one for one in known if one.holds(x + width // 2, y + 8)), None)
    if on is None:
        return Place(x=x, y=y, width=width, height=height)
    return Place(x=x - on.x, y=y - on.y, width=width, height=height, monitor=on.name)


def found_place(place: Place, known: Sequence[Monitor]) -> tuple[int, int, int, int]:
    """Position and size of a window that was remembered, wholly on a monitor that is there now.

    On the monitor that it was on; where that is gone, on the main one.
    """
    width, height = max(place.width, LEAST[0]), max(place.height, LEAST[1])
    on = next((one for one in known if one.name == place.monitor), known[0] if known else None)
    if on is None:
        return place.x, place.y, width, height
    width, height = min(width, on.width), min(height, on.height)
    x = min(max(place.x, 0), on.width - width)
    y = min(max(place.y, 0), on.height - height)
    return on.x + x, on.y + y, width, height
