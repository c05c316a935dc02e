"""What a project brings along, in words."""

from copilot.desktop.text import one_line, plural
from copilot.vocabulary.events import TrustAsked
from copilot.vocabulary.trusts import TrustItem, TrustState

STATES: dict[TrustState, str] = {
    "asked": "not used: not trusted yet",
    "trusted": "trusted: it counts",
    "refused": "not used: refused",
}


def trust_words(event: TrustAsked) -> str:
    """What waits to be trusted, and where it can be."""
    names = ", ".join(
        f"{one_line(one.name, 40)} ({_changed(one)}{cost_words(one)})" for one in event.waiting[:3]
    )
    more = f" and {len(event.waiting) - 3} more" if len(event.waiting) > 3 else ""
    return f"Not used until you trust it: {names}{more}. Session, Trust this project shows what it says."


def _changed(item: TrustItem) -> str:
    return "changed since you trusted it; " if item.diff else ""


def cost_words(item: TrustItem) -> str:
    """What it is, and what it costs."""
    match item.kind:
        case "rules":
            return "rules for what runs unasked"
        case "servers":
            return "MCP servers, which are programs that it starts or addresses that it sends to"
        case "tools":
            return f"what an MCP server says of its tools, {plural(item.tokens, 'token')} in each request"
        case "instructions":
            return f"instructions, about {plural(item.tokens, 'token')} in each request"
        case "command":
            name = item.name.rpartition("/")[2].removesuffix(".md")
            return f"words for /{name}, {plural(item.tokens, 'token')} where you call it"
        case "skill":
            return f"a skill, whose line of {plural(item.tokens, 'token')} is in each request"
        case "assistant":
            name = item.name.rpartition("/")[2].removesuffix(".md")
            return f"an assistant: what {name} is told, {plural(item.tokens, 'token')} where you ask it"
