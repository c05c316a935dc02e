"""The moment at which a whole request is with the operating system."""

from collections.abc import Callable
from typing import Any, Final

import httpx2

LEFT: Final = "send_request_body.complete"
"""How the transport names that moment."""


class Leaving:
    """Calls `then` once: as soon as the request has left, or at `left`, where it has failed before.

    So a long request is written down while the service is at work already, which takes as long as sending it.
    """

    def __init__(self, request: httpx2.Request, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then
        self._other = request.extensions.get("trace")
        request.extensions = {**request.extensions, "trace": self._trace}

    def left(self) -> None:
        """The request is gone, or will never go."""
        if self._then is not None:
            then, self._then = self._then, None
            then()

    async def _trace(self, name: str, info: dict[str, Any]) -> None:
        if self._other is not None:
            await self._other(name, info)
        if name.endswith(LEFT):
            self.left()
