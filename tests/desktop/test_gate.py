"""The door to the library: strings made safe, and what lasts in the library known by one number."""

from collections.abc import Iterator

import dearpygui.dearpygui as library
import pytest

from copilot.desktop import gate
from copilot.desktop.gate import dpg, safe


@pytest.fixture(autouse=True)
def context() -> Iterator[None]:
    library.create_context()
    try:
        yield
    finally:
        library.destroy_context()


def test_text_that_would_end_the_process_is_made_safe() -> None:
    assert safe("plain") == "plain"
    assert safe("a\0b") == "a␀b"
    assert safe("\ud800") == "?"
    with dpg.window(tag="w"):
        item = dpg.add_text("\ud800 \0 é")
    assert dpg.get_value(item) == "? ␀ é"


@pytest.mark.parametrize(
    "kind", ["add_child_window", "add_table", "add_input_text", "add_plot", "add_tab_bar"]
)
def test_an_item_with_a_tag_has_the_same_number_each_time(kind: str) -> None:
    """The library keeps a window for each number it ever saw, so new numbers would be a leak."""
    numbers = set[int]()
    for _ in range(3):
        root = dpg.add_window(tag="w")
        dpg.add_text("an item more", parent=root)  # so that a number that only counts up would be another
        item = getattr(dpg, kind)(parent="w", tag="the one")
        assert dpg.get_alias_id("the one") == item
        assert dpg.does_item_exist("the one")
        assert dpg.get_item_alias(item) == "the one"
        numbers.add(item)
        dpg.delete_item("w")
        assert not dpg.does_item_exist("the one")
    assert len(numbers) == 1


def test_two_tags_have_two_numbers_and_own_numbers_stay() -> None:
    with dpg.window(tag="w"):
        assert dpg.add_child_window(tag="a") != dpg.add_child_window(tag="b")
        assert dpg.add_child_window(tag=1234567) == 1234567


def test_a_tag_that_is_taken_is_refused() -> None:
    with dpg.window(tag="w"):
        dpg.add_child_window(tag="a")
        with pytest.raises(SystemError):
            dpg.add_child_window(tag="a")


@pytest.mark.parametrize("kind", [name for name in gate.DIRECT if name.startswith("add_")])
def test_what_goes_past_the_librarys_wrappers_is_made_alike(kind: str) -> None:
    table = kind.startswith("add_table_")
    with library.window(tag="w"):
        parent = library.add_table() if table else library.add_group()
    made = getattr(library, kind)(parent=parent), getattr(dpg, kind)(parent=parent)
    assert library.get_item_configuration(made[0]) == library.get_item_configuration(made[1])
