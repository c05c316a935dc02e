"""Rules, and what they would have matched, written out for the terminal."""

from datetime import UTC, datetime

from copilot.cli.paint import Paint
from copilot.vocabulary.events import RuleProposed
from copilot.vocabulary.policies import PolicyRule, RuleMatch, RuleProposal
from copilot.vocabulary.text import visible

_SHOWN = 8


def rule_line(rule: PolicyRule, paint: Paint) -> str:
    """A rule in one line."""
    colour = {"allow": paint.green, "deny": paint.red, "ask": paint.yellow}[rule.decision]
    said = [f"{key} {_listed(values)}" for key, values in _facts(rule) if values]
    facts = "; ".join(said) or "everything"
    return f"{colour(f'{rule.decision:<5}')} {visible(rule.name, keep='')}  {paint.dim(facts)}"


def _facts(rule: PolicyRule) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("tool", rule.tools),
        ("command", rule.commands),
        ("pattern", rule.patterns),
        ("paths", rule.paths),
        ("effects", rule.effects),
    )


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(visible(one, keep="") for one in values)


def proposal_lines(event: RuleProposed, paint: Paint) -> list[str]:
    """The proposals, numbered, each with what it would have matched until now."""
    if event.trouble or not event.proposals:
        return [paint.yellow(f"  No rule can allow this: {visible(event.trouble, keep='')}")]
    lines: list[str] = []
    for number, one in enumerate(event.proposals, 1):
        lines.append(f"  {paint.bold(str(number))}  {visible(one.words, keep='')}")
        lines += [f"     {paint.dim(visible(line))}" for line in one.toml.rstrip().split("\n")]
        lines.append(f"     {matched(one)}")
        lines += [f"       {match_line(match, paint)}" for match in one.matches[:_SHOWN]]
        if one.total > _SHOWN:
            lines.append(paint.dim(f"       and {one.total - _SHOWN:,} more"))
    return lines


def matched(one: RuleProposal) -> str:
    """How much of what was asked until now the rule would have let pass."""
    if not one.looked:
        return "The logs hold no request yet that it could have matched."
    what = "request" if one.total == 1 else "requests"
    return f"It would have let pass {one.total:,} {what} of the {one.looked:,} in the logs."


def match_line(match: RuleMatch, paint: Paint) -> str:
    """One request of an earlier session, and where it stands."""
    day = f"{datetime.fromtimestamp(match.at, UTC):%Y-%m-%d}"
    then = {"": "", "approve": ", you approved it", "reject": ", it was rejected"}[match.answered]
    where = f"{match.log}:{match.line}{then}"
    return f"{paint.dim(day)} {visible(match.text, keep='')} {paint.dim(f'({visible(where)})')}"
