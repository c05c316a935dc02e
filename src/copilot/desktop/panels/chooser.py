"""A window to choose one of many things by a few letters, or to give something a name: one for all uses."""

from collections.abc import Callable, Sequence

from copilot.desktop.choice_list import ChoiceList, ChoiceRow
from copilot.desktop.fuzzy import Match, match
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.panel import Over
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, on
from copilot.vocabulary.frozen import frozen

WIDTH, HEIGHT = 720, 520
SEARCH, LIST = "chooser.search", "chooser.list"
_HEAD = 104
"""Pixels at scale 1 that the search box and the foot take."""

_BACK_FRAMES = 3
"""Frames until the caret is back where it was, before what was chosen is done."""


@frozen
class Choice:
    """One thing to choose. `note` stands beside the title; `keys` is its chord; `words` help to find it.

    `why` says why it cannot be chosen now, "" where it can.
    """

    title: str
    run: Action
    icon: str = ""
    note: str = ""
    keys: str = ""
    words: str = ""
    why: str = ""


def _no_choice(_words: str) -> Choice | None:
    return None


@frozen
class Question:
    """What is asked: `choices` are looked up again whenever something changes, the likeliest first.

    `typed` makes a choice of the words that were typed, beside those found. `first` is in the box already.
    `hint` is shown in the empty box, `nothing` where no choice fits, `foot` below the list.
    """

    hint: str
    choices: Callable[[], Sequence[Choice]]
    icon: str = Icon.SEARCH
    typed: Callable[[str], Choice | None] = _no_choice
    first: str = ""
    nothing: str = "Nothing has these letters."
    foot: str = "Up and Down move, Enter takes, Escape closes"


def no_choices() -> Sequence[Choice]:
    """For a question that asks for words alone."""
    return ()


class Chooser(Over):
    """Made once; `open` asks. What is chosen is done a moment later, when the caret is back in its place."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._question = Question(hint="", choices=no_choices)
        self._asked = ""
        self._shown: tuple[object, ...] = ()
        self._found: list[tuple[Choice, Match]] = []
        self._caret: Item = 0
        self._then: tuple[Action | None, int] = (None, 0)
        self._over = Overlay(look, "chooser", WIDTH, HEIGHT)
        window = self._over.window
        line = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(10))
        self._icon = look.text(Icon.SEARCH, line, colour=look.palette.accent)
        self._search = dpg.add_input_text(parent=line, tag=SEARCH, width=-1, callback=on(self._typed))
        dpg.add_separator(parent=window)
        self._nothing = look.text("", window, colour=look.palette.faint, show=False)
        self._list = ChoiceList(look, window, LIST, self._take)
        self._foot = look.text("", window, font=look.fonts.small, colour=look.palette.faint)

    def open(self, question: Question) -> None:
        """Ask; what was asked before is no longer."""
        if not self.opened:
            self._caret = dpg.get_focused_item()
        self._question, self._asked, self._shown = question, "", ()
        self._then = (None, 0)
        dpg.set_value(self._search, question.first)
        dpg.configure_item(self._search, hint=question.hint)
        dpg.set_value(self._icon, question.icon)
        dpg.set_value(self._foot, question.foot)
        dpg.set_value(self._nothing, question.nothing)
        self._over.show(caret=self._search)
        self._draw()

    def close(self) -> None:
        """Hide it; the caret goes back to where it was."""
        self._over.hide()
        self._then, caret = (self._then[0], _BACK_FRAMES), self._look.caret
        if self._caret and dpg.does_item_exist(self._caret):
            caret.give(self._caret, 0)
        if self._then[0] is not None:
            caret.pause(_BACK_FRAMES)

    def refresh(self, state: ViewState) -> None:
        """What can be chosen may have changed."""
        del state
        if self.opened:
            self._draw()

    def tick(self) -> bool:
        """Once a frame. True while something is under way."""
        action, frames = self._then
        if frames:
            self._then = (action if frames > 1 else None, frames - 1)
            if frames == 1 and action is not None:
                action()
        if not self.opened:
            return self._then[1] > 0
        if not self._found:
            self._draw()  # what is there to choose from may be read just now
        self._fit()
        return self._list.tick()

    def key(self, press: Press) -> None:
        """The keys of a list; letters go into the box."""
        if press.again and press.chord.key in ("Escape", "Enter"):
            return
        match press.chord.key:
            case "Escape":
                self.close()
            case "Enter":
                self._take(self._list.cursor)
            case "Up":
                self._list.move(-1)
            case "Down":
                self._list.move(1)
            case "PageUp":
                self._list.page(-1)
            case "PageDown":
                self._list.page(1)
            case _:
                pass

    def _fit(self) -> None:
        """As high as the choices need, and the window allows."""
        px = self._look.px
        room = min(px(HEIGHT), dpg.get_viewport_client_height() - px(80)) - px(_HEAD)
        rows = min(room, max(1, len(self._found)) * self._list.height)
        self._list.place(rows)
        if dpg.get_item_height(self._over.window) != rows + px(_HEAD):
            dpg.configure_item(self._over.window, height=rows + px(_HEAD))

    def _typed(self) -> None:
        self._draw()

    def _take(self, number: int) -> None:
        if not 0 <= number < len(self._found) or self._found[number][0].why:
            return
        self._then = (self._found[number][0].run, 0)
        self.close()

    def _draw(self) -> None:
        words = str(dpg.get_value(self._search) or "")
        choices = tuple(self._question.choices())
        facts = (words, [_facts(one) for one in choices])
        if facts == self._shown:
            return
        cursor = self._list.cursor if self._shown and words == self._asked else 0
        self._shown, self._asked = facts, words
        self._found = found(choices, words)
        typed = self._question.typed(words) if words.strip() else None
        if typed is not None:
            self._found.append((typed, Match(0, ())))
        self._list.show([_row(choice, fits) for choice, fits in self._found], cursor=cursor)
        dpg.configure_item(self._nothing, show=not self._found)
        dpg.configure_item(self._list.box, show=bool(self._found))


def found(choices: Sequence[Choice], words: str) -> list[tuple[Choice, Match]]:
    """The choices that have these letters, best first; those that fit alike in the order they came.

    A title that fits goes before words that only help to find, and what can be chosen before what cannot.
    """
    fitting: list[tuple[tuple[bool, bool, int], Choice, Match]] = []
    for choice in choices:
        fits = match(words, choice.title)
        if fits is not None:
            fitting.append(((bool(words) and bool(choice.why), False, -fits.score), choice, fits))
        elif choice.words and (other := match(words, f"{choice.title} {choice.words}")) is not None:
            lit = tuple(at for at in other.at if at < len(choice.title))
            fitting.append(((bool(choice.why), True, -other.score), choice, Match(other.score, lit)))
    fitting.sort(key=lambda one: one[0])
    return [(choice, fits) for _, choice, fits in fitting]


def _facts(choice: Choice) -> tuple[str, ...]:
    return (choice.title, choice.note, choice.why, choice.keys)


def _row(choice: Choice, fits: Match) -> ChoiceRow:
    return ChoiceRow(
        title=choice.title,
        lit=fits.at,
        icon=choice.icon,
        note=choice.why or choice.note,
        caps=tuple(choice.keys.split("+")) if choice.keys else (),
        enabled=not choice.why,
    )
