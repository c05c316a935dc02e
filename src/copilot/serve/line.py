"""The stream of one project, for as long as somebody wants it: where it breaks it is made again."""

import threading
import time
from collections.abc import Callable

from copilot.serve.client import Client, Heard, RefusedByServerError
from copilot.vocabulary.errors import AuthError, CopilotError, NetworkError
from copilot.vocabulary.frozen import frozen

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the connection is made again; the last one is used for as long as it takes."""

REVOKED_HINT = (
    "It was revoked or has expired. Ask whoever runs the server for another one, then connect again."
)
_STAYS = frozenset({408, 429, 500, 502, 503, 504})
"""Refusals that may pass by themselves; 502 and 504 are said by what stands before a server that restarts."""


@frozen
class Pace:
    """The clocks: `utc` for events made here, `steady` and `pause` for the connection."""

    utc: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic


class Line:
    """Everything is called on a thread of its own: `take` with each line of the stream, `broke` once for each
    time that nothing comes any more, with the reason, and whether nothing ever will.

    It is given up after `patience` seconds without a connection, where that is said.
    """

    def __init__(
        self,
        client: Client,
        project: str,
        take: Callable[[Heard], None],
        broke: Callable[[CopilotError, bool], None],
        *,
        pace: Pace,
        patience: float | None = None,
    ) -> None:
        self._client, self._project = client, project
        self._take, self._broke = take, broke
        self._pace, self._patience = pace, patience
        self._after = 0
        self._well = False
        """Whether something was heard since the connection was made."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="remote", daemon=True)

    def start(self) -> None:
        """Begin to follow the project."""
        self._thread.start()

    def stop(self) -> None:
        """Follow no longer than to the next line; never waits."""
        self._stopped.set()

    def _run(self) -> None:
        tries, since, told = 0, self._pace.steady(), False
        while not self._stopped.is_set():
            self._well = False
            error = self._follow()
            if self._well:
                tries, since, told = 0, self._pace.steady(), False
            if error is not None and not self._stopped.is_set():
                late = self._patience is not None and self._pace.steady() - since > self._patience
                over = late or not _may_pass(error)
                if over or not told:
                    told = True
                    self._broke(error, over)
                if over:
                    return
            self._stopped.wait(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    def _follow(self) -> CopilotError | None:
        """Hear what comes until the connection ends; why it did, None where it is made again at once."""
        try:
            with self._client.follow(self._project, self._after) as heard:
                for one in heard:
                    if self._stopped.is_set():
                        return None
                    if one.end:
                        return _ended(one.end)
                    self._take(one)
                    self._well = True
                    self._after = max(self._after, one.number)
            return NetworkError("the connection ended")
        except NetworkError as error:  # what the library says of the end of a stream helps nobody
            return NetworkError("the connection broke") if self._well else error
        except CopilotError as error:
            return error
        except Exception as error:  # the top of the thread: it never ends without a word
            what = f"what the server told cannot be taken in ({type(error).__name__}: {error})"
            return CopilotError(what, "Is it of another version? copilot --version here and there.")


def _ended(why: str) -> CopilotError | None:
    """What the last line of a stream means: whoever was too slow, say, follows again from where they were."""
    match why:
        case "revoked":
            return AuthError("the server takes this token no more", REVOKED_HINT)
        case "shutdown":
            return NetworkError("the server was stopped", "It goes on when the server is there again.")
        case _:
            return None


def _may_pass(error: CopilotError) -> bool:
    return isinstance(error, NetworkError) or (
        isinstance(error, RefusedByServerError) and error.status in _STAYS
    )
