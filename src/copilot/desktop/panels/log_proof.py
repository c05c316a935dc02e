"""The line of the log inspector that says whether the log is as it was written."""

from copilot.desktop.errands import Errands
from copilot.desktop.gate import Item, dpg
from copilot.desktop.inspecting import Inspecting, LogShelf
from copilot.desktop.palette import Tone
from copilot.desktop.proving import Proven
from copilot.desktop.widgets import Icon, Look


class LogProof:
    """`check` a log once it is shown, `show` what was found."""

    def __init__(self, look: Look, parent: Item, errands: Errands, shelf: LogShelf) -> None:
        self._look, self._errands, self._shelf = look, errands, shelf
        self._looked: Inspecting | None = None
        """The log that is being looked through, or was."""
        self._text = look.text("", parent, font=look.fonts.small, colour=look.palette.faint)

    def check(self, one: Inspecting | None, *, again: bool = False) -> None:
        """Look through it beside the main thread; `again` also where that was done."""
        if one is None or (one is self._looked and not again):
            return
        self._looked, one.proven = one, None

        def told(found: Proven | None) -> None:
            if found is not None:
                one.known(found)

        self._errands.apart(lambda: self._shelf.prove(one), told)

    def show(self, one: Inspecting, room: float) -> None:
        """What is known of it, in `room` pixels."""
        words, tone = _words(one.proven)
        dpg.set_value(self._text, words)
        dpg.configure_item(self._text, color=self._look.palette.of(tone), wrap=int(room))


def _words(found: Proven | None) -> tuple[str, Tone]:
    if found is None:
        return "Looking whether the log is as it was written…", "dim"
    tones: dict[str, Tone] = {"whole": "green", "crash": "amber", "fault": "red"}
    mark = Icon.CHECK if found.level == "whole" else Icon.WARNING
    return f"{mark}  {found.words}", tones[found.level]
