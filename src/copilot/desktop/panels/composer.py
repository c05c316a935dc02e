"""Where the person writes. Ctrl+Enter sends, or queues beside a turn; nothing that was written is lost."""

from collections.abc import Callable
from typing import Any

from copilot.desktop.action_table import NamedAction
from copilot.desktop.draft_box import INPUT as INPUT
from copilot.desktop.draft_box import DraftBox
from copilot.desktop.drafts import Drafts
from copilot.desktop.file_choosing import choose_whole
from copilot.desktop.gate import Item, dpg
from copilot.desktop.intake import Intake
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.composer_actions import ComposerWays, composer_actions
from copilot.desktop.panels.composer_foot import ComposerFoot, FootFacts
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.path_list import PathList
from copilot.desktop.panels.queue_rows import QueueActions, QueueRows
from copilot.desktop.panels.tray import TRAY_HEIGHT, Tray
from copilot.desktop.pasted import Pasted
from copilot.desktop.path_typing import Typed, caret_after, new_files
from copilot.desktop.prompt_history import PromptHistory
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Look, window
from copilot.vocabulary.commands import EditQueued, TakeBackQueued
from copilot.vocabulary.events import QueuedMessage
from copilot.vocabulary.messages import Attachment

FOOT = 40
"""Pixels at scale 1 of the line below the box."""

EDGE = 30
"""Pixels (at scale 1) at either side of what is written."""

HINTS = (
    "Ask for something, or say what should change…   @ names a file",
    "Ask for something, or say what should change…",
    "Ask, or say what should change…",
)
"""What the empty box says; the first of these that there is room for."""


class Composer(Panel):
    """The panel `composer`. `ticks` are seconds; `drafts` keeps what is written, None where another does;
    `away` opens it in a window of its own, None where it is in one.
    """

    def __init__(
        self,
        look: Look,
        actions: Actions,
        ticks: Callable[[], float],
        intake: Intake,
        drafts: Drafts | None,
        away: Action | None = None,
    ) -> None:
        self._look = look
        self._actions = actions
        self._pasted = Pasted(intake)
        self._drafts = drafts
        self._state = ViewState()
        self._place: tuple[str, str] = ("", "")
        self._branches: frozenset[str] = frozenset()
        self._history = PromptHistory()
        self._editing: QueuedMessage | None = None
        self._put_by = self._foot_of = ""
        self._hinted: tuple[object, ...] = ()
        self._item = window("composer", "Composer")
        self._card = dpg.add_child_window(
            parent=self._item, tag="composer.card", width=-1, height=-1, no_scrollbar=True
        )
        look.themes.bind(self._card, "composer")
        self._queue = QueueRows(
            look, self._card, QueueActions(edit=self.edit_queued, remove=self._remove_queued)
        )
        self.tray = Tray(look, actions, self._card, self._tray_changed)
        self._box = DraftBox(look, self._card, self._edited)
        self._foot = ComposerFoot(look, actions, self._card, self._send_by_mouse, ticks, away)
        self._paths = PathList(look, self._box.item, ticks, self._take_word)
        self._hint = look.text(
            HINTS[0],
            self._card,
            colour=look.palette.faint,
            pos=[look.px(17), look.px(5)],
        )

    @property
    def focused(self) -> bool:
        """Whether the caret is in the box."""
        return self._box.focused

    @property
    def draft(self) -> str:
        """The text as the person last had it."""
        return self._box.draft

    def refresh(self, state: ViewState) -> None:
        """Show the draft of the branch, who answers, what waits, and *Send* or *Stop*."""
        before, self._state = self._state, state
        self._go_to_branch(state)
        self._paths.files(state.listing)
        self._paths.commands = state.trust.commands if state.trust is not None else ()
        project = state.project
        if project is not None and (before.project is None or before.project is not project):
            self._history.learn(project.discussion)
        if self._editing is not None and all(q.message_id != self._editing.message_id for q in state.queue):
            self._stop_editing(keep=True)
        width, height = dpg.get_item_rect_size(self._card)
        if width < 50:
            return
        self.tray.resize(width - self._look.px(34))
        editing = self._editing.message_id if self._editing is not None else ""
        running = state.turn is not None
        room = width - self._look.px(28)
        if self._queue.show(state.queue, running=running, editing=editing, width=room, height=height):
            self._lay_out()
        self._show_foot(width)

    def _show_foot(self, width: float) -> None:
        """The line below the box, which also says what the draft makes of it."""
        self._foot_of = self.draft
        facts = FootFacts(
            draft=bool(self.draft.strip() or self.tray.parts),
            editing=self._editing is not None,
            added=len(new_files(self._state.listing, self.draft)),
        )
        self._foot.show(self._state, facts, width)

    def send(self) -> bool:
        """Send the draft, queue it beside a turn, or keep the queued message that is edited.

        The draft stays where it was not taken."""
        words, attached = self.draft, self.tray.parts
        if self._editing is not None:
            self._keep_edited(self._editing, words)
            return True
        if not (words.strip() or attached):
            return False
        named = new_files(self._state.listing, words)
        change = choose_whole(self._state.files, named, self._actions.new_id)
        if change is not None:
            self._actions.choose_files(change)
        if not self._actions.send(words, attached):
            return False
        self._box.take()
        self._paths.close(left=False)
        self._history.sent(words)
        self._keep()
        self.tray.set(())
        return True

    def send_by_key(self) -> None:
        """Send by Ctrl+Enter: a line break that this very Enter made is taken back."""
        self._box.without_enter()
        self.send()

    def give_back(self, words: str, attached: tuple[Attachment, ...]) -> None:
        """What was sent was not taken after all: it is the draft again, before what was written since."""
        self._box.replace("\n\n".join(filter(None, (words, self.draft.strip()))))
        for part in attached:
            self.tray.add(part)
        self._keep()

    def insert(self, words: str) -> None:
        """Replace the draft."""
        self._box.replace(words)
        self._keep()

    def focus(self) -> None:
        """Put the caret into the box."""
        self._box.focus()

    def keys_to(self) -> Item:
        """The box."""
        return self._box.item

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """The keys of the box."""
        return (
            ("Up", "In an empty box: what was asked before; Down: what was asked after"),
            ("@", "Name a file: the whole of it goes with the message"),
            ("/", "At the beginning: call a command, whose words are sent in its place"),
            ("Ctrl+V", "Attach the picture or the file that was copied"),
        )

    def kept(self) -> object:
        """The draft of this branch and what goes with it, and the message that is edited."""
        return (self.draft, self.tray.parts, self._place, self._branches, self._editing, self._put_by)

    def take_up(self, kept: Any) -> None:
        """Go on with them."""
        draft, parts, self._place, self._branches, self._editing, self._put_by = kept
        self.tray.set(parts)
        self._box.replace(draft)

    def key(self, press: Press) -> None:
        """Ctrl+V, the keys of the list of files, and those that call back what was asked before."""
        if not self.focused:
            return
        if press.code == dpg.mvKey_V and "Ctrl" in press.chord.modifiers:
            self.pasted()
        elif press.chord.modifiers or (press.again and not self._paths.opened):
            return
        elif self._paths.opened:
            self._paths.key(press)
        elif press.chord.key == "Up" and (not self.draft or self._history.under_way):
            self._call_back(self._history.older(self.draft))
        elif press.chord.key == "Down" and self._history.under_way:
            self._call_back(self._history.newer())

    def escape(self) -> bool:
        """Close the list of files, leave a queued message as it was, bring the draft back."""
        if self._paths.opened:
            self._paths.close()
        elif self._editing is not None:
            self._stop_editing(keep=False)
        elif self._history.under_way and self.focused:
            self._call_back(self._history.draft())
        else:
            return False
        return True

    def escaped(self) -> None:
        """Escape was pressed: the draft is put back where the library has put back an older text."""
        self._box.escaped()

    def actions(self) -> tuple[NamedAction, ...]:
        """Sending, and what waits."""
        return composer_actions(
            ComposerWays(
                send=self.send_by_key,
                written=lambda: bool(self.draft.strip() or self.tray.parts or self._editing),
                older=lambda: self._call_back(self._history.older(self.draft)),
                newer=lambda: self._call_back(self._history.newer()),
                called_back=lambda: self._history.under_way,
                detach=lambda: self.tray.set(self.tray.parts[:-1]),
                attached=lambda: bool(self.tray.parts),
                paste=self.pasted,
                try_now=self._foot.try_now,
                waits=lambda: self._foot.waits,
                edit=lambda: self.edit_queued(self._state.queue[-1]),
                remove=lambda: self._remove_queued(self._state.queue[-1]),
                queued=lambda: bool(self._state.queue),
            )
        )

    def edit_queued(self, message: QueuedMessage) -> None:
        """Have a message that waits in the box; what was written is put by."""
        if self._editing is None:
            self._put_by = self.draft
        self._editing = message
        self._history.leave()
        self._box.replace(message.text)
        self._box.focus()
        self._foot.forget()

    def pasted(self) -> None:
        """Ctrl+V in the box: what the clipboard names is attached in place of its name; so is a picture."""
        self._pasted.paste(dpg.get_clipboard_text())
        self._drop_pasted(self.draft)

    def tick(self) -> bool:
        """Once a frame. True while something is under way."""
        self._pasted.tick()
        width = dpg.get_item_width("composer")
        hint = (not self.draft, self._queue.height(), width)
        if hint != self._hinted:
            self._hinted = hint
            look = self._look
            words = look.fitting(HINTS, look.fonts.body, width - look.px(2 * EDGE))
            dpg.set_value(self._hint, words)
            dpg.configure_item(self._hint, show=not self.draft)
            self._lay_out()
        if self._drafts is not None:
            self._drafts.tick()
        width = dpg.get_item_rect_size(self._card)[0]
        if self._foot_of != self.draft and width >= 50:
            self._show_foot(width)
        if self._paths.opened and not self.focused and not dpg.is_item_focused("paths"):
            self._paths.close()
        moving = self._box.tick(withhold=("Tab", "Enter") if self._paths.opened else ())
        return self._paths.tick() or moving

    def _edited(self, before: str, after: str) -> None:
        """The person changed the draft."""
        if self._drop_pasted(after):
            return
        self._history.leave()
        self._paths.typed(after, caret_after(before, after))
        self._keep()

    def _keep(self) -> None:
        """What is written stays, whatever happens to the program."""
        if self._editing is None and self._drafts is not None:
            self._drafts.put(self._place[1], self.draft)

    def _go_to_branch(self, state: ViewState) -> None:
        """Each branch has its own draft; one that is new takes along what is written."""
        drafts = self._drafts
        if state.project is None or drafts is None:
            return
        place = (state.project.name, state.branch)
        names = frozenset(branch.name for branch in state.project.discussion.branches)
        known, self._branches = self._branches, names
        if place == self._place:
            return
        if self._editing is not None:
            self._stop_editing(keep=False)
        before, self._place = self._place, place
        if before[0] != place[0]:
            drafts.open(place[0])
        elif place[1] not in known and self.draft:
            drafts.put(before[1], "")
            drafts.put(place[1], self.draft)
        if before[0] or not self.draft:
            self._box.replace(drafts.of(place[1]))

    def _call_back(self, words: str | None) -> None:
        if words is not None:
            self._box.replace(words)
            self._keep()

    def _take_word(self, typed: Typed, word: str) -> None:
        draft = self.draft
        after = draft[typed.end :]
        space = "" if after[:1] in (" ", "\n", "\t") else " "
        self._box.replace(f"{draft[: typed.start]}{word}{space}", after)
        self._keep()
        if not self.focused:
            self._box.focus()

    def _keep_edited(self, message: QueuedMessage, words: str) -> None:
        if words.strip():
            self._actions.submit(EditQueued(message_id=message.message_id, text=words))
        else:
            self._remove_queued(message)
        self._stop_editing(keep=False)

    def _remove_queued(self, message: QueuedMessage) -> None:
        self._actions.submit(TakeBackQueued(message_id=message.message_id))

    def _stop_editing(self, *, keep: bool) -> None:
        """Back to the draft that was put by; with `keep` what was edited stays, since it was sent before."""
        message, self._editing = self._editing, None
        changed = keep and message is not None and self.draft.strip() not in ("", message.text.strip())
        words = "\n\n".join(filter(None, (self.draft if changed else "", self._put_by)))
        self._put_by = ""
        self._box.replace(words)
        self._keep()
        self._foot.forget()

    def _drop_pasted(self, value: str) -> bool:
        """Take the pasted path out of the draft. True where it was there."""
        parts = self._pasted.taken_out(value)
        if parts is None:
            return False
        self._box.replace(*parts)
        self._keep()
        return True

    def _tray_changed(self) -> None:
        self._foot.forget()
        self._lay_out()

    def _lay_out(self) -> None:
        """The hint stands where the first line does, whatever is above the box; the box has what is left."""
        look, above = self._look, self._queue.height()
        high = 4 + (TRAY_HEIGHT if self.tray.parts else 0)
        dpg.configure_item(self._hint, pos=[look.px(17), look.px(high) + above])
        dpg.configure_item(self._box.item, height=-look.px(FOOT))

    def _send_by_mouse(self) -> None:
        self.send()
