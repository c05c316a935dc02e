"""Area `script-effect` of the hostile cases: read as what they are, previewed, and never run unasked."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from desk_play import playing
from hostile import case

from copilot.ai.policy.book import read
from copilot.ai.policy.checking import checked, script_of
from copilot.ai.policy.judging import judge
from copilot.ai.policy.parts import asked
from copilot.shell.confine.fences import Fences
from copilot.shell.confine.preview import Held, Job, preview
from copilot.shell.reading.reader import read_script
from copilot.vocabulary.approvals import Decision, ScriptDetail
from copilot.vocabulary.events import ApprovalRequested
from copilot.vocabulary.messages import ToolResult
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.readings import Reading

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the scripts run in a POSIX shell")
EVERYTHING = PolicyRule(
    name="all that is understood",
    decision="allow",
    effects=("reads", "writes", "deletes", "network", "installs", "privilege", "history"),
)


@pytest.fixture
def proj(tmp_path: Path) -> Path:
    folder = tmp_path / "proj"
    folder.mkdir()
    for name in ("f", "a.py"):
        (folder / name).write_text("text\n")
    return folder


def reading_of(script: str, proj: Path) -> Reading:
    return read_script("bash", script, cwd=str(proj))


def is_asked(script: str, proj: Path) -> bool:
    """Whether a person is asked, though every effect that can be named is allowed."""
    made = checked((EVERYTHING,), (), read, "bash", str(proj))
    return judge(made, asked("run_shell", script_of(script, "bash", str(proj)), read)).verdict != "allow"


def program(proj: Path, name: str, script: str) -> None:
    """A program of the project's `bin`, which comes first in a preview."""
    path = proj / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


def repository(proj: Path) -> None:
    """A repository with one commit."""
    for words in (
        ("init", "-q"),
        ("add", "f"),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *words], cwd=proj, check=True, capture_output=True)


def previewed(script: str, proj: Path, home: Path) -> Held:
    def argv(folder: Path) -> tuple[str, ...]:
        (folder / "script.sh").write_text(script)
        return ("/bin/bash", "--noprofile", "--norc", str(folder / "script.sh"))

    path = f"{proj / 'bin'}:{os.environ['PATH']}"  # where a test has put what this machine may not have
    env = {"PATH": path, "HOME": str(home), "LC_ALL": "C", "TERM": "xterm"}
    fences = Fences(home / "fences", env, sys.platform)
    if fences.here().view == "none":
        pytest.skip("no preview works on this machine")
    return preview(
        fences, Job(root=proj, argv=argv, env=env, timeout_seconds=20.0, cancelled=lambda: False), "p"
    )


HIDDEN: tuple[Any, ...] = (
    case("eff-002"),
    case("eff-004"),
    case("eff-006"),
    case("eff-008"),
    case("eff-010"),
    case("eff-012"),
    case("eff-014"),
    case("eff-016"),
    case("eff-018"),
    case("eff-020"),
    case("eff-022"),
    case("eff-024"),
    case("eff-026"),
    case("eff-028"),
)  # fmt: skip


def stand_ins(trick: str, proj: Path) -> None:
    """What a script needs beside itself: a repository, or a program that this machine may not have."""
    match trick:
        case "git -c" | "env prefix":
            repository(proj)
        case "rg --pre":  # ripgrep gives each file to the program first (its manual, --pre)
            program(proj, "rg", '[[ $1 == --pre ]] && for one in *; do "$2" "$one"; done')
            (proj / "x").write_text(f"#!/bin/sh\ntouch {proj}/PWN\n")
            (proj / "x").chmod(0o755)
        case "multi-call binary":
            program(proj, "busybox", 'exec "$@"')
        case "interpreter":
            # The one that an environment links to: a fence hides what lies in a folder for temporary files.
            program(proj, "python", f'exec {os.path.realpath(sys.executable)} "$@"')
        case _:
            pass


@pytest.mark.parametrize("given", HIDDEN, ids=[given["trick"] for given in HIDDEN])
def test_a_hidden_effect_is_never_passed_off_as_safe(
    given: dict[str, str], proj: Path, tmp_path: Path
) -> None:
    script = given["script"].replace("/PROJ", str(proj))
    reading = reading_of(script, proj)
    assert not reading.understood
    assert "unknown" in reading.effects
    assert any(one.why for one in reading.statements)
    assert is_asked(script, proj)
    stand_ins(given["trick"], proj)
    if given["trick"] == "env prefix":
        if shutil.which("script") is None:
            pytest.skip("git starts its pager at a terminal alone, and script(1) is not here to make one")
        script = f"script -qec '{script}' /dev/null"
    held = previewed(script, proj, tmp_path)
    assert "PWN" in [change.path for change in held.changes], held.outcome
    assert not (proj / "PWN").exists()


def asks_for(scripts: dict[str, str]) -> str:
    """A scenario in which the model runs the script that the person names."""
    rules = [
        f"[[rule]]\nwhen = {{ asked = {json.dumps(name)}, round = 1 }}\n"
        f'answer = [{{ call = "run_shell", arguments = {{ script = {json.dumps(script)} }} }}]\n'
        for name, script in scripts.items()
    ]
    return "".join(rules) + '[[rule]]\nanswer = [{ text = "Done." }]\n'


def test_no_rule_of_effects_lets_one_run_unasked(proj: Path, tmp_path: Path) -> None:
    """The whole core, with a rule that allows every effect there is a name for."""
    (tmp_path / "home").mkdir()
    effects = json.dumps(list(EVERYTHING.effects))
    (tmp_path / "home" / "config.toml").write_text(
        f'[[policy]]\nname = "all"\ndecision = "allow"\neffects = {effects}\n'
    )
    scripts = {given["trick"]: given["script"].replace("/PROJ", str(proj)) for given in HIDDEN}
    scripts |= {
        "home": case("eff-030"),
        "dns": case("eff-032"),
        "bomb": case("eff-034"),
        "kill": case("eff-036"),
    }
    asked: list[str] = []

    def refuses(event: ApprovalRequested) -> Decision:
        assert isinstance(event.detail, ScriptDetail)
        asked.append(event.detail.script)
        return Decision(request_id=event.request_id, decision="reject")

    with playing(tmp_path / "home", proj, asks_for({**scripts, "plain": "touch plain"})) as play:
        for name, script in scripts.items():
            play.turn(refuses, words=name)
            assert asked[-1:] == [script], name
            assert play.result.status == "rejected", name
        assert not (proj / "PWN").exists()
        play.turn(refuses, words="plain")
        assert play.result.status == "ok"
    assert len(asked) == len(scripts)
    assert (proj / "plain").exists()


def test_what_a_decoder_feeds_a_shell_is_seen_in_a_preview(proj: Path, tmp_path: Path) -> None:
    script = case("look-013")
    assert is_asked(script, proj)
    program(proj, "curl", "touch PWN")
    held = previewed(script, proj, tmp_path)
    assert "PWN" in [change.path for change in held.changes]
    assert not (proj / "PWN").exists()


def test_a_deletion_at_home_is_seen_among_others(proj: Path, tmp_path: Path) -> None:
    script = case("eff-030")
    (one,) = reading_of(script, proj).statements
    assert [path.text for path in one.outside] == ["~/"]
    assert one.why[0] == "It deletes outside the project."
    (tmp_path / "kept").write_text("x")
    (proj / "tests").mkdir()
    (proj / "tests" / "t.py").write_text("x")
    held = previewed(script, proj, tmp_path)
    assert any("Writes to other folders were refused" in words for words in held.unseen)
    assert {"tests/t.py"} <= {change.path for change in held.changes if change.kind == "deleted"}
    assert (tmp_path / "kept").exists()
    assert (proj / "tests" / "t.py").exists()
    refused = previewed("rm -f /etc/hostname || echo refused > said", proj, tmp_path)
    assert [change.path for change in refused.changes] == ["said"]
    assert "Read-only file system" in refused.outcome.stderr


def test_a_name_that_carries_data_out_is_flagged(proj: Path, tmp_path: Path) -> None:
    script = case("eff-032")
    (one,) = reading_of(script, proj).statements
    assert {"network", "unknown"} <= set(one.effects)
    assert any("goes out over the network" in why for why in one.why)
    assert any("may hold secrets" in why for why in one.why)
    assert is_asked(script, proj)
    held = previewed("tail -n +3 /proc/net/dev | cut -d: -f1; exec 3<>/dev/udp/192.0.2.1/53", proj, tmp_path)
    assert held.outcome.stdout.split() == ["lo"]
    assert "Network is unreachable" in held.outcome.stderr
    assert any("It had no network" in words for words in held.unseen)


def approves(event: ApprovalRequested) -> Decision:
    return Decision(request_id=event.request_id, decision="approve")


def test_a_fork_bomb_is_named_and_bounded(proj: Path, tmp_path: Path) -> None:
    script = case("eff-034")
    reading = reading_of(script, proj)
    assert any("without end" in why for one in reading.statements for why in one.why)
    assert is_asked(script, proj)
    fences = Fences(tmp_path / "fences", {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, sys.platform)
    if not fences.here().crowds:
        pytest.skip("the number of processes cannot be bounded here")
    # That the bound holds is shown in tests/shell/test_confine_fence.py; here the script is the very one.
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text("[run]\nprocesses = 48\n")
    scenario = asks_for({"bomb": script, "after": "echo alive"})
    with playing(tmp_path / "home", proj, scenario) as play:
        play.turn(approves, words="bomb")
        assert play.result.status in ("ok", "error")
        play.turn(approves, words="after")
        assert "alive" in play.result.output


def test_ending_our_process_is_flagged_and_does_not_reach_it(proj: Path, tmp_path: Path) -> None:
    script = case("eff-036")
    assert "unknown" in reading_of(script, proj).effects
    assert is_asked(script, proj)
    scenario = asks_for({"kill": script, "after": "echo alive"})
    with playing(tmp_path / "home", proj, scenario) as play:
        play.turn(approves, words="kill")
        killed = play.result
        play.turn(approves, words="after")
        assert play.result.status == "ok"
        assert "alive" in play.result.output
    with playing(tmp_path / "home", proj, scenario) as again:  # and so it stands after a start
        parts = [part for one in again.desk.store.project.discussion.messages for part in one.parts]
        results = [part.output for part in parts if isinstance(part, ToolResult)]
        assert [results[0], "alive" in results[1]] == [killed.output, True]
