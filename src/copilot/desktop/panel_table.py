"""The docked panels: their names in the layout file, their titles, and how each is made.

The main window makes them all, a torn-off window one of them; menus and the palette list them in this order.
A panel's module is loaded when the panel is made: a torn-off window opens sooner without those of the others.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.desktop.action_table import ActionTable
from copilot.desktop.afar import AWAY
from copilot.desktop.panels.away import Away
from copilot.desktop.panels.panel import Panel
from copilot.desktop.widgets import Action, Icon, Look
from copilot.projects.home import Home
from copilot.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from copilot.desktop.documenting import Documenting
    from copilot.desktop.drafts import Drafts
    from copilot.desktop.errands import Errands
    from copilot.desktop.intake import Intake
    from copilot.desktop.mcp_watch import ServerWatch
    from copilot.desktop.panels.actions import Actions
    from copilot.desktop.preferences import Preferences


@frozen
class Needs:
    """What panels are made from.

    `draft` gives what the person has written and not sent, `ticks` seconds for pauses; `table` holds every
    action by name. `preferences` is None in a torn-off window, which never hears of a key; `drafts`, too:
    the main window keeps them. `documents` is None where no documentation can begin, `servers` where there
    are no MCP servers; `open_file` shows a file in the system's program for it. `go` brings a panel to the
    front, `tear_off` opens it in a window of its own: None where it is in one. `server` is where the project
    lies, "" for this machine.
    """

    look: Look
    actions: "Actions"
    table: ActionTable
    errands: "Errands"
    intake: "Intake"
    draft: Callable[[], str]
    home: Home
    ticks: Callable[[], float]
    preferences: "Preferences | None" = None
    drafts: "Drafts | None" = None
    documents: "Documenting | None" = None
    servers: "ServerWatch | None" = None
    open_file: Callable[[Path], None] = lambda _path: None
    go: Callable[[str], None] = lambda _name: None
    tear_off: Callable[[str], None] | None = None
    server: str = ""

    def away(self, name: str) -> Action | None:
        """To open this panel in a window of its own."""
        tear_off = self.tear_off
        return None if tear_off is None else lambda: tear_off(name)


@frozen(kw_only=False)
class PanelKind:
    """`name` is the window's id in the layout file and never changes."""

    name: str
    title: str
    icon: str
    make: Callable[[Needs], Panel]


def _files(n: Needs) -> Panel:
    from copilot.desktop.panels.project_files import ProjectFiles

    return ProjectFiles(n.look, n.actions, n.ticks)


def _context(n: Needs) -> Panel:
    from copilot.desktop.panels.context import Context

    return Context(n.look, n.actions, n.draft, n.ticks, n.server)


def _branches(n: Needs) -> Panel:
    from copilot.desktop.panels.branches import Branches

    return Branches(n.look, n.actions)


def _discussion(n: Needs) -> Panel:
    from copilot.desktop.panels.discussion import Discussion

    return Discussion(n.look, n.actions, n.ticks, n.away("discussion"))


def _composer(n: Needs) -> Panel:
    from copilot.desktop.panels.composer import Composer

    return Composer(n.look, n.actions, n.ticks, n.intake, n.drafts, n.away("composer"))


def _tools(n: Needs) -> Panel:
    from copilot.desktop.panels.tool_calls import ToolCalls

    return ToolCalls(n.look, n.actions)


def _scripts(n: Needs) -> Panel:
    from copilot.desktop.panels.scripts import Scripts

    return Scripts(n.look, n.errands, n.actions, n.server)


def _log(n: Needs) -> Panel:
    from copilot.desktop.panels.log import Log

    return Log(n.look)


def _usage(n: Needs) -> Panel:
    from copilot.desktop.panels.usage import Usage

    return Usage(n.look, n.actions, n.go)


def _inspector(n: Needs) -> Panel:
    from copilot.desktop.inspecting import LogShelf
    from copilot.desktop.panels.inspector import Inspector
    from copilot.desktop.session_list import SessionList

    return Inspector(n.look, n.errands, LogShelf(n.home), SessionList(n.home, n.errands, n.actions.ask))


def _prompts(n: Needs) -> Panel:
    from copilot.desktop.panels.prompts import PromptsPanel

    return PromptsPanel(n.look, n.actions, n.errands, n.home, n.draft, n.ticks, n.go)


def _settings(n: Needs) -> Panel:
    if n.server and n.preferences is not None:
        from copilot.desktop.panels.settings_afar import SettingsAfar

        return SettingsAfar(n.look, n.preferences, n.server, n.go)
    from copilot.desktop.panels.settings import settings_panel

    return settings_panel(n.look, n.preferences, n.ticks, n.go)


def _documents(n: Needs) -> Panel:
    if n.documents is None:
        words = "Documentation is begun in the main window."
        return Away(n.look, "documents", f"{Icon.BOOK}  Documents", words)
    from copilot.desktop.panels.documents import Documents

    return Documents(n.look, n.actions, n.documents, n.open_file, n.ticks, n.go)


def _servers(n: Needs) -> Panel:
    if n.servers is None:
        words = "MCP servers are shown in the main window. Dock this panel back to see them."
        return Away(n.look, "servers", f"{Icon.PLUG}  MCP servers", words)
    from copilot.desktop.panels.servers import Servers

    return Servers(n.look, n.actions, n.servers, n.table, n.go)


PANELS: tuple[PanelKind, ...] = (
    PanelKind("files", "Project", Icon.FOLDER_OPEN, _files),
    PanelKind("context", "Context", Icon.CONTEXT, _context),
    PanelKind("branches", "Branches", Icon.BRANCH, _branches),
    PanelKind("discussion", "Discussion", Icon.PERSON, _discussion),
    PanelKind("composer", "Composer", Icon.PENCIL, _composer),
    PanelKind("tools", "Tool calls", Icon.TERMINAL, _tools),
    PanelKind("scripts", "Scripts", Icon.CODE, _scripts),
    PanelKind("log", "Log", Icon.LIST, _log),
    PanelKind("usage", "Usage", Icon.USAGE, _usage),
    PanelKind("prompts", "Prompts", Icon.PROMPTS, _prompts),
    PanelKind("settings", "Settings", Icon.GEAR, _settings),
    PanelKind("inspector", "Log inspector", Icon.SEARCH, _inspector),
    PanelKind("documents", "Documents", Icon.BOOK, _documents),
    PanelKind("servers", "MCP servers", Icon.PLUG, _servers),
)


BEHIND = ("branches", "scripts", "prompts", "settings", "inspector", "documents", "servers")
"""Made first: the library brings the windows that are made last to the front of their tabs."""


def made(one: PanelKind, needs: Needs) -> Panel:
    """The panel, or what stands in its place where the project lies on a server."""
    words = AWAY.get(one.name) if needs.server else None
    if words is None:
        return one.make(needs)
    return Away(needs.look, one.name, f"{one.icon}  {one.title}", words.format(server=needs.server))


def kind(name: str) -> PanelKind:
    """The panel of that name. Raises KeyError."""
    for one in PANELS:
        if one.name == name:
            return one
    raise KeyError(name)
