"""What can be done with a card."""

from collections.abc import Callable

from copilot.desktop.entries import Entry
from copilot.desktop.gate import Item
from copilot.vocabulary.frozen import frozen


@frozen
class CardTools:
    """What the buttons of a card do. `more` opens the menu of a card below a button."""

    copy: Callable[[Entry], None]
    edit: Callable[[Entry], None]
    again: Callable[[Entry], None]
    fork: Callable[[Entry], None]
    fold: Callable[[Entry], None]
    more: Callable[[Entry, Item], None]
    dismiss: Callable[[], None]
    earlier: Callable[[], None]
    go_on: Callable[[str], None]
    keep_edit: Callable[[Entry], None]
    leave_edit: Callable[[Entry], None]
    reads: bool = False
    """Whether cards are of a recording, in which nothing can be changed."""
