"""Exact counts by a provider's own endpoint, each on a thread of its own: no turn is held up by one."""

import threading
from collections.abc import Callable

from copilot.ai.preview import request_of
from copilot.ai.turn import Kit, gather_context
from copilot.providers.base import Cancelled
from copilot.vocabulary.commands import CountTokens, StopCounting
from copilot.vocabulary.errors import BadRequestError
from copilot.vocabulary.events import Event, TokensCounted

Answer = Callable[[CountTokens, Callable[[], Event]], None]


class Counting:
    """Takes commands from any thread. `answer` emits what the work gives, or why it could not be done."""

    def __init__(self, kit: Kit, answer: Answer, closing: Cancelled) -> None:
        self._kit = kit
        self._answer = answer
        self._closing = closing
        self._stops: dict[str, threading.Event] = {}

    def take(self, command: CountTokens | StopCounting) -> None:
        """Begin a count, or end one; never blocks."""
        match command:
            case CountTokens(request_id=request_id):
                stop = self._stops.setdefault(request_id, threading.Event())
                work = threading.Thread(
                    target=self._run, args=(command, stop), name=f"count-{request_id}", daemon=True
                )
                work.start()
            case StopCounting(request_id=request_id):
                if request_id in self._stops:
                    self._stops[request_id].set()

    def _run(self, command: CountTokens, stop: threading.Event) -> None:
        def cancelled() -> bool:
            return stop.is_set() or self._closing()

        try:
            self._answer(command, lambda: count(command, self._kit, cancelled))
        finally:
            self._stops.pop(command.request_id, None)


def count(command: CountTokens, kit: Kit, cancelled: Cancelled) -> TokensCounted:
    """What the endpoint says of the request that would be sent. Raises CopilotError."""
    project, model = command.project, command.model
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
