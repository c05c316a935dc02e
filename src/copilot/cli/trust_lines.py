"""What a project brings along that counts only once it is trusted, written out for the terminal."""

from collections.abc import Iterable
from pathlib import Path

from copilot.cli.details import diff_lines, split_lines
from copilot.cli.paint import Paint
from copilot.vocabulary.text import visible
from copilot.vocabulary.trusts import TrustItem

STATES = {"asked": "not used: not trusted yet", "trusted": "trusted", "refused": "not used: refused"}


def item_lines(item: TrustItem, paint: Paint) -> list[str]:
    """One of them in full: every character that is sent or counts, and what it is warned of."""
    head = f"{paint.bold(visible(item.name, keep=''))}  {_cost(item)}  {paint.dim(STATES[item.state])}"
    lines = [head, *(paint.yellow(f"  ! {visible(words, keep='')}") for words in item.warnings)]
    if item.diff:
        return [*lines, "  Changed since you trusted it:", *diff_lines(item.diff, paint)]
    return [*lines, *(f"  {visible(line)}" for line in split_lines(item.text))]


def waiting_line(waiting: Iterable[TrustItem]) -> str:
    """What has no answer yet and what each would cost, in one line; empty where nothing waits."""
    told = [f"{visible(one.name, keep='')} ({_changed(one)}{_cost(one)})" for one in waiting]
    return f"! not used until you trust it: {', '.join(told)}. copilot trust shows it" if told else ""


def _changed(item: TrustItem) -> str:
    return "changed since you trusted it; " if item.diff else ""


def _cost(item: TrustItem) -> str:
    match item.kind:
        case "rules":
            return "rules for what runs unasked"
        case "servers":
            return "MCP servers, which are programs that it starts or addresses that it sends to"
        case "tools":
            return f"what an MCP server says of its tools, about {item.tokens:,} tokens in each request"
        case "instructions":
            return f"instructions, about {item.tokens:,} tokens in each request"
        case "command":
            return f"words for /{Path(item.name).stem}, about {item.tokens:,} tokens where you call it"
        case "skill":
            return f"a skill, whose line of about {item.tokens:,} tokens is in each request"
        case "assistant":
            return f"an assistant: what {Path(item.name).stem} is told, about {item.tokens:,} tokens"
