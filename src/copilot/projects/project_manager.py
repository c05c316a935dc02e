"""Project files in a home: which there are, reading one, writing one, making one."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from copilot.projects import project_file
from copilot.projects.history import folder_of
from copilot.projects.home import Home
from copilot.projects.project_file import DEFAULT_LIMITS, ProjectFile
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import clean, visible
from copilot.vocabulary.values import Limits, Project

SUFFIX = ".toml"
_NAME = late(r"[^\x00-\x1f\x7f<>:\"/\\|?*]+")
_WINDOWS_DEVICES = late(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")
_LONGEST_NAME = 80


def list_projects(home: Home) -> tuple[str, ...]:
    """The names of the projects in the home, sorted as people sort. Raises StorageError."""
    try:
        names = [path.stem for path in home.projects.iterdir() if path.suffix == SUFFIX]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise storage_error("reading", home.projects, error) from error
    return tuple(sorted((name for name in names if name_flaw(name) is None), key=lambda n: (n.casefold(), n)))


def path_of(home: Home, name: str) -> Path:
    """The project's file. Raises ProjectError for a name that cannot be a file's on every system."""
    flaw = name_flaw(name)
    if flaw:
        raise ProjectError(f"{visible(name)!r} cannot be a project's name: {flaw}", "Choose another name.")
    return home.projects / f"{name}{SUFFIX}"


def name_flaw(name: str) -> str | None:
    """Why the name cannot be used, or None."""
    if not name.strip():
        return "it is empty"
    if name != clean(name) or name != visible(name) or not _NAME.fullmatch(name):
        return 'it holds one of / \\ : * ? " < > | or a character that does not show'
    if name[0] in ". -" or name[-1] in ". ":
        return "it begins with a dot, space or hyphen, or ends with a dot or space"
    if _WINDOWS_DEVICES.fullmatch(name):
        return "Windows keeps this name for a device"
    if len(name.encode()) > _LONGEST_NAME:
        return f"it is longer than {_LONGEST_NAME} bytes"
    return None


def load(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Project:
    """The project in a file. Raises ProjectError with line and column, StorageError if it is unreadable."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise storage_error("reading", path, error) from error
    return load_bytes(data, path, limits=limits).project


def load_bytes(data: bytes, path: Path, *, limits: Limits = DEFAULT_LIMITS) -> ProjectFile:
    """Everything in the bytes of the file at `path`. A relative base directory starts at its folder."""
    file = project_file.read(data, path.stem, limits=limits, folder=folder_of(path))
    base_dir = _from_folder(file.project.base_dir, path.parent)
    return replace(file, project=replace(file.project, base_dir=base_dir))


def dump(project: Project, *, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of the project's file; limits that equal `limits` are left out."""
    return project_file.write(ProjectFile(project=project), limits=limits)


def new(home: Home, name: str, base_dir: Path) -> Project:
    """Make a project and its file. Raises ProjectError where there is one of this name, and StorageError."""
    path = path_of(home, name)
    home.make()
    project = Project(name=name, base_dir=base_text(base_dir))
    with hold(path.with_suffix(".lock")):
        if path.exists() or path.is_symlink():
            raise ProjectError(f"there is a project named {name} already", "Open it, or choose another name.")
        write_atomic(path, dump(project).encode())
    return project


def base_text(base_dir: Path) -> str:
    """The base directory as a project holds it: absolute, links resolved.

    Raises ProjectError for a name that is no text.
    """
    text = str(base_dir.resolve())
    if text != clean(text):
        raise ProjectError(
            f"the folder {visible(text)} cannot be a base directory: its name is not Unicode",
            "Rename it, or reach it by a link with another name.",
        )
    return text


def _from_folder(base_dir: str, folder: Path) -> str:
    """The directory as an absolute path; one of another system is left as it is written."""
    if PurePosixPath(base_dir).is_absolute() or PureWindowsPath(base_dir).is_absolute():
        return base_dir
    return str((folder / base_dir).absolute())
