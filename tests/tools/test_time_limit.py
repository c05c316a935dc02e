"""Which of the person's time limits holds for a run."""

from pathlib import Path

import pytest

from copilot.tools.time_limit import time_limit
from copilot.vocabulary.approvals import PythonFileDetail
from copilot.vocabulary.values import Limits, RunTime
from tool_world import make_world

LIMITS = Limits(
    script_seconds=120.0,
    python_seconds=30.0,
    run_seconds=(
        RunTime(kind=".ps1", seconds=1.0),
        RunTime(kind=".py", seconds=2.0),
        RunTime(kind="bench/*.py", seconds=3.0),
        RunTime(kind="bench/soak/**", seconds=4.0),
        RunTime(kind="run_shell", seconds=5.0),
        RunTime(kind="tests/**", seconds=6.0),
    ),
)


@pytest.mark.parametrize(
    ("tool", "path", "seconds"),
    [
        ("run_shell", ".sh", 5.0),
        ("run_powershell", ".ps1", 1.0),
        ("run_python_file", "a.py", 2.0),
        ("run_python_file", "A.PY", 2.0),
        ("run_python_file", "bench/a.py", 3.0),
        ("run_python_file", "bench/soak/a.py", 4.0),
        ("run_python_file", "tests/deep/down/a.py", 6.0),
    ],
)
def test_the_most_exact_kind_holds(tool: str, path: str, seconds: float) -> None:
    assert time_limit(LIMITS, tool, path) == seconds


@pytest.mark.parametrize(
    ("kinds", "seconds"),
    [((), 30.0), ((".py",), 1.0), ((".py", "run_python_file"), 2.0), ((".sh", "run_shell", "other/*"), 30.0)],
)
def test_the_tool_comes_before_the_file_type_and_both_before_the_rest(
    kinds: tuple[str, ...], seconds: float
) -> None:
    times = tuple(RunTime(kind=kind, seconds=1.0 + at) for at, kind in enumerate(kinds))
    assert time_limit(Limits(run_seconds=times), "run_python_file", "a/b.py") == seconds


@pytest.mark.parametrize("pattern", ["[", "{a,b", "{" * 40, "**/**/**/**/**/**/x", "(?:"])
def test_a_pattern_that_means_nothing_fits_nothing(pattern: str) -> None:
    limits = Limits(run_seconds=(RunTime(kind=pattern, seconds=1.0),))
    assert time_limit(limits, "run_python_file", "a/b.py") == 30.0


def test_the_person_is_asked_with_the_limit_that_holds_and_it_ends_the_run(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    world.put("tests/a.py", "import time; time.sleep(600)\n")
    world.limits = Limits(run_seconds=(RunTime(kind="tests/*", seconds=0.4),))
    assert "Ended after 0.4 s, the time limit." in world.call("run_python_file", path="tests/a.py")
    (detail,) = world.gate.asked
    assert isinstance(detail, PythonFileDetail)
    assert detail.timeout_seconds == 0.4
