"""What can be done in the panel of files, by name."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.file_index import Row
from copilot.desktop.file_row import VIEW_WORDS
from copilot.desktop.panels.chooser import Choice, Question
from copilot.desktop.panels.file_menu import ENTRIES
from copilot.desktop.widgets import Action, Icon
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileChoice, View

Files = tuple[FileChoice, ...]


@frozen
class FileWays:
    """What the panel can do. `row` is where its cursor stands; `files` the choice, `choose` makes another."""

    row: Callable[[], Row | None]
    view: Callable[[Row, View], None]
    cycle: Callable[[Row], None]
    pin: Callable[[Row], None]
    menu: Callable[[Row], None]
    copy: Callable[[Row], None]
    filter: Action
    unfilter: Action
    filtered: Callable[[], bool]
    patterns: Action
    add: Action
    files: Callable[[], Files]
    choose: Callable[[Files], None]
    ask: Callable[[Question], None]


def file_actions(ways: FileWays) -> tuple[NamedAction, ...]:
    """In the order of the palette."""
    return (*_filtering(ways), *_of_marked(ways), *_patterns(ways))


def _filtering(ways: FileWays) -> tuple[NamedAction, ...]:
    return (
        NamedAction(
            name="files.filter",
            title="Filter the files",
            run=ways.filter,
            keys="Ctrl+Shift+E",
            group="View",
            words="find search project",
        ),
        NamedAction(
            name="files.unfilter",
            title="Show all files again",
            run=ways.unfilter,
            enabled=ways.filtered,
            why="the files are not filtered",
        ),
    )


def _of_marked(ways: FileWays) -> tuple[NamedAction, ...]:
    """For the row where the cursor stands."""

    def of_row(name: str, title: str, act: Callable[[Row], None], words: str = "") -> NamedAction:
        def run() -> None:
            row = ways.row()
            if row is not None:
                act(row)

        return NamedAction(
            name=f"files.{name}",
            title=title,
            run=run,
            enabled=lambda: ways.row() is not None,
            why="no file is marked in the panel Project",
            words=words,
        )

    def viewer(view: View) -> Callable[[Row], None]:
        return lambda row: ways.view(row, view)

    return (
        *(
            of_row(view, f"Marked file: {label.lower()}", viewer(view), "view context")
            for view, label, _ in ENTRIES
        ),
        of_row("next_view", "Marked file: the next view", ways.cycle, "cycle"),
        of_row("pin", "Marked file: pin it, or take the pin off", ways.pin),
        of_row("menu", "Marked file: its menu", ways.menu),
        of_row("copy_path", "Marked file: copy its path", ways.copy),
    )


def _patterns(ways: FileWays) -> tuple[NamedAction, ...]:
    def chosen() -> bool:
        return bool(ways.files())

    none = "no pattern is chosen"
    return (
        NamedAction(name="files.patterns", title="Show or hide the chosen patterns", run=ways.patterns),
        NamedAction(name="files.add", title="Add a pattern of files", run=ways.add, words="choose glob"),
        NamedAction(
            name="files.change",
            title="Change the view of a pattern…",
            run=lambda: ways.ask(_changing(ways)),
            enabled=chosen,
            why=none,
        ),
        NamedAction(
            name="files.remove",
            title="Take a pattern out of the context…",
            run=lambda: ways.ask(_removing(ways)),
            enabled=chosen,
            why=none,
        ),
    )


def _removing(ways: FileWays) -> Question:
    def choices() -> Sequence[Choice]:
        files = ways.files()
        return [
            Choice(
                title=text.one_line(one.pattern, 120),
                run=lambda at=at, all_of=files: ways.choose((*all_of[:at], *all_of[at + 1 :])),
                icon=Icon.FILE,
                note=VIEW_WORDS[one.view],
            )
            for at, one in enumerate(files)
        ]

    return Question(hint="Take which pattern out of the context?", choices=choices, icon=Icon.CLOSE)


def _changing(ways: FileWays) -> Question:
    def put(at: int, files: Files, view: View) -> None:
        ways.choose((*files[:at], replace(files[at], view=view), *files[at + 1 :]))

    def choices() -> Sequence[Choice]:
        files = ways.files()
        return [
            Choice(
                title=f"{text.one_line(one.pattern, 120)}: {label.lower()}",
                run=lambda at=at, all_of=files, view=view: put(at, all_of, view),
                icon=Icon.FILE,
                note="as it is now" if view == one.view else "",
                why="it has this view" if view == one.view else "",
            )
            for at, one in enumerate(files)
            for view, label, _ in ENTRIES
        ]

    return Question(hint="Which pattern, and which view?", choices=choices, icon=Icon.FILE)
