"""Which projects some words find, and what may go wrong on the shelf."""

from pathlib import Path

import pytest

from copilot.desktop.project_shelf import ProjectShelf, ago, folder_in, matching
from copilot.projects.catalog import Listed
from copilot.projects.home import Home
from copilot.projects.project_manager import new

SHOP = Listed(name="Shop", base_dir="/work/web", used=1.0)
BLOG = Listed(name="blog", base_dir="/work/notes", used=2.0)


@pytest.mark.parametrize(
    ("words", "found"), [("", [SHOP, BLOG]), ("SHOP", [SHOP]), ("work no", [BLOG]), ("none", [])]
)
def test_every_word_is_looked_for_in_name_and_folder(words: str, found: list[Listed]) -> None:
    assert list(matching((SHOP, BLOG), words)) == found


def test_a_path_is_a_folder_only_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    assert folder_in(str(tmp_path / "here"), tmp_path) == tmp_path / "here"
    assert folder_in("./here", tmp_path) == tmp_path / "here"
    for words in ("here", "", f"{tmp_path}/gone", "/\0", "~nobody-of-that-name/x"):
        assert folder_in(words, tmp_path) is None


def test_copies_get_free_names_and_trouble_is_told(tmp_path: Path) -> None:
    home = Home(root=tmp_path / "home").make()
    new(home, "shop", tmp_path)
    shelf = ProjectShelf(home)
    shelf.double("shop")
    names = [one.name for one in shelf.double("shop").projects]
    assert sorted(names) == ["shop", "shop copy", "shop copy 2"]
    found = shelf.put_away("gone")
    assert "no project named gone" in found.trouble
    assert len(found.projects) == 3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "just now"), (59, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (90_000, "1 day ago")],
)
def test_how_long_ago(seconds: float, words: str) -> None:
    assert ago(seconds) == words
