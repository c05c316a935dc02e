"""What a panel may do: send commands, and a few things the window itself owns."""

from collections.abc import Callable

from copilot.desktop.listing import Choosing
from copilot.vocabulary.commands import Command
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice


@frozen(kw_only=False)
class Actions:
    """Handed to each panel. `send` answers whether the message was taken; `model` says who answers next.

    `sum_up` asks for a summary of the branch that is shown.
    """

    submit: Callable[[Command], None]
    new_id: Callable[[], str]
    send: Callable[[str], bool]
    stop: Callable[[], None]
    model: Callable[[], ModelChoice]
    choose_model: Callable[[ModelChoice], None]
    open_models: Callable[[], None]
    sum_up: Callable[[], None]
    choose_files: Callable[[Choosing], None]
    dismiss: Callable[[], None]
