"""What the window says of MCP servers, and takes of one that is typed. No Dear PyGui here."""

import shlex
import textwrap
from collections.abc import Iterator

from copilot.assembly.mcp_desk import ServerState, ServerTold
from copilot.desktop.approval_words import diff_rows
from copilot.desktop.palette import Tone
from copilot.desktop.text import plural, shown
from copilot.desktop.typed import Wrong
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.mcp import McpServer

_STATES: dict[ServerState, tuple[str, Tone]] = {
    "off": ("off", "dim"),
    "file": (".mcp.json not trusted", "amber"),
    "connecting": ("connecting…", "accent_bright"),
    "failed": ("not used: it failed", "red"),
    "no tools": ("offers no tool", "dim"),
    "asked": ("not trusted yet", "amber"),
    "changed": ("its words changed", "amber"),
    "refused": ("refused", "dim"),
    "trusted": ("in use", "green"),
}
_HOW = "Write its name, then the command that starts it, or its address."
_SIGNS = {"added": "+ ", "removed": "- "}


@frozen(kw_only=False)
class Said:
    """A line of what is told of a server; `fill` is the kind of a diff's row, "" for none."""

    words: str
    tone: Tone
    fill: str = ""


def state_words(told: ServerTold) -> tuple[str, Tone]:
    """How it stands with a server, in a few words, and their colour."""
    words, tone = _STATES[told.state]
    return (plural(len(told.tools), "tool"), tone) if told.state == "trusted" else (words, tone)


def about_words(told: ServerTold) -> str:
    """What the person can do about it, in a sentence."""
    match told.state:
        case "off":
            return told.trouble or "Switched off in config.toml (enabled = false)."
        case "file":
            return "This folder's .mcp.json names it. It is not started before you trust that file."
        case "connecting":
            return "It is being started, and asked what it offers."
        case "failed":
            return "None of its tools is offered. Other servers are not concerned."
        case "no tools":
            return "It is connected, and offers nothing that can be used."
        case "asked":
            return (
                "None of its tools is offered before you trust these very words, which the model would read."
            )
        case "changed":
            return "It says something else than you trusted: none of its tools is offered until you answer."
        case "refused":
            return "You refused these words: none of its tools is offered."
        case "trusted":
            return "These words are trusted, and pinned: when one of them changes you are asked again."


def detail(told: ServerTold, columns: int) -> list[Said]:
    """Everything that there is to say of a server, in lines of at most so many characters."""
    found = [Said(line, "red") for line in _wrapped(told.trouble, columns) if told.state == "failed"]
    warnings = (*told.notices, *(told.item.warnings if told.item is not None else ()))
    for warning in dict.fromkeys(warnings):
        found += [Said(line, "amber") for line in _wrapped(f"! {warning}", columns)]
    if found:
        found.append(Said("", "dim"))
    if told.item is None:
        return found
    if told.item.diff:
        return [*found, *_diff(told.item.diff, columns)]
    for line in told.item.text.split("\n"):
        tone = _tone(line, told.tools)
        if tone == "strong" and found and found[-1].words:
            found.append(Said("", "dim"))
        found += [Said(part, tone) for part in _wrapped(line, columns) or [""]]
    return found


def typed_server(words: str) -> "McpServer | Wrong | None":
    """A server as a person types it: `files npx -y some-server .`, `tickets https://example.org/mcp`.

    None while nothing is typed.
    """
    from copilot.projects.mcp_tables import servers_in

    try:
        parts = shlex.split(words)
    except ValueError:
        return Wrong("a quote is not closed")
    if not parts:
        return None
    if len(parts) < 2:
        return Wrong(_HOW)
    name, first, *rest = parts
    is_url = first.startswith(("http://", "https://"))
    if is_url and rest:
        return Wrong("an address stands alone; headers belong in config.toml")
    table = {"url": first} if is_url else {"command": first, "args": rest}
    servers, faults = servers_in({name: table})
    return servers[0] if servers else Wrong(faults[0].reason if faults else _HOW)


def _tone(line: str, tools: tuple[str, ...]) -> Tone:
    if line.startswith("arguments: "):
        return "dim"
    name, colon, _ = line.partition(": ")
    return "strong" if colon and name in tools else "text"


def _diff(diff: str, columns: int) -> Iterator[Said]:
    for row in diff_rows(diff):
        sign = _SIGNS.get(row.kind, "  ")
        tone: Tone = "accent_bright" if row.kind == "hunk" else "text"
        for part in _wrapped(row.text, columns - 2) or [""]:
            yield Said(sign + part, tone, row.kind)


def _wrapped(words: str, columns: int) -> list[str]:
    return textwrap.wrap(
        shown(words), max(20, columns), drop_whitespace=False, replace_whitespace=False, tabsize=4
    )
