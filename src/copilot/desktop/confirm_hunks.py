"""The change of a file in the approval dialog: its hunks, each taken, left or edited, or the new text whole.

`hunks` knows what a decision gives. What this draws lies in one scrolling body, which the box with the whole
text shares with it; one of the two is in front.
"""

from collections.abc import Callable

from copilot.desktop.approval_words import RequestView, diff_rows
from copilot.desktop.diff_view import DIFF_ROWS, DIFF_TABLE, draw_rows
from copilot.desktop.gate import Item, dpg, safe
from copilot.desktop.hunks import MOST_HUNKS, Review, Verdict, review_again, review_of
from copilot.desktop.script_box import ScriptBox
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.diffs import unified

HUNK_BOX = DIFF_TABLE + MOST_HUNKS + 1
"""The fixed tag of the box in which one hunk is edited."""

HUNK_KEYS = (
    ("Up, Down", "The hunk before, the next one"),
    ("Y", "Take the hunk as it is proposed"),
    ("N", "Leave the lines as they are"),
    ("E", "Edit the hunk; Escape ends that"),
)
"""What is taken while the difference is in front and no box has the caret."""

_SEEK_FRAMES = 2
"""Frames until the library knows how far a body of another height can scroll."""
EDGE = 8
"""What the body's padding takes above and below, at scale 1."""
_WORDS: dict[Verdict, tuple[str, str]] = {
    "taken": ("Take   Y", "hunk.take"),
    "left": ("Leave   N", "hunk.leave"),
    "edited": ("Edit   E", "hunk.edit"),
}


class HunkRoom:
    """Made once: buttons in `tabs`, the hunks in `body`. `front` hears whether the difference is in front,
    `changed` the whole text after each decision."""

    def __init__(
        self,
        look: Look,
        tabs: Item,
        body: Item,
        front: Callable[[bool], None],
        changed: Callable[[str], None],
    ) -> None:
        self._look, self._tabs, self._body = look, tabs, body
        self._front, self._changed = front, changed
        self._group = dpg.add_group(parent=body, show=False)
        self._buttons: tuple[Item, ...] = ()
        self._count: Item | None = None
        self._blocks: tuple[Item, ...] = ()
        self._heads: dict[int, Item] = {}
        self._reviews: dict[str, Review] = {}
        self._request = ""
        self._typed: str | None = None
        self._current = 0
        self._editing: int | None = None
        self._seek_in = 0
        self._opened = False

    @property
    def review(self) -> Review | None:
        """The change that is under review; None where there is none, or it can only be taken whole."""
        return self._reviews.get(self._request)

    @property
    def nothing(self) -> bool:
        """Whether all of a change was left out, so that there is nothing to write."""
        review = self.review
        return review is not None and self._typed is None and not review.taken

    @property
    def typing(self) -> bool:
        """Whether a hunk's box has the caret."""
        return self._editing is not None and bool(dpg.is_item_active(HUNK_BOX))

    def draw(self, request_id: str, view: RequestView, edited: str | None) -> None:
        """Show a request's difference in front, if it has one; decisions wait for `open`."""
        self._request, self._current, self._editing, self._opened, self._typed = (
            request_id,
            0,
            None,
            False,
            None,
        )
        if view.diff and request_id not in self._reviews:
            self._begin(request_id, view)
        review = self.review
        if review is not None and edited is not None and edited != review.text:
            self._reviews[request_id] = review_again(review.old, edited)
        self._draw(view.diff)
        self._choose(diff=bool(view.diff))

    def open(self) -> None:
        """Take decisions from now on."""
        self._opened = True

    def forget(self) -> None:
        """The request has its answer."""
        self._reviews.pop(self._request, None)

    def typed(self, words: str) -> None:
        """The person changed the whole text: its difference is another one."""
        self._typed = words

    def turn(self, *, to_diff: bool | None = None) -> None:
        """The other of the two, or the one that is said; nothing happens without a difference."""
        if self._buttons:
            shown = bool(dpg.is_item_shown(self._group))
            self._choose(diff=not shown if to_diff is None else to_diff)

    def key(self, key: int) -> bool:
        """A key without Alt; True where it was meant for the hunks."""
        if self._editing is not None and key == dpg.mvKey_Escape:
            self._end_edit()
            return True
        if self.review is None or self._editing is not None or not dpg.is_item_shown(self._group):
            return False
        moves = {dpg.mvKey_Up: -1, dpg.mvKey_Down: 1}
        if key in moves:
            self._go(self._current + moves[key])
        elif key == dpg.mvKey_Y:
            self._decide(self._current, "taken")
        elif key == dpg.mvKey_N:
            self._decide(self._current, "left")
        elif key == dpg.mvKey_E:
            self._decide(self._current, "edited")
        else:
            return False
        return True

    def tick(self) -> bool:
        """Once a frame; True while something is due."""
        if self._seek_in:
            self._seek_in -= 1
            if not self._seek_in:
                self._seek()
        return self._seek_in > 0

    def _begin(self, request_id: str, view: RequestView) -> None:
        try:
            review = review_of(view.text, view.diff)
        except ValueError:  # a difference of another text: only the whole can be decided on
            return
        if review.old and review.hunks:
            self._reviews[request_id] = review

    def _draw(self, diff: str) -> None:
        look = self._look
        for part in (self._group, self._tabs):
            clear(part)
        self._buttons, self._blocks, self._heads, self._count = (), (), {}, None
        dpg.configure_item(self._tabs, show=bool(diff))
        if not diff:
            return
        rows = diff_rows(diff)
        added, removed = (sum(row.kind == kind for row in rows) for kind in ("added", "removed"))
        self._buttons = (
            look.button(f"Diff   +{added} −{removed}", self._tabs, "tab_on", lambda: self._choose(diff=True)),
            look.button("New content", self._tabs, "tab_off", lambda: self._choose(diff=False)),
        )
        review = self.review
        if review is None:
            draw_rows(look, self._group, rows, tag=DIFF_TABLE)
            return
        look.gap(self._tabs, width=6)
        self._count = look.text("", self._tabs, font=look.fonts.small)
        if len(review.hunks) > 1:
            words = "Up and Down go from hunk to hunk"
            look.text(words, self._tabs, font=look.fonts.small, colour=look.palette.faint)
        self._blocks = tuple(dpg.add_group(parent=self._group) for _ in review.hunks)
        for number in range(len(review.hunks)):
            self._draw_hunk(number)
        self._tell()

    def _draw_hunk(self, number: int) -> None:
        look, review = self._look, self.review
        if review is None:
            return
        block = self._blocks[number]
        clear(block)
        verdict: Verdict = "edited" if self._editing == number else review.verdict(number)
        rows = review.rows(number)
        labels = tuple(words for words, _ in _WORDS.values())
        row = look.row(block, look.widths(labels, look.fonts.small, 28))
        self._heads[number] = row.table
        self._mark(number)
        look.gap(row.left)
        title, place = f"Hunk {number + 1} of {len(review.hunks)}", f"line {review.line(number):,}"
        for words, font, colour in (
            (title, look.fonts.small_bold, look.palette.strong),
            (place, look.fonts.small, look.palette.faint),
        ):
            cell = dpg.add_group(parent=row.left)
            look.gap(cell, height=1)
            look.text(words, cell, font=font, colour=colour)
        for each, (words, tag) in _WORDS.items():
            style = "tab_on" if each == verdict else "tab_off"
            action = self._action(number, each)
            look.button(words, row.right, style, action, tag=f"{tag}.{number + 1}")
        room = max(DIFF_ROWS // len(review.hunks), 40)
        if self._editing == number:
            rows = tuple(line for line in rows if line.kind == "removed")
        draw_rows(look, block, rows, tag=DIFF_TABLE + 1 + number, most=room)
        if self._editing == number:
            self._draw_box(block, review.chosen[number])
        look.gap(block, height=8)

    def _draw_box(self, block: Item, words: str) -> None:
        """The hunk's own lines to be rewritten, on the colour of what is added."""
        look = self._look
        table = dpg.add_table(parent=block, tag=HUNK_BOX + 1, header_row=False)
        look.themes.bind(table, "tight")
        dpg.add_table_column(parent=table)
        line = dpg.add_group(parent=dpg.add_table_row(parent=table), horizontal=True)
        dpg.highlight_table_row(table, 0, look.palette.diff_fill("added"))
        look.gap(line, width=100)
        box = ScriptBox(look, line, self._rewritten, tag=HUNK_BOX)
        box.put(words, dpg.get_item_width("confirm") - look.px(110 + 108))
        box.open(editable=True)

    def _action(self, number: int, verdict: Verdict) -> Callable[[], None]:
        return lambda: self._decide(number, verdict)

    def _decide(self, number: int, verdict: Verdict) -> None:
        review = self.review
        if review is None or not self._opened:
            return
        self._end_edit()
        review = self._reviews[self._request]
        match verdict:
            case "taken":
                self._reviews[self._request] = review.take(number)
            case "left":
                self._reviews[self._request] = review.leave(number)
            case "edited" if safe(review.chosen[number]) == review.chosen[number]:
                self._editing = number
            case "edited":
                pass  # no box could hold it as it is
        self._go(number)
        self._draw_hunk(number)
        if self._editing is not None:
            self._look.caret.give(HUNK_BOX)
        self._tell()
        self._changed(self._reviews[self._request].text)

    def _rewritten(self, words: str) -> None:
        review = self.review
        if review is not None and self._editing is not None:
            self._reviews[self._request] = review.edit(self._editing, words)
            self._tell()
            self._changed(self._reviews[self._request].text)

    def _end_edit(self) -> None:
        number, self._editing = self._editing, None
        if number is not None:
            self._draw_hunk(number)

    def _go(self, number: int) -> None:
        """Make a hunk the current one and bring it into view."""
        if not 0 <= number < len(self._blocks):
            return
        was, self._current = self._current, number
        for each in {was, number}:
            self._mark(each)
        self._seek_in = _SEEK_FRAMES

    def _seek(self) -> None:
        """Scroll as little as brings the current hunk into view."""
        if not self._blocks or not dpg.is_item_shown(self._group):
            return
        block, y = self._blocks[self._current], float(dpg.get_y_scroll(self._body))
        top = dpg.get_item_rect_min(block)[1] - dpg.get_item_rect_min(self._blocks[0])[1]
        room = dpg.get_item_rect_size(self._body)[1] - self._look.px(2 * EDGE)
        end = top + min(dpg.get_item_rect_size(block)[1], room)
        if top < y or end > y + room:
            dpg.set_y_scroll(self._body, float(top if top < y else min(top, end - room)))

    def _mark(self, number: int) -> None:
        head = self._heads.get(number)
        if head is not None:
            fill = self._look.palette.diff_fill("section" if number == self._current else "hunk")
            dpg.highlight_table_row(head, 0, fill)

    def _tell(self) -> None:
        review = self.review
        if review is None or self._count is None:
            return
        total = len(review.hunks)
        words, colour = f"{review.taken} of {total} taken", self._look.palette.faint
        if not review.taken:
            words = f"{Icon.WARNING}  Nothing is taken: to approve this is to reject it"
        if review.taken < total:
            colour = self._look.palette.amber
        self._look.write(self._count, words, self._look.fonts.small)
        dpg.configure_item(self._count, color=colour)

    def _choose(self, *, diff: bool) -> None:
        review = self.review
        if diff and self._typed is not None and review is not None:
            self._reviews[self._request] = again = review_again(review.old, self._typed)
            self._typed, self._editing, self._current = None, None, 0
            self._draw(unified(again.old, again.text, "", creates=False))
        self._end_edit()
        for item, front in zip(self._buttons, (diff, not diff), strict=False):
            self._look.themes.bind(item, "tab_on" if front else "tab_off")
        dpg.configure_item(self._group, show=diff)
        self._front(diff)
