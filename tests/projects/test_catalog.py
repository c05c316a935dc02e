"""Projects listed by use, put away, brought back and doubled, on a real disk."""

import os
from pathlib import Path

import pytest

from copilot.projects.catalog import archive, catalog, clone, restore
from copilot.projects.home import Home
from copilot.projects.project_manager import list_projects, new
from copilot.projects.store import Store
from copilot.vocabulary.errors import LockedError, ProjectError
from copilot.vocabulary.messages import Message, Text


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


def opened(home: Home, name: str, folder: Path) -> Store:
    ids = (f"id{number}" for number in range(100))
    return Store.open(home, name, clock=lambda: 1.0, new_id=lambda: next(ids), base_dir=folder)


def said(words: str, parent: str | None = None) -> Message:
    return Message(id=words, parent=parent, role="user", parts=(Text(text=words),), at=1.0)


def test_the_last_used_stands_first(home: Home, tmp_path: Path) -> None:
    for age, name in enumerate(("old", "older", "oldest")):
        new(home, name, tmp_path)
        os.utime(home.projects / f"{name}.toml", (1000 - age, 1000 - age))
    (home.projects / "older.journal").write_bytes(b"")
    os.utime(home.projects / "older.journal", (2000, 2000))
    assert [(one.name, one.base_dir) for one in catalog(home)] == [
        ("older", str(tmp_path)),
        ("old", str(tmp_path)),
        ("oldest", str(tmp_path)),
    ]


def test_what_is_put_away_is_no_project_until_it_is_brought_back(home: Home, tmp_path: Path) -> None:
    new(home, "shop", tmp_path)
    (home.projects / "shop_attachments").mkdir()
    (home.projects / "shop_attachments" / "a.png").write_bytes(b"png")
    archive(home, "shop")
    assert list_projects(home) == ()
    assert [(one.name, one.archived) for one in catalog(home)] == [("shop", True)]
    assert not (home.projects / "shop_attachments").exists()
    restore(home, "shop")
    assert [(one.name, one.archived) for one in catalog(home)] == [("shop", False)]
    assert (home.projects / "shop_attachments" / "a.png").read_bytes() == b"png"


def test_nothing_is_overwritten(home: Home, tmp_path: Path) -> None:
    new(home, "shop", tmp_path)
    archive(home, "shop")
    new(home, "shop", tmp_path)
    for act in (archive, restore):
        with pytest.raises(ProjectError, match="already"):
            act(home, "shop")
    with pytest.raises(ProjectError, match="no project named gone"):
        archive(home, "gone")


def test_what_a_move_that_was_cut_off_left_is_kept(home: Home, tmp_path: Path) -> None:
    there = home.projects / "archive" / "projects"
    (there / "shop_attachments").mkdir(parents=True)
    (there / "shop_attachments" / "old.png").write_bytes(b"old")
    (there / "shop.journal").write_bytes(b"old lines")
    new(home, "shop", tmp_path)
    (home.projects / "shop_attachments").mkdir()
    (home.projects / "shop_attachments" / "new.png").write_bytes(b"new")
    (home.projects / "shop.journal").write_bytes(b"new lines")
    archive(home, "shop")
    assert (there / "shop.journal").read_bytes() == b"new lines"
    assert (there / "shop.journal.left-1").read_bytes() == b"old lines"
    assert (there / "shop_attachments" / "new.png").exists()
    assert (there / "shop_attachments.left-1" / "old.png").exists()


def test_an_open_project_is_not_put_away(home: Home, tmp_path: Path) -> None:
    with opened(home, "shop", tmp_path), pytest.raises(LockedError):
        archive(home, "shop")
    archive(home, "shop")


def test_a_copy_of_an_open_project_holds_what_only_the_journal_has(home: Home, tmp_path: Path) -> None:
    with opened(home, "shop", tmp_path) as store:
        store.keep_message("main", said("one"))
        store.flush()
        store.keep_message("main", said("two", "one"))
        clone(home, "shop", "shop copy")
        assert store.project.name == "shop"
    with opened(home, "shop copy", tmp_path) as copy:
        assert copy.notices == ()
        assert copy.project.name == "shop copy"
        assert [message.text for message in copy.project.discussion.path("main")] == ["one", "two"]


def test_a_copy_takes_the_attachments_and_no_name_that_is_taken(home: Home, tmp_path: Path) -> None:
    new(home, "shop", tmp_path)
    (home.projects / "shop_attachments").mkdir()
    (home.projects / "shop_attachments" / "a.png").write_bytes(b"png")
    clone(home, "shop", "twin")
    assert (home.projects / "twin_attachments" / "a.png").read_bytes() == b"png"
    with pytest.raises(ProjectError, match="already"):
        clone(home, "shop", "twin")
