"""What can be done in the composer, by name."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.widgets import Action
from copilot.vocabulary.frozen import frozen


@frozen
class ComposerWays:
    """What the composer can do, each beside whether it can now."""

    send: Action
    written: Callable[[], bool]
    older: Action
    newer: Action
    called_back: Callable[[], bool]
    detach: Action
    attached: Callable[[], bool]
    paste: Action
    try_now: Action
    waits: Callable[[], bool]
    edit: Action
    remove: Action
    queued: Callable[[], bool]


def composer_actions(ways: ComposerWays) -> tuple[NamedAction, ...]:
    """Sending, and what waits."""
    return (*_writing(ways), *_waiting(ways))


def _writing(ways: ComposerWays) -> tuple[NamedAction, ...]:
    return (
        NamedAction(
            name="message.send",
            title="Send the message",
            run=ways.send,
            keys="Ctrl+Enter",
            group="Session",
            enabled=ways.written,
            why="nothing is written yet",
            words="queue",
        ),
        NamedAction(
            name="message.older",
            title="What was asked before",
            run=ways.older,
            words="history prompt previous call back",
        ),
        NamedAction(
            name="message.newer",
            title="What was asked after",
            run=ways.newer,
            enabled=ways.called_back,
            why="nothing was called back",
            words="history prompt next",
        ),
        NamedAction(
            name="message.detach",
            title="Take out the last attachment",
            run=ways.detach,
            enabled=ways.attached,
            why="nothing is attached",
            words="remove image pdf",
        ),
        NamedAction(
            name="message.paste",
            title="Attach what was copied",
            run=ways.paste,
            words="paste picture clipboard image",
        ),
    )


def _waiting(ways: ComposerWays) -> tuple[NamedAction, ...]:
    no_queue = "no message waits"
    return (
        NamedAction(
            name="turn.try_now",
            title="Send the request that waits now",
            run=ways.try_now,
            enabled=ways.waits,
            why="no request waits",
            words="retry try again",
        ),
        NamedAction(
            name="queue.edit",
            title="Change the last message that waits",
            run=ways.edit,
            enabled=ways.queued,
            why=no_queue,
        ),
        NamedAction(
            name="queue.remove",
            title="Take back the last message that waits",
            run=ways.remove,
            enabled=ways.queued,
            why=no_queue,
        ),
    )
