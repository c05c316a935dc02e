"""The event loop of the server: one that gives a TLS handshake less time than the library's minute.

A connection counts, and can be ended, once its handshake is done.
"""

import asyncio
from typing import Any

HANDSHAKE_SECONDS = 10.0


class ServeLoop(asyncio.SelectorEventLoop):
    """As the system's own, but for the handshake."""

    async def create_server(self, *args: Any, **named: Any) -> asyncio.Server:
        """As `asyncio` has it."""
        if named.get("ssl") is not None:
            named.setdefault("ssl_handshake_timeout", HANDSHAKE_SECONDS)
        return await super().create_server(*args, **named)
