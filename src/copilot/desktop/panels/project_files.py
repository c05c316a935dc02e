"""The project: what of it is in the context, as a tree of all its files, changed by click and by keyboard."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.file_browser import FileBrowser
from copilot.desktop.file_choosing import choose_pin, choose_view
from copilot.desktop.file_index import Row, Sums
from copilot.desktop.file_row import NEXT_VIEW, count
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.listing import Choosing, Listing
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.file_actions import FileWays, file_actions
from copilot.desktop.panels.file_menu import FileMenu, MenuChoices, view_of_key
from copilot.desktop.panels.file_patterns import FilePatterns
from copilot.desktop.panels.file_tree import FileTree, TreeActions
from copilot.desktop.panels.panel import Panel
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, on, window
from copilot.vocabulary.values import FileChoice, Project, View

LOW = 380
"""Pixels at scale 1 of a panel in which the tree needs the room, and only the first words stay above it."""

FRESH_SECONDS = 6.0
"""How long a file that changed on disk bears its dot."""

PAGE_UP, PAGE_DOWN = 517, 518
"""What the keys arrive as: the library's constants are stale (measured)."""

KEYS = (("arrows", "move"), ("F S N O", "view"), ("P", "pin"), ("Space", "next"), ("/", "filter"))


class ProjectFiles(Panel):
    """The panel `files`. `ticks` are seconds."""

    def __init__(self, look: Look, actions: Actions, ticks: Callable[[], float]) -> None:
        self._look = look
        self._actions = actions
        self._ticks = ticks
        self._browser = FileBrowser()
        self._listing: Listing | None = None
        self._version = 0
        self._shown: tuple[object, ...] = ()
        self._rows_shown: tuple[object, ...] = ()
        self._files: tuple[FileChoice, ...] = ()
        self._fresh: dict[str, float] = {}
        self._hint_shown: tuple[object, ...] = ()
        self._leave_filter = 0
        self._item = window("files", f"{Icon.FOLDER_OPEN}  Project")
        self._head = dpg.add_group(parent=self._item)
        look.themes.bind(self._head, "text_lines")
        self._patterns = FilePatterns(look, self._item, self._choose_patterns)
        self._filter = dpg.add_input_text(
            parent=self._item,
            tag="files.filter",
            width=-1,
            hint=f"{Icon.SEARCH}  Filter files...",
            callback=on(self._filter_changed),
        )
        dpg.bind_item_font(self._filter, look.fonts.small)
        self._tree = FileTree(look, self._item, self._browser, TreeActions(self._cycle, self._open_menu))
        dpg.configure_item(self._tree.box, height=-look.px(22))
        self._hint = dpg.add_group(parent=self._item, horizontal=True, horizontal_spacing=look.px(5))
        look.themes.bind(self._hint, "text_lines")
        self._menu = FileMenu(look, MenuChoices(self._set_view, self._pin))

    def refresh(self, state: ViewState) -> None:
        """Show the project as it is now."""
        project = state.project
        if project is None:
            return
        self._take_listing(state)
        fresh = self._still_fresh()
        budget = (state.context.budget if state.context else 0) or project.limits.max_context_tokens
        width = dpg.get_item_width("files")
        low = dpg.get_item_height("files") < self._look.px(LOW)
        shown = (project.name, project.base_dir, state.files, budget, width, low, self._version)
        if shown != self._shown:
            files_changed = self._shown[2:6] != shown[2:6]
            dpg.configure_item(self._tree.box, width=int(width - self._look.px(14 + 4)))
            self._shown, self._files = shown, state.files
            self._draw_head(project, budget, width, low=low)
            if files_changed:
                self._patterns.show(state.files, width, low=low)
        rows = (self._version, state.choosing, fresh)
        if rows != self._rows_shown:
            self._rows_shown = rows
            self._tree.show(state.choosing, fresh)

    def tick(self) -> bool:
        """Once a frame. True while something still moves."""
        self._tree.focused = self._has_keys()
        if self._leave_filter:
            self._leave_filter -= 1
            if not self._leave_filter:  # the library puts the old text back while the box is active
                dpg.set_value(self._filter, "")
                self._filter_changed()
        self._draw_hint()
        return self._tree.tick() or self._leave_filter > 0

    def key(self, press: Press) -> None:
        """A key was pressed anywhere in the window, without a dialog over it."""
        if press.chord.modifiers - {"Shift"}:
            return
        key = press.code
        if self._menu.opened:
            self._menu.key(key)
        elif dpg.is_item_focused(self._filter):
            self._filter_key(key)
        elif self._has_keys():
            self._tree_key(key)

    def keys_to(self) -> Item:
        """The tree."""
        return self._tree.box

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """The keys of the tree."""
        return (
            ("Up", "The row before; Down: the next"),
            ("Left", "Close the folder; Right: open it"),
            ("F", "Give the file or folder its full text"),
            ("S", "Give it as a summary"),
            ("N", "Give its names only"),
            ("O", "Take it out of the context"),
            ("Space", "Give it the next of the four views"),
            ("P", "Pin it, or take the pin off"),
            ("/", "Filter the files"),
            ("Shift+F10", "Open the menu of the row"),
        )

    def escape(self) -> bool:
        """Close the menu of a row; leave the box that is typed into."""
        if self._menu.opened:
            self._menu.key(dpg.mvKey_Escape)
        elif dpg.is_item_focused(self._filter):
            self._filter_key(dpg.mvKey_Escape)
        elif self._patterns.has_caret:
            dpg.focus_item(self._tree.box)
        elif self._browser.words and self._has_keys():
            self._unfilter()
        else:
            return False
        return True

    def actions(self) -> tuple[NamedAction, ...]:
        """What can be done here by name."""
        return file_actions(
            FileWays(
                row=self._browser.row,
                view=self._set_view,
                cycle=self._cycle,
                pin=self._pin,
                menu=lambda row: self._open_menu(row, self._tree.place_of_cursor()),
                copy=lambda row: dpg.set_clipboard_text(row.path),
                filter=self._to_filter,
                unfilter=self._unfilter,
                filtered=lambda: bool(self._browser.words),
                patterns=self._patterns.toggle,
                add=self._patterns.begin,
                files=lambda: self._files,
                choose=self._choose_patterns,
                ask=self._actions.ask,
            )
        )

    def _to_filter(self) -> None:
        dpg.focus_item("files")
        self._look.caret.give(self._filter)

    def _unfilter(self) -> None:
        dpg.set_value(self._filter, "")
        self._filter_changed()

    def _take_listing(self, state: ViewState) -> None:
        listing, before = state.listing, self._listing
        if listing is None or listing is before:
            return
        self._listing = listing
        self._version += 1
        start_over = before is None or before.base_dir != listing.base_dir
        if before is None or listing.files is not before.files:
            self._browser.show(self._browser.index.after(listing.files), start_over=start_over)
        known = set(before.touched) if before is not None else set[tuple[str, float]]()
        until = self._ticks() + FRESH_SECONDS
        self._fresh.update((path, until) for path, at in listing.touched if (path, at) not in known)

    def _still_fresh(self) -> set[str]:
        now = self._ticks()
        self._fresh = {path: until for path, until in self._fresh.items() if until > now}
        return set(self._fresh)

    def _has_keys(self) -> bool:
        if dpg.is_item_focused(self._tree.box):
            return True
        typing = dpg.is_item_focused(self._filter) or self._patterns.has_caret
        return bool(dpg.is_item_focused(self._item)) and not typing

    def _draw_head(self, project: Project, budget: int, width: float, *, low: bool) -> None:
        look, room = self._look, width - self._look.px(30)
        clear(self._head)
        line = dpg.add_group(parent=self._head, horizontal=True, horizontal_spacing=look.px(10))
        name = look.fit(text.one_line(project.name, 60), look.fonts.heading, room)
        look.tip(
            look.text(name, line, font=look.fonts.heading, colour=look.palette.strong),
            text.one_line(project.base_dir, 400),
        )
        left = room - look.size(name, look.fonts.heading)[0] - look.px(10)
        if left > look.px(60):
            folder = look.fit_path(text.one_line(project.base_dir, 400), look.fonts.small, left)
            place = look.lowered(line)
            item = look.text(folder, place, font=look.fonts.small, colour=look.palette.faint)
            look.tip(item, text.one_line(project.base_dir, 400))
        if self._listing is None:
            look.text("Looking at the files...", self._head, font=look.fonts.small, colour=look.palette.dim)
            return
        self._draw_budget(self._browser.index.sums(""), budget, room)
        if not project.files and not self._files:
            words = (
                "No files are chosen yet. Click a view below: that file then goes with every message. The "
                "model can read the others with its tools."
            )
            font = look.fonts.small
            cut = words[: words.index(".") + 1] if low else words
            item = look.text(cut, self._head, font=font, colour=look.palette.dim, wrap=0)
            if cut != words:
                look.tip(item, words.replace(". ", ".\n"))

    def _draw_budget(self, sums: Sums, budget: int, room: float) -> None:
        look, fonts = self._look, self._look.fonts
        stepped = f"{sums.stepped:,} stepped down" if sums.stepped else ""
        chosen = text.plural(sums.chosen, "file")
        used, whole = count(sums.tokens), count(budget)
        ways = (f"{used} of {whole} tokens", f"{used} of {whole}", f"{used} / {whole}")

        def fitting(beside: str) -> str:
            """The first way to say it that has room, "" where none has."""
            others = look.size(chosen, fonts.small_bold)[0] + look.size(beside, fonts.small)[0] + look.px(24)
            return look.fitting((*ways, ""), fonts.small, room - others)

        tokens = fitting(stepped)
        beside = stepped if tokens else ""
        tokens = tokens or fitting("") or ways[-1]
        row = look.row(self._head, look.size(beside, fonts.small)[0] if beside else 1)
        look.text(chosen, row.left, font=fonts.small_bold, colour=look.palette.text)
        look.text(tokens, row.left, font=fonts.small, colour=look.palette.dim)
        part = min(1.0, sums.tokens / max(1, budget))
        bar = dpg.add_progress_bar(parent=self._head, default_value=part, width=-1, height=look.px(5))
        look.themes.bind(bar, "bar_over" if sums.stepped or sums.tokens > budget else "bar")
        if stepped:
            item = look.text(
                stepped, row.right if beside else self._head, font=fonts.small, colour=look.palette.amber
            )
            look.tip(item, "All chosen files together exceed the budget, so some have a smaller view.")
        look.gap(self._head, height=1)

    def _draw_hint(self) -> None:
        focused, found, number = self._tree.focused, self._browser.found, len(self._browser.index)
        width = dpg.get_item_width("files")
        shown = (focused, found, number, self._browser.words, width)
        if shown == self._hint_shown:
            return
        self._hint_shown = shown
        clear(self._hint)
        look, font = self._look, self._look.fonts.caption
        if not focused:
            words = (
                f"{found:,} of {text.plural(number, 'file')}"
                if self._browser.words
                else text.plural(number, "file")
            )
            look.text(words if self._listing else "", self._hint, font=font, colour=look.palette.faint)
            return
        room = width - look.px(30)
        for keys, words in KEYS:
            room -= look.size(keys + words, font)[0] + look.px(10)
            if room < 0:
                break
            look.text(keys, self._hint, font=font, colour=look.palette.dim)
            look.text(words, self._hint, font=font, colour=look.palette.faint)

    def _filter_key(self, key: int) -> None:
        if key in (dpg.mvKey_Return, dpg.mvKey_NumPadEnter, dpg.mvKey_Down):
            dpg.focus_item(self._tree.box)
            self._browser.move(0)
            self._tree.reveal()
        elif key == dpg.mvKey_Escape:
            dpg.focus_item(self._tree.box)
            self._leave_filter = 2

    def _tree_key(self, key: int) -> None:
        browser, page = self._browser, self._tree.page()
        moves = {
            dpg.mvKey_Up: lambda: browser.move(-1),
            dpg.mvKey_Down: lambda: browser.move(1),
            dpg.mvKey_Left: browser.left,
            dpg.mvKey_Right: browser.right,
            dpg.mvKey_Home: lambda: browser.move(-len(browser.rows)),
            dpg.mvKey_End: lambda: browser.move(len(browser.rows)),
            PAGE_UP: lambda: browser.move(-page),
            PAGE_DOWN: lambda: browser.move(page),
            dpg.mvKey_Return: browser.toggle,
            dpg.mvKey_NumPadEnter: browser.toggle,
        }
        row = browser.row()
        if key in moves:
            moves[key]()
            self._tree.reveal()
        elif key in (dpg.mvKey_Slash, dpg.mvKey_Divide):
            self._look.caret.give(self._filter, 0)
        elif row is None:
            return
        elif (view := view_of_key(key)) is not None:
            self._set_view(row, view)
        elif key == dpg.mvKey_P:
            self._pin(row)
        elif key == dpg.mvKey_Spacebar:
            self._cycle(row)
        elif key == dpg.mvKey_Menu or (key == dpg.mvKey_F10 and _shift()):
            self._open_menu(row, self._tree.place_of_cursor())

    def _filter_changed(self) -> None:
        self._browser.filter(str(dpg.get_value(self._filter)))
        self._tree.to_top()

    def _open_menu(self, row: Row, place: tuple[float, float]) -> None:
        self._menu.open(row, self._tree.row_look(row), place)

    def _cycle(self, row: Row) -> None:
        wanted = self._tree.row_look(row).wanted
        self._set_view(row, "full" if wanted == "mixed" else NEXT_VIEW[wanted])

    def _set_view(self, row: Row, view: View) -> None:
        self._choose(choose_view(self._files, row, view, self._actions.new_id))

    def _pin(self, row: Row) -> None:
        shown = self._tree.row_look(row)
        off = shown.wanted == "off"
        self._choose(
            choose_pin(self._files, row, pinned=not shown.pinned, off=off, new_id=self._actions.new_id)
        )

    def _choose_patterns(self, files: tuple[FileChoice, ...]) -> None:
        self._choose(Choosing(request_id=self._actions.new_id(), files=files))

    def _choose(self, change: Choosing | None) -> None:
        if change is not None:
            self._files = change.files
            self._actions.choose_files(change)


def _shift() -> bool:
    return bool(dpg.is_key_down(dpg.mvKey_LShift) or dpg.is_key_down(dpg.mvKey_RShift))
