"""The home: the one folder where everything that a person sees of this program lies."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from copilot.storage.atomic import sweep_folder
from copilot.storage.disk import make_folder
from copilot.vocabulary.frozen import frozen

HOME_VARIABLE = "COPILOT_HOME"


@frozen
class Home:
    """The places inside one home. `root` is absolute; nothing has to be there yet (`make`)."""

    root: Path

    @property
    def config(self) -> Path:
        """The person's settings."""
        return self.root / "config.toml"

    @property
    def env_file(self) -> Path:
        """Keys, where the person keeps them in a file."""
        return self.root / ".env"

    @property
    def projects(self) -> Path:
        """Project files, with their journals and locks beside them."""
        return self.root / "projects"

    @property
    def prompts(self) -> Path:
        """Prompts that the person keeps for all projects."""
        return self.root / "prompts"

    @property
    def md_gen(self) -> Path:
        """Contexts as they were sent."""
        return self.root / "md_gen"

    @property
    def logs(self) -> Path:
        """Two logs a session."""
        return self.root / "logs"

    @property
    def scripts(self) -> Path:
        """Every script that was approved."""
        return self.root / "scripts" / "generated"

    @property
    def state(self) -> Path:
        """What the program remembers for itself: locks, caches, what it learned. Losing it costs time."""
        return self.root / "state"

    @property
    def snapshots(self) -> Path:
        """What base directories were before and after each run, a file for each. Losing it loses the undo."""
        return self.state / "snapshots"

    @property
    def ledger(self) -> Path:
        """What was spent, a line for each request."""
        return self.state / "ledger.jsonl"

    @property
    def previews(self) -> Path:
        """Private folders of runs in a fence and of previews, and the journals of what is being applied."""
        return self.state / "previews"

    @property
    def layout(self) -> Path:
        """Where the window's panels are."""
        return self.root / "dpg_layout.ini"

    @property
    def layouts(self) -> Path:
        """Places of the panels that the person named."""
        return self.root / "layouts"

    def make(self) -> Self:
        """Make the folders that are missing, for this user only; the home itself. Raises StorageError."""
        ours = (self.projects, self.md_gen, self.logs, self.state, self.scripts.parent, self.scripts)
        for folder in (self.root, *ours):
            make_folder(folder)
        return self

    def sweep(self) -> None:
        """Remove what programs that were killed left half written; what is being written now stays."""
        sweep_folder(self.root)  # and not what lies in it: a home may be a checkout
        for ours in (
            self.prompts,
            self.projects,
            self.md_gen,
            self.logs,
            self.layouts,
            self.scripts,
            self.state,
        ):
            for folder, inner, _ in os.walk(ours):
                sweep_folder(Path(folder))
                if Path(folder) == self.state:  # what fences made there is theirs to remove
                    inner[:] = [name for name in inner if name != self.previews.name]


@frozen
class Annex(Home):
    """The home of a window on a project of a server: a place for what the window keeps. The person's settings
    and what they made for all projects are those of their `own` home.
    """

    own: Home

    def make(self) -> Self:
        """Make the folders that are missing: nothing is logged, written or run here. Raises StorageError."""
        for folder in (self.root, self.projects, self.state):
            make_folder(folder)
        return self

    @property
    def config(self) -> Path:
        """As in the person's own home, like the rest here."""
        return self.own.config

    @property
    def env_file(self) -> Path:
        """See `config`."""
        return self.own.env_file

    @property
    def prompts(self) -> Path:
        """See `config`."""
        return self.own.prompts

    @property
    def layouts(self) -> Path:
        """See `config`."""
        return self.own.layouts


def find_home(
    flag: str | None,
    environ: Mapping[str, str],
    cwd: Path,
    checkout: Path | None,
    platform_dir: Callable[[], Path],
) -> Home:
    """The home: `flag` (--home), else COPILOT_HOME, else `cwd` where it is `checkout`, else `platform_dir`.

    `checkout` is the folder this very program runs from, None where it is installed. A `config.toml` that
    merely lies in the current folder makes no home of it: it is somebody's data.
    """
    for said in (flag, environ.get(HOME_VARIABLE)):
        if said:
            return Home(root=_absolute(said, environ, cwd))
    if checkout is not None and _same(cwd, checkout):
        return Home(root=checkout.resolve())
    return Home(root=_absolute(str(platform_dir()), environ, cwd))


def checkout_of(package: Path) -> Path | None:
    """The checkout that holds the package folder (`src/copilot`), None where it is installed elsewhere."""
    root = package.resolve().parent.parent
    if package.resolve().parent.name == "src" and (root / "pyproject.toml").is_file():
        return root
    return None


def _absolute(said: str, environ: Mapping[str, str], cwd: Path) -> Path:
    """A person's path: `~` is their own folder, and a relative path starts at the current one."""
    own = environ.get("HOME") or environ.get("USERPROFILE")
    if own and (said == "~" or said.startswith(("~/", "~\\"))):
        return Path(own, said[2:])
    return (cwd / said).absolute()


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
