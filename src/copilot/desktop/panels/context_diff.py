"""What differs from the request that was sent before, and what that costs."""

from collections.abc import Sequence

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Palette, Tone
from copilot.desktop.request_parts import DiffLine, around, break_words, cached_tokens, diff_lines
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.text_rows import TAB
from copilot.desktop.widgets import Icon, Look, clear
from copilot.tokens.prices import Price
from copilot.vocabulary.events import RequestPreviewed

PIECES = 12
"""Rows that one line of the diff may take; a longer line is cut."""

_SIGNS = {"added": "+ ", "removed": "- ", "same": "  "}
_TONES: dict[str, Tone] = {"section": "strong", "hunk": "accent_bright", "note": "amber"}


class ContextDiff:
    """`show` when the request changed, `place` when the room did, `tick` once a frame."""

    def __init__(self, look: Look, parent: Item) -> None:
        self._look = look
        self._shown: RequestPreviewed | None = None
        self._lines: tuple[DiffLine, ...] = ()
        self._room = (0.0, 0.0)
        self._head_high = 0.0
        self._drawn: tuple[object, ...] = ()
        self.item = dpg.add_group(parent=parent, show=False)
        self._head = dpg.add_group(parent=self.item)
        look.themes.bind(self._head, "text_lines")
        self.page = Sheet(look, self.item, "context.diff", look.fonts.mono_small, gutter=44)

    def show(self, shown: RequestPreviewed, whole: str, price: Price | None) -> None:
        """Show what changed; `whole` is the request's readable text."""
        self._shown, self._lines = shown, diff_lines(shown.diff)
        self._drawn = ()
        self._draw_head(shown, whole, price)

    def place(self, width: float, height: float, *, wide: bool) -> None:
        """Give the view this room, in pixels, wide or not."""
        del wide
        self._room = (width, height)

    def tick(self) -> bool:
        """Once a frame while it is shown. True while it still moves."""
        if self._shown is None:
            return False
        head = dpg.get_item_rect_size(self._head)[1]
        wanted = (*self._room, head)
        if wanted != self._drawn:
            self._drawn = wanted
            width, height = self._room
            self.page.place(width, max(self._look.px(40), height - head - self._look.px(8)))
            self._draw_lines(width)
        return self.page.tick()

    def _draw_head(self, shown: RequestPreviewed, whole: str, price: Price | None) -> None:
        look, fonts = self._look, self._look.fonts
        clear(self._head)
        broken = shown.changed
        if broken is not None:
            words = f"{Icon.WARNING}  {break_words(shown, whole, price)}"
            look.text(words, self._head, font=fonts.small, colour=look.palette.amber, wrap=0)
            for sign, words, colour in zip(
                "-+", around(broken), (look.palette.red_soft, look.palette.green), strict=True
            ):
                line = look.fit(f"{sign} {words}", fonts.mono_small, max(self._room[0], look.px(200)))
                look.text(line, self._head, font=fonts.mono_small, colour=colour)
        elif shown.diff:
            cached = text.count(cached_tokens(shown))
            words = (
                f"{Icon.CHECK}  The cached prefix holds: about {cached} tokens are as they were sent last."
            )
            look.text(words, self._head, font=fonts.small, colour=look.palette.green, wrap=0)
        else:
            words = (
                "Nothing differs from what this branch sent last, or nothing was sent on it yet. After the "
                "first turn this view compares each request with the one before it."
            )
            look.text(words, self._head, font=fonts.small, colour=look.palette.dim, wrap=0)

    def _draw_lines(self, width: float) -> None:
        rows = _rows(self._lines, self.page.columns(width), self._look.palette)
        self.page.show(len(rows), rows.__getitem__, top=True)
        dpg.configure_item(self.page.box, show=bool(rows))


def _rows(lines: Sequence[DiffLine], columns: int, palette: Palette) -> list[Line]:
    found: list[Line] = []
    for line in lines:
        words = _SIGNS.get(line.kind, "") + text.shown(line.text).expandtabs(TAB)
        pieces = [words[at : at + columns] for at in range(0, max(len(words), 1), columns)]
        if len(pieces) > PIECES:
            pieces = [*pieces[: PIECES - 1], "…"]
        number = line.old if line.new is None else line.new
        for part, piece in enumerate(pieces):
            gutter = f"{number:>4}" if number is not None and not part else ""
            tone = palette.of(_TONES.get(line.kind, "code"))
            found.append(Line(piece, tone, palette.diff_fill(line.kind), gutter))
    return found
