"""An exact count of a context by the provider's own endpoint, without a worker."""

from pathlib import Path

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.providers import ProviderShelf
from copilot.assembly.stage import Stage
from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.providers.base import Cancelled, Request
from copilot.shell.shells import find_shells
from copilot.tools.registry import default_tools
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import ModelChoice, Project, WireRecord

SHORTEST = "?"
"""Services count no request without a message, so the shortest one is counted with it."""


def count_context(
    around: Surroundings,
    home: Home,
    project: Project,
    model: ModelChoice,
    system: str,
    cancelled: Cancelled,
) -> int:
    """Tokens of the system prompt with its files, the tools, and one word. Raises ProviderError."""
    keys = HeldKeys(around.environ, home, around.vault)
    stage = Stage(None)
    shelf = ProviderShelf(keys.find, _unrecorded, stage.server)
    shells = find_shells(around.environ, around.platform, never_in=(Path(project.base_dir),))
    tools = default_tools(shells[0] if shells else None, environ=around.environ, platform=around.platform)
    asked = Message(id="", parent=None, role="user", parts=(Text(text=SHORTEST),), at=0.0)
    request = Request(model=model, system=system, tools=tools.specs, messages=(asked,))
    try:
        return shelf.get(model).count_tokens(request, cancelled)
    finally:
        shelf.close()
        stage.close()


def _unrecorded(record: WireRecord) -> None:
    """A count belongs to no session, so there is no log to keep it in."""
    del record
