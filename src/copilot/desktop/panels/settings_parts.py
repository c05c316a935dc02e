"""What the rooms of the settings are made of: sections, fields that are read as one types, choices."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.gate import Item, dpg
from copilot.desktop.segments import Flow
from copilot.desktop.typed import Wrong
from copilot.desktop.widgets import Action, Look
from copilot.vocabulary.frozen import frozen

T = TypeVar("T")

_AROUND = 2 * 14 + 2 * 14 + 12
"""Pixels at scale 1: the edges of the panel, those of a card, and the scrollbar."""

REST_SECONDS = 0.6
"""A hand that rests this long has finished what it types: then it is kept."""


def section(look: Look, parent: Item, icon: str, title: str, words: str = "") -> Item:
    """A heading with what belongs below it; gives the place for that."""
    if dpg.get_item_children(parent, 1):
        look.gap(parent, height=6)
    line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(9))
    look.text(icon, line, colour=look.palette.accent)
    look.text(title, line, font=look.fonts.body_bold, colour=look.palette.strong, wrap=0)
    if words:
        look.text(words, parent, font=look.fonts.small, colour=look.palette.dim, wrap=0)
    return dpg.add_group(parent=parent)


def card_room(look: Look, panel: Item) -> float:
    """How wide what is in a card of this panel may be, in pixels."""
    return dpg.get_item_width(panel) - look.px(_AROUND)


def card(look: Look, parent: Item, tag: str) -> Item:
    """A box as high as what is in it."""
    box = dpg.add_child_window(parent=parent, tag=tag, width=-1, auto_resize_y=True, no_scrollbar=True)
    look.themes.bind(box, "setting")
    return box


def label(look: Look, parent: Item, words: str) -> Item:
    """The name of what stands below it."""
    return look.text(words, parent, font=look.fonts.small, colour=look.palette.dim, wrap=0)


def open_settings(focus: Callable[[str], None]) -> NamedAction:
    """Go to the panel."""
    return NamedAction(
        name="settings.open",
        title="Settings",
        run=lambda: focus("settings"),
        keys="Ctrl+Comma",
        group="Edit",
        words="preferences options configuration keys theme",
    )


class Saved:
    """The foot of the panel: where all is kept, and why it could not be."""

    def __init__(self, look: Look, parent: Item, config: Path) -> None:
        small = look.fonts.small
        kept = f"Kept in {text.one_line(str(config), 200)}"
        look.text(kept, parent, font=small, colour=look.palette.faint, wrap=0, tag="settings.saved")
        self._trouble = look.text("", parent, font=small, colour=look.palette.red, wrap=0, show=False)

    def show(self, trouble: str) -> None:
        """Tell it; "" where there is none."""
        dpg.configure_item(self._trouble, show=bool(trouble))
        dpg.set_value(self._trouble, text.one_line(trouble, 600))


class Field(Generic[T]):
    """A box for one value. What cannot be used is told at once; what can is kept when the hand rests.

    `note` is what a person should know of a value that can be used.
    """

    def __init__(
        self,
        look: Look,
        parent: Item,
        tag: str,
        *,
        read: Callable[[str], "T | Wrong"],
        keep: Callable[[T], None],
        ticks: Callable[[], float],
        hint: str = "",
        width: int = -1,
        note: Callable[[T], str] = lambda _value: "",
    ) -> None:
        self._look = look
        self._read = read
        self._keep = keep
        self._note = note
        self._ticks = ticks
        self._due: float | None = None
        self._value: T | Wrong | None = None
        self.item = dpg.add_input_text(parent=parent, tag=tag, hint=hint, width=width, callback=self._typed)
        look.themes.bind(self.item, "setting_field")
        self._told = look.text(
            "",
            parent,
            font=look.fonts.small,
            colour=look.palette.amber,
            wrap=0,
            show=False,
            tag=f"{tag}.told",
        )

    def show(self, words: str) -> None:
        """Show the value as it is; not while the person types."""
        if self._due is None and not dpg.is_item_active(self.item) and dpg.get_value(self.item) != words:
            dpg.set_value(self.item, words)
            self._tell("")

    def tick(self) -> bool:
        """Once a frame; True while something is still to be kept."""
        if self._due is None:
            return False
        if self._ticks() < self._due and dpg.is_item_active(self.item):
            return True
        self._due = None
        if not isinstance(self._value, Wrong):
            self._keep(self._value)  # type: ignore[arg-type]
        return False

    def _typed(self, _sender: Any, words: Any, _user: Any) -> None:
        self._value = value = self._read(str(words))
        self._tell(value.why if isinstance(value, Wrong) else self._note(value))
        self._due = None if isinstance(value, Wrong) else self._ticks() + REST_SECONDS

    def _tell(self, words: str) -> None:
        dpg.configure_item(self._told, show=bool(words))
        dpg.set_value(self._told, words)


@frozen(kw_only=False)
class Option(Generic[T]):
    """One of several values; `tag` ends the tag of its button."""

    value: T
    words: str
    tag: str


class Choice(Generic[T]):
    """Buttons side by side, one of them on; they go on in the next line where a line is full."""

    def __init__(
        self,
        look: Look,
        parent: Item,
        tag: str,
        options: Sequence[Option[T]],
        choose: Callable[[T], None],
    ) -> None:
        self._look = look
        self._items: list[tuple[T, Item]] = []
        self._flow = Flow(look, parent)
        for option in options:
            act = _chooser(choose, option.value)
            item = look.button(option.words, self._flow.first, "segment_off", act, tag=f"{tag}.{option.tag}")
            self._items.append((option.value, item))
        self._flow.add(*(item for _, item in self._items))

    def fit(self, room: float) -> None:
        """Once a frame: keep within `room` pixels."""
        self._flow.fit(room)

    def show(self, value: T, off: frozenset[T] = frozenset()) -> None:
        """Show which one is on; those that are `off` are not there."""
        for one, item in self._items:
            self._look.themes.bind(item, "segment_on" if one == value else "segment_off")
            dpg.configure_item(item, show=one not in off)


def _chooser(choose: Callable[[T], None], value: T) -> Action:
    return lambda: choose(value)
