"""What Dear PyGui lacks, through symbols that its Linux library exports: waking, waiting, style, layout.

Every function is looked up when it is first needed and has a fallback, because the Windows library exports
none of them and a later build may not. Checked with Dear PyGui 2.3.1 on Linux x86-64.
"""

import ctypes
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from copilot.desktop.gate import native_library

IDLE_SLEEP = 0.03
"""Seconds to sleep between frames where the library cannot wait for an event."""

FOCUSED = 0x00020001
"""GLFW's number for "has the keyboard"."""

ICONIFIED = 0x00020002
"""GLFW's number for "is minimised"."""


_CONTEXT = "_ZN5ImGui17GetCurrentContextEv"
_WINDOWING_KEYS = 9092
"""Bytes from the start of ImGuiContext to ConfigNavWindowingKeyNext and KeyPrev (measured, 1.92.5)."""

_TAB, _CTRL, _SHIFT = 512, 1 << 12, 1 << 13
"""ImGuiKey_Tab, ImGuiMod_Ctrl and ImGuiMod_Shift of Dear ImGui 1.92."""


class _Vec2(ctypes.Structure):
    """ImVec2."""

    _fields_ = (("x", ctypes.c_float), ("y", ctypes.c_float))


class Native:
    """The exported functions, or what stands in for them."""

    def __init__(self) -> None:
        try:
            self._library: ctypes.CDLL | None = ctypes.CDLL(native_library())
        except OSError:
            self._library = None
        self._post = self._symbol("glfwPostEmptyEvent", None)
        self._wait = self._symbol("glfwWaitEventsTimeout", None, ctypes.c_double)
        self._current = self._symbol("glfwGetCurrentContext", ctypes.c_void_p)
        self._attribute = self._symbol("glfwGetWindowAttrib", ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
        self._closing = self._symbol("glfwWindowShouldClose", ctypes.c_int, ctypes.c_void_p)
        self._dropped: list[Path] = []
        self._on_drop: object = None
        self._load = self._symbol(
            "_ZN5ImGui25LoadIniSettingsFromMemoryEPKcm", None, ctypes.c_char_p, ctypes.c_size_t
        )
        self._saved = self._symbol("_ZN5ImGui23SaveIniSettingsToMemoryEPm", ctypes.c_char_p, ctypes.c_void_p)
        self._size_node = self._symbol(
            "_ZN5ImGui22DockBuilderSetNodeSizeEj6ImVec2", None, ctypes.c_uint, _Vec2
        )

    def watch_drops(self) -> bool:
        """Take in files that are dropped on the window from now on; False where that is not possible.

        Call it after the window is shown. The library has no such event of its own.
        """
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p))
        watch = self._symbol("glfwSetDropCallback", ctypes.c_void_p, ctypes.c_void_p, kind)
        window = self._current() if self._current is not None else None
        if watch is None or not window:
            return False

        def drop(_window: int, count: int, names: Any) -> None:
            self._dropped += [Path(os.fsdecode(names[number])) for number in range(count)]

        self._on_drop = kind(drop)  # kept: the library holds no reference of its own
        watch(window, self._on_drop)
        return True

    def dropped(self) -> tuple[Path, ...]:
        """The files that were dropped since the last call."""
        found, self._dropped = tuple(self._dropped), []
        return found

    def wake(self) -> None:
        """End the main thread's wait. Any thread may call it, also while the window is minimised."""
        if self._post is not None:
            self._post()

    def wait(self, seconds: float) -> None:
        """Sleep until an event comes or the time is over; holds no lock of the library."""
        if self._wait is not None:
            self._wait(seconds)
        else:
            time.sleep(min(seconds, IDLE_SLEEP))

    def minimised(self) -> bool:
        """Whether drawing would block: the library waits for input as long as the window is minimised.

        A window that is asked to close is to be drawn all the same, since that is how the request arrives.
        """
        if self._current is None or self._attribute is None or self._closing is None:
            return False
        window = self._current()
        return bool(window) and bool(self._attribute(window, ICONIFIED)) and not self._closing(window)

    def in_front(self) -> bool:
        """Whether the window has the keyboard; True where that is not known."""
        if self._current is None or self._attribute is None:
            return True
        window = self._current()
        return not window or bool(self._attribute(window, FOCUSED))

    def come_to_front(self) -> None:
        """Show the window over the others, as far as the system lets a program do that."""
        window = self._current() if self._current is not None else None
        if window:
            for name in ("glfwRestoreWindow", "glfwShowWindow", "glfwFocusWindow"):
                act = self._symbol(name, None, ctypes.c_void_p)
                if act is not None:
                    act(window)

    def load_layout(self, ini: str) -> bool:
        """Replace the docking layout between two frames; False where that is not possible."""
        if self._load is None:
            return False
        data = ini.encode()
        self._load(data, len(data))
        return True

    @property
    def sizes_docks(self) -> bool:
        """Whether `docks` and `size_dock` do anything."""
        return None not in (self._saved, self._size_node)

    def docks(self) -> str:
        """The layout as it is between two frames."""
        return (self._saved(None) or b"").decode("utf-8", "replace") if self._saved is not None else ""

    def size_dock(self, node: str, size: tuple[int, int]) -> None:
        """Give a dock node its width and height from the next frame on; `node` as layouts name it."""
        if self._size_node is not None:
            self._size_node(int(node, 16), _Vec2(*size))

    @property
    def frees_tab(self) -> bool:
        """Whether `free_tab` can be expected to work; needs no window yet."""
        return self._symbol(_CONTEXT, ctypes.c_void_p) is not None

    def free_tab(self) -> bool:
        """Take Ctrl+Tab from the library, which would list all its windows, nameless ones among them.

        Call it after `show_viewport`. False where its two chords are not where they are expected.
        """
        current = self._symbol(_CONTEXT, ctypes.c_void_p)
        context = current() if current is not None else None
        if not context:
            return False
        chords = (ctypes.c_int32 * 2).from_address(context + _WINDOWING_KEYS)
        if tuple(chords) != (_TAB | _CTRL, _TAB | _CTRL | _SHIFT):
            return False
        chords[:] = (0, 0)
        return True

    def patch_base_style(
        self, colours: Mapping[int, Sequence[float]], numbers: Mapping[int, Sequence[float]]
    ) -> bool:
        """Write the style that dock tabs, splitters and title bars are drawn with, before any theme.

        Call it after `show_viewport` and after every `bind_theme`. `colours` are 0 to 255, RGBA.
        """
        colour_at = self._symbol("_ZN5ImGui17GetStyleColorVec4Ei", ctypes.c_void_p, ctypes.c_int)
        style = self._symbol("_ZN5ImGui8GetStyleEv", ctypes.c_void_p)
        info_of = self._symbol("_ZN5ImGui15GetStyleVarInfoEi", ctypes.c_void_p, ctypes.c_int)
        if colour_at is None or style is None or info_of is None:
            return False
        for key, colour in colours.items():
            (ctypes.c_float * 4).from_address(colour_at(key))[:] = [part / 255 for part in colour]
        base = style()
        for key, values in numbers.items():
            # ImGuiStyleVarInfo: 8 bits count, 8 bits type, 16 bits offset into the style.
            info = ctypes.c_uint32.from_address(info_of(key)).value
            size = info & 0xFF
            (ctypes.c_float * size).from_address(base + (info >> 16))[:] = list(values)[:size]
        return True

    def content_scale(self) -> float:
        """Pixels per point of the main monitor; 1.0 where unknown. Needs no window yet."""
        start = self._symbol("glfwInit", ctypes.c_int)
        monitor = self._symbol("glfwGetPrimaryMonitor", ctypes.c_void_p)
        scale = self._symbol(
            "glfwGetMonitorContentScale", None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
        )
        if start is None or monitor is None or scale is None or not start() or not (main := monitor()):
            return 1.0
        x, y = ctypes.c_float(1.0), ctypes.c_float(1.0)
        scale(main, ctypes.byref(x), ctypes.byref(y))
        return min(max(x.value, 0.5), 4.0)

    def screen_size(self) -> tuple[int, int] | None:
        """Width and height of the main monitor in pixels; None where unknown. Call `content_scale` first."""
        monitor = self._symbol("glfwGetPrimaryMonitor", ctypes.c_void_p)
        mode = self._symbol("glfwGetVideoMode", ctypes.c_void_p, ctypes.c_void_p)
        if monitor is None or mode is None or not (main := monitor()) or not (found := mode(main)):
            return None
        width, height = (ctypes.c_int * 2).from_address(found)
        return width, height

    def _symbol(self, name: str, result: Any, *arguments: Any) -> Callable[..., Any] | None:
        if self._library is None:
            return None
        try:
            found = getattr(self._library, name)
        except AttributeError:
            return None
        found.restype = result
        found.argtypes = list(arguments)
        return found
