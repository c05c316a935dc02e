"""The events that tell of rules and of trust; `events` names them with all the others."""

from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.event_base import Event
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.policies import PolicyRule, RuleProposal
from copilot.vocabulary.slash import SlashCommand
from copilot.vocabulary.trusts import TrustItem


@frozen
class RuleProposed(Event):
    """The answer to `ProposeRule`: rules that would cover the request `approval`, the narrowest first.

    None where no rule can; `trouble` says why.
    """

    request_id: str
    approval: str
    proposals: tuple[RuleProposal, ...] = ()
    trouble: str = ""


@frozen
class RuleAdded(Event):
    """A rule stands in `config.toml` from now on, and counts for the next request."""

    request_id: str
    rule: PolicyRule


@frozen
class TrustAsked(Event):
    """Everything in the project that counts only where it is trusted, as it is now; replaces what was known.

    `budget` is how many bytes of instructions are taken in all. `commands` are those that `/name` calls now,
    `assistants` those of the project that may be asked now.
    """

    base_dir: str
    items: tuple[TrustItem, ...]
    budget: int = 0
    commands: tuple[SlashCommand, ...] = ()
    assistants: tuple[Assistant, ...] = ()

    @property
    def waiting(self) -> tuple[TrustItem, ...]:
        """What has no answer yet."""
        return tuple(item for item in self.items if item.state == "asked")
