"""What a fenced run sees of the machine: the specification that `stage` builds. Pure but for looks at paths.

Everything is read-only but the project and private folders. Over the home folder lies an empty one, in which
only the project and an allow-list of toolchains show; over the temp folders and `/run` (with the sockets of
other programs) lie private ones; our own files are hidden, or read-only where they lie in the project.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

Specification = dict[str, object]

TOOLCHAINS = (
    *(".cargo/bin", ".cargo/env", ".cargo/registry", ".cargo/git", ".rustup", "go", ".local/bin"),
    *(".local/lib", ".local/share/uv/python", ".local/share/uv/tools", ".local/share/pipx", ".cache/uv"),
    *(".nvm", ".volta", ".fnm", ".npm/_cacache", ".bun/bin", ".deno/bin", ".asdf", ".local/share/mise"),
    *(".pyenv", ".rbenv", ".gem", ".sdkman", ".m2/repository", ".dotnet", ".nuget/packages", ".ghcup"),
    *(".juliaup", ".julia", ".opam", "miniconda3", "anaconda3", "miniforge3", ".conda/envs"),
)
"""Below the home folder, shown read-only in fenced runs: programs and caches of packages, no credentials."""
SECRETS = (
    *(".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".netrc", ".npmrc", ".pypirc", ".config"),
    *(
        ".git-credentials",
        ".password-store",
        ".mozilla",
        ".thunderbird",
        ".local/share/keyrings",
        ".local/state",
    ),
    *("Library", "snap", ".pki", ".terraform.d", ".vault-token", ".pgpass", ".my.cnf", ".bash_history"),
    *(".zsh_history", ".python_history", ".cargo/credentials.toml", ".gem/credentials", ".m2/settings.xml"),
)
"""Hidden one by one where the home folder as a whole cannot be: the project is the home folder or above."""
_GIT_SETTINGS = (".gitconfig", ".config/git/config", ".config/git/ignore", ".config/git/attributes")
_MAY_HOLD_SECRET = late(
    r"://[^/\s@]+@|token|passw|secret|extraheader|^\s*\[\s*(include|credential|url)",
    re.IGNORECASE | re.MULTILINE,
)
_RUN_KEPT = ("current-system", "opengl-driver", "wrappers")
_MB = 1_000_000


@frozen
class Private:
    """The folder of one fenced run, 0700, removed when it is over."""

    folder: Path

    @property
    def upper(self) -> Path:
        """What the run changed of the project, in an overlay."""
        return self.folder / "upper"

    @property
    def home(self) -> Path:
        """What lies over the home folder."""
        return self.folder / "home"

    @property
    def temp(self) -> Path:
        """What lies over the temp folders."""
        return self.folder / "tmp"

    @property
    def copy(self) -> Path:
        """A copy of the project."""
        return self.folder / "copy"

    def make(self) -> "Private":
        """Make the folders. Raises OSError."""
        for name in ("upper", "work", "merged", "home", "tmp", "var_tmp", "run", "empty"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "nothing").touch(mode=0o400)
        return self


def specification(
    root: Path,
    private: Private,
    environ: Mapping[str, str],
    *,
    view: Literal["project", "overlay", "copy"],
    settings: RunSettings,
    network: bool,
    processes: bool,
    own: Sequence[Path] = (),
    show: Iterable[Path] = (),
    shut: Sequence[Path] = (),
) -> Specification:
    """What `stage.enter` builds. `own` are our files, `show` what must be readable wherever it lies; of what
    is `shut` nothing shows but the project.

    `root` is the project without links in its path. Raises ValueError for the root of the file system.
    """
    if root.parent == root:
        raise ValueError("the whole file system cannot be a project that is fenced in")
    homes = homes_of(environ)
    places = dict((*_hidden(root, homes, own, private), *_shut(root, homes, shut, private)))
    over = {
        str(path): str(private.folder / name)
        for path, name in places.items()
        if not any(path != other and path.is_relative_to(other) for other in places)
    }
    shown = [path for home in homes for path in _toolchains(home)]
    shown += [Path("/run") / name for name in _RUN_KEPT]
    if network:
        shown.append(Path(os.path.realpath("/etc/resolv.conf")))
    shown += [Path(os.path.abspath(path)) for path in show]  # noqa: PTH100  # links are to stay
    inside = [path for path in own if path.is_relative_to(root) and path != root]
    return {
        "root": str(root),
        "cwd": str(root),
        "overlay": {
            "upper": str(private.upper),
            "work": str(private.folder / "work"),
            "merged": str(private.folder / "merged"),
        }
        if view == "overlay"
        else None,
        "copy": str(private.copy) if view == "copy" else None,
        "hide": sorted(over.items()),
        "show": sorted({str(path) for path in shown if _covered(path, over)}),
        "pin": [str(root / ".git")],
        "lock": [str(root / ".git" / "hooks"), *map(str, inside)],
        "network": network,
        "processes": processes,
        "limits": {
            "data": settings.memory_mb * _MB,
            "cpu": settings.cpu_seconds,
            "file": settings.file_mb * _MB,
            "processes": settings.processes,
        },
    }


def homes_of(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The person's home folders: what the environment says, what the system says; for root all of them."""
    found = [Path(os.path.realpath(environ["HOME"]))] if environ.get("HOME", "").startswith("/") else []
    try:
        import pwd
    except ImportError:
        return tuple(found)
    with contextlib.suppress(KeyError):
        found.append(Path(os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)))
    if os.getuid() == 0:
        found += [Path("/root"), Path("/home")]
    return tuple(dict.fromkeys(home for home in found if home.parent != home))


def _hidden(
    root: Path, homes: Sequence[Path], own: Sequence[Path], private: Private
) -> Iterable[tuple[Path, str]]:
    """What is hidden, and which of the private folders lies over it. Nothing that holds the project itself
    unless the project can be shown in it again."""
    for number, path in enumerate(homes):
        if root != path and not path.is_relative_to(root):
            if any(path.is_relative_to(other) for other in homes[:number] if other != path):
                continue
            name = "home" if number == 0 else f"home{number}"
            (private.folder / name).mkdir(mode=0o700, exist_ok=True)
            yield path, name
        else:
            yield from _each((path / name for name in SECRETS), root)
    for path, name in ((Path("/tmp"), "tmp"), (Path("/var/tmp"), "var_tmp"), (Path("/run"), "run")):
        if root != path and not path.is_relative_to(root):
            yield path, name
    for path in own:
        if not path.is_relative_to(root) and not root.is_relative_to(path):
            yield path, "empty" if path.is_dir() else "nothing"
        elif path.name == ".env":
            yield path, "nothing"


def _shut(
    root: Path, homes: Sequence[Path], shut: Sequence[Path], private: Private
) -> Iterable[tuple[Path, str]]:
    """Files, and folders of which the project may lie in the depths; an empty home folder shows in them.

    Raises ValueError where one lies in the project.
    """
    for number, path in enumerate(shut):
        if path.is_relative_to(root):
            raise ValueError("the project holds what no run may see")
        if not path.is_dir():
            yield path, "nothing"
            continue
        name = f"shut{number}"
        for home in (path, *homes):
            if home.is_relative_to(path):
                (private.folder / name / home.relative_to(path)).mkdir(
                    mode=0o700, parents=True, exist_ok=True
                )
        yield path, name


def _each(paths: Iterable[Path], root: Path) -> Iterable[tuple[Path, str]]:
    for path in paths:
        if path.exists() and not path.is_symlink() and not root.is_relative_to(path):
            yield path, "empty" if path.is_dir() else "nothing"


def _toolchains(home: Path) -> Iterable[Path]:
    for name in TOOLCHAINS:
        if (home / name).exists():
            yield home / name
    for name in _GIT_SETTINGS:
        try:
            text = (home / name).read_text("utf-8", "replace")
        except OSError:
            continue
        if not _MAY_HOLD_SECRET.search(text):
            yield home / name


def _covered(path: Path, over: Mapping[str, str]) -> bool:
    return any(path.is_relative_to(place) and str(path) != place for place in over)
