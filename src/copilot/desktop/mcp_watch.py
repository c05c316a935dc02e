"""The MCP servers as the window knows them: looked at while the panel is, changed by the person.

No Dear PyGui here. Whatever touches the disk or a server is done away from the main thread.
"""

from collections.abc import Callable

from copilot.assembly.mcp_desk import ServersPort
from copilot.assembly.mcp_desk import ServerTold as ServerTold
from copilot.desktop.errands import Errands
from copilot.vocabulary.commands import Command, Distrust, Trust
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.text import sentences
from copilot.vocabulary.values import Project

AGAIN_SECONDS = 1.0
"""How old what is known may be while the panel is looked at."""


class ServerWatch:
    """One per window. `port` is None where no server can be had; `ticks` gives seconds."""

    def __init__(
        self,
        port: ServersPort | None,
        errands: Errands,
        submit: Callable[[Command], None],
        new_id: Callable[[], str],
        ticks: Callable[[], float],
    ) -> None:
        self._port = port
        self._errands = errands
        self._submit, self._new_id = submit, new_id
        self._ticks = ticks
        self._project: Project | None = None
        self._looking = False
        self._next = 0.0
        self.servers: tuple[ServerTold, ...] = ()
        self.known = False
        """Whether anybody has looked yet."""
        self.trouble = ""

    @property
    def can(self) -> bool:
        """Whether servers can be had here."""
        return self._port is not None and self._project is not None

    def opened(self, project: Project | None) -> None:
        """The window's project, as it is now."""
        self._project = project

    def look(self) -> None:
        """Look how it stands with each, unless that was done a moment ago."""
        port, project = self._port, self._project
        if port is None or project is None or self._looking or self._ticks() < self._next:
            return
        self._looking = True
        self._errands.apart(lambda: _told(port, project), self._take)

    def again(self, name: str) -> None:
        """Have a server asked anew what it offers."""
        port, project = self._port, self._project
        if port is not None and project is not None:
            self._do(lambda: port.again(project, name))

    def add(self, server: McpServer) -> None:
        """Write a server to `config.toml`; it is connected to."""
        port, project = self._port, self._project
        if port is not None and project is not None:

            def work() -> None:
                port.add(server)
                port.told(project)
                port.again(project, server.name)

            self._do(work)

    def remove(self, name: str) -> None:
        """Take a server of the person's out of `config.toml`."""
        port = self._port
        if port is not None:
            self._do(lambda: port.remove(name))

    def answer(self, told: ServerTold, *, trusts: bool) -> None:
        """Trust or refuse what a server says of its tools, in the very words that were shown."""
        if told.item is not None and told.item.kind == "tools":
            command = Trust if trusts else Distrust
            self._submit(command(request_id=self._new_id(), sha256s=(told.item.sha256,)))
            self._next = 0.0

    def _do(self, work: Callable[[], None]) -> None:
        def guarded() -> str:
            try:
                work()
            except CopilotError as error:
                return sentences(str(error), error.hint)
            return ""

        self._errands.apart(guarded, self._did)

    def _did(self, trouble: str) -> None:
        self.trouble = trouble
        self._next = 0.0
        self.look()

    def _take(self, found: tuple[tuple[ServerTold, ...], str]) -> None:
        self._looking = False
        self._next = self._ticks() + AGAIN_SECONDS
        self.known = True
        servers, trouble = found
        if not trouble:
            self.servers = servers
        else:
            self.trouble = trouble


def _told(port: ServersPort, project: Project) -> tuple[tuple[ServerTold, ...], str]:
    try:
        return port.told(project), ""
    except CopilotError as error:
        return (), sentences(str(error), error.hint)
