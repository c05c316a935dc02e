"""The docked panels: their names in the layout file, their titles, and how each is made.

The main window makes them all, a torn-off window one of them; menus and the palette list them in this order.
"""

from collections.abc import Callable

from copilot.desktop.action_table import ActionTable
from copilot.desktop.drafts import Drafts
from copilot.desktop.errands import Errands
from copilot.desktop.intake import Intake
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.branches import Branches
from copilot.desktop.panels.composer import Composer
from copilot.desktop.panels.context import Context
from copilot.desktop.panels.discussion import Discussion
from copilot.desktop.panels.log import Log
from copilot.desktop.panels.panel import Panel
from copilot.desktop.panels.project_files import ProjectFiles
from copilot.desktop.panels.prompts import PromptsPanel
from copilot.desktop.panels.scripts import Scripts
from copilot.desktop.panels.settings import settings_panel
from copilot.desktop.panels.tool_calls import ToolCalls
from copilot.desktop.panels.usage import Usage
from copilot.desktop.preferences import Preferences
from copilot.desktop.widgets import Action, Icon, Look
from copilot.projects.home import Home
from copilot.vocabulary.frozen import frozen


@frozen
class Needs:
    """What panels are made from.

    `draft` gives what the person has written and not sent, `ticks` seconds for pauses; `table` holds every
    action by name. `preferences` is None in a torn-off window, which never hears of a key; `drafts`, too:
    the main window keeps them. `go` brings a panel to the front, `tear_off` opens it in a window of its own:
    None where it is in one.
    """

    look: Look
    actions: Actions
    table: ActionTable
    errands: Errands
    intake: Intake
    draft: Callable[[], str]
    home: Home
    ticks: Callable[[], float]
    preferences: Preferences | None = None
    drafts: Drafts | None = None
    go: Callable[[str], None] = lambda _name: None
    tear_off: Callable[[str], None] | None = None

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


PANELS: tuple[PanelKind, ...] = (
    PanelKind("files", "Project", Icon.FOLDER_OPEN, lambda n: ProjectFiles(n.look, n.actions, n.ticks)),
    PanelKind("context", "Context", Icon.CONTEXT, lambda n: Context(n.look, n.actions, n.draft, n.ticks)),
    PanelKind("branches", "Branches", Icon.BRANCH, lambda n: Branches(n.look, n.actions)),
    PanelKind(
        "discussion",
        "Discussion",
        Icon.PERSON,
        lambda n: Discussion(n.look, n.actions, n.ticks, n.away("discussion")),
    ),
    PanelKind(
        "composer",
        "Composer",
        Icon.PENCIL,
        lambda n: Composer(n.look, n.actions, n.ticks, n.intake, n.drafts, n.away("composer")),
    ),
    PanelKind("tools", "Tool calls", Icon.TERMINAL, lambda n: ToolCalls(n.look, n.actions)),
    PanelKind("scripts", "Scripts", Icon.CODE, lambda n: Scripts(n.look, n.errands, n.actions)),
    PanelKind("log", "Log", Icon.LIST, lambda n: Log(n.look)),
    PanelKind("usage", "Usage", Icon.USAGE, lambda n: Usage(n.look, n.actions, n.go)),
    PanelKind(
        "prompts",
        "Prompts",
        Icon.PROMPTS,
        lambda n: PromptsPanel(n.look, n.actions, n.errands, n.home, n.draft, n.ticks, n.go),
    ),
    PanelKind(
        "settings", "Settings", Icon.GEAR, lambda n: settings_panel(n.look, n.preferences, n.ticks, n.go)
    ),
)


BEHIND = ("branches", "scripts", "prompts", "settings")
"""Made first: the library brings the windows that are made last to the front of their tabs."""


def kind(name: str) -> PanelKind:
    """The panel of that name. Raises KeyError."""
    for one in PANELS:
        if one.name == name:
            return one
    raise KeyError(name)
