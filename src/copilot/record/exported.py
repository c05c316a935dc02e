"""What an export shows beside the messages: what became of each call, and what it all cost."""

from collections.abc import Mapping
from typing import Literal

from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.run_events import RunChange
from copilot.vocabulary.values import Usage

ExportFormat = Literal["markdown", "html", "json"]
ENDINGS: Mapping[ExportFormat, str] = {"markdown": ".md", "html": ".html", "json": ".json"}
"""Of each one's file."""


@frozen
class CallFacts:
    """What is known of one tool call. `approval` says who answered and how, `edit` is the person's diff."""

    approval: str = ""
    edit: str = ""
    changes: tuple[RunChange, ...] = ()
    more: int = 0
    seconds: float | None = None
    exit_code: int | None = None


@frozen
class Cost:
    """Requests to one model. `unpriced` of them have no known price and are not in `usd`."""

    model: str
    requests: int
    usage: Usage
    usd: float
    unpriced: int = 0


@frozen
class Exported:
    """A branch, or all that a session said, ready to be written out. Keys are already taken out.

    `attachments` are bytes by SHA-256; `calls` by call id.
    """

    scope: Literal["branch", "session"]
    project: str
    name: str
    discussion: Discussion
    system_prompt: str = ""
    attachments: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    calls: Mapping[str, CallFacts] = field(default_factory=dict[str, CallFacts])
    costs: tuple[Cost, ...] = ()

    @property
    def title(self) -> str:
        """In one line."""
        if self.scope == "session":
            return f"{self.project}: session {self.name}"
        return f"{self.project}: {self.name}"
