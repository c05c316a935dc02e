"""What was asked for in earlier sessions, out of their logs, newest first and bounded."""

from collections.abc import Callable, Iterator
from pathlib import Path

from copilot.record.log_files import Part, sessions_in
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import ApprovalRequested, ApprovalResolved, ProjectOpened
from copilot.vocabulary.frozen import frozen, replace

MOST_LOGS = 60
MOST_BYTES = 64 * 2**20
"""What is read of all logs together."""


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
    for session, parts in _newest(logs):
        try:
            left -= sum(part.path.stat().st_size for part in parts)
            if left < 0 or stopped():
                return
            found = _in_log(logs, session, stopped)
        except (OSError, StorageError):
            continue
        yield from reversed(found)


def _newest(logs: Path) -> list[tuple[str, tuple[Part, ...]]]:
    try:
        return sorted(sessions_in(logs).items(), reverse=True)[:MOST_LOGS]
    except StorageError:
        return []


def _in_log(logs: Path, session: str, stopped: Callable[[], bool]) -> list[PastRequest]:
    found: dict[str, PastRequest] = {}
    project = ""
    from copilot.record.log_reader import LogReader  # with OpenSSL: a start looks at no log

    with LogReader(logs, session) as reader:
        for record in reader.records(_may_count):
            if stopped():
                break
            match record.event():
                case ProjectOpened(project=opened):
                    project = opened.name
                case ApprovalRequested() as asked:
                    found[asked.request_id] = PastRequest(
                        log=record.path.name, line=record.line, at=asked.at, project=project, request=asked
                    )
                case ApprovalResolved(request_id=request_id, decision=decision) if request_id in found:
                    found[request_id] = replace(found[request_id], answered=decision)
                case _:
                    pass
    return list(found.values())


def _may_count(head: bytes) -> bool:
    return b'"Approval' in head or b'"ProjectOpened"' in head
