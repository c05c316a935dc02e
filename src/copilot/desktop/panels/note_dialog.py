"""Noting a branch's conclusion in another: its last answer, to be read and shortened before it is kept."""

from copilot.desktop import text
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Over
from copilot.desktop.script_box import ScriptBox
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.commands import MergeNote

WIDTH, HEIGHT = 860, 520
_EDGES = 90
_FOOT = 74
"""Pixels at scale 1 below the text: why it could not be kept, and the buttons."""


class NoteDialog(Over):
    """Made once; `open` shows what would be noted."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._source = self._target = ""
        self._message: str | None = None
        self._text = ""
        self._asked = ""
        self._before: str | None = None
        self._over = Overlay(look, "note", WIDTH, HEIGHT)
        window = self._over.window
        row = dpg.add_group(parent=window, horizontal=True)
        look.text(Icon.BRANCH, row, colour=look.palette.accent)
        self._title = look.text("", row, font=look.fonts.body_bold, colour=look.palette.strong)
        self._words = look.text("", window, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        body = dpg.add_child_window(
            parent=window, tag="note.body", width=-1, height=-look.px(_FOOT), horizontal_scrollbar=True
        )
        look.themes.bind(body, "inset")
        self._box = ScriptBox(look, body, self._typed, tag="note.text")
        self._said = look.text("", window, font=look.fonts.small, colour=look.palette.amber, wrap=0)
        foot = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(8))
        bold = look.fonts.small_bold
        look.button("Cancel", foot, "quiet", self.close, font=bold, tag="note.cancel")
        keep = f"{Icon.CHECK}  Keep the note   Ctrl+Enter"
        look.button(keep, foot, "primary", self._keep, font=bold, tag="note.keep")

    def open(self, source: str, target: str) -> None:
        """Show the last answer of `source`, to be noted in `target`."""
        answers = [m for m in self._state.path_of(source) if m.role == "assistant" and m.text.strip()]
        last = answers[-1] if answers else None
        self._source, self._target = source, target
        self._message = last.id if last is not None else None
        self._text = last.text.strip() if last is not None else ""
        names = text.one_line(source, 40), text.one_line(target, 40)
        dpg.set_value(self._title, f"Note what {names[0]} came to in {names[1]}")
        words = (
            f"It is kept as a message of {names[1]} that says where it comes from. Change it as you like; "
            "the model reads it with the next request there."
        )
        dpg.set_value(self._words, words)
        self._say("")
        self._asked = ""
        self._over.show()
        self._box.put(self._text, dpg.get_item_width(self._over.window) - self._look.px(_EDGES))
        self._box.open(editable=True)

    def close(self) -> None:
        """Hide it; nothing is kept."""
        self._asked = ""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Know the branches, and what became of the note: one that could not be kept is still there."""
        self._state = state
        if not self._asked:
            return
        if failed := next((one for one in state.failures if one.request_id == self._asked), None):
            self._asked = ""
            self._say(" ".join(filter(None, (f"{failed.message}.", failed.hint))))
        elif self._tip() != self._before:
            self.close()

    def key(self, press: Press) -> None:
        """Ctrl+Enter keeps; Escape closes."""
        if press.chord.key == "Escape":
            self.close()
        elif str(press.chord) == "Ctrl+Enter":
            self._keep()

    def _typed(self, words: str) -> None:
        self._text = words

    def _tip(self) -> str | None:
        """The last message of the branch that gets the note."""
        path = self._state.path_of(self._target)
        return path[-1].id if path else None

    def _say(self, words: str) -> None:
        dpg.set_value(self._said, text.shown(words))

    def _keep(self) -> None:
        if not self._text.strip() or self._asked:
            return
        self._asked, self._before = self._actions.new_id(), self._tip()
        self._say("")
        self._actions.submit(
            MergeNote(
                request_id=self._asked,
                branch=self._target,
                source=self._source,
                message=self._message,
                text=self._text.strip(),
            )
        )
