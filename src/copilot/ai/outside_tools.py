"""The tools of a turn: ours, and beside them those that servers offer."""

from collections.abc import Callable

from copilot.providers.base import Cancelled
from copilot.tools.outside import Outside
from copilot.tools.registry import Tools
from copilot.vocabulary.values import Project


def tools_of(
    tools: Tools, outside: Outside | None, project: Project, cancelled: Cancelled, warn: Callable[[str], None]
) -> Tools:
    """Those that a turn is offered; servers that are about to be ready are waited for."""
    return tools if outside is None else tools.joined_by(outside.tools(project, cancelled, warn))


def tools_now(tools: Tools, outside: Outside | None, project: Project) -> Tools:
    """Those that a turn would be offered, without waiting for anybody."""
    return tools if outside is None else tools.joined_by(outside.known(project))
