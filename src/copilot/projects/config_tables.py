"""The tables of `config.toml` as pydantic models: what may stand where, and which values are allowed."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from copilot.projects.settings import Theme
from copilot.projects.strict import Strict
from copilot.projects.tables import CapsTable, LimitsTable
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


class PriceTable(Strict):
    """`[prices."provider/model"]`: USD for a million tokens."""

    input: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    output: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cached: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cache_write: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _whole(self) -> "PriceTable":
        if self.input is None or self.output is None:
            raise ValueError("a price needs input and output, in USD for a million tokens")
        return self


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
    caps: CapsTable = CapsTable()
    prices: dict[str, PriceTable] = Field(default={})
