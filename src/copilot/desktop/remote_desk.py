"""The desk of a project that lies on a server: the worker is there, look and home are the person's."""

from collections.abc import Callable

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.surroundings import Surroundings
from copilot.desktop.afar import Afar
from copilot.desktop.desk import WorkerPort
from copilot.desktop.gui import App
from copilot.desktop.notifying import Notifier
from copilot.desktop.outside import NOTHING_OUTSIDE
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Annex, Home
from copilot.providers.catalog import DEFAULT_MODELS
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.values import ModelChoice, ProviderName


@frozen
class NoStore:
    """The project is the server's to write."""

    def flush(self) -> None:
        """Nothing waits here to be written."""


@frozen
class RemoteDesk:
    """See `desktop.desk.Desk`. `model` is the one that answers there. Of the `settings` only what concerns
    the window counts; profiles of assistants are the server's.
    """

    worker: WorkerPort
    settings: Settings
    home: Home
    model: ModelChoice
    keys: HeldKeys
    notices: tuple[str, ...]
    store: NoStore = NoStore()
    servers: None = None

    def source(self, provider: ProviderName, settings: Settings) -> ModelChoice:
        """The server says where a provider is asked, and with whose key."""
        del settings
        if provider == self.model.provider:
            return self.model
        return ModelChoice(provider=provider, model=DEFAULT_MODELS.get(provider, ""))

    def model_of(self, assistant: Assistant, usual: ModelChoice) -> ModelChoice:
        """By its own model, where it names one."""
        own = assistant.provider
        base = usual if not own or own == usual.provider else self.source(own, self.settings)
        return replace(base, model=assistant.model) if assistant.model else base

    def use_caps(self, caps: Caps) -> None:
        """Caps of this machine do not hold there."""

    def use_run(self, run: RunSettings) -> None:
        """Neither do its fences."""


def remote_app(
    worker: WorkerPort,
    home: Annex,
    model: ModelChoice,
    around: Surroundings,
    afar: Afar,
    *,
    draft: str = "",
    size: tuple[int, int] | None = None,
    on_frame: Callable[[], None] | None = None,
) -> App:
    """The window of a project that lies on a server, not yet open. `draft`, `size` and `on_frame` are as for
    `App`. Raises ConfigError.
    """
    settings, notices = load_settings(home.own)
    desk = RemoteDesk(
        worker=worker,
        settings=replace(settings, assistants=(), rules=(), servers=()),  # those are for projects of here
        home=home,
        model=model,
        keys=HeldKeys(around.environ, home.own, around.vault),
        notices=notices,
    )
    return App(
        desk,
        policy=ApprovalPolicy(),
        clock=around.clock,
        new_id=around.new_id,
        offers=(model,),
        outside=replace(NOTHING_OUTSIDE, notify=Notifier(around.platform, around.environ).tell),
        draft=draft,
        size=size,
        on_frame=on_frame,
        afar=afar,
    )
