"""What the session used: tokens, how many of them were cached, rounds, time and cost; plotted and summed."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.cost_words import cost_notes, session_words, spent
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.palette import Tone
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.usage_plot import UsagePlot
from copilot.desktop.panels.usage_totals import UsageTotals
from copilot.desktop.usage_charts import CHARTS, ChartName
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, window
from copilot.vocabulary.money import UNKNOWN, missed_words

PLOT_USUAL, PLOT_LEAST = 128, 84
"""Pixels (at scale 1) of a plot below which a line takes the place of the tiles; and below which the panel
scrolls rather."""

PADDING = (14, 12)
BAR = 11
TILE = 76
"""The width of a scroll bar and the height of a tile, in pixels at scale 1."""

LOW = 520
"""In a panel lower than this, at scale 1, the sums are folded."""

NOTE, NO_NOTE = 36, 10
"""Pixels (at scale 1) below the plot, with a line that tells of a bar and without."""

EMPTY = (
    "Nothing was sent yet. Write a message and press Ctrl+Enter: tokens, cost and time of each request are "
    "plotted here, as the provider counts them."
)
UNSENT = "Up to this moment nothing was sent."
_TILES: tuple[tuple[str, Tone], ...] = (("input", "accent_bright"), ("output", "violet"), ("cost", "green"))


class Usage(Panel):
    """The panel `usage`. `go` brings a panel to the front."""

    def __init__(self, look: Look, actions: Actions, go: Callable[[str], None]) -> None:
        self._look = look
        self._actions = actions
        self._go = go
        self._used = False
        self._shown: tuple[object, ...] = ()
        self._placed: tuple[object, ...] = ()
        self._item = window("usage", f"{Icon.USAGE}  Usage")
        self._model = look.text("", self._item, font=look.fonts.small_bold, colour=look.palette.strong)
        hint = UNSENT if actions.recording is not None else EMPTY
        self._hint = look.text(hint, self._item, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        self._brief = look.text(
            "", self._item, font=look.fonts.small_bold, colour=look.palette.strong, show=False
        )
        self._tiles = dpg.add_group(parent=self._item, horizontal=True, show=False)
        self._tile_items = [self._tile(*names) for names in _TILES]
        self._plot = UsagePlot(look, self._item)
        self._below = dpg.add_group(parent=self._item)
        self._cost = look.text("", self._below, font=look.fonts.small, colour=look.palette.faint, wrap=0)
        self._missed = look.text("", self._below, font=look.fonts.small, colour=look.palette.amber, wrap=0)
        self._totals = UsageTotals(look, self._below)

    def refresh(self, state: ViewState) -> None:
        """Show the sums and the plot."""
        width = dpg.get_item_width("usage")
        shown = (state.requests, state.spending, self._actions.model(), width)
        if shown == self._shown:
            return
        self._shown = shown
        model = self._actions.model()
        room, bold = self._width(), self._look.fonts.small_bold
        words = self._look.fitting(text.model_names(model.provider, model.model), bold, room)
        dpg.set_value(self._model, self._look.fit(words, bold, room))
        dpg.configure_item(self._hint, show=not state.requests)
        self._used = bool(state.requests)
        self._show_tiles(state)
        self._show_notes(state)
        self._plot.show(state.requests)
        self._totals.show(state.spending.totals)

    def tick(self) -> bool:
        """Give the plot the room that the rest leaves."""
        if not dpg.is_item_visible(self._item):
            return False
        self._plot.tick()
        moving = self._totals.tick()
        height, width = dpg.get_item_height("usage"), self._width()
        low = height < self._look.px(LOW)
        self._totals.fold_where_low(low=low)
        below = dpg.get_item_rect_size(self._below)[1]
        placed = (height, width, below, self._plot.top, self._plot.tells)
        if placed == self._placed:
            return moving
        self._placed = placed
        bottom = dpg.get_item_pos("usage")[1] + height - self._look.px(PADDING[1])
        self._place(width, bottom - self._plot.top - dpg.get_y_scroll("usage"), below)
        return True

    def _place(self, width: float, room: float, below: float) -> None:
        """`room` pixels from the top of the plot to the end of the panel; what is `below` takes some."""
        px = self._look.px
        whole = room if dpg.is_item_shown(self._tiles) else room - px(TILE + 8)
        lowest = whole - below - px(NOTE) < px(PLOT_USUAL)
        self._place_tiles(width, lowest=lowest)
        room = whole + px(TILE + 8) if lowest else whole
        plot = room - below - px(NOTE if self._plot.tells else NO_NOTE)
        if plot < px(PLOT_LEAST):  # what is below comes into view by scrolling, the plot is seen whole
            plot = max(px(PLOT_LEAST), min(px(PLOT_USUAL), room - px(NO_NOTE)))
        self._plot.place(width, plot, brief=lowest)

    def key(self, press: Press) -> None:
        """Another plot, another bar."""
        if not dpg.is_item_focused(self._item) or press.chord.modifiers:
            return
        keys: dict[str, Action] = {
            "Left": lambda: self._plot.step(-1),
            "Right": lambda: self._plot.step(1),
            "Up": lambda: self._plot.turn(-1),
            "Down": lambda: self._plot.turn(1),
            **{str(number): self._chooser(name) for number, (name, _, _) in enumerate(CHARTS, 1)},
        }
        if press.chord.key in keys:
            keys[press.chord.key]()

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Plots and bars."""
        plots = "; ".join(f"{number}: {label}" for number, (_, label, _) in enumerate(CHARTS[1:], 2))
        return (
            ("1", f"{CHARTS[0][1]}; {plots}"),
            ("Down", "The next plot; Up: the one before"),
            ("Left", "What the bar before tells; Right: the one after"),
        )

    def kept(self) -> object:
        """The plot that is shown, and whether the sums are folded."""
        return self._plot.name, self._totals.chosen

    def take_up(self, kept: tuple[ChartName, bool | None]) -> None:
        """Show the same."""
        self._plot.choose(kept[0])
        self._totals.chosen = kept[1]

    def actions(self) -> tuple[NamedAction, ...]:
        """Each plot, and the sums."""

        def shower(name: ChartName) -> Action:
            def run() -> None:
                self._plot.choose(name)
                self._go("usage")

            return run

        def fold() -> None:
            self._totals.toggle()
            self._go("usage")

        return (
            *(
                NamedAction(
                    name=f"usage.{name}", title=f"Usage: plot {label.lower()}", run=shower(name), words=tip
                )
                for name, label, tip in CHARTS
            ),
            NamedAction(
                name="usage.totals",
                title="Usage: show or hide the sums",
                run=fold,
                words="totals turn branch project today cap",
            ),
        )

    def _chooser(self, name: ChartName) -> Action:
        return lambda: self._plot.choose(name)

    def _width(self) -> float:
        """The room from left to right, in pixels; the bar that the panel is scrolled by takes some."""
        bar = self._look.px(BAR) if dpg.get_y_scroll_max("usage") > 0 else 0
        return max(1.0, float(dpg.get_item_width("usage") - 2 * self._look.px(PADDING[0]) - bar))

    def _show_tiles(self, state: ViewState) -> None:
        requests, total = state.requests, state.total()
        cached = f"{total.cache_read_tokens / total.input_tokens:.0%} cached" if total.input_tokens else ""
        thinking = f"{text.count(total.thinking_tokens)} thinking" if total.thinking_tokens else ""
        priced = spent(requests).priced
        values = (
            (text.count(total.input_tokens), cached),
            (text.count(total.output_tokens), thinking or text.plural(len(requests), "request")),
            (session_words(requests), "this session" if priced else UNKNOWN),
        )
        for (_, big, small), (value, note) in zip(self._tile_items, values, strict=True):
            dpg.set_value(big, value)
            dpg.set_value(small, note)
            dpg.set_item_user_data(small, note)
        spent_, answered, paid = (value for value, _ in values)
        brief = f"{spent_} in  ·  {answered} out  ·  {paid}"
        dpg.set_value(self._brief, self._look.fit(brief, self._look.fonts.small_bold, self._width()))
        self._placed = ()

    def _place_tiles(self, width: float, *, lowest: bool) -> None:
        """As wide as there is room for three, their last lines cut to that."""
        look = self._look
        dpg.configure_item(self._model, show=not (lowest and self._used))
        dpg.configure_item(self._brief, show=lowest and self._used)
        dpg.configure_item(self._tiles, show=not lowest and self._used)
        side = max(int((width - 2 * look.px(8)) / 3), look.px(40))
        for box, _, small in self._tile_items:
            dpg.configure_item(box, width=side)
            note = str(dpg.get_item_user_data(small) or "")
            dpg.set_value(small, look.fit(note, look.fonts.small, side - look.px(22)))

    def _show_notes(self, state: ViewState) -> None:
        """The day of the prices is asked for when there is a request to show: windows open without it."""
        notes = cost_notes(state.requests, self._actions.old_prices()) if state.requests else ""
        dpg.configure_item(self._cost, show=bool(notes))
        dpg.set_value(self._cost, notes)
        missed = state.spending.missed
        dpg.configure_item(self._missed, show=missed is not None)
        dpg.set_value(self._missed, text.shown(missed_words(missed)) if missed is not None else "")

    def _tile(self, name: str, tone: Tone) -> tuple[Item, Item, Item]:
        look = self._look
        box = dpg.add_child_window(
            parent=self._tiles,
            tag=f"usage.{name}",
            height=look.px(TILE),
            width=look.px(110),
            no_scrollbar=True,
        )
        look.themes.bind(box, "tile")
        look.text(name.upper(), box, font=look.fonts.caption, colour=look.palette.of(tone))
        big = look.text("0", box, font=look.fonts.title, colour=look.palette.strong)
        small = look.text("", box, font=look.fonts.small, colour=look.palette.faint)
        return box, big, small
