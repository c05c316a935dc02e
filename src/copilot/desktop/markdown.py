"""Markdown as the few kinds of blocks that a card can draw. Pure: text in, frozen values out."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token

from copilot.vocabulary.frozen import frozen

Style = Literal["plain", "bold", "italic", "code", "link", "break"]
Run = tuple[str, Style]


@frozen(kw_only=False)
class Paragraph:
    """Words; `depth` is the indentation, `marker` the bullet or number of a list item's first paragraph."""

    runs: tuple[Run, ...]
    depth: int = 0
    marker: str = ""
    quoted: bool = False


@frozen(kw_only=False)
class Heading:
    """A heading of level 1 to 6."""

    runs: tuple[Run, ...]
    level: int


@frozen(kw_only=False)
class Code:
    """A block of code as it was written."""

    text: str
    language: str


@frozen(kw_only=False)
class Table:
    """Rows of cells; the first row is the header."""

    rows: tuple[tuple[tuple[Run, ...], ...], ...]


@frozen(kw_only=False)
class Rule:
    """A horizontal line."""


Block = Paragraph | Heading | Code | Table | Rule


def blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a Markdown text. HTML is shown as it is written; links keep their words and address."""
    return tuple(_Reader(_parser().parse(text)).read())


@cache
def _parser() -> MarkdownIt:
    # CommonMark without HTML, plus tables; an answer that streams is often unfinished, which both allow.
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


class _Reader:
    """Walks the flat token list once."""

    def __init__(self, tokens: Sequence[Token]) -> None:
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

    def _token(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._inline(inline_runs(token.children or []))
            case "fence" | "code_block":
                language = token.info.split()[0] if token.info.strip() else ""
                self._found.append(Code(token.content.rstrip("\n"), language))
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

    def _list_or_table(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                number = self._lists[-1]
                self._marker = "•" if number is None else f"{number}."
                if number is not None:
                    self._lists[-1] = number + 1
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

    def _inline(self, runs: tuple[Run, ...]) -> None:
        if self._heading:
            self._found.append(Heading(runs, self._heading))
            self._heading = 0
        elif self._in_table:
            self._cells.append(runs)
        else:
            depth = len(self._lists)
            self._found.append(Paragraph(runs, depth, self._marker, self._quotes > 0))
            self._marker = ""


def inline_runs(tokens: Sequence[Token]) -> tuple[Run, ...]:
    """The runs of one line of inline tokens; neighbours of one style are joined."""
    found: list[Run] = []
    style: list[Style] = ["plain"]
    href = ""
    for token in tokens:
        match token.type:
            case "strong_open":
                style.append("bold")
            case "em_open":
                style.append("italic")
            case "link_open":
                style.append("link")
                href = str(token.attrs.get("href", ""))
            case "strong_close" | "em_close":
                style.pop()
            case "link_close":
                style.pop()
                words = found[-1][0] if found else ""
                if href and href != words:
                    _join(found, f" ({href})", "plain")
            case "code_inline":
                found.append((token.content, "code"))
            case "softbreak":
                _join(found, " ", style[-1])
            case "hardbreak":
                found.append(("", "break"))
            case "image":
                _join(found, f"[{token.content}]({token.attrs.get('src', '')})", style[-1])
            case _:
                _join(found, token.content, style[-1])
    return tuple(found)


def _join(found: list[Run], text: str, style: Style) -> None:
    if not text:
        return
    if found and found[-1][1] == style:
        found[-1] = (found[-1][0] + text, style)
    else:
        found.append((text, style))
