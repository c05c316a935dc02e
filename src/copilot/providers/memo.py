"""What messages became in the request before: a branch is not taken apart and written anew at every round."""

from collections.abc import Callable

from copilot.providers.parts import Json, compact
from copilot.vocabulary.messages import Message


class BlockMemo:
    """The blocks of one provider's messages, with their JSON; those of the last two requests are kept.

    The blocks are handed out again and again: nobody may change one.
    """

    def __init__(self) -> None:
        self._before: dict[str, _Known] = {}
        self._now: dict[str, _Known] = {}

    def begin(self) -> None:
        """A request begins: forget what the last one did not hold."""
        self._before, self._now = self._now, {}

    def of(
        self, message: Message, bound: tuple[str, ...], build: Callable[[], list[Json]]
    ) -> tuple[list[Json], str]:
        """The blocks, and their JSON with commas between; by `build` where they are not known.

        `bound` is all that they depend on beside the message itself.
        """
        known = self._before.get(message.id)
        if known is None or known[1] != bound or not (known[0] is message or known[0] == message):
            blocks = build()
            known = (message, bound, blocks, ",".join(map(compact, blocks)))
        self._now[message.id] = known
        return known[2], known[3]


_Known = tuple[Message, tuple[str, ...], list[Json], str]
