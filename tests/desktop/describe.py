"""Writes what is on the screen to a JSON file, for the test that drives the window from another process."""

import json
import time
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

EVERY_SECONDS = 0.1


class Describer:
    """Call it after each frame. Each item that shows: tag, kind, words, rectangle."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = 0.0
        self._frames = 0

    def __call__(self) -> None:
        self._frames += 1
        now = time.monotonic()
        if now < self._next:
            return
        items = [found for item in dpg.get_all_items() if (found := _described(item))]
        temporary = self._path.with_suffix(".new")
        size = [dpg.get_viewport_client_width(), dpg.get_viewport_client_height()]
        temporary.write_text(json.dumps({"frames": self._frames, "size": size, "items": items}))
        temporary.replace(self._path)
        self._next = time.monotonic() + EVERY_SECONDS


def _described(item: int) -> dict[str, Any] | None:
    kind = dpg.get_item_type(item).removeprefix("mvAppItemType::mv")
    if kind in ("ThemeColor", "ThemeStyle", "ThemeComponent", "Theme", "Font", "FontRegistry", "TableColumn"):
        return None
    state = dpg.get_item_state(item)
    if not state.get("visible", False):
        return None
    at = state.get("rect_min") or state.get("pos") or [0, 0]
    size = state.get("rect_size") or [0, 0]
    value = dpg.get_value(item) if kind in ("Text", "InputText", "Selectable", "MenuItem") else None
    return {
        "tag": dpg.get_item_alias(item) or str(item),
        "kind": kind,
        "label": dpg.get_item_label(item) or "",
        "value": value,
        "at": at,
        "size": size,
        "focused": state.get("focused", False),
        "active": state.get("active", False),
    }
