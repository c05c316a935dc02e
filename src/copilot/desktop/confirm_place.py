"""Where the approval dialog stands, and how large: the whole text shows where the screen has room for it."""

from copilot.desktop.approval_words import RequestView, warnings
from copilot.desktop.confirm_facts import facts_height
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look

WIDTH, HEIGHT, LEAST_HEIGHT = 1040, 760, 470
MARGIN = 24
PADDING, FOOT = 24, 58
"""Pixels at scale 1: at both sides, and below the text."""
EDGES = 110
"""What padding, gutter and scrollbar take from the width of the text."""


class ConfirmPlace:
    """Of the modal `window`. What it gives are pixels, where nothing else is said."""

    def __init__(self, look: Look, window: Item) -> None:
        self._look = look
        self._window = window
        self._client = (0, 0)

    def put(self, view: RequestView, *, rows: int, reading: float, full: bool) -> None:
        """Show the window for a request: `rows` is what stands below the facts, `reading` what is read of the
        text, both in pixels; `full`: as large as it may be.

        Size and position are forgotten with every refused or hidden modal, so both are given each time.
        """
        look = self._look
        across, down = self._client = _client()
        width = min(look.px(WIDTH), across - look.px(2 * MARGIN))
        wanted = look.px(HEIGHT) if full else self._wanted(view, rows, reading)
        height = min(wanted, down - look.px(2 * MARGIN))
        dpg.configure_item(
            self._window,
            width=width,
            height=height,
            pos=[(across - width) // 2, (down - height) // 2],
            show=True,
        )

    @property
    def stale(self) -> bool:
        """Whether the program's window has another size than when this one was put."""
        return self._client != _client()

    @property
    def inner(self) -> int:
        """The width between both sides."""
        return dpg.get_item_width(self._window) - self._look.px(2 * PADDING)

    @property
    def text_width(self) -> int:
        """The width of the text."""
        return dpg.get_item_width(self._window) - self._look.px(EDGES)

    @property
    def columns(self) -> int:
        """Characters of a line of the text that show."""
        width = self._look.size("0" * 50, self._look.fonts.mono_large)[0] / 50
        return max(40, int(self.text_width / max(1.0, width)))

    @property
    def bottom(self) -> int:
        """Where the foot begins, from the top."""
        return dpg.get_item_height(self._window) - self._look.px(FOOT + PADDING)

    def text_height(self, view: RequestView) -> float:
        """Of the whole text, whatever of it shows."""
        lines = view.text.count("\n") + view.diff.count("\n") + 1
        return lines * self._look.size("X", self._look.fonts.mono_large)[1]

    def _wanted(self, view: RequestView, rows: int, reading: float) -> int:
        """Room for the whole text where the screen has it: a short script needs no large dialog."""
        look = self._look
        facts = facts_height(look, view, look.px(WIDTH - 2 * PADDING)) + rows
        if not view.text and not view.editable:
            return look.px(184) + facts
        lines = 2 + 2 * (len(warnings(view.text, 80)) if len(view.text) < 20_000 else 0)
        body = lines * look.size("X", look.fonts.mono_large)[1] + self.text_height(view)
        above = look.px(236) + facts + reading
        return int(min(max(above + body, look.px(LEAST_HEIGHT)), look.px(HEIGHT)))


def _client() -> tuple[int, int]:
    return dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
