"""Text cut from a parsed source: one line, comments out, strings as they are; and what comments say."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from copilot.context.languages.language import types
from copilot.context.markdown import one_line
from copilot.context.table import shortened
from copilot.vocabulary.frozen import frozen

if TYPE_CHECKING:
    from tree_sitter import Node

_KEPT = re.compile(r"string|char_literal|character_literal|heredoc|template_literal|regex|concatenation")
_SPACES = re.compile(r"\s+")
_OPENED = re.compile(r"([(\[]) ")
_CLOSED = re.compile(r" ([)\]])")
_SPACED = re.compile(r"\s\s|[\t\n]|[(\[] | [)\]]")
_MARKED = re.compile(r"//|/\*|#|[\"`]|'[^'\n]*(?:\s\s|\t|[(\[] | [)\]])[^'\n]*'|<<")
_LONGEST_COMMENT = 4_000
"""Bytes of a comment that are read."""
LONGEST_DOC = 80
"""Characters of what a comment says of a definition."""
_SENTENCE = re.compile(r"[.!?](?= +[A-Z`<(])")
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


@frozen(kw_only=False)
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
    marked = _MARKED.search(raw)
    if not marked and len(cuts) < 2 and not any(c.start < c.stop for c in cuts):
        for one in cuts:
            before = data[start : one.start].decode("utf-8", "replace")
            raw = f"{before}{one.put}{raw[len(before) :]}"
        if _SPACED.search(raw):
            raw = _CLOSED.sub(r"\1", _OPENED.sub(r"\1", _SPACES.sub(" ", raw)))
        return one_line(raw)
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


def said(data: bytes, *nodes: "Node", inside: bool = False) -> str:
    """What the comments among the nodes say, or with `inside` the string that the one node begins with."""
    if inside:
        return _inner_doc(data, nodes[0])
    texts = [
        data[c.start_byte : min(c.end_byte, c.start_byte + _LONGEST_COMMENT)]
        .decode("utf-8", "replace")
        .rstrip("\n")
        for c in nodes
        if is_comment(c)
    ]
    return first_line("\n".join(texts))


def _inner_doc(data: bytes, body: "Node") -> str:
    one = next((c for c in body.named_children if not is_comment(c)), None)
    if one is None or one.type != "expression_statement" or not one.named_children:
        return ""
    text = one.named_children[0]
    if text.type != "string":
        return ""
    words = data[text.start_byte : min(text.end_byte, text.start_byte + _LONGEST_COMMENT)]
    return first_line(words.decode("utf-8", "replace").lstrip("rRuUbB").strip("\"'"))


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
            words = one_line(words)
            end = _SENTENCE.search(words)
            return shortened(words[: end.end()] if end else words, LONGEST_DOC)
    return ""


_EMPTY_WORDS = types(
    "a an the of to for in is are and or this that it its get gets set sets return returns returned new"
    " given whether creates create initializes instance class value method function"
)
"""Words that alone make no doc worth its row."""


def told(about: str, shown: str) -> bool:
    """Whether the doc says nothing that the signature does not."""
    low = shown.lower()
    return all(
        word in _EMPTY_WORDS or word in low or word.rstrip("s") in low
        for word in re.findall(r"[a-z]+", about.lower())
    )
