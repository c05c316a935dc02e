"""Where a definition's name, body and values are, and its signature as the source has it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from copilot.context.languages.cutting import Cut, cut
from copilot.context.languages.language import Language, Rule
from copilot.context.table import LONGEST_VALUE
from copilot.vocabulary.frozen import mutable

if TYPE_CHECKING:
    from tree_sitter import Node

_VALUE_FIELDS = ("value", "right", "default_value")
_DEEPEST = 5


@mutable
class Parts:
    """A definition taken apart. `outer` is what stands around it and belongs to it, or the node itself."""

    node: "Node"
    outer: "Node"
    rule: Rule
    kind: str
    start: int
    """The byte its text begins at."""
    body: "Node | None" = None
    name: "Node | None" = None


def find_body(language: Language, node: "Node") -> "Node | None":
    """The first node at which a signature ends, looked for level by level."""
    level = [node]
    for _ in range(_DEEPEST):
        deeper: list[Node] = []
        for one in level:
            for child in one.children:
                kind = child.type
                if kind in language.bodies:
                    return child
                if kind in language.through:
                    deeper.append(child)
        if not deeper:
            return None
        level = deeper
    return None


def find_name(language: Language, node: "Node", rule: Rule) -> "Node | None":
    """The node of the definition's own name."""
    names = rule.name or language.names
    found: Node | None = None
    one = node
    for _ in range(_DEEPEST * 2):
        inner: Node | None = None
        for name in names:
            inner = one.child_by_field_name(name)
            if inner is not None:
                break
        if inner is None and one.child_count:
            inner = next((c for c in one.children if c.type in names), None)
        if inner is None:
            break
        one = found = inner
        if any(word in one.type for word in ("qualified", "scoped", "generic")):
            break
    return found


def values(language: Language, node: "Node") -> "Iterator[Node]":
    """The values in a declaration, its declarators looked into."""
    level = [node]
    for _ in range(_DEEPEST):
        deeper: list[Node] = []
        for one in level:
            held = [v for name in _VALUE_FIELDS if (v := one.child_by_field_name(name)) is not None]
            yield from held
            if not held:
                deeper.extend(c for c in one.named_children if c.type in language.through)
        if not deeper:
            return
        level = deeper


def kind_of(language: Language, node: "Node", rule: Rule, body: "Node | None") -> str:
    """The rule's kind; what a declaration declares; a value that is a function or a class as that."""
    if rule.kind == "value" and language.callables:
        found = list(values(language, node))
        if len(found) == 1 and found[0].type in language.callables:
            return "type" if "class" in found[0].type else "function"
    if rule.kind != "declared":
        return rule.kind
    one = node
    while (inner := one.child_by_field_name("declarator")) is not None:
        if one.type == "function_declarator" and inner.type != "parenthesized_declarator":
            return "function"
        one = inner
    return "type" if body is not None else "value"


def signature(language: Language, data: bytes, parts: Parts, dots: str) -> str:
    """Everything before the body, `dots` before the name."""
    node, rule, body, name = parts.node, parts.rule, parts.body, parts.name
    stop = parts.outer.end_byte if body is None else body.start_byte
    tail = ""
    if body is not None and language.parameters_inside:
        found = next((c for c in _near(body) if c.type == language.parameters_inside), None)
        tail = f" {cut(data, found, found.start_byte, found.end_byte)}" if found else ""
    for field in rule.upto:
        end = node.child_by_field_name(field)
        if end is not None:
            inside = body is not None and body.start_byte < end.end_byte
            stop = min(stop, end.end_byte) if inside else end.end_byte
    cuts: list[Cut] = []
    if dots and name is not None and parts.start <= name.start_byte < stop:
        receiver = node.child_by_field_name("object")
        where = name.start_byte if receiver is None else receiver.start_byte
        cuts.append(Cut(where, where, dots))
    shown = cut(data, parts.outer, parts.start, stop, cuts)
    if rule.drop:
        shown = shown.replace(rule.drop, "", 1)
    if language.noise:
        shown = re.sub(language.noise, "", shown)
    return trimmed(shown + tail)


def value_text(language: Language, data: bytes, node: "Node", start: int) -> str:
    """A constant or a field as written, values that are too long as an ellipsis."""
    cuts: list[Cut] = []
    longest = min(LONGEST_VALUE, language.longest_value)
    if node.end_byte - start > longest:
        for one in values(language, node):
            size = one.end_byte - one.start_byte
            if size > 10 * longest or len(cut(data, one, one.start_byte, one.end_byte)) > longest:
                cuts.append(Cut(one.start_byte, one.end_byte, "…"))
        body = find_body(language, node)
        if body is not None and not any(c.start <= body.start_byte < c.stop for c in cuts):
            cuts.append(Cut(body.start_byte, body.end_byte, "…"))
    shown = cut(data, node, start, node.end_byte, cuts).replace(" \\ …", " …")
    if language.noise:
        shown = re.sub(language.noise, "", shown)
    return trimmed(shown)


def trimmed(text: str) -> str:
    """Without what leads to a body or ends a statement; never empty."""
    return text.rstrip(" ;,{:").removesuffix("=").rstrip() or "…"


def _near(body: "Node") -> "list[Node]":
    """A body and what stands beside it."""
    beside = body.parent.children if not body.is_named and body.parent is not None else []
    return [*body.children, *beside, *(c for one in beside for c in one.children)]
