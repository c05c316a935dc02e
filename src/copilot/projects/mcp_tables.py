"""Servers of the Model Context Protocol as files name them: `[mcp_servers.NAME]` and a project's `.mcp.json`.

What is wrong with one server leaves that server out. `${VAR}` stands in a server's texts until it is used:
`filled` puts the values in.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Literal, cast

from copilot.projects import toml_text
from copilot.projects.validation import (
    Fault,
    FaultsError,
    above_zero,
    flag,
    list_of,
    names_of,
    one_of,
    refused,
    some_text,
    table,
    text,
)
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.mcp import SERVER_NAME, McpServer
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import holds_key, visible

KEY = "mcp_servers"
FILE = ".mcp.json"
MOST_SERVERS = 30

_NAME = late(SERVER_NAME)
_VARIABLE = late(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}")
_ALLOW: tuple[Literal["ask", "allow"], ...] = ("ask", "allow")


def _server(
    command: str = "",
    args: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    url: str = "",
    headers: Mapping[str, str] | None = None,
    type: str = "",
    **more: Any,
) -> McpServer:
    if bool(command) == bool(url):
        raise refused("it needs either a command that starts it or the url where it is")
    if url and not url.startswith(("http://", "https://", "${")):
        raise refused(f"{url!r} is no address of the web", ("url",))
    if type and type not in ("stdio", "http", "streamable-http"):
        raise refused(f"{type!r} is not spoken here: stdio or http", ("type",))
    return McpServer(
        name="", command=command, args=args, env=env or {}, url=url, headers=headers or {}, **more
    )


_COMMON = {
    "command": text,
    "args": list_of(text),
    "env": names_of(text),
    "cwd": text,
    "url": text,
    "headers": names_of(text),
    "type": text,
}
_own_table = table(
    _server,
    {
        **_COMMON,
        "enabled": flag,
        "read_only": one_of(_ALLOW),
        "start_seconds": above_zero,
        "call_seconds": above_zero,
    },
)
_json_table = table(_server, _COMMON)


def servers_in(value: object) -> tuple[tuple[McpServer, ...], tuple[Fault, ...]]:
    """The person's servers, and what is wrong with those that are left out."""
    if value is None:
        return (), ()
    return _servers(value, (KEY,), _own_table)


def servers_in_json(data: bytes) -> tuple[tuple[McpServer, ...], tuple[str, ...]]:
    """The servers of a project's `.mcp.json` (`mcpServers`), and what is wrong with it, in words.

    What such a file says beyond command, args, env, cwd, url and headers is for other programs.
    """
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return (), (f"{FILE} is not JSON; its servers are not used",)
    named = cast(dict[str, Any], told).get("mcpServers") if isinstance(told, dict) else None
    if not isinstance(named, dict):
        return (), (f"{FILE} names no servers under mcpServers",)
    plain = {name: _known(one) for name, one in cast(dict[str, Any], named).items()}
    servers, faults = _servers(plain, ("mcpServers",), _json_table)
    words = tuple(f"{FILE}, {fault}. This server is not used." for fault in faults)
    return tuple(replace(one, project=True) for one in servers), words


def _known(one: object) -> object:
    if not isinstance(one, dict):
        return one
    return {name: value for name, value in cast(dict[str, Any], one).items() if name in _COMMON}


def _servers(
    value: object, at: tuple[str, ...], rule: Any
) -> tuple[tuple[McpServer, ...], tuple[Fault, ...]]:
    if not isinstance(value, dict):
        return (), (Fault(path=at, reason="servers are written as tables, each with its name"),)
    servers: list[McpServer] = []
    faults: list[Fault] = []
    for name, one in cast(dict[str, object], value).items():
        try:
            servers.append(_named(rule(one), name, len(servers)))
        except FaultsError as error:
            faults += [
                Fault(path=(*at, name, *fault.path), reason=fault.reason, unknown=fault.unknown)
                for fault in error.faults
            ]
    return tuple(servers), tuple(faults)


def _named(server: McpServer, name: str, before: int) -> McpServer:
    if _NAME.fullmatch(name) is None:
        raise refused(
            "a server's name has up to 32 letters, digits, dashes and single underscores, none at an end"
        )
    if before >= MOST_SERVERS:
        raise refused(f"there are more than {MOST_SERVERS} servers")
    return replace(server, name=name)


def variables(server: McpServer) -> tuple[str, ...]:
    """The variables that its texts name."""
    found = (match[1] for one in _texts(server) for match in _VARIABLE.finditer(one))
    return tuple(dict.fromkeys(found))


def filled(server: McpServer, environ: Mapping[str, str], keys: Collection[str] = ()) -> McpServer:
    """The server with `${VAR}` and `${VAR:-default}` filled in.

    Raises ConfigError for a variable that is not set and has no default, which it names; and where a server
    of a project's file would be given one of the person's `keys`.
    """

    def fill(one: str) -> str:
        return _VARIABLE.sub(value, one)

    def value(match: re.Match[str]) -> str:
        found = environ.get(match[1], "")
        if not found and match[2] is None and match[1] not in environ:
            raise ConfigError(
                f"the MCP server {server.name} needs the variable {match[1]}, which is not set",
                f"Set it, or write ${{{match[1]}:-default}}.",
            )
        if server.project and found and holds_key(found, keys):
            raise ConfigError(
                f"the MCP server {server.name} of this project asks for {match[1]}, which is a key of yours",
                "Take it out, or name the server in your own config.toml.",
            )
        return found or match[3] or ""

    return replace(
        server,
        command=fill(server.command),
        args=tuple(map(fill, server.args)),
        env={name: fill(one) for name, one in server.env.items()},
        cwd=fill(server.cwd),
        url=fill(server.url),
        headers={name: fill(one) for name, one in server.headers.items()},
    )


def _texts(server: McpServer) -> tuple[str, ...]:
    return (
        *(server.command, *server.args, *server.env.values()),
        *(server.cwd, server.url, *server.headers.values()),
    )


def start_words(server: McpServer) -> str:
    """What using a server does, in one line for the person."""
    told = ", ".join(f"${name}" for name in variables(server))
    given = f"; it is given {told}" if told else ""
    address = visible(server.address, keep="")
    if server.url:
        return f"{server.name} sends calls to {address}{given}"
    return f"{server.name} starts a program with your rights, not confined: {address}{given}"


def server_toml(server: McpServer) -> str:
    """The server as a `[mcp_servers.NAME]` table."""
    values: dict[str, Any] = {"command": server.command} if server.command else {"url": server.url}
    if server.args:
        values["args"] = list(server.args)
    for name, told in (("cwd", server.cwd), ("env", dict(server.env)), ("headers", dict(server.headers))):
        if told:
            values[name] = told
    return toml_text.dumps({KEY: {some_text(server.name): values}}).lstrip("\n")
