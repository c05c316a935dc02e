"""The branches: which left which and where, what each cost, what runs; by click and by key."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.act_menu import Act, ActMenu
from copilot.desktop.action_table import NamedAction
from copilot.desktop.branch_list import BranchClicks, BranchList
from copilot.desktop.branch_rows import BranchRow, branch_rows, row_facts
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.panels.panel import Panel
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window
from copilot.vocabulary.commands import DeleteBranch, ForkBranch, RenameBranch, SwitchBranch, UndoDiscussion

_FOOT = 26
"""Pixels at scale 1 below the list: what can be taken back, else the keys."""

EDGES = 28
"""Pixels at scale 1 at both sides of the panel."""

TOOLS = ((Icon.PLUS, "New", "New"), (Icon.BRANCH, "Graph", "Graph"), (Icon.SEND, "Ask several", "Ask"))
"""The buttons: icon, words, and words where there is less room; where there is least, the icons alone."""
TAGS = ("branches.new", "branches.graph", "branches.several")
TIPS = (
    "A new branch from the end of this one",
    "The branches as a graph",
    "Send one message to several branches or models, and watch them side by side",
)

HINTS = (
    "Right click, or Enter R D N C M: what can be done",
    "Right click: what can be done",
    "Right click: actions",
)
"""The first of these that there is room for."""


class Branches(Panel):
    """The panel `branches`."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._shown: tuple[object, ...] = ()
        self._rows: tuple[BranchRow, ...] = ()
        self._width = 0
        self._item = window("branches", f"{Icon.BRANCH}  Branches")
        line = dpg.add_group(parent=self._item, horizontal=True, horizontal_spacing=look.px(4))
        for (icon, words, _), act, tag, tip in zip(
            TOOLS, (self._new_here, actions.open_graph, actions.open_several), TAGS, TIPS, strict=True
        ):
            look.tip(look.button(f"{icon}  {words}", line, "icon", act, tag=tag), tip)
        self._menu = ActMenu(look, "branches.menu", self._acts())
        clicks = BranchClicks(self._open, self._menu.open)
        self._list = BranchList(look, self._item, clicks)
        dpg.configure_item(self._list.box, height=-look.px(_FOOT))
        self._foot = dpg.add_group(parent=self._item, horizontal=True, horizontal_spacing=look.px(6))
        self._undo = look.button("", self._foot, "icon", self._take_back, tag="branches.undo", show=False)
        self._hint = look.text(
            HINTS[0],
            self._foot,
            font=look.fonts.caption,
            colour=look.palette.faint,
        )

    def refresh(self, state: ViewState) -> None:
        """Show the branches as they are now."""
        self._state = state
        shown = (row_facts(state), state.undo)
        if shown == self._shown:
            return
        self._shown = shown
        self._rows = branch_rows(state)
        self._list.show(self._rows)
        words = f"{Icon.HISTORY}  Undo: {text.label(text.one_line(state.undo, 60))}" if state.undo else ""
        dpg.configure_item(self._undo, label=words, show=bool(words))
        dpg.configure_item(self._hint, show=not words)

    def tick(self) -> bool:
        """Once a frame."""
        self._list.focused = self._has_keys()
        width = dpg.get_item_width("branches")
        if width != self._width:
            self._width = width
            self._fit(width - self._look.px(EDGES))
        return self._list.tick()

    def _fit(self, room: float) -> None:
        """Say what there is room for."""
        look = self._look
        dpg.set_value(self._hint, look.fitting(HINTS, look.fonts.caption, room))
        whole = tuple(f"{icon}  {words}" for icon, words, _ in TOOLS)
        short = tuple(f"{icon}  {words}" for icon, _, words in TOOLS)
        icons = tuple(icon for icon, _, _ in TOOLS)
        fitting = (some for some in (whole, short) if look.widths(some, look.fonts.small, 12) <= room)
        for tag, label in zip(TAGS, next(fitting, icons), strict=True):
            dpg.configure_item(tag, label=label)

    def key(self, press: Press) -> None:
        """Up and Down move; the letters of the menu act on the marked branch."""
        row = self._list.cursor
        if press.chord.modifiers or not (self._has_keys() or self._menu.opened) or row is None:
            return
        if press.chord.key in ("Up", "Down"):
            self._list.move(-1 if press.chord.key == "Up" else 1)
        elif press.chord.key == "Space":
            self._menu.open(row, self._list.place_of_cursor())
        elif self._menu.do(press.chord.key, row):
            self._menu.close()

    def escape(self) -> bool:
        """Close the menu."""
        opened = self._menu.opened
        self._menu.close()
        return opened

    def keys_to(self) -> Item | None:
        """The list."""
        return self._list.box

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Those of the list."""
        moves = (("Up Down", "Mark another branch"), ("Space", "What can be done with it"))
        return (*moves, *((act.key, act.title) for act in self._acts()))

    def actions(self) -> tuple[NamedAction, ...]:
        """On the branch that is shown."""
        return (*self._looks(), *self._changes())

    def _looks(self) -> tuple[NamedAction, ...]:
        """Seeing several branches at once."""

        def there() -> bool:
            return bool(self._rows)

        return (
            NamedAction(
                name="branch.several",
                title="Ask several branches or models…",
                run=self._actions.open_several,
                keys="Ctrl+Shift+Enter",
                group="Branch",
                enabled=there,
                why="no project is open yet",
                words="side by side compare models parallel",
            ),
            NamedAction(
                name="branch.compare",
                title="Compare with another branch…",
                run=lambda: self._actions.ask(self._others("Compare with", self._compare)),
                group="Branch",
                enabled=self._are_several,
                why="there is only one branch",
                words="side by side",
            ),
            NamedAction(
                name="branch.graph",
                title="Graph of the branches",
                run=self._actions.open_graph,
                keys="Ctrl+G",
                group="Branch",
                enabled=there,
                why="no project is open yet",
            ),
        )

    def _changes(self) -> tuple[NamedAction, ...]:
        """What changes them."""
        return (
            NamedAction(
                name="branch.note",
                title="Note this branch's conclusion in another…",
                run=lambda: self._note(self._state.branch),
                group="Branch",
                enabled=self._are_several,
                why="there is only one branch",
                words="merge",
            ),
            NamedAction(
                name="branch.delete",
                title="Delete this branch",
                run=lambda: self._delete(self._state.branch),
                group="Branch",
                enabled=lambda: self._are_several() and self._state.turn is None,
                why="the last branch stays, and so does one on which a turn runs",
            ),
            NamedAction(
                name="branch.undo",
                title="Undo the last change of branches or messages",
                run=self._take_back,
                keys="Ctrl+Shift+Z",
                group="Edit",
                enabled=lambda: bool(self._state.undo),
                why="there is nothing to undo",
            ),
        )

    def _are_several(self) -> bool:
        return len(self._rows) > 1

    def _acts(self) -> tuple[Act[BranchRow], ...]:
        def any_branch(_row: BranchRow) -> bool:
            return True

        def another(row: BranchRow) -> bool:
            return not row.active

        def still(row: BranchRow) -> bool:
            return not row.phase

        def several(_row: BranchRow) -> bool:
            return self._are_several()

        def can_go(row: BranchRow) -> bool:
            return still(row) and self._are_several()

        return (
            Act("go", "Go to it", "Enter", self._open, another),
            Act("rename", "Rename…", "R", self._rename, still),
            Act("fork", "New branch from its end…", "N", self._fork, any_branch),
            Act("compare", "Compare with the one shown", "C", lambda row: self._compare(row.name), another),
            Act("note", "Note its conclusion in another…", "M", lambda row: self._note(row.name), several),
            Act("delete", "Delete", "D", lambda row: self._delete(row.name), can_go),
        )

    def _has_keys(self) -> bool:
        return bool(dpg.is_item_focused(self._item) or dpg.is_item_focused(self._list.box))

    def _open(self, row: BranchRow) -> None:
        if not row.active:
            self._actions.submit(SwitchBranch(request_id=self._actions.new_id(), name=row.name))

    def _new_here(self) -> None:
        row = next((one for one in self._rows if one.active), None)
        if row is not None:
            self._fork(row)

    def _fork(self, row: BranchRow) -> None:
        def fork(name: str) -> None:
            command = ForkBranch(request_id=self._actions.new_id(), name=name, at=row.tip)
            self._actions.submit(command)

        words = f"A name for the branch that leaves {text.one_line(row.name, 40)} here"
        self._actions.ask(self._name(words, "", "New branch “{}”", fork))

    def _rename(self, row: BranchRow) -> None:
        def rename(name: str) -> None:
            command = RenameBranch(request_id=self._actions.new_id(), name=row.name, to=name)
            self._actions.submit(command)

        self._actions.ask(self._name("A new name", row.name, "Rename it to “{}”", rename))

    def _name(self, hint: str, first: str, title: str, act: Callable[[str], None]) -> Question:
        """Ask for a name that no other branch has."""
        taken = {row.name for row in self._rows}

        def typed(words: str) -> Choice | None:
            name = words.strip()
            if name == first:
                return None
            why = "another branch has this name" if name in taken else ""
            said = title.format(text.one_line(name, 60))
            return Choice(title=said, run=lambda: act(name), icon=Icon.BRANCH, why=why)

        return Question(
            hint=hint, choices=no_choices, icon=Icon.BRANCH, typed=typed, first=first, nothing="Type a name."
        )

    def _others(self, verb: str, act: Callable[[str], None], source: str = "") -> Question:
        """Choose another branch than the one shown, or than `source`."""
        besides = source or self._state.branch

        def choices() -> tuple[Choice, ...]:
            return tuple(
                Choice(
                    title=text.one_line(row.name, 80),
                    run=lambda name=row.name: act(name),
                    icon=Icon.BRANCH,
                    note=row.facts,
                )
                for row in self._rows
                if row.name != besides
            )

        return Question(hint=f"{verb} which branch?", choices=choices, icon=Icon.BRANCH)

    def _compare(self, name: str) -> None:
        self._actions.open_beside((self._state.branch, name))

    def _note(self, source: str) -> None:
        def into(target: str) -> None:
            self._actions.open_note(source, target)

        self._actions.ask(self._others("Note its conclusion in", into, source))

    def _delete(self, name: str) -> None:
        self._actions.submit(DeleteBranch(request_id=self._actions.new_id(), name=name))

    def _take_back(self) -> None:
        self._actions.submit(UndoDiscussion(request_id=self._actions.new_id()))
