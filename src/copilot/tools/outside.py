"""Tools that others offer beside ours, and where they come from: servers of the Model Context Protocol."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from copilot.tools.context import ToolContext
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project, ToolSpec


@frozen
class OutsideTool:
    """A tool whose arguments are checked by whoever offers it. `gated` as in `schema.Tool`."""

    spec: ToolSpec
    function: Callable[[ToolContext, Mapping[str, JsonValue]], str]
    gated: bool


class Outside(Protocol):
    """Where outside tools come from. Any thread may call it; nothing here raises for what a server does."""

    def begin(self, project: Project, news: Callable[[], None]) -> None:
        """Begin to connect to what the project may use; never blocks. `news` is called when more is known."""
        ...

    def tools(
        self, project: Project, cancelled: Callable[[], bool], warn: Callable[[str], None]
    ) -> Sequence[OutsideTool]:
        """What a turn is offered. Waits for servers that are about to be ready, as long as each may take."""
        ...

    def known(self, project: Project) -> Sequence[OutsideTool]:
        """What a turn would be offered now, without waiting."""
        ...

    def items(self, project: Project) -> Sequence[TrustItem]:
        """What the servers say of their tools, to be trusted before a model reads it."""
        ...

    def close(self) -> None:
        """End every connection. May be called twice."""
        ...
