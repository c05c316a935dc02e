"""Whoever reads the window can read it: WCAG AA over every pair of colours that meets in it."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import copilot.desktop
from copilot.desktop.contrast import TEXT_LEAST, Pair, blended, luminance, pairs
from copilot.desktop.palette import DARK, LIGHT, Palette, rgb
from copilot.desktop.part_looks import parts

WHITE, BLACK = rgb("ffffff"), rgb("000000")


@pytest.mark.parametrize(
    ("front", "ground", "ratio"),
    [
        # By https://webaim.org/resources/contrastchecker/, whose formula is WCAG's.
        (BLACK, WHITE, 21.0),
        (WHITE, WHITE, 1.0),
        (rgb("777777"), WHITE, 4.48),
        (rgb("767676"), WHITE, 4.54),
        (rgb("0000ff"), WHITE, 8.59),
        (rgb("ff0000"), BLACK, 5.25),
    ],
)
def test_the_ratio_is_that_of_the_standard(
    front: tuple[int, int, int, int], ground: tuple[int, int, int, int], ratio: float
) -> None:
    assert Pair("", front, (ground,)).ratio == pytest.approx(ratio, abs=0.006)


def test_colours_are_blended_over_what_is_really_below() -> None:
    assert blended(BLACK, (255, 255, 255, 51)) == (51, 51, 51, 255)
    assert blended(WHITE, (0, 0, 0, 51), (255, 0, 0, 255)) == (255, 0, 0, 255)
    assert luminance(WHITE) == pytest.approx(1.0)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda p: p.name)
def test_everything_can_be_read(palette: Palette) -> None:
    found = list(pairs(palette))
    assert len(found) > 900
    poor = [f"{p.what}: {p.ratio:.2f}, not {p.least}" for p in found if p.ratio < p.least]
    assert not poor, "\n".join(poor)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda p: p.name)
def test_a_colour_that_is_too_pale_is_found(palette: Palette) -> None:
    pale = replace(palette, faint=blended(palette.panel, (*palette.faint[:3], 110)))
    assert any(p.ratio < TEXT_LEAST and "faint" in p.what for p in pairs(pale))


def test_every_colour_of_the_palette_is_judged_or_is_no_carrier_of_words() -> None:
    """A colour that nobody measures is one that nobody may write with."""
    drawn = {"card_person_edge", "line", "line_strong", "shade", "veil"}
    measured = {colour[:3] for p in pairs(DARK) for colour in (p.front, *p.grounds)}
    fields = {name: getattr(DARK, name) for name in DARK.__dataclass_fields__ if name != "name"}
    assert {name for name, colour in fields.items() if colour[:3] not in measured} <= drawn


def test_the_window_has_no_colours_but_those_of_the_palette() -> None:
    folder = Path(copilot.desktop.__file__).parent
    strays = [
        f"{path.name}:{node.lineno}"
        for path in folder.rglob("*.py")
        if path.name != "palette.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "rgb"
    ]
    assert not strays


def test_both_palettes_draw_the_same_parts() -> None:
    dark, light = parts(DARK), parts(LIGHT)
    assert dark.keys() == light.keys()
    assert all(dark[name][1] == light[name][1] for name in dark)
