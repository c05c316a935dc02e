"""Markdown as the few kinds of blocks that a card can draw. Pure: text in, frozen values out."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from copilot.desktop.links import host_of, opens
from copilot.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Style = Literal["plain", "bold", "italic", "code", "link", "struck", "break"]
Part = Literal["whole", "first", "middle", "last"]

_STYLES: dict[str, Style] = {"strong_open": "bold", "em_open": "italic", "s_open": "struck"}
_BULLETS = ("•", "◦", "▪")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|]+[^\s<>\"'`|.,;:!?)\]}]")
_TASK = re.compile(r"\[([ xX])\]\s+")


class Run(NamedTuple):
    """Words of one style; `href` is where a link leads."""

    words: str
    style: Style
    href: str = ""


@frozen(kw_only=False)
class Paragraph:
    """Words; `depth` is how many lists they stand in, `marker` the bullet or number of a list item's first
    paragraph (`task` or `done` of one to be ticked), `quotes` how many block quotes are around them."""

    runs: tuple[Run, ...]
    depth: int = 0
    marker: str = ""
    quotes: int = 0


@frozen(kw_only=False)
class Heading:
    """A heading of level 1 to 6."""

    runs: tuple[Run, ...]
    level: int


@frozen(kw_only=False)
class Code:
    """A block of code as it was written, or a `part` of a long one."""

    text: str
    language: str
    depth: int = 0
    part: Part = "whole"


@frozen(kw_only=False)
class Table:
    """Rows of cells; the first row is the header."""

    rows: tuple[tuple[tuple[Run, ...], ...], ...]


@frozen(kw_only=False)
class Rule:
    """A horizontal line."""


Block = Paragraph | Heading | Code | Table | Rule


def blocks(text: str, known: Mapping[str, object] | None = None) -> tuple[Block, ...]:
    """The blocks of a Markdown text. HTML is shown as it is written, images as links to them.

    `known` are definitions of links that stand elsewhere (`references`).
    """
    env: dict[str, Any] = {"references": dict(known)} if known else {}
    return tuple(_Reader(_parser().parse(text, env)).read())


def references(text: str) -> dict[str, object]:
    """The definitions of links in a text, for `blocks`."""
    env: dict[str, Any] = {}
    _parser().parse(text, env)
    return env.get("references", {})


def words(runs: Sequence[Run]) -> str:
    """What runs say."""
    return "".join(run.words for run in runs)


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # with the first Markdown that is shown

    # CommonMark without HTML, plus tables; an answer that streams is often unfinished, which both allow.
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class _Reader:
    """Walks the flat token list once."""

    def __init__(self, tokens: "Sequence[Token]") -> None:
        self._tokens = tokens
        self._found: list[Block] = []
        self._lists: list[int | None] = []  # the next number of each open list, None for bullets
        self._marker = ""
        self._quotes = 0
        self._rows: list[tuple[tuple[Run, ...], ...]] = []
        self._cells: list[tuple[Run, ...]] = []
        self._in_table = False
        self._heading = 0

    def read(self) -> list[Block]:
        for token in self._tokens:
            self._token(token)
        return self._found

    def _token(self, token: "Token") -> None:
        match token.type:
            case "inline":
                self._inline(inline_runs(token.children or []))
            case "fence" | "code_block":
                language = token.info.split()[0] if token.info.strip() else ""
                self._empty_item()
                self._found.append(Code(token.content.removesuffix("\n"), language, len(self._lists)))
            case "heading_open":
                self._heading = int(token.tag[1:])
            case "hr":
                self._found.append(Rule())
            case "blockquote_open":
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case _:
                self._list_or_table(token)

    def _list_or_table(self, token: "Token") -> None:
        match token.type:
            case "bullet_list_open":
                self._empty_item()
                self._lists.append(None)
            case "ordered_list_open":
                self._empty_item()
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                number = self._lists[-1]
                bullet = _BULLETS[min(len(self._lists), len(_BULLETS)) - 1]
                self._marker = bullet if number is None else f"{number}."
                if number is not None:
                    self._lists[-1] = number + 1
            case "list_item_close":
                self._empty_item()
            case "table_open":
                self._in_table = True
            case "tr_close":
                self._rows.append(tuple(self._cells))
                self._cells = []
            case "table_close":
                self._found.append(Table(tuple(self._rows)))
                self._rows = []
                self._in_table = False
            case _:
                pass

    def _empty_item(self) -> None:
        """The marker of a list item that has no words of its own."""
        if self._marker:
            self._found.append(Paragraph((), len(self._lists), self._marker, self._quotes))
            self._marker = ""

    def _inline(self, runs: tuple[Run, ...]) -> None:
        if self._in_table:
            self._cells.append(runs)
            return
        if self._heading:
            self._empty_item()
            self._found.append(Heading(runs, self._heading))
            self._heading = 0
            return
        if self._marker and runs and runs[0].style == "plain" and (task := _TASK.match(runs[0].words)):
            self._marker = "task" if task[1] == " " else "done"
            runs = (Run(runs[0].words[task.end() :], "plain"), *runs[1:])
        self._found.append(Paragraph(runs, len(self._lists), self._marker, self._quotes))
        self._marker = ""


def inline_runs(tokens: "Sequence[Token]") -> tuple[Run, ...]:
    """The runs of one line of inline tokens; neighbours of one style are joined."""
    found: list[Run] = []
    style: list[Style] = ["plain"]
    href = ""
    for token in tokens:
        match token.type:
            case "strong_open" | "em_open" | "s_open":
                style.append(_STYLES[token.type])
            case "strong_close" | "em_close" | "s_close":
                style.pop()
            case "link_open":
                href = str(token.attrs.get("href", ""))
            case "link_close":
                if not opens(href) and href != words(found)[-len(href) :]:
                    _join(found, Run(f" ({href})", "plain"))
                href = ""
            case "image":
                _image(found, token.content, str(token.attrs.get("src", "")))
            case "hardbreak":
                found.append(Run("", "break"))
            case "code_inline":
                found.append(Run(token.content, "code", href if opens(href) else ""))
            case _:
                _say(found, " " if token.type == "softbreak" else token.content, style[-1], href)
    return tuple(found)


def _image(found: list[Run], words: str, source: str) -> None:
    """An image is never fetched: its words and where it would come from, as a link that asks."""
    if opens(source):
        _join(found, Run(f"[image: {words + ', ' if words else ''}{host_of(source)}]", "link", source))
    else:
        _join(found, Run(f"[image: {words}]({source})", "plain"))


def _say(found: list[Run], words: str, style: Style, href: str) -> None:
    """Words within a link are a link; addresses in plain words are links, too."""
    if href and opens(href):
        _join(found, Run(words, "link", href))
        return
    at = 0
    for address in _ADDRESS.finditer(words) if "://" in words and not href else ():
        _join(found, Run(words[at : address.start()], style))
        _join(found, Run(address[0], "link", address[0]))
        at = address.end()
    _join(found, Run(words[at:], style))


def _join(found: list[Run], run: Run) -> None:
    if not run.words:
        return
    if found and found[-1][1:] == run[1:]:
        found[-1] = Run(found[-1].words + run.words, run.style, run.href)
    else:
        found.append(run)
