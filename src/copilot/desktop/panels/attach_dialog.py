"""Choosing files to attach: a folder's images and PDFs, or a path that is typed or pasted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from copilot.desktop import text
from copilot.desktop.attachable import Offer, Offered, offered
from copilot.desktop.clipboard import expanded, files_in
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.intake import Intake
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.panel import Over
from copilot.desktop.widgets import Action, Icon, Look, clear, on

WIDTH, HEIGHT = 640, 460
PATH = "attach.path"
_ROWS = 300


class AttachDialog(Over):
    """Made once; `open` shows it in `folder()`. What is chosen goes to `intake`."""

    def __init__(self, look: Look, errands: Errands, intake: Intake, folder: Callable[[], Path]) -> None:
        self._look = look
        self._errands = errands
        self._intake = intake
        self._folder = folder
        self._here: Path | None = None
        self._typed = ""
        self._over = Overlay(look, "attach", WIDTH, HEIGHT)
        window = self._over.window
        head = look.row(window, look.widths((Icon.CLOSE,), look.fonts.small, 12))
        look.text(Icon.ATTACH, head.left, colour=look.palette.accent)
        look.text(
            "Attach an image or a PDF", head.left, font=look.fonts.body_bold, colour=look.palette.strong
        )
        look.icon_button(Icon.CLOSE, head.right, self.close, "Close", tag="attach.close")
        dpg.add_input_text(
            parent=window,
            tag=PATH,
            width=-1,
            hint="Type or paste a path and press Enter, or click below",
            callback=self._edited,
        )
        self._list = dpg.add_child_window(parent=window, tag="attach.list", width=-1, height=-look.px(40))
        look.button(
            f"{Icon.PASTE}  Paste a picture from the clipboard",
            window,
            "ghost",
            self._paste,
            tag="attach.paste",
        )

    def open(self) -> None:
        """Show it, in the folder that was open last."""
        self._over.show(caret=PATH)
        self._go(self._here or self._folder())

    def close(self) -> None:
        """Hide it."""
        self._over.hide()

    def key(self, press: Press) -> None:
        """Escape closes; Enter takes the path that was typed."""
        if press.code == dpg.mvKey_Escape:
            self.close()
        elif press.code == dpg.mvKey_Return and self._typed.strip():
            self._take(self._typed)

    def _edited(self, _sender: Any, value: Any, _user: Any) -> None:
        self._typed = str(value)

    def _take(self, words: str) -> None:
        here = self._here or self._folder()
        if paths := files_in(words, here):
            self._attach(*paths)
        else:
            self._go(here / expanded(words.strip()))

    def _attach(self, *paths: Path) -> None:
        self._intake.add(paths)
        self.close()

    def _paste(self) -> None:
        self._intake.add_picture()
        self.close()

    def _go(self, folder: Path) -> None:
        self._typed = ""
        dpg.set_value(PATH, "")
        self._errands.add(lambda: offered(folder), self._show)

    def _show(self, found: Offered) -> None:
        look = self._look
        clear(self._list)
        if found.trouble:
            look.text(text.one_line(found.trouble, 300), self._list, colour=look.palette.amber, wrap=0)
        else:
            self._here = found.folder
        here = self._here or self._folder()
        look.text(
            look.fit_path(text.one_line(str(here), 400), look.fonts.small, look.px(WIDTH - 60)),
            self._list,
            font=look.fonts.small,
            colour=look.palette.faint,
        )
        self._row(f"{Icon.FOLDER}  ..", lambda: self._go(here.parent), "attach.up")
        for number, entry in enumerate(found.entries[:_ROWS]):
            self._row(_words(entry), self._chooser(entry), f"attach.row.{number}")
        if len(found.entries) > _ROWS:
            more = f"{len(found.entries) - _ROWS:,} more are not shown: type the name instead."
            look.text(more, self._list, font=look.fonts.small, colour=look.palette.amber)
        if not found.trouble and all(entry.folder for entry in found.entries):
            look.text("No image or PDF here.", self._list, font=look.fonts.small, colour=look.palette.faint)

    def _row(self, words: str, action: Action, tag: str) -> None:
        look, font = self._look, self._look.fonts.body
        item = dpg.add_selectable(parent=self._list, tag=tag, callback=on(action))
        look.relabel(item, look.fit(words, font, look.px(WIDTH - 60)), font)

    def _chooser(self, entry: Offer) -> Action:
        return lambda: self._go(entry.path) if entry.folder else self._attach(entry.path)


def _words(entry: Offer) -> str:
    name = text.label(text.one_line(entry.path.name, 90))
    if entry.folder:
        return f"{Icon.FOLDER}  {name}"
    glyph = Icon.PDF if entry.path.suffix.lower() == ".pdf" else Icon.IMAGE
    return f"{glyph}  {name}    {max(entry.size / 1000, 1):,.0f} kB"
