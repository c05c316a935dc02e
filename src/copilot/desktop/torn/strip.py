"""The strip above a torn-off panel: what it is, the way back into the main window, and what waits there."""

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.part_looks import Styles
from copilot.desktop.theme import Theme
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.desktop.widgets import Action, Icon, Look, clear

HEIGHT, WAITING_HEIGHT = 42, 80
"""Pixels at scale 1, without and with the line that says what waits."""

DOCK = f"{Icon.DOCK}  Dock back"


_FLAT: Styles = {"WindowRounding": 0, "WindowBorderSize": 0}


def flatten(look: Look, panel: Item) -> None:
    """Let a panel's window fill the native one to its corners; one that has a theme of its own keeps it."""
    if not dpg.get_item_theme(panel):
        dpg.bind_item_theme(panel, Theme({}, _FLAT, look.scale).item)


class Strip:
    """The window `torn.strip`."""

    tag = "torn.strip"

    def __init__(self, look: Look, icon: str, title: str, dock: Action, show_window: Action) -> None:
        self._look = look
        self._name = f"{icon}  {title}"
        self._dock, self._show_window = dock, show_window
        self._shown: tuple[object, ...] = ()
        self.height = look.px(HEIGHT)
        dpg.add_window(
            tag=self.tag,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_collapse=True,
            no_scrollbar=True,
            no_saved_settings=True,
            no_bring_to_front_on_focus=True,
        )
        styles: Styles = {**_FLAT, "WindowPadding": (14, 9), "ItemSpacing": (8, 2)}
        flat = Theme({"WindowBg": look.palette.back}, styles, look.scale)
        dpg.bind_item_theme(self.tag, flat.item)
        self._line = dpg.add_group(parent=self.tag)
        self._waiting = dpg.add_group(parent=self.tag, show=False)

    def refresh(self, state: ViewState) -> None:
        """Show the branch, what its turn does, and the approvals that wait."""
        width = dpg.get_viewport_client_width()
        phase = state.turn.phase if state.turn is not None else None
        first = state.approvals[0] if state.approvals else None
        asked = (first.tool, first.branch, len(state.approvals)) if first is not None else None
        shown = (width, state.branch, phase, asked)
        if shown == self._shown:
            return
        self._shown = shown
        self._draw_line(state.branch, PHASE_WORDS[phase] if phase is not None else "", width)
        clear(self._waiting)
        self.height = self._look.px(WAITING_HEIGHT if asked is not None else HEIGHT)
        dpg.configure_item(self._waiting, show=asked is not None)
        if asked is not None:
            self._draw_waiting(*asked, width)

    def _draw_line(self, branch: str, phase: str, width: int) -> None:
        look, fonts = self._look, self._look.fonts
        clear(self._line)
        button = look.widths((DOCK,), fonts.small, 12)
        row = look.row(self._line, button, width=width - look.px(28))
        look.text(self._name, row.left, font=fonts.small_bold, colour=look.palette.strong)
        shown = f"{Icon.BRANCH}  {text.one_line(branch, 40)}"
        room = width - button - look.size(self._name, fonts.small_bold)[0] - look.px(64)
        words = look.fitting((f"{shown}   {phase}" if phase else shown, shown, ""), fonts.small, room)
        if branch and words:
            look.text(words, row.left, font=fonts.small, colour=look.palette.dim)
        dock = look.button(DOCK, row.right, "icon", self._dock, tag="torn.dock")
        look.tip(dock, "Back into the main window")

    def _draw_waiting(self, tool: str, branch: str, count: int, width: int) -> None:
        look, fonts = self._look, self._look.fonts
        label = f"{Icon.SHIELD}  Show it"
        row = look.row(self._waiting, look.widths((label,), fonts.small_bold, 32), width=width - look.px(28))
        more = f" and {count - 1} more" if count > 1 else ""
        words = f"{text.one_line(tool, 40)} waits for your approval on {text.one_line(branch, 40)}{more}"
        room = width - look.widths((label,), fonts.small_bold, 32) - look.px(60)
        shorter = f"{text.one_line(tool, 40)} waits for your approval"
        said = look.fitting((words, shorter, "An approval waits", "Waits"), fonts.small, room)
        look.tip(look.text(said, look.lowered(row.left), font=fonts.small, colour=look.palette.amber), words)
        look.button(
            label, row.right, "primary", self._show_window, font=fonts.small_bold, tag="torn.approval"
        )
