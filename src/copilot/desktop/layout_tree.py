"""What a layout file says of its windows and dock nodes, and how windows that it does not know come into it.

No Dear PyGui here: a layout is the text that the library reads and writes.
"""

import re
from collections.abc import Mapping

from copilot.vocabulary.frozen import frozen

_WINDOW = re.compile(r"^\[Window\]\[###(\w+)\]\n((?:(?!\[).*\n?)*)", re.MULTILINE)
_DOCKED = re.compile(r"^DockId=0x([0-9A-F]{8})(?:,(\d+))?", re.MULTILINE)
_NODE = re.compile(
    r"^ *Dock(?:Space|Node) +ID=0x([0-9A-F]{8})(?: +Parent=0x([0-9A-F]{8}))?(.*)$", re.MULTILINE
)
_DATA = "[Docking][Data]"


@frozen(kw_only=False)
class Tree:
    """`places` holds each window's node and its number among the tabs, None where it floats; `parents` each
    node's parent ("" for the root); `split` are the nodes that hold others.
    """

    places: Mapping[str, tuple[str, int] | None]
    parents: Mapping[str, str]
    split: frozenset[str]

    def leaf(self, window: str) -> str:
        """The node that a window is docked in; empty where it is in none that there is."""
        place = self.places.get(window)
        node = place[0] if place is not None else ""
        return node if node in self.parents and node not in self.split else ""

    def distance(self, one: str, other: str) -> int:
        """How many steps there are from node to node."""
        up = self._up(one)
        for steps, node in enumerate(self._up(other)):
            if node in up:
                return steps + up.index(node)
        return len(self.parents)

    def _up(self, node: str) -> list[str]:
        found: list[str] = []
        while node and node not in found:
            found.append(node)
            node = self.parents.get(node, "")
        return found


def tree(ini: str) -> Tree:
    """What the text says; a text that is no layout gives an empty tree."""
    places: dict[str, tuple[str, int] | None] = {}
    for window in _WINDOW.finditer(ini):
        docked = _DOCKED.search(window[2])
        places[window[1]] = (docked[1], int(docked[2] or 0)) if docked is not None else None
    nodes = list(_NODE.finditer(ini.partition(_DATA)[2]))
    parents = {node[1]: node[2] or "" for node in nodes}
    return Tree(places, parents, frozenset(parents.values()) - {""})


def usable(ini: str) -> bool:
    """Whether a layout has a docking tree with at least one window of ours in it."""
    found = tree(ini)
    return any(found.leaf(window) for window in found.places)


def merged(ini: str, default: str) -> str:
    """The layout with the windows of `default` that it does not know, each as a tab behind those that are its
    neighbours by default. Windows that are there keep their places, floating ones too.
    """
    saved, ours = tree(ini), tree(default)
    for window in ours.places:
        if window not in saved.places:
            node = _node_for(window, saved, ours)
            number = 1 + max(place[1] for place in saved.places.values() if place and place[0] == node)
            ini = _with_tab(ini, window, node, number)
            saved = tree(ini)
    return ini


def _node_for(window: str, saved: Tree, ours: Tree) -> str:
    """The node of the nearest neighbour that is docked; `saved` has at least one (`usable`)."""
    home = ours.leaf(window)
    others = [other for other in saved.places if saved.leaf(other)]
    near = {other: ours.distance(home, ours.leaf(other)) if other in ours.places else 99 for other in others}
    return saved.leaf(min(others, key=lambda other: near[other]))


def _with_tab(ini: str, window: str, node: str, number: int) -> str:
    """The layout with one more window in a node, which must show its tabs from now on."""
    entry = f"[Window][###{window}]\nCollapsed=0\nDockId=0x{node},{number}\n\n"

    def shown(match: re.Match[str]) -> str:
        flags = match[0].replace(" NoTabBar=1", "").replace(" HiddenTabBar=1", "")
        return flags if match[1] == node else match[0]

    head, mark, data = ini.partition(_DATA)
    return f"{head}{entry}{mark}{_NODE.sub(shown, data)}"
