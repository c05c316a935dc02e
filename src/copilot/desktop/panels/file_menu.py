"""The menu of one row of the file tree: its views, its pin, its path."""

from collections.abc import Callable

from copilot.desktop.file_index import Row
from copilot.desktop.file_row import RowLook
from copilot.desktop.gate import dpg
from copilot.desktop.widgets import Look, on
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import View

ENTRIES: tuple[tuple[View, str, str], ...] = (
    ("full", "Full text", "F"),
    ("summary", "Summary", "S"),
    ("names", "Names only", "N"),
    ("off", "Not in the context", "O"),
)


def view_of_key(key: int) -> View | None:
    """The view that a key gives."""
    return next((view for view, _, letter in ENTRIES if key == getattr(dpg, f"mvKey_{letter}")), None)


@frozen(kw_only=False)
class MenuChoices:
    """What the menu's entries do with the row."""

    view: Callable[[Row, View], None]
    pin: Callable[[Row], None]


class FileMenu:
    """Made once; `open` shows it for a row."""

    def __init__(self, look: Look, choices: MenuChoices) -> None:
        self._choices = choices
        self._row = Row("", False, 0)
        self._window = dpg.add_window(
            tag="files.menu", popup=True, show=False, no_move=True, no_saved_settings=True, min_size=(10, 10)
        )
        look.themes.bind(self._window, "tree_menu")
        self._views = {
            view: dpg.add_menu_item(
                parent=self._window, label=label, shortcut=key, check=True, callback=on(self._chooser(view))
            )
            for view, label, key in ENTRIES
        }
        dpg.add_separator(parent=self._window)
        self._pin = dpg.add_menu_item(
            parent=self._window, label="Pin", shortcut="P", callback=on(lambda: self._choices.pin(self._row))
        )
        dpg.add_menu_item(
            parent=self._window,
            label="Copy path",
            callback=on(lambda: dpg.set_clipboard_text(self._row.path)),
        )

    def open(self, row: Row, shown: RowLook, place: tuple[float, float]) -> None:
        """Show the menu at a place of the window."""
        self._row = row
        for view, item in self._views.items():
            dpg.set_value(item, shown.wanted == view)
        dpg.configure_item(
            self._pin, label="Take the pin off" if shown.pinned else "Pin", enabled=not row.folder
        )
        dpg.configure_item(self._window, show=True, pos=[int(place[0]), int(place[1])])

    @property
    def opened(self) -> bool:
        """Whether it is on the screen."""
        return bool(dpg.is_item_visible(self._window))

    def key(self, key: int) -> None:
        """A key was pressed while it is open: its entries have the same letters as the tree."""
        if (view := view_of_key(key)) is not None:
            self._choices.view(self._row, view)
        elif key == dpg.mvKey_P and not self._row.folder:
            self._choices.pin(self._row)
        elif key != dpg.mvKey_Escape:
            return
        dpg.hide_item(self._window)

    def _chooser(self, view: View) -> Callable[[], None]:
        return lambda: self._choices.view(self._row, view)
