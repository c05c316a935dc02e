"""What a project brings along that counts only once it is trusted, written out for the terminal."""

from collections.abc import Iterable

from copilot.cli.details import diff_lines, split_lines
from copilot.cli.paint import Paint
from copilot.vocabulary.text import visible
from copilot.vocabulary.trusts import TrustItem

STATES = {"asked": "not used: not trusted yet", "trusted": "trusted", "refused": "not used: refused"}


def item_lines(item: TrustItem, paint: Paint) -> list[str]:
    """One of them in full: every character that is sent or counts, and what it is warned of."""
    name, meaning = visible(item.name, keep=""), visible(item.meaning, keep="")
    head = f"{paint.bold(name)}  {meaning}  {paint.dim(STATES[item.state])}"
    lines = [head, *(paint.yellow(f"  ! {visible(words, keep='')}") for words in item.warnings)]
    if item.diff:
        return [*lines, "  Changed since you trusted it:", *diff_lines(item.diff, paint)]
    return [*lines, *(f"  {visible(line)}" for line in split_lines(item.text))]


def waiting_line(waiting: Iterable[TrustItem]) -> str:
    """What has no answer yet and what each would cost, in one line; empty where nothing waits."""
    told = [f"{visible(one.name, keep='')} ({visible(one.waits, keep='')})" for one in waiting]
    return f"! not used until you trust it: {', '.join(told)}. copilot trust shows it" if told else ""
