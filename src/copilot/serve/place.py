"""What lies where for one user: `serve/users/<name>/` in the home of who started the server.

home/            a home like a person's own: projects, logs, ledger, snapshots
files/<project>/ the base directory of each project, all that its scripts can see
"""

from pathlib import Path

from copilot.projects.home import Home
from copilot.projects.project_manager import list_projects, new, path_of
from copilot.serve.contract import Limits, NotThereError, TooMuchError
from copilot.serve.names import project_flaw, user_flaw
from copilot.storage.disk import make_folder
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible


def users_folder(owner: Home) -> Path:
    """Where the folders of all users are."""
    return owner.root / "serve" / "users"


@frozen(kw_only=False)
class UserPlace:
    """One user's folder."""

    folder: Path

    @property
    def home(self) -> Home:
        """Their home, of which no script sees anything."""
        return Home(root=self.folder / "home")

    def base_dir(self, project: str) -> Path:
        """The base directory of a project of theirs."""
        return self.folder / "files" / project

    def projects(self) -> tuple[str, ...]:
        """Their projects. Raises StorageError."""
        return list_projects(self.home)

    def require(self, project: str) -> None:
        """Raises NotThereError where there is no such project."""
        if project not in self.projects():
            raise NotThereError(f"there is no project {visible(project)!r}", "Make it first.")

    def create(self, project: str, limits: Limits) -> None:
        """Make a project with an empty base directory, unless it is there already.

        Raises ProjectError for a name that cannot be one, TooMuchError, StorageError.
        """
        known = self.projects()
        flaw = project_flaw(project, known)
        if flaw is not None:
            raise ProjectError(
                f"{visible(project)!r} cannot be a project's name: {flaw}", "Choose another name."
            )
        if project in known:
            return
        if len(known) >= limits.projects:
            raise TooMuchError(f"there are {limits.projects} projects already; there can be no more")
        make_folder(self.base_dir(project))
        if not path_of(self.home, project).exists():
            new(self.home, project, self.base_dir(project))


def place_of(owner: Home, user: str) -> UserPlace:
    """The folder of a user. Raises ProjectError for a name that nobody can have."""
    flaw = user_flaw(user)
    if flaw is not None:
        raise ProjectError(f"nobody can be called {visible(user)!r}: {flaw}")
    return UserPlace(users_folder(owner) / user)
