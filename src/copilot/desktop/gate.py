"""The only door to Dear PyGui: every string that goes through it is made safe first.

A lone surrogate ends the process and a NUL cuts the text (measured, Dear PyGui 2.3.1); model output, JSON and
file names bring both. `dpg` looks like the module `dearpygui.dearpygui`, with the strings among the arguments
of every call made safe. Making hidden characters visible is `text.shown`; an editable box must not do that.
Asking for the clipboard's text where it holds none ends the process, too: see `_clipboard_text`.
"""

import ctypes
from collections.abc import Callable
from functools import cache, partial
from hashlib import blake2b
from typing import Any, cast

import dearpygui.dearpygui as library

from copilot.vocabulary.text import clean

Item = int | str
"""Dear PyGui's name for an item: its own number, or a tag that we gave."""


def safe(text: str) -> str:
    """Text that Dear PyGui can hold: lone surrogates become "?", NUL becomes its picture."""
    if text.isascii() and "\0" not in text:
        return text
    return clean(text).replace("\0", "␀")


class Gate:
    """`dearpygui.dearpygui` behind `safe`. What was looked up once is kept: a frame has hundreds of calls."""

    def __getattr__(self, name: str) -> Any:
        found = _clipboard_text() if name == "get_clipboard_text" else _function(name)
        kept = self.__dict__[name] = _guarded(name, found) if callable(found) else found
        return kept


_LASTING = ("add_child_window", "add_table", "add_window", "add_input_text", "add_plot", "add_tab_bar")
"""What the library keeps for good under the item's number: position, scrolling, columns, undo."""

_FIRST_LASTING = 1 << 50

DIRECT: dict[str, dict[str, object]] = {
    "add_button": {"direction": 0},
    "add_child_window": {},
    "add_group": {},
    "add_spacer": {},
    "add_table": {"policy": 1 << 15},
    "add_table_column": {"prefer_sort_ascending": True},
    "add_table_row": {},
    "add_text": {},
    "bind_item_font": {},
    "bind_item_theme": {},
    "configure_item": {},
    "does_item_exist": {},
    "get_item_configuration": {},
    "get_item_state": {},
    "get_y_scroll": {},
    "get_y_scroll_max": {},
    "set_value": {},
}
"""What cards are made of and what each frame asks goes past the functions of `dearpygui.py`: these hand over
every option there is, in each call, which takes as long again as making the item (8.3 and 3.6 µs for a
text). With what they set otherwise than the library itself."""


def _function(name: str) -> Any:
    if name not in DIRECT:
        return getattr(library, name)
    found, more = getattr(cast(Any, library).internal_dpg, name), DIRECT[name]
    return partial(found, **more) if more else found


def _lasting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, giving an item with a tag the same number each time it is made anew."""

    def call(*args: object, **kwargs: object) -> Any:
        tag = kwargs.get("tag")
        if not isinstance(tag, str):
            return function(*args, **kwargs)
        item = function(*args, **{**kwargs, "tag": _number(tag)})
        cast(Any, library).add_alias(tag, item)
        return item

    return call


@cache
def _number(tag: str) -> int:
    return _FIRST_LASTING + int.from_bytes(blake2b(tag.encode("utf-8", "replace"), digest_size=4).digest())


@cache
def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    if name in _LASTING:
        function = _lasting(function)

    def call(*args: object, **kwargs: object) -> Any:
        for name, value in kwargs.items():
            if isinstance(value, str):
                if not value.isascii() or "\0" in value:
                    kwargs[name] = safe(value)
            elif isinstance(value, list):
                kwargs[name] = _safe_value(cast(object, value))
        for value in args:
            if isinstance(value, str):
                if not value.isascii() or "\0" in value:
                    return function(*map(_safe_value, args), **kwargs)
            elif isinstance(value, list):
                return function(*map(_safe_value, args), **kwargs)
        return function(*args, **kwargs)

    return call


def _safe_value(value: object) -> object:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, list):
        return [_safe_value(item) for item in cast(list[object], value)]
    return value


dpg: Any = Gate()


def native_library() -> str:
    """The path of the compiled library, for `native_keys`."""
    return str(cast(Any, library).internal_dpg.__file__)


def _clipboard_text() -> Callable[[], str]:
    """The clipboard's text, "" for none: the library's own call makes a string of a null pointer then.

    Where a build does not export the symbol, the library's own call has to do.
    """
    try:
        copied = ctypes.CDLL(native_library())["_ZN5ImGui16GetClipboardTextEv"]
    except (OSError, AttributeError):
        return lambda: str(cast(Any, library).get_clipboard_text() or "")
    copied.restype, copied.argtypes = ctypes.c_char_p, []
    return lambda: (copied() or b"").decode("utf-8", "replace")
