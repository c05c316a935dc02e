"""Branches side by side, live: what each has that the others have not, and what each is saying now."""

import time
from collections.abc import Callable
from dataclasses import replace

from copilot.desktop import text
from copilot.desktop.branch_rows import cost_words
from copilot.desktop.entries import Entry, EntryFold, message_of
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.cards import CardMaker
from copilot.desktop.panels.link_bar import LinkBar
from copilot.desktop.panels.panel import Over
from copilot.desktop.panels.sent_cards import SentCards
from copilot.desktop.rich_flow import Pen
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.desktop.virtual_list import Cards, VirtualList
from copilot.desktop.widgets import Action, Icon, Look, clear
from copilot.vocabulary.commands import CancelTurn, SwitchBranch
from copilot.vocabulary.message_runs import Messages

WIDTH, HEIGHT = 4_000, 2_400
MOST = 8
"""Columns: as many turns run at once."""
_LEAST_WIDTH = 340
_GAP = 8
_BUTTON, _NAME, _LINE = 20, 70, 26
"""Pixels at scale 1 of a column's head: what a button has around its words, what is beside the name, and how
high its line is, with buttons or without."""


class Beside(Over):
    """Made once; `open` shows branches. All columns move on as their turns do."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._state = ViewState()
        self._names: tuple[str, ...] = ()
        self._counted: tuple[tuple[tuple[int, str], ...], int] = ((), 0)
        self._over = Overlay(look, "beside", WIDTH, HEIGHT)
        window = self._over.window
        head = look.row(window, look.widths((Icon.CLOSE,), look.fonts.small, 12))
        look.text(Icon.BRANCH, head.left, colour=look.palette.accent)
        look.text("Side by side", head.left, font=look.fonts.body_bold, colour=look.palette.strong)
        self._common = look.text("", head.left, font=look.fonts.small, colour=look.palette.dim)
        look.icon_button(Icon.CLOSE, head.right, self.close, "Close", tag="beside.close")
        self._link = LinkBar(look, window, "beside.link")
        self._body = dpg.add_child_window(
            parent=window, tag="beside.body", width=-1, height=-1, border=False, horizontal_scrollbar=True
        )
        line = dpg.add_group(parent=self._body, horizontal=True, horizontal_spacing=look.px(_GAP))
        self._columns = [
            Column(look, actions, line, number, self._go, self._link.ask) for number in range(MOST)
        ]
        self._actions = actions

    def open(self, names: tuple[str, ...]) -> None:
        """Show these branches."""
        self._names = names[:MOST]
        self._link.close()
        self._over.show()
        for column in self._columns:
            column.forget()
        self.refresh(self._state)

    def close(self) -> None:
        """Hide it; what runs goes on."""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Show what changed."""
        self._state = state
        if not self.opened or state.project is None:
            return
        # One that was just asked for is not there before the worker has made it.
        there = {branch.name for branch in state.project.discussion.branches}
        names = tuple(name for name in self._names if name in there)
        common = self._in_common(state, names)
        words = f"{text.plural(common, 'message')} in common" if common else ""
        dpg.set_value(self._common, words if names else "None of these branches is there any more.")
        for column, name in zip(self._columns, (*names, *("",) * MOST), strict=False):
            column.show(state, name, common)

    def _in_common(self, state: ViewState, names: tuple[str, ...]) -> int:
        """As `_common`, counted anew only where a branch has another end."""
        paths = tuple(state.path_of(name) for name in names)
        if not self._counted[0] or self._counted[0] != tuple(map(_ends, paths)):
            self._counted = tuple(map(_ends, paths)), _common(paths)
        return self._counted[1]

    def tick(self) -> bool:
        """Once a frame. True while something still moves."""
        if not self.opened:
            return False
        shown = [column for column in self._columns if column.name]
        width, height = dpg.get_item_rect_size(self._body)
        room = (width - self._look.px(_GAP) * max(0, len(shown) - 1)) / max(1, len(shown))
        wide = int(max(self._look.px(_LEAST_WIDTH), room))
        moving = False
        for column in shown:
            moving |= column.tick(wide, int(height) - self._look.px(4))
        return moving

    def key(self, press: Press) -> None:
        """Escape closes; a digit goes to the branch of that column; a link is answered first."""
        if self._link.opened and press.chord.key in ("Escape", "Enter"):
            if press.chord.key == "Enter" and not press.chord.modifiers and not press.again:
                self._link.yes()
            elif press.chord.key == "Escape" and not press.again:
                self._link.close()
        elif press.chord.key == "Escape":
            self.close()
        elif press.chord.key.isdigit() and not press.chord.modifiers:
            number = int(press.chord.key) - 1
            if 0 <= number < len(self._columns) and self._columns[number].name:
                self._go(self._columns[number].name)

    def _go(self, name: str) -> None:
        self.close()
        if name != self._state.branch:
            self._actions.submit(SwitchBranch(request_id=self._actions.new_id(), name=name))


class Column:
    """One branch. Hidden while it has none. `ask` asks about a link, `go` goes to the branch."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        parent: Item,
        number: int,
        go: Callable[[str], None],
        ask: Callable[[str], None],
    ) -> None:
        self._look = look
        self._actions = actions
        self._go = go
        self._number = number
        self._state = ViewState()
        self._head_due = False
        self._width: int = 0
        self._head_shown: tuple[object, ...] = ()
        self._facts: tuple[object, ...] = ()
        self._start_over = True
        self._fold = EntryFold(whole=True)
        self._own: tuple[tuple[str | None, int], set[str]] = ((None, -1), set())
        self.name = ""
        self._box = dpg.add_child_window(
            parent=parent, tag=f"beside.column.{number}", width=10, height=10, show=False, no_scrollbar=True
        )
        self._head = dpg.add_group(parent=self._box)
        self._list_box = dpg.add_child_window(
            parent=self._box, tag=f"beside.list.{number}", width=-1, height=-1, border=False
        )
        self._pen = Pen(look, ask, time.monotonic)
        sent = SentCards(look, actions)
        maker = CardMaker(self._pen, actions, None, sent, CardState(), f"beside.{number}")
        self._list: VirtualList[Entry] = VirtualList(
            look,
            self._list_box,
            Cards(maker.build, maker.update, maker.see, maker.close, maker.estimate),
            time.monotonic,
            number + 1,
        )

    def forget(self) -> None:
        """Begin anew: from the end, whatever was shown."""
        self._facts, self._head_shown, self._start_over = (), (), True

    def show(self, state: ViewState, name: str, common: int) -> None:
        """Show a branch without what all columns have in common; nothing where the name is empty."""
        dpg.configure_item(self._box, show=bool(name))
        changed, self.name = name != self.name, name
        if not name or state.project is None:
            return
        self._state, self._head_due = state, True
        discussion = state.project.discussion
        tip = discussion.tip(name)
        facts = (tip, state.turn_on(name), state.calls, state.endings, state.prunings)
        if facts == self._facts and not changed:
            return
        self._facts = facts
        if self._own[0] != (tip, common):
            self._own = (tip, common), {message.id for message in state.path_of(name)[common:]}
        view = replace(state, project=replace(state.project, discussion=replace(discussion, active=name)))
        found = _behind(self._fold(view), self._own[1])
        self._list.show(found, start_over=self._start_over or changed)
        self._start_over = False

    def tick(self, width: int, height: int) -> bool:
        """Once a frame; True while something still moves."""
        dpg.configure_item(self._box, width=width, height=height)
        if self._head_due or width != self._width:
            self._head_due, self._width = False, width
            self._draw_head(self._state, width)
        return self._pen.colours.tick() | self._list.tick()

    def _draw_head(self, state: ViewState, width: int) -> None:
        turn = state.turn_on(self.name)
        waits = any(one.branch == self.name for one in state.approvals)
        cost = next((cost_words(one) for one in state.spending.branches if one.branch == self.name), "")
        phase = "" if turn is None else "waits for you" if waits else PHASE_WORDS[turn.phase]
        model = text.model_name(turn.model.provider, turn.model.model) if turn is not None else ""
        shown = (self.name, phase, model, cost, state.branch, width)
        if shown == self._head_shown:
            return
        self._head_shown = shown
        look = self._look
        clear(self._head)
        go, stop = ("Go to it",) * (self.name != state.branch), ("Stop",) * (turn is not None)
        labels = (*stop, *go)
        buttons = look.widths(labels, look.fonts.small, _BUTTON) if labels else 0.0
        row = look.row(self._head, buttons)
        room = max(width - buttons - look.px(_NAME), look.px(60))
        name = look.fit(text.one_line(self.name, 80), look.fonts.body_bold, room)
        number = look.lowered(row.left, 3)
        look.text(f"{self._number + 1}", number, font=look.fonts.caption, colour=look.palette.faint)
        look.text(name, row.left, font=look.fonts.body_bold, colour=look.palette.strong)
        if turn is not None:
            act = _submitting(self._actions, CancelTurn(turn_id=turn.turn_id))
            look.button("Stop", row.right, "segment_off", act, tag=f"beside.stop.{self._number}")
        if go:
            branch = self.name
            tag = f"beside.go.{self._number}"
            look.button("Go to it", row.right, "segment_off", lambda: self._go(branch), tag=tag)
        look.gap(row.right, height=_LINE)
        facts = " · ".join(filter(None, (phase or "at rest", model, cost)))
        tone = look.palette.amber if waits else look.palette.dim
        look.text(facts, self._head, font=look.fonts.small, colour=tone)


def _submitting(actions: Actions, command: CancelTurn) -> Action:
    return lambda: actions.submit(command)


def _ends(path: Messages) -> tuple[int, str]:
    """How long a path is, and its last message: enough to know it again."""
    return len(path), path[-1].id if path else ""


def _common(paths: tuple[Messages, ...]) -> int:
    """How many messages all of these begin with."""
    if len(paths) < 2:
        return 0
    common = 0
    for first, *others in zip(*paths, strict=False):
        if any(message is not first and message.id != first.id for message in others):
            break
        common += 1
    return common


def _behind(found: list[Entry], own: set[str]) -> list[Entry]:
    """What stands behind the last message that is not the branch's own."""
    for at in range(len(found) - 1, -1, -1):
        message = message_of(found[at])
        if message is not None and message.id not in own:
            return found[at + 1 :]
    return found
