"""All that is on the screen: the menu bar, the panels and the approval dialog, refreshed each frame."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from copilot.desktop.confirm_window import ConfirmWindow
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.intake import Intake
from copilot.desktop.menu import MenuActions, MenuBar
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.attach_dialog import AttachDialog
from copilot.desktop.panels.compact import Compact
from copilot.desktop.panels.composer import Composer
from copilot.desktop.panels.context import Context
from copilot.desktop.panels.discussion import Discussion
from copilot.desktop.panels.log import Log
from copilot.desktop.panels.model_chooser import ModelChooser
from copilot.desktop.panels.project_files import ProjectFiles
from copilot.desktop.panels.tool_calls import ToolCalls
from copilot.desktop.panels.usage import Usage
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Look
from copilot.vocabulary.values import ModelChoice, Project

NO_KEYS = range(656, 667)
"""What a handler for all keys also gets: mouse buttons, wheels and the modifiers' doubles (measured)."""


class Workbench:
    """Made once, before the first frame. `trouble` hears once of each piece that fails."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        window: MenuActions,
        offers: Sequence[ModelChoice],
        find_local: Callable[[], None],
        attaching: tuple[Errands, Intake],
        trouble: Callable[[str, Exception], None],
        ticks: Callable[[], float],
    ) -> None:
        self._trouble = trouble
        self._broken: set[str] = set()
        self._ticks = ticks
        self._again = False
        self._project: Project | None = None
        self._wants_to_send = False
        self._released: set[int] = set()
        self._menu = MenuBar(look, actions, window, offers)
        self._files = ProjectFiles(look, actions, ticks)
        self.context = Context(look, actions, lambda: self.composer.draft, ticks)
        self.discussion = Discussion(look, actions)
        errands, intake = attaching
        self.composer = Composer(look, actions, ticks, intake)
        self.attach = AttachDialog(look, errands, intake, self._attach_folder)
        self.models = ModelChooser(look, actions, offers, find_local)
        self.compact = Compact(look, actions)
        tools, log, usage = ToolCalls(look), Log(look), Usage(look, actions)
        self._dialog = ConfirmWindow(look, actions.submit)
        self._panels: tuple[tuple[str, Callable[[ViewState], None]], ...] = (
            ("menu", self._menu.refresh),
            ("files", self._files.refresh),
            ("context", self.context.refresh),
            ("composer", self.composer.refresh),
            ("tools", tools.refresh),
            ("log", log.refresh),
            ("usage", usage.refresh),
            ("models", self.models.refresh),
            ("the summary", self.compact.refresh),
        )
        handlers = dpg.add_handler_registry()
        dpg.add_key_press_handler(parent=handlers, callback=self._key)
        dpg.add_key_release_handler(parent=handlers, callback=self._key_up)
        for add in (dpg.add_mouse_move_handler, dpg.add_mouse_wheel_handler, dpg.add_mouse_click_handler):
            add(parent=handlers, callback=_nothing)

    def tick(self, state: ViewState, *, changed: bool) -> bool:
        """Once a frame: bring what changed to the screen. True while something still moves."""
        now = self._ticks()
        self._project = state.project
        self.guarded("sending", self._send_if_asked)
        moving = False
        if changed or self._again:
            for name, refresh in self._panels:
                self.guarded(name, lambda r=refresh: r(state))
            self._again = bool(self.guarded("discussion", lambda: self.discussion.refresh(state, now)))
            moving = self._again
        for name, tick in (
            ("discussion", self.discussion.tick),
            ("composer", self.composer.tick),
            ("menu", self._menu.tick),
            ("the file tree", self._files.tick),
            ("the context panel", self.context.tick),
            ("the models", self.models.tick),
            ("attaching", self.attach.tick),
        ):
            moving |= bool(self.guarded(name, tick))
        return self._tick_dialog(state, now) or moving

    def guarded(self, what: str, work: Callable[[], Any]) -> Any:
        """Run a piece of the frame; a bug in it costs that piece, not the window. None where it failed."""
        try:
            return work()
        except Exception as error:  # the top of the main thread
            if what not in self._broken:
                self._broken.add(what)
                self._trouble(what, error)
            return None

    def _tick_dialog(self, state: ViewState, now: float) -> bool:
        self._dialog.refresh(state.approvals)
        done = self.guarded("the approval dialog", lambda: (self._dialog.tick(now),))
        if done is None:
            self._dialog.refuse("the window could not show this request")
            return True
        return bool(done[0])

    def _key(self, _sender: Any, key: int, _user: Any) -> None:
        if key in NO_KEYS:
            return
        alt = dpg.is_key_down(dpg.mvKey_LAlt) or dpg.is_key_down(dpg.mvKey_RAlt)
        modal = self._dialog.open
        self._dialog.key(key, self._ticks(), alt=alt)
        if key == dpg.mvKey_Escape:
            self.composer.escaped()
        elif key == dpg.mvKey_V and not modal and self._control() and self.composer.focused:
            self.composer.pasted()
        elif key == dpg.mvKey_Return and not modal and not self._covered():
            self._wants_to_send = True
        if not modal and self.models.opened:
            self.models.key(key)
        elif not modal and self.attach.opened:
            self.attach.key(key)
        elif not modal and self.compact.opened:
            self.compact.key(key)
        elif not modal:
            self._files.key(key)
            self.context.key(key)

    def _covered(self) -> bool:
        """Whether something lies over the composer, whose keys are not the composer's."""
        return self.models.opened or self.attach.opened or self.compact.opened

    def _attach_folder(self) -> Path:
        return Path(self._project.base_dir) if self._project is not None else Path.home()

    def _control(self) -> bool:
        return any(map(dpg.is_key_down, (dpg.mvKey_LControl, dpg.mvKey_RControl)))

    def _key_up(self, _sender: Any, key: int, _user: Any) -> None:
        self._released.add(key)

    def _send_if_asked(self) -> None:
        """Ctrl+Enter, looked at when the keys of a frame are known.

        On a slow frame a quick tap's Enter comes together with the release of Ctrl; the library then sees a
        plain Enter. A control key that was released in the frame of the Enter was held for it.
        """
        wanted, released = self._wants_to_send, self._released
        self._wants_to_send, self._released = False, set()
        controls = (dpg.mvKey_LControl, dpg.mvKey_RControl)
        if wanted and any(key in released or dpg.is_key_down(key) for key in controls):
            self.composer.send_by_key()


def _nothing(_sender: Any, _data: Any, _user: Any) -> None:
    """The job alone tells the loop that the person is there."""
