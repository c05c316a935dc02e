"""The context: the Markdown that was written for the model, with its size and what was left out."""

from pathlib import Path

from copilot.desktop import palette, text
from copilot.desktop.gate import dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, window
from copilot.vocabulary.commands import BuildContext
from copilot.vocabulary.events import ContextBuilt
from copilot.vocabulary.values import Project

PREVIEW_CHARACTERS = 40_000
"""Characters of the file that the panel shows; wrapped text costs by the character."""


class Context:
    """The panel `context`."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._shown: ContextBuilt | None = None
        self._project: Project | None = None
        self._branch = ""
        self._item = window("context", f"{Icon.CONTEXT}  Context")
        self._head = dpg.add_group(parent=self._item)
        look.themes.bind(self._head, "text_lines")
        self._box = dpg.add_child_window(parent=self._item, tag="context.box", width=-1, height=-1)
        look.themes.bind(self._box, "inset")
        self._text = look.text("", self._box, font=look.fonts.mono_small, colour=palette.CODE, wrap=0)
        self._draw_empty()

    def refresh(self, state: ViewState) -> None:
        """Show the newest context."""
        self._project, self._branch = state.project, state.branch
        if state.context is not None and state.context is not self._shown:
            self._shown = state.context
            self._draw(state.context)

    def _draw_empty(self) -> None:
        words = (
            "What the model is told of the chosen files appears here, word for word, each time it is written."
        )
        self._look.text(words, self._head, font=self._look.fonts.small, colour=palette.DIM, wrap=0)
        dpg.hide_item(self._box)

    def _draw(self, built: ContextBuilt) -> None:
        look = self._look
        clear(self._head)
        row = look.row(self._head, look.widths((Icon.COPY, Icon.REFRESH), look.fonts.small, 12))
        files = text.plural(len(built.files), "file")
        size = f"{text.count(built.characters)} characters  ·  about {text.count(built.tokens)} tokens"
        look.text(files, row.left, font=look.fonts.small_bold, colour=palette.STRONG)
        look.icon_button(
            Icon.COPY, row.right, lambda: dpg.set_clipboard_text(built.path), "Copy the file's path"
        )
        look.icon_button(Icon.REFRESH, row.right, self._build, "Write it again from the files as they are")
        line = look.text(size, self._head, font=look.fonts.small, colour=palette.DIM)
        look.tip(line, text.one_line(built.path, 400))
        name = look.text(
            text.one_line(Path(built.path).name, 60),
            self._head,
            font=look.fonts.mono_small,
            colour=palette.FAINT,
        )
        look.tip(name, text.one_line(built.path, 400))
        if built.skipped:
            left_out = f"{Icon.WARNING}  {text.plural(len(built.skipped), 'file')} left out"
            warning = look.text(left_out, self._head, font=look.fonts.small, colour=palette.AMBER)
            look.tip(warning, "\n".join(text.one_line(s, 160) for s in built.skipped[:30]))
        dpg.set_value(self._text, _preview(Path(built.path)))
        dpg.set_y_scroll(self._box, 0.0)
        dpg.show_item(self._box)

    def _build(self) -> None:
        if self._project is not None:
            self._actions.submit(
                BuildContext(
                    request_id=self._actions.new_id(),
                    project=self._project,
                    branch=self._branch,
                    model=self._actions.model(),
                )
            )


def _preview(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            found = file.read(PREVIEW_CHARACTERS + 1)
    except (OSError, ValueError) as error:  # a name that the system cannot take is a ValueError
        return f"The file cannot be read: {text.one_line(str(error))}"
    more = f"\n\n[The rest is in {path}]" if len(found) > PREVIEW_CHARACTERS else ""
    return text.shown(found[:PREVIEW_CHARACTERS]) + text.one_line(more, 400)
