"""The top of the approval dialog where several requests wait: each by branch and tool, to be turned to."""

from collections.abc import Callable, Sequence

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look, clear
from copilot.vocabulary.approvals import ConfirmDialog

NAMED = 5
"""Requests that are named; it says how many more there are."""


class ConfirmInbox:
    """Made once. `turn_to` hears the id of the request that was clicked."""

    def __init__(self, look: Look, parent: Item, turn_to: Callable[[str], None]) -> None:
        self._look = look
        self._turn_to = turn_to
        self._line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(4), show=False)

    def show(self, waiting: Sequence[ConfirmDialog], shown: ConfirmDialog | None) -> None:
        """All that wait, in the order they came; nothing where it is one alone."""
        dpg.configure_item(self._line, show=len(waiting) > 1)
        clear(self._line)
        if shown is None or len(waiting) < 2:
            return
        look = self._look
        for number, one in enumerate(waiting[:NAMED]):
            what = text.one_line(one.tool or "cost", 18)
            words = text.label(f"{number + 1}  {text.one_line(one.branch, 18)} · {what}")
            style = "tab_on" if one is shown else "tab_off"
            look.button(words, self._line, style, self._turner(one), tag=f"confirm.inbox.{number}")
        more = f"and {len(waiting) - NAMED:,} more   " if len(waiting) > NAMED else ""
        look.text(f"{more}Alt+N: next", self._line, font=look.fonts.caption, colour=look.palette.faint)

    def _turner(self, request: ConfirmDialog) -> Callable[[], None]:
        return lambda: self._turn_to(request.request_id)
