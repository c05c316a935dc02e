"""One panel in a native window of its own: the loop of its process, which `child` starts."""

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from copilot.desktop.action_table import ActionTable, NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.frames import Click, Guard, Pace, listening, on_stderr
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.native import Native
from copilot.desktop.own_chords import own_chords
from copilot.desktop.panel_table import Needs, kind, made
from copilot.desktop.panels.chooser import Chooser
from copilot.desktop.thumbnails import Thumbnails
from copilot.desktop.torn import messages as m
from copilot.desktop.torn.acting import AskingIntake, asking_actions
from copilot.desktop.torn.folding import folded
from copilot.desktop.torn.frame import Frame
from copilot.desktop.torn.link import Link
from copilot.desktop.torn.strip import Strip, flatten
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import TIPS, Look
from copilot.projects.attachments import attachments_of_project
from copilot.projects.config import load_settings
from copilot.projects.home import Annex, Home
from copilot.tokens.charging import Charging
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice

if TYPE_CHECKING:
    from copilot.desktop.panels.composer import Composer

NOBODY = ModelChoice(provider="rehearsal", model="")
"""Who answers, until the main window says it."""


class PanelWindow:
    """One panel in a window of its own. `on_frame` is called after each frame."""

    def __init__(self, start: m.Start, link: Link, *, on_frame: Callable[[], None] | None = None) -> None:
        self._start = start
        self._on_frame = on_frame
        self._kind = kind(start.panel)
        own, root = start.own_home, Path(start.home)
        self._home = Annex(root=root, own=Home(root=Path(own))) if own else Home(root=root)
        self._native = Native()
        self._link = link
        link.wake = self._native.wake
        self._frame = Frame(self._native)
        trouble = on_stderr(f"the window of {self._kind.title}")
        self._guarded, self._pace = Guard(trouble), Pace(self._native, time.monotonic)
        self._click = Click(time.monotonic)
        self._errands = Errands(self._native.wake, trouble)
        self._state = ViewState()
        self._facts = m.Facts(model=NOBODY, draft="", attached=(), dress=start.dress)
        self._drafted = ""
        self._changed = self._begun = False
        self._over = False

    def run(self) -> int:
        """Stay until the window is closed or the main one is gone; 0."""
        self._boot()
        try:
            while self._step():
                pass
        finally:
            self._link.close()
            dpg.destroy_context()
        return 0

    def _boot(self) -> None:
        tell = self._link.tell
        look = self._frame.create(self._start.place, self._start.dress, self._dock)
        settings, _ = load_settings(self._home)
        self._facts = replace(self._facts, keys=settings.keys)
        thumbnails = Thumbnails(self._errands, self._attachment_path)
        self._actions = asking_actions(
            tell,
            lambda: self._facts,
            lambda: self._state,
            thumbnails,
            Charging(settings.prices),
            lambda question: self._chooser.open(question),
        )
        self._keyboard, _ = listening()
        self._make(look)
        self._frame.search_fonts(self._errands.add, self._redress)
        self._frame.name(self._kind.title, "")
        self._frame.show()
        self._native.watch_drops()

    def _make(self, look: Look) -> None:
        """Make what is on the screen, also when the look has changed."""
        self._caret = look.caret
        self._table = ActionTable(own_chords(self._facts.keys).actions)
        needs = Needs(
            look=look,
            actions=self._actions,
            table=self._table,
            errands=self._errands,
            intake=AskingIntake(self._link.tell),
            draft=lambda: self._facts.draft,
            home=self._home,
            ticks=time.monotonic,
            server=self._start.server,
        )
        self._panel = made(self._kind, needs)
        self._composer = cast("Composer", self._panel) if self._kind.name == "composer" else None
        bare = ("no_title_bar", "no_resize", "no_move", "no_bring_to_front_on_focus")
        dpg.configure_item(self._kind.name, **dict.fromkeys(bare, True))
        self._chooser = Chooser(look)
        flatten(look, self._kind.name)
        self._strip = Strip(look, self._kind.icon, self._kind.title, self._dock, self._show_window)
        self._table.add(self._panel.actions())
        self._table.add((NamedAction(name="torn.dock", title="Dock back", run=self._dock, keys="Ctrl+W"),))

    def _step(self) -> bool:
        began = time.monotonic()
        self._frame.draw()
        called = self._guarded.callbacks()
        heard = self._link.take()
        for message in heard:
            self._hear(message)
        if self._over or not dpg.is_dearpygui_running():
            return False
        self._guarded("an errand", self._errands.take)
        if dropped := self._native.dropped():
            self._link.tell(m.AttachFiles(paths=tuple(map(str, dropped))))
        moving = self._bring()
        if self._on_frame is not None:
            self._on_frame()
        self._changed |= self._pace.rest(began, lively=called or bool(heard) or moving)
        return True

    def _hear(self, message: m.ToPanel) -> None:
        match message:
            case m.Facts():
                self._know(message)
            case m.Front():
                self._native.come_to_front()
            case m.NotTaken(words=words):
                if self._composer is not None and self._composer.draft != words:
                    self._composer.give_back(words, ())
            case m.Leave():
                self._over = True
            case _:
                self._state = folded(self._state, message)
        self._changed = True

    def _know(self, facts: m.Facts) -> None:
        """Take in what is the main window's own; the composer shows what was written there."""
        before, self._facts = self._facts, facts
        if (facts.dress, facts.keys) != (before.dress, before.keys):  # hints show chords
            self._redress()
        if self._composer is not None:
            if facts.draft != self._drafted:
                self._drafted = facts.draft
                self._composer.insert(facts.draft)
            if facts.attached != self._composer.tray.parts:
                self._composer.tray.set(facts.attached)

    def _redress(self) -> None:
        """Make all anew: the look is another, or fonts came that can write more."""
        for one in (self._kind.name, self._strip.tag, "chooser", TIPS):
            if dpg.does_item_exist(one):
                dpg.delete_item(one)
        draft = self._composer.draft if self._composer is not None else ""
        self._make(self._frame.wear(self._facts.dress))
        if self._composer is not None:
            self._composer.insert(draft)
            self._composer.tray.set(self._facts.attached)
        self._changed = True

    def _bring(self) -> bool:
        """Bring what changed to the screen. True while something still moves."""
        state = self._state
        self._keyboard.take(self._press)
        moving = held = self._click.holds()
        if self._changed and not held:
            self._changed = False
            project = state.project
            self._frame.name(self._kind.title, project.name if project is not None else "")
            self._guarded("the strip", lambda: self._strip.refresh(state))
            moving = self._changed = bool(self._guarded("the panel", lambda: self._panel.refresh(state)))
            if state.project is not None and not self._begun:
                self._begun = True
                gc.freeze()
                gc.enable()
                self._link.tell(m.Ready())
        if self._frame.fill(self._kind.name, self._strip.tag, self._strip.height):
            moving = self._changed = True
        for name, part in (("a frame of the panel", self._panel), ("choosing", self._chooser)):
            moving |= bool(self._guarded(name, part.tick))
        self._tell_changes()
        return bool(self._guarded("the caret", self._tick_caret)) or moving

    def _tick_caret(self) -> bool:
        return self._caret.tick(self._chooser.window if self._chooser.opened else None)

    def _tell_changes(self) -> None:
        if (place := self._frame.moved(time.monotonic())) is not None:
            self._link.tell(m.Moved(place=place))
        if self._composer is not None:
            if self._composer.draft != self._drafted:
                self._drafted = self._composer.draft
                self._link.tell(m.Drafted(words=self._drafted))
            if len(self._composer.tray.parts) < len(self._facts.attached):
                self._link.tell(m.SetAttached(parts=self._composer.tray.parts))

    def _press(self, press: Press) -> None:
        """A key: an action of the panel, else one of the main window, else the panel's own."""
        if self._chooser.opened:
            self._guarded("choosing", lambda: self._chooser.key(press))
            return
        escape = press.code == dpg.mvKey_Escape
        if escape and self._composer is not None:
            self._composer.escaped()
        if escape and self._guarded("Escape", self._panel.escape):
            return
        if self._guarded("a key", lambda: self._panel.first(press)):
            return
        action = self._table.meant(press.chord, press.shifted)
        if action is not None and action.enabled():
            self._guarded(action.title, action.run)
            return
        meant = [str(chord) for chord in (press.chord, press.shifted) if str(chord) in self._facts.chords]
        if meant:
            self._link.tell(m.Pressed(keys=meant[0]))
            if not escape:
                return
        self._guarded("a key", lambda: self._panel.key(press))

    def _dock(self) -> None:
        self._link.tell(m.DockBack())

    def _show_window(self) -> None:
        self._link.tell(m.ShowWindow())

    def _attachment_path(self, part: Attachment) -> Path | None:
        """From the thread that makes pictures small."""
        project = self._state.project
        return attachments_of_project(self._home, project.name if project is not None else "").path(part)
