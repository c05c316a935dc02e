"""Which shell, which bytes, which arguments: decisions that take the platform as a value."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from copilot.shell.shells import (
    Shell,
    absolute_entries,
    candidates,
    find_shells,
    is_trusted_program,
    preferred,
    script_argv,
    script_bytes,
)
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.values import ShellName

WINDOWS = {"SystemRoot": "C:\\Windows", "ProgramFiles": "C:\\Program Files", "PATH": "C:\\Tools;.;bin;\\x"}


def stand_in(folder: Path, name: str, mode: int = 0o755) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/sh\n")
    program.chmod(mode)
    return program


def test_on_windows_powershell_comes_from_its_own_folder() -> None:
    by_name: dict[ShellName, list[str]] = {}
    for shell in candidates(WINDOWS, "win32"):
        by_name.setdefault(shell.name, []).append(shell.path)
    assert by_name == {
        "pwsh": ["C:\\Program Files\\PowerShell\\7\\pwsh.exe", "C:\\Tools\\pwsh.exe"],
        "powershell": ["C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"],
        "bash": ["C:\\Program Files\\Git\\bin\\bash.exe"],
        "sh": ["C:\\Program Files\\Git\\bin\\sh.exe"],
    }


def test_only_absolute_entries_of_path_are_looked_at() -> None:
    assert absolute_entries("/usr/bin::.:bin:/opt/x", "linux") == ("/usr/bin", "/opt/x")
    assert absolute_entries('C:\\a;"D:\\b c";;.;bin;\\root;E:rel', "win32") == ("C:\\a", "D:\\b c")


def test_a_system_folder_comes_before_path() -> None:
    found = find_shells({"PATH": "/first"}, "linux", trusted=lambda path: path.endswith("/bash"))
    assert found == (Shell(name="bash", path="/usr/bin/bash"),)


def test_powershell_is_preferred_then_bash_then_sh(tmp_path: Path) -> None:
    pwsh = stand_in(tmp_path / "bin", "pwsh")
    found = find_shells({"PATH": str(tmp_path / "bin")}, "linux")
    assert preferred(found) == Shell(name="pwsh", path=str(pwsh))
    assert preferred(tuple(reversed(found))) == preferred(found)
    assert preferred([s for s in found if s.name != "pwsh"]) == Shell(name="bash", path="/usr/bin/bash")
    assert preferred(()) is None


def test_a_program_of_the_project_is_not_a_shell(tmp_path: Path) -> None:
    stand_in(tmp_path / "project" / "bin", "pwsh")
    environ = {"PATH": str(tmp_path / "project" / "bin")}
    assert "pwsh" in [s.name for s in find_shells(environ, "linux")]
    assert "pwsh" not in [s.name for s in find_shells(environ, "linux", never_in=[tmp_path / "project"])]


def test_what_others_can_write_is_not_trusted(tmp_path: Path) -> None:
    good = stand_in(tmp_path / "a", "pwsh")
    assert is_trusted_program(str(good))
    assert not is_trusted_program(str(stand_in(tmp_path / "b", "pwsh", 0o757)))
    assert not is_trusted_program(str(stand_in(tmp_path / "c", "pwsh", 0o644)))
    assert not is_trusted_program(str(tmp_path / "a"))
    assert not is_trusted_program(str(tmp_path / "missing"))
    link = tmp_path / "d" / "pwsh"
    link.parent.mkdir()
    link.symlink_to(good)
    assert is_trusted_program(str(link))
    good.parent.chmod(0o777 | stat.S_ISVTX)
    assert not is_trusted_program(str(link))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bash", ["/x/bash", "--noprofile", "--norc", "/s/a.sh"]),
        ("sh", ["/x/sh", "/s/a.sh"]),
    ],
)
def test_posix_argument_lists(name: ShellName, expected: Sequence[str]) -> None:
    assert list(script_argv(Shell(name=name, path=f"/x/{name}"), "/s/a.sh")) == expected


@pytest.mark.parametrize("name", ["pwsh", "powershell"])
def test_powershell_argument_list(name: ShellName) -> None:
    shell = Shell(name=name, path="C:\\p\\p.exe")
    assert script_argv(shell, "C:\\s\\a.ps1", "C:\\w.ps1") == (
        "C:\\p\\p.exe",
        "-NoLogo",
        "-NoProfile",
        "-NonInteractive",
        "-ExecutionPolicy",
        "Bypass",
        "-OutputFormat",
        "Text",
        "-File",
        "C:\\w.ps1",
        "C:\\s\\a.ps1",
    )


def test_powershell_files_have_a_bom_and_others_none() -> None:
    text = '"h\u00e9llo \u4e16\u754c \U0001f642"\r\n'
    assert script_bytes("powershell", text) == b"\xef\xbb\xbf" + text.encode()
    assert script_bytes("pwsh", text) == b"\xef\xbb\xbf" + text.encode()
    assert script_bytes("bash", text) == text.encode()
    assert script_bytes("sh", text) == text.encode()


@pytest.mark.parametrize("bad", ["echo a\0b", "echo \ud800", "x" * 1_000_001])
def test_text_that_cannot_arrive_as_shown_is_refused(bad: str) -> None:
    with pytest.raises(ToolError):
        script_bytes("bash", bad)
