"""`[[policy]]`: the tables of rules, in the settings and in a project; a rule that is wrong is left out."""

from collections.abc import Callable, Sequence
from typing import cast

from copilot.projects import toml_text
from copilot.projects.validation import (
    Fault,
    FaultsError,
    list_of,
    one_of,
    refused,
    some_text,
    table,
)
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.readings import EFFECTS, Effect
from copilot.vocabulary.values import Verdict

KEY = "policy"
_LINE = 100
_DECISIONS: tuple[Verdict, ...] = ("allow", "deny", "ask")


def _some(value: object) -> tuple[str, ...]:
    """A text, or a list of some."""
    return (value,) if isinstance(value, str) and value else list_of(some_text)(value)


def _rule(
    decision: Verdict,
    name: str = "",
    tool: tuple[str, ...] = (),
    command: tuple[str, ...] = (),
    pattern: tuple[str, ...] = (),
    paths: tuple[str, ...] = (),
    effects: tuple[Effect, ...] = (),
    examples: tuple[str, ...] = (),
    counterexamples: tuple[str, ...] = (),
) -> PolicyRule:
    return PolicyRule(
        name=name,
        decision=decision,
        tools=tool,
        commands=command,
        patterns=pattern,
        paths=paths,
        effects=effects,
        examples=examples,
        counterexamples=counterexamples,
    )


_effect: Callable[[object], Effect] = one_of(EFFECTS)
_effects = list_of(_effect)


def _some_effects(value: object) -> tuple[Effect, ...]:
    return _effects([value] if isinstance(value, str) else value)


_rule_table: Callable[[object], PolicyRule] = table(
    _rule,
    {
        "name": some_text,
        "decision": one_of(_DECISIONS),
        "tool": _some,
        "command": _some,
        "pattern": _some,
        "paths": _some,
        "effects": _some_effects,
        "examples": _some,
        "counterexamples": _some,
    },
    ("decision",),
)


def rules_in(value: object) -> tuple[tuple[PolicyRule, ...], tuple[Fault, ...]]:
    """The rules of `policy`, and what is wrong with those that are left out. None where there is no such key.

    A rule with anything wrong in it, an unknown key too, is left out: it might allow more than was meant. In
    place of one that may have been there to stop something stands one that asks about everything.
    """
    if value is None:
        return (), ()
    if not isinstance(value, list):
        return (), (Fault(path=(KEY,), reason="rules are written as [[policy]] tables"),)
    rules: list[PolicyRule] = []
    faults: list[Fault] = []
    for place, item in enumerate(cast(list[object], value)):
        try:
            rule = _named(_rule_table(item), place, rules)
        except FaultsError as error:
            whose = _whose(item)
            if _may_stop(item):
                whose += "; until it is put right, everything asks"
                rules.append(PolicyRule(name=_free(item, place, rules), decision="ask"))
            faults += [
                Fault(path=(KEY, place, *one.path), reason=f"{one.reason}{whose}") for one in error.faults
            ]
        else:
            rules.append(rule)
    return tuple(rules), tuple(faults)


def _may_stop(item: object) -> bool:
    """Whether it does not say that it allows."""
    return not isinstance(item, dict) or cast(dict[str, object], item).get("decision") != "allow"


def _free(item: object, place: int, others: list[PolicyRule]) -> str:
    name = _name(item) or f"rule {place + 1}"
    return f"{name} (wrong, {place + 1})" if any(other.name == name for other in others) else name


def _whose(item: object) -> str:
    """Which rule it is, in words, where it says so itself."""
    return f", in the rule {_name(item)!r}" if _name(item) else ""


def _name(item: object) -> str:
    name = cast(dict[str, object], item).get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else ""


def _named(rule: PolicyRule, place: int, others: list[PolicyRule]) -> PolicyRule:
    if not rule.name:
        return replace(rule, name=f"rule {place + 1}")
    if any(other.name == rule.name for other in others):
        raise refused(f"another rule has the name {rule.name!r}", ("name",))
    return rule


def rule_toml(rule: PolicyRule) -> str:
    """The rule as a `[[policy]]` table."""
    lines = [f"[[{KEY}]]", f"name = {_value(rule.name)}", f"decision = {_value(rule.decision)}"]
    for key, values in (("tool", rule.tools), ("command", rule.commands), ("pattern", rule.patterns)):
        if values:
            lines.append(f"{key} = {_value(values[0]) if len(values) == 1 else _list(values)}")
    for key, values in (
        ("paths", rule.paths),
        ("effects", rule.effects),
        ("examples", rule.examples),
        ("counterexamples", rule.counterexamples),
    ):
        if values:
            lines.append(f"{key} = {_list(values)}")
    return "\n".join(lines) + "\n"


def _value(text: str) -> str:
    return toml_text.dumps({"key": text}).removeprefix("key = ").rstrip("\n")


def _list(values: Sequence[str]) -> str:
    """On one line where it fits there."""
    written = [_value(value) for value in values]
    line = f"[{', '.join(written)}]"
    if len(line) <= _LINE and "\n" not in line:
        return line
    return "[\n" + "".join(f"    {one},\n" for one in written) + "]"
