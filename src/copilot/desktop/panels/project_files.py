"""The project: its name and folder, the chosen files with their views, and the tree of what they match."""

from dataclasses import dataclass, field

from copilot.desktop import palette, text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, clear, on, window
from copilot.vocabulary.commands import ChooseFiles
from copilot.vocabulary.events import ContextBuilt
from copilot.vocabulary.values import FileChoice, Project, View

TREE_FILES = 800
"""Files shown in the tree; the context panel has the number of all."""

_NEXT: dict[View, View] = {"full": "summary", "summary": "off", "off": "full"}
_COLOURS: dict[View, palette.Colour] = {
    "full": palette.ACCENT_BRIGHT,
    "summary": palette.VIOLET,
    "off": palette.DIM,
}


@dataclass(slots=True)
class _Folder:
    folders: "dict[str, _Folder]" = field(default_factory=dict[str, "_Folder"])
    files: list[str] = field(default_factory=list[str])


class ProjectFiles:
    """The panel `files`."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._project: Project | None = None
        self._context: ContextBuilt | None = None
        self._width = 0.0
        self._item = window("files", f"{Icon.FOLDER_OPEN}  Project")
        self._head = dpg.add_group(parent=self._item)
        look.themes.bind(self._head, "text_lines")
        self._chosen = dpg.add_group(parent=self._item)
        self._pattern = dpg.add_input_text(
            parent=self._item,
            tag="files.add",
            width=-1,
            hint=f"{Icon.PLUS}  Add files: src/**/*.py",
            on_enter=True,
            callback=on(self._add),
        )
        dpg.bind_item_font(self._pattern, look.fonts.small)
        self._tree = dpg.add_group(parent=self._item)
        look.themes.bind(self._tree, "tree")

    def refresh(self, state: ViewState) -> None:
        """Show the project as it is now."""
        width = dpg.get_item_width("files")
        if state.project is None:
            return
        if self._project is None or _facts(self._project) != _facts(state.project) or width != self._width:
            self._project, self._width = state.project, width
            self._draw(state.project)
        if state.context is not self._context:
            self._context = state.context
            self._draw_tree(state.project, state.context)

    def _draw(self, project: Project) -> None:
        look, room = self._look, self._width - self._look.px(44)
        clear(self._head)
        look.text(text.one_line(project.name, 60), self._head, font=look.fonts.heading, colour=palette.STRONG)
        line = dpg.add_group(parent=self._head, horizontal=True, horizontal_spacing=look.px(8))
        folder = text.one_line(project.base_dir, 400)
        look.text(Icon.FOLDER, line, font=look.fonts.small, colour=palette.FAINT)
        shown = look.fit_path(folder, look.fonts.small, room)
        look.tip(look.text(shown, line, font=look.fonts.small, colour=palette.DIM), folder)
        look.gap(self._head, height=6)
        clear(self._chosen)
        for index, choice in enumerate(project.files):
            self._draw_choice(index, choice, room)
        if not project.files:
            look.text(
                "No files are chosen yet. The model can still read the project with its tools; files chosen "
                "here are sent with every message.",
                self._chosen,
                font=look.fonts.small,
                colour=palette.DIM,
                wrap=0,
            )

    def _draw_choice(self, index: int, choice: FileChoice, room: float) -> None:
        look = self._look
        right = look.widths((choice.view, Icon.CLOSE), look.fonts.small, 15)
        row = look.row(self._chosen, right)
        name = look.fit(text.one_line(choice.pattern, 200), look.fonts.mono_small, room - right)
        look.text(name, row.left, font=look.fonts.mono_small, colour=palette.TEXT)
        chip = look.chip(choice.view, row.right, _COLOURS[choice.view])
        dpg.configure_item(chip, callback=on(lambda: self._cycle(index)))
        look.tip(chip, f"View: {choice.view}. Click for {_NEXT[choice.view]}.")
        look.icon_button(Icon.CLOSE, row.right, lambda: self._remove(index), "Take out of the context")

    def _draw_tree(self, project: Project, context: ContextBuilt | None) -> None:
        clear(self._tree)
        if context is None or not context.files:
            return
        root = _Folder()
        for path in context.files[:TREE_FILES]:
            *folders, name = path.split("/")
            place = root
            for folder in folders:
                place = place.folders.setdefault(folder, _Folder())
            place.files.append(name)
        self._look.gap(self._tree, height=4)
        top = dpg.add_tree_node(
            parent=self._tree,
            label=f"{Icon.FOLDER_OPEN}  {text.label(text.one_line(project.name, 60))}",
            default_open=True,
            span_full_width=True,
            lines=dpg.mvTreeLines_Full,
        )
        self._branch(top, root)
        if len(context.files) > TREE_FILES:
            left = text.plural(len(context.files) - TREE_FILES, "more file")
            self._look.text(left, self._tree, font=self._look.fonts.small, colour=palette.FAINT)

    def _branch(self, parent: Item, folder: _Folder) -> None:
        for name, inside in sorted(folder.folders.items()):
            label = f"{Icon.FOLDER}  {text.label(text.one_line(name, 80))}"
            node = dpg.add_tree_node(parent=parent, label=label, default_open=True, span_full_width=True)
            self._branch(node, inside)
        for name in sorted(folder.files):
            line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=self._look.px(8))
            self._look.text(Icon.FILE, line, font=self._look.fonts.small, colour=palette.FAINT)
            self._look.text(text.one_line(name, 80), line)

    def _add(self) -> None:
        pattern = str(dpg.get_value(self._pattern)).strip()
        if pattern and self._project is not None:
            dpg.set_value(self._pattern, "")
            self._choose((*self._project.files, FileChoice(pattern=pattern)))

    def _cycle(self, index: int) -> None:
        if self._project is not None:
            files = list(self._project.files)
            files[index] = FileChoice(pattern=files[index].pattern, view=_NEXT[files[index].view])
            self._choose(tuple(files))

    def _remove(self, index: int) -> None:
        if self._project is not None:
            self._choose(self._project.files[:index] + self._project.files[index + 1 :])

    def _choose(self, files: tuple[FileChoice, ...]) -> None:
        self._actions.submit(ChooseFiles(request_id=self._actions.new_id(), files=files))


def _facts(project: Project) -> tuple[object, ...]:
    return (project.name, project.base_dir, project.files)
