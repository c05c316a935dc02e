"""What the code of a project really says: symbols with their signatures, defaults and lines, file by file."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.patterns import late

WORD = late(r"[^\W\d]\w*")

Kind = Literal["function", "class", "value"]


@frozen
class Parameter:
    """One parameter. `stars` are 0, 1 or 2; `default` and `type` are as written, "" where there is none.

    `optional` where it may be left out: what its default is need not be known.
    """

    name: str
    type: str = ""
    default: str = ""
    stars: int = 0
    optional: bool = False


@frozen
class Symbol:
    """One definition. `name` holds its owners, with dots; lines count from 1.

    `parameters` without `self`, None where they are not known; `value` is what a constant is set to, "" where
    that is not known. `bases` are those of a class, as written.
    """

    name: str
    line: int
    kind: Kind
    parameters: tuple[Parameter, ...] | None = None
    returns: str = ""
    value: str = ""
    bases: tuple[str, ...] = ()

    @property
    def own(self) -> str:
        """The name without its owners."""
        return self.name.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """The owners' names; "" at the first level."""
        return self.name.rpartition(".")[0]


@frozen
class FileFacts:
    """One file. `squeezed` is its text without whitespace, `words` every word in it, strings included."""

    path: str
    symbols: tuple[Symbol, ...] = ()
    words: frozenset[str] = frozenset()
    squeezed: str = ""
    lines: int = 0
    parsed: bool = False


def facts_of(path: str, text: str) -> FileFacts:
    """Read a file's symbols: with `ast` where it is Python, by its grammar elsewhere. Never raises."""
    symbols = _symbols(path, text)
    return FileFacts(
        path=path,
        symbols=symbols or (),
        words=frozenset(WORD.findall(text)),
        squeezed=squeezed(text),
        lines=text.count("\n") + 1,
        parsed=symbols is not None,
    )


def _symbols(path: str, text: str) -> tuple[Symbol, ...] | None:
    from copilot.documents.grammar_facts import symbols_by_grammar
    from copilot.documents.python_facts import symbols_of_python

    if path.lower().endswith((".py", ".pyi", ".pyw")):
        found = symbols_of_python(text)
        return symbols_by_grammar(path, text) if found is None else found
    return symbols_by_grammar(path, text)


def squeezed(text: str) -> str:
    """Without any whitespace, and with one kind of quotes, so that pieces of code can be looked for."""
    return re.sub(r"\s+", "", text).replace("'", '"')


@mutable
class Book:
    """The facts of a whole project, by what may be named.

    `files` by path; `symbols` by own name, each with its file; `classes` by own name; `folders` and `stems`
    are names of folders and of files without their suffix.
    """

    files: Mapping[str, FileFacts]
    symbols: dict[str, list[tuple[FileFacts, Symbol]]] = field(init=False)
    folders: frozenset[str] = field(init=False)
    stems: dict[str, list[FileFacts]] = field(init=False)
    words: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.symbols, self.stems = {}, {}
        folders: set[str] = set()
        for one in self.files.values():
            for symbol in one.symbols:
                self.symbols.setdefault(symbol.own, []).append((one, symbol))
            folder, _, name = one.path.rpartition("/")
            self.stems.setdefault(name.partition(".")[0], []).append(one)
            if name.startswith("__init__."):
                self.stems.setdefault(folder.rpartition("/")[2], []).append(one)
            while folder:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        self.folders = frozenset(folders)
        self.words = union(self.files.values())

    def has_path(self, path: str, beside: str) -> bool:
        """Whether there is a file or folder of this name: from the root, beside a file, or anywhere."""
        path = path.removeprefix("./").rstrip("/")
        here = f"{beside.rpartition('/')[0]}/{path}".lstrip("/")
        if any(one in self.files or one in self.folders for one in (path, here)):
            return True
        end = f"/{path}"
        return any(one.endswith(end) for one in self.files) or any(one.endswith(end) for one in self.folders)


def union(about: Iterable[FileFacts]) -> frozenset[str]:
    """Every word in some files."""
    words: set[str] = set()
    for one in about:
        words |= one.words
    return frozenset(words)


def members(owner: Symbol, inside: FileFacts) -> Iterable[Symbol]:
    """What is defined directly in a class."""
    return (one for one in inside.symbols if one.owner == owner.name)
