"""The approval dialog: one modal window, used again for each request that waits (DESIGN 5).

It answers each request exactly once; whatever goes wrong is a rejection. Until 0.7 s after both its
appearance and the last key pressed it takes no key and no click, so that a person who was typing cannot
approve by accident. No chord that sends also approves.
"""

from collections.abc import Callable
from typing import Any, Literal

from copilot.desktop import palette, text
from copilot.desktop.approval_words import DiffRow, RequestView, diff_rows, view_of, warnings
from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.widgets import Icon, Look, clear, on
from copilot.vocabulary.commands import Command, Decide
from copilot.vocabulary.values import ConfirmDialog, Decision

QUIET_SECONDS = 0.7
"""DESIGN 5."""

WIDTH, HEIGHT, LEAST_HEIGHT = 1040, 760, 470
MARGIN = 24
DIFF_ROWS = 3_000
DIFF_TABLE = (1 << 39) + 1
"""A fixed tag, used again for each request."""

NAME = "confirm"
BOX = "confirm.text"
_ROW_COLOURS = {
    "hunk": palette.faded(palette.ACCENT, 26),
    "added": palette.faded(palette.GREEN, 30),
    "removed": palette.faded(palette.RED, 32),
}


class ConfirmWindow:
    """`refresh` with what waits, `tick` once a frame, `key` for every key pressed."""

    def __init__(self, look: Look, submit: Callable[[Command], None]) -> None:
        self._look = look
        self._submit = submit
        self._answered: set[str] = set()
        self._waiting: tuple[ConfirmDialog, ...] = ()
        self._request: ConfirmDialog | None = None
        self._view: RequestView | None = None
        self._edited: str | None = None
        self._seen_at: float | None = None
        self._last_key = float("-inf")
        self._armed = False
        self._hidden_frames = 0
        self._client = (0, 0)
        self._count_item: Item | None = None
        self._tab_items: tuple[Item, ...] = ()
        self._build()

    @property
    def open(self) -> bool:
        """Whether a request is on the screen or about to be."""
        return self._request is not None

    def refresh(self, waiting: tuple[ConfirmDialog, ...]) -> None:
        """Bring the dialog in line with the requests that wait; one that was withdrawn closes."""
        if waiting == self._waiting:
            return
        self._waiting = waiting
        if self._request is not None and self._request not in waiting:
            self._close()
        self._count()

    def tick(self, now: float) -> bool:
        """Once a frame: show the next request, arm it when it has been quiet. True while something is due."""
        if self._request is None:
            self._hidden_frames += 1
            following = next((w for w in self._waiting if w.request_id not in self._answered), None)
            if following is not None and self._hidden_frames > 1:
                self._show(following)
            return following is not None
        if not dpg.is_item_shown(NAME):
            self._place()
            return True
        if self._seen_at is None:
            if dpg.is_item_visible(NAME):
                self._seen_at = now
            return True
        if self._client != (dpg.get_viewport_client_width(), dpg.get_viewport_client_height()):
            self._place()
        if not self._armed and now - max(self._seen_at, self._last_key) >= QUIET_SECONDS:
            self._arm()
        return not self._armed

    def key(self, key: int, now: float, *, alt: bool) -> None:
        """A key was pressed anywhere in the window."""
        if self._request is None or not self._armed:
            self._last_key = now
        elif key == dpg.mvKey_Escape:
            self._decide("reject")
        elif alt and key == dpg.mvKey_A:
            self._decide("approve")

    def _build(self) -> None:
        look, fonts = self._look, self._look.fonts
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
        self._head = dpg.add_group(parent=NAME)
        self._tabs = dpg.add_group(parent=NAME, horizontal=True, show=False)
        self._warn = dpg.add_group(parent=NAME)
        look.themes.bind(self._warn, "text_lines")
        self._body = dpg.add_child_window(
            parent=NAME, tag="confirm.body", height=-look.px(58), width=-1, horizontal_scrollbar=True
        )
        look.themes.bind(self._body, "inset")
        self._editor = dpg.add_group(parent=self._body, horizontal=True, horizontal_spacing=0)
        look.themes.bind(self._editor, "code_field")
        self._gutter = look.text("1", self._editor, font=fonts.mono_large, colour=palette.FAINT)
        self._box = dpg.add_input_text(
            parent=self._editor,
            tag=BOX,
            multiline=True,
            readonly=True,
            tab_input=True,
            callback=self._typed,
        )
        look.themes.bind(self._box, "code_field")
        dpg.bind_item_font(self._box, fonts.mono_large)
        self._diff = dpg.add_group(parent=self._body, show=False)
        look.gap(NAME, height=2)
        self._foot = dpg.add_group(parent=NAME)

    def _show(self, request: ConfirmDialog) -> None:
        self._request = request
        self._view = view_of(request.detail)
        self._edited = None
        self._armed = False
        self._seen_at = None
        view = self._view
        self._place()
        self._draw_head(view)
        dpg.configure_item(self._box, readonly=True)
        dpg.set_value(self._box, view.text)
        self._fit_box(view.text)
        self._draw_warnings(view.text)
        self._draw_diff(view)
        self._draw_foot(view)
        dpg.configure_item(self._body, show=bool(view.text or view.diff or view.editable))
        dpg.set_y_scroll(self._body, 0.0)
        dpg.set_x_scroll(self._body, 0.0)

    def _place(self) -> None:
        """Size and position are forgotten with every refused or hidden modal, so both are given each time."""
        look = self._look
        across, down = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        self._client = (across, down)
        width = min(look.px(WIDTH), across - look.px(2 * MARGIN))
        height = min(self._wanted_height(), down - look.px(2 * MARGIN))
        dpg.configure_item(
            NAME, width=width, height=height, pos=[(across - width) // 2, (down - height) // 2], show=True
        )

    def _wanted_height(self) -> int:
        """Room for the whole text where the screen has it: a short script needs no large dialog."""
        view, look = self._view, self._look
        if view is None:
            return look.px(LEAST_HEIGHT)
        facts = look.px(24) * (len(view.facts) + 1)
        if not view.text and not view.editable:
            return look.px(178) + facts
        lines = view.text.count("\n") + view.diff.count("\n") + 3 + 2 * len(warnings(view.text, 80))
        body = lines * look.size("X", look.fonts.mono_large)[1]
        return int(min(max(look.px(230) + facts + body, look.px(LEAST_HEIGHT)), look.px(HEIGHT)))

    def _draw_head(self, view: RequestView) -> None:
        look, fonts = self._look, self._look.fonts
        clear(self._head)
        row = look.row(self._head, look.widths((Icon.CLOSE,), fonts.small, 12))
        look.text(Icon.SHIELD, row.left, font=fonts.title, colour=palette.AMBER)
        look.gap(row.left, width=4)
        look.text(view.title, row.left, font=fonts.title, colour=palette.STRONG)
        self._count_item = look.chip("", look.lowered(row.left), palette.AMBER, show=False)
        look.icon_button(
            Icon.CLOSE, row.right, lambda: self._decide("reject"), "Reject and close", tag="confirm.close"
        )
        branch = text.one_line(self._request.branch, 60) if self._request is not None else ""
        look.text(view.ask, self._head, colour=palette.DIM, wrap=0)
        for name, value in (*view.facts, ("Branch", branch)):
            self._fact(name, value)
        if view.warning:
            line = f"{Icon.WARNING}  {text.shown(view.warning)}"
            look.text(line, self._head, colour=palette.AMBER, wrap=0)
        self._count()

    def _fact(self, name: str, value: str) -> None:
        look = self._look
        line = dpg.add_group(parent=self._head, horizontal=True, horizontal_spacing=0)
        look.themes.bind(line, "text_lines")
        look.text(name, line, font=look.fonts.small, colour=palette.FAINT)
        dpg.add_spacer(parent=line, width=int(look.px(110) - look.size(name, look.fonts.small)[0]))
        look.text(text.shown(value), line, font=look.fonts.mono, colour=palette.TEXT, wrap=0)

    def _draw_warnings(self, words: str) -> None:
        look = self._look
        clear(self._warn)
        lines = warnings(words, self._columns())
        for index, line in enumerate(lines):
            headline = not index or "longer than the box" in line
            font = look.fonts.small if headline else look.fonts.mono_small
            mark = f"{Icon.WARNING}  " if headline else "     "
            look.text(mark + line, self._warn, font=font, colour=palette.AMBER, wrap=0)
        if safe(words) != words and self._view is not None:
            dpg.configure_item(self._box, readonly=True)
            held = f"{Icon.WARNING}  Some characters fit no box: this text can only be used as it came."
            look.text(held, self._warn, font=look.fonts.small, colour=palette.RED_SOFT, wrap=0)

    def _columns(self) -> int:
        width = dpg.get_item_width(NAME) - self._look.px(110)
        return max(40, int(width / max(1.0, self._look.size("0" * 50, self._look.fonts.mono_large)[0] / 50)))

    def _fit_box(self, words: str) -> None:
        """The box is as large as its text: the library's own multi-line box cannot scroll sideways."""
        look, mono = self._look, self._look.fonts.mono_large
        lines = safe(words).split("\n")
        longest = sorted(lines, key=len)[-20:]
        wide = max(look.size(line.expandtabs(4) or " ", mono)[0] for line in longest)
        line_height = look.size("X", mono)[1]
        digits = len(str(len(lines)))
        dpg.set_value(self._gutter, "\n".join(f"{n:>{digits}} " for n in range(1, len(lines) + 1)))
        room = dpg.get_item_width(NAME) - look.px(110) - digits * look.size("0", mono)[0]
        height = int((len(lines) + 1) * line_height + look.px(14))
        dpg.configure_item(self._box, width=int(max(room, wide + look.px(40))), height=height)

    def _draw_diff(self, view: RequestView) -> None:
        clear(self._diff)
        clear(self._tabs)
        self._tab_items = ()
        rows = diff_rows(view.diff)
        dpg.configure_item(self._tabs, show=bool(rows))
        self._show_tab(diff=bool(rows))
        if not rows:
            return
        look = self._look
        added = sum(1 for r in rows if r.kind == "added")
        removed = sum(1 for r in rows if r.kind == "removed")
        self._tab_items = (
            look.button(
                f"Diff   +{added} −{removed}", self._tabs, "tab_on", lambda: self._show_tab(diff=True)
            ),
            look.button("New content", self._tabs, "tab_off", lambda: self._show_tab(diff=False)),
        )
        table = dpg.add_table(
            parent=self._diff,
            tag=DIFF_TABLE,
            header_row=False,
            policy=dpg.mvTable_SizingFixedFit,
            no_pad_outerX=True,
        )
        look.themes.bind(table, "diff")
        for width in (40, 40, 14):
            dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=look.px(width))
        dpg.add_table_column(parent=table, width_stretch=True)
        for index, row in enumerate(rows[:DIFF_ROWS]):
            self._diff_row(table, index, row)
        if len(rows) > DIFF_ROWS:
            words = f"{len(rows) - DIFF_ROWS:,} more lines; New content has all."
            look.text(words, self._diff, font=look.fonts.small, colour=palette.AMBER)

    def _diff_row(self, table: Item, index: int, row: DiffRow) -> None:
        mono = self._look.fonts.mono_large
        line = dpg.add_table_row(parent=table)
        sign, colour = {
            "added": ("+", palette.GREEN),
            "removed": ("-", palette.RED),
            "same": (" ", palette.FAINT),
            "hunk": ("", palette.FAINT),
        }[row.kind]
        for number in (row.old, row.new):
            self._look.text("" if number is None else f"{number:>4}", line, font=mono, colour=palette.FAINT)
        self._look.text(sign, line, font=mono, colour=colour)
        words = text.shown(row.text).expandtabs(4) or " "
        tone = palette.ACCENT_BRIGHT if row.kind == "hunk" else palette.CODE
        self._look.text(words, line, font=mono, colour=tone, wrap=0)
        if row.kind in _ROW_COLOURS:
            dpg.highlight_table_row(table, index, _ROW_COLOURS[row.kind])

    def _show_tab(self, *, diff: bool) -> None:
        for item, chosen in zip(self._tab_items, (diff, not diff), strict=False):
            self._look.themes.bind(item, "tab_on" if chosen else "tab_off")
        dpg.configure_item(self._diff, show=diff)
        dpg.configure_item(self._editor, show=not diff)

    def _draw_foot(self, view: RequestView) -> None:
        look, fonts = self._look, self._look.fonts
        clear(self._foot)
        reject, approve = "Reject   Esc", f"{Icon.CHECK}  {view.approve}   Alt+A"
        right = look.widths((reject,), fonts.small_bold, 34) + look.widths((approve,), fonts.small_bold, 38)
        row = look.row(self._foot, right + look.px(6))
        room = dpg.get_item_width(NAME) - right - look.px(48 + 24)
        note = dpg.add_input_text(
            parent=row.left,
            tag="confirm.note",
            width=int(max(room, look.px(120))),
            hint="Reason, if you reject (optional)",
            readonly=True,
        )
        look.themes.bind(note, "note_field")
        dpg.bind_item_font(note, fonts.small)
        look.button(
            reject,
            row.right,
            "reject",
            lambda: self._decide("reject"),
            font=fonts.small_bold,
            tag="confirm.reject",
        )
        look.button(
            approve,
            row.right,
            "approve_wait",
            lambda: self._decide("approve"),
            font=fonts.small_bold,
            tag="confirm.approve",
        )

    def _count(self) -> None:
        if self._request is None or self._count_item is None:
            return
        left = [w for w in self._waiting if w.request_id not in self._answered]
        dpg.configure_item(self._count_item, label=f"1 of {len(left)} waiting", show=len(left) > 1)

    def _arm(self) -> None:
        self._armed = True
        self._look.themes.bind("confirm.approve", "approve")
        dpg.configure_item("confirm.note", readonly=False)
        view = self._view
        if view is not None and view.editable and safe(view.text) == view.text:
            dpg.configure_item(self._box, readonly=False)

    def _typed(self, _sender: Any, value: Any, _user: Any) -> None:
        if self._request is None or dpg.is_key_down(dpg.mvKey_Escape):
            return
        self._edited = str(value)
        self._fit_box(self._edited)
        self._draw_warnings(self._edited)

    def _closed(self) -> None:
        """The library closed the modal by itself: a rejection, if the person could have meant it."""
        if self._armed:
            self._decide("reject")

    def _decide(self, decision: Literal["approve", "reject"]) -> None:
        request, view = self._request, self._view
        if request is None or view is None or not self._armed or request.request_id in self._answered:
            return
        approved = decision == "approve"
        edited = self._edited if approved and view.editable and self._edited != view.text else None
        note = "" if approved else str(dpg.get_value("confirm.note")).strip()
        self._answered.add(request.request_id)
        self._close()
        self._submit(
            Decide(
                decision=Decision(
                    request_id=request.request_id,
                    decision=decision,
                    edited_text=edited,
                    note=note,
                )
            )
        )

    def refuse(self, why: str) -> None:
        """Reject what is shown because it could not be shown properly."""
        request = self._request
        if request is not None and request.request_id not in self._answered:
            self._answered.add(request.request_id)
            self._close()
            decision = Decision(request_id=request.request_id, decision="reject", note=why)
            self._submit(Decide(decision=decision))

    def _close(self) -> None:
        self._request = self._view = None
        self._armed = False
        self._hidden_frames = 0
        dpg.hide_item(NAME)
