"""What `copilot context` is made from, without a worker: the project, who would answer, the keys to keep out.

Nothing is loaded that the question does not need: with files named and no project in the home, neither
settings nor project files are read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.assembly.choice import Flags, choose_model
from copilot.assembly.keys import find_keys
from copilot.assembly.shell_note import shell_note
from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.providers.catalog import PROVIDER_VARIABLE
from copilot.shell.shells import find_shells
from copilot.vocabulary.errors import LockedError, ProjectError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import Limits, ModelChoice, Project

if TYPE_CHECKING:
    from copilot.projects.settings import Settings

NOTHING_SAID = Flags()
NOBODY = ModelChoice(provider="rehearsal", model="rehearsal")


@frozen
class ContextSource:
    """`notices` are for the person."""

    project: Project
    model: ModelChoice
    keys: tuple[str, ...]
    shell_note: str
    notices: tuple[str, ...]


def context_source(
    around: Surroundings,
    home: Home,
    name: str,
    base_dir: Path | None,
    *,
    named: bool,
    flags: Flags = NOTHING_SAID,
) -> ContextSource:
    """The project `name`, or that of `base_dir`; with `named` files, a folder without a project will do.

    A project that another program has open is read as that program saved it last. Raises ConfigError,
    ProjectError, StorageError.
    """
    said, notices = _said(home)
    keys = find_keys(around.environ, home)
    model = _model(flags, around.environ, said)
    if named and not name:  # files are named against a folder, not against whatever was open last
        base_dir = base_dir or around.cwd
    if named and not name and not _has_project(around, home, said, base_dir):
        folder = base_dir.resolve() if base_dir else around.cwd
        limits = said.limits if said else Limits()
        project = Project(name=folder.name or "project", base_dir=str(folder), limits=limits)
    else:
        project, more = _project(around, home, said or _defaults(), name, base_dir)
        notices += more
    shells = find_shells(around.environ, around.platform, never_in=(Path(project.base_dir),))
    return ContextSource(
        project=project, model=model, keys=keys.values(), shell_note=shell_note(shells), notices=notices
    )


def _said(home: Home) -> tuple["Settings | None", tuple[str, ...]]:
    """The settings; None where there is no file of them."""
    try:
        if not home.config.exists():
            return None, ()
    except OSError:
        pass  # what is wrong with the home is said by who reads it
    from copilot.projects.config import load_settings

    return load_settings(home)


def _defaults() -> "Settings":
    from copilot.projects.settings import Settings

    return Settings()


def _model(flags: Flags, environ: Mapping[str, str], said: "Settings | None") -> ModelChoice:
    if said is None and not flags.provider and not environ.get(PROVIDER_VARIABLE):
        return NOBODY
    return choose_model(flags, environ, said or _defaults()) or NOBODY


def _has_project(around: Surroundings, home: Home, said: "Settings | None", base_dir: Path | None) -> bool:
    """Whether there is a project to take; for files that are named none is made."""
    if not any(home.projects.glob("*.toml")) and not any(home.projects.glob("*.journal")):
        return False
    from copilot.assembly.opening import project_name
    from copilot.projects.project_manager import list_projects

    return project_name(home, said or _defaults(), "", base_dir, around.cwd) in list_projects(home)


def _project(
    around: Surroundings, home: Home, settings: "Settings", name: str, base_dir: Path | None
) -> tuple[Project, tuple[str, ...]]:
    from copilot.assembly.opening import project_name
    from copilot.projects.project_manager import list_projects, load, path_of
    from copilot.projects.store import Store

    name = project_name(home, settings, name, base_dir, around.cwd)
    if name not in list_projects(home):
        base_dir = base_dir or around.cwd
    try:
        with Store.open(
            home,
            name,
            clock=around.clock,
            new_id=around.new_id,
            base_dir=base_dir,
            limits=settings.limits,
        ) as store:
            return store.project, store.notices
    except LockedError as error:
        path = path_of(home, name)
        if not path.exists():
            raise ProjectError(
                f"project {name} is just being made by another program", "Try again."
            ) from error
        told = f"Project {name} is open in another program; it is read as that one saved it last."
        return load(path, limits=settings.limits), (told,)
