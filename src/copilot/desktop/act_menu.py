"""What can be done with one thing (a card, a branch), as a menu; its keys do the same where it is marked."""

from collections.abc import Callable
from typing import Generic, TypeVar

from copilot.desktop.gate import dpg
from copilot.desktop.widgets import Look, on
from copilot.vocabulary.frozen import frozen

T = TypeVar("T")
TakenT = TypeVar("TakenT", contravariant=True)


@frozen(kw_only=False)
class Act(Generic[TakenT]):
    """One thing to do: `can` says with which it can be done now."""

    name: str
    title: str
    key: str
    run: Callable[[TakenT], None]
    can: Callable[[TakenT], bool]


class ActMenu(Generic[T]):
    """Made once; `open` shows it for a thing. Its items have the tags `TAG.NAME`."""

    def __init__(self, look: Look, tag: str, acts: tuple[Act[T], ...]) -> None:
        self._acts = acts
        self._thing: T | None = None
        self._window = dpg.add_window(
            tag=tag, popup=True, show=False, no_move=True, no_saved_settings=True, min_size=(10, 10)
        )
        look.themes.bind(self._window, "tree_menu")
        self._items = [
            dpg.add_menu_item(
                parent=self._window,
                label=act.title,
                shortcut=act.key,
                tag=f"{tag}.{act.name}",
                callback=on(self._runner(act)),
            )
            for act in acts
        ]

    @property
    def opened(self) -> bool:
        """Whether it is on the screen."""
        return bool(dpg.is_item_visible(self._window))

    def open(self, thing: T, place: tuple[float, float]) -> None:
        """Show it at a place of the window."""
        self._thing = thing
        for act, item in zip(self._acts, self._items, strict=True):
            dpg.configure_item(item, enabled=act.can(thing))
        dpg.configure_item(self._window, show=True, pos=[int(place[0]), int(place[1])])

    def close(self) -> None:
        """Hide it."""
        dpg.hide_item(self._window)

    def do(self, key: str, thing: T) -> bool:
        """Do what a key stands for; False where it stands for nothing that can be done with this."""
        act = next((one for one in self._acts if one.key == key and one.can(thing)), None)
        if act is not None:
            act.run(thing)
        return act is not None

    def _runner(self, act: Act[T]) -> Callable[[], None]:
        def run() -> None:
            # It may have changed while the menu was open.
            if self._thing is not None and act.can(self._thing):
                act.run(self._thing)

        return run
