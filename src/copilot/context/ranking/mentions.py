"""Which of the chosen files a message names: by path, by file name, by a name that they define.

A name of plain lower-case letters is also a word of the language people write in ("read the file"). As a
defined name it counts only where the message marks it as code: in backticks, before `(`, after `.` or `::`.
As a file's name without its suffix it counts anywhere, as the weakest sign there is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from copilot.context.ranking.candidate import Candidate
from copilot.context.ranking.graph import MOST_DEFINERS
from copilot.vocabulary.frozen import frozen, replace

Sign = Literal["path", "file", "name", "stem"]
SIGNS: tuple[Sign, ...] = ("path", "file", "name", "stem")
"""What names a file, the surest first."""

SHORTEST = 4
"""Characters of a defined name or of a file name without its suffix; shorter ones are words of any text."""

_WORDS = (re.compile(r"\w+"), re.compile(r"[A-Za-z0-9_]+"))
"""The second finds names in text that puts no space between words, such as Chinese."""
_MARKED = (
    re.compile(r"(?:\.|::|->|#)([A-Za-z_]\w*)"),
    re.compile(r"(?<!\w)(\w+)(?=\()"),
    re.compile(r"(?<![A-Za-z0-9_])([A-Za-z0-9_]+)(?=\()"),
)
_TICKED = re.compile(r"`([^`\n]+)`")
_FOR_THEIR_FOLDER = ("__init__", "__main__", "index", "mod")
_PATHLIKE = re.compile(r"[A-Za-z0-9_.@+~/\\-]+")


@frozen
class Mention:
    """Why a file counts as named: the kind of sign, and the words of the message that are it."""

    sign: Sign
    words: str


def mentions(
    files: Sequence[Candidate], known: Mapping[str, tuple[int, ...]], message: str
) -> dict[int, Mention]:
    """The files that `message` names, by number, with their surest signs; `known` as `definers` gives it."""
    found: dict[int, Mention] = {}
    for number, mention in (*_by_path(files, message), *_by_name(known, message)):
        old = found.get(number)
        if old is None or SIGNS.index(mention.sign) < SIGNS.index(old.sign):
            found[number] = mention
    return found


def words_of(message: str) -> frozenset[str]:
    """Every word of the message that may be a name in code."""
    return frozenset(word for pattern in _WORDS for word in pattern.findall(message))


def _by_name(known: Mapping[str, tuple[int, ...]], message: str) -> Iterator[tuple[int, Mention]]:
    marked: set[str] = {one for pattern in _MARKED for one in pattern.findall(message)}
    for ticked in _TICKED.findall(message):
        marked |= words_of(ticked)
    for word in sorted(words_of(message) & known.keys()):
        ordinary = word.isalpha() and word.islower()
        if len(word) >= SHORTEST and (not ordinary or word in marked):
            for number in known[word]:
                yield number, Mention(sign="name", words=word)


def _by_path(files: Sequence[Candidate], message: str) -> Iterator[tuple[int, Mention]]:
    names = _Names.of(files)
    words = {word for word in words_of(message) if not word.isascii()}
    for token in dict.fromkeys(token.rstrip(".,-") for token in _PATHLIKE.findall(message)):
        bare = token.lstrip("@~+-")  # `@src/a.py` is how other tools have a file named; `+page.ts` is a name
        found = names.file(token) or names.file(bare) or names.module(bare)
        yield from ((number, replace(mention, words=token)) for number, mention in found)
        if not found:
            words |= _alone(bare)
    for word in sorted(words):
        yield from names.stem(word)
    folded = message.casefold()
    for name in sorted(names.odd):
        if name in folded and re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", folded):
            for number, mention in _few(names.files[name], Mention(sign="file", words="")):
                yield number, replace(mention, words=files[number].path.rpartition("/")[2])


def _alone(token: str) -> set[str]:
    """What may be a stem in a word that names no file: each part of `a.b` and `a/b`, none of `x/b-a.py`."""
    _, slash, last = token.replace("\\", "/").rpartition("/")
    one_name = "-" in token or (slash and "." in last)
    return {token} if one_name else set(re.split(r"[./\\]", token))


@frozen
class _Names:
    """The files by the last part of their path in small letters; `stems` without suffix and underscores.

    `odd` are names that hold a space, a bracket or another character that ends a path in plain text.
    """

    parts: Sequence[tuple[str, ...]]
    files: Mapping[str, list[int]]
    stems: Mapping[str, list[int]]
    odd: frozenset[str]

    @staticmethod
    def of(files: Sequence[Candidate]) -> "_Names":
        parts = [tuple(file.path.casefold().split("/")) for file in files]
        names: dict[str, list[int]] = {}
        stems: dict[str, list[int]] = {}
        for number, found in enumerate(parts):
            names.setdefault(found[-1], []).append(number)
            stems.setdefault(_plain(_said(found)[-1]), []).append(number)
        odd = frozenset(name for name in names if not _PATHLIKE.fullmatch(name))
        return _Names(parts=parts, files=names, stems=stems, odd=odd)

    def file(self, token: str) -> list[tuple[int, Mention]]:
        """The files that a path or a file name means."""
        said = _split(token)
        found = self.files.get(said[-1], ()) if said else ()
        return self._that_end(found, said, [self.parts[number] for number in found])

    def module(self, token: str) -> list[tuple[int, Mention]]:
        """The files that a path without suffix means, or `a.b` and `a.b.name` as Python writes them."""
        said = _split(token)
        if len(said) == 1:
            said = tuple(part for part in said[0].split(".") if part)
        ends = (len(said), len(said) - 1) if "/" not in token else (len(said),)
        for end in (end for end in ends if end >= 2):
            found = self.stems.get(_plain(said[end - 1]), ())
            ways = [_said(self.parts[number]) for number in found]
            fitting = self._that_end(found, said[:end], ways, least=2)
            if fitting:
                return fitting
        return []

    def stem(self, word: str) -> Iterator[tuple[int, Mention]]:
        """The files of that name, whatever their suffix; `ConfirmDialog` also means `confirm_dialog.py`."""
        if len(word) >= SHORTEST:
            yield from _few(self.stems.get(_plain(word), ()), Mention(sign="stem", words=word))

    def _that_end(
        self, found: Sequence[int], said: tuple[str, ...], paths: Sequence[tuple[str, ...]], least: int = 1
    ) -> list[tuple[int, Mention]]:
        """Those of `found` whose path ends as said; else those that what was said ends with, the longest.

        At least `least` parts of a path must agree.
        """
        pairs = list(zip(found, paths, strict=True))
        exact = [number for number, path in pairs if path == said and len(said) > 1]
        ending = exact or [number for number, path in pairs if path[-len(said) :] == said]
        if ending:
            return list(_few(ending, Mention(sign="path" if len(said) > 1 else "file", words="")))
        fitting = [(len(path), number) for number, path in pairs if said[-len(path) :] == path]
        longest = max((length for length, _ in fitting), default=0)
        nearest = [number for length, number in fitting if length == longest >= least]
        return list(_few(nearest, Mention(sign="path" if longest > 1 else "file", words="")))


def _few(found: Iterable[int], mention: Mention) -> Iterator[tuple[int, Mention]]:
    """Nothing where it would be many: `__init__.py` alone names no file."""
    numbers = tuple(found)
    if len(numbers) <= MOST_DEFINERS:
        yield from ((number, mention) for number in numbers)


def _split(token: str) -> tuple[str, ...]:
    parts = token.casefold().replace("\\", "/").split("/")
    return tuple(part for part in parts if part not in ("", ".", ".."))


def _plain(stem: str) -> str:
    return stem.casefold().replace("_", "").replace("-", "") or stem


def _said(parts: tuple[str, ...]) -> tuple[str, ...]:
    """A path as one says it without suffixes; that of the folder where the file stands for it."""
    stem = parts[-1].lstrip(".").partition(".")[0]
    return parts[:-1] if stem in _FOR_THEIR_FOLDER and len(parts) > 1 else (*parts[:-1], stem)
