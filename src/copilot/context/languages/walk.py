"""One walk over a parsed file of any language: rows for what it defines, without recursion."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from copilot.context.languages.cutting import Cut, cut, first_line, is_comment, last_row
from copilot.context.languages.language import Language, Rule
from copilot.context.table import LONGEST_VALUE, Row, joined

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_NODES = 200_000
"""Nodes looked at in one file; what comes after them is not listed."""
_VALUE_FIELDS = ("value", "right", "default_value")
_DEEPEST = 5
_LONG_ARROW = 160
"""Bytes above which a function without braces is shown without its expression."""
_SCANNED = 300
"""Bytes of a node that a rule's `only` sees."""


@dataclass(slots=True)
class Scope:
    """What is being looked into: children, the owner's name, and where its rows gather."""

    children: "Sequence[Node]"
    owner: str = ""
    attributes: list[Row] | None = None
    """Gathers values as the attributes of a type; None where each is a row of its own."""
    start: "Node | None" = None
    """The wrapper that belongs to the one definition inside."""
    doc: str = ""


@dataclass(slots=True)
class Walk:
    """The state of one walk. `rows` and `imports` grow; `doc` is what the file says of itself."""

    language: Language
    data: bytes
    rows: list[Row] = field(default_factory=list[Row])
    imports: list[Row] = field(default_factory=list[Row])
    doc: str = ""
    seen: int = 0
    _attributes: list[tuple[str, list[Row]]] = field(default_factory=list[tuple[str, list[Row]]])
    _todo: list[Scope] = field(default_factory=list[Scope])

    def run(self, root: "Node") -> list[Row]:
        """All rows of the file."""
        self._todo.append(Scope(root.children))
        if self.language.doc_inside:
            self.doc = self._inner_doc(root)
        while self._todo and self.seen < MAX_NODES:
            self._look(self._todo.pop())
        for owner, found in self._attributes:
            found.sort(key=lambda row: row.first)
            self.rows.extend(joined(found, f"attributes of {owner}"))
        return [*self.rows, *joined(self._grouped(), "imports")]

    def _grouped(self) -> list[Row]:
        """Imports of one thing each from the same place, one after another, as one item."""
        join = self.language.import_join
        groups: list[tuple[str, list[Row], list[str]]] = []
        for row in sorted(self.imports, key=lambda row: row.first):
            place, _, thing = row.code.rpartition(join) if join else ("", "", "")
            place = place if thing.isidentifier() and " " not in place else ""
            if place and groups and groups[-1][0] == place:
                groups[-1][1].append(row)
                groups[-1][2].append(thing)
            else:
                groups.append((place, [row], [thing]))
        return [
            replace(rows[0], last=rows[-1].last, code=f"{place}: {', '.join(things)}")
            if rows[1:]
            else rows[0]
            for place, rows, things in groups
        ]

    def _look(self, scope: Scope) -> None:
        """Each child with the comments and attributes that stand right before it."""
        before: list[Node] = []
        previous: Node | None = None
        for node in scope.children:
            self.seen += 1
            if is_comment(node):
                if previous is not None and node.start_point[0] == last_row(previous):
                    continue  # at the end of a line: about that line
                if before and node.start_point[0] > last_row(before[-1]) + 1:
                    self._of_the_file(before)
                    before = []
                before.append(node)
            elif node.type in self.language.leading:
                before.append(node)
            elif node.is_named or node.type not in ",;":
                rule = self._rule(node)
                near = bool(before) and node.start_point[0] <= last_row(before[-1]) + 1
                if before and not (near and rule and rule.kind not in ("import", "group")):
                    self._of_the_file(before)
                    before = []
                if rule is not None:
                    self._take(node, rule, scope, before)
                    self.doc = self.doc or " "
                before = []
                previous = node
        self._of_the_file(before)

    def _rule(self, node: "Node") -> Rule | None:
        rule = self.language.rules.get(node.type)
        if rule is None:
            return Rule(kind="group") if node.is_error else None
        while rule is not None and rule.only:
            begin = self.data[node.start_byte : min(node.end_byte, node.start_byte + _SCANNED)]
            if re.match(rule.only, begin.decode("utf-8", "replace")):
                break
            rule = rule.otherwise
        return rule

    def _of_the_file(self, comments: "Sequence[Node]") -> None:
        """Comments that belong to no definition speak of the file, when nothing was defined before them."""
        if not self.doc and not self.rows and not self.imports:
            self.doc = self._said(comments)

    def _said(self, comments: "Sequence[Node]") -> str:
        texts = [
            self.data[c.start_byte : c.end_byte].decode("utf-8", "replace").rstrip("\n")
            for c in comments
            if is_comment(c)
        ]
        return first_line("\n".join(texts))

    def _take(self, node: "Node", rule: Rule, scope: Scope, before: "Sequence[Node]") -> None:
        doc = self._said(before) or scope.doc
        match rule.kind:
            case "wrap" if not self._inside(node):
                self._define(node, Rule(kind="value"), scope, doc, None)
            case "group" | "wrap":
                one = rule.kind == "wrap" and self._inside(node) == ["definition"]
                start = scope.start or (node if one else None)
                self._todo.append(
                    Scope(node.children, scope.owner, scope.attributes, start, doc if start else "")
                )
            case "import":
                text = self._text(scope.start or node, (scope.start or node).end_byte)
                shown = re.sub(self.language.import_words, "", text).strip()
                pattern, form = self.language.import_shape
                shown = re.sub(pattern, form, shown) if pattern else shown
                self.imports.append(_row(scope.start or node, shown))
            case "list":
                self._list(node, doc)
            case _:
                leading = next((n for n in before if not is_comment(n)), None)
                self._define(node, rule, scope, doc, leading)

    def _inside(self, node: "Node") -> list[str]:
        """What a wrapper stands around, by word."""
        found = [rule for child in node.named_children if (rule := self._rule(child)) is not None]
        return ["group" if rule.kind == "group" else "definition" for rule in found]

    def _list(self, node: "Node", doc: str) -> None:
        found: list[Row] = []
        todo = list(reversed(node.children))
        while todo:
            one = todo.pop()
            rule = self._rule(one)
            if rule is not None and rule.kind == "group":
                todo.extend(reversed(one.children))
            elif rule is not None:
                self.seen += 1
                found.append(_row(one, self._value(one, one.start_byte)))
        if len(found) == 1:
            found = [_row(node, self._value(node, node.start_byte))]
        self.rows.extend(joined(found, doc))

    def _define(self, node: "Node", rule: Rule, scope: Scope, doc: str, leading: "Node | None") -> None:
        """A function, a type, a namespace or a value."""
        outer = scope.start or node
        start = min(outer.start_byte, leading.start_byte if leading else outer.start_byte)
        body = self._body(node)
        kind = self._kind(node, rule, body)
        if kind == "value":
            row = _row(outer, self._value(outer, start), doc)
            if scope.attributes is None:
                self.rows.append(row)
            elif row.code:
                scope.attributes.append(row)
            return
        if kind == "function" and rule.kind == "value" and outer.end_byte - start > _LONG_ARROW:
            value = next(self._values(node))
            body = body or value.child_by_field_name("body")
        name = self._name(node, rule)
        join = self.language.join_function if kind == "function" else ""
        prefix = f"{scope.owner}{join or self.language.join}" if scope.owner else ""
        shown = self._signature(node, rule, kind, outer, start, body, name, prefix)
        doc = doc or (self._inner_doc(body) if self.language.doc_inside and body else "")
        first = min(outer.start_point[0], leading.start_point[0] if leading else outer.start_point[0]) + 1
        self.rows.append(Row(first=first, last=last_row(outer) + 1, code=shown, about=doc))
        if body is not None and kind in ("type", "space"):
            self._enter(body, scope, kind, f"{prefix}{self._words(name)}")

    def _enter(self, body: "Node", scope: Scope, kind: str, owner: str) -> None:
        children = body.children
        if not body.is_named and body.parent is not None:  # the members stand beside the opening brace
            children = [c for c in body.parent.children if c.start_byte >= body.end_byte]
        if kind == "space":
            self._todo.append(Scope(children, scope.owner, None))
            return
        gathered: list[Row] = []
        self._attributes.append((owner, gathered))
        self._todo.append(Scope(children, owner, gathered))

    def _kind(self, node: "Node", rule: Rule, body: "Node | None") -> str:
        if rule.kind == "value" and self.language.callables:
            values = list(self._values(node))
            if len(values) == 1 and values[0].type in self.language.callables:
                return "type" if "class" in values[0].type else "function"
        if rule.kind != "declared":
            return rule.kind
        one = node
        while (inner := one.child_by_field_name("declarator")) is not None:
            if one.type == "function_declarator" and inner.type != "parenthesized_declarator":
                return "function"
            one = inner
        return "type" if body is not None else "value"

    def _body(self, node: "Node") -> "Node | None":
        """The first node at which a signature ends, looked for level by level."""
        level = [node]
        for _ in range(_DEEPEST):
            deeper: list[Node] = []
            for one in level:
                for child in one.children:
                    if child.type in self.language.bodies:
                        return child
                    if child.type in self.language.through:
                        deeper.append(child)
            level = deeper
        return None

    def _name(self, node: "Node", rule: Rule) -> "Node | None":
        names = rule.name or self.language.names
        one: Node = node
        found: Node | None = None
        for _ in range(_DEEPEST * 2):
            inner: Node | None = None
            for name in names:
                inner = inner or one.child_by_field_name(name)
            inner = inner or next((c for c in one.children if c.type in names), None)
            if inner is None:
                break
            one = found = inner
            if "qualified" in one.type or "scoped" in one.type or "generic" in one.type:
                break
        return found

    def _words(self, name: "Node | None") -> str:
        if name is None:
            return "…"
        return self._text(name, name.end_byte).split("<")[0].strip("\"'")

    def _signature(
        self,
        node: "Node",
        rule: Rule,
        kind: str,
        outer: "Node",
        start: int,
        body: "Node | None",
        name: "Node | None",
        prefix: str,
    ) -> str:
        stop, tail = outer.end_byte, ""
        if body is not None:
            stop = body.start_byte
            inside = self.language.parameters_inside
            found = next((c for c in _near(body) if c.type == inside), None) if inside else None
            tail = f" {self._text(found, found.end_byte)}" if found else ""
            if rule.kind == "declared" and kind == "type":
                tail = " … " + self._text(node, node.end_byte, body.end_byte)
        for named in rule.upto if body is None or rule.upto else ():
            end = node.child_by_field_name(named)
            if end is not None:
                stop = (
                    min(stop, end.end_byte)
                    if body is not None and body.start_byte < end.end_byte
                    else end.end_byte
                )
        if name is None or not start <= name.start_byte < stop:
            prefix = ""
        where = name.start_byte if name is not None and prefix else start
        receiver = node.child_by_field_name("object") if prefix else None
        where = receiver.start_byte if receiver is not None else where
        before = cut(self.data, outer, start, where)
        raw = self.data[start:where].decode("utf-8", "replace")
        gap = " " if raw[-1:].isspace() and before else ""
        after = cut(self.data, outer, where, stop)
        shown = f"{before}{gap}{prefix}{after}" if rule.kind != "space" else f"{before}{gap}{after}"
        if rule.drop:
            shown = shown.replace(rule.drop, "", 1)
        return _trimmed(shown + tail)

    def _value(self, node: "Node", start: int) -> str:
        """A constant or a field as written, values that are too long as an ellipsis."""
        cuts: list[Cut] = []
        if node.end_byte - start > LONGEST_VALUE:
            cuts = [
                Cut(one.start_byte, one.end_byte, "…")
                for one in self._values(node)
                if one.end_byte - one.start_byte > 10 * LONGEST_VALUE
                or len(self._text(one, one.end_byte)) > LONGEST_VALUE
            ]
            body = self._body(node)
            if body is not None and not any(c.start <= body.start_byte < c.stop for c in cuts):
                cuts.append(Cut(body.start_byte, body.end_byte, "…"))
        return _trimmed(cut(self.data, node, start, node.end_byte, cuts).replace(" \\ …", " …"))

    def _values(self, node: "Node") -> "Iterator[Node]":
        """The values in a declaration, its declarators looked into."""
        level = [node]
        for _ in range(_DEEPEST):
            deeper: list[Node] = []
            for one in level:
                held = [v for name in _VALUE_FIELDS if (v := one.child_by_field_name(name)) is not None]
                yield from held
                if not held:
                    deeper.extend(c for c in one.named_children if c.type in self.language.through)
            level = deeper

    def _text(self, node: "Node", stop: int, start: int = -1) -> str:
        return cut(self.data, node, node.start_byte if start < 0 else start, stop)

    def _inner_doc(self, body: "Node") -> str:
        one = next((c for c in body.named_children if not is_comment(c)), None)
        if one is None or one.type != "expression_statement" or not one.named_children:
            return ""
        text = one.named_children[0]
        if text.type != "string":
            return ""
        words = self.data[text.start_byte : text.end_byte].decode("utf-8", "replace")
        return first_line(words.lstrip("rRuUbB").strip("\"'"))


def _near(body: "Node") -> "list[Node]":
    """A body and what stands beside it."""
    beside = body.parent.children if not body.is_named and body.parent is not None else []
    return [*body.children, *beside, *(c for one in beside for c in one.children)]


def _trimmed(text: str) -> str:
    return text.rstrip(" ;,{:").removesuffix("=").rstrip() or "…"


def _row(node: "Node", text: str, about: str = "") -> Row:
    return Row(first=node.start_point[0] + 1, last=last_row(node) + 1, code=_trimmed(text), about=about)
