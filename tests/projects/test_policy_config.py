"""`[[policy]]` in config.toml: read tolerantly, added to without touching what stands there."""

from pathlib import Path

import pytest

from copilot.projects.config import flush_settings, load_settings
from copilot.projects.home import Home
from copilot.projects.policy_edit import add_rule
from copilot.projects.policy_tables import rule_toml, rules_in
from copilot.projects.toml_file import Flaw, parse
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule

RULE = PolicyRule(
    name="tests'",
    decision="allow",
    tools=("run_shell",),
    commands=("pytest -q", 'echo "it\'s"'),
    patterns=("a\nb",),
    paths=("tests/**", "C:\\x"),
    effects=("reads", "unknown"),
    examples=("x" * 200, "y"),
    counterexamples=("rm \x7f",),
)


def written(home: Home, words: str) -> None:
    home.config.write_bytes(words.encode())


def test_a_rule_comes_back_from_its_table() -> None:
    parsed = parse(rule_toml(RULE).encode())
    assert not isinstance(parsed, Flaw)
    assert rules_in(parsed[1]["policy"]) == ((RULE,), ())


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# mine\nprovider = 'openai' # so\n[limits]\nattempts = 3",
        'window.theme = "light"\r\n\r\n[[policy]]\r\ndecision = "deny"\r\ncommand = "rm"\r\n',
    ],
)
def test_adding_a_rule_leaves_every_byte_that_stood_there(tmp_path: Path, before: str) -> None:
    home = Home(root=tmp_path).make()
    written(home, before)
    old = load_settings(home)[0]
    kept = add_rule(home, RULE)
    now = home.config.read_bytes()
    assert now.startswith(before.encode())
    settings, notices = load_settings(home)
    assert notices == ()
    assert settings == replace(old, rules=(*old.rules, kept))
    assert add_rule(home, RULE) == kept
    assert home.config.read_bytes() == now
    assert flush_settings(home, replace(settings, theme="light")) == ()
    assert load_settings(home)[0].rules == settings.rules


def test_another_rule_of_the_name_gets_another_name(tmp_path: Path) -> None:
    home = Home(root=tmp_path).make()
    add_rule(home, RULE)
    assert add_rule(home, replace(RULE, commands=("ls",))).name == "tests' (2)"


@pytest.mark.parametrize(
    "before", ["x = [", 'policy = [{ decision = "deny", command = "rm" }]\n', "policy = 3\n"]
)
def test_where_no_rule_can_be_added_the_file_stays(tmp_path: Path, before: str) -> None:
    home = Home(root=tmp_path).make()
    written(home, before)
    with pytest.raises(StorageError):
        add_rule(home, RULE)
    assert home.config.read_bytes() == before.encode()


def test_a_rule_with_anything_wrong_is_named_and_left_out(tmp_path: Path) -> None:
    home = Home(root=tmp_path).make()
    written(
        home,
        "[[policy]]\n"
        'name = "log"\n'
        'comand = "git log"\n'
        'decision = "allow"\n'
        "[[policy]]\n"
        'decision = "perhaps"\n'
        "[[policy]]\n"
        'name = "odd"\n'
        'command = "ls"\n'
        "[[policy]]\n"
        'name = "good"\n'
        'decision = "deny"\n'
        'effects = "network"\n',
    )
    settings, notices = load_settings(home)
    assert [(rule.name, rule.decision) for rule in settings.rules] == [
        ("rule 2", "ask"),
        ("odd", "ask"),
        ("good", "deny"),
    ]  # what may have been there to stop something asks about everything; what allowed is gone
    assert settings.rules[1] == PolicyRule(name="odd", decision="ask")
    assert settings.rules[2].effects == ("network",)
    assert "everything asks" not in notices[0]
    assert all("until it is put right, everything asks" in notice for notice in notices[1:])
    assert len(notices) == 3
    assert notices[0].startswith("config.toml, line 3, column 1: policy[1].comand: unknown key")
    assert "in the rule 'log'" in notices[0]
    assert all("This rule is not used" in notice for notice in notices)
