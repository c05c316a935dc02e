"""What the window needs to be handed: the part of `assembly.desk.Desk` that it uses.

A Protocol, because two things fulfil it: the real desk, and a scripted one that the window's tests make.
"""

from collections.abc import Callable
from typing import Protocol

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.mcp_desk import ServersPort
from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.commands import Command
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.events import Event
from copilot.vocabulary.values import ModelChoice, ProviderName


class WorkerPort(Protocol):
    """Takes commands, gives events. `on_event` is called from the worker's thread after each event."""

    on_event: Callable[[], None] | None

    def start(self) -> None:
        """Begin; the first events say what is there."""
        ...

    def submit(self, command: Command) -> None:
        """Hand in a command; never blocks."""
        ...

    def next_event(self, timeout: float | None = None) -> Event | None:
        """The next event; with a timeout of 0 it never waits."""
        ...


class StorePort(Protocol):
    """The only writer of the project; the window flushes it once the worker has stopped."""

    def flush(self) -> None:
        """Write what is not yet in the project's file. Raises StorageError."""
        ...


class Desk(Protocol):
    """An opened project. The caller made it and closes it; the window starts and stops its worker."""

    @property
    def worker(self) -> WorkerPort:
        """Not yet started."""
        ...

    @property
    def store(self) -> StorePort:
        """Used by the worker's thread until `WorkerStopped`."""
        ...

    @property
    def settings(self) -> Settings:
        """As `config.toml` gave them."""
        ...

    @property
    def home(self) -> Home:
        """Where files go."""
        ...

    @property
    def model(self) -> ModelChoice:
        """Who answers, until the person chooses another."""
        ...

    @property
    def keys(self) -> HeldKeys:
        """Those of the providers, which the person enters and forgets."""
        ...

    @property
    def servers(self) -> ServersPort | None:
        """The MCP servers of the session; None where there are none to be had."""
        ...

    def source(self, provider: ProviderName, settings: Settings) -> ModelChoice | None:
        """Whom a provider's key is sent to, and which model answers, under these settings."""
        ...

    def model_of(self, assistant: Assistant, usual: ModelChoice) -> ModelChoice:
        """Who answers for an assistant, where the person chose `usual`."""
        ...

    def use_caps(self, caps: Caps) -> None:
        """What the person lets be spent from now on."""
        ...

    def use_run(self, run: RunSettings) -> None:
        """What stands around scripts from now on."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What the person should know before anything else."""
        ...
