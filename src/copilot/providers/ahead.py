"""A request that leaves before the SDK that reads its answer is loaded.

Loading an SDK takes longer than everything else between a person's first message and the first byte that is
sent for it. So the first request of a provider goes out by our own client, the SDK is loaded while the
service is at work, and the request that the SDK then makes is given the answer that is already coming.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx2

_LEFT = "send_request_body.complete"
"""How the transport names the moment at which the whole request is with the operating system."""

_SAME = frozenset({"authorization", "x-api-key", "x-goog-api-key", "anthropic-version", "content-type"})


class Ahead:
    """One request on its way. Made on the loop; `send` is what sends it, `request` is no SDK's."""

    def __init__(
        self, request: httpx2.Request, send: Callable[[httpx2.Request], Awaitable[httpx2.Response]]
    ) -> None:
        self._request = request
        self._over = asyncio.Event()
        request.extensions = {**request.extensions, "trace": self._trace}
        self._task = asyncio.ensure_future(send(request))
        self._task.add_done_callback(lambda _: self._over.set())

    async def left(self) -> None:
        """Wait until the request is sent, or has failed."""
        await self._over.wait()

    def is_for(self, request: httpx2.Request) -> bool:
        """Whether an SDK's request asks the same: method, address, key, version and body."""
        ours = self._request
        if request is ours or (request.method, request.url) != (ours.method, ours.url):
            return False
        if any(request.headers.get(name) != ours.headers.get(name) for name in _SAME & ours.headers.keys()):
            return False
        return request.read() == ours.content or json.loads(request.content) == json.loads(ours.content)

    async def answer(self) -> httpx2.Response:
        """The answer. Raises whatever sending raised."""
        return await self._task

    async def drop(self) -> None:
        """Give the request up, where nobody took its answer."""
        self._task.cancel()
        with suppress(asyncio.CancelledError, Exception):  # it was not asked for any more
            await (await self._task).aclose()

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        del info
        if name.endswith(_LEFT):
            self._over.set()
