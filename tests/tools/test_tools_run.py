"""Running Python files and scripts: what is asked, what runs, what the model reads."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from copilot.tools.python_command import Machine, python_command
from copilot.vocabulary.approvals import ApprovalDetail, PythonFileDetail, ScriptDetail
from copilot.vocabulary.errors import (
    ForbiddenPathError,
    OutsideProjectError,
    RejectedError,
    ToolError,
    TurnCancelledError,
)
from copilot.vocabulary.values import Limits
from tool_world import SH, World, rejects, tree

PROGRAM = "import sys\nprint(sys.argv[1:], sys.stdin.read() == '')\n"


def test_a_python_file(world: World) -> None:
    world.put("sub/calc.py", PROGRAM)
    said = world.call("run_python_file", path="sub/calc.py", args=["2 * 3", "-x", "$(touch pwn)"])
    first, rest = said.split("\n", 1)
    assert first.startswith("exit code 0 after ")
    assert rest == "stdout:\n['2 * 3', '-x', '$(touch pwn)'] True\nstderr: (empty)"
    assert world.gate.asked == [
        PythonFileDetail(
            path="sub/calc.py",
            text=PROGRAM,
            sha256=sha256(PROGRAM.encode()).hexdigest(),
            argv=(sys.executable, "./sub/calc.py", "2 * 3", "-x", "$(touch pwn)"),
            cwd=str(world.root),
            timeout_seconds=30.0,
        )
    ]
    kept = world.home / "scripts" / "generated" / "20260101_000000_test_1.py"
    assert world.started == [(str(kept), sha256(PROGRAM.encode()).hexdigest())]
    assert kept.read_text() == PROGRAM
    assert world.report.exit_code == 0
    assert "".join(text for _, text in world.output) == "['2 * 3', '-x', '$(touch pwn)'] True\n"
    assert not (world.root / "pwn").exists()


def test_a_file_whose_name_looks_like_an_option(world: World) -> None:
    world.put("-c.py", "print('ran the file')\n")
    assert "ran the file" in world.call("run_python_file", path="-c.py")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("a.txt", ForbiddenPathError),
        ("a.py.txt", ForbiddenPathError),
        ("link.py", ForbiddenPathError),
        ("../outside/x.py", OutsideProjectError),
        ("out.py", OutsideProjectError),
        ("nope.py", ToolError),
        ("folder.py", ForbiddenPathError),
        ("pipe.py", ForbiddenPathError),
        ("hidden.py", ForbiddenPathError),
        (".", ForbiddenPathError),
    ],
)
def test_what_is_no_python_file_of_the_project(world: World, path: str, error: type[ToolError]) -> None:
    world.put("a.txt", "print(1)")
    world.put("a.py.txt", "print(1)")
    world.put("hidden.py", "print(1)")
    world.put(".aiignore", "hidden.py\n")
    (world.outside / "x.py").write_text("print(1)")
    (world.root / "link.py").symlink_to("a.txt")
    (world.root / "out.py").symlink_to(world.outside / "x.py")
    (world.root / "folder.py").mkdir()
    os.mkfifo(world.root / "pipe.py")
    with pytest.raises(error):
        world.call("run_python_file", path=path)
    assert (world.gate.asked, world.started) == ([], [])


def test_a_file_that_changed_after_it_was_shown_is_not_run(world: World) -> None:
    world.put("a.py", "print('shown')\n")

    def meanwhile(detail: ApprovalDetail) -> ApprovalDetail:
        world.put("a.py", "open('pwn', 'w')\n")
        return detail

    world.gate.answer = meanwhile
    with pytest.raises(ForbiddenPathError, match="changed after it was shown"):
        world.call("run_python_file", path="a.py")
    assert world.started == []
    assert not (world.root / "pwn").exists()


def test_a_failing_program(world: World) -> None:
    world.put("a.py", "import sys\nprint('to stderr', file=sys.stderr)\nsys.exit(3)\n")
    assert (
        world.call("run_python_file", path="a.py").split("\n", 1)[1] == "stdout: (empty)\nstderr:\nto stderr"
    )
    assert world.report.exit_code == 3


def test_a_program_that_takes_too_long(world: World) -> None:
    world.put("a.py", "import time\nprint('begun')\ntime.sleep(60)\n")
    world.limits = Limits(python_seconds=1.0)
    said = world.call("run_python_file", path="a.py")
    assert said.startswith("no exit code after ")
    assert "Was it waiting for input?" in said
    assert "begun" in said
    assert world.report.exit_code is None


def test_a_stopped_program(world: World) -> None:
    world.put("a.py", "import time\ntime.sleep(60)\n")
    world.cancelled = lambda: bool(world.started)
    with pytest.raises(TurnCancelledError):
        world.call("run_python_file", path="a.py")


def test_arguments_that_cannot_be_given(world: World) -> None:
    world.put("a.py", PROGRAM)
    world.keys = ("KEY-0123456789",)
    for args, message in (
        (["a\0b"], "NUL"),
        (["--key=KEY-0123456789"], "keys"),
        (["x"] * 201, "at most 200"),
        (["x" * 3_000_000], "could not be started"),
    ):
        with pytest.raises(ToolError, match=message):
            world.call("run_python_file", path="a.py", args=list(args))


def test_a_rejected_program(world: World) -> None:
    world.put("a.py", "open('pwn', 'w')\n")
    world.gate.answer = rejects
    with pytest.raises(RejectedError):
        world.call("run_python_file", path="a.py")
    assert tree(world.root) == {"a.py": b"open('pwn', 'w')\n"}
    assert not world.home.exists()


def fake_uv(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "uv"
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("files", "environ", "command"),
    [
        ({}, {}, ("{ours}",)),
        ({"uv.lock": ""}, {}, ("{ours}",)),
        ({"uv.lock": ""}, {"PATH": "{tmp}/bin"}, ("{tmp}/bin/uv", "run", "--no-sync", "--offline", "python")),
        ({"uv.lock": ""}, {"UV_PATH": "{tmp}/x/uv", "PATH": "{tmp}/bin"},
         ("{tmp}/x/uv", "run", "--no-sync", "--offline", "python")),
        ({"uv.lock": ""}, {"UV_PATH": "uv", "PATH": ".:bin"}, ("{ours}",)),
        ({"uv.lock": ""}, {"PATH": "{tmp}/proj/bin"}, ("{ours}",)),
        ({"pyproject.toml": "[tool.uv]\n"}, {"PATH": "{tmp}/bin"},
         ("{tmp}/bin/uv", "run", "--no-sync", "--offline", "python")),
        ({"pyproject.toml": "[tool.ruff]\n"}, {"PATH": "{tmp}/bin"}, ("{ours}",)),
        ({"pyproject.toml": "[[[[["}, {"PATH": "{tmp}/bin"}, ("{ours}",)),
        ({"pyproject.toml": "tool = 3"}, {"PATH": "{tmp}/bin"}, ("{ours}",)),
        ({".venv/bin/python": "#!/bin/sh\n"}, {}, ("{tmp}/proj/.venv/bin/python",)),
        ({"venv/bin/python": "#!/bin/sh\n"}, {}, ("{tmp}/proj/venv/bin/python",)),
        ({".venv/bin/python": "#!/bin/sh\n", "uv.lock": ""}, {"PATH": "{tmp}/bin"},
         ("{tmp}/bin/uv", "run", "--no-sync", "--offline", "python")),
    ],
)  # fmt: skip
def test_which_python(
    world: World, files: Mapping[str, str], environ: Mapping[str, str], command: tuple[str, ...]
) -> None:
    tmp = world.root.parent
    for folder in (tmp / "bin", tmp / "x", world.root / "bin"):
        fake_uv(folder)
    for name, text in files.items():
        world.put(name, text).chmod(0o755)
    machine = Machine(
        environ={name: value.format(tmp=tmp) for name, value in environ.items()},
        platform="linux",
        python="/ours/python",
    )
    wanted = tuple(word.format(tmp=tmp, ours="/ours/python") for word in command)
    assert python_command(world.root, machine) == wanted


def test_which_python_on_windows(world: World) -> None:
    machine = Machine(environ={}, platform="win32", python="/ours/pythonw.exe")
    assert python_command(world.root, machine) == ("/ours/python.exe",)
    world.put(".venv/Scripts/python.exe", "")
    assert python_command(world.root, machine) == (str(world.root / ".venv" / "Scripts" / "python.exe"),)


def test_uv_is_given_the_file_and_its_arguments(world: World) -> None:
    world.put("a.py", PROGRAM)
    world.put("uv.lock", "")
    world.environ = {"PATH": "/usr/bin:/bin", "UV_PATH": str(fake_uv(world.root.parent / "x"))}
    said = world.call("run_python_file", path="a.py", args=["1"])
    assert "run --no-sync --offline python ./a.py 1" in said


def test_a_script(world: World) -> None:
    script = "echo out; echo err >&2; pwd; exit 7"
    said = world.call("run_shell", script=script)
    first, rest = said.split("\n", 1)
    assert first.startswith("exit code 7 after ")
    assert rest == f"stdout:\nout\n{world.root}\nstderr:\nerr"
    assert world.gate.asked == [
        ScriptDetail(
            script=script, shell="sh", shell_path=SH.path, cwd=str(world.root), timeout_seconds=120.0
        )
    ]
    kept = world.home / "scripts" / "generated" / "20260101_000000_test_1.sh"
    assert world.started == [(str(kept), sha256(script.encode()).hexdigest())]
    assert kept.read_text() == script
    assert world.report.exit_code == 7


def test_a_script_that_the_person_changed(world: World) -> None:
    def answer(detail: ApprovalDetail) -> ApprovalDetail:
        assert isinstance(detail, ScriptDetail)
        return replace(detail, script="echo safe\n")

    world.gate.answer = answer
    said = world.call("run_shell", script="echo risky\n")
    assert said.startswith(
        "The person changed this script before running it. The difference:\n"
        "--- proposed\n+++ approved\n@@ -1 +1 @@\n-echo risky\n+echo safe\n\nexit code 0 after "
    )
    assert said.endswith("stdout:\nsafe\nstderr: (empty)")


def test_a_python_file_with_a_key_is_refused_and_no_copy_is_kept(world: World) -> None:
    world.keys = ("KEY-0123456789",)
    world.put("uses.py", "print('KEY-0123456789'[:3])\n")
    with pytest.raises(ToolError, match="one of the person's keys"):
        world.call("run_python_file", path="uses.py")
    assert world.gate.asked == []
    assert not world.home.exists()


def test_a_script_with_a_key_is_refused_before_and_after_the_person(world: World) -> None:
    world.keys = ("KEY-0123456789",)
    with pytest.raises(ToolError, match="one of the person's keys"):
        world.call("run_shell", script="curl -H KEY-0123456789 x")
    assert world.gate.asked == []

    def answer(detail: ApprovalDetail) -> ApprovalDetail:
        assert isinstance(detail, ScriptDetail)
        return replace(detail, script="echo KEY-0123456789")

    world.gate.answer = answer
    with pytest.raises(ToolError, match="one of the person's keys"):
        world.call("run_shell", script="echo hi")
    assert world.started == []


def test_the_environment_holds_no_key(world: World) -> None:
    world.keys = ("KEY-0123456789",)
    world.environ = {"PATH": "/usr/bin:/bin", "ANTHROPIC_API_KEY": "KEY-0123456789", "LANG": "KEY-0123456789"}
    assert "KEY" not in world.call("run_shell", script="env | grep -v COPILOT")


def test_scripts_that_cannot_run_as_shown(world: World) -> None:
    for script in ("", " \n", "a\0b", "\ud800", "x" * 1_000_001):
        with pytest.raises(ToolError):
            world.call("run_shell", script=script)
    assert world.gate.asked == []


def test_a_script_that_waits_for_input_gets_none(world: World) -> None:
    assert "got: <>" in world.call("run_shell", script='read line; echo "got: <$line>"')


def test_a_home_that_cannot_be_written_ends_the_call_only(world: World) -> None:
    world.home = world.outside / "secret.txt"
    with pytest.raises(ToolError, match="could not be kept"):
        world.call("run_shell", script="echo hi")
    world.put("a.py", PROGRAM)
    with pytest.raises(ToolError, match="could not be kept"):
        world.call("run_python_file", path="a.py")


def test_a_script_runs_that_holds_a_word_as_short_as_a_stand_in_for_a_key(world: World) -> None:
    world.keys = ("x",)
    assert "xyz" in world.call("run_shell", script="echo xyz\n")
