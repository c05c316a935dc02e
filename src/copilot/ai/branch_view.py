"""What a branch's next request has of project and tools: where an assistant answered last, it goes on."""

from collections.abc import Sequence

from copilot.ai.assisting import NoHand, tools_under, under
from copilot.ai.kit import Kit
from copilot.ai.outside_tools import tools_now
from copilot.tools.registry import Tools
from copilot.vocabulary.messages import Message
from copilot.vocabulary.values import Project


def seen_by(project: Project, branch: str, kit: Kit) -> Project:
    """The project as whoever answers on the branch sees it."""
    return under(kit.assistants.of(project.discussion.path(branch)), project)


def tools_on(path: Sequence[Message], project: Project, kit: Kit) -> Tools:
    """The tools that a request behind these messages would offer, without waiting for any server."""
    tools = tools_now(kit.tools, kit.outside, project)
    return tools_under(kit.assistants.of(path), tools, kit.assistants, NoHand())
