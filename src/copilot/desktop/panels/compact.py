"""Summing up: the model's draft, to be read and changed before it is kept.

It lies over the window from the moment the draft is asked for until it is kept or thrown away.
"""

from typing import Literal

from copilot.desktop import text
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Over
from copilot.desktop.script_box import ScriptBox
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import CancelTurn, CompactBranch, KeepCompact
from copilot.vocabulary.events import CompactDrafted

WIDTH, HEIGHT = 860, 560
EDGES = 90
"""What padding, line numbers and the scrollbar take from the width of the text."""

ABOUT = (
    "It is sent in place of the messages that it covers. They stay in the project: a branch that begins "
    "before the summary has them back."
)
ASKING = "The model reads the earlier messages and writes a summary…"
ASKING_LATER = "The summary is written when this turn has ended."
AWAITED = "It appears here, to be read and changed before it is kept."


class Compact(Over):
    """Made once; `open` asks for a draft and shows it."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._asked = ""
        self._draft: CompactDrafted | None = None
        self._text = ""
        self._over = Overlay(look, "compact", WIDTH, HEIGHT)
        window = self._over.window
        row = dpg.add_group(parent=window, horizontal=True)
        look.text(Icon.HISTORY, row, colour=look.palette.accent)
        self._title = look.text("", row, font=look.fonts.body_bold, colour=look.palette.strong)
        self._words = look.text("", window, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        self._body = dpg.add_child_window(
            parent=window, tag="compact.body", width=-1, height=-look.px(48), horizontal_scrollbar=True
        )
        look.themes.bind(self._body, "inset")
        self._box = ScriptBox(look, self._body, self._typed, tag="compact.text")
        self._awaited = look.text(AWAITED, self._body, font=look.fonts.small, colour=look.palette.faint)
        foot = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(8))
        bold = look.fonts.small_bold
        self._drop_item = look.button("", foot, "quiet", self._drop, font=bold, tag="compact.drop")
        self._keep_item = look.button(
            f"{Icon.CHECK}  Keep", foot, "primary", self._keep, font=bold, tag="compact.keep"
        )

    def open(self) -> None:
        """Ask for a draft of the branch that is shown; a turn that runs comes to its end first."""
        state = self._state
        if self.opened or state.project is None:
            return
        self._asked = self._actions.new_id()
        self._draft, self._text = None, ""
        self._over.show()
        self._show("asking", "Summing up", ASKING if state.turn is None else ASKING_LATER)
        self._actions.submit(
            CompactBranch(
                request_id=self._asked,
                branch=state.branch,
                model=self._actions.model(),
                policy=ApprovalPolicy(),
            )
        )

    def key(self, press: Press) -> None:
        """Escape stops and closes while there is no draft; a draft goes by its own button alone."""
        if press.code == dpg.mvKey_Escape and self.opened and self._draft is None:
            self._drop()

    def refresh(self, state: ViewState) -> None:
        """Show the draft, or why there is none, once it is there."""
        self._state = state
        if not self.opened or self._draft is not None:
            return
        failed = next((one for one in state.failures if one.request_id == self._asked), None)
        draft = state.drafted
        if draft is not None and draft.request_id == self._asked:
            self._draft, self._text = draft, draft.text
            number = text.plural(len(draft.covers), "message")
            self._box.put(draft.text, dpg.get_item_width(self._over.window) - self._look.px(EDGES))
            self._box.open(editable=True)
            self._show("draft", f"A summary of {number} of {text.one_line(draft.branch, 40)}", ABOUT)
        elif failed is not None:
            words = f"{failed.message} {failed.hint}".strip()
            self._show("failed", "No summary was made", text.shown(text.bounded(words, 800)))

    def _show(self, phase: Literal["asking", "draft", "failed"], title: str, words: str) -> None:
        dpg.set_value(self._title, title)
        dpg.set_value(self._words, words)
        dpg.configure_item(
            self._words, color=self._look.palette.amber if phase == "failed" else self._look.palette.dim
        )
        self._box.show(shown=phase == "draft")
        dpg.configure_item(self._body, show=phase != "failed")
        dpg.configure_item(self._awaited, show=phase == "asking")
        dpg.configure_item(self._keep_item, show=phase == "draft")
        labels = {"asking": f"{Icon.STOP}  Stop", "draft": "Throw it away", "failed": "Close"}
        dpg.configure_item(self._drop_item, label=labels[phase])

    def _typed(self, words: str) -> None:
        self._text = words

    def _keep(self) -> None:
        draft = self._draft
        if draft is not None and self._text.strip():
            keep = KeepCompact(
                request_id=self._actions.new_id(), branch=draft.branch, text=self._text, covers=draft.covers
            )
            self._over.hide()
            self._actions.submit(keep)

    def _drop(self) -> None:
        if self._draft is None:
            self._actions.submit(CancelTurn(turn_id=self._asked))
        self._over.hide()
