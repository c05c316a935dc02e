"""Small questions to a parse tree."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from copilot.shell.reading.found import Word
from copilot.shell.reading.words import Words

if TYPE_CHECKING:
    from tree_sitter import Node


def plain_leaf(node: "Node") -> bool:
    """Whether nothing stands in it and nothing is wrong with it."""
    return not (node.child_count or node.is_error or node.is_missing)


def below(node: "Node") -> Iterator["Node"]:
    """Every node within, in no order."""
    todo = list(node.children)
    while todo:
        one = todo.pop()
        yield one
        todo.extend(one.children)


def printed(node: "Node", words: Words) -> Word:
    """What a command of a POSIX shell prints, where that is plain."""
    if node.type == "command" and node.children and words.text(node.children[0]) in ("echo", "printf"):
        values = [words.word(child) for child in node.children[1:] if child.is_named]
        plain = all(word.constant and word.text[:1] != "-" for word in values)
        if plain and not any("\\" in word.text or "%" in word.text for word in values):
            return Word(" ".join(word.text for word in values))
    return Word("", constant=False)


def fed_text(node: "Node", words: Words) -> Word | None:
    """What a redirection feeds into a command; None where it feeds nothing."""
    if node.type == "heredoc_redirect":
        body = next((c for c in node.children if c.type == "heredoc_body"), None)
        start = next((c for c in node.children if c.type == "heredoc_start"), None)
        if body is None or start is None:
            return Word("", constant=False)
        quoted = words.text(start)[:1] in "'\"\\"
        plain = quoted or not any(c.type != "heredoc_content" for c in body.children if c.is_named)
        return Word(words.text(body), constant=plain)
    if node.type == "herestring_redirect":
        named = [child for child in node.children if child.is_named]
        return words.word(named[-1]) if named else Word("", constant=False)
    if words.text(node).lstrip("0").startswith("<"):
        return Word("", constant=False)
    return None
