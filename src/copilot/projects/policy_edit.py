"""Adding a rule to the person's `config.toml`: everything that stands there stays, byte for byte."""

from copilot.projects.config_file import editing
from copilot.projects.home import Home
from copilot.projects.policy_tables import KEY, rule_toml, rules_in
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule

_SHAPE = "Write rules as [[policy]] tables, each by itself."


def add_rule(home: Home, rule: PolicyRule, *, disk: Disk = SYSTEM_DISK) -> PolicyRule:
    """Add a rule at the end of `config.toml`; the rule as it stands there, with a name that no other has.

    Raises StorageError, also for a file that is no TOML or where a table at the end would mean another thing.
    """
    with editing(home, KEY, _SHAPE, disk) as file:
        known = rules_in(file.table)[0]
        if (same := _known(rule, known)) is not None:
            return same
        added = replace(rule, name=_free_name(rule.name, {one.name for one in known}))
        file.append(rule_toml(added), lambda said: rules_in(said)[0] == (*known, added))
    return added


def _known(rule: PolicyRule, known: tuple[PolicyRule, ...]) -> PolicyRule | None:
    """A rule that is there already and says the same."""
    return next((one for one in known if replace(one, name=rule.name) == rule), None)


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free
