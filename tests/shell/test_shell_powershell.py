"""PowerShell, tested at our own decision: a stand-in `pwsh` records what it was given."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from copilot.shell.shell_runner import Outcome, run_script
from copilot.shell.shells import WRAPPER, Shell, find_shells, preferred
from copilot.shell.work_folder import held_folder

STAND_IN = f"""#!{sys.executable} -I
import json, os, pathlib, sys
script = pathlib.Path(sys.argv[-1])
told = {{"argv": sys.argv[1:], "stdin": sys.stdin.read(), "cwd": os.getcwd(), "env": dict(os.environ),
         "script": script.read_bytes().hex()}}
pathlib.Path("recorded.json").write_text(json.dumps(told))
sys.stdout.buffer.write(script.read_bytes().removeprefix(b"\\xef\\xbb\\xbf"))
sys.exit(3)
"""


def record(tmp_path: Path, script: str) -> tuple[Outcome, dict[str, Any]]:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "pwsh").write_text(STAND_IN)
    (folder / "pwsh").chmod(0o755)
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "GEMINI_API_KEY": "k"}
    shell = preferred(find_shells(environ, sys.platform))
    assert shell is not None
    assert shell == Shell(name="pwsh", path=str(folder / "pwsh"))
    with held_folder(tmp_path) as work:
        outcome = run_script(
            shell,
            script,
            folder=tmp_path / "scripts",
            session="s",
            work=work,
            environ=environ,
            platform=sys.platform,
            timeout_seconds=60,
            cancelled=lambda: False,
            output=lambda stream, text: None,
            started=lambda path, sha256: None,
        )
    return outcome, json.loads((tmp_path / "recorded.json").read_text())


def test_the_stand_in_gets_exactly_the_approved_bytes(tmp_path: Path) -> None:
    script = '"h\u00e9llo \u4e16\u754c \U0001f642"  # \' " ` $x --% \u201c \r\n'
    outcome, told = record(tmp_path, script)
    file = tmp_path / "scripts" / "s_1.ps1"
    assert bytes.fromhex(told["script"]) == b"\xef\xbb\xbf" + script.encode() == file.read_bytes()
    fixed = [
        "-NoLogo",
        "-NoProfile",
        "-NonInteractive",
        "-ExecutionPolicy",
        "Bypass",
        "-OutputFormat",
        "Text",
    ]
    assert told["argv"] == [*fixed, "-File", str(WRAPPER), str(file)]
    assert (told["stdin"], told["cwd"]) == ("", str(tmp_path))
    assert "GEMINI_API_KEY" not in told["env"]
    assert (outcome.exit_code, outcome.stdout) == (3, script)


def test_the_wrapper_is_constant_ascii_and_sets_utf8_output() -> None:
    text = WRAPPER.read_bytes().decode("ascii")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines[0].startswith("param(")
    assert "[Console]::OutputEncoding = $OutputEncoding = New-Object System.Text.UTF8Encoding $false" in text
    assert lines[-4:] == [
        "$CopilotSucceeded = $?",
        "if ($LASTEXITCODE) { exit $LASTEXITCODE }",
        "if (-not $CopilotSucceeded) { exit 1 }",
        "exit 0",
    ]


def test_constrained_language_mode_degrades_and_says_so() -> None:
    text = WRAPPER.read_text()
    fallback = text[text.index("} catch {") : text.index("$ProgressPreference")]
    assert "chcp.com 65001" in fallback
    assert "Write-Warning" in fallback
