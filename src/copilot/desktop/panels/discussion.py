"""The discussion: message cards of the active branch, the answer as it streams, and how the turn ended."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.entries import Entry, entries
from copilot.desktop.gate import dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.cards import CardMaker
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.sent_cards import SentCards
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.desktop.virtual_list import Cards, VirtualList
from copilot.desktop.widgets import Icon, Look, clear, window
from copilot.vocabulary.commands import ForkBranch
from copilot.vocabulary.messages import CONTINUE

REDRAW_SECONDS = 0.05
"""How often an answer that streams is laid out again."""


class Discussion(Panel):
    """The panel `discussion`."""

    def __init__(self, look: Look, actions: Actions, ticks: Callable[[], float]) -> None:
        self._ticks = ticks
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._shown: tuple[object, ...] = ()
        self._title: tuple[object, ...] = ()
        self._branch: tuple[str, str] = ("", "")
        self._drawn_at = 0.0
        self._item = window("discussion", "Discussion")
        self._head = dpg.add_group(parent=self._item)
        self._empty = dpg.add_group(parent=self._item, show=False)
        self._scroller = dpg.add_child_window(
            parent=self._item, tag="discussion.list", width=-1, height=-1, border=False
        )
        self._sent = SentCards(look, actions)
        maker = CardMaker(look, actions, self._fork, self._go_on, self._sent)
        self._list: VirtualList[Entry] = VirtualList(
            look, self._scroller, Cards(maker.build, maker.update, maker.close, maker.estimate)
        )

    def refresh(self, state: ViewState) -> bool:
        """Show the state; True where it waits for the next chance to draw a streaming answer."""
        now = self._ticks()
        self._state = state
        self._draw_head(state)
        self._sent.branch = state.branch
        facts = (state.project, state.calls, state.turn, state.ending, state.notices, state.pruned)
        if all(a is b for a, b in zip(facts, self._shown, strict=False)) and self._shown:
            return False
        if state.turn is not None and now - self._drawn_at < REDRAW_SECONDS:
            return True
        self._shown, self._drawn_at = facts, now
        branch = (state.project.name if state.project is not None else "", state.branch)
        found = entries(state)
        self._list.show(found, start_over=branch != self._branch)
        self._branch = branch
        self._draw_empty(empty=not state.path() and state.turn is None, cards=bool(found))
        return False

    def tick(self) -> bool:
        """Once a frame; True while something still moves."""
        return self._list.tick()

    def sent(self) -> None:
        """The person sent something: show the end."""
        self._list.to_end()

    def _draw_head(self, state: ViewState) -> None:
        project = state.project
        phase = state.turn.phase if state.turn is not None else None
        branches = tuple(b.name for b in project.discussion.branches) if project is not None else ()
        title = (project.name if project else "", state.branch, branches, phase, len(state.approvals))
        if title == self._title:
            return
        self._title = title
        look = self._look
        clear(self._head)
        if project is None:
            return
        row = look.row(self._head, look.widths((f"{Icon.BRANCH}  New branch",), look.fonts.small, 12))
        name = look.fit(
            text.one_line(project.name, 60), look.fonts.heading, dpg.get_item_width("discussion") * 0.4
        )
        look.text(name, row.left, font=look.fonts.heading, colour=look.palette.strong)
        chips = dpg.add_group(parent=look.lowered(row.left), horizontal=True, horizontal_spacing=look.px(8))
        look.chip(f"{Icon.BRANCH}  {text.one_line(state.branch, 30)}", chips, look.palette.accent_bright)
        if phase is not None:
            waits = phase in ("approval", "waiting", "stopping")
            look.chip(PHASE_WORDS[phase], chips, look.palette.amber if waits else look.palette.green)
        new = look.button(f"{Icon.BRANCH}  New branch", row.right, "icon", self.fork_here)
        look.tip(new, "A new branch that begins with the messages so far")

    def _draw_empty(self, *, empty: bool, cards: bool) -> None:
        dpg.configure_item(self._empty, show=empty)
        dpg.configure_item(self._scroller, show=cards)
        if not empty:
            return
        look = self._look
        clear(self._empty)
        look.gap(self._empty, height=24)
        look.text("What shall we do?", self._empty, font=look.fonts.title, colour=look.palette.strong)
        rehearsed = self._actions.model().provider == "rehearsal"
        lines = (
            "Write a message below and press Ctrl+Enter.",
            "The model reads the project's files by itself. Whatever runs or changes something is shown to "
            "you first, word for word, and you may edit or reject it.",
            "The built-in rehearsal answers: its words are scripted, everything else is real. Choose a "
            "provider in the menu Model; copilot doctor says how to add one."
            if rehearsed
            else "",
        )
        for line in filter(None, lines):
            look.text(line, self._empty, colour=look.palette.dim, wrap=0)
        look.gap(self._empty, height=8)

    def actions(self) -> tuple[NamedAction, ...]:
        """Branches."""
        return (
            NamedAction(name="branch.new", title="New branch from here", run=self.fork_here, group="Branch"),
        )

    def fork_here(self) -> None:
        """Begin a branch with the messages so far."""
        path = self._state.path()
        self._fork(path[-1].id if path else None)

    def _go_on(self) -> None:
        """Have the rest of an answer that was cut off."""
        self._actions.send(CONTINUE, ())

    def _fork(self, at: str | None) -> None:
        if self._state.project is None or self._state.turn is not None:
            return
        taken = {b.name for b in self._state.project.discussion.branches}
        number = 2
        while f"branch-{number}" in taken:
            number += 1
        self._actions.submit(ForkBranch(request_id=self._actions.new_id(), name=f"branch-{number}", at=at))
