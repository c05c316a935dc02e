"""What is answered where something went wrong: JSON with the error and what to do next, never an inside."""

import errno
import math
from collections.abc import Iterator, Mapping

from starlette.responses import JSONResponse

from copilot.serve.contract import ForbiddenError, NotThereError, TooMuchError, WorkspaceEndedError
from copilot.vocabulary.errors import CopilotError, LockedError, StorageError
from copilot.vocabulary.text import visible

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_STORAGE = "the server could not read or write a file of its own"
_DISK_FULL = "the server's disk is full"
_TELL = "Tell whoever runs the server; what it says in its own terminal has the details."


class RefusedError(CopilotError):
    """A request that is refused with this status. With `closes` the connection ends: its body is not read."""

    kind = "bad_request"

    def __init__(
        self,
        status: int,
        message: str,
        hint: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        closes: bool = False,
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.headers = {**(headers or {}), **({"connection": "close"} if closes else {})}


def failed(
    status: int,
    message: str,
    next_step: str = "",
    *,
    kind: str = "bad_request",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error as clients read it: `{error, next_step, kind}`."""
    told = {"error": visible(message), "next_step": visible(next_step), "kind": kind}
    return JSONResponse(told, status_code=status, headers=headers)


def of_error(error: CopilotError, secret_paths: tuple[str, ...] = ()) -> JSONResponse:
    """The answer to an error that was raised on purpose. `secret_paths`: folders that nobody is told of."""
    if isinstance(error, StorageError) and not isinstance(error, LockedError):
        if is_full(error):
            return failed(
                507, _DISK_FULL, "Nothing was changed. Try again when there is room.", kind="storage"
            )
        return failed(500, _STORAGE, _TELL, kind="storage")
    status, headers = _status(error)
    message, hint = (_without(text, secret_paths) for text in (str(error), error.hint))
    return failed(status, message, hint, kind=error.kind, headers=headers)


def is_full(error: BaseException) -> bool:
    """Whether it comes of a disk, or a share of one, without room."""
    return any(isinstance(one, OSError) and one.errno in _FULL for one in _causes(error))


def _status(error: CopilotError) -> tuple[int, dict[str, str]]:
    match error:
        case RefusedError(status=status, headers=headers):
            return status, headers
        case ForbiddenError():
            return 403, {}
        case NotThereError():
            return 404, {}
        case TooMuchError(retry_after=None):
            return 413, {}
        case TooMuchError(retry_after=float(seconds)):
            return 429, {"retry-after": str(max(1, math.ceil(seconds)))}
        case WorkspaceEndedError():
            return 503, {"retry-after": "1"}
        case LockedError():
            return 409, {}
        case _:
            return 400, {}


def _without(text: str, secret_paths: tuple[str, ...]) -> str:
    for path in secret_paths:
        text = text.replace(path, "…")
    return text


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
