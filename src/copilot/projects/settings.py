"""The person's settings as a value; `config` reads and writes them."""

from collections.abc import Mapping
from typing import Literal

from copilot.tokens.rates import Rates
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.log_settings import LogSettings
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.snapshots import SnapshotSettings
from copilot.vocabulary.values import Limits, ProviderName, Rate

Theme = Literal["dark", "light", "system"]

FONT_SIZE = 15.0
"""Pixels of the window's text at scale 1, as a browser counts them."""


@frozen
class Settings:
    """What `config.toml` says, and the defaults for the rest.

    `provider` is "" where nobody chose one. The mappings hold only what the person set. `project` is the
    one that was open last, "" where none was. `limits` are for projects that set none of their own.
    `rates` bound what is sent in a minute. `caps` bound what is spent; `prices` are the person's own, by
    "provider/model". `scale` is pixels per point, 0 for the monitor's own; `font_size` pixels of text at
    scale 1. The theme "system" is what the desktop says. `rules` say what passes unasked and what is denied.
    `run` is what stands around scripts, `snapshots` how much is kept for their undo, `log` how much of the
    sessions' logs. `keys` are the person's own chords, each for an action by name.
    `notifications` are the desktop's, for what waits while the window is not in front. `servers` are those
    of the Model Context Protocol that the person named, `assistants` the profiles under which models answer.
    """

    provider: ProviderName | Literal[""] = ""
    project: str = ""
    models: Mapping[ProviderName, str] = field(default_factory=dict[ProviderName, str])
    base_urls: Mapping[ProviderName, str] = field(default_factory=dict[ProviderName, str])
    api_versions: Mapping[ProviderName, str] = field(default_factory=dict[ProviderName, str])
    theme: Theme = "dark"
    scale: float = 0.0
    font_size: float = FONT_SIZE
    notifications: bool = True
    limits: Limits = field(default_factory=Limits)
    rates: Mapping[ProviderName, Rate] = field(default_factory=dict[ProviderName, Rate])
    caps: Caps = field(default_factory=Caps)
    prices: Mapping[str, Rates] = field(default_factory=dict[str, Rates])
    rules: tuple[PolicyRule, ...] = ()
    run: RunSettings = field(default_factory=RunSettings)
    snapshots: SnapshotSettings = field(default_factory=SnapshotSettings)
    log: LogSettings = field(default_factory=LogSettings)
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    servers: tuple[McpServer, ...] = ()
    assistants: tuple[Assistant, ...] = ()
