"""A desk without a core: a worker that plays scripted events, a store that counts its flushes."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from copilot.assembly.choice import Flags, choose_model
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.keys_vault import NoVault
from copilot.assembly.mcp_desk import ServersPort
from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.commands import Command, Shutdown
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.events import Event, WorkerStopped
from copilot.vocabulary.values import ModelChoice, ProviderName

Reaction = Callable[[Command], Iterable[Event | float]]


class ScriptedWorker:
    """Answers each command with what `react` gives: events, and pauses in seconds between them."""

    def __init__(self, first: Iterable[Event | float], react: Reaction) -> None:
        self.on_event: Callable[[], None] | None = None
        self.commands: list[Command] = []
        self._first = list(first)
        self._react = react
        self._inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, command: Command) -> None:
        self.commands.append(command)
        self._inbox.put(command)

    def next_event(self, timeout: float | None = None) -> Event | None:
        try:
            return self._outbox.get(block=timeout != 0, timeout=timeout)
        except queue.Empty:
            return None

    def _run(self) -> None:
        self._play(self._first)
        while True:
            command = self._inbox.get()
            self._play(self._react(command))
            if isinstance(command, Shutdown):
                self._play([WorkerStopped(at=time.time(), worker="w")])
                return

    def _play(self, steps: Iterable[Event | float]) -> None:
        for step in steps:
            if isinstance(step, float):
                time.sleep(step)
                continue
            self._outbox.put(step)
            if self.on_event is not None:
                self.on_event()


@dataclass
class CountingStore:
    """Counts flushes."""

    flushes: int = 0

    def flush(self) -> None:
        self.flushes += 1


@dataclass
class ScriptedDesk:
    """What `App` needs, without a core."""

    worker: ScriptedWorker
    home: Home
    settings: Settings
    model: ModelChoice
    notices: tuple[str, ...] = ()
    store: CountingStore = field(default_factory=CountingStore)
    keys: HeldKeys = field(init=False)
    caps: Caps = field(default_factory=Caps)
    run: RunSettings = field(default_factory=RunSettings)
    servers: ServersPort | None = None

    def __post_init__(self) -> None:
        self.keys = HeldKeys({}, self.home, NoVault())

    def source(self, provider: ProviderName, settings: Settings) -> ModelChoice | None:
        return choose_model(Flags(provider=provider), {}, settings)

    def model_of(self, assistant: Assistant, usual: ModelChoice) -> ModelChoice:
        del assistant
        return usual

    def use_caps(self, caps: Caps) -> None:
        self.caps = caps

    def use_run(self, run: RunSettings) -> None:
        self.run = run


def scripted_desk(
    root: Path,
    first: Iterable[Event | float],
    react: Reaction,
    *,
    model: ModelChoice,
    notices: tuple[str, ...] = (),
) -> ScriptedDesk:
    """A desk in a home of its own."""
    home = Home(root=root)
    home.make()
    return ScriptedDesk(
        ScriptedWorker(first, react),
        home,
        Settings(),
        model,
        notices,
    )
