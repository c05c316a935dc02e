"""The views of the context panel: which is shown, where it stands, which part of the request is chosen."""

from collections.abc import Mapping
from typing import Literal

from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.context_budget import BudgetActions, ContextBudget
from copilot.desktop.panels.context_diff import ContextDiff
from copilot.desktop.panels.context_map import ContextMap
from copilot.desktop.panels.context_part import ContextPart, PartActions
from copilot.desktop.panels.context_text import ContextText
from copilot.desktop.panels.context_window import ContextWindow
from copilot.desktop.request_parts import cached_to
from copilot.desktop.segments import fit_segments
from copilot.desktop.treemap import Direction
from copilot.desktop.widgets import Action, Look
from copilot.tokens.prices import Price
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileState, Section, Standing

Mode = Literal["map", "text", "diff", "budget"]
KeptViews = tuple[Mode, Mode, tuple[str, str, int], bool]
MODES: tuple[tuple[Mode, str, str], ...] = (
    ("map", "Map", "Each part of the request, its area as its tokens  (1)"),
    ("text", "Text", "Each part word for word  (2)"),
    ("diff", "Diff", "Beside the request before it  (3)"),
    ("budget", "Budget", "What stepped down, and in which order  (4)"),
)
WIDE = 760
"""From this width on (at scale 1) the map stands beside the other views."""

MAP_SHARE = 0.56
LEGEND = "   Amber edges: not in the cache, paid as new"
PAGE_UP, PAGE_DOWN = 517, 518
"""What the keys arrive as: the library's constants are stale (measured)."""


@frozen(kw_only=False)
class ViewsActions:
    """What the views ask for about the chosen part, and about the budget."""

    part: PartActions
    budget: BudgetActions


class ContextViews:
    """`show` when the request changed, `tick` once a frame while the panel is visible. On a `server` the text
    of the request is not to be had."""

    def __init__(self, look: Look, place: ContextWindow, actions: ViewsActions, server: str = "") -> None:
        self._look = look
        self._window = place
        self._shown: RequestPreviewed | None = None
        self._price: Price | None = None
        self._chosen: tuple[str, str, int] = ("", "", 0)
        self._placed: tuple[object, ...] = ()
        self._small_mode: Mode = "map"
        self.mode: Mode = "map"
        self._tabs = dpg.add_group(
            parent=place.root, horizontal=True, horizontal_spacing=look.px(4), show=False
        )
        look.themes.bind(self._tabs, "segment_line")
        self._buttons = {mode: self._tab(mode, label, tip) for mode, label, tip in MODES}
        self._legend = look.text(
            LEGEND, self._tabs, font=look.fonts.small, colour=look.palette.dim, show=False
        )
        self._body = dpg.add_group(parent=place.root, horizontal=True, horizontal_spacing=look.px(14))
        self._left = dpg.add_group(parent=self._body, show=False)
        self._map = ContextMap(look, self._left, self.choose)
        self._part = ContextPart(look, self._left, actions.part)
        self._right = dpg.add_group(parent=self._body, show=False)
        self._text = ContextText(look, self._right, self.choose, server)
        self._diff = ContextDiff(look, self._right)
        self.budget = ContextBudget(look, self._right, actions.budget)

    def show(self, shown: RequestPreviewed, price: Price | None, stepped: Mapping[str, FileState]) -> None:
        """Show another request; the chosen part stays chosen where it is still there."""
        self._shown, self._price = shown, price
        number = self._number()
        self._map.show(shown, price, number, stepped)
        self._text.show(shown, number)
        self._diff.show(shown, self._text.whole() if shown.changed is not None else "", price)
        self._part.show(shown, self.section(), price, self._wide())
        dpg.show_item(self._tabs)
        self._placed = ()

    def show_budget(self, tokens: int, rank: tuple[Standing, ...], stepped: tuple[FileState, ...]) -> None:
        """Show another budget, order, or other files that stepped down."""
        self.budget.show(tokens, rank, stepped)
        if self._shown is not None:
            self._map.show(self._shown, self._price, self._number(), {file.path: file for file in stepped})

    def section(self) -> Section | None:
        """The chosen part of the request, None where there is none."""
        number = self._number()
        return self._shown.sections[number] if self._shown is not None and number >= 0 else None

    def choose(self, number: int) -> None:
        """Choose the section of this number."""
        shown = self._shown
        if shown is None or not 0 <= number < len(shown.sections):
            return
        section = shown.sections[number]
        before = sum((s.kind, s.name) == (section.kind, section.name) for s in shown.sections[:number])
        self._chosen = (section.kind, section.name, before)
        self._map.choose(number)
        self._text.choose(number)
        self._part.show(shown, section, self._price, self._wide())

    def show_mode(self, mode: Mode) -> None:
        """Bring one of the views to the front."""
        self.mode = mode
        self._placed = ()

    def show_raw(self) -> None:
        """The text as the bytes that are sent, or as people read it."""
        self.show_mode("text")
        self._text.toggle_raw()

    def step(self, by: int) -> None:
        """Choose the part after or before."""
        self.choose(self._number() + by)

    def kept(self) -> KeptViews:
        """Which view is in front, the chosen part, and whether all is large."""
        return self.mode, self._small_mode, self._chosen, self._window.large

    def take_up(self, kept: KeptViews) -> None:
        """Show the same."""
        self.mode, self._small_mode, self._chosen, large = kept
        if large != self._window.large:
            self._window.toggle()

    def toggle(self) -> None:
        """Large, where the map has the text beside it, or back as it was."""
        if not self._window.large:
            self._small_mode = self.mode
            self.show_mode("text" if self.mode == "map" else self.mode)
        else:
            self.show_mode(self._small_mode)
        self._window.toggle()

    def tick(self) -> bool:
        """Once a frame while the panel is visible. True while something still moves."""
        if self._shown is None:
            return False
        self._place()
        if self.mode == "map" or self._wide():
            self._map.tick()
        match self.mode:
            case "map":
                return False
            case "text":
                return self._text.tick()
            case "diff":
                return self._diff.tick()
            case "budget":
                return self.budget.tick()

    def boxes(self) -> tuple[Item, ...]:
        """The boxes that take keys."""
        return (
            *(self._map.box, self._text.list.box, self._text.page.box),
            *(self._diff.page.box, self.budget.list.box),
        )

    def front(self) -> Item:
        """The box of the view in front."""
        match self.mode:
            case "map":
                return self._map.box
            case "text":
                return self._text.page.box
            case "diff":
                return self._diff.page.box
            case "budget":
                return self.budget.list.box

    def key(self, key: int) -> None:
        """A key for the view in front: another view, moving in it, raw bytes."""
        modes: dict[int, Mode] = {
            getattr(dpg, f"mvKey_{number}"): mode for number, (mode, _, _) in enumerate(MODES, 1)
        }
        if key in modes:
            self.show_mode(modes[key])
        elif self.mode == "budget":
            self._budget_key(key)
        elif key == dpg.mvKey_B:
            self._text.toggle_raw()
        elif key in (dpg.mvKey_Return, dpg.mvKey_NumPadEnter):
            self.show_mode("map" if self.mode == "text" and not self._wide() else "text")
        else:
            self._move_key(key)

    def _budget_key(self, key: int) -> None:
        moves: dict[int, Action] = {
            dpg.mvKey_Up: lambda: self.budget.step(-1),
            dpg.mvKey_Down: lambda: self.budget.step(1),
            dpg.mvKey_Left: lambda: self.budget.move(-1),
            dpg.mvKey_Right: lambda: self.budget.move(1),
            dpg.mvKey_P: self.budget.bring_back,
            dpg.mvKey_Return: self.budget.bring_back,
        }
        if key in moves:
            moves[key]()

    def _move_key(self, key: int) -> None:
        arrows: dict[int, Direction] = {
            dpg.mvKey_Up: "up",
            dpg.mvKey_Down: "down",
            dpg.mvKey_Left: "left",
            dpg.mvKey_Right: "right",
        }
        pages = {PAGE_UP: -0.9, PAGE_DOWN: 0.9}
        page = self._diff.page if self.mode == "diff" else self._text.page
        if key in pages:
            page.scroll(pages[key])
        elif key not in arrows:
            return
        elif self.mode == "map" or (self._wide() and dpg.is_item_focused(self._map.box)):
            self._map.move(arrows[key])
        elif self.mode == "diff":
            page.scroll({"up": -0.15, "down": 0.15}.get(arrows[key], 0.0))
        else:
            self.choose(self._number() + {"up": -1, "down": 1}.get(arrows[key], 0))

    def _tab(self, mode: Mode, label: str, tip: str) -> Item:
        tag = f"context.{mode}_tab"
        item = self._look.button(label, self._tabs, "choice_off", lambda: self.show_mode(mode), tag=tag)
        self._look.tip(item, tip)
        return item

    def _wide(self) -> bool:
        return self._window.width() >= self._look.px(WIDE)

    def _number(self) -> int:
        """The number of the chosen section, -1 where it is not in this request."""
        kind, name, before = self._chosen
        sections = self._shown.sections if self._shown is not None else ()
        found = [n for n, section in enumerate(sections) if (section.kind, section.name) == (kind, name)]
        return found[before] if before < len(found) else -1

    def _place(self) -> None:
        """Give each view its room, where something about it has changed."""
        look, wide, width = self._look, self._wide(), self._window.width()
        room = self._window.bottom() - dpg.get_item_rect_min(self._body)[1]
        part = dpg.get_item_rect_size(self._part.item)[1]
        facts = (width, room, part, self.mode, self._window.large)
        if facts == self._placed:
            return
        self._placed = facts
        fit_segments(look, tuple(self._buttons.values()), [label for _, label, _ in MODES], width)
        both = wide and self.mode != "map"
        left = width * MAP_SHARE if both else width
        right = width - left - look.px(14) if both else width
        self._show_views(wide=wide)
        self._part.place(left, wide=wide)
        self._map.place(left, max(look.px(50), room - part - look.px(8)))
        for view in (self._text, self._diff, self.budget):
            view.place(right, room, wide=wide)

    def _show_views(self, *, wide: bool) -> None:
        for name, item in self._buttons.items():
            self._look.themes.bind(item, "choice_on" if name == self.mode else "choice_off")
        dpg.configure_item(self._left, show=wide or self.mode == "map")
        dpg.configure_item(self._right, show=self.mode != "map")
        sent_before = self._shown is not None and cached_to(self._shown) is not None
        dpg.configure_item(self._legend, show=wide and sent_before)
        views = {"text": self._text.item, "diff": self._diff.item, "budget": self.budget.item}
        for name, item in views.items():
            dpg.configure_item(item, show=name == self.mode)
