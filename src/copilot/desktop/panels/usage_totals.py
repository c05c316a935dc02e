"""The lines of the usage panel that add up: this turn, this branch, this project, today."""

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import Tone
from copilot.desktop.spending_view import TotalRow, rows
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.usage_events import UsageTotal

HEADS = (
    ("", "New", "Cached", "Output", "Cost"),
    ("", "New", "Cached", "Cost"),
    ("", "Tokens", "Cost"),
    ("", "Cost"),
)
"""The first of these that there is room for."""

CELL, EDGES = 11, 40
"""Pixels (at scale 1) around the words of a cell, and at both sides of the table."""


FOLLOW = 4
"""Frames until the library knows how far a panel can be scrolled that has grown."""


class UsageTotals:
    """A small table under a head that folds it, drawn anew when the sums or the room change."""

    def __init__(self, look: Look, parent: Item) -> None:
        self._look = look
        self._shown: tuple[object, ...] = ()
        self._found: tuple[TotalRow, ...] = ()
        self._low = False
        self._follow = 0
        self.chosen: bool | None = None
        self.item = dpg.add_group(parent=parent, show=False)
        self._head = look.button("", self.item, "fold", self.toggle, tag="usage.totals")
        self._body = dpg.add_group(parent=self.item)
        look.themes.bind(self._body, "diff")

    def show(self, totals: tuple[UsageTotal, ...]) -> None:
        """Show these."""
        self._found = rows(totals)
        dpg.configure_item(self.item, show=bool(self._found))
        self._draw()

    def fold_where_low(self, *, low: bool) -> None:
        """Folded where there is little room, as long as the person has not said otherwise."""
        self._low = low
        self._draw()

    def toggle(self) -> None:
        """Fold or unfold it; what is unfolded comes into view."""
        self.chosen = not self._folded()
        self._draw()
        self._follow = 0 if self.chosen else FOLLOW

    def tick(self) -> bool:
        """Once a frame; True while the panel is scrolled to what was unfolded."""
        if self._follow:
            self._follow -= 1
            dpg.set_y_scroll("usage", -1.0)
        return self._follow > 0

    def _folded(self) -> bool:
        return self._low if self.chosen is None else self.chosen

    def _draw(self) -> None:
        width = dpg.get_item_width("usage")
        shown = (self._found, self._folded(), width)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._body)
        folded = self._folded()
        words = f"{Icon.CHEVRON_RIGHT if folded else Icon.CHEVRON}  Sums"
        today = next((row for row in self._found if row.cap), None) or (self._found or (None,))[-1]
        if folded and today is not None:
            words += f"   {today.name.lower()}: {today.cost}{today.cap}"
        words = self._look.fit(words, self._look.fonts.small, width - self._look.px(40))
        dpg.configure_item(self._head, label=words)
        if self._found and not folded:
            self._draw_table(width - self._look.px(EDGES))

    def _draw_table(self, room: float) -> None:
        """As many of the numbers as there is room for; the others are told where the mouse rests."""
        look = self._look
        forms = [_columns(row) for row in self._found]
        heads = next((heads for heads in HEADS if self._needs(heads, forms) <= room), HEADS[-1])
        table = dpg.add_table(
            parent=self._body, header_row=False, borders_innerH=False, policy=dpg.mvTable_SizingFixedFit
        )
        for head in heads:
            width = self._wide(head, forms)
            dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=int(width) + 1)
        line = dpg.add_table_row(parent=table)
        for head in heads:
            look.text(head, line, font=look.fonts.caption, colour=look.palette.faint)
        for row, form in zip(self._found, forms, strict=True):
            line = dpg.add_table_row(parent=table)
            tones: dict[str, Tone] = {"": "text", "Cost": "red_soft" if row.over else "strong"}
            for head in heads:
                colour = look.palette.of(tones.get(head, "dim"))
                item = look.text(form[head], line, font=look.fonts.small, colour=colour)
                if not head:
                    look.tip(item, _tip(row))

    def _needs(self, heads: tuple[str, ...], forms: list[dict[str, str]]) -> float:
        return sum(self._wide(head, forms) for head in heads) + len(heads) * self._look.px(CELL)

    def _wide(self, head: str, forms: list[dict[str, str]]) -> float:
        look = self._look
        return max(look.size(words, look.fonts.small)[0] for words in (head, *(form[head] for form in forms)))


def _columns(row: TotalRow) -> dict[str, str]:
    """What stands under each head."""
    return {
        "": row.name,
        "Tokens": text.count(row.fresh + row.cached + row.output),
        "New": text.count(row.fresh),
        "Cached": text.count(row.cached),
        "Output": text.count(row.output),
        "Cost": f"{row.cost}{row.cap}",
    }


def _tip(row: TotalRow) -> str:
    split = f"{row.fresh:,} new, {row.cached:,} cached, {row.output:,} output"
    return "\n".join(filter(None, (row.note, split, f"{row.cost}{row.cap}", row.left)))
