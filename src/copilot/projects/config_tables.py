"""The tables of `config.toml` as pydantic models: what may stand where, and which values are allowed."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from copilot.projects.settings import Theme
from copilot.projects.strict import Strict
from copilot.projects.tables import LimitsTable
from copilot.vocabulary.values import ProviderName


class ProviderTable(Strict):
    """`[providers.<name>]`."""

    model: str = ""
    base_url: str = ""
    api_version: str = ""


class ProvidersTable(Strict):
    """`[providers]`."""

    anthropic: ProviderTable = ProviderTable()
    gemini: ProviderTable = ProviderTable()
    openai: ProviderTable = ProviderTable()
    compatible: ProviderTable = ProviderTable()
    rehearsal: ProviderTable = ProviderTable()


class RateTable(Strict):
    """`[throttle.<name>]`."""

    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)


class ThrottleTable(Strict):
    """`[throttle]`."""

    anthropic: RateTable = RateTable()
    gemini: RateTable = RateTable()
    openai: RateTable = RateTable()
    compatible: RateTable = RateTable()
    rehearsal: RateTable = RateTable()


class WindowTable(Strict):
    """`[window]`."""

    theme: Theme = "dark"


def _unset(value: object) -> object:
    return None if value == "" else value


class ConfigTable(Strict):
    """The whole file."""

    provider: Annotated[ProviderName | None, BeforeValidator(_unset)] = None
    project: str = ""
    providers: ProvidersTable = ProvidersTable()
    window: WindowTable = WindowTable()
    limits: LimitsTable = LimitsTable()
    throttle: ThrottleTable = ThrottleTable()
