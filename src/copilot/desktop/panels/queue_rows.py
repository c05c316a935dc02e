"""What waits beside a turn to be said: a row for each message, above the composer's box."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.events import QueuedMessage
from copilot.vocabulary.frozen import frozen

ROW, SHOWN, LOW = 28, 2, 150
"""Pixels at scale 1 of a row; rows in view: the list scrolls; pixels of a composer that has room for one."""

_NOTED = 420
"""From this width on (at scale 1) the first row says when it is sent."""


@frozen
class QueueActions:
    """What the buttons of a row do."""

    edit: Callable[[QueuedMessage], None]
    remove: Callable[[QueuedMessage], None]


class QueueRows:
    """`show` when the queue, or the room, changed."""

    def __init__(self, look: Look, parent: Item, actions: QueueActions) -> None:
        self._look = look
        self._actions = actions
        self._shown: tuple[object, ...] = ()
        self._count = 0
        self._box = dpg.add_child_window(
            parent=parent, tag="composer.queue", width=-1, height=10, show=False, border=False
        )
        look.themes.bind(self._box, "tree")

    def show(
        self, queue: tuple[QueuedMessage, ...], *, running: bool, editing: str, width: float, height: float
    ) -> bool:
        """Show these; `editing` is the id of the one that stands in the box, `width` the room for a row,
        `height` that of the composer. Whether something changed."""
        most = SHOWN if height >= self._look.px(LOW) else 1
        shown = (queue, running, editing, width, most)
        if shown == self._shown:
            return False
        self._shown, self._count = shown, min(len(queue), most)
        dpg.configure_item(self._box, show=bool(queue), height=self._look.px(ROW * self._count))
        note = "sent at the next pause between tools" if running else "sent with the next turn"
        clear(self._box)
        for number, message in enumerate(queue):
            self._row(number, message, width, "" if number else note, edited=message.message_id == editing)
        return True

    def height(self) -> int:
        """Pixels that it takes of the composer now."""
        return self._look.px(ROW * self._count + 6) if self._count else 0

    def _row(self, number: int, message: QueuedMessage, width: float, note: str, *, edited: bool) -> None:
        look, font = self._look, self._look.fonts.small
        buttons = look.widths((Icon.PENCIL, Icon.CLOSE), font, 14)
        room = width - look.px(12)
        note = "in the box below" if edited else note if room > look.px(_NOTED) else ""
        right = buttons + look.size(note, font)[0] + look.px(8)
        row = look.row(self._box, right, width=room)
        look.text(Icon.HOURGLASS, row.left, font=font, colour=look.palette.amber)
        files = f"  {Icon.ATTACH} {len(message.attachments)}" if message.attachments else ""
        left = room - right - look.size(Icon.HOURGLASS + files, font)[0] - look.px(24)
        words = look.fit(text.one_line(message.text, 400), font, left)
        look.text(
            words + files, row.left, font=font, colour=look.palette.dim if edited else look.palette.text
        )
        if note:
            look.text(note, row.right, font=font, colour=look.palette.faint)
        name = f"composer.queue.{number}"
        look.icon_button(
            Icon.PENCIL, row.right, lambda: self._actions.edit(message), "Change it", tag=f"{name}.edit"
        )
        look.icon_button(
            Icon.CLOSE, row.right, lambda: self._actions.remove(message), "Take it back", tag=f"{name}.remove"
        )
