"""What an import means among the chosen files: from the words of a language to paths. Best effort, no disk.

Each language looks at its own files alone. An import that fits several files means the nearest: the one that
shares most folders with the importing file, then the one with the shortest path.
"""

from collections.abc import Callable, Iterator, Sequence
from posixpath import normpath
from typing import Literal

from copilot.vocabulary.frozen import frozen

Family = Literal["python", "script", "c", "rust", "go", "dotted", "ruby", "php", "other"]

_ALL: tuple[Family, ...] = ("python", "script", "c", "rust", "go", "dotted", "ruby", "php", "other")
_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("py", "pyi", "pyw", "ipynb"), "python"),
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"), "script"),
    **dict.fromkeys(("c", "h", "cc", "hh", "cpp", "hpp", "cxx", "hxx", "inl", "m", "mm", "cu", "cuh"), "c"),
    **dict.fromkeys(("java", "kt", "kts", "scala", "groovy", "cs"), "dotted"),
    "rs": "rust",
    "go": "go",
    "rb": "ruby",
    "php": "php",
}
_FOR_THEIR_FOLDER: dict[Family, tuple[str, ...]] = {
    "python": ("__init__",),
    "script": ("index",),
    "rust": ("mod", "lib", "main"),
}
"""Stems of files that an import of their folder means."""

_ROOTS = ("", "src", "lib", "python")
"""Names of folders that hold packages, by custom; the empty one is the base directory."""

MOST_OF_A_FOLDER = 20
"""Files that the import of a whole folder (a Go package, `a.b.*`) leads to, at most."""


@frozen
class Places:
    """The chosen files under every end of their modules' paths and of their folders' paths.

    A file's number is its place in `paths`; `modules` are the paths as imports write them.
    """

    paths: Sequence[str]
    modules: Sequence[str]
    exact: dict[str, int]
    tails: dict[Family, dict[str, list[int]]]
    folders: dict[Family, dict[str, list[int]]]
    packages: frozenset[str]

    def meant(self, path: str, written: str) -> tuple[int, ...]:
        """The files that the import `written` in the file `path` leads to; none where nothing is known."""
        here = _folder(path)
        match family_of(path):
            case "python":
                found = self._python(here, written)
            case "script":
                found = self._script(here, written)
            case "rust":
                found = self._rust(path, written)
            case "go":
                found = self._go(here, written.strip('"'))
            case "dotted" | "php" as family:
                found = self._dotted(family, here, written)
            case "c" | "ruby" | "other" as family:
                found = self._file(family, here, written)
        return tuple(number for number in found if self.paths[number] != path)

    def _python(self, here: str, written: str) -> tuple[int, ...]:
        names = written.lstrip(".")
        parts = names.split(".") if names else []
        level = len(written) - len(names)
        if level:
            base = here.split("/") if here else []
            above = len(base) - level + 1
            return self._below("python", base[:above], parts, least=0) if above >= 0 else ()

        def may_be_root(root: str, count: int) -> bool:
            """Never inside a package; for one name, as likely a library's, only where packages stand."""
            if root in self.packages:
                return False
            return count > 1 or _last(root) in _ROOTS or f"{here}/".startswith(f"{root}/")

        return self._anywhere("python", parts, here, may_be_root)

    def _script(self, here: str, written: str) -> tuple[int, ...]:
        first, slash, rest = written.partition("/")
        if first in ("@", "~", "#", "$lib") and slash:  # what bundlers are told to call the source folder
            return self._nearest(self.tails["script"].get(_script_stem(rest), ()), here)
        if not slash and not first.startswith("."):
            return ()
        path = _joined(here if first in (".", "..") else "", written)
        if path is None:
            return ()
        if (number := self.exact.get(path)) is not None:
            return (number,)
        for stem in (path, _script_stem(path)):  # TypeScript writes `./x.js` and means `./x.ts`
            if found := self._below("script", [stem], [], least=0):
                return found
        return ()

    def _rust(self, path: str, written: str) -> tuple[int, ...]:
        parts = [part for part in written.split("::") if part and part.isidentifier()]
        module = self.modules[self.exact[path]].split("/") if path in self.exact else path.split("/")
        if parts[:1] == ["crate"]:
            root = module[: len(module) - module[::-1].index("src")] if "src" in module else []
            return self._below("rust", root, parts[1:], least=0)
        if parts and parts[0] in ("self", "super"):
            while parts and parts[0] in ("self", "super"):
                module = module[:-1] if parts.pop(0) == "super" else module
            return self._below("rust", module, parts, least=0)
        if found := self._below("rust", module, parts):
            return found
        here = _folder(path)
        for crate in (
            (parts[0].replace("_", "-"), parts[0]) if parts else ()
        ):  # another crate of the workspace
            if found := self._anywhere("rust", [crate, "src", *parts[1:]], here, lambda _, count: count > 1):
                return found
        return ()

    def _go(self, here: str, written: str) -> tuple[int, ...]:
        """A package is a folder. Without a domain it may be the library's: its whole path must fit."""
        parts = written.split("/")
        starts = range(1, len(parts)) if "." in parts[0] else range(min(2, len(parts)))
        for start in starts:
            tail = "/".join(parts[start:])
            found = self._all_in("go", tail, here)
            if found and ("." in parts[0] or _folder(self.paths[found[0]]) == tail):
                return tuple(number for number in found if not self.modules[number].endswith("_test"))
        return ()

    def _dotted(self, family: Family, here: str, written: str) -> tuple[int, ...]:
        """`a.b.C` or `A\\B\\C`: a file below folders of those names, without the outer ones; or a folder."""
        if "/" in written or written.endswith(".php"):
            return self._file(family, here, written)
        parts = [part for part in written.replace("\\", ".").split(".") if part]
        names = [part for part in parts if part != "*"]
        for start in range(max(len(names) - 1, 1)):
            tail = "/".join(names[start:])
            if names == parts and (found := self._nearest(self.tails[family].get(tail, ()), here)):
                return found
            if found := self._all_in(family, tail, here):
                return found
        return ()

    def _file(self, family: Family, here: str, written: str) -> tuple[int, ...]:
        """A path as written: from the importing file's folder, from the base directory, then anywhere."""
        name = written.strip("\"'<> ")
        for base in (here, ""):
            path = _joined(base, name)
            for end in ("", ".rb", ".php") if path else ():
                if (number := self.exact.get(f"{path}{end}")) is not None:
                    return (number,)
        if family == "other" or name.startswith("."):
            return ()
        name = name if family == "c" else name.removesuffix(".rb").removesuffix(".php")
        return self._nearest(self.tails[family].get(name, ()), here)

    def _below(
        self, family: Family, root: Sequence[str], parts: Sequence[str], least: int = 1
    ) -> tuple[int, ...]:
        """The module at `root` that takes in most of `parts`, `least` of them at the least."""
        for end in range(len(parts), least - 1, -1):
            module = "/".join((*root, *parts[:end]))
            for number in self.tails[family].get(module, ()):
                if self.modules[number] == module:
                    return (number,)
        return ()

    def _anywhere(
        self, family: Family, parts: Sequence[str], here: str, fits: Callable[[str, int], bool]
    ) -> tuple[int, ...]:
        """The nearest module that takes in most of `parts`; `fits` judges where it starts, and how many."""
        for end in range(len(parts), 0, -1):
            tail = "/".join(parts[:end])
            found = self.tails[family].get(tail, ())
            usable = [n for n in found if fits(self.modules[n][: -len(tail)].removesuffix("/"), end)]
            if usable:
                return self._nearest(usable, here)
        return ()

    def _all_in(self, family: Family, tail: str, here: str) -> tuple[int, ...]:
        """The files of the nearest folder whose path ends so."""
        found = self.folders[family].get(tail, ())
        if not found:
            return ()
        folder = _folder(self.paths[self._nearest(found, here)[0]])
        return tuple(n for n in found if _folder(self.paths[n]) == folder)[:MOST_OF_A_FOLDER]

    def _nearest(self, found: Sequence[int], here: str) -> tuple[int, ...]:
        if len(found) <= 1:
            return tuple(found)
        return (min(found, key=lambda n: (-_shared(self.paths[n], here), len(self.paths[n]), self.paths[n])),)


def places(paths: Sequence[str]) -> Places:
    """Where everything is; `paths` without repetitions."""
    modules = [_module(path, family_of(path)) for path in paths]
    tails: dict[Family, dict[str, list[int]]] = {family: {} for family in _ALL}
    folders: dict[Family, dict[str, list[int]]] = {family: {} for family in _ALL}
    packages: set[str] = set()
    for number, (path, module) in enumerate(zip(paths, modules, strict=True)):
        family = family_of(path)
        if family != "other":  # whatever else there is, is imported by its path
            for tail in _ends(module):
                tails[family].setdefault(tail, []).append(number)
        if family in ("go", "dotted", "php"):
            for tail in _ends(_folder(path)):
                folders[family].setdefault(tail, []).append(number)
        if path.endswith(("__init__.py", "__init__.pyi")):
            packages.add(_folder(path))
    exact = {path: number for number, path in enumerate(paths)}
    return Places(
        paths=paths, modules=modules, exact=exact, tails=tails, folders=folders, packages=frozenset(packages)
    )


def family_of(path: str) -> Family:
    """Which language's rules the imports of a file follow, by its suffix."""
    return _FAMILIES.get(path.rpartition(".")[2].lower(), "other")


def _module(path: str, family: Family) -> str:
    """The path as imports write it: without its suffix, and its folder where the file stands for that."""
    if family in ("c", "other"):
        return path
    stem = _script_stem(path) if family == "script" else path.rpartition(".")[0]
    return _folder(stem) if _last(stem) in _FOR_THEIR_FOLDER.get(family, ()) else stem


def _script_stem(path: str) -> str:
    stem, _, suffix = path.rpartition(".")
    return stem.removesuffix(".d") if _FAMILIES.get(suffix.lower()) == "script" else path


def _ends(path: str) -> Iterator[str]:
    """`a/b/c`, `b/c`, `c`."""
    while path:
        yield path
        path = path.partition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _joined(folder: str, relative: str) -> str | None:
    """None for what lies outside the base directory."""
    path = normpath(f"{folder}/{relative}" if folder else relative)
    return None if path.startswith(("../", "/")) or path == ".." else path.removeprefix("./")


def _shared(path: str, folder: str) -> int:
    """How many folders both lie in."""
    count = 0
    for one, other in zip(path.split("/")[:-1], folder.split("/"), strict=False):
        if one != other:
            break
        count += 1
    return count
