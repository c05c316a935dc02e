"""The servers whose tools a session may use, and the trust that they need."""

from collections.abc import Callable, Collection, Mapping, Sequence

from copilot.ai.brought_book import BroughtBook
from copilot.ai.trust_book import TrustBook, nothing_beside
from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.projects.trust_file import TrustFile
from copilot.tools.mcp_servers import Grounds, Servers
from copilot.tools.outside import Outside
from copilot.tools.skills import SkillTools
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.slash import SlashCommand
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project
from copilot.workspace.brought import Brought


def outside_tools(
    around: Surroundings, home: Home, settings: Settings, keys: Collection[str], only: str = ""
) -> tuple[TrustBook, Servers]:
    """What the person trusts, what servers say of their tools included; nothing is connected to yet.

    With `only`, no server of another name is ever connected to; within walls none at all.
    """
    walled = around.walls is not None
    trust = trust_book(home, lambda project: servers.items(project))
    grounds = Grounds(
        environ=around.environ,
        platform=around.platform,
        keys=keys,
        variables=lambda: variables(home, around.environ),
        of_project=lambda project: () if walled else _named(trust.servers(project), only),
        trusted=trust.trusts_item,
    )
    servers = Servers(() if walled else _named(settings.servers, only), grounds)
    return trust, servers


def trust_book(home: Home, servers: Callable[[Project], Sequence[TrustItem]] = nothing_beside) -> TrustBook:
    """What the person trusts of a project: its own files, its commands and skills, and what servers say."""
    book = BroughtBook(home.root)

    def called(project: Project) -> tuple[SlashCommand, ...]:
        return book.named(project, trust.trusts_item)

    def asked(project: Project) -> tuple[Assistant, ...]:
        return book.assistants(project, trust.trusts_item)

    trust = TrustBook(
        TrustFile(home.state / "trust.json"),
        lambda project: (*servers(project), *book.items(project)),
        lambda project: book.listed(project, trust.trusts_item),
        called,
        asked,
    )
    return trust


def words_of(home: Home, trust: TrustBook) -> Callable[[Project, str], str]:
    """What gives the words of the command that a message calls."""
    book = BroughtBook(home.root)
    return lambda project, message: book.expanded(project, message, trust.trusts_item)


def with_skills(home: Home, trust: TrustBook, servers: Outside) -> Outside:
    """What servers offer, and the tool that reads skills."""
    book = BroughtBook(home.root)

    def skills(project: Project) -> tuple[Brought, ...]:
        return tuple(one.brought for one in book.skills(project, trust.trusts_item))

    return SkillTools(servers, skills)


def _named(servers: tuple[McpServer, ...], only: str) -> tuple[McpServer, ...]:
    return tuple(one for one in servers if only in ("", one.name))


def variables(home: Home, environ: Mapping[str, str]) -> Mapping[str, str]:
    """What `${VAR}` in a server's texts may name: the environment, then the `.env` of the home."""
    if not home.env_file.is_file():
        return environ
    from dotenv import dotenv_values

    try:
        kept = dotenv_values(home.env_file, interpolate=False)
    except (OSError, UnicodeDecodeError):  # who reads keys from it says what is wrong
        return environ
    return {**{name: value for name, value in kept.items() if value is not None}, **environ}
