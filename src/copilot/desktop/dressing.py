"""What the window wears, and what it is to wear once the change disturbs nobody."""

from collections.abc import Callable

from copilot.desktop.caret import mouse_is_down
from copilot.desktop.errands import Errands
from copilot.desktop.looks import Dress, dressed
from copilot.desktop.system_theme import at_once, prefers_light
from copilot.projects.settings import Settings

TYPING_SECONDS = 1.0
"""After the last change of what is written, the person is taken to write on."""


class Dressing:
    """`worn` is the dress of now; another one comes by the settings, by the desktop, and with fonts."""

    def __init__(self, settings: Settings, errands: Errands, ticks: Callable[[], float]) -> None:
        self._settings = settings
        self._errands = errands
        self._ticks = ticks
        self._light = at_once() if settings.theme == "system" else None
        self.worn = dressed(settings, self._light)
        self._next: Dress | None = None
        self._typed: tuple[str, float] = ("", 0.0)

    def choose(self, settings: Settings) -> None:
        """Theme, scale and size of text as they were just set."""
        self._settings = settings
        self._next = dressed(settings, self._light)
        if settings.theme == "system":
            self._errands.apart(prefers_light, self._desktop_said)

    def fonts_came(self) -> None:
        """The same once more, with what can be written now."""
        self._next = self.worn

    def change(self, draft: str, *, busy: bool) -> bool:
        """Once a frame: whether another dress is to be put on now. Not while the person is `busy`, writes at
        the `draft` or clicks."""
        now = self._ticks()
        if draft != self._typed[0]:
            self._typed = (draft, now)
        typing = now - self._typed[1] < TYPING_SECONDS
        if self._next is None or busy or typing or mouse_is_down():
            return False
        self.worn, self._next = self._next, None
        return True

    def _desktop_said(self, light: bool | None) -> None:
        self._light = light
        self._next = dressed(self._settings, light)
