"""What was asked for in earlier sessions, out of their logs, newest first and bounded."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import ApprovalRequested, ApprovalResolved, ProjectOpened
from copilot.vocabulary.frozen import frozen, replace

MOST_LOGS = 60
MOST_BYTES = 64 * 2**20
"""What is read of all logs together."""

_LONGEST_LINE = 4 * 2**20


@frozen
class PastRequest:
    """One request: the log it stands in, its line from 1, and what was answered ("" where nothing was)."""

    log: str
    line: int
    at: float
    project: str
    request: ApprovalRequested
    answered: str = ""


def past_requests(
    logs: Path, stopped: Callable[[], bool] = lambda: False, *, most_bytes: int = MOST_BYTES
) -> Iterator[PastRequest]:
    """The requests of the newest logs, those of one log in their order, the newest log first.

    A log or a line that cannot be read is passed over. Ends early once `stopped` is true.
    """
    left = most_bytes
    for path in _newest(logs):
        try:
            size = path.stat().st_size
            if size > left or stopped():
                return
            left -= size
            found = _in_log(path, stopped)
        except OSError:
            continue
        yield from reversed(found)


def _newest(logs: Path) -> list[Path]:
    try:
        return sorted(logs.glob("comms_*.log"), reverse=True)[:MOST_LOGS]
    except OSError:
        return []


def _in_log(path: Path, stopped: Callable[[], bool]) -> list[PastRequest]:
    found: dict[str, PastRequest] = {}
    project = ""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if len(line) > _LONGEST_LINE or not _may_count(line):
                continue
            if stopped():
                break
            match _event(line):
                case ProjectOpened(project=opened):
                    project = opened.name
                case ApprovalRequested() as asked:
                    found[asked.request_id] = PastRequest(
                        log=path.name, line=number, at=asked.at, project=project, request=asked
                    )
                case ApprovalResolved(request_id=request_id, decision=decision) if request_id in found:
                    found[request_id] = replace(found[request_id], answered=decision)
                case _:
                    pass
    return list(found.values())


def _may_count(line: bytes) -> bool:
    head = line[:200]
    return b'"Approval' in head or b'"ProjectOpened"' in head


def _event(line: bytes) -> object:
    try:
        told = cast(dict[str, Any], json.loads(line))
        return decode_event(told["event"])
    except (ValueError, LookupError, TypeError, CopilotError):
        return None
