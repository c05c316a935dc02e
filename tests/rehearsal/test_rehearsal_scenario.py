"""Scenario files: what is read, what is refused and how it is said, which rule fits."""

from pathlib import Path
from typing import Any

import pytest

from copilot.rehearsal.asked import Asked, Refusal, Result
from copilot.rehearsal.matching import Answer, Call, Say, Think, Wait, choose, exit_code, fill, pieces
from copilot.rehearsal.scenario import SHIPPED, Scenario, load_scenario, parse_scenario, shipped
from copilot.vocabulary.errors import ConfigError


def asked(text: str = "hello", *results: Result, **more: Any) -> Asked:
    fields: dict[str, Any] = {
        "protocol": "anthropic",
        "model": "m",
        "text": text,
        "results": results,
        "offered": ("read_file", "run_shell"),
        "round": 1,
        "stream": True,
        "show_thinking": True,
        "prefix": "",
        "blocks": (),
    }
    return Asked(**{**fields, **more})


def result(text: str, tool: str = "run_shell") -> Result:
    return Result(call_id="c", tool=tool, text=text)


def answers(scenario: Scenario, request: Asked, number: int = 1) -> str:
    """The text that a scenario answers with."""
    rule = scenario.rules[choose(scenario.rules, request, number, {})]
    return "".join(p.text for p in fill(scenario, rule, request, 1).parts if isinstance(p, Say))


TEXT = 'answer = [{ text = "a" }]'
BROKEN: dict[str, tuple[str, str]] = {
    "not TOML": ("[[rule]]\nanswer = ", "not TOML: Invalid value (at end of document)"),
    "no rules": ("delay = 1", "rule: Field required"),
    "unknown word": (f"colour = 1\n[[rule]]\n{TEXT}", "colour: Extra inputs are not permitted"),
    "second rule": (
        f"[[rule]]\n{TEXT}\n\n[[rule]]\nwhen = {{ ask = 'x' }}\n{TEXT}",
        "line 4, rule 2: when.ask: Extra inputs are not permitted",
    ),
    "pattern": (
        f"[[rule]]\nwhen = {{ asked_regex = '(' }}\n{TEXT}",
        "line 1, rule 1: when.asked_regex: not a regular expression: missing ), unterminated subpattern "
        "at position 0",
    ),
    "protocol": (
        f"[[rule]]\nwhen = {{ protocol = 'smtp' }}\n{TEXT}",
        "line 1, rule 1: when.protocol.1: Input should be 'anthropic', 'gemini', 'openai' or 'compatible'",
    ),
    "no answer": ("[[rule]]\nname = 'x'", "line 1, rule 1: needs either answer or step"),
    "empty answer": ("[[rule]]\nanswer = []", "line 1, rule 1: needs either answer or step"),
    "answer and step": (
        f"[[rule]]\n{TEXT}\n[[rule.step]]\n{TEXT}",
        "line 1, rule 1: needs either answer or step",
    ),
    "empty step": ("[[rule]]\n[[rule.step]]\nanswer = []", "line 1, rule 1: answer: is empty"),
    "part": (
        '[[rule]]\nanswer = [{ text = "a" }, { say = "b" }]',
        "line 1, rule 1: answer.2: needs one of text, thinking, call, unknown, wait, finish, fault",
    ),
    "part's field": (
        '[[rule]]\nanswer = [{ text = "a", speed = 1 }]',
        "line 1, rule 1: answer.1.speed: Extra inputs are not permitted",
    ),
    "fault": (
        '[[rule]]\nanswer = [{ fault = "fire" }]',
        "line 1, rule 1: answer.1.fault: Input should be 'status', 'html', 'empty', 'silent', 'bomb', "
        "'garbled', 'twice', 'drop', 'reset', 'end', 'cut', 'stall', 'trickle', "
        "'error' or 'malformed'",
    ),
    "late status": (
        '[[rule]]\nanswer = [{ text = "a" }, { fault = "status", status = 500 }]',
        "line 1, rule 1: answer.2.fault: 'status' must come first, before anything is sent",
    ),
    "capture": (
        "[[rule]]\nwhen = { asked_regex = '(?P<name>x)' }\nanswer = [{ text = '{{name}} {{nam}}' }]",
        "line 1, rule 1: answer.1: {{nam}} is caught by no regular expression of the rule",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_scenario_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    text, message = BROKEN[name]
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}")
    assert caught.value.hint == "docs/rehearsal.md describes the format."


def test_a_file_that_is_not_there_and_one_that_is_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load_scenario(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"odd\.toml: cannot be read"):
        load_scenario(tmp_path / "odd.toml")


def test_the_shipped_ones_load_and_another_name_says_which_there_are() -> None:
    assert [shipped(name).title for name in SHIPPED] == ["Welcome", "The tour", "The calculator"]
    with pytest.raises(ConfigError) as caught:
        shipped("../tour")
    assert caught.value.hint == "There are: welcome, tour, calculator."


CONDITIONS: dict[str, tuple[str, Asked, Asked]] = {
    "asked": ("asked = 'BREAD'", asked("some bread?"), asked("some milk?")),
    "asked_regex": ("asked_regex = '^a.c$'", asked("abc"), asked("abcd")),
    "tool": ("tool = 'run_shell'", asked("x", result("")), asked("x", result("", "read_file"))),
    "tools": ("tool = ['a', 'b']", asked("x", result("", "b")), asked("x")),
    "result": ("result = 'failed'", asked("x", result("FAILED (1)")), asked("x", result("OK"))),
    "result_regex": ("result_regex = 'F.+d'", asked("x", result("Failed")), asked("x", result("FAILED"))),
    "exit_code": ("exit_code = 0", asked("x", result("exit code: 0")), asked("x", result("exit code: 1"))),
    "any failure": (
        "exit_code = 'failed'",
        asked("x", result("exit code 3")),
        asked("x", result("exit code 0")),
    ),
    "one result has all": (
        "tool = 'run_shell'\nresult = 'OK'",
        asked("x", result("OK", "read_file"), result("OK")),
        asked("x", result("OK", "read_file"), result("FAILED")),
    ),
    "offered": ("offered = ['run_shell']", asked(), asked(offered=("run_powershell",))),
    "missing": ("missing = 'run_powershell'", asked(), asked(offered=("run_powershell",))),
    "round": ("round = [2, 3]", asked(round=3), asked(round=1)),
    "protocol": ("protocol = 'gemini'", asked(protocol="gemini"), asked()),
    "model": ("model = 'opus'", asked(model="claude-opus-5-5"), asked()),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_holds_or_not(name: str) -> None:
    condition, fits, not_fits = CONDITIONS[name]
    scenario = parse_scenario(
        f"[[rule]]\nanswer=[{{text='yes'}}]\n[rule.when]\n{condition}\n[[rule]]\nanswer=[{{text='no'}}]"
    )
    assert (answers(scenario, fits), answers(scenario, not_fits)) == ("yes", "no")


def test_the_n_th_request_and_a_number_of_times() -> None:
    scenario = parse_scenario(
        "[[rule]]\nwhen = { request = 2 }\nanswer = [{ text = 'second' }]\n"
        "[[rule]]\nwhen = { times = 1 }\nanswer = [{ text = 'once' }]\n"
        "[[rule]]\nanswer = [{ text = 'else' }]"
    )
    assert [choose(scenario.rules, asked(), n, used) for n, used in ((1, {}), (2, {}), (3, {1: 1}))] == [
        1,
        0,
        2,
    ]


def test_steps_follow_the_rounds_of_a_turn() -> None:
    scenario = parse_scenario(
        "[[rule]]\nname = 'work'\nwhen = { asked = 'work' }\n"
        "[[rule.step]]\nanswer = [{ text = 'one' }]\n"
        "[[rule.step]]\nwhen = { result = 'good' }\nanswer = [{ text = 'two' }]\n"
        "[[rule]]\nanswer = [{ text = 'lost' }]"
    )
    assert [rule.name for rule in scenario.rules] == ["work, step 1", "work, step 2", ""]
    assert answers(scenario, asked("work")) == "one"
    assert answers(scenario, asked("work", result("all good"), round=2)) == "two"
    assert answers(scenario, asked("work", result("bad"), round=2)) == "lost"
    assert answers(scenario, asked("work", result("all good"), round=3)) == "lost"


def test_captures_fill_text_thinking_and_arguments() -> None:
    scenario = parse_scenario(
        "[[rule]]\n"
        "when = { asked_regex = 'add (?P<a>[0-9]+)', result_regex = 'sum (?P<sum>[0-9]+)' }\n"
        "answer = [{ thinking = '{{a}}' }, { text = '{{ sum }} {{asked}}' }, { wait = 1 },"
        " { call = 'read_file', arguments = { deep = [{ path = '{{a}}.py', n = 3 }] } }]"
    )
    request = asked("add 12", result("no"), result("sum 30"))
    answer = fill(scenario, scenario.rules[0], request, 7)
    assert answer == Answer(
        parts=(
            Think(pieces=("12",), delay=0, redacted=False),
            Say(pieces=("30 add 12",), delay=0),
            Wait(seconds=1),
            Call(tool="read_file", arguments={"deep": [{"path": "12.py", "n": 3}]}, raw=None),
        ),
        rule="",
        finish="",
        number=7,
    )


def test_a_captured_text_cannot_ask_for_another_capture() -> None:
    scenario = parse_scenario("[[rule]]\nanswer = [{ text = 'You said: {{asked}}' }]")
    assert answers(scenario, asked("{{asked}} {{x}}")) == "You said: {{asked}} {{x}}"


def test_pieces_keep_every_character() -> None:
    text = "  one two\n\nthree " + "x" * 40 + "\n"
    assert "".join(pieces(text, 6)) == text
    assert pieces("one two three", 6) == ("one two ", "three")
    assert pieces("", 6) == ()


def test_exit_codes_are_found_however_they_are_said() -> None:
    said = [
        "exit code: 1",
        "Exit code 0",
        "exited with code -9",
        "exit_code=2",
        "exit status 3",
        "exited with 4",
    ]
    assert [exit_code(text) for text in said] == [1, 0, -9, 2, 3, 4]
    assert exit_code("no code, 5 files, exit") is None


def test_no_rule_is_said_with_what_was_asked() -> None:
    scenario = parse_scenario(f"[[rule]]\nwhen = {{ asked = 'x' }}\n{TEXT}")
    with pytest.raises(
        Refusal, match=r"no rule fits request 4 \(round 1, asked 'hello', run_shell gave 'ok'\)"
    ):
        choose(scenario.rules, asked("hello", result("ok")), 4, {})
