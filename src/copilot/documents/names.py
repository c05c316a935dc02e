"""Whether a name that a text gives exists: in the files that it is about, in the project, in Python."""

import builtins
import keyword
import re
import sys
from collections.abc import Mapping
from importlib import import_module

from copilot.documents.facts import WORD, Book, FileFacts, Symbol, members, union
from copilot.vocabulary.patterns import late

_PATH = late(r"[\w@.+-]+(?:/[\w@.+-]+)*/?")
_SUFFIX = late(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_LOOKED_INTO = (
    "abc", "argparse", "ast", "asyncio", "collections", "contextlib", "enum", "html.parser", "http.server",
    "io", "json", "logging", "multiprocessing", "pathlib", "queue", "random", "socketserver", "string",
    "threading", "types", "typing", "unittest",
)  # fmt: skip
"""Modules of Python's own whose classes tell what their heirs inherit; importing them does nothing else."""
_SUFFIXES = frozenset((
    "py", "pyi", "md", "toml", "json", "yaml", "yml", "txt", "ini", "cfg", "js", "mjs", "cjs",
    "jsx", "ts", "tsx", "rs", "go", "java", "c", "h", "cc", "cpp", "hpp", "cs", "rb", "php", "sh",
    "ps1", "html", "css", "sql", "lock", "log", "csv", "xml", "svg", "png", "jpg", "gif", "pdf",
    "ipynb", "sqlite", "db", "jsonl", "bat", "in", "rst",
))  # fmt: skip
_COMMON = frozenset((
    "git", "pip", "uv", "npm", "node", "docker", "make", "curl", "bash", "cron", "ssh", "sudo", "python",
    "pytest", "get", "post", "put", "patch", "delete", "head", "http", "https", "utf", "json", "yaml", "toml",
    "true", "false", "null", "none", "stdin", "stdout", "stderr", "main", "origin",
))  # fmt: skip
_MADE: Mapping[str, type] = {"NamedTuple": tuple, "TypedDict": dict}
"""What heirs of these have, which are functions and no classes."""
_SPLIT = late(r"\.|::|#|->")
_DISTINCT = late(r"_|[a-z][A-Z]|[A-Z][a-z]+[A-Z]|\d")
"""What makes a word a name of code rather than one of a language that people speak."""


def looks_like_path(text: str) -> bool:
    """Whether it names a file or folder: it has a slash, or a suffix that files have."""
    if _PATH.fullmatch(text) is None or text.startswith("."):
        return False
    if "/" in text:
        return _SUFFIX.search(text) is not None or text.endswith("/")
    suffix = text.rpartition(".")[2]
    return "." in text and suffix in _SUFFIXES


class Names:
    """What is known around some files. `beside` is the path of the file or folder that a text is about."""

    def __init__(self, book: Book, about: tuple[FileFacts, ...], beside: str) -> None:
        self._book, self._about, self._beside = book, about, beside
        self._words = about[0].words if len(about) == 1 else union(about)
        self._here: dict[str, list[Symbol]] = {}
        for facts in about:
            for symbol in facts.symbols:
                self._here.setdefault(symbol.own, []).append(symbol)

    def knows_path(self, path: str) -> bool:
        """A file or folder of the project, or one that the code itself names."""
        if self._book.has_path(path, self._beside):
            return True
        last = path.rstrip("/").rpartition("/")[2]
        return any(last in facts.squeezed for facts in self._about) and (
            "/" not in path or any(path.rstrip("/") in facts.squeezed for facts in self._about)
        )

    def defined_here(self, name: str) -> list[Symbol]:
        """The symbols of this name, with its owners where it gives some, in the files themselves."""
        parts = _SPLIT.split(name)
        found = self._here.get(parts[-1].rstrip("!?"), [])
        if len(parts) == 1:
            return found
        fitting = [one for one in found if _owned_by(one, parts[:-1])]
        if fitting or not any(one.owner for one in found):
            return fitting or (found if parts[-2] in _stems(self._about) else [])
        return fitting

    def stands_here(self, name: str) -> bool:
        """Whether a word, or the last part of a name with dots, is in the files, or is Python's own."""
        last = _SPLIT.split(name)[-1].rstrip("!?")
        return last in self._words or _is_python(last)

    def symbols(self, name: str) -> list[Symbol]:
        """The same, looked for in the whole project where these files have none."""
        own = self.defined_here(name)
        if own:
            return own
        parts = _SPLIT.split(name)
        everywhere = [symbol for _, symbol in self._book.symbols.get(parts[-1], ())]
        fitting = [one for one in everywhere if _owned_by(one, parts[:-1])]
        return fitting if len(parts) > 1 and fitting else everywhere

    def near(self, name: str) -> str:
        """What was perhaps meant."""
        import difflib

        found = difflib.get_close_matches(_SPLIT.split(name)[-1], self._here, n=1, cutoff=0.7)
        return found[0] if found else ""

    def why_unknown(self, name: str, *, called: bool) -> str:
        """Why a name is wrong; "" where it exists or nobody can tell."""
        parts = [part.rstrip("!?") for part in _SPLIT.split(name)]
        if len(parts) == 1:
            return self._unknown_word(parts[0], distinct=called or _DISTINCT.search(parts[0]) is not None)
        if any(re.sub(r"\s", "", name) in facts.squeezed for facts in self._about):
            return ""
        return self._unknown_member(parts)

    def _unknown_word(self, word: str, *, distinct: bool) -> str:
        if word in self._words or word in self._book.symbols or len(word) < 3:
            return ""
        if _is_python(word) or _is_common(word):
            return ""
        if word in self._book.stems or any(word in folder.split("/") for folder in self._book.folders):
            return ""
        if not distinct and (word in self._book.words or not word.isidentifier()):
            return ""
        near = self.near(word)
        return f"there is no {word}" + (f" (there is {near})" if near else "")

    def _unknown_member(self, parts: list[str]) -> str:
        """`Owner.member`, `module.name`, `object.attribute`."""
        owner, last = parts[-2], parts[-1]
        if owner in ("self", "cls", "this"):
            known = last in self._words or last in self._book.symbols
            return "" if known else f"nothing here has the attribute {last}"
        classes = [pair for pair in self._book.symbols.get(owner, ()) if pair[1].kind == "class"]
        classes = [pair for pair in classes if pair[0] in self._about] or classes
        if classes:
            known = [self._has(symbol, facts, last, set()) for facts, symbol in classes]
            return f"{owner} has no {last}" if all(one is False for one in known) else ""
        modules = self._book.stems.get(owner)
        if modules and owner not in self._here:
            known_in = any(last in facts.words for facts in modules)
            folder = any(one.split("/")[-1] == owner for one in self._book.folders)
            return "" if known_in or folder or last in self._book.stems else f"{owner} has no {last}"
        if _is_python(parts[0]):
            return ""
        if parts[0] not in self._words and parts[0] not in self._book.words:
            return f"there is no {parts[0]}"
        if last in self._words or last in self._book.symbols or _is_python(last):
            return ""
        return f"nothing here has the attribute {last}"

    def _has(self, symbol: Symbol, inside: FileFacts, name: str, seen: set[str]) -> bool | None:
        """Whether a class has a member; None where a base class that nobody knows may have it."""
        if symbol.name in seen or symbol.kind != "class":
            return False
        seen.add(symbol.name)
        if any(one.own == name for one in members(symbol, inside)):
            return True
        if not inside.path.lower().endswith((".py", ".pyi", ".pyw")):
            return None if symbol.bases else name in inside.words and None
        if hasattr(object, name):
            return True
        answers = [self._inherits(base, name, seen) for base in symbol.bases]
        if True in answers:
            return True
        return None if None in answers else False

    def _inherits(self, base: str, name: str, seen: set[str]) -> bool | None:
        base = base.split("[")[0]
        own = base.rpartition(".")[2]
        found = [pair for pair in self._book.symbols.get(own, ()) if pair[1].kind == "class"]
        if found:
            answers = [self._has(symbol, facts, name, seen) for facts, symbol in found]
            return True if True in answers else None if None in answers else False
        of_python = _of_python(base)
        return None if of_python is None else hasattr(of_python, name)


def _owned_by(symbol: Symbol, owners: list[str]) -> bool:
    have = symbol.owner.split(".") if symbol.owner else []
    return have[-len(owners) :] == owners if len(have) >= len(owners) else owners[-len(have) :] == have != []


def _stems(about: tuple[FileFacts, ...]) -> set[str]:
    return {facts.path.rpartition("/")[2].partition(".")[0] for facts in about}


def _is_common(word: str) -> bool:
    """Programs and words of protocols, which code need not name."""
    return word.lower() in _COMMON


def _is_python(word: str) -> bool:
    return hasattr(builtins, word) or keyword.iskeyword(word) or word in sys.stdlib_module_names


def _of_python(base: str) -> type | None:
    """The class of Python's own that a base names; None for any other."""
    module, _, name = base.rpartition(".")
    if name in _MADE:
        return _MADE[name]
    if not module:
        found = getattr(builtins, name, None)
        if isinstance(found, type):
            return found
        candidates = [one for one in _LOOKED_INTO if _has_class(one, name)]
        return getattr(import_module(candidates[0]), name) if candidates else None
    return (
        getattr(import_module(module), name) if module in _LOOKED_INTO and _has_class(module, name) else None
    )


def _has_class(module: str, name: str) -> bool:
    return WORD.fullmatch(name) is not None and isinstance(getattr(import_module(module), name, None), type)
