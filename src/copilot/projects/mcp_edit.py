"""Adding a server to the person's `config.toml`, and taking one out: everything else stays, byte for byte."""

from collections.abc import MutableMapping
from typing import Any, cast

from copilot.projects.config_file import editing
from copilot.projects.home import Home
from copilot.projects.mcp_tables import KEY, server_toml, servers_in
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.mcp import McpServer

_SHAPE = "Write each server as a table of its own: [mcp_servers.NAME]."


def add_server(home: Home, server: McpServer, *, disk: Disk = SYSTEM_DISK) -> None:
    """Add a server at the end of `config.toml`. Raises ConfigError where its name is taken, StorageError."""
    with editing(home, KEY, _SHAPE, disk) as file:
        if server.name in _tables(file.table):
            raise ConfigError(
                f"there is a server {server.name} in {home.config} already",
                "Remove it first, or take another name.",
            )
        wanted = (*servers_in(file.table)[0], server)
        file.append(server_toml(server), lambda said: servers_in(said)[0] == wanted)


def remove_server(home: Home, name: str, *, disk: Disk = SYSTEM_DISK) -> None:
    """Take a server out. Raises ConfigError where there is none of this name, StorageError."""
    with editing(home, KEY, _SHAPE, disk) as file:
        before = _tables(file.table)
        if name not in before:
            raise ConfigError(f"there is no server {name} in {home.config}", "copilot mcp lists them.")

        def change(tables: MutableMapping[str, Any]) -> None:
            del tables[name]

        wanted = {one: value for one, value in before.items() if one != name}
        file.change(change, lambda said: _tables(said) == wanted)


def _tables(said: Any) -> dict[str, Any]:
    return cast(dict[str, Any], said) if isinstance(said, dict) else {}
