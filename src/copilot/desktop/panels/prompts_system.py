"""The project's system prompt: edited here, kept in the project's file, sent with every request."""

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Look
from copilot.desktop.writing_box import WritingBox
from copilot.tokens.estimator import estimate
from copilot.vocabulary.commands import SetSystemPrompt

BOX = "prompts.system.words"
LEAST_HEIGHT = 44
OTHERS, ABOUT = 226, 70
"""Pixels at scale 1: of the box where there is no room, of all that stands around it, and of what says what
it is for, which goes where that leaves no room."""


class SystemPrompt:
    """Made once; `refresh` brings it up to date."""

    def __init__(self, look: Look, actions: Actions, parent: Item) -> None:
        self._look = look
        self._actions = actions
        self._kept: str | None = None
        self._sent: str | None = None
        self._counted: tuple[str, object] | None = None
        self.item = dpg.add_group(parent=parent, show=False)
        self._about = look.text(
            "Added to the program's own system prompt in every request of this project. A change makes the "
            "provider's cache begin anew.",
            self.item,
            font=look.fonts.small,
            colour=look.palette.dim,
            wrap=0,
        )
        self._box = WritingBox(look, self.item, BOX, self._show, height=look.px(LEAST_HEIGHT))
        self._count = look.text(
            "",
            self.item,
            font=look.fonts.small,
            colour=look.palette.faint,
            wrap=0,
            tag="prompts.system.count",
        )
        line = dpg.add_group(parent=self.item, horizontal=True, horizontal_spacing=look.px(6))
        self._keep = look.button("Keep", line, "primary", self.keep, tag="prompts.system.keep")
        self._back = look.button("Put back", line, "ghost", self.put_back, tag="prompts.system.back")

    @property
    def words_item(self) -> Item:
        """The box that is written in."""
        return self._box.item

    def refresh(self, state: ViewState) -> None:
        """Show the project's own, unless the person is writing another."""
        if state.project is None:
            return
        kept = state.project.system_prompt
        if kept != self._kept:
            untouched = self._kept is None or self._box.words in (self._kept, self._sent)
            self._kept, self._sent = kept, None
            if untouched and self._box.words != kept:
                self._box.show(kept)
        self._show()

    def kept(self) -> tuple[str | None, str]:
        """The project's own, and what is being written."""
        return self._kept, self._box.words

    def take_up(self, kept: tuple[str | None, str]) -> None:
        """Go on with it."""
        self._kept = kept[0]
        self._box.show(kept[1])

    def place(self, height: float) -> None:
        """Fit into a panel of this height."""
        px, low = self._look.px, height < self._look.px(OTHERS + LEAST_HEIGHT)
        dpg.configure_item(self._about, show=not low)
        around = px(OTHERS - ABOUT) if low else px(OTHERS)
        self._box.place(max(px(LEAST_HEIGHT), int(height) - around))

    def tick(self) -> bool:
        """Once a frame; True while something is under way."""
        return self._box.tick()

    def escape(self) -> bool:
        """Take nothing back; True where something is written that is not kept."""
        self._box.escaped()
        return self.changed and bool(dpg.is_item_visible(self.item))

    @property
    def changed(self) -> bool:
        """Whether something is written that is not kept."""
        return self._kept is not None and self._box.words not in (self._kept, self._sent)

    def keep(self) -> None:
        """Send from the next request on what is written."""
        if self.changed:
            self._sent = self._box.words
            self._actions.submit(SetSystemPrompt(request_id=self._actions.new_id(), text=self._sent))
            self._show()

    def put_back(self) -> None:
        """Have the project's own again."""
        self._box.show(self._kept or "")
        self._show()

    def _show(self) -> None:
        model, words, changed = self._actions.model(), self._box.words, self.changed
        shown = (words, (model, changed))
        if shown == self._counted:
            return
        self._counted = shown
        tokens = estimate(words, provider=model.provider, model=model.model)
        state = "Not kept yet." if changed else "Kept." if words else "There is none."
        dpg.set_value(self._count, f"{state}  About {text.plural(tokens, 'token')}, in each request.")
        for item in (self._keep, self._back):
            dpg.configure_item(item, enabled=changed)
        self._look.themes.bind(self._keep, "primary" if changed else "ghost")
