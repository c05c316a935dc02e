"""One walk over a parsed file of any language: what it defines, without recursion, never into functions."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from copilot.context.languages.cutting import cut, is_comment, last_row, said, told
from copilot.context.languages.imports import Imports
from copilot.context.languages.items import Item, Mode, Owner, Scope
from copilot.context.languages.language import Language, Rule
from copilot.context.languages.names import NAMELESS, Names
from copilot.context.languages.signature import (
    Parts,
    find_body,
    find_name,
    kind_of,
    signature,
    trimmed,
    value_text,
    values,
)
from copilot.context.table import Row
from copilot.vocabulary.frozen import field, mutable

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_NODES = 200_000
"""Nodes looked at in one file; what comes after them is not listed."""
MAX_DOTS = 8
_LONG_ARROW = 160
"""Bytes above which a function without braces is shown without its expression."""
_SCANNED = 300
"""Bytes of a node that a rule's `only` sees, and before a name that tell whether it is private."""
_SMALL = 3
"""Lines up to which a function without a doc shares a row."""
_SHORT = 4_000
"""Bytes below which nothing is shown by its name alone only because there is much of it."""
_MUCH = 0.3
"""The share of the source above which the outline is too long."""
_ROW = 12
"""Characters of a row besides its code and doc."""
_GROUP = Rule(kind="group")


@mutable
class Walk:
    """The state of one walk. `doc` is what the file says of itself."""

    language: Language
    data: bytes
    imports: Imports
    doc: str = ""
    seen: int = 0
    lean: int = 0
    """1 where fields, 2 where small declarations too are shown by name: all of it would be too long."""
    names: Names = field(init=False)
    _owners: list[Owner] = field(default_factory=list[Owner])
    _todo: list[Scope] = field(default_factory=list[Scope])

    def __post_init__(self) -> None:
        self.names = Names(self.language, self.data)

    def run(self, root: "Node") -> list[Row]:
        """All rows of the file."""
        self._owners.append(Owner())
        self._todo.append(Scope(root.children, self._owners[0]))
        if self.language.doc_inside:
            self.doc = said(self.data, root, inside=True)
        while self._todo and self.seen < MAX_NODES:
            waiting = len(self._todo) - 1
            self._look(self._todo.pop())
            self._todo[waiting:] = self._todo[: waiting - 1 : -1] if waiting else self._todo[::-1]
        imports = [*self.imports.rows()]
        rows: list[Row] = []
        for lean in range(3):
            rows = [*imports, *(row for owner in self._owners for row in owner.rows(lean))]
            size = sum(len(row.code) + len(row.about) + _ROW for row in rows)
            if len(self.data) < _SHORT or size < _MUCH * len(self.data):
                break
            self.lean = min(lean + 1, 2)
        return rows

    def found(self) -> Iterator[tuple[Item | None, Item]]:
        """All that was found, each thing with the type that it stands in."""
        for owner in self._owners:
            for item in owner.items:
                yield owner.head, item

    def _look(self, scope: Scope) -> None:
        """Each child with the comments and attributes that stand right before it."""
        before: list[Node] = []
        previous: Node | None = None
        rules, leading = self.language.rules, self.language.leading
        for node in scope.children:
            self.seen += 1
            kind = node.type
            if "comment" in kind:
                if previous is not None and node.start_point[0] == last_row(previous):
                    continue  # at the end of a line: about that line
                if before and node.start_point[0] > last_row(before[-1]) + 1:
                    self._of_the_file(before)
                    before = []
                before.append(node)
                continue
            if kind in leading:
                before.append(node)
                continue
            if kind in ",;{}":
                continue
            rule = rules.get(kind)
            rule = self._rule(node) if rule is None or rule.only else rule
            if before:
                near = node.start_point[0] <= last_row(before[-1]) + 1
                if not (near and rule and rule.kind not in ("import", "group", "access")):
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
            return _GROUP if node.is_error else None
        while rule is not None and rule.only:
            begin = self.data[node.start_byte : min(node.end_byte, node.start_byte + _SCANNED)]
            if re.match(rule.only, begin.decode("utf-8", "replace")):
                break
            rule = rule.otherwise
        return rule

    def _of_the_file(self, comments: "Sequence[Node]") -> None:
        """Comments that belong to no definition speak of the file, when nothing was defined before them."""
        if comments and not self.doc and not self._owners[0].items and not self.imports.found:
            self.doc = said(self.data, *comments)

    def _take(self, node: "Node", rule: Rule, scope: Scope, before: "Sequence[Node]") -> None:
        doc = (said(self.data, *before) if before else "") or scope.doc
        match rule.kind:
            case "wrap" if not self._inside(node):
                self.imports.note(node.start_point[0] + 1, self._text(node, 2_000))
                self._define(node, Rule(kind="value"), scope, doc, None)
            case "group" | "wrap":
                one = rule.kind == "wrap" and self._inside(node) == ["definition"]
                start = scope.start or (node if one else None)
                inner = Scope(node.children, scope.owner, start, doc if start else "", scope.private)
                inner.of_trait, inner.public = scope.of_trait, scope.public
                self._todo.append(inner)
            case "import":
                outer = scope.start or node
                self.imports.add(outer.start_point[0] + 1, last_row(outer) + 1, self._text(outer, 4_000))
            case "list":
                self._list(node, doc, scope)
            case "access":
                scope.private = b"private" in self.data[node.start_byte : node.end_byte]
            case _:
                leading = next((n for n in before if not is_comment(n)), None)
                self._define(node, rule, scope, doc, leading)

    def _inside(self, node: "Node") -> list[str]:
        """What a wrapper stands around, by word."""
        found = [rule for child in node.named_children if (rule := self._rule(child)) is not None]
        return ["group" if rule.kind == "group" else "definition" for rule in found]

    def _list(self, node: "Node", doc: str, scope: Scope) -> None:
        found: list[Node] = []
        todo = list(reversed(node.children))
        while todo:
            one = todo.pop()
            rule = self._rule(one)
            if rule is not None and rule.kind == "group":
                todo.extend(reversed(one.children))
            elif rule is not None:
                self.seen += 1
                found.append(one)
        word = self.data[node.start_byte : node.start_byte + 6].split()[:1]
        for one in found:
            outer = one if found[1:] else node
            shown = value_text(self.language, self.data, outer, outer.start_byte)
            if found[1:] and word:
                shown = f"{word[0].decode('utf-8', 'replace')} {shown}"
            about = doc if one is found[0] else ""
            mode: Mode = "row" if about else "small"
            name = self.names.words(find_name(self.language, one, _GROUP))
            item = Item(outer.start_point[0] + 1, last_row(outer) + 1, shown, about, mode)
            item.called = "" if name == NAMELESS else name
            scope.owner.items.append(item)
            if scope.public and not self._is_private(scope, name, ""):
                self.names.note(name)

    def _define(self, node: "Node", rule: Rule, scope: Scope, doc: str, leading: "Node | None") -> None:
        """A function, a type, a namespace or a value."""
        outer = scope.start or node
        start = min(outer.start_byte, leading.start_byte if leading else outer.start_byte)
        body = find_body(self.language, node)
        parts = Parts(node, outer, rule, kind_of(self.language, node, rule, body), start, body)
        parts.name = find_name(self.language, node, rule)
        name = self.names.words(parts.name)
        at = min(parts.name.start_byte if parts.name else start, start + _SCANNED)
        begin = self.data[start : max(at, start)].decode("utf-8", "replace")
        private = self._is_private(scope, name, begin)
        if not private and scope.public and (parts.kind in ("function", "type") or not scope.owner.head):
            self.names.note(name)
        first = min(outer.start_point[0], leading.start_point[0] if leading else outer.start_point[0]) + 1
        item = Item(first, last_row(outer) + 1, "", doc)
        item.called = "" if name == NAMELESS else name
        if parts.kind == "value":
            self._value(parts, item, scope, private, name)
        else:
            self._callable(parts, item, scope, private, begin)
        if item.code:
            overloaded = self.language.overloads and (parts.kind == "function" or "signature" in node.type)
            if parts.kind != "type" and name != NAMELESS:
                item.brief = f"{scope.owner.dots}{name}" if parts.kind == "function" else name
            item.name = name if overloaded and name != NAMELESS else ""
            scope.owner.add(item)

    def _is_private(self, scope: Scope, name: str, begin: str) -> bool:
        head = scope.owner.head.code if scope.owner.head else ""
        return not scope.of_trait and (scope.private or self.names.is_private(name, begin, head))

    def _value(self, parts: Parts, item: Item, scope: Scope, private: bool, name: str) -> None:
        """A constant, a variable, a field: in a type without its doc."""
        if not scope.owner.head:
            item.code = value_text(self.language, self.data, parts.outer, parts.start)
            item.mode = "row" if item.about else "small"
            return
        item.mode, item.about = "field", ""
        brief = (private or scope.of_trait) and name != NAMELESS and not self.language.private_fields
        item.code = name if brief else value_text(self.language, self.data, parts.outer, parts.start)

    def _callable(self, parts: Parts, item: Item, scope: Scope, private: bool, begin: str) -> None:
        """A function, a type or a namespace; types and namespaces are looked into."""
        language, body = self.language, parts.body
        if (
            parts.kind == "function"
            and parts.rule.kind == "value"
            and parts.outer.end_byte - parts.start > _LONG_ARROW
        ):
            value = next(values(language, parts.node))
            body = parts.body = body or value.child_by_field_name("body")
        if language.doc_inside and body is not None and not item.about:
            item.about = said(self.data, body, inside=True)
        dots = scope.owner.dots if parts.kind != "space" else ""
        tested = bool(language.tests and re.search(language.tests, begin))
        if parts.kind == "function" and self._named_only(parts, item, scope, private, tested):
            return
        shown = signature(language, self.data, parts, dots)
        item.code = shown
        if parts.kind == "function" and not item.about:
            item.mode = "small" if body is None or item.last - item.first < _SMALL else "row"
        if item.about and told(item.about, shown):
            item.about = ""
        if parts.kind == "type" and parts.rule.kind == "declared" and body is not None:
            item.tail = " " + trimmed(cut(self.data, parts.node, body.end_byte, parts.node.end_byte))
            item.tail = item.tail.replace(" …", "")
        if body is None and parts.kind == "type" and not item.about:
            item.mode = "small"
        if body is not None and parts.kind != "function" and not tested:
            self._enter(parts, body, scope, item, private)

    def _named_only(self, parts: Parts, item: Item, scope: Scope, private: bool, tested: bool) -> bool:
        """Whether its name and line will do: private, a test, or declared elsewhere."""
        name = self.names.words(parts.name)
        overrides, body = self.language.overrides, parts.body
        mode: Mode = "row"
        if name == NAMELESS:
            return False
        if scope.of_trait:
            mode = "field"
        elif tested:
            mode = "tests"
        elif scope.owner.dots and private:
            mode = "private"
        elif scope.owner.dots and overrides:
            stop = parts.outer.end_byte if body is None else body.start_byte
            after = self.data[parts.start : min(stop, parts.start + 2 * _SCANNED)]
            mode = "overrides" if re.search(overrides, after.decode("utf-8", "replace")) else "row"
        if mode != "row":
            item.code, item.mode = f"{name}:{item.first}", mode
        return mode != "row"

    def _enter(self, parts: Parts, body: "Node", scope: Scope, item: Item, private: bool) -> None:
        children: Sequence[Node] = body.children
        if not body.is_named and body.parent is not None:  # the members stand beside the opening brace
            children = [c for c in body.parent.children if c.start_byte >= body.end_byte]
        if parts.kind == "space":
            owner = Owner(scope.owner.dots)
            self._owners.append(owner)
            self._todo.append(Scope(children, owner, public=scope.public))
            return
        dots = "." * min(len(scope.owner.dots) + 1, MAX_DOTS)
        head = Item(item.first, item.last, item.code, item.about, "row", item.tail, called=item.called)
        owner = Owner(dots, head)
        item.mode = "type"
        self._owners.append(owner)
        rule = parts.rule
        inner = Scope(children, owner, private=rule.closed, public=scope.public and not private)
        inner.of_trait = bool(rule.of_trait and parts.node.child_by_field_name(rule.of_trait))
        if rule.open:
            inner.public = True
        self._todo.append(inner)

    def _text(self, node: "Node", longest: int) -> str:
        return cut(self.data, node, node.start_byte, min(node.end_byte, node.start_byte + longest))
