"""The projects: open one, begin one in a folder, copy one, put one away or bring it back.

Each project opens in a window of its own; one that is open already comes to the front.
"""

from collections.abc import Callable
from pathlib import Path

from copilot.desktop import text
from copilot.desktop.errands import Errands
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.panel import Over
from copilot.desktop.project_shelf import Listed, ProjectShelf, Shelf, ago, folder_in, matching
from copilot.desktop.system_dialogs import Chosen, choose
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, clear, on
from copilot.vocabulary.frozen import frozen

WIDTH, HEIGHT = 760, 500
SEARCH = "projects.search"
MOST_ROWS = 300
WEIGHTS = (36, 46, 18)
"""How the room is shared by names, folders and when each was used."""


@frozen(kw_only=False)
class Elsewhere:
    """How a project gets a window of its own: by its name, or by a folder to begin or find one in; and a
    session that is played back (`play_back` takes seconds, and gives the trouble there was). `open_file`
    shows a file in the system's program for it."""

    project: Callable[[str], None]
    folder: Callable[[Path], None]
    play_back: Callable[[str], str]
    open_file: Callable[[Path], None]


class Projects(Over):
    """Made once; `open` shows it. `clock` gives UTC seconds."""

    def __init__(
        self,
        look: Look,
        errands: Errands,
        shelf: ProjectShelf,
        elsewhere: Elsewhere,
        clock: Callable[[], float],
    ) -> None:
        self._look = look
        self._errands = errands
        self._shelf = shelf
        self._elsewhere = elsewhere
        self._clock = clock
        self._found = Shelf()
        self._rows: tuple[Listed, ...] = ()
        self._at = 0
        self._current = ""
        self._over = Overlay(look, "projects", WIDTH, HEIGHT)
        window = self._over.window
        head = look.row(window, look.widths((Icon.CLOSE,), look.fonts.small, 12))
        look.text(Icon.FOLDER_OPEN, head.left, colour=look.palette.accent)
        look.text("Projects", head.left, font=look.fonts.body_bold, colour=look.palette.strong)
        look.icon_button(Icon.CLOSE, head.right, self.close, "Close", tag="projects.close")
        dpg.add_input_text(
            parent=window,
            tag=SEARCH,
            width=-1,
            hint="Search, or type the path of a folder to work in",
            callback=on(self._searched),
        )
        self._list = dpg.add_child_window(parent=window, tag="projects.list", width=-1, height=-look.px(70))
        self._said = look.text("", window, font=look.fonts.small, colour=look.palette.amber)
        line = dpg.add_group(parent=window, horizontal=True)
        look.button("Open", line, "primary", self._open, font=look.fonts.small_bold, tag="projects.open")
        new = f"{Icon.FOLDER}  Work in a folder…"
        look.button(new, line, "ghost", self._ask_folder, tag="projects.new")
        look.button(f"{Icon.COPY}  Copy", line, "ghost", self._double, tag="projects.copy")
        self._away = look.button("Put away", line, "ghost", self._put_away, tag="projects.away")

    def open(self) -> None:
        """Show it, and read the list."""
        dpg.set_value(SEARCH, "")
        self._say("")
        self._over.show(caret=SEARCH)
        self._errands.add(self._shelf.listed, self._take)

    def close(self) -> None:
        """Hide it."""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Know which project this window is on."""
        self._current = state.project.name if state.project is not None else ""

    def key(self, press: Press) -> None:
        """Up and Down move, Enter opens, Escape closes."""
        match press.chord.key:
            case "Escape":
                self.close()
            case "Up" | "Down":
                self._move(-1 if press.chord.key == "Up" else 1)
            case "Enter":
                self._open()
            case _:
                pass

    def _take(self, found: Shelf) -> None:
        self._found = found
        if self.opened:  # else it was closed meanwhile, and perhaps made anew in another look
            self._say(found.trouble)
            self._draw()

    def _searched(self) -> None:
        self._at = 0
        self._draw()

    def _move(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._rows) - 1))
        self._draw()

    def _draw(self) -> None:
        look = self._look
        words = str(dpg.get_value(SEARCH))
        self._rows = matching(self._found.projects, words)[:MOST_ROWS]
        self._at = max(0, min(self._at, len(self._rows) - 1))
        clear(self._list)
        if not self._rows:
            self._draw_nothing(words)
        else:
            table = dpg.add_table(parent=self._list, header_row=False, policy=dpg.mvTable_SizingStretchProp)
            for weight in WEIGHTS:
                dpg.add_table_column(parent=table, width_stretch=True, init_width_or_weight=weight)
            for number, row in enumerate(self._rows):
                self._draw_row(row, dpg.add_table_row(parent=table), number)
        chosen = self._chosen()
        label = "Bring back" if chosen is not None and chosen.archived else "Put away"
        dpg.configure_item(self._away, label=label)
        look.themes.bind(self._away, "ghost")

    def _draw_nothing(self, words: str) -> None:
        look = self._look
        folder = folder_in(words, Path.cwd())
        said = (
            f"Enter opens a window that works in {text.one_line(str(folder), 200)}."
            if folder is not None
            else "No project has these words. The path of a folder opens a window that works there."
        )
        look.text(said, self._list, colour=look.palette.dim, wrap=0)

    def _draw_row(self, row: Listed, line: Item, number: int) -> None:
        look = self._look
        here = row.name == self._current and not row.archived
        mark = Icon.CHECK if here else "   "
        font = look.fonts.body_bold if here else look.fonts.body
        name = text.one_line(row.name, 120)
        room = self._over.column(WEIGHTS, 0) - look.size(f"{mark}  ", font)[0]
        item = dpg.add_selectable(
            parent=line,
            tag=f"projects.row.{number}",
            span_columns=True,
            default_value=number == self._at,
            callback=on(self._picker(number)),
        )
        look.relabel(item, f"{mark}  {text.label(look.fit(name, font, room))}", font)
        where = text.one_line(row.base_dir, 300)
        look.tip(item, f"{name}\n{where}")
        folder = look.fit_path(where, look.fonts.small, self._over.column(WEIGHTS, 1))
        used = "put away" if row.archived else ago(max(0.0, self._clock() - row.used))
        for words in (folder, used):
            look.text(words, line, font=look.fonts.small, colour=look.palette.dim)

    def _picker(self, number: int) -> Action:
        def pick() -> None:
            again = number == self._at
            self._at = number
            if again:
                self._open()
            else:
                self._draw()

        return pick

    def _chosen(self) -> Listed | None:
        return self._rows[self._at] if self._rows else None

    def _open(self) -> None:
        chosen = self._chosen()
        folder = folder_in(str(dpg.get_value(SEARCH)), Path.cwd())
        if chosen is None and folder is not None:
            self.close()
            self._elsewhere.folder(folder)
        elif chosen is not None and chosen.archived:
            self._say("This project was put away. Bring it back to open it.")
        elif chosen is not None:
            self.close()
            self._elsewhere.project(chosen.name)

    def _ask_folder(self) -> None:
        start = Path.home()
        self._say("Choose a folder in the dialog of your system.")
        self._errands.apart(lambda: choose("folder", "A folder to work in", start), self._folder_chosen)

    def _folder_chosen(self, chosen: Chosen) -> None:
        if chosen.paths:
            self.close()
            self._elsewhere.folder(chosen.paths[0])
        elif self.opened:
            excuse = "This system shows no dialog: type the path of the folder above and press Enter."
            self._say("" if chosen.shown else excuse)

    def _double(self) -> None:
        chosen = self._chosen()
        if chosen is not None and not chosen.archived:
            self._errands.add(lambda: self._shelf.double(chosen.name), self._take)

    def _put_away(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            act = self._shelf.bring_back if chosen.archived else self._shelf.put_away
            self._errands.add(lambda: act(chosen.name), self._take)

    def _say(self, words: str) -> None:
        dpg.set_value(self._said, text.one_line(words, 300))
