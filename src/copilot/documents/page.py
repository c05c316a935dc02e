"""The document: marked sections of one Markdown file. Everything outside the marks is the person's own.

A section begins with a line `<!-- copilot:begin PATH DIGEST HASH -->`: the file or folder that it is about,
the hash of what it was made from, the hash of its text. Sections that stay as they are keep every byte.
Where patterns chose the files, the section of the whole begins with a line `<!-- copilot:files PATTERNS -->`.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from copilot.documents.tree import short_hash
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, mutable
from copilot.vocabulary.patterns import late

BEGIN, END = "<!-- copilot:begin ", "<!-- copilot:end -->"
_MARK = late(
    r"(?m)^<!-- copilot:(?:begin (?P<path>\S+) (?P<digest>[0-9a-f]{16}) (?P<hash>[0-9a-f]{16})|end) -->"
    r"(?:\r?\n){0,2}"
)
_PATTERNS = late(r"\A<!-- copilot:files (\S+(?: \S+)*) -->(?:\n|\Z)")


@frozen(kw_only=False)
class Section:
    """What stands between two marks. `path` is that of a file, of a folder with its slash, "" for all."""

    path: str
    digest: str
    body: str


@mutable
class _Found:
    """A section as it stands in a file, its marks included."""

    path: str
    digest: str
    hash: str
    raw: str

    @property
    def body(self) -> str:
        inner = self.raw.partition("\n")[2]
        return inner[: inner.rindex(END)].replace("\r\n", "\n")

    @property
    def edited(self) -> bool:
        return short_hash(self.body) != self.hash


@frozen
class Updated:
    """The whole text; paths of sections that were written, removed, and that a person had changed before."""

    text: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    edited: tuple[str, ...]


def is_page(text: str) -> bool:
    """Whether a text holds sections."""
    return BEGIN in text and _MARK.search(text) is not None


def updated(text: str, sections: Sequence[Section]) -> Updated:
    """The text with these sections and no others. Raises ProjectError where the marks do not fit together."""
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    pieces = _pieces(text)
    wanted = {section.path: section for section in sections}
    there = {piece.path for piece in pieces if isinstance(piece, _Found)}
    written: list[str] = []
    removed: list[str] = []
    edited: list[str] = []
    for piece in pieces:
        if not isinstance(piece, _Found):
            continue
        section = wanted.get(piece.path)
        if section is None:
            removed.append(piece.path)
            piece.raw = ""
        elif (section.digest, short_hash(section.body)) != (piece.digest, piece.hash):
            if piece.edited:
                edited.append(piece.path)
            written.append(piece.path)
            piece.raw = _raw(section, newline, spaced=_is_spaced(piece.raw))
    before = ""
    for section in sections:
        if section.path not in there:
            written.append(section.path)
            _insert(pieces, _Found(section.path, "", "", _raw(section, newline)), before, newline)
        before = section.path
    joined = "".join(piece.raw if isinstance(piece, _Found) else piece for piece in pieces)
    return Updated(text=joined, written=tuple(written), removed=tuple(removed), edited=tuple(edited))


def stale(text: str, digests: Mapping[str, str]) -> tuple[str, ...]:
    """Why the text is not that of the code: a line for each path. Raises ProjectError as `updated`.

    `digests` are the hashes of what each section is made from, now.
    """
    found = {piece.path: piece.digest for piece in _pieces(text) if isinstance(piece, _Found)}
    lines = [f"{path or '.'}: not documented yet" for path in digests if path not in found]
    lines += [f"{path or '.'}: gone" for path in found if path not in digests]
    lines += [f"{path or '.'}: changed" for path in found if digests.get(path, found[path]) != found[path]]
    return tuple(sorted(lines))


def bodies(text: str) -> Mapping[str, str]:
    """The text of each section by path. Raises ProjectError as `updated`."""
    return {piece.path: piece.body for piece in _pieces(text) if isinstance(piece, _Found)}


def patterns_line(patterns: Sequence[str]) -> str:
    """The line that says which files a page is about; "" for all of them."""
    if all(one == "**" for one in patterns):
        return ""
    told = " ".join(_quoted(one, "!*?[]{},") for one in patterns)
    return f"<!-- copilot:files {told} -->\n"


def patterns_in(text: str) -> tuple[str, ...]:
    """The patterns that a page was made with. Raises ProjectError as `updated`."""
    found = _PATTERNS.match(bodies(text).get("", ""))
    return tuple(map(unquote, found[1].split(" "))) if found is not None else ()


def _pieces(text: str) -> "list[_Found | str]":
    """Sections and what stands between them, in order."""
    pieces: list[_Found | str] = []
    last, begun = 0, None
    for mark in _MARK.finditer(text):
        begins = mark["path"] is not None
        if begins == (begun is not None):
            line = text.count("\n", 0, mark.start()) + 1
            raise ProjectError(
                f"the marks of the document do not fit together (line {line})",
                "Each copilot:begin needs its copilot:end. Put them right, or name another file with --out.",
            )
        if begins:
            pieces.append(text[last : mark.start()])
            begun = mark
        elif begun is not None:
            raw = text[begun.start() : mark.end()]
            pieces.append(_Found(_unquoted(begun["path"]), begun["digest"], begun["hash"], raw))
            begun = None
        last = mark.end() if not begins else last
    if begun is not None:
        line = text.count("\n", 0, begun.start()) + 1
        raise ProjectError(
            f"the section that begins in line {line} of the document has no end",
            "Put <!-- copilot:end --> behind it, or name another file with --out.",
        )
    return [*pieces, text[last:]]


def _insert(pieces: "list[_Found | str]", section: _Found, before: str, newline: str) -> None:
    """Behind the section that comes before it, else before the first, else at the end."""
    places = [at for at, piece in enumerate(pieces) if isinstance(piece, _Found)]
    behind = [at for at in places if getattr(pieces[at], "path", None) == before and before != section.path]
    if behind:
        previous = pieces[behind[0]]
        if isinstance(previous, _Found) and previous.raw and not _is_spaced(previous.raw):
            previous.raw += newline if previous.raw.endswith("\n") else newline * 2
        pieces.insert(behind[0] + 1, section)
    elif places:
        pieces.insert(places[0], section)
    else:
        last = pieces[-1] if pieces and isinstance(pieces[-1], str) else ""
        if last:
            pieces.append("" if last.endswith("\n") else newline)
            pieces.append(newline)
        pieces.append(section)


def _raw(section: Section, newline: str, *, spaced: bool = True) -> str:
    path = _quoted(section.path) or "."
    begin = f"{BEGIN}{path} {section.digest} {short_hash(section.body)} -->"
    whole = f"{begin}\n{section.body}{END}\n"
    return (whole + "\n" * spaced).replace("\n", newline)


def _quoted(words: str, more: str = "") -> str:
    """Without blanks, and without what would end a comment."""
    return quote(words, safe=f"/.@+_~{more}").replace("--", "%2D%2D")


def _is_spaced(raw: str) -> bool:
    return re.search(r"-->\r?\n\r?\n\Z", raw) is not None


def _unquoted(path: str) -> str:
    return "" if path == "." else unquote(path)
