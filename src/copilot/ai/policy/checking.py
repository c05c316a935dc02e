"""Rules made ready: each is held against its own examples; one that means something else is not used."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from copilot.ai.policy.judging import judge
from copilot.ai.policy.parts import Asked, Reader, asked
from copilot.ai.policy.rules import CheckedRule, RuleSet
from copilot.vocabulary.approvals import FileWriteDetail, ScriptDetail
from copilot.vocabulary.policies import PolicyRule, RuleSource
from copilot.vocabulary.readings import Effect
from copilot.vocabulary.values import ShellName

MOST_RULES = 500
"""Rules that are used; the rest is named."""

_FILES: Mapping[RuleSource, str] = {"person": "config.toml", "project": "the project's own file"}


def checked(
    person: Iterable[PolicyRule],
    project: Iterable[PolicyRule],
    read: Reader,
    shell: ShellName,
    base_dir: str,
) -> RuleSet:
    """The rules that can be used. A script of an example is read as one for `shell`."""
    used: list[CheckedRule] = []
    notices: list[str] = []
    own: dict[str, frozenset[Effect]] = {}
    sources: tuple[tuple[RuleSource, Iterable[PolicyRule]], ...] = (("person", person), ("project", project))
    for source, rules in sources:
        for rule in rules:
            one = CheckedRule(rule, source)
            own |= _own_effects(rule, read, shell, base_dir)
            why = _flaw(one, own, read, shell, base_dir)
            if len(used) >= MOST_RULES:
                why = f"there are more than {MOST_RULES} rules"
            if not why:
                used.append(one)
                continue
            strict = rule.decision != "allow"
            until = " Until it is put right, everything asks." if strict else ""
            notices.append(f"The rule {rule.name!r} in {_FILES[source]} is not used: {why}.{until}")
            if strict:  # what it was to stop must not pass
                asks = PolicyRule(name=rule.name, decision="ask", tools=rule.tools)
                used.append(CheckedRule(asks, source, holds=False))
    return RuleSet(rules=tuple(used), own=own, notices=tuple(notices))


def flaw(rule: PolicyRule, read: Reader, shell: ShellName, base_dir: str) -> str:
    """Why a rule of the person's could not be used; "" where it can."""
    own = _own_effects(rule, read, shell, base_dir)
    return _flaw(CheckedRule(rule), own, read, shell, base_dir)


def _own_effects(
    rule: PolicyRule, read: Reader, shell: ShellName, base_dir: str
) -> dict[str, frozenset[Effect]]:
    if rule.decision != "allow":
        return {}
    return {
        command: frozenset(read(script_of(command, shell, base_dir)).effects) for command in rule.commands
    }


def _allows_everything(rule: PolicyRule) -> bool:
    """Whether nothing bounds a rule: `*` is no bound, but for a tool that it names."""
    named = (*rule.patterns, *rule.paths)
    if rule.commands or rule.effects or any(one.strip("*/") for one in named):
        return False
    return not named or all(not tool.strip("*") for tool in rule.tools)


def _flaw(
    one: CheckedRule, own: Mapping[str, frozenset[Effect]], read: Reader, shell: ShellName, base_dir: str
) -> str:
    """Why a rule is not used; "" where it is."""
    rule = one.rule
    if rule.decision == "allow" and _allows_everything(rule):
        return "it allows everything; say a command, a pattern, paths or effects"
    if rule.decision == "allow" and any(not command.strip() for command in rule.commands):
        return "one of its commands is empty"
    alone = RuleSet(rules=(one,), own=own)

    def matches(example: str) -> bool:
        said = judge(alone, of_example(rule, example, read, shell, base_dir))
        return said.verdict == rule.decision and said.rule == rule.name

    for example in rule.examples:
        if not matches(example):
            return f"it does not match its own example {example!r}"
    for example in rule.counterexamples:
        if matches(example):
            return f"it matches its own counterexample {example!r}"
    return ""


def of_example(rule: PolicyRule, example: str, read: Reader, shell: ShellName, base_dir: str) -> Asked:
    """An example as a request: a script, or a path to write where the rule is about paths alone."""
    about_files = rule.paths and not (rule.commands or rule.patterns or rule.effects)
    tool = rule.tools[0] if rule.tools and not any(c in rule.tools[0] for c in "*?[") else ""
    if about_files:
        written = FileWriteDetail(path=example, content="", diff="", creates=False)
        return asked(tool or _fitting(rule, "write_file"), written, read)
    script = script_of(example, shell, base_dir)
    return asked(tool or _fitting(rule, "run_powershell" if "p" in shell else "run_shell"), script, read)


def _fitting(rule: PolicyRule, tool: str) -> str:
    """A name that the globs of the rule fit, near to `tool`."""
    names = (tool, "run_shell", "run_powershell", "run_python_file", "write_file", "edit_file")
    return next((name for name in names if any(fnmatchcase(name, glob) for glob in rule.tools)), tool)


def script_of(script: str, shell: ShellName, base_dir: str) -> ScriptDetail:
    """A script as it would be asked about."""
    return ScriptDetail(script=script, shell=shell, shell_path=shell, cwd=base_dir, timeout_seconds=1.0)
