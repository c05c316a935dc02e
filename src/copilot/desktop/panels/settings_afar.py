"""The settings in the window of a server's project: the person's own look and notifications, nothing else.

Keys, caps and what stands around scripts are the server's: those of this machine do not hold there.
"""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import dpg
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.settings_parts import card, card_room, section
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
        kept = f"Kept in {text.one_line(str(preferences.home.config), 200)}"
        small, faint = look.fonts.small, look.palette.faint
        look.text(kept, self._item, font=small, colour=faint, wrap=0, tag="settings.saved")
        self._trouble = look.text("", self._item, font=small, colour=look.palette.red, wrap=0, show=False)

    def refresh(self, state: ViewState) -> None:
        """Show what is set."""
        del state
        settings = self._preferences.settings
        self._look_room.refresh(settings)
        self._care.refresh(settings)
        trouble = self._preferences.save_trouble
        dpg.configure_item(self._trouble, show=bool(trouble))
        dpg.set_value(self._trouble, text.one_line(trouble, 600))

    def tick(self) -> bool:
        """Once a frame."""
        if dpg.is_item_visible(self._item):
            self._look_room.fit(card_room(self._the_look, self._item))
        return False

    def actions(self) -> tuple[NamedAction, ...]:
        """The look by name."""
        return (
            NamedAction(
                name="settings.open",
                title="Settings",
                run=lambda: self._focus("settings"),
                keys="Ctrl+Comma",
                group="Edit",
                words="preferences options configuration keys theme",
            ),
            NamedAction(
                name="look.larger", title="Larger text", run=lambda: self._look_room.step(1), words="font"
            ),
            NamedAction(
                name="look.smaller", title="Smaller text", run=lambda: self._look_room.step(-1), words="font"
            ),
        )
