"""Exporting from the window, and taking an export in: what is asked, by the system's dialogs where there are
any, else by a path that is typed; and what came of it."""

import re
from collections.abc import Callable, Collection
from pathlib import Path

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.session_list import SessionList
from copilot.desktop.system_dialogs import Chosen, choose
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon
from copilot.projects.home import Home
from copilot.projects.taking_in import taken_in
from copilot.record.exported import ENDINGS, Exported, ExportFormat
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.vocabulary.commands import SwitchBranch, TakeIn
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.text import sentences, visible

_FORMATS: tuple[tuple[ExportFormat, str, str], ...] = (
    ("html", "One page of HTML", "to be read and printed, with changes and costs"),
    ("markdown", "Markdown", "to be read anywhere"),
    ("json", "JSON", "to be taken in again, here or elsewhere"),
)
_NOT_IN_NAMES = re.compile(r"[^\w .,()-]+")

Gather = Callable[[], Exported]


class Exporting:
    """One per window. `open_project` opens a window; nothing here waits."""

    def __init__(
        self,
        home: Home,
        keys: Collection[str],
        errands: Errands,
        actions: Actions,
        state: Callable[[], ViewState],
        open_project: Callable[[str], None],
    ) -> None:
        self._home = home
        self._keys = keys
        self._errands = errands
        self._actions, self._ask = actions, actions.ask
        self._state = state
        self._open_project = open_project
        self._list = SessionList(home, errands, actions.ask)

    def actions(self) -> tuple[NamedAction, ...]:
        """By name."""

        def ready() -> bool:
            return self._state().project is not None

        words = "save write markdown html json share file"
        return (
            NamedAction(
                name="branch.export",
                title="Export this branch…",
                run=self._branch,
                group="Branch",
                enabled=ready,
                why="no project is open",
                words=words,
            ),
            NamedAction(
                name="session.export",
                title="Export a session…",
                run=self._sessions,
                group="Session",
                enabled=ready,
                why="no project is open",
                words=words,
            ),
            NamedAction(
                name="project.import",
                title="Import a discussion…",
                run=self._import,
                group="Session",
                enabled=ready,
                why="no project is open",
                words="take in exported json file load branches project",
            ),
        )

    def _branch(self) -> None:
        state = self._state()
        if state.project is None:
            return
        project, branch = state.project.name, state.branch

        def gather() -> Exported:
            from copilot.assembly.exporting import branch_export

            return branch_export(self._home, project, branch, self._keys)

        self._ask_format(f"{project}, {branch}", gather)

    def _sessions(self) -> None:
        self._list.choose("Which session?", self._session)

    def _session(self, session: str) -> None:
        def gather() -> Exported:
            from copilot.assembly.session_export import session_export

            return session_export(self._home, session, self._keys)

        self._ask_format(session, gather)

    def _ask_format(self, name: str, gather: Gather) -> None:
        choices = [
            Choice(
                title=title,
                note=note,
                icon=Icon.COPY,
                run=lambda one=form: self._ask_place(name, one, gather),
            )
            for form, title, note in _FORMATS
        ]
        self._ask(Question(hint=f"Export {text.one_line(name, 60)} as", choices=lambda: choices))

    def _ask_place(self, name: str, form: ExportFormat, gather: Gather) -> None:
        proposed = f"{_NOT_IN_NAMES.sub('_', name)[:80].strip(' .')}{ENDINGS[form]}"
        start = Path.home()

        def chosen(found: Chosen) -> None:
            if found.paths:
                self._errands.apart(lambda: _write(found.paths[0], form, gather), self._wrote)
            elif not found.shown:
                self._type_place(start / proposed, form, gather)

        self._errands.apart(lambda: choose("save", "Export to", start, name=proposed), chosen)

    def _type_place(self, proposed: Path, form: ExportFormat, gather: Gather) -> None:
        def typed(words: str) -> Choice | None:
            path = _path(words)
            if path is None:
                return None
            return Choice(
                title=f"Write {text.one_line(str(path), 200)}",
                run=lambda: self._errands.apart(lambda: _write(path, form, gather), self._wrote),
                icon=Icon.COPY,
                why="there is a file of this name" if path.exists() else "",
            )

        self._ask(
            Question(
                hint="Export to", choices=no_choices, typed=typed, first=str(proposed), nothing="Type a path."
            )
        )

    def _wrote(self, done: "Done") -> None:
        path = done.path
        if done.trouble or path is None:
            self._ask(Question(hint="Not exported", choices=no_choices, nothing=done.trouble))
            return
        copy = Choice(title="Copy its path", run=lambda: dpg.set_clipboard_text(str(path)), icon=Icon.COPY)
        wrote = f"Wrote {text.one_line(str(path), 200)}"
        self._ask(Question(hint=wrote, icon=Icon.CHECK, choices=lambda: (copy,), foot=done.words))

    def _import(self) -> None:
        choices = (
            Choice(
                title="Choose a file in the system's dialog",
                run=lambda: self._errands.apart(
                    lambda: choose("files", "An exported file", Path.home()), chosen
                ),
                icon=Icon.FOLDER_OPEN,
            ),
        )

        def chosen(found: Chosen) -> None:
            if found.paths:
                self._ask_as(found.paths[0])

        def typed(words: str) -> Choice | None:
            path = _path(words)
            if path is None:
                return None
            why = "" if path.is_file() else "there is no such file"
            return Choice(
                title=f"Take in {text.one_line(str(path), 200)}",
                run=lambda: self._ask_as(path),
                icon=Icon.COPY,
                why=why,
            )

        hint = "A discussion that was exported as JSON"
        self._ask(
            Question(hint=hint, choices=lambda: choices, typed=typed, nothing="Type the path of a file.")
        )

    def _ask_as(self, path: Path) -> None:
        """As what the file is to be taken in."""
        project = self._state().project
        if project is None:
            return
        name, base = project.name, Path(project.base_dir)
        choices = (
            Choice(
                title=f"As branches of {text.one_line(name, 60)}",
                note="beside those that are there",
                icon=Icon.BRANCH,
                run=lambda: self._errands.apart(lambda: _read_in(self._home, path, name), self._add_branches),
            ),
            Choice(
                title="As a project of its own",
                note="that works in the same folder",
                icon=Icon.FOLDER_OPEN,
                run=lambda: self._errands.apart(lambda: _take_in(self._home, path, base), self._took),
            ),
        )
        self._ask(Question(hint=f"Take in {text.one_line(path.name, 80)}", choices=lambda: choices))

    def _add_branches(self, done: "Done") -> None:
        project = self._state().project
        if project is None or done.discussion is None:
            self._ask(Question(hint="Not taken in", choices=no_choices, nothing=done.trouble))
            return
        submit, new_id = self._actions.submit, self._actions.new_id
        names = taken_in(project.discussion, done.discussion, new_id).branches
        submit(TakeIn(request_id=new_id(), discussion=done.discussion))
        choices = [
            Choice(
                title=f"Go to {text.one_line(name, 80)}",
                run=lambda one=name: submit(SwitchBranch(request_id=new_id(), name=one)),
                icon=Icon.BRANCH,
            )
            for name in names
        ]
        hint = f"Taken in as {text.plural(len(names), 'branch').replace('branchs', 'branches')}"
        self._ask(Question(hint=hint, icon=Icon.CHECK, choices=lambda: choices))

    def _took(self, done: "Done") -> None:
        if done.trouble:
            self._ask(Question(hint="Not taken in", choices=no_choices, nothing=done.trouble))
            return
        title = f"Open {text.one_line(done.words, 80)} in its own window"
        opens = Choice(title=title, run=lambda: self._open_project(done.words), icon=Icon.FOLDER_OPEN)
        hint = f"Taken in as {text.one_line(done.words, 80)}"
        self._ask(Question(hint=hint, icon=Icon.CHECK, choices=lambda: (opens,)))


@frozen
class Done:
    """What came of it: where it lies and in words, or the trouble."""

    path: Path | None = None
    words: str = ""
    trouble: str = ""
    discussion: Discussion | None = None


def _write(path: Path, form: ExportFormat, gather: Gather) -> Done:
    from copilot.assembly.exporting import written

    try:
        found = gather()
        data = written(found, form)
        sweep_temps(path)
        write_atomic(path, data)
    except CopilotError as error:
        return Done(trouble=visible(sentences(str(error), error.hint)))
    messages = text.plural(len(found.discussion.messages), "message")
    return Done(path=path, words=f"{messages}, {len(data) / 1000:,.1f} kB")


def _take_in(home: Home, path: Path, base: Path) -> Done:
    from copilot.assembly.importing import import_project, read_export

    try:
        return Done(words=import_project(home, read_export(path), base))
    except CopilotError as error:
        return Done(trouble=visible(sentences(str(error), error.hint)))


def _read_in(home: Home, path: Path, project: str) -> Done:
    """Read an export, and keep what is attached to its messages with the project."""
    from copilot.assembly.importing import keep_attachments, read_export

    try:
        found = read_export(path)
        keep_attachments(home, project, found)
    except CopilotError as error:
        return Done(trouble=visible(sentences(str(error), error.hint)))
    return Done(discussion=found.discussion)


def _path(words: str) -> Path | None:
    """A path that was typed whole."""
    said = words.strip()
    try:
        path = Path(said).expanduser()
    except (OSError, ValueError, RuntimeError):
        return None
    return path if said and path.is_absolute() and path.name else None
