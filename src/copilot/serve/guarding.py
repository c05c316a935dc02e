"""What every request passes before anything looks at what it asks, outermost first; all pure ASGI.

`Answering` (the last word) → `Bounded` (sizes and times) → `Hosted` (the Host header) → `Unbrowsed` (no web
page) → `Admitting` (the token) → `Rated` (how often) → the routes.
"""

import asyncio
import time
import traceback
from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from copilot.serve.answers import RefusedError, failed
from copilot.serve.connection import HEADERS
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen

_BROWSER = frozenset({b"none", b"same-origin"})
"""Of Sec-Fetch-Site: what a web page of somebody else's never sends."""

_LENGTH = b"content-length"


@frozen
class Sizes:
    """Of one request; times in seconds. `body` bounds what any user sends, whose own limit may be lower."""

    head: int = 16 * 1024
    headers: int = 64
    target: int = 4 * 1024
    body: int = 64 * 1024 * 1024
    pause: float = 15.0
    whole: float = 120.0


class CutOffError(Exception):
    """An answer that has begun and cannot be ended in order: its connection is closed, so that nobody takes
    it for whole. Nothing that anybody has to be told."""


class Answering:
    """Adds what every answer has, and answers where something broke; the operator is told what."""

    def __init__(
        self, app: ASGIApp, complain: Callable[[str], None], answer: Callable[[CopilotError], ASGIApp]
    ) -> None:
        self._app, self._complain, self._answer = app, complain, answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = [(name, value) for name, value in message.get("headers", ()) if name != b"server"]
                names = {name for name, _ in given}
                message["headers"] = given + [one for one in HEADERS if one[0] not in names]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except CutOffError:
            raise
        except CopilotError as error:
            await self._say(self._answer(error), begun, scope, receive, sending)
        except Exception:  # the top of a request: the others go on
            self._complain(traceback.format_exc())
            broken = failed(
                500, "the server itself broke", "It is said in its own terminal.", kind="internal"
            )
            await self._say(broken, begun, scope, receive, sending)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # refused before it is accepted: 403
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    async def _say(self, answer: ASGIApp, begun: bool, scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            raise CutOffError
        await answer(scope, receive, send)


class Bounded:
    """Refuses what is too large, too slow, or not plain. Raises RefusedError, also out of `receive`."""

    def __init__(self, app: ASGIApp, sizes: Sizes, now: Callable[[], float] = time.monotonic) -> None:
        self._app, self._sizes, self._now = app, sizes, now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._look(scope)
        until = self._now() + self._sizes.whole
        taken, whole = 0, False

        async def receiving() -> Message:
            nonlocal taken, whole
            if whole:  # what follows is that the peer went away, which may take its time
                return await receive()
            try:
                left = min(self._sizes.pause, until - self._now())
                message = await asyncio.wait_for(receive(), max(0.0, left))
            except TimeoutError as error:
                raise RefusedError(408, "the body took too long", closes=True) from error
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > self._sizes.body:
                raise _too_large(self._sizes.body)
            return message

        await self._app(scope, receiving, send)

    def _look(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        target = len(scope["raw_path"]) + len(scope["query_string"])
        if target > self._sizes.target:
            raise RefusedError(414, "the address is too long", closes=True)
        head = sum(len(name) + len(value) for name, value in headers)
        if head > self._sizes.head or len(headers) > self._sizes.headers:
            raise RefusedError(431, "there are too many headers, or they are too long", closes=True)
        if not is_plain(scope["raw_path"]):
            raise RefusedError(400, "the address is not written plainly", closes=True)
        if any(name == b"upgrade" and b"websocket" in value.lower() for name, value in headers):
            raise RefusedError(403, "there is no WebSocket here", closes=True)
        length = next((value for name, value in headers if name == _LENGTH), b"0")
        if int(length) > self._sizes.body:
            raise _too_large(self._sizes.body)
        chunked = any(name == b"transfer-encoding" for name, _ in headers)
        if chunked and any(name == _LENGTH for name, _ in headers):
            raise RefusedError(400, "the body has two lengths", closes=True)
        has_body = length != b"0" or chunked
        if has_body and scope["method"] not in ("POST", "PUT"):
            raise RefusedError(400, f"{scope['method']} has no body here", closes=True)


def is_plain(raw_path: bytes) -> bool:
    """Whether a path has one meaning: no dots that lead elsewhere, nothing escaped that is a separator."""
    if not raw_path.startswith(b"/") or b"\\" in raw_path:
        return False
    for part in raw_path[1:].split(b"/") if raw_path != b"/" else ():
        decoded = unquote_to_bytes(part)
        if decoded in (b"", b".", b"..") or any(byte < 0x20 or byte in b"/\\\x7f" for byte in decoded):
            return False
        try:
            decoded.decode()
        except UnicodeDecodeError:
            return False
    return True


def _too_large(most: int) -> RefusedError:
    return RefusedError(413, f"a body may have {most:,} bytes", closes=True)


class Hosted:
    """Refuses a Host that is none of ours: a name that an attacker points at this machine is one."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], strange: Callable[[Scope, str], None]) -> None:
        self._app, self._hosts, self._strange = app, hosts, strange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and not self._is_ours(scope):
            self._strange(scope, "host")
            raise RefusedError(
                403,
                "this server has another name",
                "Give it this one: copilot serve --name NAME",
                closes=True,
            )
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        said = [value for name, value in scope["headers"] if name == b"host"]
        if len(said) != 1:
            return False
        try:
            host = said[0].decode("ascii").lower()
        except UnicodeDecodeError:
            return False
        name, colon, port = host.rpartition(":")
        if not colon or host.endswith("]"):
            name, port = host, "0"
        return name in self._hosts and port.isdigit()


class Unbrowsed:
    """Refuses what a web page sent: no browser is a client, and no page is ever told that it may be one."""

    def __init__(self, app: ASGIApp, strange: Callable[[Scope, str], None]) -> None:
        self._app, self._strange = app, strange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and _is_of_a_page(scope):
            self._strange(scope, "page")
            raise RefusedError(403, "web pages are not served", closes=True)
        await self._app(scope, receive, send)


def _is_of_a_page(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"origin" or name.startswith(b"access-control-request-"):
            return True
        if name == b"sec-fetch-site" and value.strip().lower() not in _BROWSER:
            return True
    return False


def header(scope: Scope, wanted: bytes) -> str | None:
    """The one header of this name; None where there is none, or several."""
    found = [value for name, value in scope["headers"] if name == wanted]
    return found[0].decode("latin-1") if len(found) == 1 else None


def retry_after(seconds: float) -> Mapping[str, str]:
    """The header that says when to come again."""
    return {"retry-after": str(max(1, int(seconds + 0.999)))}
