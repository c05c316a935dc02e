"""Layout files: an older version's is kept and gets the panels that it does not know; layouts by name."""

import re
from pathlib import Path

import pytest

from copilot.desktop import layout
from copilot.desktop.layout_shelf import LONGEST, LayoutShelf, name_trouble
from copilot.desktop.layout_tree import merged, tree, usable
from copilot.desktop.panel_table import PANELS
from copilot.vocabulary.errors import ConfigError

OLDER = Path(__file__).parent / "layouts" / "seven_panels.ini"
"""As a person had arranged the panels of an older version, which had seven."""

FLOATING = """[Window][###log]
Pos=10,10
Size=300,200
Collapsed=0

[Docking][Data]
DockSpace ID=0x08BD597D Window=0x1BBC0F80 Pos=0,30 Size=1280,770 CentralNode=1
"""


def default() -> str:
    return layout.default_layout(1280, 800, 1.0)


def test_the_shipped_layout_has_a_docked_place_for_every_panel() -> None:
    shipped = tree(default())
    assert set(shipped.places) == {one.name for one in PANELS}
    assert all(shipped.leaf(one.name) for one in PANELS)


def test_an_older_layout_keeps_its_places_and_gets_the_new_panels_beside_their_neighbours() -> None:
    older = OLDER.read_text()
    after = merged(older, default())
    before, now = tree(older), tree(after)
    assert {name: now.places[name] for name in before.places} == dict(before.places)
    new = set(now.places) - set(before.places)
    assert new == {one.name for one in PANELS} - set(before.places)
    assert new >= {"branches", "prompts", "settings"}
    assert all(now.leaf(name) for name in new)
    ours = tree(default())
    for name in new:
        mates = [one for one in before.places if before.leaf(one) and ours.leaf(one) == ours.leaf(name)]
        assert not mates or now.leaf(name) in {now.leaf(one) for one in mates}
    assert now.leaf("prompts") == now.leaf("usage")
    places = [place for place in now.places.values() if place]
    assert len(places) == len(set(places))
    assert merged(after, default()) == after


def test_a_new_panel_beside_one_without_tabs_makes_its_node_show_them() -> None:
    only = """[Window][###discussion]
DockId=0x00000007,0

[Docking][Data]
DockSpace ID=0x08BD597D Window=0x1BBC0F80 Pos=0,0 Size=1280,770 Split=Y
  DockNode  ID=0x00000007 Parent=0x08BD597D SizeRef=724,694 CentralNode=1 NoTabBar=1 Selected=0x28805140
  DockNode  ID=0x00000008 Parent=0x08BD597D SizeRef=724,172 NoTabBar=1
"""
    after = merged(only, default())
    assert {tree(after).leaf(one.name) for one in PANELS} == {"00000007"}
    lines = after.splitlines()
    assert "NoTabBar" not in next(line for line in lines if "ID=0x00000007 Parent" in line)
    assert "NoTabBar" in next(line for line in lines if "ID=0x00000008 Parent" in line)


@pytest.mark.parametrize(
    "ini",
    [
        "", "nonsense", "[Docking][Data]\n", "[Window][###files]\nDockId=0x00000003,0\n", FLOATING,
        "[Window][###files]\nDockId=0x00000099,0\n\n[Docking][Data]\nDockSpace ID=0x00000001 Pos=0,0\n",
        "[Window][###files]\nDockId=0x00000001,0\n\n[Docking][Data]\nDockSpace ID=0x00000001 Pos=0,0\n"
        "  DockNode ID=0x00000002 Parent=0x00000001\n",
    ],
)  # fmt: skip
def test_what_holds_no_docked_window_is_not_used(ini: str) -> None:
    assert not usable(ini)


def test_nodes_that_hold_each_other_do_no_harm() -> None:
    ini = """[Window][###files]
DockId=0x00000003,0

[Docking][Data]
  DockNode ID=0x00000001 Parent=0x00000002
  DockNode ID=0x00000002 Parent=0x00000001
  DockNode ID=0x00000003 Parent=0x00000002
"""
    assert usable(ini)
    assert tree(merged(ini, default())).leaf("usage") == "00000003"


def test_an_older_file_is_completed_on_disk_and_a_broken_one_kept(tmp_path: Path) -> None:
    path = tmp_path / "dpg_layout.ini"
    path.write_text(OLDER.read_text())
    assert not layout.prepare(path, 1280, 800, 1.0)
    assert path.read_text() == layout.stamped(merged(OLDER.read_text(), default()), 1.0)
    assert not path.with_suffix(".broken").exists()
    path.write_text("not a layout")
    assert layout.prepare(path, 1280, 800, 1.0)
    assert path.with_suffix(".broken").read_text() == "not a layout"


def test_a_layout_of_another_scale_is_resized_at_the_start(tmp_path: Path) -> None:
    path, saved = tmp_path / "dpg_layout.ini", layout.stamped(default(), 1.0)
    path.write_text(saved)
    assert layout.saved_size(path, 1.0) == (1280, 800 - layout.MENU_HEIGHT)
    wide, high = layout.saved_size(path, 2.0) or (0, 0)
    assert (wide, high) == (2560, 2 * (800 - layout.MENU_HEIGHT))

    layout.prepare(path, wide, high, 2.0)  # the window grows with it: so does all
    assert layout.growth(path.read_text(), 2.0) == 1.0
    assert side(path.read_text()) == pytest.approx(2 * side(saved), abs=1)
    layout.prepare(path, wide, high, 2.0)
    assert side(path.read_text()) == pytest.approx(2 * side(saved), abs=1)

    path.write_text(saved)  # the screen is too small for that: the discussion keeps some of its room
    layout.prepare(path, 1280, 800 - layout.MENU_HEIGHT, 2.0)
    assert side(path.read_text()) == pytest.approx(2**0.5 * side(saved), abs=1)


@pytest.mark.parametrize(
    "first", ["", "; scale 0\n", "; scale 900\n", "; scale x\n", "; scale 1.5e9\n", ";\n"]
)
def test_a_layout_that_does_not_tell_its_scale_stays_as_it_is(tmp_path: Path, first: str) -> None:
    path = tmp_path / "dpg_layout.ini"
    path.write_text(first + default())
    layout.prepare(path, 1280, 800, 3.0)
    assert side(path.read_text()) == side(default())


def side(ini: str) -> int:
    """The width of the left side."""
    found = re.search(r"ID=0x00000001 .*SizeRef=(\d+),", ini)
    assert found is not None
    return int(found[1])


# --- by name ------------------------------------------------------------------------------------------------


def test_layouts_are_kept_read_renamed_and_deleted(tmp_path: Path) -> None:
    shelf = LayoutShelf(tmp_path / "layouts")
    assert shelf.names() == ()
    shelf.keep(" Review ", OLDER.read_text())
    shelf.keep("Größe 2", default())
    assert shelf.names() == ("Größe 2", "Review")
    assert shelf.read("review") == OLDER.read_text()
    shelf.keep("REVIEW", default())
    assert shelf.read("Review") == default()
    with pytest.raises(ConfigError, match="already"):
        shelf.rename("Review", "größe 2")
    shelf.rename("Review", "Writing (wide)")
    shelf.rename("Größe 2", "GRÖßE 2")
    assert shelf.names() == ("GRÖßE 2", "Writing (wide)")
    shelf.delete("Writing (wide)")
    assert shelf.names() == ("GRÖßE 2",)
    for act in (shelf.read, shelf.delete, lambda name: shelf.rename(name, "other")):
        with pytest.raises(ConfigError, match="no layout named Writing"):
            act("Writing")
    assert [path.suffix for path in (tmp_path / "layouts").iterdir()] == [".ini"]


def test_a_named_file_that_is_no_layout_is_refused(tmp_path: Path) -> None:
    shelf = LayoutShelf(tmp_path)
    (tmp_path / "bad.ini").write_bytes(b"\xff\x00 nonsense")
    with pytest.raises(ConfigError, match="cannot be used"):
        shelf.read("bad")


@pytest.mark.parametrize(
    "name",
    [
        "", "  ", "a/b", "..", "../../x", "a\\b", "C:", "con", "NUL.x", "lpt1", ".hidden", "dot.", "a\nb",
        "a\0b", "\u202eevil", "x" * (LONGEST + 1), "two*",
    ],
)  # fmt: skip
def test_a_name_that_is_no_file_name_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    assert name_trouble(name)
    shelf = LayoutShelf(tmp_path)
    for act in (shelf.read, shelf.delete, lambda one: shelf.keep(one, default())):
        with pytest.raises(ConfigError):
            act(name)
    assert list(tmp_path.iterdir()) == []
