"""A request that leaves without the SDK that reads its answer.

Loading an SDK takes longer than everything else between a person's first message and the first byte that is
sent for it; and an SDK that is loaded takes a while over a body that is written already. So requests go out
by our own client, at first while the SDK is loaded. The SDK reads the answer; where it must make a request
for that, or say what a refusal means, its request is given the answer that is there.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2

from copilot.providers.call import HeldBackError
from copilot.vocabulary.errors import TurnCancelledError

_LEFT = "send_request_body.complete"
"""How the transport names the moment at which the whole request is with the operating system."""

_SAME = frozenset({"authorization", "x-api-key", "x-goog-api-key", "anthropic-version", "content-type"})


class Ahead:
    """One request that is no SDK's, with its answer or what went wrong. `left` is called when it has left.

    None: nobody wants to know, and the transport need not tell of each of its steps.
    """

    def __init__(
        self,
        request: httpx2.Request,
        send: Callable[[httpx2.Request], httpx2.Response],
        left: Callable[[], object] | None,
    ) -> None:
        self._request = request
        self._left = left
        self._answer: httpx2.Response | None = None
        self._failed: Exception | None = None
        if left is not None:
            request.extensions = {**request.extensions, "trace": self._trace}
        try:
            self._answer = send(request)
        except (HeldBackError, TurnCancelledError):
            raise
        except Exception as error:  # it is the SDK's to say what it means
            self._failed = error

    def is_for(self, request: httpx2.Request) -> bool:
        """Whether an SDK's request asks the same: method, address, key, version and body."""
        ours = self._request
        if request is ours or (request.method, request.url) != (ours.method, ours.url):
            return False
        if any(request.headers.get(name) != ours.headers.get(name) for name in _SAME & ours.headers.keys()):
            return False
        return request.read() == ours.content or json.loads(request.content) == json.loads(ours.content)

    def answer(self) -> httpx2.Response:
        """The answer. Raises whatever sending raised."""
        if self._failed is not None:
            raise self._failed
        assert self._answer is not None, "what did not fail was answered"
        return self._answer

    def good(self) -> httpx2.Response | None:
        """The answer, where its status is one of success."""
        return self._answer if self._answer is not None and self._answer.is_success else None

    def drop(self) -> None:
        """Give the answer up, where nobody took it."""
        if self._answer is not None:
            with suppress(Exception):  # it was not asked for any more
                self._answer.close()

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        del info
        if name.endswith(_LEFT) and self._left is not None:
            left, self._left = self._left, None
            left()
