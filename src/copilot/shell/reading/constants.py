"""Which variables of a POSIX shell script have one value only, so that it may stand for them."""

from typing import TYPE_CHECKING

from copilot.shell.reading.grammar import captured
from copilot.shell.reading.names import names

if TYPE_CHECKING:
    from tree_sitter import Node

_SETTING = """
    (variable_assignment) @given
    (command (variable_assignment) @before)
    [(for_statement) (unset_command) (postfix_expression) (unary_expression) (binary_expression)] @sets
    (declaration_command) @declares
    (command) @command
    """
_STRAIGHT = frozenset(("declaration_command", "variable_assignments"))
_SETTERS = names("read mapfile readarray printf getopts unset let declare typeset local eval")


def constants(root: "Node", source: bytes) -> frozenset[str]:
    """The names that are given a value once, outside of branches, loops and functions, and nowhere else."""
    given: dict[str, int] = {}
    spoilt: set[str] = set()
    nodes = captured("bash", root, _SETTING)
    # An assignment in front of a command holds for that command alone.
    before = {one.id for one in nodes.get("before", ())}
    straight = {
        inner.id for one in root.children for inner in (one.children if one.type in _STRAIGHT else (one,))
    }

    def text(node: "Node") -> str:
        return source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    for node in nodes.get("given", ()):
        if node.id in before:
            continue
        parts = node.children
        name = text(parts[0]) if parts else ""
        given[name] = given.get(name, 0) + 1
        plain = len(parts) > 1 and parts[1].type == "="
        if node.id not in straight or not plain:
            spoilt.add(name)
    for node in nodes.get("sets", ()):
        spoilt.update(text(one) for one in node.children if one.type in ("variable_name", "word"))
    for node in nodes.get("declares", ()):
        if text(node).split()[0] in ("local", "readonly", "declare"):
            spoilt.update(text(one) for one in node.children if one.type == "variable_name")
    for node in nodes.get("command", ()):
        parts = node.children
        if parts and text(parts[0]) in _SETTERS:
            spoilt.update(text(one).split("[")[0].split("=")[0] for one in parts[1:])
    return frozenset(name for name, times in given.items() if times == 1 and name not in spoilt)
