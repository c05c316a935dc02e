"""The slider of a recording: where playing is, what was read, and where approvals, errors and turns are."""

from collections.abc import Callable

from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Tone, faded
from copilot.desktop.playback.playing import Playing
from copilot.desktop.playback.recording import MomentKind
from copilot.desktop.widgets import Look, on

HEIGHT = 34
_TRACK, _KNOB, _EDGE = 4, 7, 9
_MARKS: dict[MomentKind, tuple[Tone, float, float]] = {
    "turn": ("accent", 2.0, 9.0),
    "approval": ("amber", 3.0, 13.0),
    "error": ("red", 3.0, 13.0),
}
"""The colour, width and height of each mark, in pixels at scale 1."""


class Scrubber:
    """`tick` once a frame; a drag of the mouse goes there. `moved` hears of each move by the person."""

    def __init__(self, look: Look, parent: Item, playing: Playing, moved: Callable[[], None]) -> None:
        self._look, self._playing, self._moved = look, playing, moved
        self._drawn: tuple[object, ...] = ()
        self._held = False
        self._box = dpg.add_child_window(parent=parent, width=-1, height=look.px(HEIGHT), no_scrollbar=True)
        look.themes.bind(self._box, "choices")
        place = dpg.add_group(parent=self._box)
        self._sheet = dpg.add_drawlist(parent=place, tag="player.slider", width=10, height=look.px(HEIGHT))
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_clicked_handler(button=dpg.mvMouseButton_Left, callback=on(self._grab))
        dpg.bind_item_handler_registry(self._sheet, handlers)

    def tick(self) -> bool:
        """Once a frame. True while the mouse drags it."""
        width = dpg.get_item_rect_size(self._box)[0]
        if width < self._look.px(80):
            return False
        if self._held:
            self._follow_mouse(width)
            self._held = dpg.is_mouse_button_down(dpg.mvMouseButton_Left)
        recording = self._playing.recording
        shown = (
            width,
            round(self._x(self._playing.time, width)),
            recording.end,
            len(recording.moments),
            self._held,
        )
        if shown != self._drawn:
            self._drawn = shown
            self._draw(width)
        return self._held

    def _grab(self) -> None:
        self._held = True

    def _follow_mouse(self, width: float) -> None:
        edge = self._look.px(_EDGE)
        x = dpg.get_mouse_pos(local=False)[0] - dpg.get_item_rect_min(self._sheet)[0] - edge
        share = min(max(x / max(1.0, width - 2 * edge), 0.0), 1.0)
        self._playing.go_to_time(share * self._playing.recording.seconds)
        self._moved()

    def _x(self, seconds: float, width: float) -> float:
        edge = self._look.px(_EDGE)
        whole = self._playing.recording.seconds
        return edge + (seconds / whole if whole else 0.0) * (width - 2 * edge)

    def _draw(self, width: float) -> None:
        palette, px = self._look.palette, self._look.px
        middle, half = px(HEIGHT) / 2, px(_TRACK) / 2
        edge = px(_EDGE)
        dpg.delete_item(self._sheet, children_only=True)
        dpg.configure_item(self._sheet, width=int(width))
        at = self._x(self._playing.time, width)
        for begin, end, fill in ((edge, width - edge, palette.track), (edge, at, palette.accent)):
            dpg.draw_rectangle(
                (begin, middle - half),
                (end, middle + half),
                fill=fill,
                color=CLEAR,
                rounding=half,
                parent=self._sheet,
            )
        for kind in _MARKS:
            self._draw_marks(kind, width, middle)
        dpg.draw_circle((at, middle), px(_KNOB + 3), fill=palette.panel, color=CLEAR, parent=self._sheet)
        knob = palette.accent_bright if self._held else palette.accent
        dpg.draw_circle((at, middle), px(_KNOB), fill=knob, color=CLEAR, parent=self._sheet)

    def _draw_marks(self, kind: MomentKind, width: float, middle: float) -> None:
        """Marks that would stand on each other are drawn once."""
        tone, wide, high = _MARKS[kind]
        px, colour = self._look.px, self._look.palette.of(tone)
        drawn = set[int]()
        recording = self._playing.recording
        for one in recording.moments:
            x = round(self._x(recording.time(one.position), width))
            if one.kind != kind or x in drawn:
                continue
            drawn.add(x)
            dpg.draw_rectangle(
                (x - px(wide) / 2, middle - px(high) / 2),
                (x + px(wide) / 2, middle + px(high) / 2),
                fill=colour if kind != "turn" else faded(colour, 190),
                color=CLEAR,
                rounding=1,
                parent=self._sheet,
            )
