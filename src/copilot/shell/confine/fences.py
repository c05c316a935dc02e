"""The fences of this machine: found out once, proposed for each run, built around it, gone after it."""

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from copilot.shell.confine.space import Private, Specification, specification
from copilot.vocabulary.confinement import Confinement, Fence, RunSettings
from copilot.vocabulary.errors import ToolError

NOT_CONFINED = (
    "Nothing was run: scripts run here only where they can be confined, with no network and processes of "
    "their own"
)

HEAD_START_SECONDS = 0.4
"""How long what works here is not looked for where nobody asks for it."""


class Fences:
    """One for a program. `folder` holds the private folders of runs; `own` are our files, which no run may
    change; of the folders `shut` a run sees nothing but its project. `settings` may be replaced; `found` is
    what works here, where that is known. With `only` every run is fenced in, or there is none. For any
    thread."""

    def __init__(
        self,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
        platform: str = "",
        *,
        settings: RunSettings | None = None,
        own: Sequence[Path] = (),
        shut: Sequence[Path] = (),
        only: bool = False,
        found: Confinement | None = None,
    ) -> None:
        self._folder = folder
        self._environ = dict(environ or {})
        self._platform = platform
        self.settings = settings or RunSettings()
        self._own = tuple(Path(os.path.realpath(path)) for path in own)
        self._shut = tuple(Path(os.path.realpath(path)) for path in shut)
        self._only = only
        self._lock = threading.Lock()
        self._found = found
        self._looking = False
        self._wanted = threading.Event()
        self._over = False

    def here(self) -> Confinement:
        """What works here; the first call finds it out, which takes about a tenth of a second."""
        self._wanted.set()
        with self._lock:
            if self._found is None:
                if self._folder is None:
                    self._found = Confinement()
                else:
                    from copilot.shell.confine.probe import probe  # and with it what starts processes

                    self._sweep(self._folder)
                    self._found = probe(self._folder, self._environ, self._platform)
            return self._found

    @property
    def journals(self) -> Path | None:
        """Where it is written down what is being applied; None where nobody gave us a folder."""
        return self._folder

    def look(self) -> None:
        """Find it out on a thread of its own, so that nobody waits for it later.

        Not at once: a turn begins, and its request is to leave first.
        """
        if self._looking or self._found is not None or self._folder is None:
            return
        self._looking = True
        threading.Thread(target=self._look, name="probe confinement", daemon=True).start()

    def finish(self) -> None:
        """Look no more: the program ends."""
        self._over = True
        self._wanted.set()

    def _look(self) -> None:
        self._wanted.wait(HEAD_START_SECONDS)
        if not self._over:
            self.here()

    def proposed(self) -> Fence | None:
        """What a run gets where nobody says otherwise; None where nobody gave us a folder to work in.

        Raises ToolError where runs must be fenced in and cannot be.
        """
        if self._folder is None:
            return None
        settings, here = self.settings, self.here()
        confined = settings.confined and here.files
        fence = Fence(
            confined=confined, network=settings.network or not (confined and here.network), here=here
        )
        self._check(fence)
        return fence

    def _check(self, fence: Fence) -> None:
        """Raises ToolError for less than what every run must have."""
        whole = fence.confined and fence.here.processes and (self.settings.network or not fence.network)
        if self._only and not whole:
            missing = " ".join(fence.here.missing) or "This run was not to be confined."
            raise ToolError(f"{NOT_CONFINED}. {missing}")

    def own_inside(self, root: Path) -> tuple[str, ...]:
        """Our own files that lie in a project, by their paths in it."""
        found = [path for path in self._own if path.is_relative_to(root) and path != root]
        return tuple(path.relative_to(root).as_posix() for path in found)

    @contextmanager
    def around(self, root: Path, fence: Fence, show: Sequence[Path] = ()) -> Generator[Specification | None]:
        """With the specification for a run in `root`, None for one that is not fenced in.

        Raises ToolError where it cannot be fenced in as it was shown: nothing runs then.
        """
        self._check(fence)
        if not fence.confined:
            yield None
            return
        real = Path(os.path.realpath(root))
        private = self.private(real)
        made = _make_hooks(real)
        try:
            yield self.specified(real, private, "project", network=fence.network, show=show)
        finally:
            remove(private)
            for folder in made:
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def private(self, root: Path) -> Private:
        """A new private folder, outside the project. Raises ToolError."""
        folder = self._folder
        if folder is None:
            raise ToolError("nothing can be confined or previewed here; nothing was run")
        here = self.here()
        self._check(Fence(confined=here.files, network=not here.network, here=here))
        folder = Path(os.path.realpath(folder))
        if folder.is_relative_to(root):
            import tempfile

            folder = Path(os.path.realpath(tempfile.gettempdir())) / f"copilot-{os.getpid()}"
        if folder.is_relative_to(root):
            raise ToolError("the project holds the folder for temporary files too; it cannot be confined")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Private(folder=folder / f"{os.getpid()}-{os.urandom(6).hex()}").make()
        except OSError as error:
            raise ToolError(f"no private folder could be made in {folder}: {error}") from error

    def specified(
        self,
        root: Path,
        private: Private,
        view: Literal["project", "overlay", "copy"],
        *,
        network: bool,
        show: Sequence[Path],
    ) -> Specification:
        """The specification of one run. Raises ToolError."""
        here = self.here()
        if not here.files or not (network or here.network):
            raise ToolError("this run cannot be confined as it was shown; nothing was run")
        try:
            return specification(
                root,
                private,
                self._environ,
                view=view,
                settings=self.settings,
                network=network,
                processes=here.processes,
                own=(*self._own, private.folder.parent),
                show=show,
                shut=self._shut,
            )
        except (ValueError, OSError) as error:
            raise ToolError(f"this run cannot be confined: {error}; nothing was run") from error

    @staticmethod
    def _sweep(folder: Path) -> None:
        """Remove what programs left that do not live any more."""
        with contextlib.suppress(OSError):
            for left in folder.iterdir():
                pid = left.name.partition("-")[0]
                if pid.isdigit() and not _alive(int(pid)):
                    remove(Private(folder=left))


@contextmanager
def fenced(
    fences: Fences, fence: Fence | None, root: Path, argv: Sequence[str], env: dict[str, str]
) -> Generator[Specification | None]:
    """With what a run of `argv` gets, and `env` made to fit it: a private temp folder has another name.

    Raises ToolError where it cannot be fenced in as it was shown.
    """
    with fences.around(root, fence or Fence(), shown_for(argv)) as specified:
        if specified is not None:
            for name in ("TMPDIR", "TEMP", "TMP"):
                env.pop(name, None)
        yield specified


def remove(private: Private) -> None:
    """Remove a private folder, whatever modes a script gave to what is in it."""
    import shutil  # with three ways to pack files: no start needs it

    def again(do: Callable[[str], object], path: str, _error: object) -> None:
        with contextlib.suppress(OSError):
            for one in (Path(path).parent, Path(path)):
                if not one.is_symlink() and one.is_relative_to(private.folder):
                    one.chmod(0o700)
            if Path(path).is_dir() and not Path(path).is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                do(path)

    shutil.rmtree(private.folder, onerror=again)


def shown_for(argv: Sequence[str]) -> tuple[Path, ...]:
    """What a program named by its path needs to see of itself: a script's file, an interpreter's folders."""
    program = Path(argv[0])
    real = Path(os.path.realpath(program))
    files = [Path(word) for word in argv[1:] if os.path.isabs(word) and Path(word).is_file()]  # noqa: PTH117
    found = [*files, real, program]
    for one in (program, real):
        if one.parent.name in ("bin", "Scripts"):  # a virtual environment or the interpreter's own tree
            found.append(one.parent.parent)
    return tuple(dict.fromkeys(found))


def _make_hooks(root: Path) -> list[Path]:
    """An empty `.git/hooks` where a repository has none: what is not there cannot be made read-only."""
    hooks = root / ".git" / "hooks"
    if not (root / ".git").is_dir() or (root / ".git").is_symlink():
        return []
    try:
        hooks.mkdir(mode=0o755)
    except OSError:
        return []
    return [hooks]


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # signal 0 would end it there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
