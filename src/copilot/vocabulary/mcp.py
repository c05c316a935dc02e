"""Servers of the Model Context Protocol, as the person or a project names them, and what they offer."""

from collections.abc import Mapping
from typing import Literal

from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import JsonValue

SERVER_NAME = r"(?!.*__)[A-Za-z0-9](?:[A-Za-z0-9_-]{0,30}[A-Za-z0-9])?"
"""Of a server: it stands in the names of its tools, before two underscores that end it."""


@frozen
class McpServer:
    """One server: a program that is started (`command`), or an address (`url`); exactly one of them is set.

    The texts are as they were written, `${VAR}` and all. `cwd` is against the base directory. With
    `read_only` "allow", tools of which the server itself says that they only read run unasked. It must be
    ready in `start_seconds` and answer a call in `call_seconds`. `project`: a project's file names it.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    cwd: str = ""
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    enabled: bool = True
    read_only: Literal["ask", "allow"] = "ask"
    start_seconds: float = 20.0
    call_seconds: float = 60.0
    project: bool = False

    @property
    def address(self) -> str:
        """What is started or asked, in one line, as it was written."""
        return self.url or " ".join((self.command, *self.args))


@frozen
class McpTool:
    """One tool as its server tells of it. The hints are its own word, None where it says nothing."""

    name: str
    description: str
    schema: Mapping[str, JsonValue]
    read_only: bool | None = None
    destructive: bool | None = None
