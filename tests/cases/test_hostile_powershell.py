"""Area `powershell` of the hostile cases, at our own decision: what a stand-in for it is given, what the
wrapper says, how a script is read. What only a real PowerShell can show is listed in `docs/unverified.md`.
"""

import ctypes
import json
import sys
from pathlib import Path
from typing import Any, cast

import pytest
from hostile import case

from copilot.shell.reading.reader import read_script
from copilot.shell.shells import WRAPPER, Shell, script_bytes
from copilot.shell.windows_job import KILL_ON_JOB_CLOSE, job_for, kill_on_close
from copilot.vocabulary.errors import TurnCancelledError
from tool_world import World, make_world

BREAKAWAY_OK, SILENT_BREAKAWAY_OK = 0x800, 0x1000
"""JOB_OBJECT_LIMIT flags of winnt.h that would let a child out of its job."""
RECORDER = f"""#!{sys.executable} -I
import json, os, pathlib, sys, time
script = pathlib.Path(sys.argv[-1]).read_bytes()
told = {{"argv": sys.argv[1:], "stdin": sys.stdin.read(), "script": script.hex()}}
pathlib.Path("recorded.json").write_text(json.dumps(told))
text = script.decode("utf-8-sig")
if text.startswith("Write-Error x"):
    print("Write-Error: x", file=sys.stderr, flush=True)
    time.sleep(0.3)  # two pipes: what comes at the very same time has no order
    print("after", flush=True)
elif text.startswith("Start-Process"):
    os.spawnlp(os.P_NOWAIT, "setsid", "setsid", "sleep", "600")
    print("ready", flush=True)
    os.execlp("sleep", "sleep", "600")
else:
    sys.stdout.buffer.write(script.removeprefix(b"\\xef\\xbb\\xbf"))
"""


@pytest.fixture(params=["powershell", "pwsh"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A machine whose PowerShell is the recorder, once as 5.1 and once as 7."""
    world = make_world(tmp_path)
    program = tmp_path / "bin" / request.param
    program.parent.mkdir()
    program.write_text(RECORDER)
    program.chmod(0o755)
    world.shell = Shell(name=request.param, path=str(program))
    return world


def recorded(world: World) -> dict[str, Any]:
    """What the program was given."""
    return json.loads((world.root / "recorded.json").read_text())


def test_text_round_trips_with_a_mark_and_utf8_output(world: World) -> None:
    script = case("ps-001")
    told = world.call("run_powershell", script=script)
    assert f"stdout:\n{script}" in told
    given = recorded(world)
    assert (
        bytes.fromhex(given["script"])
        == b"\xef\xbb\xbf" + script.encode()
        == script_bytes("powershell", script)
    )
    assert given["argv"][-3:-1] == ["-File", str(WRAPPER)]
    wrapper = WRAPPER.read_text(encoding="ascii")
    assert (
        "[Console]::OutputEncoding = $OutputEncoding = New-Object System.Text.UTF8Encoding $false" in wrapper
    )
    assert wrapper.index("OutputEncoding") < wrapper.index("& $CopilotApprovedScript")


def test_a_script_that_asks_gets_an_error_and_no_hang(world: World) -> None:
    told = world.call("run_powershell", script=case("ps-003"))
    assert told.startswith("exit code 0 after ")
    given = recorded(world)
    assert "-NonInteractive" in given["argv"][: given["argv"].index("-File")]
    assert given["stdin"] == ""
    (hazard,) = read_script("powershell", case("ps-003"), cwd="/p").hazards
    assert (hazard.kind, hazard.words) == ("prompt", "Read-Host fails here, and nobody can answer.")


class Kernel:
    """Answers like kernel32; remembers the order of what it was asked, and the flags."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.flags = 0

    def CreateJobObjectW(self, security: object, name: object) -> int:
        self.asked.append("create")
        return 77

    def SetInformationJobObject(self, handle: int, kind: int, limits: Any, size: int) -> bool:
        self.asked.append("limit")
        self.flags = limits._obj.BasicLimitInformation.LimitFlags
        return True

    def AssignProcessToJobObject(self, handle: int, process: int) -> bool:
        self.asked.append("assign")
        return True

    def TerminateJobObject(self, handle: int, code: int) -> bool:
        self.asked.append("terminate")
        return True

    def CloseHandle(self, handle: int) -> bool:
        self.asked.append("close")
        return True


class Stub:
    """As much of a Popen as the job looks at: the stub has started nothing yet."""

    pid, _handle = 4242, 11


def test_a_child_is_in_the_job_and_stop_ends_the_job() -> None:
    assert case("ps-005") == "Start-Process notepad"
    kernel = Kernel()
    job = job_for(cast(Any, Stub()), {}, kernel)
    job.end()
    job.close()
    assert kernel.asked == ["create", "limit", "assign", "terminate", "close"]
    assert kernel.flags == KILL_ON_JOB_CLOSE == kill_on_close().BasicLimitInformation.LimitFlags
    assert not kernel.flags & (BREAKAWAY_OK | SILENT_BREAKAWAY_OK)
    assert ctypes.sizeof(kill_on_close()) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="the stand-in needs setsid")
def test_what_it_started_beside_itself_ends_with_it(world: World) -> None:
    world.cancelled = lambda: "ready" in "".join(text for _, text in world.output)
    with pytest.raises(TurnCancelledError):
        world.call("run_powershell", script=case("ps-005"))
    assert recorded(world)["stdin"] == ""
    left = [
        entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and _runs_in(entry, world.root)
    ]
    assert left == []


def _runs_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").resolve() == folder and b"sleep" in (process / "cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize(
    "script", [case("ps-007"), "git commit --% -m x & del y", 'echo hi; cmd --% /c "del x"']
)
def test_the_stop_parsing_token_cannot_be_vouched_for(script: str) -> None:
    reading = read_script("powershell", script, cwd="/p")
    assert not reading.understood
    assert "unknown" in reading.effects
    assert any("--% hands the rest of the line on unread." in one.why for one in reading.statements)


@pytest.mark.parametrize(
    "script",
    [
        case("ps-009"),
        "begin{Remove-Item x} process{} end{}",
        "param($a = (Remove-Item x)) 1",
        "dynamicparam{Remove-Item x} end{}",
        "[CmdletBinding()]param() process{Remove-Item x}",
        "end{} clean{Remove-Item x}",
    ],
)
def test_blocks_outside_the_end_block_are_read_too(script: str) -> None:
    reading = read_script("powershell", script, cwd="/p")
    assert "deletes" in reading.effects or not reading.understood


def test_constrained_language_mode_degrades_and_says_so() -> None:
    assert "constrained language mode" in case("ps-011")["env"]
    wrapper = WRAPPER.read_text(encoding="ascii")
    before, _, rest = wrapper.partition("} catch {")
    fallback, _, after = rest.partition("\n}\n")
    assert before.rstrip().endswith("UTF8Encoding $false")
    assert before.count("try {") == 1
    assert "chcp.com 65001" in fallback
    assert "Write-Warning 'This machine restricts PowerShell (constrained language mode)" in fallback
    assert "& $CopilotApprovedScript" in after, "it runs all the same"
    assert not any(word in after for word in ("::", "New-Object", "Add-Type")), (
        "nothing else is forbidden there"
    )


def test_an_error_that_ends_nothing_is_shown_and_the_rule_for_the_exit_code_is_written_down(
    world: World,
) -> None:
    told = world.call("run_powershell", script=case("ps-013"))
    assert told.startswith("exit code 0 after ")
    assert told.endswith("stdout:\nafter\nstderr:\nWrite-Error: x")
    assert [text for _, text in world.output if text.strip()] == ["Write-Error: x\n", "after\n"]
    rule = "An error that does not end the script is shown on stderr and does not change the exit code."
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
    assert rule in " ".join(WRAPPER.read_text(encoding="ascii").replace("\n#", "").split())
    assert rule in " ".join(page.split())
    wrapper = WRAPPER.read_text(encoding="ascii")
    assert "ErrorActionPreference" not in wrapper, "the script runs as it would by itself"
