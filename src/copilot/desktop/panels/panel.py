"""What every docked panel offers to the workbench, and every window that lies over the others."""

from typing import Any

from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import Item
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.view_state import ViewState


class Panel:
    """A docked panel: made once before the first frame, then brought up to date by folds of the state."""

    def refresh(self, state: ViewState) -> bool | None:
        """Show what changed; True asks to be called again in the next frame, though nothing changed."""
        raise NotImplementedError

    def tick(self) -> bool:
        """Once a frame; True while something still moves."""
        return False

    def key(self, press: Press) -> None:
        """A key went down that neither a window over the panels nor an action took."""

    def escape(self) -> bool:
        """Escape was pressed: close what is open here (a menu, a box, a bar). True where something was.

        Where no panel had anything to close, Escape stops the turn that runs.
        """
        return False

    def first(self, press: Press) -> bool:
        """Whether a key is taken here before any action hears of it, as by a box that is typed in."""
        del press
        return False

    def keys_to(self) -> Item | None:
        """What takes the keys when the person goes to this panel by keyboard; None for the window itself."""
        return None

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Keys that are taken while the panel has them, and what they do: for the list of all keys."""
        return ()

    def kept(self) -> object:
        """What is to be handed to the panel that takes this one's place when all is made anew; None: nothing.

        How far it is scrolled is kept for it, where its child windows have fixed names.
        """
        return None

    def take_up(self, kept: Any) -> None:
        """Go on with what the panel before this one kept."""

    def actions(self) -> tuple[NamedAction, ...]:
        """What can be done here by name: for the palette, the menus and the keyboard."""
        return ()


class Over:
    """A window over the others, such as a chooser: while it is open, keys are its own."""

    _over: Overlay

    @property
    def opened(self) -> bool:
        """Whether it is on the screen."""
        return self._over.opened

    @property
    def window(self) -> Item:
        """What lies over the panels."""
        return self._over.window

    def refresh(self, state: ViewState) -> None:
        """Show what changed."""

    def tick(self) -> bool:
        """Once a frame; True while something still moves."""
        return False

    def key(self, press: Press) -> None:
        """A key went down while it is open."""
