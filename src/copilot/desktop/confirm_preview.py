"""The room of a preview in the approval dialog: what a run would do, and whether that is to be committed.

The row above it has the button and how the run is fenced in. A preview is made by the person's click alone.
"""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.approval_words import diff_rows
from copilot.desktop.confirm_foot import APPROVE
from copilot.desktop.confirm_place import FOOT
from copilot.desktop.diff_view import DIFF_TABLE, draw_rows
from copilot.desktop.gate import Item, dpg
from copilot.desktop.hunks import MOST_HUNKS
from copilot.desktop.palette import Tone
from copilot.desktop.preview_words import FenceChoice, choices_of, chosen_of, headline
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear
from copilot.vocabulary.approvals import ConfirmDialog, Decision, PythonFileDetail, ScriptDetail
from copilot.vocabulary.commands import ApplyPreview, Command, DiscardPreview, PreviewScript
from copilot.vocabulary.confinement import Fence, change_words, fence_words, view_words
from copilot.vocabulary.events import PreviewEnded, PreviewReady, PreviewStarted
from copilot.vocabulary.frozen import replace

ROOM = "confirm.preview"
PREVIEW_KEYS = (
    ("Alt+P", "Preview a run: what it prints and changes; the script again"),
    ("Alt+Y", "Apply the preview that is shown, as the answer"),
    ("Alt+X", "Discard the preview"),
)
Words = tuple[str, str | None] | None
"""The text as it stands, and the person's version where it is one; None while nothing is taken."""

_DIFFS, _DIFF_LINES, _OUTPUT_LINES = 60, 400, 400
_TABLES = DIFF_TABLE + MOST_HUNKS + 2
_TONES: dict[str, Tone] = {"created": "green", "folder": "green", "deleted": "red", "folder_deleted": "red"}


class PreviewRoom:
    """Made once, beside the text that is asked about. `front` hears whether the room is before the text,
    `asked` gives the text; `afar`: it runs on a server."""

    def __init__(
        self,
        look: Look,
        parent: Item,
        submit: Callable[[Command], None],
        front: Callable[[bool], None],
        asked: Callable[[], Words],
        *,
        afar: bool = False,
    ) -> None:
        self._afar = afar
        self._look, self._submit, self._front, self._words = look, submit, front, asked
        self._request: ConfirmDialog | None = None
        self._news: PreviewStarted | PreviewReady | PreviewEnded | None = None
        self._choice: FenceChoice | None = None
        self._asked: str | None = None
        self._row: Item | None = None
        self._approve = ""
        self.room = dpg.add_child_window(parent=parent, tag=ROOM, height=-look.px(FOOT), width=-1, show=False)
        look.themes.bind(self.room, "inset")

    @property
    def opened(self) -> bool:
        """Whether it is in front."""
        return bool(dpg.is_item_shown(self.room))

    @property
    def fence(self) -> Fence | None:
        """What the request's run is fenced in by, as it was proposed; None where it is no run."""
        detail = self._request.detail if self._request is not None else None
        return detail.fence if isinstance(detail, (ScriptDetail, PythonFileDetail)) else None

    def begin(self, request: ConfirmDialog) -> None:
        """Another request is shown: with its own preview, if it had one, and the fence as proposed."""
        self._request, self._news, self._asked = request, None, None
        self._choice = chosen_of(self.fence) if self.fence is not None else None
        dpg.hide_item(self.room)

    def draw_row(self, parent: Item) -> None:
        """The button, the ways to run, and what this machine lacks."""
        fence, look = self.fence, self._look
        self._row = None
        if fence is None:
            return
        self._row = dpg.add_group(parent=parent)
        self._draw_row()
        for missing in fence.here.missing:
            line = f"{Icon.WARNING}  {text.shown(missing)}"
            look.text(line, parent, font=look.fonts.small, colour=look.palette.amber, wrap=0)

    def refresh(self, state: ViewState) -> None:
        """Hear what became of the preview."""
        request = self._request
        found = next((n for n in state.previews if request and n.request_id == request.request_id), None)
        if found is not self._news:
            self._news = found
            self._draw()

    def key(self, key: int) -> bool:
        """A key with Alt; False where it is not ours."""
        acts = {dpg.mvKey_P: self.turn, dpg.mvKey_Y: self.apply, dpg.mvKey_X: self.discard}
        if key not in acts or self.fence is None:
            return False
        acts[key]()
        return True

    def turn(self) -> None:
        """Preview the text as it stands, or bring what was found to the front, or the text again."""
        asked = self._words()
        if self._request is None or self.fence is None or asked is None:
            return
        words, edited = asked
        if self.opened:
            self._close()
            return
        stale = isinstance(self._news, PreviewReady) and self._news.text != words
        if not isinstance(self._news, (PreviewReady, PreviewStarted)) or stale:
            self._asked = edited
            self._news = None
            self._submit(PreviewScript(request_id=self._request.request_id, edited_text=edited))
        self._front(True)
        dpg.show_item(self.room)
        self._name_approval(f"{Icon.CHECK}  Run for real   Alt+A")
        self._draw()

    def apply(self) -> None:
        """Commit what is shown, as the answer."""
        found = self._news
        if self.opened and isinstance(found, PreviewReady) and not found.refused:
            self._submit(
                ApplyPreview(
                    request_id=found.request_id, preview_id=found.preview_id, edited_text=self._asked
                )
            )

    def discard(self) -> None:
        """Forget the preview; the request waits on."""
        if self._request is not None and self.opened:
            self._submit(DiscardPreview(request_id=self._request.request_id))
            self._close()

    def decided(self, decision: Decision) -> Decision:
        """The answer with the person's choice for this run."""
        fence, choice = self.fence, self._choice
        if fence is None or choice is None or choice == chosen_of(fence):
            return decision
        return replace(decision, confined=choice.confined, network=choice.network)

    def _close(self) -> None:
        dpg.hide_item(self.room)
        self._front(False)
        self._name_approval(self._approve)

    def _name_approval(self, label: str) -> None:
        """While a preview is in front, the approval is told from Apply: it runs once more, for real."""
        self._approve = dpg.get_item_label(APPROVE) if self.opened else ""
        dpg.configure_item(APPROVE, label=label, width=dpg.get_item_rect_size(APPROVE)[0])

    def _choose(self, choice: FenceChoice) -> Callable[[], None]:
        def choose() -> None:
            self._choice = choice
            self._draw_row()

        return choose

    def _draw_row(self) -> None:
        fence, look = self.fence, self._look
        if self._row is None or fence is None or self._choice is None:
            return
        clear(self._row)
        line = dpg.add_group(parent=self._row, horizontal=True, horizontal_spacing=look.px(4))
        look.text("Fence", line, font=look.fonts.small, colour=look.palette.faint)
        dpg.add_spacer(parent=line, width=int(look.px(102) - look.size("Fence", look.fonts.small)[0]))
        preview = f"{Icon.SEARCH}  Preview what it does   Alt+P"
        for number, one in enumerate(choices_of(fence, afar=self._afar)):
            style = "tab_on" if one == self._choice else "tab_off"
            look.button(one.label, line, style, self._choose(one), tag=f"{ROOM}.fence.{number}")
            look.tip(f"{ROOM}.fence.{number}", one.tip)
        dpg.add_spacer(parent=line, width=look.px(4))
        look.button(preview, line, "tab_off", self.turn, tag="confirm.try")
        chosen = replace(fence, confined=self._choice.confined, network=self._choice.network)
        tone = "dim" if chosen.confined else "amber"
        told = dpg.add_group(parent=self._row, horizontal=True, horizontal_spacing=0)
        look.themes.bind(told, "text_lines")
        dpg.add_spacer(parent=told, width=look.px(110))
        look.text(fence_words(chosen), told, font=look.fonts.small, colour=look.palette.of(tone), wrap=0)

    def _draw(self) -> None:
        if not self.opened:
            return
        look, room, found = self._look, self.room, self._news
        clear(room)
        if isinstance(found, PreviewReady):
            self._draw_found(found)
            return
        if isinstance(found, PreviewEnded) and found.reason != "discarded":
            words = " ".join(filter(None, (f"The preview ended: {found.reason}.", found.message)))
            self._line(f"{Icon.WARNING}  {text.shown(words)}", tone="amber")
            return
        self._line(f"{Icon.HOURGLASS}  The preview runs …   Alt+X stops it")
        fence = self.fence
        if fence is not None:
            self._line(f"It sees {view_words(fence.here.view, fence.here)}.")
        dpg.set_y_scroll(room, 0.0)
        look.gap(room)

    def _draw_found(self, found: PreviewReady) -> None:
        look, room = self._look, self.room
        row = dpg.add_group(parent=room, horizontal=True, horizontal_spacing=look.px(8))
        if not found.refused:
            apply = f"{Icon.CHECK}  Apply this result   Alt+Y"
            look.button(apply, row, "approve", self.apply, font=look.fonts.small_bold, tag=f"{ROOM}.apply")
        look.button("Discard   Alt+X", row, "quiet", self.discard, tag=f"{ROOM}.discard")
        look.gap(room, height=4)
        self._line(
            f"Preview: {headline(found)}. Only you see it; the model gets it if you apply it.", "strong"
        )
        if found.refused:
            self._line(f"{Icon.WARNING}  It cannot be applied: {text.shown(found.refused)}.", "amber")
        for note in found.notices:
            self._line(f"{Icon.WARNING}  {text.shown(note)}", "amber")
        self._draw_changes(found)
        for name, words in (("Printed", found.stdout), ("On standard error", found.stderr)):
            self._draw_output(name, words)
        if found.outside:
            self._heading("Written outside the project, and thrown away")
            for one in found.outside:
                self._line(text.shown(one), mono=True)
        self._heading("What a preview cannot show here")
        fence = self.fence
        if fence is not None:
            self._line(f"It saw {view_words(found.view, fence.here)}.")
        for one in found.unseen:
            self._line(text.shown(one))
        dpg.set_y_scroll(room, 0.0)

    def _draw_changes(self, found: PreviewReady) -> None:
        self._heading("Changes of the project" if found.changes else "It changes nothing in the project")
        drawn = 0
        for change in found.changes:
            self._line(text.shown(change_words(change)), _TONES.get(change.kind, "text"), mono=True)
            if change.diff and drawn < _DIFFS:
                rows = diff_rows(change.diff)
                draw_rows(self._look, self.room, rows, tag=_TABLES + drawn, most=_DIFF_LINES)
                drawn += 1

    def _draw_output(self, name: str, words: str) -> None:
        if not words.strip():
            return
        self._heading(name)
        lines = words.rstrip("\n").split("\n")
        for line in lines[:_OUTPUT_LINES]:
            self._line(text.shown(line) or " ", mono=True)
        if len(lines) > _OUTPUT_LINES:
            self._line(f"{len(lines) - _OUTPUT_LINES:,} more lines", "amber")

    def _heading(self, words: str) -> None:
        look = self._look
        look.gap(self.room, height=8)
        look.text(words, self.room, font=look.fonts.small_bold, colour=look.palette.faint)

    def _line(self, words: str, tone: Tone = "dim", *, mono: bool = False) -> None:
        look = self._look
        font = look.fonts.mono if mono else look.fonts.small
        look.text(words, self.room, font=font, colour=look.palette.of(tone), wrap=0)
