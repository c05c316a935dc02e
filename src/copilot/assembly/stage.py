"""The rehearsal server of one desk: started when it is first needed, stopped with the desk."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copilot.rehearsal.scenario import Scenario
    from copilot.rehearsal.server import RehearsalServer


class Stage:
    """Holds at most one rehearsal server. `scenario` None means the shipped welcome."""

    def __init__(self, scenario: "Scenario | None") -> None:
        self._scenario = scenario
        self._server: RehearsalServer | None = None
        self._lock = threading.Lock()

    def server(self) -> "RehearsalServer":
        """The server, started."""
        with self._lock:
            if self._server is None:
                from copilot.rehearsal.scenario import shipped
                from copilot.rehearsal.server import RehearsalServer

                self._server = RehearsalServer(self._scenario or shipped("welcome"))
                self._server.start()
            return self._server

    def close(self) -> None:
        """Stop it, if it ever was started."""
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None
