"""The chosen patterns: a list that folds away, each with its view, and a box to add one."""

from collections.abc import Callable
from dataclasses import replace

from copilot.desktop import text
from copilot.desktop.file_row import NEXT_VIEW, VIEW_TONES, VIEW_WORDS
from copilot.desktop.gate import Item, dpg
from copilot.desktop.widgets import Icon, Look, clear, on
from copilot.vocabulary.values import FileChoice

SHOWN = 4
"""Patterns in view; the list scrolls."""

LINE, FIELD = 25, 50
"""Pixels at scale 1: the height of a pattern; what stands around the words of the box for another."""

HINTS = (f"{Icon.PLUS}  Add files: src/**/*.py", f"{Icon.PLUS}  Add files: *.py", f"{Icon.PLUS}  Add files")
"""The first that there is room for."""

Files = tuple[FileChoice, ...]


class FilePatterns:
    """`choose` hears the whole new choice."""

    def __init__(self, look: Look, parent: Item, choose: Callable[[Files], None]) -> None:
        self._look = look
        self._choose = choose
        self._files: Files = ()
        self._opened: bool | None = None
        self._head = look.button("", parent, "fold", self.toggle, tag="files.patterns")
        self._box = dpg.add_child_window(parent=parent, tag="files.patterns.box", width=-1, height=10)
        look.themes.bind(self._box, "tree")
        self._add_box = dpg.add_input_text(
            parent=parent,
            tag="files.add",
            width=-1,
            hint=HINTS[0],
            on_enter=True,
            callback=on(self._add),
        )
        dpg.bind_item_font(self._add_box, look.fonts.small)

    @property
    def has_caret(self) -> bool:
        """Whether keys belong to the box."""
        return bool(dpg.is_item_focused(self._add_box))

    def show(self, files: Files, width: float, *, low: bool = False) -> None:
        """Show these patterns; folded away at first where there are any, and where the panel is `low`."""
        self._files = files
        if self._opened is None:
            self._opened = not files and not low
        look = self._look
        chevron = Icon.CHEVRON if self._opened else Icon.CHEVRON_RIGHT
        dpg.configure_item(self._head, label=f"{chevron}   Chosen patterns   {len(files) or ''}")
        hint = look.fitting(HINTS, look.fonts.small, width - look.px(FIELD))
        dpg.configure_item(self._add_box, show=self._opened, hint=hint)
        dpg.configure_item(
            self._box, show=self._opened and bool(files), height=look.px(LINE * min(len(files), SHOWN))
        )
        clear(self._box)
        room = width - look.px(44 if len(files) <= SHOWN else 58)
        for index, choice in enumerate(files if self._opened else ()):
            self._line(index, choice, room)

    def _line(self, index: int, choice: FileChoice, room: float) -> None:
        look = self._look
        words = VIEW_WORDS[choice.view]
        right = look.widths((words, Icon.CLOSE), look.fonts.small, 15)
        row = look.row(self._box, right, width=room)
        if choice.pinned:
            look.text(Icon.PIN, row.left, font=look.fonts.caption, colour=look.palette.accent_bright)
        left = room - right - look.px(24 if choice.pinned else 4)
        name = look.fit(text.one_line(choice.pattern, 200), look.fonts.mono_small, left)
        item = look.text(name, row.left, font=look.fonts.mono_small, colour=look.palette.text)
        look.tip(item, text.one_line(choice.pattern, 400))
        following = NEXT_VIEW[choice.view]
        chip = look.chip(words, row.right, look.palette.of(VIEW_TONES[choice.view]))
        dpg.configure_item(chip, callback=on(lambda: self._change(index, replace(choice, view=following))))
        look.tip(chip, f"View: {choice.view}. Click for {following}.")
        look.icon_button(Icon.CLOSE, row.right, lambda: self._change(index), "Take out of the context")

    def begin(self) -> None:
        """Show the list, with the caret in the box for another pattern."""
        if not self._opened:
            self.toggle()
        dpg.focus_item("files")
        self._look.caret.give(self._add_box)

    def toggle(self) -> None:
        """Show the list, or fold it away."""
        self._opened = not self._opened
        self.show(self._files, dpg.get_item_width("files"))

    def _add(self) -> None:
        pattern = str(dpg.get_value(self._add_box)).strip()
        if pattern:
            dpg.set_value(self._add_box, "")
            self._choose((*self._files, FileChoice(pattern=pattern)))

    def _change(self, index: int, *replaced: FileChoice) -> None:
        self._choose((*self._files[:index], *replaced, *self._files[index + 1 :]))
