"""Whether `config.toml` and all that it names can be used: what is wrong, where, and what to do about it.

Nothing is written, started or asked over a network.
"""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from copilot.ai.policy.book import RuleBook
from copilot.assembly.config_beside import (
    assistant_faults,
    brought_faults,
    env_file_faults,
    is_address,
    trust_file_faults,
    variable_faults,
)
from copilot.assembly.config_faults import Found
from copilot.assembly.outside_tools import trust_book
from copilot.assembly.surroundings import Surroundings
from copilot.projects import toml_file
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Home
from copilot.projects.mcp_tables import filled
from copilot.projects.policy_tables import KEY as POLICY
from copilot.projects.project_manager import list_projects, load, path_of
from copilot.projects.toml_file import Flaw
from copilot.shell.shells import find_shells
from copilot.storage.disk import storage_error
from copilot.vocabulary.errors import ConfigError, CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.values import Project

FILE = "config.toml"
_SCHEMA = "Put it right or take it out; docs/files.md describes every key."


@frozen
class _Text:
    """What `config.toml` says, to find lines in."""

    text: str

    def at(self, *path: str | int) -> str:
        line, column = toml_file.find(self.text, path)
        return f"{FILE}, line {line}, column {column}" if line else FILE


def faults(around: Surroundings, home: Home) -> Iterator[Found]:
    """Everything that is wrong. Raises StorageError for a file that cannot be read."""
    parsed = toml_file.parse(_data(home.config))
    if isinstance(parsed, Flaw):
        place = f"{FILE}, line {parsed.line}, column {parsed.column}" if parsed.line else FILE
        yield Found(
            where=place,
            what=f"this is no TOML: {parsed.reason}",
            todo="Put this line right: as it is, the next start puts the whole file aside and uses defaults.",
        )
        return
    settings, notices = load_settings(home)
    for notice in notices:
        where, mark, what = notice.partition(": ")
        yield Found(where=where if mark else FILE, what=what or notice, todo=_SCHEMA)
    text = _Text(text=parsed[0])
    yield from _rules(settings, text, around)
    yield from _addresses(settings, text)
    for server in settings.servers:
        yield from _server(server, text.at("mcp_servers", server.name), around.environ)
    places = {one.name: text.at("assistants", one.name) for one in settings.assistants}
    yield from assistant_faults(settings, around, places)
    yield from variable_faults(around.environ)
    yield from _env_file(home)
    yield from env_file_faults(home, settings)
    yield from trust_file_faults(home)
    yield from _projects(settings, text, home, around)


def place(home: Home, *path: str | int) -> str:
    """Where `config.toml` sets this. Raises StorageError."""
    parsed = toml_file.parse(_data(home.config))
    return FILE if isinstance(parsed, Flaw) else _Text(text=parsed[0]).at(*path)


def _data(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise storage_error("reading", path, error) from error


def _rules(settings: Settings, text: _Text, around: Surroundings) -> Iterator[Found]:
    """Rules that do not hold against their own examples."""
    nowhere = Project(name="", base_dir=str(around.cwd))
    names = [rule.name for rule in settings.rules]
    for rule, why in _flaws(settings.rules, nowhere, around):
        yield Found(
            where=text.at(POLICY, names.index(rule.name), "name"),
            what=f"the rule {rule.name!r} is not used: {why}",
            todo="Change the rule or its examples, then try: copilot policy check",
        )


def _flaws(
    rules: tuple[PolicyRule, ...], project: Project, around: Surroundings
) -> Iterator[tuple[PolicyRule, str]]:
    if not rules:
        return
    shells = find_shells(around.environ, around.platform, never_in=(Path(project.base_dir),))
    book = RuleBook((), shells[0].name if shells else "sh")
    for rule in rules:
        if why := book.flaw(rule, project):
            yield rule, why


def _addresses(settings: Settings, text: _Text) -> Iterator[Found]:
    for provider, url in settings.base_urls.items():
        if not is_address(url):
            yield Found(
                where=text.at("providers", provider, "base_url"),
                what=f"{url!r} is no address of the web",
                todo='Write it with its scheme, as "http://127.0.0.1:11434/v1".',
            )


def _server(server: McpServer, where: str, environ: Mapping[str, str]) -> Iterator[Found]:
    if not server.enabled:
        return
    try:
        whole = filled(server, environ)
    except ConfigError as error:
        yield Found(where=where, what=str(error), todo=error.hint)
        return
    if whole.command and shutil.which(whole.command, path=environ.get("PATH")) is None:
        yield Found(
            where=where,
            what=f"the MCP server {server.name} is started by {whole.command}, which is not found",
            todo="Install it, write its whole path, or set enabled = false.",
        )
    if whole.cwd and not Path(whole.cwd).expanduser().is_dir():
        yield Found(
            where=where,
            what=f"the MCP server {server.name} is to start in {whole.cwd}, which is no folder",
            todo="Name a folder that exists.",
        )


def _env_file(home: Home) -> Iterator[Found]:
    """Keys in plain text that others on this machine could read."""
    path = home.root / ".env"
    if os.name != "posix" or not path.is_file():
        return
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Found(where=str(path), what="others on this machine may read it", todo=f"chmod 600 {path}")


def _projects(settings: Settings, text: _Text, home: Home, around: Surroundings) -> Iterator[Found]:
    known = list_projects(home)
    trust = trust_book(home)
    if settings.project and settings.project not in known:
        yield Found(
            where=text.at("project"),
            what=f"there is no project {settings.project!r}",
            todo="Take the line out, or name one of: " + (", ".join(known) or "none is there yet"),
        )
    for name in known:
        path = path_of(home, name)
        try:
            project = load(path)
        except CopilotError as error:
            todo = "Put it right while the project is closed; docs/files.md describes the file."
            yield Found(where=f"projects/{path.name}", what=str(error), todo=todo)
            continue
        if not Path(project.base_dir).is_dir():
            yield Found(
                where=f"projects/{path.name}",
                what=f"its base_dir {project.base_dir} is no folder",
                todo=f"copilot --project {name} --base-dir DIR says where it is from now on.",
            )
            continue
        for rule, why in _flaws(project.rules, project, around):
            yield Found(
                where=f"projects/{path.name}",
                what=f"the rule {rule.name!r} is not used: {why}",
                todo="Change the rule or its examples.",
            )
        yield from brought_faults(project, trust)
