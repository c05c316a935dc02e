"""Text cut from a parsed source: one line, comments out, strings as they are; and what comments say."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copilot.context.markdown import one_line
from copilot.context.table import LONGEST_ABOUT, shortened

if TYPE_CHECKING:
    from tree_sitter import Node

_KEPT = re.compile(r"string|char_literal|character_literal|heredoc|template_literal|regex|concatenation")
_SPACES = re.compile(r"\s+")
_OPENED = re.compile(r"([(\[]) ")
_CLOSED = re.compile(r" ([)\]])")
_NEEDS_WORK = re.compile(r"\s\s|[\t\n]|//|/\*|#|--|[(\[] | [)\]]")
_MARKS = re.compile(r"^\s*(?:/\*+!?|///?!?|\*+/?|#+!?|<#|--+)?\s?|\s*(?:\*+/|#>)\s*$")
_TAGS = re.compile(r"</?[a-z]+(?: [^<>]*)?/?>|\{@\w+ ([^{}]*)\}")
_LICENCE = re.compile(
    r"copyright|\(c\)|©|spdx-|licen[sc]ed? |@licen[sc]e|this file is part of|the .{1,20} licen[sc]e",
    re.IGNORECASE,
)
_TO_TOOLS = re.compile(
    r"eslint|@ts-|[jt]s(?:hint|lint)|prettier|istanbul|vim?:|-\*-|frozen_string_literal|(?:en)?coding[:=]|nolint"
    r"|shellcheck|requires -|go:|\+build|@flow|<reference|region\b|pragma\b|rubocop|phpcs|clang-format|!",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A piece of source to leave out, and what stands for it."""

    start: int
    stop: int
    put: str


def is_comment(node: "Node") -> bool:
    """Comments of every grammar are named so."""
    return "comment" in node.type


def cut(data: bytes, node: "Node", start: int, stop: int, cuts: Sequence[Cut] = ()) -> str:
    """The bytes from `start` to `stop`, inside `node`, on one line, the cuts replaced."""
    raw = data[start:stop].decode("utf-8", "replace")
    if not cuts and not _NEEDS_WORK.search(raw):
        return raw.strip()
    marks = [*cuts, *_kept_and_comments(data, node, start, stop, cuts)]
    pieces: list[tuple[bool, str]] = []
    at = start
    for mark in sorted(marks, key=lambda mark: mark.start):
        if mark.start < at:
            continue
        pieces.append((False, data[at : mark.start].decode("utf-8", "replace")))
        pieces.append((mark.put != " ", mark.put))
        at = mark.stop
    pieces.append((False, data[at:stop].decode("utf-8", "replace")))
    return one_line(_on_one_line(pieces))


def _on_one_line(pieces: Iterable[tuple[bool, str]]) -> str:
    out: list[str] = []
    plain = ""
    for kept, text in (*pieces, (True, "")):
        if not kept:
            plain += text
            continue
        out.append(_CLOSED.sub(r"\1", _OPENED.sub(r"\1", _SPACES.sub(" ", plain))))
        out.append(text)
        plain = ""
    return "".join(out)


def _kept_and_comments(
    data: bytes, node: "Node", start: int, stop: int, cuts: Sequence[Cut]
) -> Iterable[Cut]:
    """Strings (kept as written) and comments (one space) between the two places."""
    todo = [node]
    while todo:
        one = todo.pop()
        if one.end_byte <= start or one.start_byte >= stop:
            continue
        if any(c.start <= one.start_byte and one.end_byte <= c.stop for c in cuts):
            continue
        if is_comment(one):
            yield Cut(max(one.start_byte, start), min(one.end_byte, stop), " ")
        elif _KEPT.search(one.type) and start <= one.start_byte and one.end_byte <= stop and one.is_named:
            written = data[one.start_byte : one.end_byte].decode("utf-8", "replace")
            yield Cut(one.start_byte, one.end_byte, written)
        else:
            todo.extend(one.children)


def last_row(node: "Node") -> int:
    """The row a node ends in; a line comment that holds its own line end does not reach the next one."""
    row, column = node.end_point
    return row - 1 if column == 0 and row > node.start_point[0] else row


def first_line(text: str) -> str:
    """The first line of a comment that says something; empty for licences and notes to tools."""
    for line in text.splitlines():
        if line.startswith("#!"):
            continue
        words = _TAGS.sub(r"\1", _MARKS.sub("", _MARKS.sub("", line, count=1))).strip()
        if _LICENCE.match(words):
            return ""
        if _TO_TOOLS.match(words):
            continue
        if any(c.isalnum() for c in words) and not re.match(r"[@\\.][A-Za-z]+", words):
            return shortened(one_line(words), LONGEST_ABOUT)
    return ""
