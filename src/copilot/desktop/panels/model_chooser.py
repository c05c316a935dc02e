"""Choosing the model: all that the services list, with window and price, to be searched.

It lies over the window until a model is chosen, Escape is pressed or it is closed. The choice holds from the
next turn on and is the person's default from then on.
"""

from collections.abc import Sequence

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.model_rows import ModelRow, price_words, rows, sources_of, window_words
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Over
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, clear, on
from copilot.vocabulary.commands import ListModels
from copilot.vocabulary.values import ModelChoice

MOST_ROWS = 200
"""Rows drawn; who has more models narrows them by a word."""

WIDTH, HEIGHT = 780, 520
SEARCH = "models.search"

WEIGHTS = (44, 30, 9, 17)
"""How the room is shared by names, addresses, windows and prices."""


class ModelChooser(Over):
    """Made once; `open` shows it. `find_local` begins a look for servers, which ends in `found`."""

    def __init__(
        self, look: Look, actions: Actions, offers: Sequence[ModelChoice], find_local: Action
    ) -> None:
        self._look = look
        self._actions = actions
        self._offers = tuple(offers)
        self._local: tuple[ModelChoice, ...] = ()
        self._find_local = find_local
        self._asked: tuple[tuple[str, ModelChoice], ...] = ()
        self._shown: tuple[object, ...] = ()
        self._state = ViewState()
        self._first: ModelRow | None = None
        self._over = Overlay(look, "models", WIDTH, HEIGHT)
        window = self._over.window
        head = look.row(window, look.widths((Icon.CLOSE,), look.fonts.small, 12))
        look.text(Icon.MODEL, head.left, colour=look.palette.accent)
        look.text("Choose who answers", head.left, font=look.fonts.body_bold, colour=look.palette.strong)
        look.icon_button(Icon.CLOSE, head.right, self.close, "Close", tag="models.close")
        self._search = dpg.add_input_text(
            parent=window,
            tag=SEARCH,
            width=-1,
            hint="Search: words of a name, a provider, an address",
            callback=on(self._draw),
        )
        self._list = dpg.add_child_window(parent=window, tag="models.list", width=-1, height=-look.px(26))
        look.themes.bind(self._list, "text_lines")
        self._foot = look.text("", window, font=look.fonts.small, colour=look.palette.faint)

    def open(self) -> None:
        """Show it, and ask every service that has not told its models yet."""
        self._find_local()
        self._ask()
        dpg.set_value(self._search, "")
        self._over.show(caret=self._search)
        self._shown = ()
        self._draw()

    def close(self) -> None:
        """Hide it."""
        self._over.hide()

    def found(self, local: tuple[ModelChoice, ...]) -> None:
        """Servers on this machine answered: they are offered as well."""
        self._local = local
        if self.opened:
            self._ask()
            self._draw()

    def refresh(self, state: ViewState) -> None:
        """Bring the rows up to date."""
        self._state = state
        if self.opened:
            self._draw()

    def key(self, press: Press) -> None:
        """Escape closes; Enter in the search box takes the first row."""
        if not self.opened:
            return
        if press.code == dpg.mvKey_Escape:
            self.close()
        elif press.code == dpg.mvKey_Return and dpg.is_item_focused(self._search) and self._first is not None:
            self._choose(self._first)

    def _sources(self) -> tuple[ModelChoice, ...]:
        return sources_of(self._offers, self._local, self._actions.model())

    def _ask(self) -> None:
        known = {(one.provider, one.base_url) for one in self._state.models}
        failed = {one.request_id for one in self._state.failures}
        waiting = {(c.provider, c.base_url) for request_id, c in self._asked if request_id not in failed}
        for source in self._sources():
            if (source.provider, source.base_url) not in known | waiting:
                request_id = self._actions.new_id()
                self._asked = (*self._asked, (request_id, source))
                self._actions.submit(ListModels(request_id=request_id, model=source))

    def _draw(self) -> None:
        state, current = self._state, self._actions.model()
        found = rows(
            self._sources(), state.models, state.failures, self._asked, current, dpg.get_value(self._search)
        )
        if (found,) == self._shown:
            return
        self._shown = (found,)
        self._first = next((row for row in found if row.usable), None)
        clear(self._list)
        self._draw_rows(found[:MOST_ROWS])
        more = (
            f"{len(found) - MOST_ROWS:,} more: type a word to narrow them.   "
            if len(found) > MOST_ROWS
            else ""
        )
        dpg.set_value(
            self._foot, f"{more}Prices are USD for a million tokens, in and out. Enter takes the first."
        )

    def _draw_rows(self, found: Sequence[ModelRow]) -> None:
        look = self._look
        if not found:
            look.text("No model has these words.", self._list, colour=look.palette.faint)
            return
        table = self._table()
        for number, row in enumerate(found):
            self._draw_row(row, dpg.add_table_row(parent=table), number)
            if row.note:  # over the whole width, which no cell has
                tone = look.palette.amber if row.info is not None else look.palette.faint
                note = f"       {text.one_line(row.note, 300)}"
                look.text(note, self._list, font=look.fonts.small, colour=tone, wrap=0)
                table = self._table()

    def _table(self) -> Item:
        table = dpg.add_table(parent=self._list, header_row=False, policy=dpg.mvTable_SizingStretchProp)
        self._look.themes.bind(table, "table")
        for weight in WEIGHTS:
            dpg.add_table_column(parent=table, width_stretch=True, init_width_or_weight=weight)
        return table

    def _draw_row(self, row: ModelRow, line: Item, number: int) -> None:
        look, fonts = self._look, self._look.fonts
        mark = Icon.CHECK if row.current else "   "
        name = text.one_line(row.choice.model or row.choice.provider, 120)
        font = fonts.body_bold if row.current else fonts.body
        shown = look.fit(name, font, self._over.column(WEIGHTS, 0) - look.size(f"{mark}  ", font)[0])
        item = dpg.add_selectable(
            parent=line,
            tag=f"models.row.{number}",
            span_columns=True,
            enabled=row.usable,
            callback=on(self._chooser(row)),
        )
        look.relabel(item, f"{mark}  {text.label(shown)}", font)
        where = text.one_line(row.choice.base_url or row.choice.provider, 200)
        if shown != name or look.size(where, fonts.small)[0] > self._over.column(WEIGHTS, 1):
            look.tip(item, f"{name}\n{where}")
        others = (
            look.fit(where, fonts.small, self._over.column(WEIGHTS, 1)),
            window_words(row.info),
            price_words(row.info),
        )
        for words in others:
            look.text(words, line, font=fonts.small, colour=look.palette.dim)

    def _chooser(self, row: ModelRow) -> Action:
        return lambda: self._choose(row)

    def _choose(self, row: ModelRow) -> None:
        self.close()
        self._actions.choose_model(row.choice)
