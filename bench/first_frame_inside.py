"""One process of `first_frame.py`: `empty`, or `copilot HOME`. Loads nothing for itself."""

import sys
import time

SDKS = ("anthropic", "google.genai", "openai", "httpx", "httpx2", "pydantic")
"""Providers' packages, and what comes with them: none of them may be there at the first frame."""


def told_at_the_first_frame() -> None:
    """Have this process say how it stands, and end, when Dear PyGui has drawn for the first time."""
    import dearpygui.dearpygui as library

    draw = library.render_dearpygui_frame

    def draw_once() -> None:
        draw()
        now, spent = time.monotonic(), time.process_time()
        import json
        import os

        there = [name for name in SDKS if name in sys.modules]
        sys.stdout.write(json.dumps({"at": now, "cpu": spent, "sdks": there, "modules": len(sys.modules)}))
        sys.stdout.flush()
        os._exit(0)

    library.render_dearpygui_frame = draw_once


def empty_viewport() -> int:
    """The least that any window of Dear PyGui does."""
    import dearpygui.dearpygui as dpg

    dpg.create_context()
    dpg.create_viewport(title="empty", width=1280, height=800)
    dpg.setup_dearpygui()
    dpg.show_viewport()
    dpg.render_dearpygui_frame()
    return 1  # the first frame ends the process


def program(home: str) -> int:
    """`copilot --home HOME`, from its entry."""
    sys.argv = ["copilot", "--home", home]
    from copilot.__main__ import main

    return main()


if __name__ == "__main__":
    told_at_the_first_frame()
    sys.exit(empty_viewport() if sys.argv[1] == "empty" else program(sys.argv[2]))
