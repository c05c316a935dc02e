"""The treemap's layout: areas as weights, nothing over anything, everything inside, always the same."""

import math

from hypothesis import given
from hypothesis import strategies as st

from copilot.desktop.treemap import (
    Direction,
    Measures,
    Node,
    Rect,
    Tile,
    neighbour,
    squarify,
    tile_at,
    tiles,
)

SLACK = 1e-6

weights = st.lists(st.one_of(st.integers(0, 10**6), st.floats(0.001, 1e7)), max_size=60)
places = st.builds(Rect, st.floats(-50, 50), st.floats(-50, 50), st.floats(1, 2_000), st.floats(1, 2_000))


def inside(part: Rect, whole: Rect) -> bool:
    return (
        part.x >= whole.x - SLACK
        and part.y >= whole.y - SLACK
        and part.x + part.width <= whole.x + whole.width + SLACK
        and part.y + part.height <= whole.y + whole.height + SLACK
    )


def overlap(a: Rect, b: Rect) -> float:
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    return max(0.0, wide) * max(0.0, high)


@given(weights, places)
def test_areas_are_as_weights_and_rectangles_fill_the_place(weights: list[float], place: Rect) -> None:
    found = squarify(weights, place)
    assert found == squarify(weights, place)
    total = math.fsum(weights)
    for weight, rect in zip(weights, found, strict=True):
        assert inside(rect, place)
        expected = weight / total * place.area if total else 0.0
        assert math.isclose(rect.area, expected, rel_tol=1e-4, abs_tol=1e-4 * place.area)
    for number, rect in enumerate(found):
        for other in found[number + 1 :]:
            assert overlap(rect, other) <= SLACK * place.area


def test_equal_weights_make_squares_and_a_place_without_area_makes_nothing() -> None:
    four = squarify([1, 1, 1, 1], Rect(0, 0, 100, 100))
    assert sorted((r.x, r.y, r.width, r.height) for r in four) == [
        (0, 0, 50, 50),
        (0, 50, 50, 50),
        (50, 0, 50, 50),
        (50, 50, 50, 50),
    ]
    assert [r.area for r in squarify([1, 2], Rect(0, 0, 0, 10))] == [0, 0]
    assert squarify([], Rect(0, 0, 10, 10)) == []


def test_the_proportions_of_the_papers_example() -> None:
    # Areas 6, 6, 4, 3, 2, 2, 1 in 6 x 4: the paper's own figure.
    found = squarify([6, 6, 4, 3, 2, 2, 1], Rect(0, 0, 6, 4))
    assert found[0] == Rect(0, 0, 3, 2)
    assert found[1] == Rect(0, 2, 3, 2)
    assert max(max(r.width / r.height, r.height / r.width) for r in found) < 2.8


def leaf(key: int, weight: float) -> Node:
    return Node(label=f"f{key}", weight=weight, key=key)


@st.composite
def forests(draw: st.DrawFn) -> list[Node]:
    """Two levels of groups over numbered parts."""
    sizes = draw(st.lists(st.lists(st.integers(0, 5_000), min_size=1, max_size=12), min_size=1, max_size=6))
    nodes: list[Node] = []
    key = 0
    for group in sizes:
        parts: list[Node] = []
        for weight in group:
            parts.append(leaf(key, weight))
            key += 1
        nodes.append(Node(label="g", weight=sum(group), children=tuple(parts)))
    return nodes


@given(forests(), st.floats(1, 900), st.floats(1, 900))
def test_tiles_lie_in_their_groups_and_every_part_is_shown_or_counted(
    forest: list[Node], width: float, height: float
) -> None:
    place = Rect(0, 0, width, height)
    found = tiles(forest, place, Measures())
    lowest = [tile for tile in found if not tile.node.children]
    for number, tile in enumerate(lowest):
        assert inside(tile.rect, place)
        for other in lowest[number + 1 :]:
            assert overlap(tile.rect, other.rect) <= SLACK * place.area
    group: Tile | None = None
    for tile in found:
        if tile.depth == 0:
            group = tile
        else:
            assert group is not None
            assert inside(tile.rect, group.rect)
    heavy = sum(part.weight > 0 for node in forest for part in node.children)
    assert sum(tile.more or 1 for tile in lowest) == heavy
    keys = [tile.node.key for tile in lowest if not tile.more]
    assert len(keys) == len(set(keys))


def test_ten_thousand_small_parts_make_few_tiles() -> None:
    found = tiles([leaf(n, 1 + n % 7) for n in range(10_000)], Rect(0, 0, 300, 200), Measures())
    assert len(found) <= 300 * 200 / Measures().least + 1
    assert sum(tile.more or 1 for tile in found) == 10_000


def test_finding_and_moving() -> None:
    found = tiles([leaf(n, 1) for n in range(4)], Rect(0, 0, 100, 100), Measures(gap=0))
    corner = tile_at(found, 10, 10)
    assert corner is not None
    assert tile_at(found, 100, 100) is None
    walked = corner
    steps: tuple[tuple[Direction, tuple[float, float]], ...] = (
        ("right", (75, 25)),
        ("down", (75, 75)),
        ("left", (25, 75)),
        ("left", (25, 75)),
        ("up", (25, 25)),
    )
    for direction, centre in steps:
        walked = neighbour(found, walked, direction)
        assert walked.rect.centre == centre
    assert walked is corner
