"""Writes what is on the screen to a JSON file, for the test that drives the window from another process."""

import json
import time
from pathlib import Path
from typing import Any

import dearpygui.dearpygui as dpg

from copilot.desktop.workbench import Workbench

EVERY_SECONDS = 0.1
PAUSE_SECONDS = 1 / 60
"""After each frame, so that there are half as many: two processors draw the frames of two windows."""

SHARE = 3
"""The window has the processor for so many times what describing it took, before it is described again."""


class Describer:
    """Call it after each frame. Each item that shows: tag, kind, words, rectangle."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._next = 0.0
        self._frames = 0

    def __call__(self) -> None:
        self._frames += 1
        time.sleep(PAUSE_SECONDS)
        now = time.monotonic()
        if now < self._next:
            return
        every = dpg.get_all_items()
        items = [found for item in every if (found := _described(item))]
        items += _numbered([found for item in every if (found := _drawn(item))])
        temporary = self._path.with_suffix(".new")
        size = [dpg.get_viewport_client_width(), dpg.get_viewport_client_height()]
        told = {"frames": self._frames, "cpu": time.thread_time(), "size": size, "items": items}
        temporary.write_text(json.dumps(told | {"mouse": dpg.get_mouse_pos(local=False)}))
        temporary.replace(self._path)
        done = time.monotonic()
        self._next = done + max(EVERY_SECONDS, SHARE * (done - now))


class Teller:
    """Every action by name, and what was done last, each time that something of it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told = ""
        self._next = 0.0

    def __call__(self, bench: Workbench) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY_SECONDS
        actions = [
            {"name": a.name, "title": a.title, "keys": a.keys, "enabled": a.enabled(), "why": a.why}
            for a in bench.table
        ]
        told = json.dumps({"actions": actions, "recent": bench.table.recent, "over": bench.over})
        if told != self._told:
            self._told = told
            temporary = self._path.with_suffix(".new")
            temporary.write_text(told)
            temporary.replace(self._path)


def _drawn(item: int) -> dict[str, Any] | None:
    """A text of a drawing, where it is within the window that the drawing scrolls in."""
    if dpg.get_item_type(item) != "mvAppItemType::mvDrawText":
        return None
    sheet = item
    while dpg.get_item_type(sheet) != "mvAppItemType::mvDrawlist":
        sheet = dpg.get_item_parent(sheet)
    around = dpg.get_item_parent(dpg.get_item_parent(sheet))
    state, box = dpg.get_item_state(sheet), dpg.get_item_state(around)
    if not state.get("visible", False):
        return None
    shown = dpg.get_item_configuration(item)
    left, top = state["rect_min"]
    x, y = shown["pos"][0] + left, shown["pos"][1] + top
    above = dpg.get_item_configuration(dpg.get_item_children(around, 1)[0])["height"]
    inside = above + shown["pos"][1] - box["scroll_pos"][1]
    if not 0 <= inside <= box["rect_size"][1] - shown["size"]:
        return None
    return {
        "tag": f"{shown['text']}@{x:.0f}",
        "kind": "DrawText",
        "label": shown["text"],
        "value": None,
        "at": [x, y],
        "size": [len(shown["text"]) * shown["size"] * 0.4, shown["size"]],
        "focused": False,
        "active": False,
    }


def _numbered(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drawn words are drawn anew when anything changes: what they say, and where, is who they are."""
    seen: dict[str, int] = {}
    for item in sorted(items, key=lambda item: item["at"][1]):
        number = seen[item["tag"]] = seen.get(item["tag"], 0) + 1
        item["tag"] += f" #{number}"
    return items


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
