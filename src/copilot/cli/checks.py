"""What `copilot doctor` looks at. Each check looks at one thing and never raises for what it finds."""

import sys
import tempfile
from collections.abc import Mapping
from importlib import metadata, util
from typing import Literal

from copilot.assembly.choice import Flags, choose_model, next_step
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.keys_vault import Vault
from copilot.cli.local_servers import answering
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Home
from copilot.providers.catalog import KEY_VARIABLES, LOCAL_SERVERS
from copilot.shell.shells import Shell, find_shells, preferred
from copilot.vocabulary.errors import ConfigError, CopilotError
from copilot.vocabulary.frozen import frozen

State = Literal["ok", "bad", "none"]
_ROOM_BYTES = 100_000
"""What a short session writes; a disk without this much room is as good as read-only."""
_SDKS = (("anthropic", "anthropic"), ("google-genai", "google.genai"), ("openai", "openai"))
_GRAMMARS = (
    ("tree-sitter", "tree_sitter"),
    ("tree-sitter-bash", "tree_sitter_bash"),
    ("tree-sitter-powershell", "tree_sitter_powershell"),
)


@frozen
class Check:
    """What was found. `next` is what to do about it, empty where nothing has to be done.

    `needed` marks what the main job cannot do without: it fails the whole where its state is "bad".
    """

    state: State
    name: str
    text: str
    next: str = ""
    needed: bool = False


def check_python(version: tuple[int, int, int]) -> Check:
    """Python itself; 3.11 is the oldest that works."""
    text = ".".join(map(str, version)) + f" at {sys.executable}"
    if version >= (3, 11, 0):
        return Check(state="ok", name="Python", text=text, needed=True)
    return Check(state="bad", name="Python", text=text, next="Install Python 3.11 or later.", needed=True)


def check_display(environ: Mapping[str, str], platform: str) -> Check:
    """Whether a window can be shown, by really connecting."""
    from copilot.desktop.display import display_trouble

    trouble = display_trouble(environ, platform)
    if not trouble:
        where = environ.get("DISPLAY") or "this desktop"
        return Check(state="ok", name="display", text=f"{where} shows windows")
    return Check(state="none", name="display", text=trouble, next='In a terminal use: copilot ask "…"')


def check_shells(shells: tuple[Shell, ...]) -> Check:
    """The shells found; the first of them runs the scripts."""
    best = preferred(shells)
    if best is None:
        return Check(
            state="bad",
            name="shell",
            text="none found",
            next="Install bash, or PowerShell on Windows.",
            needed=True,
        )
    others = ", ".join(shell.path for shell in shells if shell is not best)
    text = f"scripts run in {best.path}" + (f" (also found: {others})" if others else "")
    return Check(state="ok", name="shell", text=text, needed=True)


def check_keys(keys: HeldKeys) -> list[Check]:
    """The keyring, and a line for each provider that wants a key: where it was found, never what it is."""
    keys.look()
    trouble = keys.keyring_trouble or ""
    checks = [Check(state="none" if trouble else "ok", name="keyring", text=trouble or "works")]
    for provider, variables in KEY_VARIABLES.items():
        key = keys.get(provider)
        if key is not None:
            checks.append(Check(state="ok", name=f"{provider} key", text=f"from {key.source}"))
        elif provider != "compatible":
            checks.append(
                Check(
                    state="none",
                    name=f"{provider} key",
                    text="not found",
                    next=f"copilot keys set {provider}, or set {variables[0]}.",
                )
            )
    return checks


def check_choice(environ: Mapping[str, str], settings: Settings, keys: HeldKeys) -> Check:
    """Which provider answers without any option."""
    try:
        chosen = choose_model(Flags(), environ, settings)
    except ConfigError as error:
        return Check(state="bad", name="provider", text=str(error), next=error.hint)
    if chosen is None:
        step = next_step(keys.get)
        return Check(state="none", name="provider", text=str(step), next=step.hint)
    where = f" at {chosen.base_url}" if chosen.base_url else ""
    return Check(state="ok", name="provider", text=f"{chosen.provider}, {chosen.model or 'no model'}{where}")


def check_packages() -> list[Check]:
    """The SDKs and grammars: their versions, without importing them."""
    sdks = [_package(name, module) for name, module in _SDKS]
    if all(check.state == "none" for check in sdks):
        sdks.append(
            Check(
                state="bad",
                name="SDKs",
                text="none can be imported",
                next="Install Copilot again.",
                needed=True,
            )
        )
    return [*sdks, *(_package(name, module) for name, module in _GRAMMARS)]


def check_mcp(settings: Settings) -> list[Check]:
    """The person's MCP servers, and whether the SDK for them is there; nothing is connected to."""
    if not settings.servers:
        return []
    names = ", ".join(one.name for one in settings.servers)
    sdk = _package("mcp", "mcp")
    if sdk.state == "none":
        text = f"{names}: the MCP SDK is not installed"
        return [Check(state="bad", name="MCP servers", text=text, next="pip install 'copilot[mcp]'")]
    text = f"{names}, by the MCP SDK {sdk.text}"
    return [Check(state="ok", name="MCP servers", text=text, next="copilot mcp test NAME connects to one.")]


def check_servers() -> list[Check]:
    """The local model servers that answer on their usual ports. They are offered, never chosen."""
    found = [
        Check(
            state="ok",
            name=server.name,
            text=f"answers at {server.base_url}, models: {count}",
            next=f"To use it: --provider compatible --base-url {server.base_url}",
        )
        for server, count in answering()
    ]
    names = ", ".join(server.name for server in LOCAL_SERVERS)
    return found or [Check(state="none", name="local servers", text=f"none answers ({names})")]


def check_fence(home: Home, environ: Mapping[str, str], platform: str, settings: Settings) -> list[Check]:
    """What stands between a script and the rest of this machine, by doing it; and how previews are made."""
    from copilot.assembly.fencing import fences_of
    from copilot.vocabulary.confinement import Fence, fence_words, view_words

    fences = fences_of(home, environ, platform, settings.run)
    here, proposed = fences.here(), fences.proposed() or Fence()
    words = fence_words(proposed)
    if here.files and not proposed.confined:
        words += " (config.toml: [run] confined)"
    missing = " ".join(here.missing)
    return [
        Check(state="ok" if proposed.confined else "none", name="confinement", text=words, next=missing),
        Check(
            state="ok" if here.view == "overlay" else "none",
            name="preview",
            text=view_words(here.view, here),
        ),
    ]


def check_home(home: Home) -> Check:
    """Where files go, and that they can."""
    text = f"config, projects, logs and scripts go to {home.root}"
    try:
        home.make()
        with tempfile.TemporaryFile(dir=home.root) as probe:
            probe.write(bytes(_ROOM_BYTES))
    except (CopilotError, OSError) as error:
        why = str(error) if isinstance(error, CopilotError) else error.strerror or str(error)
        return Check(
            state="bad",
            name="home",
            text=f"{home.root} cannot be written: {why}",
            next="Choose another folder with --home or COPILOT_HOME.",
            needed=True,
        )
    return Check(state="ok", name="home", text=text, needed=True)


def all_checks(home: Home, environ: Mapping[str, str], platform: str, vault: Vault) -> list[Check]:
    """Every check, in the order in which they are told."""
    checks = [
        check_python((sys.version_info.major, sys.version_info.minor, sys.version_info.micro)),
        check_display(environ, platform),
        check_shells(find_shells(environ, platform)),
        *check_packages(),
        check_home(home),
    ]
    settings, notices = load_settings(home)
    checks += [Check(state="bad", name="config.toml", text=notice) for notice in notices]
    checks += check_fence(home, environ, platform, settings)
    checks += check_mcp(settings)
    try:
        keys = HeldKeys(environ, home, vault)
    except ConfigError as error:
        return [*checks, Check(state="bad", name="keys", text=str(error), next=error.hint)]
    return [*checks, *check_keys(keys), check_choice(environ, settings, keys), *check_servers()]


def _package(name: str, module: str) -> Check:
    try:
        there = util.find_spec(module) is not None
        version = metadata.version(name)
    except (ImportError, metadata.PackageNotFoundError):
        there, version = False, ""
    if there:
        return Check(state="ok", name=name, text=version)
    return Check(state="none", name=name, text="not installed", next="Install Copilot again to get it.")
