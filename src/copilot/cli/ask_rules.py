"""`--allow` and `--deny`: rules for one call, in the language of the `[[policy]]` tables of config.toml."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from copilot.vocabulary.patterns import late

if TYPE_CHECKING:
    from copilot.vocabulary.policies import PolicyRule

_TABLE = late(r"\s*(?:tool|command|pattern|paths|effects)\s*=")

_HINT = (
    'A rule is the beginning of a command, as --allow "git log", or the keys of a [[policy]] table, '
    'as --allow \'tool = "write_file", paths = "docs/**"\'.'
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The two options."""
    group = parser.add_argument_group("rules for this call")
    for name, words in (
        ("allow", "let pass unasked what begins with this command"),
        ("deny", "reject it without asking; this wins over every --allow"),
    ):
        group.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="RULE",
            help=f"{words}; or the keys of a [[policy]] table; may be given several times",
        )


def rules_of(allow: Sequence[str], deny: Sequence[str]) -> "tuple[PolicyRule, ...]":
    """The rules of the options. Raises ConfigError for one that is none."""
    return (
        *(_rule("deny", text) for text in dict.fromkeys(deny)),
        *(_rule("allow", text) for text in dict.fromkeys(allow)),
    )


def _rule(decision: Literal["allow", "deny"], text: str) -> "PolicyRule":
    from copilot.projects.policy_tables import rules_in
    from copilot.projects.validation import dotted
    from copilot.vocabulary.errors import ConfigError

    name = f"--{decision} {text}"
    table = _keys(text) if _TABLE.match(text) else {"command": text}
    if table is None or {"name", "decision"} & table.keys():
        raise ConfigError(f"{name} is no rule", _HINT)
    rules, faults = rules_in([{**table, "name": name, "decision": decision}])
    for fault in faults:
        told = f"{dotted(fault.path[2:])}: {fault.reason.partition(', in the rule ')[0]}"
        raise ConfigError(f"{name} is no rule: {told}", _HINT)
    return rules[0]


def _keys(text: str) -> dict[str, object] | None:
    """The keys of an inline table; None where it is none."""
    import tomllib

    try:
        found = tomllib.loads(f"rule = {{{text}}}")
    except tomllib.TOMLDecodeError:
        return None
    return found["rule"] if found.keys() == {"rule"} else None
