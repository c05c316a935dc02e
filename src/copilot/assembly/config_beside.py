"""What counts beside `config.toml` and is checked with it: variables, the `.env`, assistants, folders."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from copilot.ai.trust_book import TrustBook, named_servers
from copilot.assembly.config_faults import Found
from copilot.assembly.surroundings import Surroundings
from copilot.projects.config import Settings
from copilot.projects.home import HOME_VARIABLE, Home
from copilot.projects.mcp_tables import variables
from copilot.providers import catalog
from copilot.tools.registry import default_tools
from copilot.vocabulary.values import PROVIDER_NAMES, Project

_OURS = "COPILOT_"
_NEAR = 0.82
"""From which likeness on a name is taken for another one that was typed wrong."""
_BESIDE_TOOLS = ("read_skill", "ask_assistant", "run_shell", "run_powershell")
"""Tools that are not always there: they depend on skills, assistants and the system."""


def variable_faults(environ: Mapping[str, str]) -> Iterator[Found]:
    """Variables of the environment that this program reads, or that were to be such."""
    named = environ.get(catalog.PROVIDER_VARIABLE, "")
    if named and named not in PROVIDER_NAMES:
        known = ", ".join(PROVIDER_NAMES)
        what = f"{named!r} is no provider{_guess(named, PROVIDER_NAMES)}"
        yield Found(where=f"${catalog.PROVIDER_VARIABLE}", what=what, todo=f"Choose one of {known}.")
    for provider, name in catalog.BASE_URL_VARIABLES.items():
        url = environ.get(name, "")
        if url and not is_address(url):
            what = f"{url!r} is no address of the web: {provider} cannot be asked"
            yield Found(where=f"${name}", what=what, todo='Write it with its scheme, as "https://…".')
    ours = _variables()
    for name in sorted(environ):
        if name.startswith(_OURS) and name not in ours and (guess := _guess(name, ours)):
            yield Found(where=f"${name}", what=f"nothing reads it{guess}", todo="Give it its right name.")


def env_file_faults(home: Home, settings: Settings) -> Iterator[Found]:
    """The home's `.env`: keys under names that nobody reads, keys that are empty."""
    if not home.env_file.is_file():
        return
    from dotenv import dotenv_values

    try:
        kept = dotenv_values(home.env_file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        todo = "Make it a file of UTF-8 lines NAME=value that you can read."
        yield Found(where=str(home.env_file), what=f"it cannot be read: {error}", todo=todo)
        return
    keys = [name for names in catalog.KEY_VARIABLES.values() for name in names]
    used = {name for server in settings.servers for name in variables(server)}
    for name, value in kept.items():
        if name in keys and not value:
            yield Found(
                where=str(home.env_file), what=f"{name} is empty", todo="Give it its key, or take it out."
            )
        elif name not in keys and name not in used and (guess := _guess(name, keys)):
            yield Found(
                where=str(home.env_file),
                what=f"nothing reads {name}{guess}",
                todo="Give it its right name; copilot keys tells which keys are found.",
            )


def assistant_faults(settings: Settings, around: Surroundings, at: "Mapping[str, str]") -> Iterator[Found]:
    """Assistants whose globs mean nobody and nothing; `at` is where each stands."""
    names = [one.name for one in settings.assistants]
    tools = {
        spec.name for spec in default_tools(None, environ=around.environ, platform=around.platform).specs
    }
    tools.update(_BESIDE_TOOLS)
    for one in settings.assistants:
        others = [name for name in names if name != one.name]
        for glob in one.may_ask:
            if not any(fnmatchcase(name, glob) for name in others):
                yield Found(
                    where=at[one.name],
                    what=f"the assistant {one.name} may ask {glob!r}: there is none{_guess(glob, others)}",
                    todo="Name another, or take it out of may_ask.",
                )
        for glob in one.tools or ():
            outside = glob.startswith(("mcp__", "*")) or fnmatchcase("mcp__x__x", glob)
            if not outside and not any(fnmatchcase(name, glob) for name in tools):
                yield Found(
                    where=at[one.name],
                    what=f"the assistant {one.name} may use {glob!r}, and no tool is called that"
                    f"{_guess(glob, sorted(tools))}",
                    todo="docs/adding-a-tool.md names the tools; those of servers begin with mcp__.",
                )


def brought_faults(project: Project, trust: TrustBook) -> Iterator[Found]:
    """What the folder of a project brings along and nobody could use."""
    base = Path(project.base_dir)
    for item in trust.items(project):
        if item.kind == "assistant":
            for words in item.warnings:
                if words.startswith("it is not used: "):
                    yield Found(
                        where=str(base / item.name),
                        what=words,
                        todo="docs/assistants.md says what such a file holds.",
                    )
    for item, servers in named_servers(project):
        for words in item.warnings[len(servers) :]:
            yield Found(where=str(base / item.name), what=words, todo="docs/mcp.md says what it may hold.")


def trust_file_faults(home: Home) -> Iterator[Found]:
    """Answers that cannot be read: then nothing is trusted."""
    path = home.state / "trust.json"
    try:
        if not isinstance(json.loads(path.read_bytes())["answers"], list):
            raise ValueError("it holds no answers")
    except FileNotFoundError:
        return
    except (OSError, ValueError, LookupError, TypeError) as error:
        yield Found(
            where=str(path),
            what=f"it cannot be read, so nothing is trusted: {error}",
            todo="Move it away; copilot trust asks anew.",
        )


def is_address(url: str) -> bool:
    """Whether it is an address of the web."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def _variables() -> tuple[str, ...]:
    keys = (name for names in catalog.KEY_VARIABLES.values() for name in names)
    addresses = catalog.BASE_URL_VARIABLES.values()
    return (HOME_VARIABLE, catalog.PROVIDER_VARIABLE, catalog.MODEL_VARIABLE, *keys, *addresses)


def _guess(name: str, names: "list[str] | tuple[str, ...]") -> str:
    near = get_close_matches(name, names, 1, _NEAR)
    return f" (did you mean {near[0]}?)" if near else ""
