"""What of each request comes into the audit logs, and when: before it changes something, and at its end."""

import asyncio
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.serve.admitting import VISIT, peer_of
from copilot.serve.audit import AuditLogs, Entry
from copilot.serve.throttling import Buckets
from copilot.serve.tokens import NOBODY
from copilot.serve.visits import Visit
from copilot.vocabulary.errors import CopilotError, StorageError

STRANGE_A_MINUTE = 60.0
"""Lines about strangers, so that none of them fills the disk; how many more there were stands in the next."""


class Recorder:
    """Writes the logs on threads of its own: no request waits for another one's disk."""

    def __init__(
        self,
        logs: AuditLogs,
        complain: Callable[[str], None],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logs, self._complain, self._steady = logs, complain, steady
        self._threads = ThreadPoolExecutor(4, "audit")
        self._buckets = Buckets()
        self._untold = 0

    async def begins(self, visit: Visit, did: str, project: str, size: int) -> None:
        """Something is about to be changed. On return it is on the medium. Raises StorageError."""
        visit.did, visit.project, visit.received = did, project, size
        await self._write(visit.user.name, {"begins": did, **_about(visit)}, sync=True)

    async def ended(self, visit: Visit, status: int, sent: int, seconds: float) -> None:
        """What became of a request; 0 as its status: nothing was answered. Where it cannot be written the
        operator is told: what changes something is refused then."""
        entry: Entry = {
            "ended": visit.did,
            **_about(visit),
            "status": status,
            "sent": sent,
            "seconds": round(seconds, 3),
            **({"cut": visit.why} if visit.why else {}),
            **({"refused_before": visit.refused_before} if visit.refused_before else {}),
        }
        try:
            await self._write(visit.user.name, entry, sync=False)
        except StorageError as error:
            self._complain(str(error))

    def strange(self, scope: Scope, why: str) -> None:
        """Somebody came who is nobody here, or by a way that is none. Only on the loop; does not wait."""
        if self._buckets.take("", STRANGE_A_MINUTE, self._steady()):
            self._untold += 1
            return
        more, self._untold = self._untold, 0
        entry: Entry = {"refused": why, "peer": peer_of(scope), **({"more": more} if more else {})}
        self._threads.submit(self._note, entry)

    def close(self) -> None:
        """Write what waits, and close the logs."""
        self._threads.shutdown()
        try:
            self._logs.close()
        except StorageError as error:
            self._complain(str(error))

    def _note(self, entry: Entry) -> None:
        try:
            self._logs.write(NOBODY, entry, sync=False)
        except StorageError as error:
            self._complain(str(error))
        except Exception:  # the top of a thread's work: nobody waits for it
            self._complain(traceback.format_exc())

    async def _write(self, name: str, entry: Entry, *, sync: bool) -> None:
        work = partial(self._logs.write, name, entry, sync=sync)
        await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _about(visit: Visit) -> dict[str, str | int]:
    project = {"project": visit.project} if visit.project else {}
    return {**project, "token": visit.token.id, "peer": visit.peer, "received": visit.received}


class Audited:
    """Answers every admitted request, also where it is refused, and has it written down when it has ended."""

    def __init__(
        self,
        app: ASGIApp,
        recorder: Recorder,
        steady: Callable[[], float],
        answer: Callable[[CopilotError], ASGIApp],
    ) -> None:
        self._app, self._recorder, self._steady, self._answer = app, recorder, steady, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit: Visit = scope[VISIT]
        visit.did = f"{scope['method']} elsewhere"
        status, sent, begun = 0, 0, self._steady()

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except CopilotError as error:
            if status:
                raise
            await self._answer(error)(scope, receive, sending)
        except Exception:
            status = status or 500  # it is answered further out
            raise
        finally:
            await self._recorder.ended(visit, status, sent, self._steady() - begun)
