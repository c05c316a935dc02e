"""Where the person writes. Ctrl+Enter sends; Escape, which the library takes as "undo all", loses nothing."""

from collections.abc import Callable
from typing import Any

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.attachable import attachable
from copilot.desktop.clipboard import files_in
from copilot.desktop.countdown import Countdown, counting
from copilot.desktop.gate import Item, dpg
from copilot.desktop.intake import Intake
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.tray import TRAY_HEIGHT, Tray
from copilot.desktop.spending_view import bounds_of
from copilot.desktop.view_state import PHASE_WORDS, Turn, ViewState
from copilot.desktop.widgets import Icon, Look, on, window
from copilot.vocabulary.commands import TryNow
from copilot.vocabulary.values import ModelChoice

INPUT = "composer.input"
TRY_NOW = "Try now"
SEND, STOP = f"Send  {Icon.SEND}", f"{Icon.STOP}  Stop"


class Composer(Panel):
    """The panel `composer`."""

    def __init__(self, look: Look, actions: Actions, ticks: Callable[[], float], intake: Intake) -> None:
        self._ticks = ticks
        self._wait: Countdown | None = None
        self._look = look
        self._actions = actions
        self._draft = ""
        self._before: str | None = None
        self._shown: tuple[object, ...] = ()
        self._restore = 0
        self._sent = ""
        self._refocus = False
        self._hinted = True
        self._drop = ""
        self._drop_frames = 0
        self._item = window("composer", "Composer")
        self._card = dpg.add_child_window(
            parent=self._item, tag="composer.card", width=-1, height=-1, no_scrollbar=True
        )
        look.themes.bind(self._card, "composer")
        self.tray = Tray(look, actions, self._card, self._tray_changed)
        self._intake = intake
        self._input = dpg.add_input_text(
            parent=self._card,
            tag=INPUT,
            multiline=True,
            width=-1,
            height=-look.px(46),
            tab_input=True,
            callback=self._edited,
        )
        look.themes.bind(self._input, "flat_field")
        line = dpg.add_group(parent=self._card, horizontal=True)
        self._foot = dpg.add_group(parent=line)
        look.icon_button(
            Icon.ATTACH, line, actions.open_attach, "Attach an image or a PDF", tag="composer.attach"
        )
        # Made once: a button that is made anew between press and release would lose the click.
        bold = look.fonts.small_bold
        self._send_item = look.button(
            SEND, line, "primary", self._send_by_mouse, font=bold, tag="composer.send"
        )
        self._stop_item = look.button(
            STOP, line, "stop", actions.stop, font=bold, tag="composer.stop", show=False
        )
        self._now_item = look.button(
            TRY_NOW, line, "ghost", self._try_now, font=bold, tag="composer.now", show=False
        )
        self._hint = look.text(
            "Ask for something, or say what should change…",
            self._card,
            colour=look.palette.faint,
            pos=[look.px(17), look.px(5)],
        )

    @property
    def focused(self) -> bool:
        """Whether the caret is in the box."""
        return bool(dpg.is_item_focused(self._input))

    @property
    def draft(self) -> str:
        """The text as the person last had it."""
        return self._draft

    def refresh(self, state: ViewState) -> None:
        """Show who answers, and *Send* or *Stop*."""
        turn, model = state.turn, self._actions.model()
        width = dpg.get_item_rect_size(self._card)[0]
        files = len(state.context.files) if state.context is not None else 0
        tokens = state.context.tokens if state.context is not None else 0
        phase = turn.phase if turn is not None else None
        self._wait = counting(self._wait, turn, self._ticks())
        seconds = self._wait.left(self._ticks()) if self._wait is not None else 0
        costs = bounds_of(state.preview, model)
        shown = (phase, model, width, files, tokens, seconds, costs)
        if shown == self._shown or width < 50:
            return
        self.tray.resize(width - self._look.px(34))
        self._shown = shown
        size = f"{text.plural(files, 'file')} · {text.count(tokens)}" if files else ""
        self._draw_foot(turn, model, width, " · ".join(filter(None, (size, costs))))

    def _draw_foot(self, turn: Turn | None, model: ModelChoice, width: float, context: str) -> None:
        look, fonts = self._look, self._look.fonts
        dpg.delete_item(self._foot, children_only=True)
        dpg.configure_item(self._send_item, show=turn is None)
        dpg.configure_item(self._stop_item, show=turn is not None)
        seconds = self._wait.left(self._ticks()) if self._wait is not None else 0
        dpg.configure_item(self._now_item, show=seconds > 0)
        labels = (SEND,) if turn is None else (STOP, TRY_NOW) if seconds > 0 else (STOP,)
        button = look.widths(labels, fonts.small_bold, 32) + look.widths((Icon.ATTACH,), fonts.small, 20)
        hint = PHASE_WORDS[turn.phase] + "…" if turn is not None else "Ctrl+Enter"
        if turn is not None and self._wait is not None:
            hint = f"sent in {text.seconds(seconds)}" if seconds else PHASE_WORDS["sending"] + "…"
        hint_width = look.size(hint, fonts.small)[0]
        right = button + hint_width + look.px(20)
        row = look.row(self._foot, hint_width, width=width - button - look.px(2 * 14 + 8))
        name = text.model_name(model.provider, model.model, " · ")
        room = width - right - look.px(86)
        context_width = look.size(context, fonts.small)[0] + look.px(52) if context else 0.0
        if look.size(name, fonts.small)[0] + context_width > room:
            context, context_width = "", 0.0
        colour = look.palette.amber if model.provider == "rehearsal" else look.palette.accent_bright
        said = look.fit(name, fonts.small, max(room - context_width, look.px(60)))
        chip = look.chip(f"{Icon.MODEL}  {said}", row.left, colour, tag="composer.model")
        told = "The model's words are rehearsed." if model.provider == "rehearsal" else "Who answers next"
        dpg.configure_item(chip, callback=on(self._actions.open_models))
        look.tip(chip, f"{told}\nClick to choose another.")
        if context:
            look.chip(f"{Icon.CONTEXT}  {context}", row.left)
        look.text(
            hint, row.right, font=fonts.small, colour=look.palette.faint if turn is None else look.palette.dim
        )

    def send(self) -> bool:
        """Send the draft; it stays when it was not taken."""
        sent = self._draft
        attached = self.tray.parts
        if not (sent.strip() or attached) or not self._actions.send(sent, attached):
            return False
        self._draft, self._sent = "", sent
        self.tray.set(())
        dpg.set_value(self._input, "")
        self._restore = 3
        return True

    def send_by_key(self) -> None:
        """Send by Ctrl+Enter: the caret stays, and a line break that this very Enter made is taken back."""
        if self._before is not None and self._draft.count("\n") > self._before.count("\n"):
            self._draft = self._before
        if self.send():
            self._refocus = True  # not otherwise: focus selects the whole text, and one more key replaces it
        self._restore = 8
        if dpg.is_item_active(self._input):
            # The value of a box that has the caret cannot be set, so the caret leaves for a moment.
            dpg.focus_item("discussion")

    def pasted(self) -> None:
        """Ctrl+V in the box: what the clipboard names is attached in place of its name; so is a picture."""
        words = str(dpg.get_clipboard_text() or "")
        paths = files_in(words)
        if paths and all(map(attachable, paths)):
            self._intake.add(paths)
            self._drop, self._drop_frames = words.strip(), 30
            self._drop_pasted(self._draft)
        elif not words:
            self._intake.add_picture()

    def _drop_pasted(self, value: str) -> bool:
        """Take the pasted path out of the draft. True where it was there."""
        if not self._drop or self._drop not in value:
            return False
        self._draft = value.replace(self._drop, "", 1)
        self._drop, self._restore, self._refocus = "", 8, not self._draft
        dpg.focus_item("discussion")  # as in `send_by_key`
        return True

    def _tray_changed(self) -> None:
        self._shown = ()
        high = 4 + (TRAY_HEIGHT if self.tray.parts else 0)
        dpg.configure_item(self._hint, pos=[self._look.px(17), self._look.px(high)])

    def insert(self, words: str) -> None:
        """Replace the draft."""
        self._draft = words
        dpg.set_value(self._input, words)

    def focus(self) -> None:
        """Put the caret into the box."""
        dpg.focus_item(self._input)

    def keys_to(self) -> Item:
        """The box."""
        return self._input

    def key(self, press: Press) -> None:
        """Ctrl+V in the box."""
        if press.code == dpg.mvKey_V and "Ctrl" in press.chord.modifiers and self.focused:
            self.pasted()

    def actions(self) -> tuple[NamedAction, ...]:
        """Sending."""
        return (
            NamedAction(
                name="message.send",
                title="Send the message",
                run=self.send_by_key,
                keys="Ctrl+Enter",
                group="Session",
            ),
        )

    def escaped(self) -> None:
        """Escape was pressed: the library has put back an older text; the draft is put back after it."""
        self._restore = 3

    def tick(self) -> bool:
        """Once a frame: put the draft back where the library undid it. True while that is under way."""
        self._before = None
        if self._drop_frames:
            self._drop_frames -= 1
            if not self._drop_frames:
                self._drop = ""
        shows_hint = not self._draft
        if shows_hint != self._hinted:
            self._hinted = shows_hint
            dpg.configure_item(self._hint, show=shows_hint)
        if self._restore:
            self._restore -= 1
            if not dpg.is_item_active(self._input):
                if dpg.get_value(self._input) != self._draft:
                    dpg.set_value(self._input, self._draft)
                elif self._refocus:
                    self._refocus = False
                    self.focus()
        return self._restore > 0

    def _try_now(self) -> None:
        if self._wait is not None:
            self._actions.submit(TryNow(turn_id=self._wait.event.turn_id))

    def _send_by_mouse(self) -> None:
        self.send()

    def _edited(self, _sender: Any, value: Any, _user: Any) -> None:
        late = self._restore and str(value).rstrip("\n") == self._sent.rstrip("\n")
        if not late and not dpg.is_key_down(dpg.mvKey_Escape):
            self._before = self._draft if self._before is None else self._before
            if not self._drop_pasted(str(value)):
                self._draft = str(value)
