"""The settings in the window of a server's project: the person's own look and notifications, nothing else.

Keys, caps and what stands around scripts are the server's: those of this machine do not hold there.
"""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import dpg
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.settings_parts import Saved, card, card_room, open_settings, section
from copilot.desktop.panels.settings_rooms import CareRoom, LookRoom
from copilot.desktop.preferences import Preferences
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window


class SettingsAfar(Panel):
    """The panel `settings`, where the project lies on `server`."""

    def __init__(
        self, look: Look, preferences: Preferences, server: str, focus: Callable[[str], None]
    ) -> None:
        self._the_look, self._preferences, self._focus = look, preferences, focus
        self._item = window("settings", f"{Icon.GEAR}  Settings")
        self._look_room = LookRoom(look, self._item, preferences)
        self._care = CareRoom(look, self._item, preferences)
        place = section(look, self._item, Icon.SHIELD, "Models, keys, costs and scripts")
        words = (
            f"These are set on {server}, by whoever runs it: your own keys are not sent there, and caps and "
            "fences of this machine do not hold there."
        )
        box = card(look, place, "settings.server")
        look.text(words, box, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        self._saved = Saved(look, self._item, preferences.home.config)

    def refresh(self, state: ViewState) -> None:
        """Show what is set."""
        del state
        settings = self._preferences.settings
        self._look_room.refresh(settings)
        self._care.refresh(settings)
        self._saved.show(self._preferences.save_trouble)

    def tick(self) -> bool:
        """Once a frame."""
        if dpg.is_item_visible(self._item):
            self._look_room.fit(card_room(self._the_look, self._item))
        return False

    def actions(self) -> tuple[NamedAction, ...]:
        """The look by name."""
        return (open_settings(self._focus), *self._look_room.actions())
