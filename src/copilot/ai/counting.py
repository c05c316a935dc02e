"""Exact counts by a provider's own endpoint, each on a thread of its own: no turn is held up by one."""

import threading
import time
from collections.abc import Callable

from copilot.ai.branch_view import seen_by
from copilot.ai.kit import Kit
from copilot.ai.preview import request_of
from copilot.ai.turn import gather_context
from copilot.providers.base import Cancelled
from copilot.vocabulary.commands import CountTokens, StopCounting
from copilot.vocabulary.errors import BadRequestError
from copilot.vocabulary.events import Event, TokensCounted
from copilot.vocabulary.frozen import replace

Answer = Callable[[CountTokens, Callable[[], Event]], None]

ENDING_SECONDS = 2.0
"""How long the end of the worker waits for counts, which are told of it and end soon."""


class Counting:
    """Takes commands from any thread. `answer` emits what the work gives, or why it could not be done."""

    def __init__(self, kit: Kit, answer: Answer, closing: Cancelled) -> None:
        self._kit = kit
        self._answer = answer
        self._closing = closing
        self._lock = threading.Lock()
        self._open: dict[str, tuple[threading.Event, threading.Thread]] = {}

    def take(self, command: CountTokens | StopCounting) -> None:
        """Begin a count, or end one; never blocks."""
        match command:
            case CountTokens(request_id=request_id):
                stop = threading.Event()
                work = threading.Thread(
                    target=self._run, args=(command, stop), name=f"count-{request_id}", daemon=True
                )
                with self._lock:
                    self._open[request_id] = stop, work
                    work.start()
            case StopCounting(request_id=request_id):
                with self._lock:
                    if request_id in self._open:
                        self._open[request_id][0].set()

    def finish(self) -> None:
        """Wait for counts under way, once all is to end."""
        until = time.monotonic() + ENDING_SECONDS
        with self._lock:
            threads = [work for _, work in self._open.values()]
        for work in threads:
            work.join(max(until - time.monotonic(), 0.0))

    def _run(self, command: CountTokens, stop: threading.Event) -> None:
        def cancelled() -> bool:
            return stop.is_set() or self._closing()

        try:
            self._answer(command, lambda: count(command, self._kit, cancelled))
        finally:
            with self._lock:
                self._open.pop(command.request_id, None)


def count(command: CountTokens, kit: Kit, cancelled: Cancelled) -> TokensCounted:
    """What the endpoint says of the request that would be sent. Raises CopilotError."""
    command = replace(command, user_message=kit.words(command.project, command.user_message))
    project, model = seen_by(command.project, command.branch, kit), command.model
    md_content, _ = gather_context(kit, project, command.branch, model, cancelled, command.user_message)
    request, fit, trouble = request_of(command, kit, md_content)
    if trouble:
        raise BadRequestError(trouble, "")
    return TokensCounted(
        at=kit.clock(),
        worker=kit.name,
        request_id=command.request_id,
        branch=command.branch,
        model=model,
        tokens=kit.provider(model).count_tokens(request, cancelled),
        estimated=fit.tokens,
    )
