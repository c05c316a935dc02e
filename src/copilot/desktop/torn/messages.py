"""What the window and a torn-off panel tell each other. Frozen values; `wire` makes bytes of them."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Literal, cast, get_args, get_type_hints

from copilot.desktop.listing import Choosing
from copilot.desktop.looks import Dress
from copilot.desktop.torn.wire import WireError, read
from copilot.desktop.view_state import ViewState
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import AddRule, Command, Shutdown, Trust
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice

DialogName = Literal["models", "attach", "summary", "graph", "several"]


@frozen
class Place:
    """Where a native window is. `x` and `y` in pixels from the corner of its `monitor` (a name; empty where
    none was found, then from the corner of the desktop); `width` and `height` in pixels.
    """

    x: int
    y: int
    width: int
    height: int
    monitor: str = ""


@frozen
class Start:
    """What a panel's process is told first, on its standard input: nothing of it is seen by other processes.

    `key` in hexadecimal digits; `home` is a folder; `place` is None where the panel never had a window. Where
    the project lies on a `server`, `own_home` is the folder of the person's own home.
    """

    panel: str
    address: str
    key: str
    home: str
    place: Place | None
    dress: Dress = Dress()
    server: str = ""
    own_home: str = ""


# --- to a panel ---------------------------------------------------------------------------------------------


@frozen
class Snapshot:
    """The state so far, first of all and whenever the panel fell too far behind."""

    state: ViewState


@frozen
class Happened:
    """One more event; a `ProjectChanged` without the messages that the panel has (`vocabulary.bare`)."""

    event: Event


@frozen
class Patched:
    """What the window changed without an event: these fields of the state are now as in `state`."""

    names: tuple[str, ...]
    state: ViewState


@frozen
class Facts:
    """What is the window's own and not in the state: who answers next, the message being written, the chords
    that mean something there, those that the person gives to actions (`own_chords`), and what it wears.
    """

    model: ModelChoice
    draft: str
    attached: tuple[Attachment, ...]
    chords: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    dress: Dress = Dress()


@frozen
class Front:
    """Come to the front: the person asked for the panel in the main window."""


@frozen
class NotTaken:
    """A message could not be sent; the words are to go back into the composer."""

    words: str


@frozen
class Leave:
    """The window needs the panel no more."""


ToPanel = Snapshot | Happened | Patched | Facts | Front | NotTaken | Leave


# --- to the window ------------------------------------------------------------------------------------------


@frozen
class Pressed:
    """A chord that means nothing to the panel; the window may have an action for it."""

    keys: str


@frozen
class Ready:
    """The panel is on the screen."""


@frozen
class Submit:
    """A command for the worker, one of those that a panel may give."""

    command: Command


@frozen
class SendMessage:
    """Send this message. From the composer it goes with what is attached in the window."""

    words: str


@frozen
class StopTurn:
    """Stop the turn that runs."""


@frozen
class ChooseModel:
    """This model answers next."""

    model: ModelChoice


@frozen
class OpenDialog:
    """Come to the front with this dialog open."""

    name: DialogName


@frozen
class OpenBeside:
    """Come to the front with these branches side by side."""

    branches: tuple[str, ...]


@frozen
class OpenNote:
    """Come to the front with what `source` came to, to be noted in `target`."""

    source: str
    target: str


@frozen
class ChooseNow:
    """Change the chosen files, and show it at once."""

    change: Choosing


@frozen
class Dismiss:
    """The person read the notices."""


@frozen
class Drafted:
    """The message as it is being written."""

    words: str


@frozen
class SetAttached:
    """Only these of the attachments stay."""

    parts: tuple[Attachment, ...]


@frozen
class AttachFiles:
    """Attach these files; nothing where the clipboard's picture is meant."""

    paths: tuple[str, ...]


@frozen
class ShowWindow:
    """Come to the front: something waits there."""


@frozen
class Moved:
    """Where the panel's window is now."""

    place: Place


@frozen
class DockBack:
    """The person closed the panel's window, or asked for it in the main window again."""


ToWindow = (
    Ready
    | Pressed
    | Submit
    | SendMessage
    | StopTurn
    | ChooseModel
    | OpenDialog
    | OpenBeside
    | OpenNote
    | ChooseNow
    | Dismiss
    | Drafted
    | SetAttached
    | AttachFiles
    | ShowWindow
    | Moved
    | DockBack
)


def read_to_panel(line: bytes) -> ToPanel:
    """Raises WireError."""
    return cast(ToPanel, read(line, ToPanel))


def read_to_window(line: bytes) -> ToWindow:
    """Raises WireError, also for a command that is not a panel's to give."""
    found = cast(ToWindow, read(line, ToWindow))
    if isinstance(found, Submit) and not for_panels(type(found.command)):
        raise WireError(f"{type(found.command).__name__} is not a panel's to give")
    return found


@cache
def for_panels(command: type[Any]) -> bool:
    """Whether a panel may give it: nothing that ends the worker, or says what may run without being asked.

    A panel builds no such command; those the window makes itself, as it does for a click of its own.
    """
    hints = get_type_hints(command)
    said = {hints[one.name] for one in fields(command)}
    mine = command in (Shutdown, AddRule, Trust)
    return command in get_args(Command) and not mine and not said & {ApprovalPolicy, Decision}
