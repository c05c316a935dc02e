"""The budget of the context: its tokens, the order in which files keep their views, what stepped down."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.widgets import Icon, Look, on
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileState, Standing

STANDING_WORDS: dict[Standing, str] = {
    "pinned": "pinned by you",
    "named": "named in the message",
    "recent": "changed lately",
    "referenced": "used by what is chosen",
    "rest": "everything else",
}


@frozen(kw_only=False)
class BudgetActions:
    """What the view asks for: another budget or order, a pin on a file that stepped down."""

    set_budget: Callable[[int, tuple[Standing, ...]], None]
    bring_back: Callable[[str], None]


def moved(rank: tuple[Standing, ...], at: int, by: int) -> tuple[Standing, ...]:
    """The order after one of its members went `by` places; as before where it cannot."""
    to = at + by
    if not (0 <= at < len(rank) and 0 <= to < len(rank)):
        return rank
    changed = list(rank)
    changed.insert(to, changed.pop(at))
    return tuple(changed)


class ContextBudget:
    """`show` when the project or the context changed, `place` when the room did, `tick` once a frame."""

    def __init__(self, look: Look, parent: Item, actions: BudgetActions) -> None:
        self._look = look
        self._actions = actions
        self._rank: tuple[Standing, ...] = ()
        self._stepped: tuple[FileState, ...] = ()
        self._budget = 0
        self._fits = ""
        self.item = dpg.add_group(parent=parent, show=False)
        line = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(6))
        look.themes.bind(line, "segment_line")
        self._field = dpg.add_input_text(
            parent=line,
            tag="context.budget",
            width=look.px(84),
            decimal=True,
            on_enter=True,
            callback=on(self._take_budget),
        )
        dpg.bind_item_font(self._field, look.fonts.small)
        look.text("tokens", line, font=look.fonts.small, colour=look.palette.dim)
        look.themes.bind(self._field, "segment_field")
        self._set = look.button("Set", line, "segment_off", self._take_budget, tag="context.set_budget")
        words = "Beyond it, files step down to smaller views, from below:"
        self._words = look.text(words, self.item, font=look.fonts.small, colour=look.palette.faint)
        self.list = Sheet(look, self.item, "context.rank", look.fonts.small, picked=self.choose)
        self.list.cursor = 0
        self._buttons = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(4))
        self._up = look.button(
            "Sooner", self._buttons, "segment_off", lambda: self.move(-1), tag="context.sooner"
        )
        self._down = look.button(
            "Later", self._buttons, "segment_off", lambda: self.move(1), tag="context.later"
        )
        self._back = look.button(
            f"{Icon.PIN}  Bring back", self._buttons, "segment_off", self.bring_back, tag="context.bring_back"
        )
        self._why = look.text("", self._buttons, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        look.themes.bind(self._buttons, "segment_line")
        look.tip(self._up, "The later a file comes in this order, the sooner its view steps down  (Left)")
        look.tip(self._down, "(Right)")
        look.tip(self._back, "Pin the file: it is then the last to step down  (P)")

    @property
    def typing(self) -> bool:
        """Whether the caret is in the field of the budget."""
        return bool(dpg.is_item_focused(self._field))

    def type(self) -> None:
        """The caret goes into the field of the budget."""
        self._look.caret.give(self._field)

    def show(self, budget: int, rank: tuple[Standing, ...], stepped: tuple[FileState, ...]) -> None:
        """Show these."""
        if budget != self._budget:
            dpg.set_value(self._field, str(budget))
        self._budget, self._rank, self._stepped = budget, rank, stepped
        self.list.cursor = min(self.list.cursor, self._count() - 1)
        self.list.show(self._count(), self._line, top=False)
        self._show_buttons()

    def place(self, width: float, height: float, *, wide: bool) -> None:
        """Give the view this room, in pixels; words that explain it only where it is wide."""
        px = self._look.px
        dpg.configure_item(self._words, show=wide)
        around = 2 * 24 + 2 * 8 + ((20 + 8) if wide else 0)
        self.list.place(width, max(px(60), height - px(around)))

    def tick(self) -> bool:
        """Once a frame while it is shown. True while it still moves."""
        return self.list.tick()

    def step(self, by: int) -> None:
        """Choose the line above or below."""
        at = self.list.cursor + by
        if at == len(self._rank):
            at += 1 if by > 0 else -1
        if 0 <= at < self._count():
            self.choose(at)
            self.list.go_to(at)

    def choose(self, number: int) -> None:
        """Choose a line: a member of the order, or a file that stepped down."""
        if number != len(self._rank):
            self.list.cursor = number
            self.list.redraw()
            self._show_buttons()

    def move(self, by: int) -> None:
        """Move the chosen member of the order."""
        rank = moved(self._rank, self.list.cursor, by)
        if rank != self._rank:
            self.list.cursor += by
            self._actions.set_budget(self._budget, rank)

    def bring_back(self) -> None:
        """Pin the chosen file."""
        file = self._file(self.list.cursor)
        if file is not None:
            self._actions.bring_back(file.path)

    def _count(self) -> int:
        return len(self._rank) + 1 + len(self._stepped)

    def _file(self, number: int) -> FileState | None:
        at = number - len(self._rank) - 1
        return self._stepped[at] if 0 <= at < len(self._stepped) else None

    def _line(self, number: int) -> Line:
        palette = self._look.palette
        if number < len(self._rank):
            return Line(STANDING_WORDS[self._rank[number]], palette.text, gutter="", right=f"{number + 1}.")
        file = self._file(number)
        if file is None:
            found = len(self._stepped)
            words = (
                f"{text.plural(found, 'file')} stepped down" if found else "All chosen files fit as chosen"
            )
            return Line(words, palette.amber if found else palette.green)
        return Line(
            text.one_line(file.path, 300),
            palette.text,
            right=f"{file.wanted} to {file.view}",
            dot=palette.amber,
        )

    def _show_buttons(self) -> None:
        file = self._file(self.list.cursor)
        for item in (self._up, self._down):
            dpg.configure_item(item, show=file is None)
        dpg.configure_item(self._back, show=file is not None)
        dpg.set_value(self._why, text.one_line(file.why, 200) if file is not None else "")

    def _take_budget(self) -> None:
        typed = str(dpg.get_value(self._field)).strip()
        budget = int(float(typed)) if typed.replace(".", "", 1).isdigit() else 0
        if budget > 0 and budget != self._budget:
            self._actions.set_budget(budget, self._rank)
        elif budget <= 0:
            dpg.set_value(self._field, str(self._budget))
