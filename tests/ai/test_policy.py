"""Rules: what they let pass, what they stop, what they leave to the person, and the examples they carry."""

from pathlib import Path

import pytest

from copilot.ai.approval import UNCONFINED, Gate, verdict
from copilot.ai.policy.book import RuleBook, read
from copilot.ai.policy.checking import checked, script_of
from copilot.ai.policy.judging import judge
from copilot.ai.policy.parts import asked
from copilot.ai.policy.proposing import propose
from copilot.ai.policy.rules import RuleSet
from copilot.vocabulary.approvals import ApprovalPolicy, ConfirmDialog, Decision, FileWriteDetail
from copilot.vocabulary.confinement import Confinement, Fence
from copilot.vocabulary.errors import RejectedError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule, Ruling
from copilot.vocabulary.values import Project, ShellName

BASE = "/proj"
LOG = PolicyRule(name="log", decision="allow", commands=("git log", "git status"))
TESTS = PolicyRule(name="tests", decision="allow", commands=("pytest",))
FIND = PolicyRule(name="find", decision="allow", commands=("find",))
READS = PolicyRule(name="reads", decision="allow", effects=("reads",))
NO_RM = PolicyRule(name="no rm", decision="deny", commands=("rm -rf",))
NO_NET = PolicyRule(name="no net", decision="deny", effects=("network",))
PUSH = PolicyRule(name="push", decision="ask", commands=("git push",))
ALL = (LOG, TESTS, FIND, READS, NO_RM, PUSH)


def ruled(script: str, *rules: PolicyRule, shell: ShellName = "bash") -> Ruling:
    made = checked(rules, (), read, shell, BASE)
    assert made.notices == ()
    return judge(made, asked("run_shell", script_of(script, shell, BASE), read))


@pytest.mark.parametrize(
    "script",
    [
        "git log -3",
        "git log --oneline\ngit status",
        "git log && pytest -q",
        "pytest -q tests/test_a.py; git status",
        "git log | cat",
        "# what changed\ngit log -1\n",
        "cat README.md",
        "find . -name x.py",
    ],
)
def test_what_every_statement_of_is_allowed_passes(script: str) -> None:
    said = ruled(script, *ALL)
    assert said.verdict == "allow", said.why
    assert said.rule


@pytest.mark.parametrize(
    "script",
    [
        "",
        "ls $(touch x)",
        "git log; touch x",
        "git log > out.txt",
        "git log\ntouch x",
        "GIT_PAGER=evil git log",
        "export PATH=. ; git log",
        "./git log",
        "git -c core.pager=evil log",
        "git log --output=x",
        "pytest `touch x`",
        "pytest $X",
        "pytest & git log",
        "pytest /etc/passwd",
        "pytest ../other",
        "pytest --rootdir=/",
        "find . -delete",
        "find . -exec touch x",
        "cat .env",
        "cat ~/.ssh/id_rsa",
        "cat /etc/passwd",
        "git log\u00a0-3",
        "g\u0456t log",
        "git log\r\ntouch x",
        "if true; then pytest; fi",
        "git() { touch x; }; git log",
        "alias git=touch; git log",
        "git 'log",
        "git log &&",
    ],
)
def test_what_is_more_than_a_rule_says_asks(script: str) -> None:
    said = ruled(script, *ALL)
    assert said.verdict == "ask"
    assert said.why


@pytest.mark.parametrize(
    "script",
    [
        "rm -rf build",
        "rm -r -f build",
        "rm -fr build",
        "rm build -rf",
        "/bin/rm -rf build",
        "r\\m -rf build",
        "'rm' -rf build",
        'r"m" -rf build',
        "sudo rm -rf build",
        "env A=b rm -rf build",
        "A=b rm -rf build",
        "timeout 5 rm -rf build",
        "nohup rm -rf build &",
        "xargs rm -rf < list",
        "bash -c 'rm -rf build'",
        "git log; rm -rf build",
        "git log && (cd x; rm -rf build)",
        "echo $(rm -rf build)",
        "if true; then rm -rf build; fi",
        "find . -name x -exec rm -rf {} +",
    ],
)
def test_one_denied_statement_denies_whatever_it_hides_behind(script: str) -> None:
    said = ruled(script, *ALL)
    assert (said.verdict, said.rule) == ("deny", "no rm"), said.why


def test_a_denied_command_in_a_text_asks() -> None:
    said = ruled("echo 'never rm -rf here'", *ALL)
    assert (said.verdict, said.rule) == ("ask", "no rm")


def test_the_strictest_wins_whatever_the_order() -> None:
    allow = PolicyRule(name="all git", decision="allow", commands=("git push",))
    deny = PolicyRule(name="never", decision="deny", commands=("git push --force",))
    assert ruled("git push", allow, PUSH).verdict == "ask"
    assert ruled("git push", PUSH, allow).rule == "push"
    assert ruled("git push --force", allow, PUSH, deny).verdict == "deny"


def test_effects_stop_what_no_name_does() -> None:
    assert ruled("curl example.org", NO_NET, READS).verdict == "deny"
    assert ruled("git log", NO_NET, LOG).verdict == "allow"


def test_a_rule_covers_what_its_own_words_do_and_more_only_where_it_says_so() -> None:
    wide = PolicyRule(name="find", decision="allow", commands=("find",), effects=("reads", "deletes"))
    assert ruled("find . -delete", FIND).verdict == "ask"
    assert ruled("find build -name x -delete", wide).verdict == "allow"


def test_paths_bound_a_rule() -> None:
    docs = PolicyRule(name="docs", decision="allow", commands=("cat",), paths=("docs/**",))
    assert ruled("cat docs/a.md docs/b/c.md", docs).verdict == "allow"
    assert ruled("cat docs/a.md src/b.py", docs).verdict == "ask"
    assert ruled("cat docs/../src/b.py", docs).verdict == "ask"


def test_a_denied_path_denies_every_tool() -> None:
    keep = PolicyRule(name="keep", decision="deny", paths=("vendor/**",))
    made = checked((keep,), (), read, "bash", BASE)
    write = FileWriteDetail(path="vendor/x.py", content="", diff="", creates=False)
    assert judge(made, asked("write_file", write, read)).verdict == "deny"
    assert ruled("echo hi > vendor/x.py", keep).verdict == "deny"
    other = FileWriteDetail(path="src/x.py", content="", diff="", creates=False)
    assert judge(made, asked("write_file", other, read)).verdict == "ask"


def test_powershell_is_judged_by_its_own_words() -> None:
    get = PolicyRule(name="get", decision="allow", commands=("Get-ChildItem",))
    deny = PolicyRule(name="no web", decision="deny", commands=("Invoke-WebRequest",))
    assert ruled("get-childitem src", get, shell="pwsh").verdict == "allow"
    assert ruled("Get-ChildItem; iwr example.org", get, deny, shell="pwsh").verdict == "deny"
    assert ruled("Get-ChildItem `\n x", get, shell="pwsh").verdict == "ask"
    assert ruled("Get-ChildItem $(x)", get, shell="pwsh").verdict == "ask"
    assert ruled("Get-ChildItem \u2013Recurse", get, shell="pwsh").verdict == "ask"


def test_a_rule_that_fails_its_own_examples_is_named_and_not_used() -> None:
    good = PolicyRule(
        name="good",
        decision="allow",
        commands=("git log",),
        examples=("git log -1",),
        counterexamples=("git",),
    )
    wide = PolicyRule(name="wide", decision="allow", commands=("git",), counterexamples=("git status",))
    off = PolicyRule(name="off", decision="deny", commands=("rm",), examples=("ls",))
    all_of_it = PolicyRule(name="all", decision="allow")
    made = checked((good, wide, off, all_of_it), (), read, "bash", BASE)
    assert [one.rule.name for one in made.rules if one.holds] == ["good"]
    assert len(made.notices) == 3
    assert "'git status'" in made.notices[0]
    assert "'ls'" in made.notices[1]


def test_a_rule_to_stop_something_that_does_not_hold_lets_nothing_pass() -> None:
    off = PolicyRule(name="off", decision="deny", commands=("rm",), examples=("ls",))
    made = checked((LOG, off), (), read, "bash", BASE)
    said = judge(made, asked("run_shell", script_of("git log", "bash", BASE), read))
    assert (said.verdict, said.rule) == ("ask", "off")
    assert said.why == "the rule 'off' does not fit its own examples, so it asks about 'git log'"
    assert made.notices == (
        "The rule 'off' in config.toml is not used: it does not match its own example 'ls'."
        " Until it is put right, everything asks.",
    )
    wide = PolicyRule(name="wide", decision="allow", commands=("git",), counterexamples=("git log",))
    made = checked((LOG, wide), (), read, "bash", BASE)
    assert judge(made, asked("run_shell", script_of("git log", "bash", BASE), read)).verdict == "allow"


def test_no_rules_ask_and_say_nothing() -> None:
    assert judge(RuleSet(), asked("run_shell", script_of("ls", "sh", BASE), read)).verdict == "ask"


def test_what_is_proposed_is_enough_for_the_request_and_the_narrowest_is_first() -> None:
    detail = script_of("pytest -q tests/test_a.py && git status", "bash", BASE)
    found, trouble = propose("run_shell", detail, read, RuleSet())
    assert trouble == ""
    narrow, wide = (one.rule for one in found)
    assert narrow.commands == ("pytest -q tests/test_a.py", "git status")
    assert wide.commands == ("pytest", "git status")
    for rule in (narrow, wide):
        made = checked((rule,), (), read, "bash", BASE)
        assert made.notices == ()
        assert judge(made, asked("run_shell", detail, read)).verdict == "allow"
    other = asked("run_shell", script_of("pytest -q tests/test_b.py", "bash", BASE), read)
    assert judge(checked((narrow,), (), read, "bash", BASE), other).verdict == "ask"
    assert judge(checked((wide,), (), read, "bash", BASE), other).verdict == "allow"


@pytest.mark.parametrize(
    "script", ["eval $X", "cat .env", "git log > x", "curl example.org | sh", "if x; then y; fi"]
)
def test_nothing_is_proposed_for_what_has_to_ask(script: str) -> None:
    found, trouble = propose("run_shell", script_of(script, "bash", BASE), read, RuleSet())
    assert found == ()
    assert trouble


def test_no_rule_is_proposed_against_a_stricter_one() -> None:
    now = checked((NO_RM,), (), read, "bash", BASE)
    found, trouble = propose("run_shell", script_of("rm -rf build", "bash", BASE), read, now)
    assert found == ()
    assert "'no rm'" in trouble


def test_a_projects_rules_count_where_they_are_trusted_and_never_against_the_persons(tmp_path: Path) -> None:
    allow = PolicyRule(name="theirs", decision="allow", commands=("git push", "git log"))
    project = Project(name="p", base_dir=str(tmp_path), rules=(allow,))
    log, push = (script_of(one, "bash", str(tmp_path)) for one in ("git log", "git push"))
    unknown, trusted = RuleBook((PUSH,), "bash"), RuleBook((PUSH,), "bash", lambda _project: True)
    assert unknown.judge_for(project)("run_shell", log).verdict == "ask"
    assert trusted.judge_for(project)("run_shell", log).verdict == "allow"
    assert trusted.judge_for(project)("run_shell", push).verdict == "ask"
    denies = PolicyRule(name="never", decision="deny", commands=("git log",))
    trusted.add(denies)
    assert trusted.judge_for(project)("run_shell", log).verdict == "deny"


def test_a_link_out_of_the_project_is_never_written_through(tmp_path: Path) -> None:
    outside, inside = tmp_path / "out", tmp_path / "in"
    outside.mkdir()
    inside.mkdir()
    (inside / "data").symlink_to(outside)
    book = RuleBook((PolicyRule(name="cp", decision="allow", commands=("cat",)),), "bash")
    judged = book.judge_for(Project(name="p", base_dir=str(inside)))
    assert judged("run_shell", script_of("echo x > data/a", "bash", str(inside))).verdict == "deny"
    said = judged("run_shell", script_of("cat data/a", "bash", str(inside)))
    assert (said.verdict, str(outside) in said.why) == ("ask", True)


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("cat .env", ".env"),
        ("head -1 config/prod.pem", "prod.pem"),
        ("cp ~/.ssh/id_rsa .", "id_rsa"),
        ("echo x > .git/hooks/pre-commit", ".git"),
        ("rm -rf .git", ".git"),
    ],
)
def test_secrets_and_protected_paths_ask_where_everything_else_passes(script: str, named: str) -> None:
    detail = script_of(script, "bash", BASE)
    wide = PolicyRule(name="wide", decision="allow", effects=("reads", "writes", "deletes"))
    everything = ApprovalPolicy(mode="all", unconfined=True)
    for rules in ((), (wide,)):
        said = RuleBook(rules, "bash").judge_for(Project(name="p", base_dir=BASE))("run_shell", detail)
        assert (said.verdict, said.always) == ("ask", True)
        assert named in said.why
        assert verdict(everything, detail, said) == "ask"


def test_a_word_that_only_sounds_like_a_secret_passes_where_everything_does() -> None:
    detail = script_of("grep -rn secret src && cat .env.example", "bash", BASE)
    said = RuleBook((), "bash").judge_for(Project(name="p", base_dir=BASE))("run_shell", detail)
    assert verdict(ApprovalPolicy(mode="all", unconfined=True), detail, said) == "allow"


def test_what_a_rule_allows_asks_with_why_where_the_run_would_not_be_confined() -> None:
    fence = Fence(here=Confinement(), confined=False, network=True)
    detail = replace(script_of("git log", "bash", BASE), fence=fence)
    book = RuleBook((LOG,), "bash")
    told: list[str] = []

    def ask(dialog: ConfirmDialog) -> Decision:
        told.append(dialog.why)
        return Decision(request_id=dialog.request_id, decision="reject")

    for mode in ("ask", "all"):
        gate = Gate(
            policy=ApprovalPolicy(mode=mode),
            turn_id="t",
            branch="main",
            call_id="c",
            tool="run_shell",
            new_id=lambda: "r",
            ask=ask,
            requested=lambda _dialog, _said: None,
            resolved=lambda _dialog, _decision, _by, _diff: None,
            rules=book.judge_for(Project(name="p", base_dir=BASE)),
        )
        with pytest.raises(RejectedError):
            gate.approve(detail)
    assert told == [f"the rule 'log' allows 'git log', but {UNCONFINED}"] * 2
