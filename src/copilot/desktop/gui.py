"""The window: `App(desk, ...).run()` opens it and returns when it was closed.

The loop is: render, run the callbacks of that frame one by one, take what the worker sent, bring the panels
up to date, sleep when nothing moves. Only this thread calls Dear PyGui. Nothing that must happen in time
lives here, because the loop stands still while the window is minimised.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.desktop.acting import panel_actions
from copilot.desktop.afar import Afar, PostedFolder
from copilot.desktop.callers import Caller
from copilot.desktop.controller import Controller
from copilot.desktop.desk import Desk
from copilot.desktop.dressing import Dressing
from copilot.desktop.errands import Errands
from copilot.desktop.frames import SWITCH_SECONDS, Pace
from copilot.desktop.gate import dpg
from copilot.desktop.intake import Arrived, Intake
from copilot.desktop.layout_actions import layout_actions
from copilot.desktop.native import Native
from copilot.desktop.notifying import worth_telling
from copilot.desktop.outbox import drain
from copilot.desktop.outside import NOTHING_OUTSIDE, Outside
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.projects import Elsewhere
from copilot.desktop.panels.several import Asked
from copilot.desktop.preferences import Preferences, Uses
from copilot.desktop.project_shelf import ProjectShelf
from copilot.desktop.signals import ended_by_signals
from copilot.desktop.thumbnails import Thumbnails
from copilot.desktop.torn.requests import PROGRAM, Requests, tear_off_actions, torn_panels
from copilot.desktop.viewport import Viewport
from copilot.desktop.warming import warm_up
from copilot.desktop.widgets import Look
from copilot.desktop.window_actions import window_actions
from copilot.desktop.workbench import Means, Workbench
from copilot.projects.attachments import AttachmentFolder, attachments_of_project
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import Shutdown
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import Event, ProjectOpened
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice

STOP_SECONDS = 3.0
"""DESIGN 8: how long the window keeps rendering while the worker stops."""


class App:
    """One window on one desk. One process holds one App, and once closed it is over.

    `policy` goes with each turn. `clock` gives UTC seconds, `new_id` unique strings, `ticks` seconds for
    pauses. `offers` are the models of the menu; `find_local` gives those of servers on this machine: it may
    take a second and is never called on the main thread. `outside` opens other windows and notifies. `draft`
    waits in the composer to be sent; `size` in pixels, None for the size of last time; `on_frame` is called
    after every frame; `panel_module` is what a torn-off panel's process runs; `afar` where the project lies
    on a server.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        policy: ApprovalPolicy,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        offers: Sequence[ModelChoice] = (),
        find_local: Callable[[], tuple[ModelChoice, ...]] = tuple,
        outside: Outside = NOTHING_OUTSIDE,
        draft: str = "",
        size: tuple[int, int] | None = None,
        ticks: Callable[[], float] = time.monotonic,
        on_frame: Callable[[], None] | None = None,
        panel_module: str = PROGRAM,
        afar: Afar | None = None,
    ) -> None:
        self._desk = desk
        self._offers = offers
        self._draft = draft
        self._ticks = ticks
        self._clock = clock
        self._on_frame = on_frame
        self._panel_module = panel_module
        self._native = Native()
        self._viewport = Viewport(self._native, desk.home.layout, size)
        self._control = Controller(desk, policy, clock, new_id, afar)
        self._find_local = find_local
        self._outside = outside
        self._caller = Caller(outside.notify)
        self._called = threading.Event()
        self._errands = Errands(self._native.wake, self._trouble)
        self._thumbnails = Thumbnails(self._errands, self._attachment_path)
        self.dressing = Dressing(desk.settings, self._errands, ticks)
        self.pace = Pace(self._native, ticks)
        self._closing_since: float | None = None

    @property
    def bench(self) -> Workbench:
        """All that is on the screen, once `run` has begun."""
        return self._bench

    def run(self) -> int:
        """Open the window, stay until it is closed, and put everything away; 0 when all went well."""
        self._boot()
        try:
            with ended_by_signals(self._native.wake, self.close):
                while self.step():
                    pass
        finally:
            code = self._put_away()
        return code

    def close(self) -> None:
        """Ask the worker to stop; the window goes when it has, or after three seconds."""
        if self._closing_since is None:
            self._closing_since = self._ticks()
            self._control.closing = True
            self._desk.worker.submit(Shutdown())

    def come_to_front(self) -> None:
        """From any thread: show the window over the others."""
        self._called.set()
        self._native.wake()

    def step(self) -> bool:
        """One round of the loop; False when the window is to go."""
        began = self._ticks()
        self._viewport.draw()
        called = self._bench.guarded.callbacks()
        events = drain(lambda: self._desk.worker.next_event(0), self._ticks)
        for event in events:
            before = self._control.state
            self._control.take(event)
            self._torn.happened(event, before, self._control.state)
            if isinstance(event, ProjectOpened):
                self._viewport.name(event.project.name, self._control.server)
            self._notify(event)
        self._control.look_afar()
        if self._called.is_set():
            self._called.clear()
            self._native.come_to_front()
        for words, attached in self._control.sayings.refused():
            self._bench.composer.give_back(words, attached)
        self._bench.guarded("an errand", self._errands.take)
        if dropped := self._native.dropped():
            self._bench.guarded("a drop", lambda: self._attach.add(dropped))
        moved = self._bench.guarded("torn-off panels", self._torn.tick)
        self._bench.guarded("the look", self._redress)
        changed, self._control.changed = self._control.changed, False
        moving = self._bench.tick(self._control.state, changed=changed)
        if self._on_frame is not None:
            self._on_frame()
        if self._over():
            return False
        idle = self.pace.rest(began, lively=called or bool(events or moved or moving))
        self._control.changed |= idle
        return True

    def _boot(self) -> None:
        desk, control = self._desk, self._control
        sys.setswitchinterval(SWITCH_SECONDS)
        look = self._viewport.create(self.close, self.dressing.worn)
        self._viewport.looks.search_fonts(self._errands.add, self.dressing.fonts_came)
        actions = panel_actions(control, lambda: self._bench, self._thumbnails.texture)
        self._bench = Workbench(self._means(look, actions))
        requests = Requests(actions, self._bench, self._attach, self._native.come_to_front)
        self._torn = torn_panels(
            desk.home,
            control,
            requests,
            self._errands,
            self._native,
            lambda: self.dressing.worn,
            self._panel_module,
        )
        desk.worker.on_event = self._native.wake
        for words in self._bench.key_troubles():
            control.note(words)
        for words in desk.notices:
            self._control.note(words, "info")
        self._viewport.show()
        self._torn.restore()
        self._native.watch_drops()
        desk.worker.start()
        self._errands.apart(warm_up, lambda _: None)
        if self._draft:
            self._bench.composer.insert(self._draft)
        self._bench.composer.focus()

    def _means(self, look: Look, actions: Actions) -> Means:
        desk, control = self._desk, self._control
        return Means(
            look=look,
            actions=actions,
            own=(
                *window_actions(
                    control,
                    lambda: self._bench,
                    self._reset_layout,
                    self.close,
                    tab=self._native.frees_tab,
                ),
                *layout_actions(desk.home, self._viewport, actions.ask, control.note),
                *tear_off_actions(lambda: self._torn, actions.ask),
            ),
            offers=self._offers,
            find_local=lambda found: self._errands.add(self._find_local, found),
            errands=self._errands,
            intake=self._intake(),
            preferences=self._preferences(),
            shelf=ProjectShelf(desk.home),
            elsewhere=Elsewhere(
                self._open_project, self._open_folder, self._outside.play_back, self._open_file
            ),
            outside=self._outside,
            servers=desk.servers,
            clock=self._clock,
            ask_several=self._ask_several,
            trouble=self._trouble,
            ticks=self._ticks,
            afar=control.afar,
        )

    def _preferences(self) -> Preferences:
        desk, control = self._desk, self._control
        uses = Uses(
            settings=lambda: control.settings,
            change=control.change_settings,
            save=control.save_settings,
            source=desk.source,
            submit=control.submit,
            new_id=control.new_id,
            apply_look=self.dressing.choose,
            use_caps=lambda settings: desk.use_caps(settings.caps),
            use_run=lambda settings: desk.use_run(settings.run),
            changed=control.touch,
        )
        return Preferences(desk.home, desk.keys, self._errands, uses, control.policy)

    def _redress(self) -> None:
        """Make all anew in the look that was chosen, not while the person answers."""
        busy = bool(self._control.state.approvals or self._bench.over)
        if self.dressing.change(self._bench.composer.draft, busy=busy):
            self._bench.redress(self._viewport.wear(self.dressing.worn))
            self._viewport.settle()
            self._control.changed = True

    def _open_project(self, name: str) -> None:
        self._errands.apart(lambda: self._outside.open_project(name), self._opened)

    def _open_folder(self, folder: Path) -> None:
        self._errands.apart(lambda: self._outside.open_folder(folder), self._opened)

    def _open_file(self, path: Path) -> None:
        self._errands.apart(lambda: self._outside.open_file(path), self._opened)

    def _opened(self, trouble: str) -> None:
        if trouble:
            self._control.note(trouble)

    def _notify(self, event: Event) -> None:
        """Tell the desktop what waits for the person while they look elsewhere."""
        if self._native.in_front() or not self._control.settings.notifications:
            return
        project = self._control.state.project
        told = worth_telling(event, project.name if project is not None else "")
        if told is not None:
            self._caller.tell(told)

    def _ask_several(self, asked: Asked) -> bool:
        names = self._control.ask_several(asked)
        if names and asked.words == self._bench.composer.draft:
            self._bench.composer.insert("")
        if len(names) > 1:
            self._bench.beside.open(names)
        return bool(names)

    def _intake(self) -> Intake:
        folder, afar = self._desk.home.state / "attached", self._control.afar
        waiting = AttachmentFolder(folder) if afar is None else PostedFolder(folder, afar.keep)
        self._attach = Intake(self._errands, waiting, lambda: self._control.answering.provider, self._arrived)
        return self._attach

    def _arrived(self, arrived: Arrived) -> None:
        if arrived.part is not None:
            self._bench.composer.tray.add(arrived.part)
        else:
            self._control.note(arrived.trouble)
        self._control.changed = True

    def _attachment_path(self, part: Attachment) -> Path | None:
        """From the thread that makes pictures small."""
        project = self._control.state.project
        name = project.name if project is not None else ""
        return attachments_of_project(self._desk.home, name).path(part)

    def _over(self) -> bool:
        if self._closing_since is None:
            return not dpg.is_dearpygui_running()
        return self._control.state.stopped or self._ticks() - self._closing_since > STOP_SECONDS

    def _put_away(self) -> int:
        """Flush the project, then the settings, then the layout; each also when the one before failed."""
        failed = False
        for what in (
            self._bench.put_away,
            self._flush_to_project,
            self._control.save_last_settings,
            self._torn.close,
            self._viewport.save_layout,
        ):
            try:
                what()
            except CopilotError as error:
                failed = True
                self._report(f"{error}. {error.hint}".strip())
            except Exception as error:  # the top of the main thread, and what follows must still be saved
                failed = True
                self._report("".join(traceback.format_exception(error)))
        self._desk.worker.on_event = None
        dpg.destroy_context()
        return 1 if failed else 0

    def _flush_to_project(self) -> None:
        # Until the worker has stopped the store is its own; what was shown is in the journal anyway.
        if self._control.state.stopped:
            self._desk.store.flush()

    def _reset_layout(self) -> None:
        if not self._viewport.reset_layout():
            self._control.note("The default layout will be there at the next start.")

    def _trouble(self, what: str, error: Exception) -> None:
        """A piece of the window failed: it costs that piece, not the window."""
        self._report("".join(traceback.format_exception(error)))
        self._control.note(f"Something in the window failed ({what}): {type(error).__name__}: {error}")

    def _report(self, words: str) -> None:
        sys.stderr.write(words.rstrip() + "\n")
