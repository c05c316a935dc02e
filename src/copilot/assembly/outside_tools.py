"""The servers whose tools a session may use, and the trust that they need."""

from collections.abc import Collection, Mapping

from copilot.ai.trust_book import TrustBook
from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.projects.trust_file import TrustFile
from copilot.tools.mcp_servers import Grounds, Servers
from copilot.vocabulary.mcp import McpServer


def outside_tools(
    around: Surroundings, home: Home, settings: Settings, keys: Collection[str], only: str = ""
) -> tuple[TrustBook, Servers]:
    """What the person trusts, what servers say of their tools included; nothing is connected to yet.

    With `only`, no server of another name is ever connected to.
    """
    trust = TrustBook(TrustFile(home.state / "trust.json"), lambda project: servers.items(project))
    grounds = Grounds(
        environ=around.environ,
        platform=around.platform,
        keys=keys,
        variables=lambda: variables(home, around.environ),
        of_project=lambda project: _named(trust.servers(project), only),
        trusted=trust.trusts_item,
    )
    servers = Servers(_named(settings.servers, only), grounds)
    return trust, servers


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
