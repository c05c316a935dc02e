"""*Always allow this*, in the approval dialog: rules that would cover the request, and what they would match.

Nothing is added before the person presses the button below the rule that they read.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from copilot.desktop import text
from copilot.desktop.confirm_place import FOOT
from copilot.desktop.gate import Item, dpg
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.approvals import (
    ConfirmDialog,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
)
from copilot.vocabulary.commands import AddRule, Command, ProposeRule
from copilot.vocabulary.events import RuleProposed
from copilot.vocabulary.policies import RuleMatch, RuleProposal

ROOM = "confirm.rule"
RULE_KEYS = (
    ("Alt+L", "Always allow this: the rules that could be added"),
    ("Alt+K", "Add the rule that is shown, and approve"),
)
_MATCHES = 30
_EDITED = "A rule would be for the text as it was proposed; you have changed it."


class RuleRoom:
    """Made once, beside the text that is asked about. `approve` hears that a rule was added, `front` whether
    the room is before the text. Without `rules` there are none to be added: they are a server's own."""

    def __init__(
        self,
        look: Look,
        parent: Item,
        submit: Callable[[Command], None],
        approve: Callable[[], None],
        front: Callable[[bool], None],
        *,
        rules: bool = True,
    ) -> None:
        self._look, self._rules = look, rules
        self._submit = submit
        self._approve = approve
        self._front = front
        self._request: ConfirmDialog | None = None
        self._found: RuleProposed | None = None
        self._asked = self._adding = ""
        self._number = 0
        self._trouble = ""
        self.room = dpg.add_child_window(parent=parent, tag=ROOM, height=-look.px(FOOT), width=-1, show=False)
        look.themes.bind(self.room, "inset")

    @property
    def opened(self) -> bool:
        """Whether it is in front."""
        return bool(dpg.is_item_shown(self.room))

    def begin(self, request: ConfirmDialog) -> None:
        """Another request is shown: nothing is known of rules for it."""
        self._request, self._found = request, None
        self._asked = self._adding = self._trouble = ""
        self._number = 0
        dpg.hide_item(self.room)

    @property
    def possible(self) -> bool:
        """Whether a rule can speak of the request at all."""
        detail = self._request.detail if self._request is not None else None
        return self._rules and isinstance(
            detail, (ScriptDetail, FileWriteDetail, PythonFileDetail, McpDetail, HandOverDetail)
        )

    def turn(self, *, edited: bool) -> None:
        """Bring the room to the front, or the text again."""
        request = self._request
        if request is None or not self.possible:
            return
        if self.opened:
            dpg.hide_item(self.room)
            self._front(False)
            return
        self._trouble = _EDITED if edited else ""
        if not self._asked and not edited:
            self._asked = f"rules of {request.request_id}"
            self._submit(ProposeRule(request_id=self._asked, request=request))
        dpg.show_item(self.room)
        self._front(True)
        self._draw()

    def refresh(self, state: ViewState) -> None:
        """Hear what was found, and that a rule was added."""
        found = state.proposed
        if found is not None and found is not self._found and found.request_id == self._asked:
            self._found = found
            self._draw()
        if not self._adding:
            return
        if state.added is not None and state.added.request_id == self._adding:
            self._adding = ""
            self._approve()
        elif failed := next((one for one in state.failures if one.request_id == self._adding), None):
            self._adding = ""
            self._trouble = " ".join(filter(None, (f"{failed.message}.", failed.hint)))
            self._draw()

    def add(self) -> None:
        """Add the rule that is shown; the request is approved once it stands in `config.toml`."""
        found = self._found
        if not self.opened or self._adding or self._trouble == _EDITED or found is None:
            return
        if found.proposals:
            self._adding = f"rule for {found.approval}"
            self._submit(AddRule(request_id=self._adding, rule=found.proposals[self._number].rule))

    def _draw(self) -> None:
        if not self.opened:
            return
        look, room = self._look, self.room
        clear(room)
        found = self._found
        if self._trouble:
            self._line(f"{Icon.WARNING}  {text.shown(self._trouble)}", room, tone="amber")
        if self._trouble == _EDITED:
            return
        if found is None:
            self._line(f"{Icon.HOURGLASS}  Looking through the logs …", room)
        elif not found.proposals:
            self._line("No rule can let this pass unasked:", room)
            self._line(text.shown(found.trouble), room, tone="amber")
        else:
            tabs = dpg.add_group(parent=room, horizontal=True, horizontal_spacing=look.px(4))
            for number, one in enumerate(found.proposals):
                style = "tab_on" if number == self._number else "tab_off"
                words = "Exactly this" if number == 0 else "Also others like it"
                look.button(words, tabs, style, self._chooser(number), tag=f"{ROOM}.{number}")
                look.tip(f"{ROOM}.{number}", text.shown(one.words))
            look.gap(tabs, width=16)
            add = f"{Icon.PLUS}  Add this rule and approve   Alt+K"
            look.button(add, tabs, "primary", self.add, font=look.fonts.small_bold, tag=f"{ROOM}.add")
            self._draw_rule(found.proposals[self._number])

    def _draw_rule(self, one: RuleProposal) -> None:
        look, room = self._look, self.room
        look.gap(room, height=6)
        self._line(f"Lets pass unasked, from now on: {text.shown(one.words)}.", room, tone="strong")
        look.gap(room, height=4)
        lines = dpg.add_group(parent=room)
        look.themes.bind(lines, "text_lines")
        for line in one.toml.rstrip().split("\n"):
            look.text(text.shown(line), lines, font=look.fonts.mono, colour=look.palette.code, wrap=0)
        look.gap(room, height=6)
        self._line(_matched(one), room)
        for match in one.matches[:_MATCHES]:
            self._match(match)
        if one.total > _MATCHES:
            self._line(f"and {one.total - _MATCHES:,} more", room)

    def _match(self, match: RuleMatch) -> None:
        look = self._look
        row = dpg.add_group(parent=self.room, horizontal=True, horizontal_spacing=look.px(10))
        day = f"{datetime.fromtimestamp(match.at, UTC):%Y-%m-%d}"
        look.text(day, row, font=look.fonts.small, colour=look.palette.faint)
        tone = look.palette.red_soft if match.answered == "reject" else look.palette.code
        look.text(text.one_line(match.text, 90), row, font=look.fonts.mono_small, colour=tone)
        then = {"": "", "approve": "approved", "reject": "rejected then"}[match.answered]
        where = f"{then}  {match.log}:{match.line}".strip()
        look.text(text.shown(where), row, font=look.fonts.small, colour=look.palette.faint)

    def _line(self, words: str, parent: Item, *, tone: str = "dim") -> None:
        palette = self._look.palette
        colour = {"amber": palette.amber, "strong": palette.strong}.get(tone, palette.dim)
        self._look.text(words, parent, font=self._look.fonts.small, colour=colour, wrap=0)

    def _chooser(self, number: int) -> Callable[[], None]:
        def choose() -> None:
            self._number = number
            self._draw()

        return choose


def _matched(one: RuleProposal) -> str:
    if not one.looked:
        return "The logs hold no request yet that it could have matched."
    looked = text.plural(one.looked, "request")
    return f"Of {looked} in the logs it would have let pass {f'{one.total:,}:' if one.total else 'none.'}"
