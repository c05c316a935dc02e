"""The widths and heights of docked panels while the window gets smaller and larger again.

The library keeps the pixels of all panels but the discussion's, of which nothing would be left in a narrow
window. So here each gives its part, as at the next start (`layout.fitted`), and gets it back with the room.
"""

import re
from collections.abc import Callable, Mapping

from copilot.desktop.layout import shares

Sizes = Mapping[str, tuple[int, int]]
"""Of each node of a layout, by the number that the layout has for it: pixels across and down."""

_NODE = re.compile(r"^ *DockNode +ID=0x([0-9A-F]{8}) .*?\bSizeRef=(\d+),(\d+)", re.MULTILINE)
_SLACK = 2
"""Pixels that rounding may make of a size; more is a splitter that the person has moved."""


def sizes(ini: str) -> Sizes:
    """What a layout says of its nodes."""
    return {node[1]: (int(node[2]), int(node[3])) for node in _NODE.finditer(ini)}


class DockSizes:
    """`tick` once a frame. `read` gives the layout there is, `put` gives a node its size."""

    def __init__(self, read: Callable[[], str], put: Callable[[str, tuple[int, int]], None]) -> None:
        self._read, self._put = read, put
        self._window = (0, 0)
        self._full = (0, 0)
        self._wished: dict[str, tuple[float, float]] = {}
        self._given: Sizes = {}

    def forget(self) -> None:
        """Another layout was put in place: it is as it is to be."""
        self._window = self._full = (0, 0)
        self._wished, self._given = {}, {}

    def tick(self, window: tuple[int, int]) -> bool:
        """`window` is the room there is. True where panels got other sizes."""
        if window == self._window or min(window) < 1:
            return False
        before, self._window = self._window, window
        if not all(before):
            return False
        now = self._learn(before)
        across, down = shares(self._full, window)
        wished = self._wished.items()
        self._given = {n: (max(1, round(x * across)), max(1, round(y * down))) for n, (x, y) in wished}
        changed = [node for node, size in self._given.items() if size != now[node]]
        for node in changed:
            self._put(node, self._given[node])
        return bool(changed)

    def _learn(self, window: tuple[int, int]) -> Sizes:
        """What there is now, and what the person has made of it since, in a window of that size."""
        now = sizes(self._read())
        moved = {node: size for node, size in now.items() if not _near(size, self._given.get(node))}
        if moved:
            self._full = (max(self._full[0], window[0]), max(self._full[1], window[1]))
        across, down = shares(self._full, window)
        self._wished |= {node: (size[0] / across, size[1] / down) for node, size in moved.items()}
        self._wished = {node: size for node, size in self._wished.items() if node in now}
        return now


def _near(one: tuple[int, int], other: tuple[int, int] | None) -> bool:
    return other is not None and max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= _SLACK
