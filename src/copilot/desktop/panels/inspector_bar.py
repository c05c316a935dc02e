"""What stands above the lines of the log inspector: kinds, words that are looked for, the proof."""

from collections.abc import Callable

from copilot.desktop.errands import Errands
from copilot.desktop.gate import Item, dpg
from copilot.desktop.inspecting import LogKind, LogShelf, Sought
from copilot.desktop.panels.log_proof import LogProof
from copilot.desktop.segments import fit_segments
from copilot.desktop.widgets import Action, Look, on

KINDS_SHARE = 0.6
"""Of the width that the kinds take beside the words that are looked for."""

NARROW = 330
"""Pixels at scale 1 below which the words have a line of their own."""

_KINDS: tuple[tuple[LogKind, str], ...] = (
    ("all", "All"),
    ("event", "Events"),
    ("wire", "Wire"),
    ("error", "Errors"),
)


class InspectorBar:
    """`sought` is what the person asks for; `changed` hears when that is something else."""

    def __init__(self, look: Look, parent: Item, errands: Errands, shelf: LogShelf, changed: Action) -> None:
        self._look, self._changed = look, changed
        self.kind: LogKind = "all"
        self.item = dpg.add_group(parent=parent)
        self._line = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(4))
        self._below = dpg.add_group(parent=self.item)
        self._segments: dict[LogKind, Item] = {
            kind: look.button(
                words, self._line, "choice_off", self._taker(kind), tag=f"inspector.kind.{kind}"
            )
            for kind, words in _KINDS
        }
        self.search = dpg.add_input_text(
            parent=self._line, tag="inspector.words", width=-1, hint="Words of a line", callback=on(changed)
        )
        look.themes.bind(self.search, "segment_field")
        dpg.bind_item_font(self.search, look.fonts.small)
        told = look.themes.bind(dpg.add_group(parent=self.item), "text_lines")
        self._said = look.text("", told, font=look.fonts.small, colour=look.palette.faint)
        self.proof = LogProof(look, told, errands, shelf)
        self.take(self.kind)

    @property
    def sought(self) -> Sought:
        """The kind that is chosen, and the words."""
        return Sought(kind=self.kind, words=str(dpg.get_value(self.search) or "").strip())

    def take(self, kind: LogKind) -> None:
        """Mark a kind as the one that is chosen."""
        self.kind = kind
        for one, item in self._segments.items():
            self._look.themes.bind(item, "choice_on" if one == kind else "choice_off")

    def turn(self) -> None:
        """Choose the next kind."""
        kinds = list(self._segments)
        self._taker(kinds[(kinds.index(self.kind) + 1) % len(kinds)])()

    def say(self, words: str, room: float) -> None:
        """What was found, in `room` pixels."""
        dpg.set_value(self._said, self._look.fit(words, self._look.fonts.small, room))

    def place(self, width: float) -> None:
        """Give it this room, in pixels."""
        narrow = width < self._look.px(NARROW)
        dpg.move_item(self.search, parent=self._below if narrow else self._line)
        dpg.configure_item(self._below, show=narrow)
        share = 1.0 if narrow else KINDS_SHARE
        labels = [words for _, words in _KINDS]
        fit_segments(self._look, tuple(self._segments.values()), labels, width * share)

    def _taker(self, kind: LogKind) -> Callable[[], None]:
        def take() -> None:
            self.take(kind)
            self._changed()

        return take
