"""What holds for one user's process and for what it starts: the owner's settings made narrower, and limits
that the kernel holds."""

import os
import sys
import threading

from copilot.projects.settings import Settings
from copilot.serve.contract import Limits
from copilot.serve.quota import MB
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.snapshots import SnapshotSettings

STACK_BYTES = 2 * 1024 * 1024
"""Of each thread: eight times as much, the usual, would count as memory that is used (RLIMIT_DATA)."""

LAST_CPU_SECONDS = 30
"""Between the signal that the CPU seconds are used up, and the end."""

NICER = 5
"""By how much users' processes stand back behind the server."""


def narrowed(settings: Settings, limits: Limits) -> Settings:
    """The settings of the server's owner as they are for a user: never wider, and no servers that are tools.

    What is kept for the undo may take half of the disk.
    """
    run, seconds = settings.run, settings.limits
    half = max(1, limits.disk_mb // 2)
    kept = settings.snapshots
    return replace(
        settings,
        project="",
        servers=(),
        caps=settings.caps.lowered(Caps(day_usd=limits.day_usd)),
        limits=replace(
            seconds,
            script_seconds=min(seconds.script_seconds, limits.script_seconds),
            python_seconds=min(seconds.python_seconds, limits.script_seconds),
            run_seconds=tuple(
                replace(one, seconds=min(one.seconds, limits.script_seconds)) for one in seconds.run_seconds
            ),
        ),
        run=RunSettings(
            confined=True,
            network=run.network,
            memory_mb=_least(run.memory_mb, limits.memory_mb),
            cpu_seconds=_least(run.cpu_seconds, limits.cpu_seconds),
            file_mb=_least(run.file_mb, limits.file_mb),
            processes=_least(run.processes, limits.processes),
        ),
        snapshots=SnapshotSettings(
            days=kept.days,
            runs=kept.runs,
            folder_mb=min(kept.folder_mb, half),
            all_mb=min(kept.all_mb, half),
            file_mb=min(kept.file_mb, limits.file_mb),
        ),
    )


def _least(one: int, other: int) -> int:
    """The smaller of two limits of which 0 is none."""
    return min((limit for limit in (one, other) if limit > 0), default=0)


def bound_process(limits: Limits) -> None:
    """Bound this process, and with it all that it starts. Windows bounds nothing: it runs no scripts here."""
    threading.stack_size(STACK_BYTES)
    if sys.platform == "win32":
        return
    import resource

    os.nice(NICER)
    cpu, file, data = limits.cpu_seconds, limits.file_mb * MB, limits.memory_mb * MB
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + LAST_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, file, file),
        (resource.RLIMIT_DATA, data, data),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        most = resource.getrlimit(kind)[1]
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))
