"""The discussion by keyboard: the chosen card, the find bar, edits, and the same things by name."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from copilot.desktop.act_menu import Act
from copilot.desktop.action_table import NamedAction
from copilot.desktop.entries import Entry, MarkEntry, NoticeEntry, text_of
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.links import opens
from copilot.desktop.sent_marks import Kind

if TYPE_CHECKING:
    from copilot.desktop.panels.discussion import Discussion

_COPY_FRAMES = 3
"""Frames until what was copied out of a box is in the clipboard."""

_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"'`)\]]+[^\s<>\"'`)\].,;:!?]")


class DiscussionKeys:
    """What keys do in the panel."""

    def __init__(self, panel: "Discussion") -> None:
        self._panel = panel
        self._copied: tuple[int, int] = (0, 0)
        self._link: tuple[str, int] = ("", 0)

    def key(self, press: Press) -> None:
        """A key that no action took."""
        panel, chord = self._panel, str(press.chord)
        if panel.bar.has_caret:
            if chord in ("Enter", "Shift+Enter"):
                panel.bar.step(1 if chord == "Enter" else -1)
            return
        read = panel.focus.read
        if read is not None and chord == "Ctrl+C":
            self._copied = (read[1], _COPY_FRAMES)
        if press.chord.modifiers:
            return
        if panel.menu.opened:
            self._act(chord)
            return
        if not panel.has_keys:
            return
        if panel.link.opened and chord == "Enter":
            panel.link.yes()
        elif (read is None or chord == "T") and not self._move(chord):
            self._act(chord)

    def first(self, press: Press) -> bool:
        """Whether a key is taken before any action hears of it."""
        edited = self._panel.focus.edited if str(press.chord) == "Ctrl+Enter" else None
        if edited is None:
            return False
        self._panel.acts.keep_edit(edited)
        return True

    def escape(self) -> bool:
        """Whether Escape closed something here."""
        panel = self._panel
        if panel.menu.opened:
            panel.menu.close()
        elif panel.link.opened:
            panel.link.close()
        elif (edited := panel.focus.edited) is not None:
            panel.escape_edit(edited)
        elif (read := panel.focus.read) is not None:
            panel.acts.as_text(read[0])
        elif panel.bar.opened:
            panel.bar.close()
            dpg.focus_item(panel.keys_to())
        else:
            return False
        return True

    def tick(self) -> bool:
        """Once a frame: what was copied out of a box loses the line ends that wrapping added."""
        slot, frames = self._copied
        if not frames:
            return False
        self._copied = (slot, frames - 1)
        if frames == 1:
            copied = dpg.get_clipboard_text()
            whole = self._panel.copied(slot, copied)
            if whole != copied:
                dpg.set_clipboard_text(whole)
        return True

    def _move(self, chord: str) -> bool:
        panel = self._panel
        match chord:
            case "Up" | "K":
                panel.move(-1)
            case "Down" | "J":
                panel.move(1)
            case "PageUp":
                panel.scroll(-0.9)
            case "PageDown":
                panel.scroll(0.9)
            case "Home":
                panel.to_edge(end=False)
            case "End":
                panel.to_edge(end=True)
            case _:
                return False
        return True

    def _act(self, chord: str) -> None:
        entry = self._panel.focus.chosen
        if entry is None:
            return
        if chord == "L":
            self.next_link(entry)
            return
        act = next((act for act in self._panel.acts.acts if act.key == chord), None)
        if act is not None and act.can(entry):
            self._panel.menu.close()
            act.run(entry)

    def next_link(self, entry: Entry) -> None:
        """Ask about the first link of a message, then about the next one."""
        words = text_of(entry)
        found = [match[0] for match in _LINK.finditer(words) if opens(match[0])]
        if found:
            number = self._link[1] + 1 if self._link[0] == words and self._panel.link.opened else 0
            self._link = (words, number)
            self._panel.link.ask(found[number % len(found)])


def named_actions(panel: "Discussion") -> tuple[NamedAction, ...]:
    """What the panel can do, for the palette and the menus."""

    def there() -> bool:
        return bool(panel.entries)

    nothing = "nothing was said yet"
    return (
        NamedAction(
            name="branch.new",
            title="New branch from here…",
            run=lambda: panel.acts.fork(panel.focus.chosen),
            group="Branch",
        ),
        NamedAction(
            name="discussion.find",
            title="Find in the discussion…",
            run=panel.find,
            keys="Ctrl+F",
            group="Edit",
            enabled=there,
            why=nothing,
            words="search",
        ),
        NamedAction(
            name="discussion.fold_all",
            title="Fold or unfold all messages",
            run=panel.fold_all,
            group="View",
            enabled=there,
            why=nothing,
        ),
        *(
            NamedAction(name=f"discussion.{name}", title=title, run=run, keys=keys)
            for name, title, keys, run in _moves(panel)
        ),
        *_on_chosen(panel),
        *_on_marks(panel),
    )


def _moves(panel: "Discussion") -> tuple[tuple[str, str, str, Callable[[], None]], ...]:
    return (
        ("next", "Next place found", "F3", lambda: panel.bar.step(1)),
        ("previous", "Previous place found", "Shift+F3", lambda: panel.bar.step(-1)),
        ("up", "Choose the message above", "Alt+Up", lambda: panel.move(-1)),
        ("down", "Choose the message below", "Alt+Down", lambda: panel.move(1)),
    )


def _on_marks(panel: "Discussion") -> tuple[NamedAction, ...]:
    """What the lines between the cards, and the notes, offer to be clicked."""

    def marked(kind: Kind) -> tuple[str, ...]:
        marks = (entry.mark for entry in panel.entries if isinstance(entry, MarkEntry))
        return tuple(name for mark in marks if mark.kind == kind for name in mark.messages)

    def noted() -> bool:
        return any(isinstance(entry, NoticeEntry) for entry in panel.entries)

    return (
        NamedAction(
            name="discussion.put_back",
            title="Put back the messages that were not sent",
            run=lambda: panel.sent_cards.put_back(marked("left_out")),
            enabled=lambda: bool(marked("left_out")),
            why="all messages of the branch are sent",
            words="pruned left out hold pin",
        ),
        NamedAction(
            name="discussion.release",
            title="Release the messages that are held",
            run=lambda: panel.sent_cards.release(marked("held")),
            enabled=lambda: bool(marked("held")),
            why="no message is held",
            words="pruned let go unpin",
        ),
        NamedAction(
            name="discussion.dismiss",
            title="Dismiss the notes",
            run=panel.dismiss,
            enabled=noted,
            why="there are no notes",
            words="notices warnings close clear",
        ),
    )


def _on_chosen(panel: "Discussion") -> Iterator[NamedAction]:
    """What can be done with the chosen message."""

    def run(act: Act[Entry]) -> Callable[[], None]:
        return lambda: act.run(panel.focus.chosen) if panel.focus.chosen is not None else None

    def enabled(act: Act[Entry]) -> Callable[[], bool]:
        return lambda: panel.focus.chosen is not None and act.can(panel.focus.chosen)

    for act in panel.acts.acts:
        yield NamedAction(
            name=f"discussion.{act.name}",
            title=f"Message: {act.title.lower()}",
            run=run(act),
            enabled=enabled(act),
            why="no message is chosen: Alt+Up chooses one",
            words=act.key,
        )
