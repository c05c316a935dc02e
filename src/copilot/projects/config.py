"""The person's settings: `config.toml` in the home, read tolerantly.

A value that cannot be used is named with its line and column, and its default stands in; an unknown key is
named and left alone. A file that is no TOML is set aside. Writing is in `flush_settings`.
"""

import threading
from typing import TYPE_CHECKING, Any

from copilot.projects import toml_file
from copilot.projects.config_file import config_bytes, held_config
from copilot.projects.home import Home
from copilot.projects.policy_tables import KEY as POLICY
from copilot.projects.policy_tables import rules_in
from copilot.projects.settings import Settings as Settings
from copilot.projects.tables import over, said_limits
from copilot.projects.toml_file import Flaw
from copilot.projects.validation import Fault, check, remove
from copilot.storage.aside import set_aside
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import by_name, replace
from copilot.vocabulary.values import PROVIDER_NAMES, Limits, ProviderName, Rate

if TYPE_CHECKING:
    from copilot.projects.config_edit import Leaves
    from copilot.projects.config_tables import ConfigTable, ProviderTable
    from copilot.vocabulary.assistants import Assistant
    from copilot.vocabulary.mcp import McpServer

_NEW_FILE = b"# Settings of Copilot. docs/files.md describes every key.\n"
SERVERS = "mcp_servers"
ASSISTANTS = "assistants"
_SECRET_WORDS = ("key", "token", "secret", "password")


def load_settings(home: Home, *, disk: Disk = SYSTEM_DISK) -> tuple[Settings, tuple[str, ...]]:
    """The settings, and what the person should know about the file. Never fails: at worst all is default."""
    try:
        data = config_bytes(home)
    except StorageError as error:
        return Settings(), (f"{error}. Default settings are used. {error.hint}",)
    settings = _settings_in(data)
    if isinstance(settings, Flaw):
        return Settings(), (_set_broken_aside(home, settings, disk),)
    return settings


class SettingsFile:
    """The file of a program that runs for long: it writes what it changed itself, and what the person or
    another program changed meanwhile stays. `known` are the settings as they were read. Any thread."""

    def __init__(self, home: Home, known: Settings) -> None:
        self._home, self._known = home, known
        self._lock = threading.Lock()

    def flush(self, settings: Settings) -> tuple[str, ...]:
        """As `flush_settings`."""
        with self._lock:
            told = flush_settings(self._home, settings, known=self._known)
            self._known = settings
            return told


def flush_settings(
    home: Home, settings: Settings, *, known: Settings | None = None, disk: Disk = SYSTEM_DISK
) -> tuple[str, ...]:
    """Write what differs from the file; nothing where nothing does. Comments, order and unknown keys stay.

    With `known` only what differs between it and `settings` is changed in what the file says now. Returns
    what the person should know: a file that broke meanwhile is set aside. Raises StorageError.
    """
    there = _leaves_in(config_bytes(home))
    if there == _wanted(there, settings, known):
        return ()
    from copilot.projects.config_edit import edited

    with held_config(home):
        target = home.config.resolve()
        sweep_temps(target, disk=disk)
        data, notices = config_bytes(home), ()
        found = _settings_in(data)
        if isinstance(found, Flaw):
            aside = set_aside(home.config, disk=disk)
            notices = (f"{home.config} cannot be used: {found}. It was set aside as {aside.name}.",)
            data, target, known = b"", home.config, None
        there = _leaves_in(data)
        wanted = _wanted(there, settings, known)
        new = edited(data or _NEW_FILE, there, wanted)
        if _leaves_in(new) != wanted:
            new = edited(data or _NEW_FILE, there, wanted, tables_last=True)
        if _leaves_in(new) != wanted:
            raise StorageError(
                f"{home.config} is laid out in a way that cannot be changed safely; it was left as it is",
                "Write each table once, with its keys below it.",
            )
        write_atomic(target, new, disk=disk)
    return notices


def _leaves_in(data: bytes) -> "Leaves":
    """The values in a file's bytes; none where it is no TOML."""
    found = _settings_in(data)
    return {} if isinstance(found, Flaw) else _leaves(found[0])


def _settings_in(data: bytes) -> tuple[Settings, tuple[str, ...]] | Flaw:
    """The settings in a file's bytes with notices, or why it is no TOML."""
    if not data:
        return Settings(), ()
    parsed = toml_file.parse(data)
    if isinstance(parsed, Flaw):
        return parsed
    from copilot.projects.config_tables import config_table

    text, table = parsed
    rules, wrong = rules_in(table.pop(POLICY, None))
    notices = [f"config.toml, {_place(text, fault)}. This rule is not used." for fault in wrong]
    servers: tuple[McpServer, ...] = ()
    if SERVERS in table:
        from copilot.projects.mcp_tables import servers_in  # most people have none

        servers, wrong = servers_in(table.pop(SERVERS))
        notices += [f"config.toml, {_place(text, fault)}. This server is not used." for fault in wrong]
    assistants: tuple[Assistant, ...] = ()
    if ASSISTANTS in table:
        from copilot.projects.assistant_tables import assistants_in  # most people have none

        assistants, wrong = assistants_in(table.pop(ASSISTANTS))
        notices += [f"config.toml, {_place(text, fault)}. This assistant is not used." for fault in wrong]
    while isinstance(found := check(config_table, table), list):
        for fault in found:
            remove(table, fault.path)
            notices.append(_told(text, fault))
    notices += [_told(text, fault) for fault in _nameless(found)]
    return replace(_settings(found), rules=rules, servers=servers, assistants=assistants), tuple(notices)


def _nameless(config: "ConfigTable") -> list[Fault]:
    """Prices whose name is not "provider/model"."""
    reason = f'{{}} is no provider and model: write [prices."provider/model"], of {", ".join(PROVIDER_NAMES)}'
    return [
        Fault(path=("prices", name), reason=reason.format(repr(name)), unknown=False)
        for name in config.prices
        if not _names_a_model(name)
    ]


def _names_a_model(name: str) -> bool:
    provider, _, model = name.partition("/")
    return provider in PROVIDER_NAMES and bool(model)


def _settings(config: "ConfigTable") -> Settings:
    tables: dict[ProviderName, ProviderTable] = {
        name: config.providers[name] for name in PROVIDER_NAMES if name in config.providers
    }
    return Settings(
        provider=config.provider,
        project=config.project,
        models={name: table.model for name, table in tables.items() if table.model},
        base_urls={name: table.base_url for name, table in tables.items() if table.base_url},
        api_versions={name: table.api_version for name, table in tables.items() if table.api_version},
        theme=config.window.theme,
        scale=config.window.scale,
        font_size=config.window.font_size,
        notifications=config.window.notifications,
        limits=over(Limits(), config.limits),
        rates={name: rate for name, rate in config.throttle.items() if rate != Rate()},
        caps=config.caps,
        run=config.run,
        snapshots=config.snapshots,
        log=config.log,
        keys=config.keys,
        prices={name: price for name, price in config.prices.items() if _names_a_model(name)},
    )


def _leaves(settings: Settings) -> "Leaves":
    """Every value that is not its default, by its place in the file."""
    leaves: dict[tuple[str, ...], Any] = {("provider",): settings.provider, ("project",): settings.project}
    for key, values in (
        ("model", settings.models),
        ("base_url", settings.base_urls),
        ("api_version", settings.api_versions),
    ):
        leaves |= {("providers", name, key): value for name, value in values.items()}
    unset = Settings()
    for name in ("theme", "scale", "font_size", "notifications"):
        if (value := getattr(settings, name)) != getattr(unset, name):
            leaves["window", name] = value
    leaves |= {("limits", *path): value for path, value in said_limits(settings.limits, Limits()).items()}
    for name, rate in settings.rates.items():
        leaves |= {("throttle", name, k): v for k, v in by_name(rate).items() if v is not None}
    leaves |= {("caps", k): v for k, v in by_name(settings.caps).items() if v is not None}
    for name in ("run", "snapshots", "log"):
        plain = by_name(getattr(unset, name))
        leaves |= {(name, k): v for k, v in by_name(getattr(settings, name)).items() if v != plain[k]}
    for name, price in settings.prices.items():
        leaves |= {("prices", name, k): v for k, v in by_name(price).items() if v is not None}
    leaves |= {("keys", chord): name for chord, name in settings.keys.items()}
    return {path: value for path, value in leaves.items() if value != ""}


def _wanted(there: "Leaves", settings: Settings, known: Settings | None) -> "Leaves":
    """What the file should say that says `there`."""
    new = _leaves(settings)
    if known is None:
        return new
    old = _leaves(known)
    changed = {path for path in (*old, *new) if old.get(path) != new.get(path)}
    kept = {path: value for path, value in there.items() if path not in changed}
    return kept | {path: new[path] for path in changed if path in new}


def _place(text: str, fault: Fault) -> Flaw:
    line, column = toml_file.find(text, fault.path)
    return Flaw(reason=str(fault), line=line, column=column)


def _told(text: str, fault: Fault) -> str:
    placed = _place(text, fault)
    if not fault.unknown:
        return f"config.toml, {placed}. The default is used."
    last = str(fault.path[-1]).lower()
    where = " Keys go into the environment or the .env of the home." if _is_secret(last) else ""
    return f"config.toml, {placed}. It is ignored.{where}"


def _is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET_WORDS)


def _set_broken_aside(home: Home, flaw: Flaw, disk: Disk) -> str:
    told = f"{home.config} cannot be used: {flaw}. Default settings are used."
    try:
        with held_config(home):
            aside = set_aside(home.config, disk=disk)
    except StorageError as error:
        return f"{told} It stays where it is: {error}."
    return f"{told} It was set aside as {aside.name}: put it right and give it its old name again."
