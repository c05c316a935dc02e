"""A rehearsal server for each test, from a scenario written in the test."""

from collections.abc import Callable, Iterator

import pytest

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

Serve = Callable[[str], RehearsalServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server from a scenario's TOML; at the end it must not have broken."""
    servers: list[RehearsalServer] = []

    def start(toml: str) -> RehearsalServer:
        server = RehearsalServer(parse_scenario(toml))
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
    broken = [f.message for server in servers for f in server.failures if "itself broke" in f.message]
    assert broken == []
