"""The servers of the Model Context Protocol of a session, as a front end shows and changes them."""

from typing import Literal, Protocol

from copilot.ai.trust_book import TrustBook, named_servers
from copilot.projects import toml_file
from copilot.projects.config_file import config_bytes
from copilot.projects.home import Home
from copilot.projects.mcp_edit import add_server, remove_server
from copilot.projects.mcp_tables import KEY, servers_in
from copilot.projects.toml_file import Flaw
from copilot.tools.mcp_servers import Servers, Standing
from copilot.tools.mcp_tools import trust_item
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project

ServerState = Literal[
    "off", "file", "connecting", "failed", "no tools", "asked", "changed", "refused", "trusted"
]
"""`file`: the project's file that names it is not trusted. From `asked` on it is connected: this says what
the person said of its words; `changed`: they are others than those that were trusted."""


@frozen
class ServerTold:
    """One server and how it stands with it. `item` is what is to be trusted: its words, or the file.

    `tools` are the names that a model calls them by; `trouble` says what is wrong, `notices` what was left
    out.
    """

    server: McpServer
    state: ServerState
    item: TrustItem | None = None
    tools: tuple[str, ...] = ()
    trouble: str = ""
    notices: tuple[str, ...] = ()


class ServersPort(Protocol):
    """What a front end asks for. Each may take a while, and is called away from a main thread."""

    def told(self, project: Project) -> tuple[ServerTold, ...]:
        """Every server, the person's first. Raises ConfigError, StorageError."""
        ...

    def again(self, project: Project, name: str) -> None:
        """Ask one of them anew what it offers."""
        ...

    def add(self, server: McpServer) -> None:
        """Write one to `config.toml`. Raises ConfigError, StorageError."""
        ...

    def remove(self, name: str) -> None:
        """Take one out of `config.toml`. Raises ConfigError, StorageError."""
        ...


class McpDesk:
    """From any thread. `own` are the person's servers as the session began."""

    def __init__(
        self, home: Home, trust: TrustBook, servers: Servers, own: tuple[McpServer, ...] = ()
    ) -> None:
        self._home = home
        self._trust = trust
        self._servers = servers
        self._own = own

    def told(self, project: Project) -> tuple[ServerTold, ...]:
        """Every server, the person's first; those in `config.toml` now are the person's from now on."""
        own = self._own = self._read()
        self._servers.use(own)
        standing = {one.server.name: one for one in self._servers.standings(project)}
        found = [self._told(project, one, standing.get(one.name)) for one in own]
        names = {one.name for one in own if one.enabled}
        for item, servers in named_servers(project):
            trusted = self._trust.trusts_item(project, item)
            for one in servers:
                if one.name in names:
                    note = ServerTold(server=one, state="off", trouble="your own server of this name is used")
                    found.append(note)
                elif not trusted:
                    found.append(
                        ServerTold(server=one, state="file", item=self._trust.answered(project, item))
                    )
                else:
                    found.append(self._told(project, one, standing.get(one.name)))
        return tuple(found)

    def again(self, project: Project, name: str) -> None:
        """Ask one of them anew what it offers."""
        self._servers.again(project, name)

    def add(self, server: McpServer) -> None:
        """Write one to `config.toml`. Raises ConfigError, StorageError."""
        add_server(self._home, server)

    def remove(self, name: str) -> None:
        """Take one out of `config.toml`. Raises ConfigError, StorageError."""
        if name not in {one.name for one in self._read()}:
            raise ConfigError(
                f"the server {name} is not in your config.toml",
                "What a project's file names is taken out there.",
            )
        remove_server(self._home, name)

    def _read(self) -> tuple[McpServer, ...]:
        """Those in `config.toml`; those known before where it is no TOML, as while somebody writes it."""
        parsed = toml_file.parse(config_bytes(self._home))
        return self._own if isinstance(parsed, Flaw) else servers_in(parsed[1].get(KEY))[0]

    def _told(self, project: Project, server: McpServer, one: Standing | None) -> ServerTold:
        if not server.enabled or one is None:
            return ServerTold(server=server, state="off")
        if one.offers is None or one.trouble:
            state: ServerState = "failed" if one.settled and one.trouble else "connecting"
            return ServerTold(server=server, state=state, trouble=one.trouble)
        notices = one.offers.notices
        if not one.offers.tools:
            return ServerTold(server=server, state="no tools", notices=notices)
        item = self._trust.answered(project, trust_item(one.offers))
        return ServerTold(
            server=server,
            state="changed" if item.state == "asked" and item.diff else item.state,
            item=item,
            tools=tuple(tool.name for tool in one.offers.tools),
            notices=notices,
        )
