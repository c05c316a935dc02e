"""The servers of a session: connected side by side, asked anew for each turn, restarted, ended with it.

One that hangs, dies or floods costs its own tools and nothing else: each has a thread and a time of its own,
and after a few failures it is left alone for a while. The SDK is loaded when the first one is connected to.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot.projects.mcp_tables import filled, variables
from copilot.shell.environment import child_environment, is_secret_name
from copilot.tools.mcp_tools import Offers, offers_of, tools_of, trust_item
from copilot.tools.outside import OutsideTool
from copilot.vocabulary.errors import ConfigError, ToolError, TurnCancelledError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.text import sentences, without_keys
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project

if TYPE_CHECKING:
    from copilot.tools.mcp_client import Connection

NOT_INSTALLED = "its tools need the MCP SDK. Install it: pip install 'copilot[mcp]'"
MOST_FAILURES = 3
FORGOTTEN_SECONDS = 300.0
"""A server that failed so often in so many seconds is left alone until some of it is forgotten."""
LIST_SECONDS = 5.0
"""How long a server that is connected may take to tell its tools again."""
MOST_OFFERED = 110
"""Tools of all servers in one request: the Responses API takes 128 functions, ours among them."""
POLL_SECONDS = 0.05
CLOSE_SECONDS = 8.0


@frozen
class Grounds:
    """What servers stand on. `variables` gives what `${VAR}` may name, `of_project` the trusted servers that
    a project's file names, `trusted` whether the person trusts what a server says of its tools."""

    environ: Mapping[str, str]
    platform: str
    keys: Collection[str]
    variables: Callable[[], Mapping[str, str]]
    of_project: Callable[[Project], tuple[McpServer, ...]]
    trusted: Callable[[Project, TrustItem], bool]


@mutable(kw_only=True)
class _Line:
    """One server and what is known of it. `busy` is held while it is connected to or asked.

    `secrets` are values that it was given by variables with such names: its answers are handed on without.
    """

    server: McpServer
    base_dir: str
    busy: threading.Lock = field(default_factory=threading.Lock)
    settled: threading.Event = field(default_factory=threading.Event)
    connection: "Connection | None" = None
    offers: Offers | None = None
    trouble: str = ""
    told: str = ""
    secrets: tuple[str, ...] = ()
    failures: list[float] = field(default_factory=list[float])
    counted: "Connection | None" = None
    """The one whose end was counted among the failures last."""

    def failed(self, connection: "Connection") -> None:
        """Count the end of a connection, once."""
        if self.counted is not connection:
            self.counted = connection
            self.failures.append(time.monotonic())


@frozen
class Standing:
    """How it stands with one server: what it offers, None where nobody knows, and what is wrong with it.

    `connected` while it can be asked; `settled` once an answer, or the trouble, is there.
    """

    server: McpServer
    offers: Offers | None
    trouble: str
    connected: bool
    settled: bool


class Servers:
    """`own` are the person's. Any thread may call it."""

    def __init__(self, own: Sequence[McpServer], grounds: Grounds) -> None:
        self._own = tuple(own)
        self._grounds = grounds
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._closing = False
        self._news: Callable[[], None] = lambda: None

    def begin(self, project: Project, news: Callable[[], None]) -> None:
        """Connect to what the project may use and was not connected to before; never blocks."""
        self._news = news
        for line in self._wanted(project):
            if not line.settled.is_set() and not line.busy.locked():
                self._start(line, self._refresh)

    def use(self, own: Sequence[McpServer]) -> None:
        """The person's servers from now on."""
        with self._lock:
            self._own = tuple(own)

    def again(self, project: Project, name: str) -> None:
        """Ask one server what it offers, however often it failed; never blocks."""
        for line in self._wanted(project):
            if line.server.name == name and not line.busy.locked():
                line.failures.clear()
                line.settled.clear()
                self._start(line, self._refresh)

    def standings(self, project: Project) -> tuple[Standing, ...]:
        """How it stands with each server that the project may use."""
        return tuple(_standing(line) for line in self._wanted(project))

    def tools(
        self, project: Project, cancelled: Callable[[], bool], warn: Callable[[str], None]
    ) -> Sequence[OutsideTool]:
        """The trusted tools of all servers that are there, each asked anew what it offers."""
        lines = self._wanted(project)
        for line in lines:
            line.settled.clear()
            self._start(line, self._refresh)
        until = time.monotonic() + max((one.server.start_seconds + 1 for one in lines), default=0.0)
        for line in lines:
            while not line.settled.wait(POLL_SECONDS) and time.monotonic() < until:
                if cancelled():
                    raise TurnCancelledError("stopped while servers were connected to")
        for line in lines:
            self._tell(line, warn)
        found = self._trusted(project)
        if len(found) > MOST_OFFERED:
            warn(
                f"MCP servers offer {len(found):,} tools, more than services take: {MOST_OFFERED} are used. "
                "Leave a server out with enabled = false."
            )
        return found[:MOST_OFFERED]

    def known(self, project: Project) -> Sequence[OutsideTool]:
        """The trusted tools of servers that told them, without asking again."""
        return self._trusted(project)[:MOST_OFFERED]

    def _trusted(self, project: Project) -> Sequence[OutsideTool]:
        found: list[OutsideTool] = []
        for line in self._wanted(project):
            offers = line.offers
            if offers is not None and self._grounds.trusted(project, trust_item(offers)):
                found += tools_of(offers, partial(self._call, line, offers.sha256))
        return tuple(found)

    def items(self, project: Project) -> Sequence[TrustItem]:
        """What servers said of their tools, those that offer any."""
        offers = [line.offers for line in self._wanted(project)]
        return tuple(trust_item(one) for one in offers if one is not None and one.tools)

    def offers(self, project: Project) -> tuple[tuple[McpServer, Offers | None, str], ...]:
        """Each server with what it offers, None and why where that is not known."""
        return tuple((line.server, line.offers, line.trouble) for line in self._wanted(project))

    def close(self) -> None:
        """End every connection, side by side."""
        with self._lock:
            self._closing = True
            lines, self._lines = tuple(self._lines.values()), {}
        _end(lines)

    def _wanted(self, project: Project) -> tuple[_Line, ...]:
        """A line for each server that the project may use now; what is not wanted any more is ended."""
        servers = {one.name: one for one in (*self._grounds.of_project(project), *self._own) if one.enabled}
        with self._lock:
            if self._closing:
                return ()
            gone = [
                line
                for name, line in self._lines.items()
                if servers.get(name) != line.server or line.base_dir != project.base_dir
            ]
            for line in gone:
                del self._lines[line.server.name]
            for name, server in servers.items():
                if name not in self._lines:
                    self._lines[name] = _Line(server=server, base_dir=project.base_dir)
            wanted = tuple(self._lines[name] for name in sorted(servers))
        if gone:
            threading.Thread(target=_end, args=(gone,), name="mcp-end", daemon=True).start()
        return wanted

    def _start(self, line: _Line, work: Callable[[_Line], None]) -> None:
        threading.Thread(target=work, args=(line,), name=f"mcp-ask-{line.server.name}", daemon=True).start()

    def _refresh(self, line: _Line) -> None:
        """Ask what it offers, connecting first where that is needed. What goes wrong is kept to be told."""
        before = line.offers
        try:
            with line.busy:
                self._ask(line, self._stops)
        except (ToolError, ConfigError) as error:
            line.trouble = sentences(str(error), error.hint)
        except TurnCancelledError:
            line.trouble = "it was stopped"
        except Exception as error:  # the top of a thread: whatever it was, no other server has it
            line.trouble = (
                f"MCP server {line.server.name}: an internal error: {type(error).__name__}: {error}"
            )
        finally:
            line.settled.set()
        if line.offers != before:
            self._news()

    def _stops(self) -> bool:
        return self._closing

    def _ask(self, line: _Line, cancelled: Callable[[], bool]) -> None:
        """Raises ToolError, ConfigError, TurnCancelledError."""
        connection = line.connection
        if connection is not None and connection.alive:
            try:
                line.offers = offers_of(line.server, connection.tools(LIST_SECONDS, cancelled))
                line.trouble = ""
                return
            except ToolError:
                if connection.alive:
                    raise
        if connection is not None:
            line.failed(connection)
        line.offers, line.connection = None, None
        self._may_fail(line)
        connection = self._connect(line)
        line.connection = connection
        try:
            told = connection.tools(line.server.start_seconds, cancelled)
        except ToolError:
            line.failed(connection)
            raise
        line.offers, line.trouble = offers_of(line.server, told), ""

    def _may_fail(self, line: _Line) -> None:
        now = time.monotonic()
        line.failures = [at for at in line.failures if now - at < FORGOTTEN_SECONDS]
        if len(line.failures) >= MOST_FAILURES:
            raise ToolError(
                f"the MCP server {line.server.name} failed {MOST_FAILURES} times within "
                f"{FORGOTTEN_SECONDS / 60:g} minutes; it is left alone for a while.",
                line.trouble if "left alone" not in line.trouble else "",
            )

    def _connect(self, line: _Line) -> "Connection":
        grounds = self._grounds
        told = grounds.variables()
        server = filled(line.server, told, grounds.keys)
        line.secrets = tuple(
            told[name] for name in variables(line.server) if is_secret_name(name) and told.get(name)
        )
        try:
            from copilot.tools.mcp_client import connect
        except ImportError as error:
            raise ToolError(f"the MCP server {server.name} is not used: {NOT_INSTALLED}") from error
        env = child_environment(grounds.environ, grounds.platform, keys=grounds.keys, extra=server.env)
        return connect(server, Path(line.base_dir, Path(server.cwd).expanduser()), env)

    def _call(
        self, line: _Line, sha256: str, tool: str, arguments: dict[str, Any], cancelled: Callable[[], bool]
    ) -> tuple[str, bool]:
        """Call a tool of a server whose words the person trusts, which is started anew where it has ended."""
        with line.busy:
            if line.connection is None or not line.connection.alive:
                self._ask(line, cancelled)
            connection, offers = line.connection, line.offers
        if connection is None or offers is None or offers.sha256 != sha256:
            raise ToolError(
                f"the MCP server {line.server.name} now says another thing of its tools than the person "
                "trusted; nothing was called. They are asked again."
            )
        try:
            answer = connection.call(tool, arguments, line.server.call_seconds, cancelled)
        except ToolError:
            if not connection.alive:
                line.failed(connection)
            raise
        return without_keys(answer.text, line.secrets), answer.failed

    def _tell(self, line: _Line, warn: Callable[[str], None]) -> None:
        """Say what is wrong with a server, once for each thing that is."""
        trouble = line.trouble or ("" if line.settled.is_set() else "it is not ready yet")
        notices = line.offers.notices if line.offers is not None else ()
        told = "\n".join((trouble, *notices))
        if told == line.told:
            return
        line.told = told
        for words in (trouble and f"{trouble} Its tools are not offered.", *notices):
            if words:
                warn(words)


def _standing(line: _Line) -> Standing:
    connection = line.connection
    lost = "" if connection is None or connection.alive else f"it has ended: {connection.lost}"
    return Standing(
        server=line.server,
        offers=line.offers,
        trouble=line.trouble or lost,
        connected=connection is not None and connection.alive,
        settled=line.settled.is_set(),
    )


def _end(lines: Sequence[_Line]) -> None:
    """Close connections side by side: each may take seconds."""
    threads = [
        threading.Thread(target=line.connection.close, name="mcp-end", daemon=True)
        for line in lines
        if line.connection is not None
    ]
    for thread in threads:
        thread.start()
    until = time.monotonic() + CLOSE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
