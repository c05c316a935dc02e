"""What a documentation run will ask and cost, at least and at most, as a small table."""

from copilot.desktop import text
from copilot.desktop.document_words import cost_words, range_words, what_words
from copilot.desktop.documented import Documented
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.settings_parts import card
from copilot.desktop.widgets import Look

_NAME = 72
"""Pixels at scale 1 of the column of names."""


class PlanTable:
    """`show` gives it the plan there is, or hides it."""

    def __init__(self, look: Look, parent: Item) -> None:
        self._look = look
        self._box = card(look, parent, "documents.plan")
        self._what = look.text("", self._box, font=look.fonts.small_bold, colour=look.palette.strong, wrap=0)
        table = dpg.add_table(
            parent=self._box,
            header_row=False,
            no_pad_outerX=True,
            policy=dpg.mvTable_SizingFixedFit,
        )
        look.themes.bind(table, "tight")
        dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=look.px(_NAME))
        dpg.add_table_column(parent=table, width_stretch=True, init_width_or_weight=1)
        self._values = {name: self._line(table, name) for name in ("model", "requests", "tokens", "cost")}
        dpg.hide_item(self._box)

    def show(self, state: Documented) -> None:
        """Show what a run asks, while there is one to begin or under way."""
        plan, model = state.plan, state.model
        there = plan is not None and not plan.nothing and state.phase in ("planned", "asking")
        dpg.configure_item(self._box, show=there)
        if plan is None or not there:
            return
        dpg.set_value(self._what, what_words(plan))
        who = "" if model is None else text.model_name(model.provider, model.model, " · ")
        dpg.set_value(self._values["model"], text.one_line(who, 200))
        dpg.set_value(self._values["requests"], range_words(plan.requests_least, plan.requests_most))
        told = f"{text.count(plan.input_least)} to {text.count(plan.input_most)}"
        said = f"{text.count(plan.output_least)} to {text.count(plan.output_most)}"
        dpg.set_value(self._values["tokens"], f"{told} in, {said} out")
        dpg.set_value(self._values["cost"], cost_words(plan))

    def _line(self, table: Item, name: str) -> Item:
        look = self._look
        row = dpg.add_table_row(parent=table)
        look.text(name, row, font=look.fonts.small, colour=look.palette.dim)
        font = look.fonts.small_bold if name == "cost" else look.fonts.small
        colour = look.palette.green if name == "cost" else look.palette.text
        return look.text("", row, font=font, colour=colour, wrap=0, tag=f"documents.plan.{name}")
