"""The menu of one card: everything that can be done with it, with its key."""

from collections.abc import Callable

from copilot.desktop.entries import Entry
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Look, on
from copilot.vocabulary.frozen import frozen


@frozen(kw_only=False)
class CardAct:
    """One thing to do with a card: `can` says for which cards."""

    name: str
    title: str
    key: str
    run: Callable[[Entry], None]
    can: Callable[[Entry], bool]


class CardMenu:
    """Made once; `open` shows it for a card."""

    def __init__(self, look: Look, acts: tuple[CardAct, ...]) -> None:
        self._acts = acts
        self._entry: Entry | None = None
        self._window = dpg.add_window(
            tag="discussion.menu",
            popup=True,
            show=False,
            no_move=True,
            no_saved_settings=True,
            min_size=(10, 10),
        )
        look.themes.bind(self._window, "tree_menu")
        self._items = [
            dpg.add_menu_item(
                parent=self._window,
                label=act.title,
                shortcut=act.key,
                tag=f"discussion.menu.{act.name}",
                callback=on(self._runner(act)),
            )
            for act in acts
        ]

    def open(self, entry: Entry, below: Item) -> None:
        """Show the menu below a button."""
        self._entry = entry
        for act, item in zip(self._acts, self._items, strict=True):
            dpg.configure_item(item, enabled=act.can(entry))
        x, y = dpg.get_item_rect_min(below)
        dpg.configure_item(self._window, show=True, pos=[int(x) - 120, int(y) + 28])

    @property
    def opened(self) -> bool:
        """Whether it is on the screen."""
        return bool(dpg.is_item_visible(self._window))

    def close(self) -> None:
        """Hide it."""
        dpg.hide_item(self._window)

    def _runner(self, act: CardAct) -> Callable[[], None]:
        def run() -> None:
            if self._entry is not None:
                act.run(self._entry)

        return run
