"""Asks before a link is opened: the whole address, every character of it to be seen."""

from copilot.desktop.gate import Item, dpg
from copilot.desktop.links import host_of, open_link, opens, whole
from copilot.desktop.widgets import Icon, Look, clear


class LinkBar:
    """Made once, above the cards; `ask` shows it. Its items have the tags `TAG.NAME`."""

    def __init__(self, look: Look, parent: Item, tag: str) -> None:
        self._look = look
        self._tag = tag
        self._address = ""
        self._box = dpg.add_child_window(
            parent=parent, tag=tag, auto_resize_y=True, no_scrollbar=True, show=False
        )
        look.themes.bind(self._box, "card_notice")

    @property
    def opened(self) -> bool:
        """Whether it is shown."""
        return bool(dpg.is_item_shown(self._box))

    def ask(self, address: str) -> None:
        """Ask about one address."""
        look = self._look
        self._address = address
        clear(self._box)
        line = dpg.add_group(parent=self._box, horizontal=True, horizontal_spacing=look.px(8))
        look.text(Icon.WARNING, line, colour=look.palette.amber)
        words = f"Open this page of {host_of(address)} in your browser?"
        if not opens(address):
            words = "Only pages of the web and mail are opened from here."
        look.text(words, line, font=look.fonts.body_bold, colour=look.palette.strong)
        look.text(
            whole(address),
            self._box,
            font=look.fonts.mono,
            colour=look.palette.code,
            wrap=0,
            tag=f"{self._tag}.address",
        )
        row = dpg.add_group(parent=self._box, horizontal=True, horizontal_spacing=look.px(8))
        if opens(address):
            look.button("Open   Enter", row, "segment_on", self.yes, tag=f"{self._tag}.open")
        look.button("Copy the address", row, "segment_off", self._copy, tag=f"{self._tag}.copy")
        look.button("Not now   Esc", row, "segment_off", self.close, tag=f"{self._tag}.close")
        dpg.show_item(self._box)

    def yes(self) -> None:
        """Open it."""
        self.close()
        if opens(self._address):
            open_link(self._address)

    def close(self) -> None:
        """Hide the question."""
        dpg.hide_item(self._box)

    def _copy(self) -> None:
        dpg.set_clipboard_text(self._address)
        self.close()
