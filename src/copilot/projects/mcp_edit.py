"""Adding a server to the person's `config.toml`, and taking one out: everything else stays, byte for byte."""

from typing import Any, cast

from copilot.projects import toml_file
from copilot.projects.home import Home
from copilot.projects.mcp_tables import KEY, server_toml, servers_in
from copilot.projects.toml_file import Flaw
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import ConfigError, StorageError
from copilot.vocabulary.mcp import McpServer

_LOCK_NAME = ".config.lock"
_LOCK_SECONDS = 5.0


def add_server(home: Home, server: McpServer, *, disk: Disk = SYSTEM_DISK) -> None:
    """Add a server at the end of `config.toml`. Raises ConfigError where its name is taken, StorageError."""
    home.make()
    with hold(home.root / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        data, before = _read(home)
        if server.name in _names(before):
            raise ConfigError(
                f"there is a server {server.name} in {home.config} already",
                "Remove it first, or take another name.",
            )
        gap = "" if not data.strip() else "\n" if data.endswith(b"\n") else "\n\n"
        added = gap + server_toml(server)
        new = data + (added.replace("\n", "\r\n") if b"\r\n" in data else added).encode()
        after = toml_file.parse(new)
        known = servers_in(before.get(KEY))[0]
        if isinstance(after, Flaw) or servers_in(after[1].get(KEY))[0] != (*known, server):
            raise _not_here(home)
        if _rest(after[1]) != _rest(before):
            raise _not_here(home)
        _write(home, new, disk)


def remove_server(home: Home, name: str, *, disk: Disk = SYSTEM_DISK) -> None:
    """Take a server out. Raises ConfigError where there is none of this name, StorageError."""
    with hold(home.root / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        data, before = _read(home)
        if name not in _names(before):
            raise ConfigError(f"there is no server {name} in {home.config}", "copilot mcp lists them.")
        import tomlkit  # only who changes the file needs it
        from tomlkit.exceptions import TOMLKitError

        try:
            document = cast(dict[str, Any], tomlkit.parse(data.decode("utf-8-sig")))
            del document[KEY][name]
            new = tomlkit.dumps(cast(Any, document)).encode()
        except (TOMLKitError, KeyError, UnicodeDecodeError) as error:
            raise _not_here(home) from error
        after = toml_file.parse(new)
        wanted = {one: value for one, value in before.get(KEY, {}).items() if one != name}
        if isinstance(after, Flaw) or after[1].get(KEY, {}) != wanted or _rest(after[1]) != _rest(before):
            raise _not_here(home)
        _write(home, new, disk)


def _read(home: Home) -> tuple[bytes, dict[str, Any]]:
    try:
        data = home.config.read_bytes() if home.config.exists() else b""
    except OSError as error:
        raise storage_error("reading", home.config, error) from error
    parsed = toml_file.parse(data)
    if isinstance(parsed, Flaw):
        raise StorageError(
            f"{home.config} cannot be used: {parsed}; it was left as it is", "Put it right first."
        )
    return data, parsed[1]


def _write(home: Home, data: bytes, disk: Disk) -> None:
    target = home.config.resolve()
    sweep_temps(target, disk=disk)
    write_atomic(target, data, disk=disk)


def _names(table: dict[str, Any]) -> tuple[str, ...]:
    servers = table.get(KEY)
    return tuple(cast(dict[str, Any], servers)) if isinstance(servers, dict) else ()


def _rest(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != KEY}


def _not_here(home: Home) -> StorageError:
    return StorageError(
        f"{home.config} is laid out in a way that cannot be changed safely; it was left as it is",
        "Write each server as a table of its own: [mcp_servers.NAME].",
    )
