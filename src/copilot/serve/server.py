"""The server itself: the ASGI server on a thread of its own, and the watch over tokens that go away."""

import asyncio
import logging
import threading
import traceback
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from uvicorn import Config, Server

from copilot.serve.admitting import Clocks
from copilot.serve.app import Parts, door
from copilot.serve.audit import AuditLogs
from copilot.serve.certificate import LOOK_SECONDS
from copilot.serve.connection import Bounds, connections
from copilot.serve.contract import Workspaces
from copilot.serve.guarding import Sizes
from copilot.serve.listening import Listening
from copilot.serve.recording import Recorder
from copilot.serve.threads import Threads
from copilot.serve.tokens import Register
from copilot.serve.visits import Visits
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice

WATCH_SECONDS = 0.2
"""How often the file of tokens is looked at: what a revoked one began ends within a second."""

_END_SECONDS = 5
_JOIN_SECONDS = 15.0


@frozen
class Told:
    """What a server is given. `secret_paths`: folders that are taken out of what users are told.

    `model` as `app.Parts` has it.
    """

    listening: Listening
    workspaces: Workspaces
    register: Register
    logs: AuditLogs
    complain: Callable[[str], None]
    model: ModelChoice | None = None
    secret_paths: tuple[str, ...] = ()
    clocks: Clocks = Clocks()
    bounds: Bounds = Bounds()
    sizes: Sizes = Sizes()


class CopilotServer:
    """Serves until `stop`. `alive` turns False, too, where it broke: the operator was told."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._visits, self._threads = Visits(), Threads()
        self._recorder = Recorder(told.logs, told.complain, told.clocks.steady)
        parts = Parts(
            workspaces=told.workspaces,
            register=told.register,
            recorder=self._recorder,
            visits=self._visits,
            threads=self._threads,
            clocks=told.clocks,
            hosts=told.listening.hosts,
            complain=told.complain,
            model=told.model,
            secret_paths=told.secret_paths,
            sizes=told.sizes,
        )
        self._server = Server(_config(door(parts, self._beside), told))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="serve", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Serve on the sockets; returns when it does. Raises CopilotError where it does not begin."""
        self._thread.start()
        begun = threading.Event()
        while not self._server.started and self._thread.is_alive():
            begun.wait(0.01)
        if not self._server.started:
            raise CopilotError("the server did not begin", "What it said before has the reason.")

    def stop(self) -> None:
        """End: followers are told, processes stopped, logs closed. May be called twice."""
        self._server.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                self._loop.call_soon_threadsafe(self._visits.end_all, "shutdown")
        if self._thread.ident is not None:
            self._thread.join(_JOIN_SECONDS)
        self._told.workspaces.close()
        self._threads.close()
        self._recorder.close()
        self._told.listening.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=list(self._told.listening.sockets))
        except (Exception, SystemExit):  # the top of the thread; the library exits where it cannot start
            self._told.complain(traceback.format_exc())

    @asynccontextmanager
    async def _beside(self, _app: Any) -> AsyncGenerator[None]:
        """While requests are served, tokens are watched."""
        self._loop = asyncio.get_running_loop()
        watches = [asyncio.create_task(one()) for one in (self._watch, self._watch_certificate)]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()

    async def _watch(self) -> None:
        """End what runs by tokens that were revoked or have expired."""
        told = self._told
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._server.should_exit:
                self._visits.end_all("shutdown")
                continue
            valid = told.register.roll().valid(told.clocks.utc())
            gone = {one: user for one, user in self._visits.seen.items() if one not in valid}
            if not gone:
                continue
            self._visits.end(gone, "revoked")
            for one in gone:
                del self._visits.seen[one]
            for user in set(gone.values()):
                await self._end(user)

    async def _watch_certificate(self) -> None:
        """Take a renewed certificate without a new start; the operator hears of one that cannot be used."""
        tls = self._told.listening.tls
        while tls is not None:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if trouble := await self._threads.run(None, tls.look):
                    self._told.complain(trouble)
            except Exception:  # the watch goes on, with the certificate that there is
                self._told.complain(traceback.format_exc())

    async def _end(self, user: str) -> None:
        try:
            await self._threads.run(None, self._told.workspaces.stop_user, user)
        except Exception:  # the watch goes on: there are others to be ended
            self._told.complain(traceback.format_exc())


def _config(app: Any, told: Told) -> Config:
    tls = told.listening.tls
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # it is told by us, without addresses
    return Config(
        app,
        loop="copilot.serve.loop:ServeLoop",
        http=connections(told.bounds),
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        workers=1,
        timeout_keep_alive=told.bounds.idle_seconds,
        timeout_graceful_shutdown=_END_SECONDS,
        h11_max_incomplete_event_size=told.sizes.head,
        ssl_context_factory=None if tls is None else (lambda _config, _usual: tls.context),
    )
