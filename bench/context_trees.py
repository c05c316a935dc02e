"""The three trees of Python files that `bench/context.py` measures on, made from real packages.

The source distributions are pinned by version and hash. pip fetches them once, by the person's own settings,
into the cache folder; to learn their metadata it runs their build back ends, as an installation would. A tree
takes the packages' Python files in the order of their paths until it has its number; their `.gitignore` files
stay, and what those ignore is left out, so that every program sees the same files.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from context_baselines import walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A source distribution; `sha256` is that of its `.tar.gz`."""

    name: str
    version: str
    sha256: str

    @property
    def folder(self) -> str:
        """The one folder that is in its archive."""
        return f"{self.name}-{self.version}"

    @property
    def archive(self) -> str:
        """The name of its file."""
        return f"{self.folder}.tar.gz"


RICH = Package(
    name="rich",
    version="14.2.0",
    sha256="73ff50c7c0c1c77c8243079283f4edb376f0f6442433aecb8ce7e6d0b92d1fe4",
)
TWISTED = Package(
    name="twisted",
    version="25.5.0",
    sha256="1deb272358cb6be1e3e8fc6f9c8b36f78eb0fa7c2233d2dbe11ec6fee04ea316",
)
DJANGO = Package(
    name="django",
    version="5.2.8",
    sha256="23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f",
)
SYMPY = Package(
    name="sympy",
    version="1.14.0",
    sha256="d3d3fe8df1e5a0b42f0e7bdf50541697dbe7d23746e894990c030e2b05e72517",
)
ANSIBLE = Package(
    name="ansible",
    version="12.1.0",
    sha256="22dea1938d433fa515b3001cfad65cb308ef97c980f1520174d054dd38f32c83",
)

TREES: dict[int, tuple[Package, ...]] = {
    100: (RICH, TWISTED),
    1_000: (TWISTED,),
    10_000: (TWISTED, DJANGO, SYMPY, ANSIBLE),
}
"""Number of files, and whose. A file has 9 to 12 kB on average in each of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A tree on disk. `paths` are its Python files from `root`, `size` their bytes."""

    root: Path
    paths: tuple[str, ...]
    size: int

    @property
    def count(self) -> int:
        """How many Python files it has."""
        return len(self.paths)


def tree_of(cache: Path, count: int) -> Tree:
    """The tree of `count` files, fetched and made where it is not there. Raises OSError and ValueError."""
    packages = TREES[count]
    pins = "".join(package.sha256 for package in packages).encode()
    root = cache / "trees" / f"{count}-{hashlib.sha256(pins).hexdigest()[:8]}"
    if not root.is_dir():
        fetch(cache, packages)
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root.parent) as folder:
            made = Path(folder) / "tree"
            for package in packages:
                unpack(cache / "sdists" / package.archive, made)
            thin(made, [package.folder for package in packages], count)
            made.rename(root)
    return seen(root)


def seen(root: Path) -> Tree:
    """The tree as it is on disk now."""
    found = sorted((path, stat.st_size) for path, stat in walk(str(root)) if path.endswith(".py"))
    return Tree(root=root, paths=tuple(path for path, _ in found), size=sum(size for _, size in found))


def fetch(cache: Path, packages: tuple[Package, ...]) -> None:
    """Bring the archives that are missing, by pip, which checks their hashes before it opens them."""
    folder = cache / "sdists"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [package for package in packages if not (folder / package.archive).is_file()]
    for package in missing:
        sys.stderr.write(f"fetching {package.name} {package.version}\n")
        with tempfile.TemporaryDirectory(dir=cache) as work:
            wanted = Path(work) / "requirements.txt"
            pin = f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n"
            wanted.write_text(pin, "utf-8")
            command = [
                str(pip(cache)),
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-binary",
                ":all:",
            ]
            subprocess.run([*command, "--require-hashes", "-r", wanted, "-d", work], check=True)
            (Path(work) / package.archive).rename(folder / package.archive)
    for package in packages:
        digest = hashlib.sha256((folder / package.archive).read_bytes()).hexdigest()
        if digest != package.sha256:
            raise ValueError(f"{folder / package.archive} is not the pinned file: its SHA-256 is {digest}")


def pip(cache: Path) -> Path:
    """A Python that has pip, whether or not the one that runs this has."""
    python = cache / "pip" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(cache / "pip")], check=True)
    return python


def unpack(archive: Path, folder: Path) -> None:
    """The Python and ignore files of an archive; links and everything else stay in it."""
    with tarfile.open(archive) as tar:
        wanted = [
            member
            for member in tar
            if member.isfile() and (member.name.endswith(".py") or Path(member.name).name == ".gitignore")
        ]
        tar.extractall(folder, wanted, filter="data")


def thin(root: Path, order: list[str], count: int) -> None:
    """Leave the first `count` files: package by package in this order, by path in each. Raises ValueError."""
    kept = [path for path, _ in walk(str(root)) if path.endswith(".py")]
    kept.sort(key=lambda path: (order.index(path.split("/", 1)[0]), path))
    if len(kept) < count:
        raise ValueError(f"the packages have {len(kept)} files, not {count}")
    wanted = {root / path for path in kept[:count]}
    used = {folder for path in wanted for folder in path.parents}
    for folder in [path for path in root.rglob("*") if path.is_dir() and path not in used]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in root.rglob("*.py"):
        if path not in wanted:
            path.unlink()
