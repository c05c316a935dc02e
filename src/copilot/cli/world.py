"""What a subcommand is handed: streams, environment, folder, clock. Made once, in `__main__`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from copilot.assembly.keys_vault import Vault
from copilot.vocabulary.frozen import frozen

FAILED = 1
USAGE = 2
REJECTED = 3
ROUND_LIMIT = 4
CAPPED = 5
LATER = 75
INTERRUPTED = 130
"""Exit codes; 0 is "answered", 75 "come back later" (sysexits.h's EX_TEMPFAIL). Where several apply, 130
wins, then 1, 5, 4, 3 (see `exit_code`)."""


@frozen
class World:
    """The surroundings of one run.

    `clock` gives UTC seconds, `new_id` a short string that no other call gives; `vault` is the system's
    keyring.
    """

    environ: Mapping[str, str]
    cwd: Path
    platform: str
    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    clock: Callable[[], float]
    new_id: Callable[[], str]
    vault: Vault


@frozen
class Ending:
    """How a turn ended, as far as the exit code is concerned."""

    interrupted: bool = False
    failed: bool = False
    capped: bool = False
    round_limit: bool = False
    rejections: int = 0


def exit_code(ending: Ending) -> int:
    """130 before 1 before 5 before 4 before 3 before 0."""
    if ending.interrupted:
        return INTERRUPTED
    if ending.failed:
        return FAILED
    if ending.capped:
        return CAPPED
    if ending.round_limit:
        return ROUND_LIMIT
    return REJECTED if ending.rejections else 0
