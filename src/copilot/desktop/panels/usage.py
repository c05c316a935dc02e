"""What the session used: provider, model, rounds, tokens and how many of them were cached, and the cost."""

from copilot.desktop import text
from copilot.desktop.cost_words import cost_lines
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Tone
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.usage_totals import UsageTotals
from copilot.desktop.view_state import RequestUsage, ViewState
from copilot.desktop.widgets import Icon, Look, window
from copilot.vocabulary.money import missed_words

BARS = 16
"""The newest requests that the plot shows."""

LOW = 440
"""Pixels. In a lower panel the plot has a height of its own, and the panel scrolls."""


class Usage(Panel):
    """The panel `usage`."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._shown: tuple[object, ...] = ()
        self._width = 0.0
        self._item = window("usage", f"{Icon.USAGE}  Usage")
        self._model = look.text("", self._item, font=look.fonts.small_bold, colour=look.palette.strong)
        self._tiles = dpg.add_group(parent=self._item, horizontal=True)
        self._tile_items = [self._tile(*names) for names in _TILES]
        self._cost = look.text("", self._item, font=look.fonts.small, colour=look.palette.faint, wrap=0)
        self._missed = look.text("", self._item, font=look.fonts.small, colour=look.palette.amber, wrap=0)
        self._totals = UsageTotals(look, self._item)
        self._hint = look.text(
            "Tokens of each request appear here, as the provider counts them.",
            self._item,
            font=look.fonts.small,
            colour=look.palette.dim,
            wrap=0,
        )
        self._series: list[Item] = []
        self._plot = self._make_plot()

    def refresh(self, state: ViewState) -> None:
        """Show the totals and the newest requests."""
        width = dpg.get_item_width("usage")
        height = dpg.get_item_height("usage")
        shown = (state.requests, state.spending, self._actions.model(), width, height)
        if shown == self._shown:
            return
        self._shown = shown
        low = height < self._look.px(LOW)
        dpg.configure_item(self._plot, height=self._look.px(120) if low else -1)
        if width != self._width:
            self._width = width
            side = int((width - self._look.px(14) * 2 - self._look.px(8) * 2) / 3)
            for box, _, _ in self._tile_items:
                dpg.configure_item(box, width=max(side, 40))
        model = self._actions.model()
        words = text.model_name(model.provider, model.model)
        room = width - self._look.px(30)
        dpg.set_value(self._model, self._look.fit(words, self._look.fonts.small_bold, room))
        total = state.total()
        cached = (
            f"{total.cache_read_tokens / total.input_tokens:.0%} cached" if total.input_tokens else "none yet"
        )
        last = state.requests[-1] if state.requests else None
        rounds = sum(1 for r in state.requests if last is not None and r.turn_id == last.turn_id)
        thinking = (
            f"{text.count(total.thinking_tokens)} thinking" if total.thinking_tokens else "this session"
        )
        values = (
            (text.count(total.input_tokens), cached),
            (text.count(total.output_tokens), thinking),
            (str(len(state.requests)), f"{rounds} in this turn" if rounds else "none yet"),
        )
        for (_, big, small), (value, note) in zip(self._tile_items, values, strict=True):
            dpg.set_value(big, value)
            dpg.set_value(small, note)
        self._show_cost(state.requests)
        missed = state.spending.missed
        dpg.configure_item(self._missed, show=missed is not None)
        dpg.set_value(self._missed, text.shown(missed_words(missed)) if missed is not None else "")
        self._totals.show(state.spending.totals)
        self._draw_plot(state.requests[-BARS:])

    def _show_cost(self, requests: tuple[RequestUsage, ...]) -> None:
        """The table of prices is read when there is a request to show: windows open without it."""
        lines = cost_lines(requests, self._actions.old_prices()) if requests else ""
        dpg.configure_item(self._cost, show=bool(lines))
        dpg.set_value(self._cost, lines)

    def _tile(self, name: str, tone: Tone) -> tuple[Item, Item, Item]:
        look = self._look
        box = dpg.add_child_window(
            parent=self._tiles, tag=f"usage.{name}", height=look.px(78), width=look.px(110), no_scrollbar=True
        )
        look.themes.bind(box, "tile")
        look.text(name.upper(), box, font=look.fonts.caption, colour=look.palette.of(tone))
        big = look.text("0", box, font=look.fonts.title, colour=look.palette.strong)
        small = look.text("", box, font=look.fonts.small, colour=look.palette.faint)
        return box, big, small

    def _make_plot(self) -> Item:
        look = self._look
        plot = dpg.add_plot(
            parent=self._item,
            height=-1,
            width=-1,
            no_menus=True,
            no_mouse_pos=True,
            no_box_select=True,
            no_title=True,
            no_frame=True,
            no_inputs=True,
            show=False,
        )
        dpg.add_plot_legend(parent=plot, location=dpg.mvPlot_Location_North, outside=True, horizontal=True)
        self._x = dpg.add_plot_axis(dpg.mvXAxis, parent=plot, no_gridlines=True, no_tick_marks=True)
        self._y = dpg.add_plot_axis(dpg.mvYAxis, parent=plot, no_tick_marks=True)
        for label, colour in (
            ("Output", look.palette.violet),
            ("New input", look.palette.accent),
            ("Cached", look.palette.cached_bar),
        ):
            series = dpg.add_bar_series([0], [0], label=label, weight=0.62, parent=self._y)
            dpg.bind_item_theme(series, look.themes.series(colour))
            self._series.append(series)
        dpg.bind_item_theme(plot, look.themes.plot)
        dpg.bind_item_font(plot, self._look.fonts.small)
        return plot

    def _draw_plot(self, requests: tuple[RequestUsage, ...]) -> None:
        dpg.configure_item(self._hint, show=not requests)
        dpg.configure_item(self._plot, show=bool(requests))
        if not requests:
            return
        places = [float(i + 1) for i in range(len(requests))]
        whole = [float(r.usage.input_tokens) for r in requests]
        cached = [float(r.usage.cache_read_tokens) for r in requests]
        tops = [w + r.usage.output_tokens for w, r in zip(whole, requests, strict=True)]
        # The bars lie over each other, so each is drawn up to its own top.
        for series, heights in zip(self._series, (tops, whole, cached), strict=True):
            dpg.set_value(series, [places, heights])
        dpg.set_axis_limits(self._x, 0.3, max(len(requests), 8) + 0.7)
        limit = max([*tops, 1.0]) * 1.12
        dpg.set_axis_limits(self._y, 0, limit)
        dpg.set_axis_ticks(self._y, tuple((text.count(int(v)), v) for v in _ticks(limit)))
        dpg.set_axis_ticks(self._x, tuple((str(r.round), p) for p, r in zip(places, requests, strict=True)))


_TILES: tuple[tuple[str, Tone], ...] = (
    ("input", "accent_bright"),
    ("output", "violet"),
    ("requests", "green"),
)


def _ticks(limit: float) -> list[float]:
    """Three or four round values up to `limit`."""
    step = 10.0 ** len(str(int(limit))) / 10
    while limit / step < 2.5:
        step /= 2
    if limit / step > 4.5:
        step *= 2
    return [step * i for i in range(int(limit / step) + 1)]
