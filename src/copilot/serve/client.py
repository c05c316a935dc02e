"""The other side of the door: what a script or a terminal asks a `copilot serve` for. Synchronous.

The token goes to the address that the person named and nowhere else: redirects are errors, proxies of the
environment are not used, and without TLS it stays on this machine.
"""

import ipaddress
import json
import os
import ssl
import stat
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx2

from copilot.vocabulary.codec import decode_event, encode_command, from_json
from copilot.vocabulary.commands import Command
from copilot.vocabulary.errors import AuthError, ConfigError, CopilotError, NetworkError, ProjectError
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import frozen, names_of, replace
from copilot.vocabulary.messages import Attachment, JsonValue
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import ModelChoice, Project

TOKEN_VARIABLE = "COPILOT_SERVE_TOKEN"
MOST_BODY = 64 * 1024 * 1024
"""Bytes of an answer, and of one line of a stream."""

_CONNECT_SECONDS, _READ_SECONDS = 10.0, 90.0
_SILENT_SECONDS = 45.0
"""Of a stream, in which a line comes every 15 s: after this time the connection is dead."""

_NO_PROJECT = Project(name="", base_dir="")
_JSON, _BYTES = "application/json", "application/octet-stream"
_TOKEN_HINT = f"Set {TOKEN_VARIABLE}, or give --token-file; `copilot serve users add NAME` makes one there."


@frozen
class Heard:
    """A line of the stream. `end` is why no other follows. A `beat` says that all was told that there is."""

    number: int = 0
    events: tuple[Event, ...] = ()
    snapshot: bool = False
    beat: bool = False
    end: str = ""


class RefusedByServerError(CopilotError):
    """The server says no. `status` is HTTP's."""

    kind = "bad_request"

    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.status = status


class Client:
    """Speaks with one server. Everything raises CopilotError; may be used by several threads."""

    def __init__(self, place: str, token: str, *, ca: Path | None = None) -> None:
        """`place` is a URL or the path of a socket. Raises ConfigError."""
        base, transport = _way(place, ca)
        self._http = httpx2.Client(
            base_url=base,
            transport=transport,
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
            follow_redirects=False,
            trust_env=False,
            timeout=httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        )

    def me(self) -> dict[str, Any]:
        """Who we are there, and within which limits."""
        return self._asked("GET", "/v1/me")

    def model(self) -> ModelChoice | None:
        """The model that answers there where nobody wants another one; None where none was chosen."""
        return cast("ModelChoice | None", from_json(self.me().get("model"), ModelChoice | None))

    def projects(self) -> tuple[str, ...]:
        """Our projects."""
        return tuple(map(str, self._asked("GET", "/v1/projects").get("projects", ())))

    def create(self, project: str) -> None:
        """Make a project, where it is not there yet."""
        self._asked("PUT", _of(project))

    def submit(self, project: str, command: Command) -> None:
        """Hand in a command. The project stays here: the server has its own."""
        bare = replace(cast(Any, command), project=_NO_PROJECT) if "project" in names_of(command) else command
        said = {name: value for name, value in encode_command(bare).items() if name != "project"}
        self._asked("POST", f"{_of(project)}/commands", said)

    def read_file(self, project: str, path: str) -> bytes:
        """A file of the base directory."""
        return self._sent("GET", _file(project, path), None)

    def write_file(self, project: str, path: str, data: bytes) -> None:
        """Put a file into the base directory, and the folders that it needs."""
        self._sent("PUT", _file(project, path), data)

    def delete_file(self, project: str, path: str) -> None:
        """Take a file out of the base directory."""
        self._sent("DELETE", _file(project, path), None)

    def attach(self, project: str, name: str, data: bytes) -> Attachment:
        """Keep an image or a PDF there; what a message then names."""
        said = self._sent("POST", f"{_of(project)}/attachments/{quote(name, safe='')}", data)
        try:
            return cast(Attachment, from_json(json.loads(said), Attachment))
        except ValueError as error:
            raise _strange() from error

    @contextmanager
    def follow(self, project: str, after: int = 0) -> Generator[Iterator[Heard]]:
        """What happens in a project from behind number `after`, for as long as the connection lasts."""
        timeout = httpx2.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS)
        with (
            _told(),
            self._http.stream(
                "GET", f"{_of(project)}/events", params={"after": str(after)}, timeout=timeout
            ) as answer,
        ):
            if answer.status_code != 200:
                _refuse(answer.status_code, _whole(answer))
            yield _heard(answer)

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def _asked(self, method: str, path: str, body: Mapping[str, JsonValue] | None = None) -> dict[str, Any]:
        data = self._sent(method, path, None if body is None else json.dumps(body).encode(), _JSON)
        try:
            told: object = json.loads(data)
        except ValueError as error:
            raise _strange() from error
        if not isinstance(told, dict):
            raise _strange()
        return cast(dict[str, Any], told)

    def _sent(self, method: str, path: str, content: bytes | None, kind: str = _BYTES) -> bytes:
        headers = {} if content is None else {"content-type": kind}
        with _told(), self._http.stream(method, path, content=content, headers=headers) as answer:
            data = _whole(answer)
        if not 200 <= answer.status_code < 300:
            _refuse(answer.status_code, data)
        return data


def token_of(environ: Mapping[str, str], file: Path | None) -> str:
    """The token of the file, else of the environment. Raises ConfigError where there is none."""
    if file is None:
        token = environ.get(TOKEN_VARIABLE, "").strip()
    else:
        try:
            if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
                raise ConfigError(f"others may read {file}", f"chmod 600 {file}")
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"--token-file {file} cannot be read", _TOKEN_HINT) from error
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError("there is no token", _TOKEN_HINT)
    return token


def _way(place: str, ca: Path | None) -> tuple[str, httpx2.HTTPTransport]:
    if "://" not in place:
        path = Path(place).expanduser()
        _refuse_strange(path)
        return "http://localhost", httpx2.HTTPTransport(uds=str(path), trust_env=False)
    url = httpx2.URL(place)
    if (
        url.scheme not in ("http", "https")
        or not url.host
        or url.userinfo
        or url.query
        or url.path not in ("", "/")
    ):
        raise ConfigError(f"{visible(place)} is no address of a server", "Like this: https://host:8443")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise ConfigError(
            f"{visible(place)} is beyond this machine and has no TLS: the token is not sent there",
            "Use https://",
        )
    try:
        verify = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"--ca {ca} cannot be used: {error}", "It takes a PEM file.") from error
    verify.minimum_version = ssl.TLSVersion.TLSv1_2
    return str(url), httpx2.HTTPTransport(verify=verify, trust_env=False)


def _refuse_strange(path: Path) -> None:
    """Whoever made the socket gets the token: it has to be our own, or root's."""
    try:
        found = path.stat()
    except OSError as error:
        raise ConfigError(
            f"nobody listens on {path}: {error.strerror}", "copilot serve says where it is."
        ) from error
    if not stat.S_ISSOCK(found.st_mode):
        raise ConfigError(f"{path} is no socket", "An address of a server begins with https://")
    if found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise ConfigError(f"{path} belongs to somebody else", "Ask whoever runs the server for its address.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _of(project: str) -> str:
    return f"/v1/projects/{quote(project, safe='')}"


def _file(project: str, path: str) -> str:
    return f"{_of(project)}/files/{quote(path, safe='/')}"


def _whole(answer: httpx2.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in answer.iter_bytes():
        size += len(piece)
        if size > MOST_BODY:
            raise NetworkError("the server's answer is too large")
        pieces.append(piece)
    return b"".join(pieces)


def _heard(answer: httpx2.Response) -> Iterator[Heard]:
    with _told():
        for line in _lines(answer):
            try:
                told = cast(dict[str, Any], json.loads(line))
                if "end" in told:
                    yield Heard(end=str(told["end"]) or "ended")
                    return
                if "beat" in told:
                    yield Heard(beat=True)
                else:
                    yield _line(told)
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise _strange() from error


def _line(told: dict[str, Any]) -> Heard:
    if "snapshot" in told:
        events = tuple(decode_event(one) for one in told["snapshot"])
        return Heard(number=int(told["number"]), events=events, snapshot=True)
    return Heard(number=int(told["number"]), events=(decode_event(told["event"]),))


def _lines(answer: httpx2.Response) -> Iterator[bytes]:
    parts: list[bytes] = []  # joined once: a snapshot is one line in many pieces
    size = 0
    for piece in answer.iter_bytes():
        first, *more = piece.split(b"\n")
        parts.append(first)
        size += len(first)
        if more:
            yield from filter(None, (b"".join(parts), *more[:-1]))
            parts, size = [more[-1]], len(more[-1])
        if size > MOST_BODY:
            raise _strange()


def _refuse(status: int, data: bytes) -> None:
    try:
        told = cast(dict[str, Any], json.loads(data))
        message, hint = visible(str(told["error"])), visible(str(told.get("next_step", "")))
    except (ValueError, LookupError, TypeError, AttributeError):
        message, hint = f"the server answered {status} in words of no Copilot server", ""
    if status == 401:
        raise AuthError(message, hint or _TOKEN_HINT)
    if status == 404:
        raise ProjectError(message, hint)
    raise RefusedByServerError(status, message, hint)


def _strange() -> NetworkError:
    return NetworkError("what the server sent is not what a Copilot server sends", "Check the address.")


@contextmanager
def _told() -> Generator[None]:
    """The library's errors as ours."""
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        said = f"the server cannot be reached: {visible(str(error))}"
        raise NetworkError(said, "Check the address, and whether it runs.", sent=False) from error
    except httpx2.TimeoutException as error:
        raise NetworkError("the server did not answer in time", "Try again.") from error
    except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
        raise NetworkError(
            f"the server cannot be reached: {visible(str(error))}", "Check the address."
        ) from error
