"""Area `script-effect` of the hostile cases: read as what they are, previewed, and never run unasked."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hostile import case

from copilot.ai.policy.book import read
from copilot.ai.policy.checking import checked, script_of
from copilot.ai.policy.judging import judge
from copilot.ai.policy.parts import asked
from copilot.shell.confine.fences import Fences
from copilot.shell.confine.preview import Held, Job, preview
from copilot.shell.reading.reader import read_script
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


def previewed(script: str, proj: Path, home: Path) -> Held:
    def argv(folder: Path) -> tuple[str, ...]:
        (folder / "script.sh").write_text(script)
        return ("/bin/bash", "--noprofile", "--norc", str(folder / "script.sh"))

    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"}
    fences = Fences(home / "fences", env, sys.platform)
    if fences.here().view == "none":
        pytest.skip("no preview works on this machine")
    return preview(
        fences, Job(root=proj, argv=argv, env=env, timeout_seconds=20.0, cancelled=lambda: False), "p"
    )


HIDDEN: tuple[tuple[Any, bool], ...] = (
    # the case, and whether its script can have its effect here without other programs
    (case("eff-002"), True),
    (case("eff-004"), True),
    (case("eff-006"), True),
    (case("eff-008"), True),
    (case("eff-010"), True),
    (case("eff-012"), True),
    (case("eff-014"), True),
    (case("eff-016"), True),
    (case("eff-018"), False),
    (case("eff-020"), False),
    (case("eff-022"), True),
    (case("eff-024"), False),
    (case("eff-026"), False),
    (case("eff-028"), False),
)  # fmt: skip


@pytest.mark.parametrize(("given", "plain"), HIDDEN, ids=[given["trick"] for given, _ in HIDDEN])
def test_a_hidden_effect_is_never_passed_off_as_safe(
    given: dict[str, str], plain: bool, proj: Path, tmp_path: Path
) -> None:
    script = given["script"].replace("/PROJ", str(proj))
    reading = reading_of(script, proj)
    assert not reading.understood
    assert "unknown" in reading.effects
    assert any(one.why for one in reading.statements)
    assert is_asked(script, proj)
    if plain:
        held = previewed(script, proj, tmp_path)
        assert "PWN" in [change.path for change in held.changes]
        assert not (proj / "PWN").exists()


def test_a_deletion_at_home_is_seen_among_others(proj: Path, tmp_path: Path) -> None:
    script = case("eff-030")
    (one,) = reading_of(script, proj).statements
    assert [path.text for path in one.outside] == ["~/"]
    assert one.why[0] == "It deletes outside the project."
    (tmp_path / "kept").write_text("x")
    previewed(script.replace("~/", str(tmp_path / "kept")), proj, tmp_path)
    assert (tmp_path / "kept").exists()


def test_a_name_that_carries_data_out_is_flagged(proj: Path, tmp_path: Path) -> None:
    script = case("eff-032")
    (one,) = reading_of(script, proj).statements
    assert {"network", "unknown"} <= set(one.effects)
    assert any("goes out over the network" in why for why in one.why)
    assert any("may hold secrets" in why for why in one.why)
    assert is_asked(script, proj)
    held = previewed("exec 3<>/dev/tcp/192.0.2.1/53", proj, tmp_path)
    assert held.outcome.exit_code != 0


def test_a_fork_bomb_is_named(proj: Path) -> None:
    script = case("eff-034")
    reading = reading_of(script, proj)
    assert any("without end" in why for one in reading.statements for why in one.why)
    assert is_asked(script, proj)


def test_ending_our_process_is_flagged_and_does_not_reach_it(proj: Path, tmp_path: Path) -> None:
    script = case("eff-036")
    assert "unknown" in reading_of(script, proj).effects
    assert is_asked(script, proj)
    before = time.monotonic()
    previewed(script, proj, tmp_path)  # this process is still there to say so
    assert time.monotonic() > before
