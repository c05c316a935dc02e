"""One message to several branches or models at once; each answers on a branch of its own, side by side."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from copilot.desktop import text
from copilot.desktop.branch_rows import BranchRow, branch_rows, row_facts
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Over
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, on
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice

WIDTH, HEIGHT = 860, 620
REST, SEARCH, LEAST = 142, 41, 150
"""Pixels (at scale 1) of all but the boxes, of the line to search in; and what the boxes have at least."""

_BESIDE = 88
"""Pixels at scale 1 of a column beside the words of a box: edges, the box to tick, the scrollbar."""

MOST = 16
"""Turns at once (`ai.crew`)."""

_MODELS = 80
"""Models listed; who has more narrows them by a word."""


@frozen
class Asked:
    """What is sent to whom: branches go on as they are, each model gets a new branch."""

    words: str
    branches: tuple[str, ...]
    models: tuple[ModelChoice, ...]


class Several(Over):
    """Made once; `open` shows it with the words of the composer. `ask` sends, and says whether it did."""

    def __init__(
        self, look: Look, actions: Actions, offers: Sequence[ModelChoice], ask: Callable[[Asked], bool]
    ) -> None:
        self._look = look
        self._actions = actions
        self._offers = tuple(offers)
        self._ask = ask
        self._state = ViewState()
        self._words = ""
        self._branches: set[str] = set()
        self._models: set[ModelChoice] = set()
        self._shown: tuple[object, ...] = ()
        self._facts: tuple[object, ...] = ()
        self._rows: tuple[BranchRow, ...] = ()
        self._over = Overlay(look, "several", WIDTH, HEIGHT)
        window = self._over.window
        head = look.row(window, look.widths((Icon.CLOSE,), look.fonts.small, 12))
        look.text(Icon.SEND, head.left, colour=look.palette.accent)
        look.text("Ask several at once", head.left, font=look.fonts.body_bold, colour=look.palette.strong)
        look.icon_button(Icon.CLOSE, head.right, self.close, "Close", tag="several.close")
        self._box = dpg.add_input_text(
            parent=window,
            tag="several.words",
            multiline=True,
            width=-1,
            height=look.px(130),
            callback=self._typed,
        )
        look.themes.bind(self._box, "note_field")
        columns = dpg.add_table(parent=window, header_row=False, policy=dpg.mvTable_SizingStretchSame)
        dpg.add_table_column(parent=columns)
        dpg.add_table_column(parent=columns)
        line = dpg.add_table_row(parent=columns)
        left, right = dpg.add_group(parent=line), dpg.add_group(parent=line)
        self._title("Models, each on a new branch from here", left)
        search = dpg.add_input_text(
            parent=left, tag="several.search", width=-1, hint="Search models", callback=on(self._draw)
        )
        look.themes.bind(search, "setting_field")
        self._model_list = dpg.add_child_window(parent=left, tag="several.models", width=-1)
        self._title("Branches, each as it is", right)
        self._branch_list = dpg.add_child_window(parent=right, tag="several.branches", width=-1)
        foot = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(10))
        self._send_item = look.button(
            "Send   Ctrl+Enter", foot, "primary", self._send, font=look.fonts.small_bold, tag="several.send"
        )
        self._said = look.text("", foot, font=look.fonts.small, colour=look.palette.dim)

    def open(self, words: str) -> None:
        """Show it; `words` are there to be sent."""
        self._words = words
        self._branches.clear()
        self._models.clear()
        self._shown = ()
        dpg.set_value(self._box, words)
        dpg.set_value("several.search", "")
        self._over.show(caret=self._box if not words else "several.search")
        self._place()
        self._draw()

    def close(self) -> None:
        """Hide it; nothing is sent."""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Show what changed."""
        self._state = state
        if self.opened:
            self._draw()

    def key(self, press: Press) -> None:
        """Ctrl+Enter sends; Escape closes."""
        if press.chord.key == "Escape":
            self.close()
        elif str(press.chord) == "Ctrl+Enter":
            self._send()

    def _place(self) -> None:
        """The boxes share what the window has beside the rest."""
        px = self._look.px
        room = max(dpg.get_item_height(self._over.window) - px(REST), px(LEAST))
        words = min(px(130), room // 3)
        dpg.configure_item(self._box, height=words)
        dpg.configure_item(self._model_list, height=room - words - px(SEARCH))
        dpg.configure_item(self._branch_list, height=room - words)

    def _title(self, words: str, parent: Item) -> None:
        self._look.text(words, parent, font=self._look.fonts.small_bold, colour=self._look.palette.dim)

    def _typed(self, _sender: Any, value: Any, _user: Any) -> None:
        if not dpg.is_key_down(dpg.mvKey_Escape):  # by which the library undoes everything
            self._words = str(value)
            self._tell()

    def _candidates(self) -> tuple[ModelChoice, ...]:
        """The models of the menu, then all that services have listed, as the search narrows them."""
        sources = {(one.provider, one.base_url): one for one in (*self._offers, self._actions.model())}
        listed = (
            replace(sources[told.provider, told.base_url], model=name)
            for told in self._state.models
            if (told.provider, told.base_url) in sources
            for name in told.models
        )
        words = str(dpg.get_value("several.search")).casefold().split()
        every = dict.fromkeys((*self._offers, self._actions.model(), *listed))
        return tuple(
            one for one in every if all(w in f"{one.provider} {one.model}".casefold() for w in words)
        )

    def _draw(self) -> None:
        models = self._candidates()
        facts = row_facts(self._state)
        if facts != self._facts:
            self._facts, self._rows = facts, branch_rows(self._state)
        rows = self._rows
        self._branches.intersection_update(row.name for row in rows)
        shown = (models, rows)
        if shown != self._shown:
            self._shown = shown
            clear(self._model_list)
            for number, model in enumerate(models[:_MODELS]):
                name = text.one_line(text.model_name(model.provider, model.model), 120)
                self._check(self._model_list, f"several.model.{number}", name, "", model, self._models)
            clear(self._branch_list)
            for number, row in enumerate(rows):
                name, phase = text.one_line(row.name, 120), f"   {row.phase}" if row.phase else ""
                tag = f"several.branch.{number}"
                item = self._check(self._branch_list, tag, name, phase, row.name, self._branches)
                dpg.configure_item(item, enabled=not row.phase)
                if row.phase:
                    self._branches.discard(row.name)
        self._tell()

    def _check(self, parent: Item, tag: str, name: str, phase: str, value: Any, chosen: set[Any]) -> Item:
        """A box to tick, its name cut to what the column has room for."""
        look, font = self._look, self._look.fonts.body

        def change(_sender: Any, checked: Any, _user: Any) -> None:
            (chosen.add if checked else chosen.discard)(value)
            self._tell()

        box = dpg.add_checkbox(parent=parent, tag=tag, default_value=value in chosen, callback=change)
        room = dpg.get_item_width(self._over.window) / 2 - look.px(_BESIDE) - look.size(phase, font)[0]
        shown = look.fit(name, font, room)
        look.relabel(box, text.label(shown) + phase, font)
        if shown != name:
            look.tip(box, name)
        return look.themes.bind(box, "check")

    def _number(self) -> int:
        return len(self._branches) + len(self._models)

    def _tell(self) -> None:
        number, running = self._number(), len(self._state.turns)
        if number + running > MOST:
            said = f"At most {MOST} turns run at once; {text.plural(running, 'turn')} run now."
        elif not number:
            said = "Choose at least one model or branch."
        else:
            said = f"{text.plural(number, 'request')}, each with its own cost and its own approvals."
        dpg.set_value(self._said, said)
        dpg.configure_item(self._send_item, enabled=self._ready())

    def _ready(self) -> bool:
        return bool(self._words.strip()) and 0 < self._number() <= MOST - len(self._state.turns)

    def _send(self) -> None:
        if not self._ready():
            return
        order = [row.name for row in self._rows if row.name in self._branches]
        models = [one for one in self._candidates() if one in self._models]
        rest = [one for one in self._models if one not in models]
        asked = Asked(words=self._words, branches=tuple(order), models=(*models, *rest))
        if self._ask(asked):
            self.close()
