"""The titles on the tabs of docked panels: all in full, or of those behind the icons alone where a dock is
too narrow for that, or the icons of all where it is too narrow for that, too.

The library cuts titles that have no room to their first letters, which tells less than the icons do.
"""

from collections.abc import Mapping, Sequence

from copilot.desktop.gate import dpg
from copilot.desktop.panel_focus import Place
from copilot.desktop.panel_table import PANELS
from copilot.desktop.widgets import Look

AROUND, CORNER = 24, 34
"""Pixels at scale 1: of a tab around its title, and of the button beside the tabs with its room."""

DOCKS: tuple[tuple[str, ...], ...] = (
    ("files",),
    ("context", "branches"),
    ("tools", "scripts", "settings", "documents", "servers"),
    ("usage", "log", "prompts", "inspector"),
)
"""Which panels are tabs of one dock in the default layout. The library tells only where a panel is that is
seen, so the others are with these until they are seen elsewhere."""


class TabTitles:
    """`place` once a frame; made anew with another look. `docks` are as `DOCKS`, `more` are panels that the
    table of all does not know, by name, icon and title."""

    def __init__(
        self,
        look: Look,
        docks: Sequence[Sequence[str]] = DOCKS,
        more: Sequence[tuple[str, str, str]] = (),
    ) -> None:
        self._look = look
        every = (*((one.name, one.icon, one.title) for one in PANELS), *more)
        self._titles = {name: (icon, f"{icon}  {title}") for name, icon, title in every}
        self._docks = {name: number for number, dock in enumerate(docks) for name in dock}
        self._seen: dict[str, Place] = {}
        self._short: dict[str, bool] = dict.fromkeys(self._docks, False)

    def place(self, places: Mapping[str, Place]) -> None:
        """Give each docked panel the title that its dock has room for; `places` are of those in view."""
        seen = {name: places[name] for name in self._docks if name in places}
        if seen == self._seen:
            return
        self._learn(seen)
        self._seen = seen
        for name, (_, _, width) in seen.items():
            dock = self._docks[name]
            mates = [one for one, its in self._docks.items() if its == dock and dpg.is_item_shown(one)]
            short = self._needed(mates) > width
            shortest = self._needed(mates, full=name) > width
            for one in mates:
                self._give(one, short=short and (shortest or one not in seen))

    def _learn(self, seen: dict[str, Place]) -> None:
        """Who is where another is or was is a tab beside it; who is elsewhere is not."""
        for name, place in seen.items():
            mates = [one for one, its in (*self._seen.items(), *seen.items()) if its == place and one != name]
            apart = [
                one for one, its in seen.items() if its != place and self._docks[one] == self._docks[name]
            ]
            if mates:
                self._docks[name] = self._docks[mates[0]]
            elif apart:
                self._docks[name] = max(self._docks.values()) + 1

    def _needed(self, names: Sequence[str], full: str = "") -> float:
        """The width of these tabs; where `full` is one of them, of the others' icons."""
        look = self._look
        titles = (self._titles[name][not full or name == full] for name in names)
        words = (look.size(title, look.fonts.body)[0] for title in titles)
        return sum(words) + len(names) * look.px(AROUND) + look.px(CORNER)

    def _give(self, name: str, *, short: bool) -> None:
        if self._short[name] != short:
            self._short[name] = short
            dpg.configure_item(name, label=f"{self._titles[name][0 if short else 1]}###{name}")
            dpg.reset_pos(name)  # a label that is set would undock the window (measured)
