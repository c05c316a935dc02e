"""The foot of the approval dialog: the two answers, a reason for a rejection, and stopping the turn."""

from collections.abc import Callable
from typing import Literal

from copilot.desktop.approval_words import RequestView
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Action, Icon, Look, clear

Answer = Literal["approve", "reject"]

APPROVE = "confirm.approve"
_NOTE, _STOP = "confirm.note", "confirm.stop"


class ConfirmFoot:
    """Made once, drawn for each request; a reason can be written from `open` on. `decide` hears an answer's
    button, `stop` the one that stops the turn."""

    def __init__(self, look: Look, parent: Item, decide: Callable[[Answer], None], stop: Action) -> None:
        self._look = look
        self._decide = decide
        self._stop = stop
        self._group = dpg.add_group(parent=parent)

    def draw(self, view: RequestView, width: int) -> None:
        """For a request, in a dialog that is `width` pixels wide."""
        look, bold = self._look, self._look.fonts.small_bold
        clear(self._group)
        stop, reject = f"{Icon.STOP}  Stop turn   Alt+S", f"{view.reject}   Esc"
        approve = f"{Icon.CHECK}  {view.approve}   Alt+A"
        right = look.widths((reject,), bold, 32) + look.widths((approve,), bold, 36) + look.px(8)
        row = look.row(self._group, right)
        look.button(stop, row.left, "quiet", self._stop, font=bold, tag=_STOP)
        room = width - right - look.widths((stop,), bold, 32) - look.px(48 + 32)
        note = dpg.add_input_text(
            parent=row.left,
            tag=_NOTE,
            width=int(max(room, look.px(120))),
            hint="Reason, if you reject   Alt+R",
            readonly=True,
        )
        look.themes.bind(note, "note_field")
        dpg.bind_item_font(note, look.fonts.small)
        look.button(reject, row.right, "reject", self._rejected, font=bold, tag="confirm.reject")
        look.gap(row.right)
        look.button(approve, row.right, "approve_wait", self._approved, font=bold, tag=APPROVE)

    def open(self) -> None:
        """An answer is taken from now on."""
        self._look.themes.bind(APPROVE, "approve")
        dpg.configure_item(_NOTE, readonly=False)

    def stopping(self) -> None:
        """The turn is being stopped: no answer is taken any more."""
        dpg.configure_item(_STOP, label="Stopping…")
        self._look.themes.bind(APPROVE, "approve_wait")

    @property
    def note(self) -> str:
        """The reason that was written."""
        return str(dpg.get_value(_NOTE) or "")

    @property
    def typing(self) -> bool:
        """Whether the reason has the caret."""
        return dpg.is_item_active(_NOTE)

    def write(self) -> None:
        """The caret into the reason."""
        self._look.caret.give(_NOTE, 0)

    def _rejected(self) -> None:
        self._decide("reject")

    def _approved(self) -> None:
        self._decide("approve")
