"""The real door on a socket, in this process, with workspaces of memory behind it; and raw requests to it."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from copilot.serve.admitting import Clocks
from copilot.serve.audit import AuditLogs
from copilot.serve.connection import Bounds
from copilot.serve.contract import NotThereError, Numbered, User
from copilot.serve.guarding import Sizes
from copilot.serve.listening import Listening, Wanted, listen
from copilot.serve.server import CopilotServer, Told
from copilot.serve.tokens import Register, UsersFile
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.codec import encode_event
from copilot.vocabulary.events import Event, ProjectOpened
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.values import Project

PATIENCE_SECONDS = 20.0
COMMAND = {"command": "CancelTurn", "turn_id": "t1"}


class MemoryFollow:
    """A follower of what was told; from a snapshot where `after` is 0."""

    def __init__(
        self, spaces: "MemoryWorkspaces", project: str, after: int, wake: Callable[[], None]
    ) -> None:
        self._spaces, self._project, self._after, self.wake = spaces, project, after, wake
        self.over = ""
        self.closed = False

    def take(self, seconds: float = 0.0) -> tuple[Numbered, ...]:
        if self._after == 0 or self._spaces.under_way:
            opened = ProjectOpened(at=1.0, worker="w", project=Project(name=self._project, base_dir="/b"))
            events = [encode_event(one) for one in (opened, *self._spaces.under_way)]
            self._after, self._spaces.under_way = (self._after or 100), ()
            line = json.dumps({"snapshot": events}).encode()
            return (Numbered(self._after, "snapshot", line),)
        found = tuple(one for one in self._spaces.told if one.number > self._after)
        self._after = found[-1].number if found else self._after
        return found

    def close(self) -> None:
        self.closed = True


class MemoryWorkspaces:
    """What `contract.Workspaces` asks for. `before` is called by `submit`, and may raise."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.files: dict[str, bytes] = {}
        self.submitted: list[tuple[str, str, Mapping[str, JsonValue]]] = []
        self.told: list[Numbered] = []
        self.under_way: tuple[Event, ...] = ()
        """What the next follower is given in a snapshot, whatever it knows."""
        self.follows: list[MemoryFollow] = []
        self.stopped: list[str] = []
        self.closed = False
        self.before: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """One more event of every project."""
        line = json.dumps(encode_event(event)).encode()
        with self._lock:
            self.told.append(Numbered(101 + len(self.told), "event", line))
        for one in self.follows:
            one.wake()

    def projects(self, user: User) -> tuple[str, ...]:
        return tuple(sorted(self.known.get(user.name, [])))

    def create(self, user: User, project: str) -> None:
        self.known.setdefault(user.name, []).append(project)

    def submit(self, user: User, project: str, command: Mapping[str, JsonValue]) -> None:
        self.before()
        self._require(user, project)
        self.submitted.append((user.name, project, command))

    def follow(
        self, user: User, project: str, after: int = 0, wake: Callable[[], None] | None = None
    ) -> MemoryFollow:
        self._require(user, project)
        made = MemoryFollow(self, project, after, wake or (lambda: None))
        self.follows.append(made)
        return made

    def approvals(self, user: User, project: str) -> tuple[Mapping[str, JsonValue], ...]:
        return ()

    def read_file(self, user: User, project: str, path: str) -> bytes:
        self._require(user, project)
        return self.files[path]

    def write_file(self, user: User, project: str, path: str, data: bytes) -> None:
        self._require(user, project)
        self.files[path] = data

    def delete_file(self, user: User, project: str, path: str) -> None:
        self._require(user, project)
        del self.files[path]

    def attach(self, user: User, project: str, name: str, data: bytes) -> Mapping[str, JsonValue]:
        self._require(user, project)
        self.files[name] = data
        size = {"size": len(data), "sha256": "0" * 64}
        return {"type": "Attachment", "name": name, "media_type": "image/gif", **size}

    def stop_user(self, name: str) -> None:
        self.stopped.append(name)

    def close(self) -> None:
        self.closed = True

    def _require(self, user: User, project: str) -> None:
        if project not in self.known.get(user.name, []):
            raise NotThereError("there is no such project")


@frozen
class Reply:
    """An answer, taken apart. `headers` have small letters; `all` is every byte that came."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    all: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@mutable
class Play:
    """A server that runs. `said` is what its operator was told, `pauses` how long strangers had to wait."""

    server: CopilotServer
    listening: Listening
    spaces: MemoryWorkspaces
    users: UsersFile
    folder: Path
    logs: Path
    token: str
    said: list[str]
    pauses: list[float]
    tls: ssl.SSLContext | None = field(default=None)

    @property
    def port(self) -> int:
        return self.listening.sockets[0].getsockname()[1]

    def connect(self) -> socket.socket:
        """A connection to the server."""
        if self.listening.path is not None:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            made.settimeout(PATIENCE_SECONDS)
            made.connect(str(self.listening.path))
            return made
        made = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
        return made if self.tls is None else self.tls.wrap_socket(made, server_hostname="localhost")

    def raw(self, data: bytes) -> Reply:
        """Send these bytes, and read until the server closes the connection."""
        with self.connect() as made:
            made.sendall(data)
            return read(made)

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, token: str | None = None, **headers: str
    ) -> Reply:
        """One request with the token, on a connection of its own. `_` in a header's name stands for `-`."""
        lines = [f"{method} {path} HTTP/1.1"]
        given = {
            "host": "localhost",
            "authorization": f"Bearer {self.token if token is None else token}",
            "connection": "close",
        }
        if body is not None:
            given |= {"content-length": str(len(body)), "content-type": "application/json"}
        for name, value in (given | {key.replace("_", "-"): value for key, value in headers.items()}).items():
            lines += [f"{name}: {value}"] * bool(value)
        return self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""))

    def command(self, command: object = COMMAND, **headers: str) -> Reply:
        """A command for the project `one`."""
        return self.ask("POST", "/v1/projects/one/commands", json.dumps(command).encode(), **headers)


def read(made: socket.socket) -> Reply:
    """What comes until the end, taken apart; status 0 where nothing came."""
    pieces: list[bytes] = []
    try:
        while piece := made.recv(65_536):
            pieces.append(piece)
    except ConnectionError:
        pass
    return reply(b"".join(pieces))


def reply(data: bytes) -> Reply:
    """The first answer in these bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Reply(status=int(first.split()[1]) if first else 0, headers=headers, body=body, all=data)


def _unchunked(body: bytes) -> bytes:
    found: list[bytes] = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        found.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(found)


@contextmanager
def serving(
    folder: Path,
    *,
    limits: Mapping[str, JsonValue] | None = None,
    wanted: Wanted | None = None,
    bounds: Bounds | None = None,
    sizes: Sizes | None = None,
    disk: Disk = SYSTEM_DISK,
) -> Iterator[Play]:
    """A server on a loopback port, or as it is `wanted`, with the user `ada`, who has the project `one`."""
    state, logs = folder / "state", folder / "logs"
    users = UsersFile(state)
    token, _ = users.add("ada", None, 0.0)
    if limits:
        users.limit("ada", limits)
    said: list[str] = []
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    spaces = MemoryWorkspaces()
    spaces.known["ada"] = ["one"]
    listening = listen(wanted or Wanted(folder=state, port=0))
    server = CopilotServer(
        Told(
            listening=listening,
            workspaces=spaces,
            register=Register(users, said.append),
            logs=AuditLogs(logs, state, lambda: 1.0, disk=disk),
            complain=said.append,
            secret_paths=(str(folder),),
            clocks=Clocks(pause=pause, steady=lambda: 5.0),  # where no time goes by nothing depends on it
            bounds=bounds or Bounds(),
            sizes=sizes or Sizes(),
        )
    )
    try:
        server.start()
        yield Play(
            server=server,
            listening=listening,
            spaces=spaces,
            users=users,
            folder=state,
            logs=logs,
            token=token,
            said=said,
            pauses=pauses,
        )
    finally:
        server.stop()


def until(true: Callable[[], bool]) -> None:
    """Wait for it; a hang guard."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / 0.01)):
        if true():
            return
        waiting.wait(0.01)
    raise AssertionError("it never became so")
