"""Prompts: those that the person keeps by name, for the composer, and the project's system prompt."""

from collections.abc import Callable
from typing import Any, Literal

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.prompts_editor import PromptEditor
from copilot.desktop.panels.prompts_system import SystemPrompt
from copilot.desktop.prompt_shelf import AGAIN_SECONDS, Home, Prompt, PromptShelf, fitting
from copilot.desktop.segments import Flow
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window

Room = Literal["library", "system"]
SEARCH, LIST = "prompts.search", "prompts.list"
ROOMS, BRIEF = ("Kept prompts", "System prompt"), ("Kept", "System")
HINTS = ("Search names and words", "Search prompts", "Search")
"""The first of these that there is room for."""
SHOWN = 4_000
"""Characters of a prompt that are shown below the list; all of them are inserted."""


class PromptsPanel(Panel):
    """The panel `prompts`."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        errands: Errands,
        home: Home,
        draft: Callable[[], str],
        ticks: Callable[[], float],
        go: Callable[[str], None],
    ) -> None:
        self._look = look
        self._actions = actions
        self._draft = draft
        self._ticks = ticks
        self._go = go
        self._shelf = PromptShelf(home, errands, self._draw)
        self._project = ""
        self._room: Room = "library"
        self._searched = ""
        self._found: tuple[Prompt, ...] = ()
        self._chosen: Prompt | None = None
        self._next_look = 0.0
        self._size = (0.0, 0.0)
        self._item = window("prompts", f"{Icon.PROMPTS}  Prompts")
        line = dpg.add_group(parent=self._item, horizontal=True, horizontal_spacing=look.px(6))
        self._tabs: dict[Room, Item] = {
            "library": look.button(
                ROOMS[0], line, "tab_on", lambda: self._show_room("library"), tag="prompts.tab.library"
            ),
            "system": look.button(
                ROOMS[1], line, "tab_off", lambda: self._show_room("system"), tag="prompts.tab.system"
            ),
        }
        self._library = dpg.add_group(parent=self._item)
        self._make_library()
        self._editor = PromptEditor(look, self._item, self._shelf, self._edited)
        self._draw()
        self._system = SystemPrompt(look, actions, self._item)

    def refresh(self, state: ViewState) -> None:
        """Show the prompts of the project."""
        project = state.project.name if state.project is not None else ""
        if project != self._project:
            self._project = project
            self._next_look = 0.0
        self._system.refresh(state)

    def tick(self) -> bool:
        """Once a frame: look at the disk now and then, give each part its room."""
        if not dpg.is_item_visible(self._item):
            return False
        if self._project and self._ticks() >= self._next_look:
            self._next_look = self._ticks() + AGAIN_SECONDS
            self._shelf.read(self._project)
        moving = self._editor.tick()
        moving |= self._system.tick()
        moving |= self._place()
        if dpg.is_item_visible(self._library):
            moving |= self._list.tick()
        return moving

    def key(self, press: Press) -> None:
        """Up, Down and Enter in the search; Ctrl+S where one writes."""
        if str(press.chord) == "Ctrl+S" and dpg.is_item_focused(self._item):
            if self._editor.opened:
                self._editor.keep()
            elif self._room == "system":
                self._system.keep()
        if not dpg.is_item_focused(SEARCH) or not dpg.is_item_visible(self._library):
            return
        if press.code == dpg.mvKey_Return:
            self.insert()
        elif press.code in (dpg.mvKey_Up, dpg.mvKey_Down):
            self._move(-1 if press.code == dpg.mvKey_Up else 1)

    def escape(self) -> bool:
        """Close what is written in, unless something is in it that was not kept."""
        system = self._system.escape()
        return self._editor.escape() or system

    def keys_to(self) -> Item | None:
        """The search, or the box that is written in."""
        if self._editor.opened:
            return None
        return SEARCH if self._room == "library" else self._system.words_item

    def kept(self) -> object:
        """What is being written, and which room is shown."""
        return self._room, self._editor.kept(), self._system.kept()

    def take_up(self, kept: Any) -> None:
        """The same again."""
        room, editor, system = kept
        self._editor.take_up(editor)
        self._system.take_up(system)
        self._show_room(room)

    def actions(self) -> tuple[NamedAction, ...]:
        """What can be done with prompts."""

        def chosen() -> bool:
            return self._chosen is not None

        return (
            NamedAction(
                name="prompts.find",
                title="Insert a kept prompt…",
                run=self._find,
                group="Edit",
                words="snippet",
            ),
            NamedAction(name="prompts.new", title="New prompt to keep…", run=self._new, group="Edit"),
            NamedAction(
                name="prompts.keep_draft",
                title="Keep what I am writing as a prompt…",
                run=lambda: self._new(self._draft()),
                group="Edit",
                enabled=lambda: bool(self._draft().strip()),
            ),
            NamedAction(
                name="prompts.system", title="Edit the system prompt…", run=self._open_system, group="Edit"
            ),
            NamedAction(name="prompts.edit", title="Edit the chosen prompt…", run=self.edit, enabled=chosen),
            NamedAction(
                name="prompts.rename", title="Rename the chosen prompt…", run=self.rename, enabled=chosen
            ),
            NamedAction(
                name="prompts.delete", title="Delete the chosen prompt", run=self.delete, enabled=chosen
            ),
            NamedAction(
                name="prompts.undo",
                title="Bring back the deleted prompt",
                run=self._shelf.undo,
                enabled=lambda: self._shelf.gone is not None,
            ),
        )

    def insert(self) -> None:
        """Put the chosen prompt below what the person has written."""
        if self._chosen is not None:
            self._actions.insert(self._chosen.text.rstrip("\n"))

    def edit(self) -> None:
        """Write in the chosen prompt."""
        self._open_editor(self._chosen)

    def rename(self) -> None:
        """The same, with the caret in its name."""
        self._open_editor(self._chosen, name_first=True)

    def delete(self) -> None:
        """Remove the chosen prompt; it can be had back."""
        if self._chosen is not None:
            self._shelf.remove(self._chosen)

    def _make_library(self) -> None:
        look, place = self._look, self._library
        line = look.row(place, look.widths((f"{Icon.PLUS}  New",), look.fonts.small, 40))
        search = dpg.add_input_text(
            parent=line.left,
            tag=SEARCH,
            width=-look.px(6),
            hint=HINTS[0],
            callback=self._search,
        )
        look.themes.bind(search, "setting_field")
        look.button(f"{Icon.PLUS}  New", line.right, "ghost", self._new, tag="prompts.new")
        self._empty = look.text(
            "Keep the prompts you write again and again: a review, a commit message, a way to explain. They "
            "are Markdown files in your home, and one click puts them into the composer.",
            place,
            font=look.fonts.small,
            colour=look.palette.dim,
            wrap=0,
            show=False,
        )
        self._list = Sheet(look, place, LIST, look.fonts.body, picked=self._pick)
        self._undo_line = dpg.add_group(
            parent=place, horizontal=True, horizontal_spacing=look.px(8), show=False
        )
        self._undo_words = look.text(
            "", self._undo_line, font=look.fonts.small, colour=look.palette.amber, tag="prompts.gone"
        )
        look.button(f"{Icon.UNDO}  Undo", self._undo_line, "segment_on", self._shelf.undo, tag="prompts.undo")
        self._chosen_place = dpg.add_group(parent=place, show=False)
        self._acts = Flow(look, self._chosen_place, padding=32, gap=6)
        for words, style, act, tag in (
            ("Insert", "primary", self.insert, "prompts.insert"),
            (f"{Icon.PENCIL}  Edit", "ghost", self.edit, "prompts.edit"),
            (f"{Icon.TRASH}  Delete", "ghost", self.delete, "prompts.delete"),
        ):
            self._acts.add(look.button(words, self._acts.first, style, act, tag=tag))
        self._told = look.text(
            "",
            place,
            font=look.fonts.small,
            colour=look.palette.amber,
            wrap=0,
            show=False,
            tag="prompts.trouble",
        )
        self._preview = dpg.add_child_window(
            parent=self._chosen_place, tag="prompts.preview", width=-1, height=-1
        )
        look.themes.bind(self._preview, "inset")
        self._words = look.text("", self._preview, font=look.fonts.small, wrap=0, tag="prompts.shown")

    def _show_room(self, room: Room) -> None:
        self._room = room
        for name, item in self._tabs.items():
            self._look.themes.bind(item, "tab_on" if name == room else "tab_off")
        editing = self._editor.opened
        dpg.configure_item(self._library, show=room == "library" and not editing)
        dpg.configure_item(self._editor.item, show=room == "library" and editing)
        dpg.configure_item(self._system.item, show=room == "system")

    def _draw(self) -> None:
        """The library or what was done with it changed."""
        if not dpg.does_item_exist(self._library):
            return  # the window was made anew while a file was read
        shelf = self._shelf
        self._found = fitting(shelf.library.prompts, self._searched)
        at = [(p.scope, p.name) for p in self._found]
        chosen = (self._chosen.scope, self._chosen.name) if self._chosen is not None else None
        self._choose(at.index(chosen) if chosen in at else 0)
        dpg.configure_item(self._empty, show=not shelf.library.prompts)
        gone = shelf.gone
        dpg.configure_item(self._undo_line, show=gone is not None)
        if gone is not None:
            dpg.set_value(self._undo_words, f"{text.one_line(gone.name, 60)} was deleted.")
        told = " ".join(filter(None, (shelf.trouble, *shelf.library.troubles[:3])))
        dpg.configure_item(self._told, show=bool(told))
        dpg.set_value(self._told, text.one_line(told, 600))
        self._list.show(len(self._found), self._line, top=False)
        self._size = (0.0, 0.0)

    def _line(self, number: int) -> Line:
        prompt = self._found[number]
        p = self._look.palette
        right = "this project" if prompt.scope == "project" else ""
        return Line(text.one_line(prompt.name, 120), colour=p.text, right=right)

    def _choose(self, number: int) -> None:
        there = 0 <= number < len(self._found)
        self._chosen = self._found[number] if there else None
        self._list.cursor = number if there else -1
        self._list.redraw()
        dpg.configure_item(self._chosen_place, show=there)
        if self._chosen is not None:
            words = text.bounded(self._chosen.text, SHOWN)
            dpg.set_value(self._words, text.shown(words))

    def _pick(self, number: int) -> None:
        self._choose(number)

    def _move(self, by: int) -> None:
        number = max(0, min(len(self._found) - 1, self._list.cursor + by))
        self._choose(number)
        self._list.go_to(number)

    def _search(self, _sender: Any, words: Any, _user: Any) -> None:
        self._searched = str(words)
        self._chosen = None
        self._draw()

    def _place(self) -> bool:
        """Give the list its room: as high as its lines, at most a part of the panel."""
        width, height = dpg.get_item_width(self._item), dpg.get_item_height(self._item)
        inner = width - self._look.px(28)
        self._acts.fit(inner)
        if (width, height) == self._size:
            return False
        self._size = (width, height)
        look = self._look
        self._editor.place(height)
        self._system.place(height)
        most = max(3, int(height * 0.38 / self._list.height))
        rows = min(max(len(self._found), 1), most)
        dpg.configure_item(self._list.box, show=bool(self._found))
        wide = look.widths(ROOMS, look.fonts.small, 28, 6) <= inner
        for item, label in zip(self._tabs.values(), ROOMS if wide else BRIEF, strict=True):
            dpg.configure_item(item, label=label)
        box = inner - look.widths((f"{Icon.PLUS}  New",), look.fonts.small, 40) - look.px(6 + 20 + 4)
        dpg.configure_item(SEARCH, hint=look.fitting(HINTS, look.fonts.body, box))
        self._list.place(inner, rows * self._list.height + look.px(8))
        return True

    def _find(self) -> None:
        self._show_room("library")
        self._go("prompts")

    def _open_system(self) -> None:
        self._show_room("system")
        self._go("prompts")

    def _new(self, words: str = "") -> None:
        self._open_editor(None, words)

    def _open_editor(self, prompt: Prompt | None, words: str = "", *, name_first: bool = False) -> None:
        self._go("prompts")
        self._editor.open(prompt, words, name_first=name_first)
        self._show_room("library")

    def _edited(self, prompt: Prompt | None) -> None:
        self._chosen = prompt if prompt is not None else self._chosen
        self._show_room(self._room)
        self._draw()
