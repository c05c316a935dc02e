"""A Windows job object: everything started inside it ends with it. Written to the documentation.

`CreateJobObjectW`, `SetInformationJobObject`, `AssignProcessToJobObject`, `TerminateJobObject`,
`QueryInformationJobObject`, `OpenProcess` and `QueryFullProcessImageNameW` of the Win32 API, through ctypes.
Where a job cannot be made, `taskkill /T /F` ends the tree that it can still see.
"""

import ctypes
import ntpath
import subprocess
import sys
from collections.abc import Mapping
from ctypes import c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any

from copilot.vocabulary.frozen import mutable

KILL_ON_JOB_CLOSE = 0x2000
EXTENDED_LIMIT_INFORMATION, BASIC_ACCOUNTING_INFORMATION, BASIC_PROCESS_ID_LIST = 9, 1, 3
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
_LISTED = 64
"""Processes of a job that are asked for; Windows fills the list as far as it goes."""
_NAME_CHARACTERS = 1024
CREATE_NO_WINDOW = 0x0800_0000
"""A hidden console exists (DETACHED_PROCESS has none, and PowerShell's encoding setter then throws)."""


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", c_int64),
        ("PerJobUserTimeLimit", c_int64),
        ("LimitFlags", c_uint32),
        ("MinimumWorkingSetSize", c_size_t),
        ("MaximumWorkingSetSize", c_size_t),
        ("ActiveProcessLimit", c_uint32),
        ("Affinity", c_size_t),
        ("PriorityClass", c_uint32),
        ("SchedulingClass", c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; the six IO counters in the middle are of no interest here."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", c_uint64 * 6),
        ("ProcessMemoryLimit", c_size_t),
        ("JobMemoryLimit", c_size_t),
        ("PeakProcessMemoryUsed", c_size_t),
        ("PeakJobMemoryUsed", c_size_t),
    )


class Accounting(ctypes.Structure):
    """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION."""

    _fields_ = (
        ("TotalUserTime", c_int64),
        ("TotalKernelTime", c_int64),
        ("ThisPeriodTotalUserTime", c_int64),
        ("ThisPeriodTotalKernelTime", c_int64),
        ("TotalPageFaultCount", c_uint32),
        ("TotalProcesses", c_uint32),
        ("ActiveProcesses", c_uint32),
        ("TotalTerminatedProcesses", c_uint32),
    )


class ProcessIds(ctypes.Structure):
    """JOBOBJECT_BASIC_PROCESS_ID_LIST."""

    _fields_ = (
        ("NumberOfAssignedProcesses", c_uint32),
        ("NumberOfProcessIdsInList", c_uint32),
        ("ProcessIdList", c_size_t * _LISTED),
    )


def kill_on_close() -> ExtendedLimits:
    """The limits we set: all processes end when the last handle closes; none may break away."""
    return ExtendedLimits(BasicLimitInformation=BasicLimits(LimitFlags=KILL_ON_JOB_CLOSE))


def taskkill_argv(pid: int, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Ends a process and the children that still name it as their parent."""
    system = {key.upper(): value for key, value in environ.items()}.get("SYSTEMROOT") or "C:\\Windows"
    return (ntpath.join(system, "System32", "taskkill.exe"), "/T", "/F", "/PID", str(pid))


@mutable(kw_only=True)
class Job:
    """The tree of one process. `handle` is None where no job object could be made."""

    kernel: Any
    handle: int | None
    pid: int
    environ: Mapping[str, str]

    def active(self) -> int:
        """How many processes of the job run; 0 where that cannot be known."""
        told = Accounting()
        if self.handle is not None:
            size = ctypes.sizeof(told)
            self.kernel.QueryInformationJobObject(
                self.handle, BASIC_ACCOUNTING_INFORMATION, ctypes.byref(told), size, None
            )
        return int(told.ActiveProcesses)

    def named(self, most: int) -> tuple[tuple[int, str], ...]:
        """Pid and program of at most so many processes of the job, our stub left out."""
        told = ProcessIds()
        if self.handle is not None:
            size = ctypes.sizeof(told)
            self.kernel.QueryInformationJobObject(
                self.handle, BASIC_PROCESS_ID_LIST, ctypes.byref(told), size, None
            )
        listed = [int(pid) for pid in told.ProcessIdList[: told.NumberOfProcessIdsInList]]
        return tuple((pid, self._name(pid)) for pid in sorted(listed) if pid != self.pid)[:most]

    def _name(self, pid: int) -> str:
        process = self.kernel.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
        if not process:
            return ""
        name, size = ctypes.create_unicode_buffer(_NAME_CHARACTERS), c_uint32(_NAME_CHARACTERS)
        self.kernel.QueryFullProcessImageNameW(process, 0, name, ctypes.byref(size))
        self.kernel.CloseHandle(process)
        return ntpath.basename(name.value)

    def end(self) -> None:
        """End everything in the job."""
        if self.handle is not None:
            self.kernel.TerminateJobObject(self.handle, 1)
        else:
            subprocess.run(taskkill_argv(self.pid, self.environ), capture_output=True, check=False)

    def close(self) -> None:
        """Give the handle back; whatever is still inside ends."""
        if self.handle is not None:
            self.kernel.CloseHandle(self.handle)
            self.handle = None


def job_for(process: "subprocess.Popen[bytes]", environ: Mapping[str, str], kernel: Any = None) -> Job:
    """Put a process that has started nothing yet into a job of its own. `kernel` is kernel32."""
    kernel = _kernel32() if kernel is None else kernel
    handle = kernel.CreateJobObjectW(None, None)
    limits = kill_on_close()
    ready = handle and kernel.SetInformationJobObject(
        handle, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    own = getattr(process, "_handle", 0)  # Popen's process handle has no public name
    if ready and kernel.AssignProcessToJobObject(handle, int(own)):
        return Job(kernel=kernel, handle=handle, pid=process.pid, environ=environ)
    if handle:
        kernel.CloseHandle(handle)
    return Job(kernel=kernel, handle=None, pid=process.pid, environ=environ)


def _kernel32() -> Any:
    if sys.platform != "win32":
        raise OSError("job objects exist on Windows only")
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = c_void_p
    kernel.CreateJobObjectW.argtypes = (c_void_p, c_void_p)
    kernel.SetInformationJobObject.argtypes = (c_void_p, c_uint32, c_void_p, c_uint32)
    kernel.AssignProcessToJobObject.argtypes = (c_void_p, c_void_p)
    kernel.TerminateJobObject.argtypes = (c_void_p, c_uint32)
    kernel.QueryInformationJobObject.argtypes = (c_void_p, c_uint32, c_void_p, c_uint32, c_void_p)
    kernel.OpenProcess.restype = c_void_p
    kernel.OpenProcess.argtypes = (c_uint32, c_int32, c_uint32)
    kernel.QueryFullProcessImageNameW.argtypes = (c_void_p, c_uint32, c_void_p, c_void_p)
    kernel.CloseHandle.argtypes = (c_void_p,)
    return kernel
