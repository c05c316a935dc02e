"""Adding a rule to the person's `config.toml`: everything that stands there stays, byte for byte."""

from copilot.projects import toml_file
from copilot.projects.home import Home
from copilot.projects.policy_tables import KEY, rule_toml, rules_in
from copilot.projects.toml_file import Flaw
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule

_LOCK_NAME = ".config.lock"
_LOCK_SECONDS = 5.0


def add_rule(home: Home, rule: PolicyRule, *, disk: Disk = SYSTEM_DISK) -> PolicyRule:
    """Add a rule at the end of `config.toml`; the rule as it stands there, with a name that no other has.

    Raises StorageError, also for a file that is no TOML or where a table at the end would mean another thing.
    """
    home.make()
    with hold(home.root / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        target = home.config.resolve()
        sweep_temps(target, disk=disk)
        try:
            data = home.config.read_bytes() if home.config.exists() else b""
        except OSError as error:
            raise storage_error("reading", home.config, error) from error
        parsed = toml_file.parse(data)
        if isinstance(parsed, Flaw):
            raise StorageError(
                f"{home.config} cannot be used: {parsed}; no rule was added", "Put it right first."
            )
        known = rules_in(parsed[1].get(KEY))[0]
        if (same := _known(rule, known)) is not None:
            return same
        rule = replace(rule, name=_free_name(rule.name, {one.name for one in known}))
        new = _with_rule(data, rule)
        after = toml_file.parse(new)
        if isinstance(after, Flaw) or rules_in(after[1].pop(KEY, None))[0] != (*known, rule):
            raise _not_here(home)
        before = parsed[1]
        before.pop(KEY, None)
        if after[1] != before:
            raise _not_here(home)
        write_atomic(target, new, disk=disk)
    return rule


def _not_here(home: Home) -> StorageError:
    return StorageError(
        f"{home.config} is laid out in a way that takes no rule at its end; it was left as it is",
        "Write rules as [[policy]] tables, each by itself.",
    )


def _known(rule: PolicyRule, known: tuple[PolicyRule, ...]) -> PolicyRule | None:
    """A rule that is there already and says the same."""
    return next((one for one in known if replace(one, name=rule.name) == rule), None)


def _free_name(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free


def _with_rule(data: bytes, rule: PolicyRule) -> bytes:
    crlf = b"\r\n" in data and b"\n" not in data.replace(b"\r\n", b"")
    text = rule_toml(rule)
    gap = "" if not data.strip() else "\n" if data.endswith(b"\n") else "\n\n"
    added = (gap + text).encode()
    return data + (added.replace(b"\n", b"\r\n") if crlf else added)
