"""The chosen part of the request in a few words, and what can be done with it."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.request_parts import KIND_TONES, KIND_WORDS, cached_words, part_cost, section_name
from copilot.desktop.segments import GAP, PADDING, Lines
from copilot.desktop.widgets import Action, Icon, Look, clear
from copilot.tokens.prices import Price
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import Section, View

HINT = "Click a part, or press an arrow key."
HINT_BRIEF = "Click a part."
HINT_WIDE = "Click a part of the map, or choose one with the arrow keys: here is what you can do with it."
VIEWS: tuple[tuple[View, str, str], ...] = (
    ("full", "Whole", "The file's whole text  (F)"),
    ("summary", "Summary", "Its outline  (S)"),
    ("names", "Names", "One line that names what it defines  (N)"),
    ("off", "Leave out", "Nothing of it  (O)"),
)


@frozen(kw_only=False)
class PartActions:
    """What the buttons do with the chosen part."""

    view: Callable[[View], None]
    pin: Action
    show_text: Action


class ContextPart:
    """Drawn anew when another part is chosen; `place` gives the width."""

    def __init__(self, look: Look, parent: Item, actions: PartActions) -> None:
        self._look = look
        self._actions = actions
        self._facts: tuple[object, ...] = ()
        self._shown: RequestPreviewed | None = None
        self._section: Section | None = None
        self._price: Price | None = None
        self._width = 0.0
        self._wide = False
        self.item = dpg.add_group(parent=parent)
        look.themes.bind(self.item, "text_lines")

    def show(self, shown: RequestPreviewed, section: Section | None, price: Price | None, wide: bool) -> None:
        """Show a part, None for none."""
        self._shown, self._section, self._price, self._wide = shown, section, price, wide
        self._draw()

    def place(self, width: float, *, wide: bool) -> None:
        """Give the buttons this width, in pixels."""
        self._width, self._wide = width, wide
        self._draw()

    def _draw(self) -> None:
        shown, section = self._shown, self._section
        facts = (shown, section, self._width, self._wide)
        if facts == self._facts or shown is None or self._width < self._look.px(60):
            return
        self._facts = facts
        clear(self.item)
        look, fonts = self._look, self._look.fonts
        if section is None:
            hints = (HINT_WIDE, HINT, HINT_BRIEF) if self._wide else (HINT, HINT_BRIEF)
            words = look.fitting(hints, fonts.small, self._width)
            wrap = dpg.get_item_pos(self.item)[0] + self._width
            look.text(words, self.item, font=fonts.small, colour=look.palette.faint, wrap=wrap)
            return
        line = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(7))
        name = look.fit_path(section_name(section), fonts.small_bold, self._width - look.px(20))
        pin = f"{Icon.PIN} " if section.pinned else ""
        look.text(
            Icon.STOP, line, font=fonts.caption, colour=look.palette.of(KIND_TONES[section.kind])
        )  # a square, as in the lists
        words, strong = f"{pin}{name}", look.palette.strong
        tip = look.text(words, line, font=fonts.small_bold, colour=strong, tag="context.part")
        look.tip(tip, section_name(section))
        cost = part_cost(section.tokens, shown, self._price)
        cached = cached_words(shown, section)
        words = "  ·  ".join(filter(None, (text.plural(section.tokens, "token"), cost, cached)))
        if look.size(words, fonts.small)[0] > self._width:
            words = "  ·  ".join(filter(None, (f"{text.count(section.tokens)} tokens", cost)))
        kind = f"{KIND_WORDS[section.kind]}  ·  "
        if look.size(kind + words, fonts.small)[0] <= self._width:
            words = kind + words
        item = look.text(words, self.item, font=fonts.small, colour=look.palette.dim)
        if cached:
            look.tip(item, cached)
        self._draw_buttons(section)

    def _draw_buttons(self, section: Section) -> None:
        look, actions = self._look, self._actions
        buttons: list[tuple[str, str, bool, Action, str]] = []
        if section.kind == "files":
            buttons += [
                (label, tip, section.view == view, self._viewer(view), f"context.view_{view}")
                for view, label, tip in VIEWS
            ]
            pin = "Unpin" if section.pinned else "Pin"
            tip = "The last to step down  (P)"
            buttons.append((f"{Icon.PIN}  {pin}", tip, section.pinned, actions.pin, "context.pin"))
        buttons.append(("Show text", "Word for word  (Enter)", False, actions.show_text, "context.show_text"))
        lines = Lines(look, self.item, self._width, gap=GAP)
        for label, tip, on, action, tag in buttons:
            line = lines.place(look.size(label, look.fonts.small)[0] + look.px(PADDING))
            style = "segment_on" if on else "segment_off"
            if dpg.does_item_exist(tag):
                dpg.delete_item(tag)
            look.tip(look.button(label, line, style, action, tag=tag), tip)

    def _viewer(self, view: View) -> Action:
        return lambda: self._actions.view(view)
