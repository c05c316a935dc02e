"""What an `@path` or a `/name` under way may mean, above the composer's box; the caret stays in the box."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.choice_list import ChoiceList, ChoiceRow
from copilot.desktop.fuzzy import match
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.listing import Listing
from copilot.desktop.path_typing import PathFinder, Typed, command_at, path_at
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.slash import SlashCommand
from copilot.vocabulary.values import FileState

WINDOW, LIST = "paths", "paths.list"
ROWS, ROW, WIDTH = 8, 30, 560
SLICE_SECONDS = 0.002
"""What looking for files may take of a frame."""

SHOW_SECONDS = 0.1
"""How often what was found is shown while there is more to look at: drawing it costs as much as looking."""

FOOT = ("Enter or Tab takes it: the whole file then goes with the message", "Enter or Tab takes the file")
CALLS = ("Enter or Tab takes it: its words are sent, with what you write behind it", "Enter or Tab takes it")
"""Below the list; the second where there is no room for the first."""

PADDING, ABOVE, AROUND = 28, 16, 56
"""Pixels at scale 1: at both sides of the foot, to the box, and of the window without its rows."""


class PathList:
    """Made once. `typed` after each change of the draft; `take` is told what was chosen, `@` or `/` first.

    `commands` are those that can be called.
    """

    def __init__(
        self, look: Look, above: Item, ticks: Callable[[], float], take: Callable[[Typed, str], None]
    ) -> None:
        self._look = look
        self._above = above
        self._ticks = ticks
        self._take = take
        self._listing: Listing | None = None
        self._finder = PathFinder(())
        self.commands: tuple[SlashCommand, ...] = ()
        self._calls = False
        self._typed: Typed | None = None
        self._left = -1
        self._looking = False
        self._shown_at = 0.0
        self._shown: tuple[str, ...] | None = None
        self._window = dpg.add_window(
            tag=WINDOW,
            show=False,
            no_title_bar=True,
            no_resize=True,
            no_move=True,
            no_collapse=True,
            no_scrollbar=True,
            no_saved_settings=True,
            no_focus_on_appearing=True,
        )
        look.themes.bind(self._window, "overlay")
        self._list = ChoiceList(look, self._window, LIST, self._clicked, height=ROW)
        self._foot = look.text(FOOT[0], self._window, font=look.fonts.small, colour=look.palette.faint)

    @property
    def opened(self) -> bool:
        """Whether it is on the screen, and so takes Up, Down, Enter and Tab."""
        return bool(dpg.is_item_shown(self._window)) and bool(self._shown)

    def files(self, listing: Listing | None) -> None:
        """The files of the project."""
        if listing is not self._listing:
            self._listing = listing
            self._finder = PathFinder(listing.files if listing is not None else ())
            if self._typed is not None:
                self._begin(self._typed)

    def typed(self, draft: str, caret: int) -> None:
        """The draft has changed, and the caret stands there."""
        called = command_at(draft, caret) if self.commands else None
        found = called or path_at(draft, caret)
        self._calls = called is not None
        if found is None or found.start == self._left:
            self.close(left=found is not None)
        else:
            self._begin(found)

    def close(self, *, left: bool = True) -> None:
        """Hide it; with `left` it stays away from this `@`."""
        self._left = self._typed.start if left and self._typed is not None else self._left if left else -1
        self._typed, self._looking, self._shown = None, False, None
        dpg.hide_item(self._window)

    def key(self, press: Press) -> None:
        """A key while it is open."""
        match press.chord.key:
            case "Up":
                self._list.move(-1)
            case "Down":
                self._list.move(1)
            case "PageUp":
                self._list.page(-1)
            case "PageDown":
                self._list.page(1)
            case "Enter" | "Tab":
                self._choose(self._list.cursor)
            case _:
                pass

    def tick(self) -> bool:
        """Once a frame: look on for files, and stay above the box. True while something is under way."""
        if self._typed is None:
            return False
        if self._looking:
            now = self._ticks()
            self._looking = self._finder.step(now + SLICE_SECONDS, self._ticks)
            if not self._looking or now - self._shown_at >= SHOW_SECONDS:
                self._shown_at = now
                self._show(self._finder.best())
        if not self._shown:
            return self._looking
        return self._list.tick() or self._looking

    def _begin(self, typed: Typed) -> None:
        if self._calls:
            self._typed, self._left, self._looking = typed, -1, False
            names = (one.name for one in self.commands)
            self._show(tuple(name for name in names if name.startswith(typed.words)))
            return
        self._typed, self._left, self._looking, self._shown_at = typed, -1, True, self._ticks()
        self._finder.begin(typed.words)

    def _show(self, paths: tuple[str, ...]) -> None:
        typed = self._typed
        if typed is None or (not paths and self._looking):
            return
        if not paths:
            self._shown = None
            dpg.hide_item(self._window)
            return
        if self._shown != paths or not dpg.is_item_shown(self._window):
            cursor = self._list.cursor if self._shown and self._shown[:1] == paths[:1] else 0
            self._shown = paths
            self._list.show([self._row(path, typed.words) for path in paths], cursor=cursor)
        self._place(len(paths))

    def _row(self, path: str, words: str) -> ChoiceRow:
        """The name first, which tells most, its folder beside it; of a command what it is for."""
        if self._calls:
            about = next((one.about for one in self.commands if one.name == path), "")
            lit = tuple(range(len(words) + 1))
            return ChoiceRow(title=f"/{path}", lit=lit, icon=Icon.PROMPTS, note=text.one_line(about, 120))
        file = self._file(path)
        folder, _, name = path.rpartition("/")
        fits = match(words, name)
        view = "in the context" if file is not None and file.wanted != "off" else ""
        return ChoiceRow(
            title=text.one_line(name, 90),
            lit=fits.at if fits is not None else (),
            icon=Icon.FILE_CODE if view else Icon.FILE,
            note="   ".join(filter(None, (text.one_line(folder, 120), view))),
        )

    def _file(self, path: str) -> FileState | None:
        return self._listing.file(path) if self._listing is not None else None

    def _place(self, count: int) -> None:
        px = self._look.px
        left, top = dpg.get_item_rect_min(self._above) if self._above else (0, 0)
        rows = min(count, ROWS) * px(ROW)
        width = min(px(WIDTH), max(px(260), int(dpg.get_item_rect_size(self._above)[0])))
        whole, brief = CALLS if self._calls else FOOT
        fits = self._look.size(whole, self._look.fonts.small)[0] <= width - px(PADDING)
        dpg.set_value(self._foot, whole if fits else brief)
        height = rows + px(AROUND)
        place = [int(left), max(px(4), int(top) - height - px(ABOVE))]
        self._list.place(rows)
        dpg.configure_item(self._window, show=True, width=width, height=height, pos=place)

    def _clicked(self, number: int) -> None:
        self._choose(number)

    def _choose(self, number: int) -> None:
        typed, paths = self._typed, self._shown or ()
        if typed is not None and 0 <= number < len(paths):
            self.close(left=False)
            self._take(typed, f"{'/' if self._calls else '@'}{paths[number]}")
