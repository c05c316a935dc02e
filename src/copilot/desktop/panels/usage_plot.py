"""The plots of the usage panel: one at a time, chosen by tabs; a bar that is pointed at tells its values."""

from copilot.desktop.gate import Item, dpg
from copilot.desktop.segments import fit_segments
from copilot.desktop.usage_charts import CHARTS, SERIES, Chart, ChartName, Requests, chart
from copilot.desktop.widgets import Look

BAR = 13
"""Pixels (at scale 1) that a bar needs with the room beside it; what is older than fits is left out."""

FEWEST = 8
MARGIN = 52
"""Pixels (at scale 1) for the words beside the vertical axis."""

AROUND, LINE = 60, 19
"""Pixels (at scale 1) of a plot's height that its legend and its lower axis take; and of a word beside it."""

WEIGHT = 0.62
MARKED = 0.9
"""Of the room of one bar: how wide a bar is, and the mark behind the one that is pointed at."""


class UsagePlot:
    """`show` when the requests changed, `place` when the room did, `tick` once a frame."""

    def __init__(self, look: Look, parent: Item) -> None:
        self._look = look
        self._requests: Requests = ()
        self._room = (0, 0, False)
        self._stepped = False
        self._chart = Chart()
        self._marked = -1
        self._pointed: int | None = None
        self.name: ChartName = "tokens"
        self.item = dpg.add_group(parent=parent, show=False)
        tabs = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(4))
        look.themes.bind(tabs, "segment_line")
        self._tabs = {name: self._tab(tabs, name, label, tip) for name, label, tip in CHARTS}
        self._lacks = look.text(
            "", self.item, font=look.fonts.small, colour=look.palette.dim, wrap=0, show=False
        )
        self._plots = {name: _Plot(look, self.item, name) for name, _, _ in CHARTS}
        self._note = look.text("", self.item, font=look.fonts.small, colour=look.palette.dim, wrap=0)

    @property
    def top(self) -> float:
        """Where the plot begins, in pixels of the viewport."""
        return float(dpg.get_item_rect_max(self._tabs[self.name])[1]) + self._look.px(8)

    @property
    def tells(self) -> bool:
        """Whether a line under the plot tells of a bar: where room is scarce, only for keys."""
        return self._stepped or not self._room[2]

    def show(self, requests: Requests) -> None:
        """Plot these."""
        if requests != self._requests:
            self._requests, self._marked = requests, -1
            dpg.configure_item(self.item, show=bool(requests))
            self._draw()

    def place(self, width: float, height: float, *, brief: bool) -> None:
        """Give the plot this room, in pixels; `brief`: what is told of the newest bar has none."""
        room = (int(width), int(height), brief)
        if room != self._room:
            self._room = room
            self._place_tabs(width)
            self._draw()

    def _place_tabs(self, width: float) -> None:
        fit_segments(self._look, tuple(self._tabs.values()), [label for _, label, _ in CHARTS], width)

    def choose(self, name: ChartName) -> None:
        """Bring another plot to the front."""
        self.name, self._marked, self._stepped = name, -1, False
        self._draw()

    def turn(self, by: int) -> None:
        """The next plot, or the one before."""
        names: list[ChartName] = [name for name, _, _ in CHARTS]
        self.choose(names[(names.index(self.name) + by) % len(names)])

    def step(self, by: int) -> None:
        """Mark the bar after the marked one, or before; the newest where none is marked."""
        count = len(self._chart.notes)
        if count:
            self._stepped = True
            self._mark(min(max(self._marked + by, 0), count - 1) if self._marked >= 0 else count - 1)

    def tick(self) -> None:
        """Mark the bar that the mouse is over."""
        plot = self._plots[self.name]
        over = plot.pointed() if self._requests else None
        if over != self._pointed:  # a mouse that rests leaves the mark to the keys
            self._pointed = over
            if over is not None:
                self._mark(over if 0 <= over < len(self._chart.notes) else -1)

    def _tab(self, parent: Item, name: ChartName, label: str, tip: str) -> Item:
        tag = f"usage.{name}_tab"
        item = self._look.button(label, parent, "choice_off", lambda: self.choose(name), tag=tag)
        self._look.tip(item, tip)
        return item

    def _mark(self, number: int) -> None:
        self._marked = number
        notes = self._chart.notes
        self._plots[self.name].mark(number, notes[number] if number >= 0 else ())
        self._tell()

    def _tell(self) -> None:
        """The marked bar in one line, else the newest."""
        notes = self._chart.notes
        words = " · ".join(notes[self._marked]) if notes else ""
        font = self._look.fonts.small
        dpg.set_value(self._note, self._look.fit(words, font, self._room[0]))
        dpg.configure_item(self._note, show=bool(words) and self.tells)

    def _draw(self) -> None:
        width, height, _ = self._room
        if not self._requests or not width:
            return
        newest = max(FEWEST, int((width - self._look.px(MARGIN)) / self._look.px(BAR)))
        self._chart = chart(self.name, self._requests, newest)
        for name, tab in self._tabs.items():
            self._look.themes.bind(tab, "choice_on" if name == self.name else "choice_off")
        for name, plot in self._plots.items():
            dpg.configure_item(plot.item, show=name == self.name and not self._chart.lacks)
        dpg.configure_item(self._lacks, show=bool(self._chart.lacks))
        dpg.set_value(self._lacks, self._chart.lacks)
        self._plots[self.name].draw(self._chart, width, height)
        self._mark(min(self._marked, len(self._chart.notes) - 1))


class _Plot:
    """One chart in the library's plot."""

    def __init__(self, look: Look, parent: Item, name: ChartName) -> None:
        self._look = look
        self._shown = Chart()
        self.item = dpg.add_group(parent=parent, show=False)
        self._plot = dpg.add_plot(
            parent=self.item,
            tag=f"usage.{name}_plot",
            width=-1,
            no_menus=True,
            no_mouse_pos=True,
            no_box_select=True,
            no_title=True,
            no_frame=True,
            zoom_mod=dpg.mvKey_ModAlt,  # the wheel alone scrolls the panel
        )
        dpg.add_plot_legend(
            parent=self._plot,
            location=dpg.mvPlot_Location_North,
            outside=True,
            horizontal=True,
            no_buttons=True,
            no_highlight_item=True,
            no_highlight_axis=True,
        )
        plain = {"parent": self._plot, "no_tick_marks": True, "no_highlight": True, "no_side_switch": True}
        self._x = dpg.add_plot_axis(dpg.mvXAxis, no_gridlines=True, **plain)
        self._y = dpg.add_plot_axis(dpg.mvYAxis, **plain)
        self._mark = dpg.add_bar_series([0], [0], weight=MARKED, parent=self._y)
        dpg.bind_item_theme(self._mark, look.themes.mark)
        self._series: list[Item] = []
        for series in SERIES[name]:
            label = f" {series.label}"  # the library leaves no room between a legend's square and its word
            if series.draw == "bars":
                made = dpg.add_bar_series([0], [0], label=label, weight=WEIGHT, parent=self._y)
            else:
                made = dpg.add_line_series([0], [0], label=label, parent=self._y)
            dpg.bind_item_theme(made, look.themes.series(look.palette.of(series.tone)))
            self._series.append(made)
        dpg.bind_item_theme(self._plot, look.themes.plot)
        dpg.bind_item_font(self._plot, look.fonts.small)
        bubble = dpg.add_tooltip(self.item, show=False)  # a plot takes none
        self._bubble, self._words = bubble, look.text("", bubble, font=look.fonts.small)

    def pointed(self) -> int | None:
        """The number of the bar that the mouse is over, -1 where it is over none; None: it is elsewhere."""
        if not dpg.is_item_shown(self.item) or not dpg.is_item_hovered(self._plot):
            return None
        return round(dpg.get_plot_mouse_pos()[0]) - 1

    def mark(self, number: int, note: tuple[str, ...]) -> None:
        """Mark a bar, and tell this where the mouse is; none below zero."""
        dpg.set_value(self._mark, [[float(number + 1)], [self._shown.top if number >= 0 else 0.0]])
        dpg.set_value(self._words, "\n".join(note))
        dpg.configure_item(self._bubble, show=bool(note))

    def draw(self, shown: Chart, width: float, height: float) -> None:
        """Draw this in so many pixels."""
        self._shown = shown
        dpg.configure_item(self._plot, height=int(height))
        if shown.lacks:
            return
        places = [float(number) for number in range(1, len(shown.names) + 1)]
        for item, values in zip(self._series, shown.values, strict=True):
            dpg.set_value(item, [places, list(values)])
        dpg.set_axis_limits(self._x, 0.3, max(len(places), FEWEST) + 0.7)
        dpg.set_axis_limits(self._y, 0, shown.top)
        lines = max(1, int(height - self._look.px(AROUND)) // self._look.px(LINE))
        dpg.set_axis_ticks(self._y, shown.ticks[:: -(-len(shown.ticks) // lines)])
        room = width / max(len(places), FEWEST)
        every = max(1, -(-self._look.px(26) // max(1, int(room))))
        names = tuple(zip(shown.names, places, strict=True))
        dpg.set_axis_ticks(self._x, names[(len(names) - 1) % every :: every])
