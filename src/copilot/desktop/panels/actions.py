"""What a panel may do: send commands, and a few things the window itself owns."""

from collections.abc import Callable

from copilot.desktop.gate import Item
from copilot.desktop.listing import Choosing
from copilot.desktop.panels.chooser import Question
from copilot.tokens.prices import Price
from copilot.vocabulary.commands import Command
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice


@frozen
class FromRecording:
    """What can be done with messages of a recording: `go_on` from one, with another model, where `can`."""

    can: Callable[[str], bool]
    go_on: Callable[[str], None]


@frozen(kw_only=False)
class Actions:
    """Handed to each panel. `send` answers whether the message was taken; `model` says who answers next on
    the branch that is shown, `assistant` under which profile, "" for none. `insert` adds words to what the
    person is writing.

    `sum_up` asks for a summary of the branch that is shown. `price` is what a model costs today, by the
    person's own prices and the table; None where nobody knows. `old_prices` is the day of that table where it
    is long ago, else "". `ask` has the person choose or name something; `open_beside` shows branches side by
    side, `open_note` what one came to, to be noted in another. With `recording` nothing of it can be changed.
    """

    submit: Callable[[Command], None]
    new_id: Callable[[], str]
    send: Callable[[str, tuple[Attachment, ...]], bool]
    stop: Callable[[], None]
    insert: Callable[[str], None]
    model: Callable[[], ModelChoice]
    price: Callable[[ModelChoice], Price | None]
    old_prices: Callable[[], str]
    choose_model: Callable[[ModelChoice], None]
    open_models: Callable[[], None]
    open_attach: Callable[[], None]
    thumbnail: Callable[[Attachment], Item | None]
    attached: Callable[[], tuple[Attachment, ...]]
    sum_up: Callable[[], None]
    choose_files: Callable[[Choosing], None]
    dismiss: Callable[[], None]
    ask: Callable[[Question], None]
    open_graph: Callable[[], None]
    open_several: Callable[[], None]
    open_beside: Callable[[tuple[str, ...]], None]
    open_note: Callable[[str, str], None]
    assistant: Callable[[], str] = str
    recording: FromRecording | None = None
