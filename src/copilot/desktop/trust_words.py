"""What a project brings along, in words."""

from copilot.desktop.text import one_line
from copilot.vocabulary.events import TrustAsked
from copilot.vocabulary.trusts import TrustState

STATES: dict[TrustState, str] = {
    "asked": "not used: not trusted yet",
    "trusted": "trusted: it counts",
    "refused": "not used: refused",
}


def trust_words(event: TrustAsked) -> str:
    """What waits to be trusted, and where it can be."""
    names = ", ".join(f"{one_line(one.name, 40)} ({one_line(one.waits, 200)})" for one in event.waiting[:3])
    more = f" and {len(event.waiting) - 3} more" if len(event.waiting) > 3 else ""
    return f"Not used until you trust it: {names}{more}. Session, Trust this project shows what it says."
