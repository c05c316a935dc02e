"""A server of its own, `python -m copilot serve`, and its API with the face of `contract.Workspaces`."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from workspace_play import CONFIG, KEY, SCENARIO, Play, eventually

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.serve.contract import (
    ForbiddenError,
    NotThereError,
    Numbered,
    TooMuchError,
    User,
    WorkspaceEndedError,
)
from copilot.serve.tokens import UsersFile
from copilot.vocabulary.errors import CopilotError, ProjectError
from copilot.vocabulary.frozen import names_of

_PORT = re.compile(r"127\.0\.0\.1:(\d+)")
_ERRORS: dict[int, type[CopilotError]] = {
    403: ForbiddenError,
    404: NotThereError,
    413: TooMuchError,
    429: TooMuchError,
    503: WorkspaceEndedError,
}


class DoorFollow:
    """A stream of the door's, read by a thread once somebody takes from it: else it is not read at all."""

    def __init__(self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> None:
        self._connection, self._answer = connection, answer
        self._changed = threading.Condition()
        self._lines: deque[Numbered] = deque()
        self._reader: threading.Thread | None = None
        self.over = ""

    def take(self, seconds: float = 0.0) -> tuple[Numbered, ...]:
        """See `contract.Follow`."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()
        with self._changed:
            if not self._lines:
                self._changed.wait_for(lambda: self._lines or self.over, seconds)
            found = tuple(self._lines)
            self._lines.clear()
            return found

    def close(self) -> None:
        """See `contract.Follow`."""
        with suppress(OSError, AttributeError):
            self._connection.sock.shutdown(2)
        self._answer.close() if self._reader is None else self._reader.join(10)
        self._connection.close()

    def _read(self) -> None:
        why = "the connection broke"
        with suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while line := self._answer.readline():
                said = json.loads(line)
                if "end" in said:
                    why = said["end"]
                elif "number" in said:
                    kind: Any = "event" if "event" in said else "snapshot"
                    told = said["event"] if kind == "event" else {"snapshot": said["snapshot"]}
                    with self._changed:
                        self._lines.append(Numbered(said["number"], kind, json.dumps(told).encode()))
                        self._changed.notify_all()
        with self._changed:
            self.over = why
            self._changed.notify_all()
        self._answer.close()


class Door:
    """The API. `token_of` gives a user's token, made when they first come."""

    def __init__(self, port: int, token_of: Callable[[User], str]) -> None:
        self._port, self._token_of = port, token_of

    def create(self, user: User, project: str) -> None:
        """See `contract.Workspaces`, as the others."""
        self._asked(user, "PUT", _of(project))

    def submit(self, user: User, project: str, command: Mapping[str, Any]) -> None:
        """..."""
        self._asked(user, "POST", f"{_of(project)}/commands", json.dumps(command).encode())

    def follow(self, user: User, project: str, after: int = 0) -> DoorFollow:
        """..."""
        connection, answer = self._begun(user, "GET", f"{_of(project)}/events?after={after}", None)
        return DoorFollow(connection, answer)

    def read_file(self, user: User, project: str, path: str) -> bytes:
        """..."""
        return self._asked(user, "GET", f"{_of(project)}/files/{quote(path)}")

    def write_file(self, user: User, project: str, path: str, data: bytes) -> None:
        """..."""
        self._asked(user, "PUT", f"{_of(project)}/files/{quote(path)}", data, kind="application/octet-stream")

    def delete_file(self, user: User, project: str, path: str) -> None:
        """..."""
        self._asked(user, "DELETE", f"{_of(project)}/files/{quote(path)}")

    def attach(self, user: User, project: str, name: str, data: bytes) -> Any:
        """..."""
        path = f"{_of(project)}/attachments/{quote(name)}"
        return json.loads(self._asked(user, "POST", path, data, kind="image/png"))

    def _asked(
        self, user: User, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> bytes:
        connection, answer = self._begun(user, method, path, body, kind)
        try:
            return answer.read()
        finally:
            connection.close()

    def _begun(
        self, user: User, method: str, path: str, body: bytes | None, kind: str = "application/json"
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
        headers = {"authorization": f"Bearer {self._token_of(user)}"}
        if body is not None:
            headers["content-type"] = kind
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise WorkspaceEndedError(f"{type(error).__name__}: {error}") from error
        if not 200 <= answer.status < 300:
            said = answer.read().decode(errors="replace")
            connection.close()
            raise _ERRORS.get(answer.status, ProjectError)(f"{answer.status} {said}")
        return connection, answer


def _of(project: str) -> str:
    return f"/v1/projects/{quote(project, safe='')}"


@contextmanager
def behind_door(home: Path) -> Iterator[Play]:
    """As `playing`, with the program itself between."""
    home.mkdir()
    with RehearsalServer(parse_scenario(SCENARIO)) as rehearsal:
        (home / "config.toml").write_text(CONFIG.format(url=rehearsal.url))
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home.parent),
            "COPILOT_HOME": str(home),
            "COPILOT_COMPATIBLE_API_KEY": KEY,
        }
        program = [sys.executable, "-P", "-m", "copilot", "serve", "--port", "0"]
        users, tokens, adding = UsersFile(home / "state" / "serve"), dict[str, str](), threading.Lock()

        def token_of(user: User) -> str:
            with adding:
                if user.name not in tokens:
                    tokens[user.name] = users.add(user.name, None, time.time())[0]
                    limits = {name: getattr(user.limits, name) for name in names_of(user.limits)}
                    users.limit(user.name, {**limits, "requests_a_minute": 1200})
                return tokens[user.name]

        told = home.parent / "serve.out"
        with told.open("wb") as out:
            server = subprocess.Popen(program, env=environ, stdout=out, stderr=out)
        try:
            eventually(lambda: server.poll() is not None or bool(_PORT.search(told.read_text())))
            port = _PORT.search(told.read_text())
            assert port is not None, told.read_text()
            yield Play(home, Door(int(port[1]), token_of), rehearsal, server.pid)
        finally:
            server.terminate()
            server.wait(30)
