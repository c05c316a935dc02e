"""Which variables of a POSIX shell script have one value only, so that it may stand for them."""

from typing import TYPE_CHECKING

from copilot.shell.reading.names import names

if TYPE_CHECKING:
    from tree_sitter import Node

_STRAIGHT = frozenset(("program", "declaration_command", "variable_assignments"))
_SETTERS = names("read mapfile readarray printf getopts unset let declare typeset local eval")


def constants(root: "Node", source: bytes) -> frozenset[str]:
    """The names that are given a value once, outside of branches, loops and functions, and nowhere else."""
    given: dict[str, int] = {}
    spoilt: set[str] = set()

    def text(node: "Node") -> str:
        return source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    todo: list[tuple[Node, bool]] = [(root, True)]
    while todo:
        node, straight = todo.pop()
        kind = node.type
        if kind == "variable_assignment":
            name = text(node.children[0]) if node.children else ""
            given[name] = given.get(name, 0) + 1
            plain = len(node.children) > 1 and node.children[1].type == "="
            if not straight or not plain:
                spoilt.add(name)
        elif kind in ("for_statement", "unset_command") or _computes(node):
            spoilt.update(text(one) for one in node.children if one.type in ("variable_name", "word"))
        elif kind == "command" and node.children and text(node.children[0]) in _SETTERS:
            spoilt.update(text(one).split("[")[0].split("=")[0] for one in node.children[1:])
        elif kind == "declaration_command" and text(node).split()[0] in ("local", "readonly", "declare"):
            spoilt.update(text(one) for one in node.children if one.type == "variable_name")
        inner = straight and kind in _STRAIGHT
        # An assignment in front of a command holds for that command alone.
        todo.extend((one, inner) for one in node.children if not _of_command(node, one))
    return frozenset(name for name, times in given.items() if times == 1 and name not in spoilt)


def _of_command(node: "Node", child: "Node") -> bool:
    return node.type == "command" and child.type == "variable_assignment"


def _computes(node: "Node") -> bool:
    return node.type in ("postfix_expression", "unary_expression", "binary_expression")
