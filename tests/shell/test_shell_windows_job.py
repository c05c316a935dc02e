"""The Windows half, as far as it can be decided elsewhere: layouts, order of calls, argument lists."""

import ctypes
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from copilot.shell.tree import RUNNER, runner_argv
from copilot.shell.windows_job import (
    Accounting,
    BasicLimits,
    ExtendedLimits,
    ProcessIds,
    job_for,
    kill_on_close,
    taskkill_argv,
)


@dataclass
class Kernel:
    """Answers like kernel32 and remembers what it was asked."""

    assigns: bool = True
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def CreateJobObjectW(self, security: object, name: object) -> int:
        self.asked.append(("create", security, name))
        return 77

    def SetInformationJobObject(self, handle: int, kind: int, limits: Any, size: int) -> bool:
        flags = limits._obj.BasicLimitInformation.LimitFlags
        self.asked.append(("limits", handle, kind, flags, size))
        return True

    def AssignProcessToJobObject(self, handle: int, process: int) -> bool:
        self.asked.append(("assign", handle, process))
        return self.assigns

    def QueryInformationJobObject(self, handle: int, kind: int, told: Any, size: int, out: object) -> bool:
        if kind == 3:
            told._obj.NumberOfProcessIdsInList = 4
            told._obj.ProcessIdList[:4] = (99, 4242, 7, 8)
            return True
        told._obj.ActiveProcesses = 3
        self.asked.append(("query", handle, kind, size, out))
        return True

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> int:
        assert (access, inherit) == (0x1000, False)
        return 0 if pid == 8 else 1000 + pid

    def QueryFullProcessImageNameW(self, process: int, flags: int, name: Any, size: Any) -> bool:
        assert (flags, size._obj.value) == (0, 1024)
        name.value = f"C:\\Program Files\\tool{process}.exe"
        return True

    def TerminateJobObject(self, handle: int, code: int) -> bool:
        self.asked.append(("terminate", handle, code))
        return True

    def CloseHandle(self, handle: int) -> bool:
        self.asked.append(("close", handle))
        return True


@dataclass
class Started:
    """As much of a Popen as the job looks at."""

    pid: int = 4242
    _handle: int = 11


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the documented sizes are those of 64 bits")
def test_the_structures_have_the_documented_sizes() -> None:
    sizes = [ctypes.sizeof(kind) for kind in (BasicLimits, ExtendedLimits, Accounting, ProcessIds)]
    assert sizes == [64, 144, 48, 8 + 64 * 8]


def test_a_process_is_put_into_a_job_that_ends_with_its_handle() -> None:
    kernel = Kernel()
    job = job_for(cast(Any, Started()), {}, kernel)
    assert job.active() == 3
    job.end()
    job.close()
    job.close()
    assert kernel.asked == [
        ("create", None, None),
        ("limits", 77, 9, 0x2000, 144),
        ("assign", 77, 11),
        ("query", 77, 1, 48, None),
        ("terminate", 77, 1),
        ("close", 77),
    ]


def test_what_is_left_in_a_job_is_named_but_for_our_stub() -> None:
    kernel = Kernel()
    job = job_for(cast(Any, Started()), {}, kernel)
    assert job.named(6) == ((7, "tool1007.exe"), (8, ""), (99, "tool1099.exe"))
    assert job.named(1) == ((7, "tool1007.exe"),)
    closed = [one[1] for one in kernel.asked if one[0] == "close"]
    assert closed == [1007, 1099] * 2


def test_without_a_job_the_tree_is_ended_by_taskkill() -> None:
    kernel = Kernel(assigns=False)
    job = job_for(cast(Any, Started()), {"SystemRoot": "D:\\W"}, kernel)
    assert (job.handle, job.active()) == (None, 0)
    assert kernel.asked[-1] == ("close", 77)
    expected = ("D:\\W\\System32\\taskkill.exe", "/T", "/F", "/PID", "4242")
    assert taskkill_argv(job.pid, job.environ) == expected


def test_nothing_may_break_away() -> None:
    assert kill_on_close().BasicLimitInformation.LimitFlags == 0x2000  # neither BREAKAWAY_OK flag


def test_the_runner_s_interpreter() -> None:
    launcher, real = "C:\\v\\Scripts\\pythonw.exe", "C:\\Python\\pythonw.exe"
    assert runner_argv("win32", launcher, real) == ("C:\\Python\\python.exe", "-I", "-S", str(RUNNER))
    assert runner_argv("linux", "/v/bin/python", "/usr/bin/python3") == (
        "/v/bin/python",
        "-I",
        "-S",
        str(RUNNER),
    )
