"""The rules that can be used, as values."""

from collections.abc import Mapping

from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.policies import PolicyRule, RuleSource
from copilot.vocabulary.readings import Effect


@frozen(kw_only=False)
class CheckedRule:
    """A rule that fits its examples, and whose it is.

    One that should stop something and does not fit them asks about everything instead: `holds` is False.
    """

    rule: PolicyRule
    source: RuleSource = "person"
    holds: bool = True


@frozen
class RuleSet:
    """Rules that can be used. `own` is what the words of each allowed command do by themselves.

    `notices` tell of those that are not used, for the person.
    """

    rules: tuple[CheckedRule, ...] = ()
    own: Mapping[str, frozenset[Effect]] = field(default_factory=dict[str, frozenset[Effect]])
    notices: tuple[str, ...] = ()

    @property
    def strict(self) -> tuple[CheckedRule, ...]:
        """Those that deny, then those that ask."""
        return tuple(one for verdict in ("deny", "ask") for one in self.rules if one.rule.decision == verdict)

    @property
    def allowing(self) -> tuple[CheckedRule, ...]:
        """Those that allow, the person's own first."""
        allowing = [one for one in self.rules if one.rule.decision == "allow"]
        return tuple(sorted(allowing, key=lambda one: one.source != "person"))
