"""The settings: keys, look, spending, approvals. Every change is kept at once, in `config.toml`."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.away import Away
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.settings_keys import NAMES, KeyCard, KeyRoom
from copilot.desktop.panels.settings_parts import Saved, card_room, open_settings
from copilot.desktop.panels.settings_rooms import CareRoom, LookRoom, SpendingRoom
from copilot.desktop.panels.settings_scripts import ScriptsRoom
from copilot.desktop.preferences import Preferences
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window


def settings_panel(
    look: Look, preferences: Preferences | None, ticks: Callable[[], float], focus: Callable[[str], None]
) -> Panel:
    """The panel `settings`; where there are no `preferences` it says where they are."""
    if preferences is None:
        words = "Settings are in the main window: keys never leave it. Dock this panel back to change them."
        return Away(look, "settings", f"{Icon.GEAR}  Settings", words)
    return SettingsPanel(look, preferences, ticks, focus)


class SettingsPanel(Panel):
    """The panel `settings`."""

    def __init__(
        self, look: Look, preferences: Preferences, ticks: Callable[[], float], focus: Callable[[str], None]
    ) -> None:
        self._the_look = look
        self._preferences = preferences
        self._focus = focus
        self._state = ViewState()
        self._seen = False
        self._item = window("settings", f"{Icon.GEAR}  Settings")
        self._keys = KeyRoom(look, self._item, preferences, ticks)
        self._look_room = LookRoom(look, self._item, preferences)
        self._spending = SpendingRoom(look, self._item, preferences, ticks)
        self._scripts = ScriptsRoom(look, self._item, preferences, ticks)
        self._care = CareRoom(look, self._item, preferences)
        look.gap(self._item, height=4)
        self._saved = Saved(look, self._item, preferences.home.config)

    def refresh(self, state: ViewState) -> None:
        """Show what is set and known."""
        preferences = self._preferences
        self._state = state
        preferences.hear(state)
        if not dpg.is_item_visible(self._item):
            return
        preferences.look()
        settings = preferences.settings
        self._keys.refresh()
        self._look_room.refresh(settings)
        self._spending.refresh(settings)
        self._scripts.refresh(settings)
        self._care.refresh(settings)
        self._saved.show(preferences.save_trouble)

    def tick(self) -> bool:
        """Once a frame: keep what the hand has finished typing."""
        before, self._seen = self._seen, bool(dpg.is_item_visible(self._item))
        if self._seen:
            if not before:
                self.refresh(self._state)  # what came while nobody saw it was not drawn
            room = card_room(self._the_look, self._item)
            self._keys.fit(room)
            self._look_room.fit(room)
            self._scripts.fit(room)
        waiting = [self._keys.tick(), self._spending.tick(), self._scripts.tick()]
        return any(waiting)

    def escape(self) -> bool:
        """Close the form for a key."""
        return self._keys.escape()

    def keys_to(self) -> Item | None:
        """The window itself."""
        return None

    def actions(self) -> tuple[NamedAction, ...]:
        """Keys and look by name."""
        found: list[NamedAction] = []
        for provider, card in self._keys.cards.items():
            name = NAMES[card.provider]
            words = f"api key provider {provider} settings"
            for act, title, run in (
                ("enter", f"Enter a key for {name}…", self._opening(card)),
                ("test", f"Test the key for {name}", self._shown_first(card.test)),
                ("forget", f"Forget the key for {name}", self._shown_first(card.forget)),
            ):
                found.append(NamedAction(name=f"keys.{act}.{provider}", title=title, run=run, words=words))
        return (open_settings(self._focus), *found, *self._look_room.actions())

    def _opening(self, card: KeyCard) -> Callable[[], None]:
        return self._shown_first(card.open)

    def _shown_first(self, run: Callable[[], None]) -> Callable[[], None]:
        """The act, with the panel in front, since it tells there what became of it."""

        def do() -> None:
            self._focus("settings")
            run()

        return do
