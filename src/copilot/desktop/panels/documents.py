"""Documentation of a folder: what it would ask and cost, then the run, then what is to be looked at."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction, PanelActions
from copilot.desktop.document_words import cost_words, folders_of, patterns, seen_from, told_words, wrapped
from copilot.desktop.documented import Documented, Kind
from copilot.desktop.documenting import Documenting
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.palette import Tone
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.panels.documents_plan import PlanTable
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.settings_parts import Field, card
from copilot.desktop.scroll_keys import KEYS, scroll
from copilot.desktop.segments import Flow
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, window

BUTTON_PADDING = 34
_NAME, _EDGES, _CARD, _ICON = 58, 28, 56, 34
"""Pixels at scale 1: the names of what is chosen, the edges of panel and card, the icon in a line."""
_LEAST = 80
"""Of the list: a lower panel scrolls."""
_HINTS = ("All files; !tests/** takes out", "All; !tests/** takes out", "All files")
"""In the empty box for patterns; the first of these that there is room for."""
_TITLES: tuple[tuple[Kind, str, Tone], ...] = (
    ("failed", "Could not be documented", "red"),
    ("unverified", "Marked as unverified", "amber"),
    ("edited", "Changed by hand, written anew", "amber"),
    ("stale", "Stale", "amber"),
    ("left out", "Not documented", "dim"),
)
_ABOUT = (
    "A model documents each file, files are folded into folders, and every name, signature, default and path"
    " that it writes is checked against the code. You see the price before anything is sent."
)


class Documents(Panel):
    """The panel `documents`. `open_file` shows a file in the system's program for it; `go` brings a panel to
    the front."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        documenting: Documenting,
        open_file: Callable[[Path], None],
        ticks: Callable[[], float],
        go: Callable[[str], None],
    ) -> None:
        self._look, self._actions, self._documenting = look, actions, documenting
        self._open_file, self._go = open_file, go
        self._state = ViewState()
        self._shown: Documented | None = None
        self._rows: list[Line] = []
        self._room = (0.0, 0.0)
        self._item = window("documents", f"{Icon.BOOK}  Documents")
        self._head = dpg.add_group(parent=self._item)
        box = card(look, self._head, "documents.wanted")
        self._folder = self._line(box, "Folder", "documents.folder", self.ask_folder)
        self._page = self._line(box, "Page", "documents.page", self.ask_page)
        self._shows = look.icon_button(
            Icon.TEAR_OFF, dpg.get_item_parent(self._page), self.open_page, "Show it", tag="documents.open"
        )
        self._patterns: Field[tuple[str, ...]] = Field(
            look,
            box,
            "documents.patterns",
            read=patterns,
            keep=self._keep_patterns,
            ticks=ticks,
            hint=_HINTS[0],
        )
        self._flow = Flow(look, self._head, padding=BUTTON_PADDING, gap=6)
        self._buttons = {
            name: look.button(words, self._flow.first, style, run, tag=f"documents.{name}")
            for name, words, style, run in (
                ("begin", "Begin", "primary", self.begin),
                ("go_on", "Go on", "primary", documenting.go_on),
                ("look", "See what it costs", "ghost", documenting.look),
                ("stop", f"{Icon.STOP}  Stop", "stop", documenting.stop),
            )
        }
        self._flow.add(*self._buttons.values())
        self._about = look.text(_ABOUT, self._head, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        self._plan = PlanTable(look, self._head)
        self._bar = dpg.add_progress_bar(parent=self._head, width=-1, height=look.px(5), show=False)
        look.themes.bind(self._bar, "bar")
        self._told = look.text("", self._head, font=look.fonts.small, colour=look.palette.text, wrap=0)
        self._trouble = look.text("", self._head, font=look.fonts.small, colour=look.palette.amber, wrap=0)
        self._sheet = Sheet(look, self._item, "documents.list", look.fonts.mono_small)

    def refresh(self, state: ViewState) -> None:
        """Show how far it is."""
        self._state = state
        self._documenting.opened(state.project)
        if dpg.is_item_visible(self._item):
            self._draw()

    def tick(self) -> bool:
        """Once a frame: what was typed, how far the thread is, the room for the list."""
        waiting = self._patterns.tick()
        if not dpg.is_item_visible(self._item):
            return waiting
        self._draw()
        look = self._look
        width = dpg.get_item_width(self._item) - look.px(_EDGES)
        self._flow.fit(width)
        top = dpg.get_item_rect_max(self._head)[1] - dpg.get_item_pos(self._item)[1]
        height = dpg.get_item_height(self._item) - top - look.px(26)
        room = (float(width), max(float(look.px(_LEAST)), height))
        moved, self._room = room != self._room, room
        if moved:
            self._fit_places(width)
            self._list(self._documenting.state)
        dpg.configure_item(self._sheet.box, show=bool(self._rows))
        self._sheet.place(*room)
        return self._sheet.tick() | moved | waiting

    def key(self, press: Press) -> None:
        """Scroll the list."""
        if dpg.is_item_focused(self._item) or dpg.is_item_focused(self._sheet.box):
            scroll(press, self._sheet.box)

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Scrolling."""
        return KEYS

    def actions(self) -> tuple[NamedAction, ...]:
        """All of it by name."""

        action = PanelActions("documents", self._go, "documentation codebase page markdown stale")
        ready, none = self._ready, "something is under way, or no project is open"
        return (
            action("look", "Document this codebase…", self.ask_folder, ready, none, menu=True),
            action("page", "Documents: where the page goes…", self.ask_page, ready, none),
            action("cost", "Documents: see what it costs, and what is stale", self._look_now, ready, none),
            action(
                "begin", "Documents: begin", self.begin, self._may_begin, "what it costs was not seen yet"
            ),
            action("stop", "Documents: stop", self._documenting.stop, self._busy, "nothing is under way"),
            action(
                "go_on",
                "Documents: go on",
                self._documenting.go_on,
                lambda: self._documenting.state.phase == "stopped",
                "nothing was stopped",
            ),
            action(
                "open",
                "Documents: open the page",
                self.open_page,
                lambda: self._documenting.state.there,
                "it is not there yet",
            ),
        )

    def ask_folder(self) -> None:
        """Which folder of the project."""
        project = self._state.project
        if project is None or not self._ready():
            return
        base = Path(project.base_dir)

        def choices() -> list[Choice]:
            whole = Choice(
                title="The whole project",
                note=text.one_line(str(base), 60),
                icon=Icon.FOLDER_OPEN,
                run=lambda: self._take_folder(base),
            )
            return [whole] + [
                Choice(title=one, icon=Icon.FOLDER, run=lambda one=one: self._take_folder(base / one))
                for one in folders_of(self._state)
            ]

        self._actions.ask(Question(hint="Document which folder?", choices=choices, icon=Icon.BOOK))

    def ask_page(self) -> None:
        """Where the page goes."""
        wanted = self._documenting.state.wanted
        if wanted is None or not self._ready():
            return

        def typed(words: str) -> Choice | None:
            said = words.strip()
            if not said or "\0" in said:
                return None
            path = (wanted.folder / Path(said)).resolve()
            why = "" if path.suffix.lower() in (".md", ".markdown") else "it ends in .md"
            shown = text.one_line(seen_from(wanted.folder, path), 200)
            return Choice(
                title=f"Write {shown}",
                icon=Icon.PENCIL,
                run=lambda: self._documenting.choose(replace(wanted, page=path)),
                why=why,
            )

        first = seen_from(wanted.folder, wanted.page)
        self._actions.ask(
            Question(
                hint="The page, from the folder",
                choices=no_choices,
                typed=typed,
                first=first,
                icon=Icon.PENCIL,
            )
        )

    def begin(self) -> None:
        """Begin with what the button says."""
        self._documenting.begin(past_caps=bool(self._documenting.state.capped))

    def open_page(self) -> None:
        """In the system's program for such files."""
        wanted = self._documenting.state.wanted
        if wanted is not None and self._documenting.state.there:
            self._open_file(wanted.page)

    def _line(self, parent: Item, name: str, tag: str, run: Action) -> Item:
        look = self._look
        line = dpg.add_group(parent=parent, horizontal=True, xoffset=look.px(_NAME))
        look.text(name, line, font=look.fonts.small, colour=look.palette.dim)
        place = dpg.add_group(parent=line, horizontal=True, horizontal_spacing=look.px(4))
        return look.button("", place, "segment_off", run, tag=tag)

    def _fit_places(self, width: float) -> None:
        wanted = self._documenting.state.wanted
        if wanted is None:
            return
        project = self._state.project
        base = Path(project.base_dir) if project is not None else wanted.folder
        folder = "The whole project" if wanted.folder == base else seen_from(base, wanted.folder)
        room = width - self._look.px(_CARD + _NAME)
        shows = self._look.px(_ICON) if self._documenting.state.there else 0
        for item, words, left in (
            (self._folder, folder, room),
            (self._page, seen_from(wanted.folder, wanted.page), room - shows),
        ):
            shown = self._look.fit_path(text.one_line(words, 300), self._look.fonts.small, left)
            dpg.configure_item(item, label=shown)
        hint = self._look.fitting(_HINTS, self._look.fonts.body, width - self._look.px(_CARD))
        dpg.configure_item(self._patterns.item, hint=hint)

    def _draw(self) -> None:
        state = self._documenting.state
        if state == self._shown:
            return
        before, self._shown = self._shown, state
        look = self._look
        if before is None or before.wanted != state.wanted:
            self._patterns.show(" ".join(state.wanted.patterns) if state.wanted else "")
        if before is None or (before.wanted, before.there) != (state.wanted, state.there):
            self._fit_places(self._room[0])
        dpg.configure_item(self._about, show=state.phase == "idle" and not state.trouble)
        self._plan.show(state)
        dpg.configure_item(self._bar, show=state.busy, default_value=state.done / max(1, state.of))
        dpg.set_value(self._bar, state.done / max(1, state.of))
        for item, words in ((self._told, told_words(state)), (self._trouble, state.trouble or state.capped)):
            look.write(item, text.shown(text.bounded(words, 600)), look.fonts.small)
            dpg.configure_item(item, show=bool(words))
        self._show_buttons(state)
        if before is None or before.listed != state.listed:
            self._list(state)

    def _show_buttons(self, state: Documented) -> None:
        plan = state.plan
        label = "Begin"
        if plan is not None:
            cost = "" if plan.usd is None else f"   {cost_words(plan)}"
            label = (
                "Write the page" if plan.nothing else f"Begin past the cap{cost}" if state.capped else label
            )
            label = f"Begin{cost}" if label == "Begin" else label
        current = plan is not None and plan.nothing and state.there and not state.stale
        shown = {
            "begin": state.phase == "planned" and not current,
            "go_on": state.phase == "stopped",
            "look": not state.busy and self._documenting.can,
            "stop": state.busy,
        }
        dpg.configure_item(self._shows, show=state.there and not state.busy)
        again = "Look again" if state.phase in ("planned", "done", "stopped") else "See what it costs"
        dpg.configure_item(self._buttons["begin"], label=label)
        dpg.configure_item(self._buttons["look"], label=again)
        self._look.themes.bind(self._buttons["begin"], "stop" if state.capped else "primary")
        self._look.themes.bind(self._buttons["look"], "primary" if state.phase == "idle" else "ghost")
        for name, item in self._buttons.items():
            dpg.configure_item(item, show=shown[name])

    def _list(self, state: Documented) -> None:
        """What is to be looked at, below a heading for each kind."""
        columns, palette = self._sheet.columns(self._room[0]) - 2, self._look.palette
        rows: list[Line] = []
        for kind, title, tone in _TITLES:
            some = [one for one in state.listed if one.kind == kind]
            if some:
                rows.append(Line(f"{title} ({len(some):,})", palette.of(tone)))
            for one in some:
                first, *more = wrapped(f"{one.path}: {one.words}", columns)
                rows.append(Line(first, palette.text, dot=palette.of(tone)))
                rows.extend(Line(f"  {line}", palette.dim) for line in more)
        self._rows = rows
        self._sheet.show(len(rows), rows.__getitem__, top=False)

    def _ready(self) -> bool:
        state = self._documenting.state
        return self._documenting.can and not state.busy and state.wanted is not None

    def _busy(self) -> bool:
        return self._documenting.state.busy

    def _may_begin(self) -> bool:
        return self._documenting.state.phase == "planned"

    def _look_now(self) -> None:
        self._documenting.look()

    def _take_folder(self, folder: Path) -> None:
        self._documenting.choose_folder(folder)
        self._documenting.look()

    def _keep_patterns(self, found: tuple[str, ...]) -> None:
        wanted = self._documenting.state.wanted
        if wanted is not None:
            self._documenting.choose(replace(wanted, patterns=found))
