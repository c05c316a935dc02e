"""A treemap's layout: rectangles whose areas are as their weights, as square as they can be. Nothing draws.

The method is that of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): rows are filled from the
heaviest item on, each along the shorter side of what is left, while their worst proportion gets better.
"""

import math
from collections.abc import Sequence
from typing import Literal

from copilot.vocabulary.frozen import frozen

Direction = Literal["left", "right", "up", "down"]


@frozen(kw_only=False)
class Rect:
    """A place in pixels, y downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside; the left and upper edges belong to it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def inner(self, edge: float, top: float) -> "Rect":
        """What is left without `edge` on each side and `top` more above; never less than nothing."""
        return Rect(
            self.x + min(edge, self.width / 2),
            self.y + min(edge + top, self.height),
            max(0.0, self.width - 2 * edge),
            max(0.0, self.height - 2 * edge - top),
        )


@frozen
class Node:
    """Something with a weight, or a group of such. `key` is the caller's own number, -1 for a group."""

    label: str
    weight: float
    key: int = -1
    children: tuple["Node", ...] = ()


@frozen
class Tile:
    """Where a node stands. `header` is the height of a group's strip of words, 0 for none.

    `more` counts the nodes that were too small to be shown by themselves and stand here together.
    """

    rect: Rect
    node: Node
    depth: int
    header: float = 0.0
    more: int = 0


@frozen
class Measures:
    """Pixels: the gap between tiles, a group's strip and the sides it needs, the least area of a tile."""

    gap: float = 1.0
    header: float = 16.0
    group_width: float = 56.0
    group_height: float = 44.0
    least: float = 60.0


def squarify(weights: Sequence[float], rect: Rect) -> list[Rect]:
    """A rectangle for each weight, in their order. They fill `rect`; what weighs nothing has no area."""
    order = sorted((n for n in range(len(weights)) if weights[n] > 0), key=lambda n: (-weights[n], n))
    found = [Rect(rect.x, rect.y, 0.0, 0.0)] * len(weights)
    total = math.fsum(weights[n] for n in order)
    if not total or rect.area <= 0:
        return found
    areas = {n: weights[n] / total * rect.area for n in order}
    left, at = rect, 0
    while at < len(order):
        side = min(left.width, left.height)
        end, size, worst = at, 0.0, math.inf
        while end < len(order):
            bigger = size + areas[order[end]]
            now = _worst(areas[order[at]], areas[order[end]], bigger, side)
            if now > worst:
                break
            end, size, worst = end + 1, bigger, now
        row = order[at:end]
        left = _place(row, [areas[n] for n in row], left, found, last=end == len(order))
        at = end
    return found


def _worst(largest: float, smallest: float, total: float, side: float) -> float:
    """The worst proportion in a row of areas along a side."""
    if side <= 0 or smallest <= 0:
        return math.inf
    return max(side * side * largest / (total * total), total * total / (side * side * smallest))


def _place(row: list[int], areas: list[float], left: Rect, found: list[Rect], *, last: bool) -> Rect:
    """Put a row along the shorter side; what is left over is returned."""
    upright = left.width >= left.height
    side, across = (left.height, left.width) if upright else (left.width, left.height)
    total = math.fsum(areas)
    thick = across if last else min(across, total / side) if side > 0 else 0.0
    at = 0.0
    for number, (item, area) in enumerate(zip(row, areas, strict=True), 1):
        # The last one ends where the side ends, whatever rounding has left.
        long = side - at if number == len(row) else min(side - at, side * area / total)
        found[item] = (
            Rect(left.x, left.y + at, thick, long) if upright else Rect(left.x + at, left.y, long, thick)
        )
        at += long
    if upright:
        return Rect(left.x + thick, left.y, max(0.0, left.width - thick), left.height)
    return Rect(left.x, left.y + thick, left.width, max(0.0, left.height - thick))


def tiles(nodes: Sequence[Node], rect: Rect, measures: Measures, depth: int = 0) -> tuple[Tile, ...]:
    """The tiles of nodes and of what is in them, groups before their parts, each inside its group.

    The smallest of neighbours stand together as one tile where they would be too small to be seen.
    """
    shown, more = _large_enough(nodes, rect, measures)
    found: list[Tile] = []
    places = squarify([*(node.weight for node in shown), sum(node.weight for node in more)], rect)
    for node, place in zip(shown, places, strict=False):
        found += _tile(node, place.inner(measures.gap / 2, 0.0), measures, depth)
    if more:
        together = Node(label="", weight=sum(node.weight for node in more))
        count = sum(map(_leaves, more))
        place = places[-1].inner(measures.gap / 2, 0.0)
        found.append(Tile(rect=place, node=together, depth=depth, more=count))
    return tuple(found)


def _tile(node: Node, place: Rect, measures: Measures, depth: int) -> list[Tile]:
    if not node.children:
        return [Tile(rect=place, node=node, depth=depth)]
    roomy = place.width >= measures.group_width and place.height >= measures.group_height
    header = measures.header if roomy else 0.0
    inside = place.inner(measures.gap if roomy else 0.0, header)
    group = Tile(rect=place, node=node, depth=depth, header=header)
    return [group, *tiles(node.children, inside, measures, depth + 1)]


def _large_enough(nodes: Sequence[Node], rect: Rect, measures: Measures) -> tuple[list[Node], list[Node]]:
    total = math.fsum(node.weight for node in nodes)
    shown: list[Node] = []
    more: list[Node] = []
    for node in nodes:
        if node.weight > 0:
            (shown if node.weight / total * rect.area >= measures.least else more).append(node)
    if len(more) == 1:  # one alone keeps its name
        return [*shown, *more], []
    return shown, more


def _leaves(node: Node) -> int:
    return sum(map(_leaves, node.children)) if node.children else int(node.weight > 0)


def tile_at(found: Sequence[Tile], x: float, y: float) -> Tile | None:
    """The innermost tile at a point."""
    return next((tile for tile in reversed(found) if tile.rect.holds(x, y)), None)


def neighbour(found: Sequence[Tile], current: Tile, direction: Direction) -> Tile:
    """The nearest tile that can be chosen on that side, itself where there is none."""
    x, y = current.rect.centre
    best, least = current, math.inf
    for tile in found:
        if tile.node.key < 0 or tile is current:
            continue
        dx, dy = tile.rect.centre[0] - x, tile.rect.centre[1] - y
        along, across = (dx, dy) if direction in ("left", "right") else (dy, dx)
        ahead = along if direction in ("right", "down") else -along
        cost = ahead + 2.5 * abs(across)
        if ahead > 0.5 and cost < least:
            best, least = tile, cost
    return best
