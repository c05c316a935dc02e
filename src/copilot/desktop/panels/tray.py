"""Attachments as they are drawn: chips with a small picture, in the composer and on message cards."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.thumbnail_process import HEIGHT, WIDTH
from copilot.desktop.widgets import Action, Icon, Look, clear
from copilot.vocabulary.messages import Attachment

CHIP_WIDTH = 250
TRAY_HEIGHT, CARD_HEIGHT = 40, 62
"""Pixels at scale 1 of a chip with the space below it: in the composer, and on a message card."""


class Tray:
    """The attachments of the next message, in a row above the composer's box."""

    def __init__(self, look: Look, actions: Actions, parent: Item, changed: Action) -> None:
        self._look = look
        self._actions = actions
        self._changed = changed
        self._group = dpg.add_group(parent=parent, tag="composer.attached", show=False)
        self.parts: tuple[Attachment, ...] = ()
        self._width = 0.0

    def add(self, part: Attachment) -> None:
        """One more; the same file twice is one."""
        if part.sha256 not in {one.sha256 for one in self.parts}:
            self.set((*self.parts, part))

    def set(self, parts: tuple[Attachment, ...]) -> None:
        """Replace them all."""
        self.parts = parts
        self._draw()
        self._changed()

    def resize(self, width: float) -> None:
        """The room from left to right has changed."""
        if abs(width - self._width) > 1:
            self._width = width
            self._draw()

    def _draw(self) -> None:
        clear(self._group)
        dpg.configure_item(self._group, show=bool(self.parts))
        draw_chips(self._look, self._actions, self.parts, self._group, self._width, self._remover)

    def _remover(self, part: Attachment) -> Action:
        return lambda: self.set(tuple(one for one in self.parts if one is not part))


def draw_chips(
    look: Look,
    actions: Actions,
    parts: tuple[Attachment, ...],
    parent: Item,
    width: float,
    remover: Callable[[Attachment], Action] | None = None,
) -> None:
    """One chip for each attachment, as many in a row as fit into `width` pixels; smaller with `remover`."""
    each = _in_a_row(look, width)
    for start in range(0, len(parts), each):
        row = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(8))
        for number, part in enumerate(parts[start : start + each], start):
            box = dpg.add_group(parent=row, horizontal=True, horizontal_spacing=look.px(8))
            if remover is None:
                _on_card(look, actions, part, box)
            else:
                _in_tray(look, actions, part, box, remover(part), number)


def chips_height(count: int, look: Look, width: float) -> float:
    """How much room chips on a card take from top to bottom, in pixels."""
    return -(-count // _in_a_row(look, width)) * look.px(CARD_HEIGHT)


def _in_a_row(look: Look, width: float) -> int:
    return max(1, int((width + look.px(8)) // look.px(CHIP_WIDTH + 8)))


def _in_tray(look: Look, actions: Actions, part: Attachment, box: Item, remove: Action, number: int) -> None:
    wide = _picture(look, actions, part, box, TRAY_HEIGHT - 8)
    name = look.fit(text.one_line(part.name, 120), look.fonts.small, look.px(CHIP_WIDTH - 50) - wide)
    look.tip(
        look.text(name, box, font=look.fonts.small, colour=look.palette.strong), text.one_line(part.told, 300)
    )
    look.icon_button(Icon.CLOSE, box, remove, "Remove", tag=f"composer.remove.{number}")


def _on_card(look: Look, actions: Actions, part: Attachment, box: Item) -> None:
    wide = _picture(look, actions, part, box, CARD_HEIGHT - 12)
    words, room = dpg.add_group(parent=box), look.px(CHIP_WIDTH - 16) - wide
    name = look.fit(text.one_line(part.name, 120), look.fonts.small, room)
    look.text(name, words, font=look.fonts.small, colour=look.palette.strong)
    said = part.told.rpartition(" (")[2].rstrip(")").partition(", ")[2]
    look.text(look.fit(said, look.fonts.small, room), words, font=look.fonts.small, colour=look.palette.dim)


def _picture(look: Look, actions: Actions, part: Attachment, box: Item, height: float) -> int:
    """The small picture or an icon; how wide it is."""
    high = look.px(height)
    texture = actions.thumbnail(part)
    if texture is not None:
        dpg.add_image(texture, parent=box, width=high * WIDTH // HEIGHT, height=high)
        return high * WIDTH // HEIGHT
    glyph = Icon.PDF if part.media_type == "application/pdf" else Icon.IMAGE
    look.text(glyph, box, font=look.fonts.heading, colour=look.palette.accent_bright)
    return look.px(26)
