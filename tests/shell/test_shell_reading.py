"""Reading of scripts: what it names, and above all where it says that it cannot vouch."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.shell.reading import MAX_BYTES, Reading, read_script
from copilot.vocabulary.values import ShellName


def test_plain_scripts_are_read() -> None:
    bash = "cd src && ls -l | grep 'a' > out\nfor f in *; do rm \"$f\"; done\nf() { mkdir x; }; f $(date)"
    assert read_script("bash", bash) == Reading(
        parses=True, commands=("cd", "ls", "grep", "rm", "mkdir", "f", "date")
    )
    pwsh = "Get-ChildItem -Path . | Where-Object { $_.Length -gt 1 } | Sort-Object Name\nRemove-Item x"
    assert read_script("powershell", pwsh) == Reading(
        parses=True, commands=("Get-ChildItem", "Where-Object", "Sort-Object", "Remove-Item")
    )


@pytest.mark.parametrize(
    ("shell", "script", "reason"),
    [
        ("bash", "echo 'abc", "does not parse"),
        ("bash", "$x y", "computed"),
        ("bash", '"l"s', "computed"),
        ("bash", "\\ls", "computed"),
        ("sh", "eval ls", "eval runs"),
        ("bash", "/usr/bin/env ls", "env runs"),
        ("bash", "python3 -c 'x'", "python3 runs"),
        ("bash", "declare -a 'x[$(id)]'", "quoted text"),
        ("bash", "sudo ls", "sudo runs"),
        ("pwsh", "if (", "does not parse"),
        ("pwsh", "foo --% %PATH% & del x", "--%"),
        ("pwsh", "param([string]$a); begin{Remove-Item x}", "parameters"),
        ("pwsh", "process { Remove-Item x }", "process runs"),
        ("pwsh", "& $x a", "& or ."),
        ("pwsh", ". .\\y.ps1", "& or ."),
        ("pwsh", "IEX 'x'", "IEX runs"),
        ("pwsh", "[IO.File]::Delete('x')", ".NET"),
        ("pwsh", "$a.Delete()", ".NET"),
        ("pwsh", "Get-It`em x", "computed"),
        ("pwsh", "Get-Item \u201cx\u201d", "backticks"),
        ("pwsh", "using namespace System", "using runs"),
        ("bash", "x" * (MAX_BYTES + 1), "longer than"),
        ("bash", ":;" * 40_000, "too long"),
    ],
)
def test_it_cannot_vouch(shell: ShellName, script: str, reason: str) -> None:
    assert reason in read_script(shell, script).cannot_vouch


@pytest.mark.parametrize("piece", ["$(", "(", "@{", "`", "{", "[", "'", '"', "<<a\n", "if (", "function f {"])
@pytest.mark.parametrize("shell", ["bash", "pwsh"])
def test_deep_nesting_does_no_harm(shell: ShellName, piece: str) -> None:
    assert read_script(shell, piece * (20_000 // len(piece) + 1)).cannot_vouch


def test_without_the_wheels_it_cannot_vouch() -> None:
    code = (
        "import sys; sys.modules['tree_sitter_bash'] = sys.modules['tree_sitter_powershell'] = None\n"
        "from copilot.shell.reading import read_script\n"
        "print({read_script(shell, 'ls').cannot_vouch for shell in ('bash', 'pwsh')})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "{'no parser for it can be loaded on this machine'}\n", done.stderr


@given(st.text(max_size=60), st.sampled_from(["bash", "sh", "pwsh", "powershell"]))
def test_no_text_makes_it_fail(script: str, shell: ShellName) -> None:
    reading = read_script(shell, script)
    assert reading.parses or reading.cannot_vouch
