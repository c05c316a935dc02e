"""What can be done with one branch, as a menu at the mouse; the same keys do it in the list."""

from collections.abc import Callable

from copilot.desktop.branch_rows import BranchRow
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look, on
from copilot.vocabulary.frozen import frozen


@frozen(kw_only=False)
class Entry:
    """One line of the menu. `fits` says whether it can be done with a branch now."""

    title: str
    key: str
    act: Callable[[BranchRow], None]
    fits: Callable[[BranchRow], bool]


class BranchMenu:
    """Made once; `open` shows it for a branch."""

    def __init__(self, look: Look, entries: tuple[Entry, ...]) -> None:
        self._entries = entries
        self._row: BranchRow | None = None
        self._window = dpg.add_window(
            tag="branches.menu",
            popup=True,
            show=False,
            no_move=True,
            no_saved_settings=True,
            min_size=(10, 10),
        )
        look.themes.bind(self._window, "tree_menu")
        self._items: list[Item] = [
            dpg.add_menu_item(
                parent=self._window,
                label=entry.title,
                shortcut=entry.key,
                tag=f"branches.menu.{number}",
                callback=on(self._doer(entry)),
            )
            for number, entry in enumerate(entries)
        ]

    @property
    def opened(self) -> bool:
        """Whether it is on the screen."""
        return bool(dpg.is_item_visible(self._window))

    def open(self, row: BranchRow, place: tuple[float, float]) -> None:
        """Show it at a place of the window."""
        self._row = row
        for item, entry in zip(self._items, self._entries, strict=True):
            dpg.configure_item(item, enabled=entry.fits(row))
        dpg.configure_item(self._window, show=True, pos=[int(place[0]), int(place[1])])

    def hide(self) -> None:
        """Close it."""
        dpg.hide_item(self._window)

    def do(self, key: str, row: BranchRow) -> bool:
        """Do what a key stands for with a branch; False where it stands for nothing that fits."""
        for entry in self._entries:
            if entry.key == key and entry.fits(row):
                entry.act(row)
                return True
        return False

    def _doer(self, entry: Entry) -> Callable[[], None]:
        def act() -> None:
            if self._row is not None and entry.fits(self._row):
                entry.act(self._row)

        return act
