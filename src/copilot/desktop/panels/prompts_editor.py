"""Writing a prompt that is kept: its name, for which projects it is, its words."""

from collections.abc import Callable
from typing import Any

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.settings_parts import Choice, Option
from copilot.desktop.prompt_shelf import Prompt, PromptScope, PromptShelf, prompt_flaw
from copilot.desktop.widgets import Look
from copilot.desktop.writing_box import WritingBox

NAME = "prompts.name"
LEAST_HEIGHT = 44
OTHERS = 238
"""Pixels at scale 1: of the box of words where there is no room, and of all that stands around it."""

_SCOPES = (
    Option[PromptScope]("everywhere", "Every project", "everywhere"),
    Option[PromptScope]("project", "This project", "project"),
)


class PromptEditor:
    """Made once; `open` shows it, and `closed` hears which prompt to show next when it has gone."""

    def __init__(
        self, look: Look, parent: Item, shelf: PromptShelf, closed: Callable[[Prompt | None], None]
    ) -> None:
        self._look = look
        self._shelf = shelf
        self._closed = closed
        self._before: Prompt | None = None
        self._begun: Prompt | None = None
        self._scope: PromptScope = "everywhere"
        self._name = ""
        self.item = dpg.add_group(parent=parent, show=False)
        self._name_box = dpg.add_input_text(
            parent=self.item, tag=NAME, width=-1, hint="Name, such as Strict review", callback=self._named
        )
        look.themes.bind(self._name_box, "setting_field")
        self._scopes = Choice(look, self.item, "prompts.scope", _SCOPES, self._choose_scope)
        self._box = WritingBox(look, self.item, "prompts.words", self._check, height=look.px(LEAST_HEIGHT))
        self._told = look.text(
            "", self.item, font=look.fonts.small, colour=look.palette.amber, wrap=0, tag="prompts.told"
        )
        line = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(6))
        self._keep = look.button("Keep", line, "primary", self.keep, tag="prompts.keep")
        look.button("Cancel", line, "ghost", self.close, tag="prompts.cancel")

    @property
    def opened(self) -> bool:
        """Whether it is shown."""
        return bool(dpg.is_item_shown(self.item))

    def open(self, before: Prompt | None, words: str = "", *, name_first: bool = False) -> None:
        """Show it for a prompt, or for a new one that begins with `words`."""
        self._before = before
        self._name = before.name if before is not None else ""
        self._scope = before.scope if before is not None else "everywhere"
        dpg.set_value(self._name_box, self._name)
        self._box.show(before.text if before is not None else words)
        self._begun = self._made()
        self._scopes.show(self._scope)
        dpg.configure_item(self.item, show=True)
        self._check()
        new = before is None or name_first
        self._look.caret.give(self._name_box if new else self._box.item)

    def keep(self) -> None:
        """Write it; it stays open where that was not possible."""
        made, before = self._made(), self._before
        if self._flaw(made):
            return

        def then(trouble: str) -> None:
            if trouble:
                dpg.set_value(self._told, text.one_line(trouble, 400))
            else:
                self._leave(made)

        self._shelf.keep(made, before, then)

    def close(self) -> None:
        """Leave it; what was written is lost."""
        self._leave(self._before)

    def place(self, height: float) -> None:
        """Fit into a panel of this height."""
        px = self._look.px
        self._box.place(max(px(LEAST_HEIGHT), int(height) - px(OTHERS)))

    def escape(self) -> bool:
        """Close where nothing was written; else say how to. True where it was open."""
        if not self.opened:
            return False
        self._box.escaped()
        if self._made() == self._begun:
            self.close()
        else:
            dpg.set_value(self._name_box, self._name)
            dpg.set_value(self._told, "Not kept yet: choose Keep or Cancel.")
        return True

    def kept(self) -> tuple[Prompt | None, Prompt | None, Prompt] | None:
        """What is being written, for an editor that is made anew; None where it is closed."""
        return (self._before, self._begun, self._made()) if self.opened else None

    def take_up(self, kept: tuple[Prompt | None, Prompt | None, Prompt] | None) -> None:
        """Go on with it."""
        if kept is not None:
            before, begun, made = kept
            self.open(before)
            self._name, self._begun = made.name, begun
            dpg.set_value(self._name_box, made.name)
            self._box.show(made.text)
            self._choose_scope(made.scope)

    def tick(self) -> bool:
        """Once a frame; True while something is under way."""
        return self._box.tick()

    def _leave(self, shown: Prompt | None) -> None:
        dpg.configure_item(self.item, show=False)
        self._closed(shown)

    def _made(self) -> Prompt:
        return Prompt(name=self._name.strip(), scope=self._scope, text=self._box.words)

    def _flaw(self, made: Prompt) -> str:
        if not made.name:
            return "Give it a name."
        flaw = prompt_flaw(self._shelf.library, made, self._before)
        return flaw or ("" if made.text.strip() else "Write its words.")

    def _check(self) -> None:
        flaw = self._flaw(self._made())
        dpg.set_value(self._told, text.one_line(flaw, 400))
        dpg.configure_item(self._keep, enabled=not flaw)
        self._look.themes.bind(self._keep, "ghost" if flaw else "primary")

    def _named(self, _sender: Any, words: Any, _user: Any) -> None:
        if not dpg.is_key_down(dpg.mvKey_Escape):
            self._name = str(words)
            self._check()

    def _choose_scope(self, scope: PromptScope) -> None:
        self._scope = scope
        self._scopes.show(scope)
        self._check()
