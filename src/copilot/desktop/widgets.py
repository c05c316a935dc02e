"""Building blocks that all panels share: text, buttons, chips, rows, with the look's fonts and themes."""

from collections.abc import Callable, Sequence
from typing import Any

from copilot.desktop import text
from copilot.desktop.caret import Caret
from copilot.desktop.fonts import Fonts
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Colour, Palette
from copilot.desktop.theme import Themes
from copilot.vocabulary.frozen import field, frozen

TOOLTIP_DELAY = 0.4
"""Seconds the mouse rests before a tooltip appears."""

SHORT, MEASURED = 80, 20_000
"""Characters of a text whose size is remembered, and how many of them are."""

CHIP_EDGES = 18
"""Pixels at scale 1 at both sides of a chip's words."""

TIPS = "look.tips"
"""Hears of every item with a tooltip that was not made yet."""

Action = Callable[[], None]


class Icon:
    """Glyphs of Font Awesome 4.7 by what they stand for here."""

    APP = "\uf0e7"
    ATTACH = "\uf0c6"
    BELL = "\uf0f3"
    BOOK = "\uf02d"
    BACKWARD = "\uf049"
    BRANCH = "\uf126"
    BRUSH = "\uf1fc"
    CHECK = "\uf00c"
    CHEVRON = "\uf107"
    CHEVRON_RIGHT = "\uf105"
    CLOSE = "\uf00d"
    CODE = "\uf121"
    CONTEXT = "\uf1b2"
    COPY = "\uf0c5"
    CROSS = "\uf00d"
    DOCK = "\uf090"
    DOT = "\uf111"
    DOWN = "\uf063"
    FILE = "\uf0f6"
    FILE_CODE = "\uf1c9"
    FORWARD = "\uf050"
    FOLDER = "\uf07b"
    FOLDER_OPEN = "\uf07c"
    GEAR = "\uf013"
    HISTORY = "\uf1da"
    HOURGLASS = "\uf254"
    IMAGE = "\uf03e"
    INFO = "\uf05a"
    KEY = "\uf084"
    LIST = "\uf03a"
    MINUS = "\uf068"
    MODEL = "\uf2db"
    MONEY = "\uf155"
    PASTE = "\uf0ea"
    PAUSE = "\uf04c"
    PDF = "\uf1c1"
    PENCIL = "\uf040"
    PERSON = "\uf007"
    PIN = "\uf08d"
    PLAY = "\uf04b"
    PLUG = "\uf1e6"
    PLUS = "\uf067"
    PROMPTS = "\uf10d"
    REFRESH = "\uf021"
    SEARCH = "\uf002"
    SEND = "\uf1d8"
    SHIELD = "\uf132"
    STEP_BACK = "\uf048"
    STEP_ON = "\uf051"
    STOP = "\uf04d"
    TEAR_OFF = "\uf08e"
    TERMINAL = "\uf120"
    TRASH = "\uf1f8"
    UNDO = "\uf0e2"
    USAGE = "\uf080"
    WARNING = "\uf071"


def on(action: Action) -> Callable[[Any, Any, Any], None]:
    """An action as Dear PyGui's callback of exactly three arguments."""

    def call(_sender: Any, _data: Any, _user: Any) -> None:
        action()

    return call


@frozen(kw_only=False)
class Row:
    """A line with content at its left end and content at its right end."""

    table: Item
    left: Item
    right: Item


@frozen(kw_only=False)
class Look:
    """Fonts, themes, the monitor's scale, the colours and the caret, handed to everything that draws."""

    fonts: Fonts
    themes: Themes
    scale: float
    palette: Palette
    caret: Caret = field(compare=False)
    _sizes: dict[tuple[str, Item], tuple[float, float]] = field(
        default_factory=dict[tuple[str, Item], tuple[float, float]], init=False, compare=False
    )
    """Of texts that were measured."""

    def px(self, points: float) -> int:
        """Pixels for a length at scale 1."""
        return round(points * self.scale)

    def text(
        self, words: str, parent: Item, *, font: Item | None = None, colour: Colour | None = None, **more: Any
    ) -> Item:
        """A text item. `words` that came from outside must have passed `text.shown` or `text.one_line`."""
        if colour is not None:
            more["color"] = colour
        written, found = self.fonts.for_text(words, font if font is not None else self.fonts.body)
        item = dpg.add_text(written, parent=parent, **more)
        if font is not None or found != self.fonts.body:
            dpg.bind_item_font(item, found)
        return item

    def write(self, item: Item, words: str, font: Item | None = None) -> None:
        """Give a text item other words; `font` is the one it was made with."""
        written, found = self.fonts.for_text(words, font if font is not None else self.fonts.body)
        dpg.set_value(item, written)
        dpg.bind_item_font(item, found)

    def button(
        self, label: str, parent: Item, style: str, action: Action, *, font: Item | None = None, **more: Any
    ) -> Item:
        """A button in one of the theme's styles."""
        written, found = self.fonts.for_text(label, font if font is not None else self.fonts.small)
        item = dpg.add_button(label=written, parent=parent, callback=on(action), **more)
        self.themes.bind(item, style)
        dpg.bind_item_font(item, found)
        return item

    def icon_button(self, glyph: str, parent: Item, action: Action, tip: str, **more: Any) -> Item:
        """A small button that is only an icon, with a tooltip saying what it does."""
        item = self.button(glyph, parent, "icon", action, **more)
        self.tip(item, tip)
        return item

    def tip(self, item: Item, words: str) -> None:
        """A tooltip that appears when the mouse rests on the item, whose user data and handlers it takes."""
        dpg.set_item_user_data(item, words)
        if not dpg.does_item_exist(TIPS):
            with dpg.item_handler_registry(tag=TIPS):
                dpg.add_item_hover_handler(callback=self._make_tip)
        dpg.bind_item_handler_registry(item, TIPS)

    def _make_tip(self, _sender: Any, item: Item, _user: Any) -> None:
        """The mouse came to an item for the first time: most never see it, so their tooltips are not made."""
        if dpg.does_item_exist(item):
            dpg.bind_item_handler_registry(item, 0)
            bubble = dpg.add_tooltip(item, delay=TOOLTIP_DELAY)
            self.text(str(dpg.get_item_user_data(item)), bubble, font=self.fonts.small)

    def chip(
        self, words: str, parent: Item, colour: Colour | None = None, *, room: float = 0, **more: Any
    ) -> Item:
        """A small rounded label; it does nothing when clicked. Where `room` pixels are too few for all of its
        words, it tells them where the mouse rests."""
        shown = self.fit(words, self.fonts.small, room - self.px(CHIP_EDGES)) if room else words
        written, found = self.fonts.for_text(shown, self.fonts.small)
        item = dpg.add_button(label=written, parent=parent, **more)
        dpg.bind_item_theme(item, self.themes.chip(colour))
        dpg.bind_item_font(item, found)
        if shown != words:
            self.tip(item, words)
        return item

    def fitted(
        self, words: str, parent: Item, room: float, *, font: Item, colour: Colour, path: bool = False
    ) -> Item:
        """A text in one line of at most `room` pixels; one that is cut is told where the mouse rests. Of a
        `path` the end is shown."""
        shown = self.fit_path(words, font, room) if path else self.fit(words, font, room)
        item = self.text(shown, parent, font=font, colour=colour)
        if shown != words:
            self.tip(item, words)
        return item

    def lowered(self, parent: Item, by: float = 4) -> Item:
        """A place in a line that begins `by` pixels (at scale 1) lower: centres a chip beside a heading."""
        place = dpg.add_group(parent=parent)
        self.themes.bind(place, "stack")
        self.gap(place, height=by)
        return place

    def relabel(self, item: Item, words: str, font: Item) -> None:
        """Give a button, a box to tick or a row of a list other words, in a font that has them."""
        written, found = self.fonts.for_text(words, font)
        dpg.configure_item(item, label=written)
        dpg.bind_item_font(item, found)

    def draw(
        self, layer: Item, place: tuple[float, float], words: str, font: Item, colour: Colour, high: float = 0
    ) -> None:
        """Words in a drawing, at whole pixels so that they are sharp, `high` pixels high or as their font."""
        written, found = self.fonts.for_text(words, font)
        x, y = round(place[0]), round(place[1])
        size = high or self.size("0", font)[1]
        item = dpg.draw_text((x, y), written, color=colour, size=size, parent=layer)
        dpg.bind_item_font(item, found)

    def recolour(self, chip: Item, words: str, colour: Colour) -> None:
        """Give a chip other words and another colour."""
        self.relabel(chip, words, self.fonts.small)
        dpg.bind_item_theme(chip, self.themes.chip(colour))

    def gap(self, parent: Item, *, width: float = 0, height: float = 0) -> Item:
        """Empty space."""
        return dpg.add_spacer(parent=parent, width=self.px(width), height=self.px(height))

    def size(self, words: str, font: Item) -> tuple[float, float]:
        """Width and height of a text in pixels; needs the first frame to be over."""
        known = self._sizes.get((words, font))
        if known is not None:
            return known
        written, found_font = self.fonts.for_text(words, font)
        found = dpg.get_text_size(written, font=found_font)
        if not found:
            return len(written) * self.px(8), float(self.px(18))
        if len(self._sizes) >= MEASURED:
            self._sizes.clear()
        if len(words) <= SHORT:
            self._sizes[words, font] = found[0], found[1]
        return found[0], found[1]

    def row(self, parent: Item, right_width: float, *, width: float = 0) -> Row:
        """A line whose right end is `right_width` pixels wide; `width` of the whole, 0 for all there is."""
        table = dpg.add_table(
            parent=parent,
            width=int(width),
            header_row=False,
            no_pad_innerX=True,
            no_pad_outerX=True,
            policy=dpg.mvTable_SizingFixedFit,
        )
        self.themes.bind(table, "tight")
        dpg.add_table_column(parent=table, width_stretch=True, init_width_or_weight=1)
        dpg.add_table_column(
            parent=table, width_fixed=True, init_width_or_weight=max(1, int(right_width) + 1)
        )
        line = dpg.add_table_row(parent=table)
        left = dpg.add_group(parent=line, horizontal=True, horizontal_spacing=self.px(8))
        right = dpg.add_group(parent=line, horizontal=True, horizontal_spacing=self.px(4))
        return Row(table, left, right)

    def widths(self, labels: tuple[str, ...], font: Item, padding: float, gap: float = 4) -> float:
        """The width of buttons side by side; `padding` is both sides of one, at scale 1."""
        words = sum(self.size(label, font)[0] for label in labels)
        return words + len(labels) * padding * self.scale + (len(labels) - 1) * gap * self.scale

    def fit(self, words: str, font: Item, width: float) -> str:
        """The words, cut with an ellipsis so that they are at most `width` pixels wide."""
        if self.size(words, font)[0] <= width:
            return words
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            if self.size(words[:middle] + "…", font)[0] <= width:
                low = middle
            else:
                high = middle - 1
        return words[:low] + "…"

    def fitting(self, ways: Sequence[str], font: Item, width: float) -> str:
        """The first way to say it that is at most `width` pixels wide; the last where none is."""
        return next((words for words in ways if self.size(words, font)[0] <= width), ways[-1])

    def fit_path(self, path: str, font: Item, width: float) -> str:
        """The end of a path, which tells more than its beginning, at most `width` pixels wide."""
        shortest = path
        for shortest in text.path_ends(path):
            if self.size(shortest, font)[0] <= width:
                return shortest
        return self.fit(shortest if shortest == path else shortest[2:], font, width)

    def fit_lines(self, words: str, font: Item, width: float, lines: int) -> str:
        """The words, cut with an ellipsis so that they take at most so many lines of `width` pixels."""
        most = lines * self.size("X", font)[1] * 1.2
        low, high = 0, len(words)
        if self._wrapped(words, font, width) <= most:
            return words
        while low < high:
            middle = (low + high + 1) // 2
            if self._wrapped(words[:middle] + "…", font, width) <= most:
                low = middle
            else:
                high = middle - 1
        return words[:low].rstrip() + "…"

    def _wrapped(self, words: str, font: Item, width: float) -> float:
        """The height of a text that goes on in the next line, in pixels."""
        found = dpg.get_text_size(words, font=font, wrap_width=max(width, 1.0))
        return found[1] if found else 0.0


def clear(item: Item) -> None:
    """Delete what is inside an item."""
    dpg.delete_item(item, children_only=True)


def window(name: str, title: str, **more: Any) -> Item:
    """A dockable window with a stable id in the layout file."""
    item = dpg.add_window(
        label=f"{title}###{name}", tag=name, use_internal_label=False, no_close=True, no_collapse=True, **more
    )
    # Setting a label marks the position as given, which would undock the window (measured).
    dpg.reset_pos(name)
    return item
