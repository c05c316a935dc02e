"""A rehearsal server for each test, from a scenario written in the test."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

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


@pytest.fixture
def post() -> Callable[..., tuple[int, Any]]:
    """Post any JSON, sound or not; the status and the parsed answer."""

    def send(url: str, body: Any, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            url, data=data, headers={"content-type": "application/json", **named}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    return send
