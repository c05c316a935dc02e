"""The approval dialog on the screen: one modal window, used again for each request that waits (DESIGN 5).

`confirm_dialog` decides what it shows and when it takes an answer. No chord that sends also approves.
"""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.approval_words import RequestView
from copilot.desktop.confirm_dialog import ConfirmQueue, Shown
from copilot.desktop.confirm_facts import draw_facts, draw_warnings
from copilot.desktop.confirm_foot import Answer, ConfirmFoot
from copilot.desktop.confirm_hunks import HunkRoom
from copilot.desktop.confirm_inbox import ConfirmInbox
from copilot.desktop.confirm_place import FOOT, ConfirmPlace
from copilot.desktop.confirm_preview import PreviewRoom
from copilot.desktop.confirm_reading import TAG as READING
from copilot.desktop.confirm_reading import Apart, ReadingRoom
from copilot.desktop.confirm_rule import RuleRoom
from copilot.desktop.gate import dpg
from copilot.desktop.script_box import BOX, ScriptBox
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, on
from copilot.vocabulary.approvals import ConfirmDialog, PythonFileDetail, ScriptDetail
from copilot.vocabulary.commands import Command, Decide
from copilot.vocabulary.readings import Fix, fixed

NAME = "confirm"


class ConfirmWindow:
    """`refresh` with what waits, `tick` once a frame, `key` for every key pressed."""

    def __init__(self, look: Look, submit: Callable[[Command], None], apart: Apart, server: str = "") -> None:
        self._look, self._server = look, server
        self._apart = apart
        self._submit = submit
        self._queue = ConfirmQueue(server)
        self._waiting: tuple[ConfirmDialog, ...] = ()
        self._hidden_frames = 0
        self._build()

    @property
    def open(self) -> bool:
        """Whether a request is on the screen or about to be: no key is meant for what lies below."""
        return self._queue.shown is not None or self._queue.following() is not None

    def refresh(self, waiting: tuple[ConfirmDialog, ...]) -> None:
        """Bring the dialog in line with the requests that wait; one that was withdrawn closes."""
        if waiting == self._waiting:
            return
        self._waiting = waiting
        if self._queue.wait_for(waiting):
            self._hide()
        self._count()

    def hear(self, state: ViewState) -> None:
        """What the worker says beside the requests: rules that would cover the one that is shown."""
        self._queue.hear(state.failures)
        self._rules.refresh(state)
        self._preview.refresh(state)

    def tick(self, now: float) -> bool:
        """Once a frame: show the next request, arm it when it has been quiet. True while something is due."""
        shown = self._queue.shown
        hunks_due = self._hunks.tick()
        if shown is None:
            self._hidden_frames += 1
            following = self._queue.following()
            if following is not None and self._hidden_frames > 1:
                self._show(self._queue.show(following))
            return following is not None
        if not dpg.is_item_shown(NAME):
            self._place(shown.view)
            return True
        if shown.seen_at is None:
            if dpg.is_item_visible(NAME):
                shown.seen_at = now
            return True
        self._reading.limit(self._where.bottom, self._look.px(44) + self._where.text_height(shown.view))
        if self._reading.tick(now) or self._where.stale:
            self._place(shown.view)
        waits = self._reading.waits(now)  # and for it alone no frame is drawn: it would take time from it
        if not waits and self._queue.arm(now):
            self._arm(shown.view)
        return not (shown.armed or waits) or hunks_due or self._reading.busy

    def key(self, key: int, now: float, *, alt: bool) -> None:
        """A key was pressed anywhere in the window."""
        if not self._queue.pressed(now):
            return
        hunk = not alt and (self._reads or self._hunks.typing) and self._hunks.key(key)
        if hunk or (alt and (self._preview.key(key) or self._reading.key(key))):
            return
        if key == dpg.mvKey_Escape:
            self._decide("reject")
        elif alt and key == dpg.mvKey_A:
            self._decide("approve")
        elif alt and key == dpg.mvKey_S:
            self._stop()
        elif alt and key == dpg.mvKey_E:
            self._edit()
        elif alt and key == dpg.mvKey_R:
            self._foot.write()
        elif alt and key == dpg.mvKey_D:
            self._hunks.turn()
        elif alt and key in (dpg.mvKey_L, dpg.mvKey_K):
            (self._always if key == dpg.mvKey_L else self._rules.add)()
        elif alt and key == dpg.mvKey_N:
            self._turn_to(self._queue.next())
        elif self._reads:
            self._scroll(key)

    @property
    def _reads(self) -> bool:
        """Whether no box has the caret, so that keys scroll."""
        return not (dpg.is_item_active(BOX) or self._foot.typing or self._hunks.typing)

    def _scroll(self, key: int) -> None:
        pages = {dpg.mvKey_Up: -0.15, dpg.mvKey_Down: 0.15, 517: -0.9, 518: 0.9}
        if key in pages:
            body = self._preview.room if self._preview.opened else self._body
            y = dpg.get_y_scroll(body) + pages[key] * dpg.get_item_height(body)
            dpg.set_y_scroll(body, max(0.0, min(y, dpg.get_y_scroll_max(body))))

    def _edit(self) -> None:
        """The caret into the text that was asked for, which may be changed."""
        shown = self._queue.shown
        if shown is not None and shown.view.editable:
            self._hunks.turn(to_diff=False)
            dpg.focus_item(self._body)
            self._look.caret.give(BOX)

    def refuse(self, why: str) -> None:
        """Reject what is shown because it could not be shown properly."""
        self._answer(self._queue.refuse(why))

    def _build(self) -> None:
        look = self._look
        dpg.add_window(
            tag=NAME,
            label=f"###{NAME}",
            use_internal_label=False,
            modal=True,
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_saved_settings=True,
            no_open_over_existing_popup=False,
            no_scrollbar=True,
            on_close=on(self._closed),
        )
        look.themes.bind(NAME, "modal")
        self._where = ConfirmPlace(look, NAME)
        self._inbox = ConfirmInbox(look, NAME, self._turn_to)
        self._head = dpg.add_group(parent=NAME)
        tabs = dpg.add_group(parent=NAME, horizontal=True, show=False)
        self._warn = dpg.add_group(parent=NAME)
        look.themes.bind(self._warn, "text_lines")
        self._reading = ReadingRoom(look, NAME, self._apart, self._mended)
        self._body = dpg.add_child_window(
            parent=NAME, tag="confirm.body", height=-look.px(FOOT), width=-1, horizontal_scrollbar=True
        )
        look.themes.bind(self._body, "inset")
        self._box = ScriptBox(look, self._body, self._typed)
        self._hunks = HunkRoom(look, tabs, self._body, self._front, self._chosen)
        submit, approve, afar = self._submit, lambda: self._decide("approve"), bool(self._server)
        self._rules = RuleRoom(look, NAME, submit, approve, self._rules_in_front, rules=not afar)
        self._preview = PreviewRoom(look, NAME, submit, self._preview_in_front, self._asked, afar=afar)
        look.gap(NAME, height=2)
        self._foot = ConfirmFoot(look, NAME, self._decide, self._stop)

    def _show(self, shown: Shown) -> None:
        view = shown.view
        self._rules.begin(shown.request)
        self._preview.begin(shown.request)
        self._reading.begin(shown.request.detail, shown.text)
        self._place(view)
        self._draw_head(view, shown.request.branch)
        self._put(shown)
        self._draw_warnings(shown.text, view)
        self._hunks.draw(shown.request.request_id, view, shown.edited)
        self._foot.draw(view, dpg.get_item_width(NAME))
        dpg.configure_item(self._body, show=bool(view.text or view.diff or view.editable))
        dpg.set_y_scroll(self._body, 0.0)
        dpg.set_x_scroll(self._body, 0.0)

    def _put(self, shown: Shown) -> None:
        script = isinstance(shown.request.detail, ScriptDetail | PythonFileDetail)
        self._box.put(shown.text, self._where.text_width, script=script)

    def _place(self, view: RequestView) -> None:
        rows = self._look.px(36) * self._rules.possible
        rows += self._look.px(72) * (self._preview.fence is not None)
        self._where.put(view, rows=rows, reading=self._reading.height, full=self._rules.opened)

    def _draw_head(self, view: RequestView, branch: str) -> None:
        look, fonts = self._look, self._look.fonts
        clear(self._head)
        row = look.row(self._head, look.widths((Icon.CLOSE,), fonts.small, 12))
        look.text(Icon.SHIELD, row.left, font=fonts.title, colour=look.palette.amber)
        look.gap(row.left, width=4)
        look.text(view.title, row.left, font=fonts.title, colour=look.palette.strong)
        look.icon_button(
            Icon.CLOSE, row.right, lambda: self._decide("reject"), "Reject and close", tag="confirm.close"
        )
        look.text(view.ask, self._head, colour=look.palette.dim, wrap=0)
        draw_facts(look, self._head, view, branch, self._where.inner)
        self._preview.draw_row(self._head)
        if self._rules.possible:
            always = f"{Icon.CHECK}  Always allow this…   Alt+L"
            look.gap(self._head, height=1)
            look.button(always, self._head, "segment_off", self._always, tag="confirm.always")
        if view.warning:
            line = f"{Icon.WARNING}  {text.shown(view.warning)}"
            look.text(line, self._head, colour=look.palette.amber, wrap=0)
        self._count()

    def _draw_warnings(self, words: str, view: RequestView) -> None:
        draw_warnings(self._look, self._warn, words, view, self._where.columns, self._box.face)

    def _count(self) -> None:
        shown = self._queue.shown
        self._inbox.show(self._queue.open, shown.request if shown is not None else None)

    def _turn_to(self, request_id: str) -> None:
        if request_id and self._queue.turn_to(request_id):
            self._hide()

    def _arm(self, view: RequestView) -> None:
        self._foot.open()
        self._box.open(editable=view.editable)
        self._hunks.open()

    def _always(self) -> None:
        """The rules that could be added, or the text again."""
        shown = self._queue.shown
        if shown is not None and shown.armed:
            if self._preview.opened:
                self._preview.turn()
            self._rules.turn(edited=shown.edited not in (None, shown.view.text))

    def _asked(self) -> tuple[str, str | None] | None:
        """The text as it stands, and the person's version where it is one; None while none is taken."""
        shown = self._queue.shown
        if shown is None or not shown.armed:
            return None
        return shown.text, shown.edited if shown.edited != shown.view.text else None

    def _preview_in_front(self, preview: bool) -> None:
        if preview and self._rules.opened:
            self._always()
        dpg.configure_item(READING, show=not preview)
        self._rules_in_front(preview)

    def _rules_in_front(self, rules: bool) -> None:
        shown = self._queue.shown
        view = shown.view if shown is not None else None
        there = view is not None and bool(view.text or view.diff or view.editable)
        dpg.configure_item(self._body, show=there and not rules)
        dpg.configure_item(READING, show=not rules)
        if view is not None:
            self._place(view)

    def _front(self, diff: bool) -> None:
        """The difference came to the front or went: the box has what the hunks give."""
        shown = self._queue.shown
        if not diff and shown is not None and self._box.text != shown.text:
            self._put(shown)
            self._box.open(editable=shown.armed and shown.view.editable)
        self._box.show(shown=not diff)

    def _chosen(self, words: str) -> None:
        """The person decided on a hunk."""
        shown = self._queue.shown
        if shown is not None:
            shown.edited = words
            self._draw_warnings(words, shown.view)

    def _typed(self, words: str) -> None:
        shown = self._queue.shown
        if shown is not None:
            shown.edited = words
            self._reading.typed(words)
            self._hunks.typed(words)
            self._draw_warnings(words, shown.view)

    def _mended(self, fix: Fix) -> None:
        """A fix of a hazard was clicked."""
        shown = self._queue.shown
        if shown is not None and shown.armed and shown.view.editable and self._box.exact:
            shown.edited = fixed(shown.text, fix)
            self._put(shown)
            self._box.open(editable=True)
            self._typed(shown.edited)

    def _closed(self) -> None:
        """The library closed the modal by itself: a rejection, if the person could have meant it."""
        self._decide("reject")

    def _decide(self, decision: Answer) -> None:
        note = self._foot.note
        if decision == "approve" and self._hunks.nothing:
            decision, note = "reject", note or "every part of this change was left out"
        self._answer(self._queue.decide(decision, note))

    def _stop(self) -> None:
        command = self._queue.stop()
        if command is None:
            return
        self._foot.stopping()
        self._box.open(editable=False)
        self._submit(command)

    def _answer(self, command: Command | None) -> None:
        if isinstance(command, Decide) and command.decision.decision == "approve":
            command = Decide(decision=self._preview.decided(command.decision))
        if command is not None:
            self._hunks.forget()
            self._hide()
            self._submit(command)

    def _hide(self) -> None:
        self._hidden_frames = 0
        dpg.hide_item(NAME)
