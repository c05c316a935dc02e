"""What waits beside a turn to be said: a row for each message, above the composer's box."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.events import QueuedMessage
from copilot.vocabulary.frozen import frozen

ROW, SHOWN = 28, 2
"""Pixels at scale 1 of a row, and rows in view: the list scrolls."""


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
        self._note = look.text("", parent, font=look.fonts.small, colour=look.palette.amber, show=False)
        self._box = dpg.add_child_window(
            parent=parent, tag="composer.queue", width=-1, height=10, show=False, border=False
        )
        look.themes.bind(self._box, "tree")

    def show(self, queue: tuple[QueuedMessage, ...], *, running: bool, editing: str, width: float) -> bool:
        """Show these; `editing` is the id of the one that stands in the box. Whether something changed."""
        shown = (queue, running, editing, width)
        if shown == self._shown:
            return False
        self._shown, self._count = shown, len(queue)
        dpg.configure_item(self._box, show=bool(queue), height=self._look.px(ROW * min(len(queue), SHOWN)))
        dpg.configure_item(self._note, show=bool(queue))
        when = (
            "at the next pause between tools, or when the answer is done" if running else "with the next turn"
        )
        dpg.set_value(self._note, f"{Icon.HOURGLASS}  {len(queue):,} waiting: sent {when}")
        clear(self._box)
        for number, message in enumerate(queue):
            self._row(number, message, width, edited=message.message_id == editing)
        return True

    def height(self) -> int:
        """Pixels that it takes of the composer now."""
        return self._look.px(ROW * min(self._count, SHOWN) + ROW) if self._count else 0

    def _row(self, number: int, message: QueuedMessage, width: float, *, edited: bool) -> None:
        look, font = self._look, self._look.fonts.small
        right = look.widths((Icon.PENCIL, Icon.CLOSE), font, 14)
        room = width - look.px(12)
        row = look.row(self._box, right, width=room)
        mark = f"{number + 1}."
        look.text(mark, row.left, font=font, colour=look.palette.faint)
        files = f"  {Icon.ATTACH} {len(message.attachments)}" if message.attachments else ""
        left = room - right - look.size(mark + files, font)[0] - look.px(28)
        words = look.fit(
            text.one_line(message.text, 400) + ("   (in the box below)" if edited else ""), font, left
        )
        look.text(
            words + files, row.left, font=font, colour=look.palette.dim if edited else look.palette.text
        )
        name = f"composer.queue.{number}"
        look.icon_button(
            Icon.PENCIL, row.right, lambda: self._actions.edit(message), "Change it", tag=f"{name}.edit"
        )
        look.icon_button(
            Icon.CLOSE, row.right, lambda: self._actions.remove(message), "Take it back", tag=f"{name}.remove"
        )
