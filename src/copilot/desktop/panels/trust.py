"""What the project brings along that counts only once it is trusted: shown whole, then trusted or refused."""

from collections.abc import Callable
from typing import Literal

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.approval_words import diff_rows
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.palette import CLEAR
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Over
from copilot.desktop.segments import Flow
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.trust_words import STATES
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.commands import Distrust, LookAtTrust, Trust
from copilot.vocabulary.trusts import TrustItem

WIDTH, HEIGHT = 900, 600
_FOOT, _EDGES, _TAB = 62, 34, 28
EMPTY = 152
"""Pixels at scale 1 of the window where there is nothing to show."""

SETTLE = 4
"""Frames that it is looked at again after its room changed: what is drawn is measured one frame later."""

_NOTHING = (
    "This project brings along nothing that would need your trust: no instructions (AGENTS.md), rules,"
    " servers, commands, skills or assistants."
)
_ABOUT = (
    "Opening a folder runs nothing from it. What you read here counts only once you trust this very text;"
    " when it changes you are asked again. It never loosens a rule of your own."
)


class TrustPanel(Over):
    """Made once; `open` shows what there is now."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._items: tuple[TrustItem, ...] = ()
        self._number = 0
        self._room = (0.0, 0.0)
        self._settle = 0
        self._over = Overlay(look, "trust", WIDTH, HEIGHT)
        window = self._over.window
        row = dpg.add_group(parent=window, horizontal=True)
        look.text(Icon.SHIELD, row, colour=look.palette.amber)
        look.text("Trust this project", row, font=look.fonts.body_bold, colour=look.palette.strong)
        look.text(_ABOUT, window, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        self._tabs = dpg.add_group(parent=window)
        self._flow = Flow(look, self._tabs, padding=_TAB)
        self._head = dpg.add_group(parent=window)
        self._sheet = Sheet(look, window, "trust.text", look.fonts.mono, gutter=44)
        look.gap(window, height=4)
        foot = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(8))
        bold = look.fonts.small_bold
        look.button("Close   Esc", foot, "quiet", self.close, font=bold, tag="trust.close")
        no, yes = "Do not use   Ctrl+D", f"{Icon.CHECK}  Trust this text   Ctrl+Enter"
        look.button(no, foot, "reject", lambda: self._answer("no"), font=bold, tag="trust.no")
        look.button(yes, foot, "primary", lambda: self._answer("yes"), font=bold, tag="trust.yes")

    def actions(self) -> tuple[NamedAction, ...]:
        """Opening it."""
        return (
            NamedAction(
                name="trust.show",
                title="Trust this project …",
                run=self.open,
                group="Session",
                words="AGENTS.md CLAUDE.md GEMINI.md instructions rules policy folder",
            ),
        )

    def open(self) -> None:
        """Show what waits first; the worker is asked to look again."""
        self._actions.submit(LookAtTrust(request_id=self._actions.new_id()))
        waiting = [number for number, one in enumerate(self._items) if one.state == "asked"]
        self._number = waiting[0] if waiting else 0
        self._over.show()
        self._room = (0.0, 0.0)
        self._draw()

    def close(self) -> None:
        """Hide it; what has no answer stays unused."""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Know what there is."""
        self._state = state
        items = state.trust.items if state.trust is not None else ()
        if items == self._items:
            return
        self._items = items
        self._number = min(self._number, max(0, len(items) - 1))
        if self.opened:
            self._draw()

    def tick(self) -> bool:
        """Once a frame."""
        if not self.opened:
            return False
        look = self._look
        self._flow.fit(dpg.get_item_width(self._over.window) - look.px(_EDGES))
        width, height = dpg.get_item_width(self._over.window), dpg.get_item_height(self._over.window)
        top = dpg.get_item_rect_max(self._head)[1] - dpg.get_item_pos(self._over.window)[1]
        room = (width - look.px(_EDGES), max(look.px(80), height - top - look.px(_FOOT + 12)))
        moved, self._room = room != self._room, room
        self._sheet.place(*room)
        settling = self._sheet.tick()
        self._settle = SETTLE if moved else max(0, self._settle - 1)
        return settling or self._settle > 0

    def key(self, press: Press) -> None:
        """Escape closes, Ctrl+Enter trusts, Ctrl+D refuses, Tab goes on, and pages scroll."""
        match str(press.chord):
            case "Escape":
                self.close()
            case "Ctrl+Enter":
                self._answer("yes")
            case "Ctrl+D":
                self._answer("no")
            case "Tab" if self._items:
                self._choose((self._number + 1) % len(self._items))
            case "PageDown":
                self._sheet.scroll(0.9)
            case "PageUp":
                self._sheet.scroll(-0.9)
            case _:
                pass

    def _answer(self, said: Literal["yes", "no"]) -> None:
        if not self._items:
            return
        item, request_id = self._items[self._number], self._actions.new_id()
        command = Trust if said == "yes" else Distrust
        self._actions.submit(command(request_id=request_id, sha256s=(item.sha256,)))

    def _choose(self, number: int) -> None:
        self._number = number
        self._draw()

    def _draw(self) -> None:
        look = self._look
        clear(self._tabs)
        clear(self._head)
        self._flow = Flow(look, self._tabs, padding=_TAB)
        for tag in ("trust.yes", "trust.no"):
            dpg.configure_item(tag, show=bool(self._items))
        if not self._items:
            look.text(_NOTHING, self._head, font=look.fonts.small, colour=look.palette.text, wrap=0)
            self._sheet.show(0, lambda _number: Line(""))
            dpg.hide_item(self._sheet.box)
            dpg.configure_item(self._over.window, height=look.px(EMPTY))
            return
        if not dpg.is_item_shown(self._sheet.box):
            dpg.show_item(self._sheet.box)
            self._over.show()
        for number, one in enumerate(self._items):
            style = "tab_on" if number == self._number else "tab_off"
            mark = f"{Icon.CHECK}  " if one.state == "trusted" else ""
            words = f"{mark}{text.one_line(one.name, 40)}"
            tag = f"trust.tab.{number}"
            self._flow.add(look.button(words, self._flow.first, style, self._chooser(number), tag=tag))
        self._draw_item(self._items[self._number])

    def _draw_item(self, item: TrustItem) -> None:
        look, palette = self._look, self._look.palette
        colour = {"asked": palette.amber, "trusted": palette.green, "refused": palette.dim}[item.state]
        head = f"{text.shown(item.meaning)}  ·  {STATES[item.state]}"
        look.text(head, self._head, font=look.fonts.small, colour=colour, wrap=0)
        for warning in item.warnings:
            words = f"{Icon.WARNING}  {text.shown(warning)}"
            look.text(words, self._head, font=look.fonts.small, colour=palette.amber, wrap=0)
        if item.diff:
            changed = "Changed since you trusted it; the difference:"
            look.text(changed, self._head, font=look.fonts.small, colour=palette.amber, wrap=0)
            rows = diff_rows(item.diff)
            self._sheet.show(
                len(rows),
                lambda number: Line(
                    _SIGNS.get(rows[number].kind, "") + text.shown(rows[number].text),
                    fill=palette.diff_fill(rows[number].kind) or CLEAR,
                    gutter=str(rows[number].new or rows[number].old or ""),
                ),
            )
            return
        lines = item.text.split("\n")
        self._sheet.show(
            len(lines), lambda number: Line(text.shown(lines[number]), gutter=f"{number + 1:>4}")
        )

    def _chooser(self, number: int) -> Callable[[], None]:
        return lambda: self._choose(number)


_SIGNS = {"added": "+ ", "removed": "- ", "same": "  "}
