"""The sections of the page from what is known of each file and folder: headings, contents, links."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from copilot.context.markdown import code, path_line
from copilot.documents.facts import Book, FileFacts
from copilot.documents.names import Names, looks_like_path
from copilot.documents.page import Section, patterns_line
from copilot.documents.signatures import written
from copilot.documents.tidying import first_paragraph, linked, tidied
from copilot.documents.tree import Folder, Leaf, digests, leaves_of, walk
from copilot.vocabulary.frozen import frozen

_FIRST_SENTENCE = 160
_NOTICE = (
    "Written by `copilot document`, which keeps the text between its marks up to date and leaves all else in "
    "this file alone. A statement marked *unverified* does not agree with the code."
)


@frozen(kw_only=False)
class Text:
    """What is said of a file or folder, checked and marked; `empty` where there is nothing in it."""

    body: str
    empty: bool = False


@frozen
class Layout:
    """What the page is made from. `texts` by path; `name` is the codebase's.

    `page` is the page's own path as seen from the folder that is documented, which may lead out of it.
    `patterns` chose the files.
    """

    name: str
    root: Folder
    texts: Mapping[str, Text]
    book: Book
    page: str
    patterns: tuple[str, ...] = ()


def sections(layout: Layout) -> Iterator[Section]:
    """In the order of the page: the whole, then each folder with its files."""
    known = digests(layout.root)
    head = f"{patterns_line(layout.patterns)}# {_heading(layout.name)}"
    yield Section("", known[""], f"{head}\n\n{_NOTICE}\n\n{_overview(layout)}")
    for folder in walk(layout.root):
        if folder.path and not folder.passes_on:
            yield Section(folder.path, known[folder.path], _folder(layout, folder))
        for leaf in folder.files:
            yield Section(leaf.path, leaf.digest, _file(layout, leaf))


def section_digests(root: Folder) -> Mapping[str, str]:
    """The hash of what each section is made from, by path: those of `sections`, without their texts."""
    known = digests(root)
    through = {folder.path for folder in walk(root) if folder.passes_on}
    return {path: digest for path, digest in known.items() if path not in through}


def _overview(layout: Layout) -> str:
    text = _linked(layout, layout.root, layout.texts[""].body)
    folders = [one for one in walk(layout.root) if one.path and not one.passes_on]
    if not folders:
        return f"{text}\n"
    lines = [_contents_line(layout, one) for one in folders]
    return f"{text}\n\n**Folders**\n\n{''.join(lines)}"


def _contents_line(layout: Layout, folder: Folder) -> str:
    first = re.split(r"(?<=[.!?])\s", layout.texts[folder.path].body.partition("\n")[0], maxsplit=1)[0]
    said = first_paragraph(first.replace("*[unverified", "[unverified").replace("]*", "]"), _FIRST_SENTENCE)
    path = path_line(folder.path)
    slug = re.sub(r"[^\w\- ]", "", path.lower()).replace(" ", "-")
    return f"- [{code(path)}](#{slug}){': ' if said else ''}{tidied(said)}\n"  # cut within code it is none


def _folder(layout: Layout, folder: Folder) -> str:
    return f"## {code(path_line(folder.path))}\n\n{_linked(layout, folder, layout.texts[folder.path].body)}\n"


def _file(layout: Layout, leaf: Leaf) -> str:
    text = layout.texts[leaf.path]
    head = f"### [{code(path_line(leaf.path))}]({_address(layout.page, leaf.path)})\n\n"
    if text.empty:
        return f"{head}Empty.\n"
    facts = layout.book.files[leaf.path]
    names = Names(layout.book, (facts,), leaf.path)

    def target(said: str) -> str:
        one = written(said)
        found = names.defined_here(one.name) if one is not None else []
        if one is not None and "." not in one.name:  # a word alone may as well be a parameter
            found = [symbol for symbol in found if not symbol.owner]
        return _address(layout.page, leaf.path, found[0].line) if len(found) == 1 else ""

    return f"{head}{linked(text.body, target)}\n"


def _linked(layout: Layout, folder: Folder, text: str) -> str:
    """A folder's text: names of its files, and of symbols that only one of its files has, become links."""
    inside = {leaf.path: layout.book.files[leaf.path] for leaf in leaves_of(folder)}

    def target(said: str) -> str:
        if looks_like_path(said):
            found = _file_meant(said, folder.path, inside)
            return _address(layout.page, found) if found else ""
        one = written(said)
        if one is None:
            return ""
        own = one.name.rpartition(".")[2]
        places = [
            (facts, symbol)
            for facts, symbol in layout.book.symbols.get(own, ())
            if facts.path in inside and (symbol.name == one.name or (own == one.name and not symbol.owner))
        ]
        return _address(layout.page, places[0][0].path, places[0][1].line) if len(places) == 1 else ""

    return linked(text, target)


def _file_meant(said: str, folder: str, inside: Mapping[str, FileFacts]) -> str:
    for path in (said, f"{folder}{said}"):
        if path in inside:
            return path
    found = [path for path in inside if path.endswith(f"/{said}")]
    return found[0] if len(found) == 1 else ""


def _address(page: str, path: str, line: int = 0) -> str:
    """From the page to a file, and to a line of it."""
    away = posixpath.relpath(path, posixpath.dirname(page) or ".")
    return quote(away, safe="/.@+_~-") + (f"#L{line}" if line else "")


def _heading(name: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#])", r"\\\1", path_line(" ".join(name.split())))
