"""The tables of `config.toml`: what may stand where, which values are allowed, what they stand for."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from copilot.projects.settings import FONT_SIZE, Theme
from copilot.projects.tables import caps_table, limits_table
from copilot.projects.validation import (
    amount,
    between,
    flag,
    names_of,
    number,
    one_of,
    refused,
    table,
    text,
    whole,
)
from copilot.tokens.rates import Rates
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.log_settings import LogSettings
from copilot.vocabulary.snapshots import SnapshotSettings
from copilot.vocabulary.values import PROVIDER_NAMES, ProviderName, Rate


@frozen
class ProviderTable:
    """`[providers.<name>]`."""

    model: str = ""
    base_url: str = ""
    api_version: str = ""


@frozen
class WindowTable:
    """`[window]`."""

    theme: Theme = "dark"
    scale: float = 0.0
    font_size: float = FONT_SIZE
    notifications: bool = True


@frozen
class ConfigTable:
    """The whole file; of the mappings, only what is set. `prices` and `keys` may have any names."""

    provider: ProviderName | Literal[""] = ""
    project: str = ""
    providers: Mapping[ProviderName, ProviderTable] = field(default_factory=dict[ProviderName, ProviderTable])
    window: WindowTable = field(default_factory=WindowTable)
    limits: Mapping[str, Any] = field(default_factory=dict[str, Any])
    throttle: Mapping[ProviderName, Rate] = field(default_factory=dict[ProviderName, Rate])
    caps: Caps = field(default_factory=Caps)
    prices: Mapping[str, Rates] = field(default_factory=dict[str, Rates])
    run: RunSettings = field(default_factory=RunSettings)
    snapshots: SnapshotSettings = field(default_factory=SnapshotSettings)
    log: LogSettings = field(default_factory=LogSettings)
    keys: Mapping[str, str] = field(default_factory=dict[str, str])


def _price(input: float | None = None, output: float | None = None, **cached: float) -> Rates:
    if input is None or output is None:
        raise refused("a price needs input and output, in USD for a million tokens")
    return Rates(input=input, output=output, **cached)


def _scale(value: object) -> float:
    """Pixels per point; 0 for the monitor's own."""
    return 0.0 if number(value) == 0 else between(0.5, 4)(value)


_provider_name = one_of(PROVIDER_NAMES)


def _provider(value: object) -> ProviderName | Literal[""]:
    """A provider's name, or no text for none."""
    return "" if value == "" else _provider_name(value)


_provider_table = table(ProviderTable, {"model": text, "base_url": text, "api_version": text})
_rate_table = table(Rate, {"requests_per_minute": whole(1), "tokens_per_minute": whole(1)})
_price_table = table(_price, {"input": amount, "output": amount, "cached": amount, "cache_write": amount})

config_table = table(
    ConfigTable,
    {
        "provider": _provider,
        "project": text,
        "providers": table(dict[ProviderName, ProviderTable], dict.fromkeys(PROVIDER_NAMES, _provider_table)),
        "window": table(
            WindowTable,
            {
                "theme": one_of(get_args(Theme)),
                "scale": _scale,
                "font_size": between(10, 28),
                "notifications": flag,
            },
        ),
        "limits": limits_table,
        "throttle": table(dict[ProviderName, Rate], dict.fromkeys(PROVIDER_NAMES, _rate_table)),
        "caps": caps_table,
        "prices": names_of(_price_table),
        "keys": names_of(text),
        "snapshots": table(
            SnapshotSettings,
            {
                "days": between(0, 3_650),
                "runs": whole(1),
                "folder_mb": whole(1),
                "all_mb": whole(1),
                "file_mb": whole(0),
            },
        ),
        "log": table(
            LogSettings,
            {
                "part_mb": whole(1),
                "compress_days": between(0, 3_650),
                "sessions": whole(0),
                "days": between(0, 3_650),
                "all_mb": whole(0),
                "audit_days": between(0, 36_500),
                "audit_mb": whole(0),
            },
        ),
        "run": table(
            RunSettings,
            {
                "confined": flag,
                "network": flag,
                "memory_mb": whole(0),
                "cpu_seconds": whole(0),
                "file_mb": whole(0),
                "processes": whole(0),
            },
        ),
    },
)
