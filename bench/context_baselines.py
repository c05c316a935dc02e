"""What the context is measured against: the least that any program must do, each as a process of its own.

    python bench/context_baselines.py walk TREE             prints how many files it found
    python bench/context_baselines.py parse LIST N [nogc]   prints how many files `ast` took

`walk` is `os.scandir` with a `stat` of each file, with git's ignore rules by pathspec. `parse` reads and
parses the files that LIST names, one path a line, in N processes; it finds none of them itself.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pathspec import GitIgnoreSpec

# `ast` and `multiprocessing` are imported where they are used: the walk is a process that has no need of them

NEVER_WALKED = frozenset(
    {".git", ".hg", ".svn", ".jj", "node_modules", "__pycache__", ".venv", ".tox", ".nox", ".cache"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".gradle", ".terraform", ".DS_Store"}
)
"""As in `copilot.workspace.ignore`, written out so that the baseline imports none of the program."""

CHUNK = 16
"""Files that a process takes at a time: few enough that none of them is left with a long rest."""

Layers = tuple[tuple[str, GitIgnoreSpec], ...]


def walk(top: str, below: str = "", layers: Layers = ()) -> Iterator[tuple[str, os.stat_result]]:
    """The files below `top` that are not ignored, each as its path from there and its `stat`."""
    with os.scandir(f"{top}/{below}") as found:
        entries = list(found)
    for entry in entries:
        if entry.name == ".gitignore":
            layers += ((below, GitIgnoreSpec.from_lines(Path(entry.path).read_text("utf-8").splitlines())),)
    for entry in entries:
        path = below + entry.name
        if entry.name in NEVER_WALKED:
            continue
        if entry.is_dir(follow_symlinks=False):
            if not _ignored(layers, f"{path}/"):
                yield from walk(top, f"{path}/", layers)
        elif entry.is_file(follow_symlinks=False) and not _ignored(layers, path):
            yield path, entry.stat(follow_symlinks=False)


def _ignored(layers: Layers, path: str) -> bool:
    """The innermost ignore file that says anything about the path decides."""
    for folder, spec in reversed(layers):
        said = spec.check_file(path.removeprefix(folder)).include
        if said is not None:
            return said
    return False


def parse(path: str) -> bool:
    """Read and parse one file; False where it is not valid for this Python."""
    import ast

    try:
        ast.parse(Path(path).read_bytes())
    except (SyntaxError, ValueError):
        return False
    return True


def _start(collect: bool) -> None:
    import gc
    import warnings

    warnings.simplefilter("ignore")
    if not collect:
        gc.disable()


def parse_all(paths: list[str], processes: int, *, collect: bool) -> int:
    """How many of the files are valid; one process works without a pool."""
    import multiprocessing

    if processes == 1:
        _start(collect)
        return sum(map(parse, paths))
    with multiprocessing.Pool(processes, _start, (collect,)) as pool:
        return sum(pool.imap_unordered(parse, paths, CHUNK))


def main(arguments: list[str]) -> int:
    """Do one of the two."""
    match arguments:
        case ["walk", top]:
            print(sum(1 for _ in walk(top)))
        case ["parse", listed, processes, *rest]:
            paths = Path(listed).read_text("utf-8").splitlines()
            print(parse_all(paths, int(processes), collect=rest != ["nogc"]))
        case _:
            sys.stderr.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
