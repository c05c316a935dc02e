"""Servers of the Model Context Protocol without a worker: which there are, and what they say."""

from pathlib import Path

from copilot.ai.trust_book import TrustBook
from copilot.assembly.context_source import context_source
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.outside_tools import outside_tools
from copilot.assembly.surroundings import Surroundings
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.tools.mcp_servers import Servers
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.values import Project


@frozen
class McpBench:
    """`own` are the person's servers; those of the project's file count once it is trusted."""

    project: Project
    own: tuple[McpServer, ...]
    servers: Servers
    trust: TrustBook
    notices: tuple[str, ...]


def mcp_bench(around: Surroundings, home: Home, name: str, base_dir: Path | None, only: str = "") -> McpBench:
    """For the project `name`, that of the folder, or the folder alone; nothing is connected to yet.

    With `only`, no other server is ever connected to. Raises ConfigError, ProjectError, StorageError.
    """
    settings, notices = load_settings(home)
    source = context_source(around, home, name, base_dir or (None if name else around.cwd), named=True)
    keys = HeldKeys(around.environ, home, around.vault)
    trust, servers = outside_tools(around, home, settings, keys, only)
    return McpBench(
        project=source.project,
        own=settings.servers,
        servers=servers,
        trust=trust,
        notices=tuple(dict.fromkeys((*notices, *source.notices))),
    )
