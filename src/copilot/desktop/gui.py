"""The window: `App(desk, ...).run()` opens it and returns when it was closed.

The loop is: render, run the callbacks of that frame one by one, take what the worker sent, bring the panels
up to date, sleep when nothing moves. Only this thread calls Dear PyGui. Nothing that must happen in time
lives here, because the loop stands still while the window is minimised.
"""

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from copilot.desktop.desk import Desk
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.intake import Arrived, Intake
from copilot.desktop.listing import Choosing
from copilot.desktop.menu import MenuActions
from copilot.desktop.native import Native
from copilot.desktop.outbox import drain
from copilot.desktop.panels.actions import Actions
from copilot.desktop.signals import ended_by_signals
from copilot.desktop.thumbnails import Thumbnails
from copilot.desktop.view_state import ViewState, apply, choosing, dismissed, stopping
from copilot.desktop.viewport import Viewport
from copilot.desktop.workbench import Workbench
from copilot.projects.attachments import AttachmentFolder, attachments_of_project
from copilot.projects.config import Settings, flush_settings
from copilot.tokens.charging import Charging
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import (
    BuildContext,
    CancelTurn,
    ChooseFiles,
    Command,
    ListFiles,
    RunTurn,
    Shutdown,
)
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import Notice, ProjectChanged, ProjectOpened
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice, Project

STOP_SECONDS = 3.0
"""DESIGN 8: how long the window keeps rendering while the worker stops."""

LIVELY_SECONDS = 0.35
"""Full frame rate after the last input, so that hover and tooltips settle (measured)."""

IDLE_SECONDS = 0.5
FRAME_SECONDS = 1 / 60


def chosen(settings: Settings, model: ModelChoice) -> Settings:
    """The settings that open on this model next time.

    The address goes with a compatible server: it is what was chosen. A service's own may come from the
    environment and stays there.
    """
    models = {**settings.models, model.provider: model.model}
    urls = dict(settings.base_urls)
    if model.provider == "compatible":
        urls["compatible"] = model.base_url
    return replace(settings, provider=model.provider, models=models, base_urls=urls)


class App:
    """One window on one desk. One process holds one App, and once closed it is over.

    `policy` goes with each turn. `clock` gives UTC seconds, `new_id` unique strings, `ticks` seconds for
    pauses. `offers` are the models of the menu; `find_local` gives those of servers on this machine: it may
    take a second and is never called on the main thread. `draft` waits in the composer to be sent; `size` in
    pixels, None for the size of last time; `on_frame` is called after every frame.
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
        draft: str = "",
        size: tuple[int, int] | None = None,
        ticks: Callable[[], float] = time.monotonic,
        on_frame: Callable[[], None] | None = None,
    ) -> None:
        self._desk = desk
        self._policy = policy
        self._clock = clock
        self._new_id = new_id
        self._offers = offers
        self._draft = draft
        self._ticks = ticks
        self._on_frame = on_frame
        self._native = Native()
        self._viewport = Viewport(self._native, desk.home.layout, size)
        self._state = ViewState()
        self._model = desk.model
        self._find_local = find_local
        self._errands = Errands(self._native.wake, self._trouble)
        self._thumbnails = Thumbnails(self._errands, self._attachment_path)
        self._settings = desk.settings
        self._charging = Charging(desk.settings.prices)
        self._listed: tuple[object, ...] = ()
        self._dirty = True
        self._lively_until = 0.0
        self._closing_since: float | None = None

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
            self._desk.worker.submit(Shutdown())

    def step(self) -> bool:
        """One round of the loop; False when the window is to go."""
        began = self._ticks()
        self._viewport.draw()
        jobs: list[tuple[Any, Any, Any, Any]] = dpg.get_callback_queue() or []
        for callback, sender, data, user in jobs:
            if callback is not None:
                self._bench.guarded("a callback", lambda c=callback, s=sender, d=data, u=user: c(s, d, u))
        events = drain(lambda: self._desk.worker.next_event(0), self._ticks)
        for event in events:
            self._state = apply(self._state, event)
            self._follow_up(event)
        if events:
            self._dirty = True
        self._bench.guarded("an errand", self._errands.take)
        if dropped := self._native.dropped():
            self._bench.guarded("a drop", lambda: self._attach.add(dropped))
        changed, self._dirty = self._dirty, False
        moving = self._bench.tick(self._state, changed=changed)
        if self._on_frame is not None:
            self._on_frame()
        if self._over():
            return False
        self._pace(began, lively=bool(jobs or events or moving))
        return True

    def _boot(self) -> None:
        desk = self._desk
        look = self._viewport.create(self.close)
        self._bench = Workbench(
            look,
            self._actions(),
            self._window_actions(),
            self._offers,
            lambda: self._errands.add(self._find_local, self._bench.models.found),
            (self._errands, self._intake()),
            self._trouble,
            self._ticks,
        )
        desk.worker.on_event = self._native.wake
        for words in desk.notices:
            self._note(words, "info")
        self._viewport.show()
        self._native.watch_drops()
        desk.worker.start()
        if self._draft:
            self._bench.composer.insert(self._draft)
        self._bench.composer.focus()

    def _actions(self) -> Actions:
        return Actions(
            submit=self._submit,
            new_id=self._new_id,
            send=self._send,
            stop=self._stop,
            model=lambda: self._model,
            price=lambda model: self._charging.price(model, date.today()),
            old_prices=lambda: self._charging.old_since(date.today()),
            choose_model=self._choose_model,
            open_models=lambda: self._bench.models.open(),
            open_attach=lambda: self._bench.attach.open(),
            thumbnail=self._thumbnails.texture,
            attached=lambda: self._bench.composer.tray.parts,
            sum_up=lambda: self._bench.compact.open(),
            choose_files=self._choose_files,
            dismiss=self._dismiss,
        )

    def _intake(self) -> Intake:
        waiting = AttachmentFolder(self._desk.home.state / "attached")
        self._attach = Intake(self._errands, waiting, lambda: self._model.provider, self._arrived)
        return self._attach

    def _arrived(self, arrived: Arrived) -> None:
        if arrived.part is not None:
            self._bench.composer.tray.add(arrived.part)
        else:
            self._note(arrived.trouble)
        self._dirty = True

    def _attachment_path(self, part: Attachment) -> Path | None:
        """From the thread that makes pictures small."""
        project = self._state.project
        name = project.name if project is not None else ""
        return attachments_of_project(self._desk.home, name).path(part)

    def _window_actions(self) -> MenuActions:
        return MenuActions(
            build_context=self._build_context,
            new_branch=lambda: self._bench.discussion.fork_here(),
            reset_layout=self._reset_layout,
            close=self.close,
            focus=self._focus,
        )

    def _follow_up(self, event: object) -> None:
        """What the window itself does about an event."""
        match event:
            case ProjectOpened(project=project):
                self._viewport.name(project.name)
                self._list_files(project)
                if project.files:
                    self._build_context()
            case ProjectChanged(project=project):
                self._list_files(project)
                if self._state.context is None or project.files:
                    self._build_context()
            case _:
                pass

    def _over(self) -> bool:
        if self._closing_since is None:
            return not dpg.is_dearpygui_running()
        return self._state.stopped or self._ticks() - self._closing_since > STOP_SECONDS

    def _pace(self, began: float, *, lively: bool) -> None:
        now = self._ticks()
        if lively:
            self._lively_until = now + LIVELY_SECONDS
        if now < self._lively_until:
            self._native.wait(max(0.001, FRAME_SECONDS - (now - began)))
        else:
            self._dirty = True  # sizes may have changed: one look at every panel each half second
            self._native.wait(IDLE_SECONDS)

    def _put_away(self) -> int:
        """Flush the project, then the settings, then the layout; each also when the one before failed."""
        failed = False
        for what in (self._flush_to_project, self._flush_to_config, self._viewport.save_layout):
            try:
                what()
            except CopilotError as error:
                failed = True
                self._report(f"{error} {error.hint}".strip())
            except Exception as error:  # the top of the main thread, and what follows must still be saved
                failed = True
                self._report("".join(traceback.format_exception(error)))
        self._desk.worker.on_event = None
        dpg.destroy_context()
        return 1 if failed else 0

    def _flush_to_project(self) -> None:
        # Until the worker has stopped the store is its own; what was shown is in the journal anyway.
        if self._state.stopped:
            self._desk.store.flush()

    def _flush_to_config(self) -> None:
        if self._state.project is not None:
            self._settings = replace(self._settings, project=self._state.project.name)
        flush_settings(self._desk.home, self._settings)

    def _submit(self, command: Command) -> None:
        self._desk.worker.submit(command)

    def _send(self, words: str, attached: tuple[Attachment, ...]) -> bool:
        project = self._state.project
        if project is None or self._state.turn is not None or self._closing_since is not None:
            return False
        self._bench.context.before_send(words)
        self._bench.discussion.sent()
        self._submit(
            RunTurn(
                turn_id=self._new_id(),
                project=project,
                branch=self._state.branch,
                user_message=words,
                model=self._model,
                policy=self._policy,
                attachments=attached,
            )
        )
        return True

    def _stop(self) -> None:
        if self._state.turn is not None:
            self._submit(CancelTurn(turn_id=self._state.turn.turn_id))
            self._state = stopping(self._state)
            self._dirty = True

    def _choose_model(self, model: ModelChoice) -> None:
        """The person's choice for the next turn, and for the next start."""
        self._model = model
        if model.provider != "rehearsal":
            self._settings = chosen(self._settings, model)
        if self._state.project is not None:
            self._list_files(self._state.project)  # each model counts tokens in its own way
        self._dirty = True

    def _choose_files(self, change: Choosing) -> None:
        """Shown at once; the worker's answer follows."""
        self._state = choosing(self._state, change)
        self._dirty = True
        self._submit(ChooseFiles(request_id=change.request_id, files=change.files))

    def _dismiss(self) -> None:
        self._state = dismissed(self._state)
        self._dirty = True

    def _list_files(self, project: Project) -> None:
        """Ask for the listing anew where what it depends on has changed."""
        facts = (project.base_dir, project.files, project.limits, project.rank, self._model)
        if facts != self._listed:
            self._listed = facts
            self._submit(ListFiles(request_id=self._new_id(), project=project, model=self._model))

    def _build_context(self) -> None:
        project = self._state.project
        if project is not None:
            self._submit(
                BuildContext(
                    request_id=self._new_id(), project=project, branch=self._state.branch, model=self._model
                )
            )

    def _focus(self, name: str) -> None:
        if name == "composer":
            self._bench.composer.focus()
        else:
            dpg.focus_item(name)

    def _reset_layout(self) -> None:
        if not self._viewport.reset_layout():
            self._note("The default layout will be there at the next start.")

    def _note(self, words: str, level: Literal["info", "warning"] = "warning") -> None:
        """Tell the person something that no worker said."""
        notice = Notice(at=self._clock(), worker="window", level=level, text=words)
        self._state = apply(self._state, notice)
        self._dirty = True

    def _trouble(self, what: str, error: Exception) -> None:
        """A piece of the window failed: it costs that piece, not the window."""
        self._report("".join(traceback.format_exception(error)))
        self._note(f"Something in the window failed ({what}): {type(error).__name__}: {error}")

    def _report(self, words: str) -> None:
        sys.stderr.write(words.rstrip() + "\n")
