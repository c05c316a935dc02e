"""Chosen files and their sections in little room: the same as if each were a value of its own."""

import os
import tracemalloc
from pathlib import Path

import pytest

from copilot.context.listing import Chosen, Listing, Wanted
from copilot.context.making import Kept, Made, item
from copilot.context.shelf import Shelf, Shelved
from copilot.storage.spool import Spool
from copilot.vocabulary.values import View
from copilot.workspace.boundary import Entry

spools = pytest.mark.skipif(not hasattr(os, "pread"), reason="a system that reads at no place")
FILES: list[tuple[str, View, bool, int, int, int]] = [
    ("b.py", "full", False, 1, 2, 3),
    ("a/c.py", "summary", True, 0, -1, 0),
    ("a-b.py", "summary", True, 1 << 40, 1_700_000_000_123_456_789, 1_700_000_001_000_000_001),
    ("a.py", "names", False, 5, 6, 7),
]


def entry(path: str, size: int, mtime_ns: int, ctime_ns: int) -> Entry:
    return Entry(path=path, kind="file", size=size, mtime_ns=mtime_ns, ctime_ns=ctime_ns)


def listing() -> Listing:
    found = Listing()
    for path, view, pinned, *stamp in FILES:
        found.add(entry(path, *stamp), view, pinned=pinned)
    found.sort()
    return found


def test_a_listing_gives_what_was_added_by_path() -> None:
    found = listing()
    assert list(found) == ["a-b.py", "a.py", "a/c.py", "b.py"]
    assert dict(found) == {
        path: Chosen(view=view, pinned=pinned, size=size, mtime_ns=mtime)
        for path, view, pinned, size, mtime, _ in FILES
    }
    assert {path: found.asked(path) for path in found} == {
        path: (view, tuple(stamp)) for path, view, _, *stamp in FILES
    }
    with pytest.raises(KeyError):
        found["none.py"]


def test_the_last_choice_for_a_file_counts() -> None:
    found = listing()
    found.add(entry("a.py", 50, 60, 70), "full", pinned=True)
    assert (len(found), found["a.py"]) == (4, Chosen(view="full", pinned=True, size=50, mtime_ns=60))
    assert found.asked("a.py") == ("full", (50, 60, 70))


@pytest.mark.parametrize("time", [1 << 63, 15_000_000_000_000_000_000, -(1 << 63) - 1])
def test_a_time_that_has_no_room_is_the_last_or_first_that_has(time: int) -> None:
    found = Listing()
    found.add(entry("far.py", 1, time, time), "full", pinned=False)
    most = (1 << 63) - 1
    assert found.asked("far.py") == ("full", (1, most, most) if time > 0 else (1, -most, -most))


def test_all_that_was_chosen_is_wanted_or_some_of_it_at_one_view() -> None:
    found = listing()
    assert dict(Wanted(found)) == {path: found.asked(path) for path in found}
    some = Wanted(found, {"a.py": 0, "b.py": 0}.keys(), "summary")
    assert dict(some) == {"a.py": ("summary", (5, 6, 7)), "b.py": ("summary", (1, 2, 3))}
    assert (len(some), some.get("a/c.py")) == (2, None)


def kept(path: str, view: View, stamp: tuple[int, int, int], body: str, note: str = "") -> Kept:
    made = Made(sha256="" if note else f"{len(body):064x}", view=view, body=body, note=note)
    return Kept(path=path, kind="py", stamp=stamp, pieces=len(body) / 3, made=made)


@spools
def test_a_shelf_gives_the_files_as_if_each_were_held(tmp_path: Path) -> None:
    """Among them one that cannot be shown, one that changed since, and one that may not be put aside."""
    wanted = Wanted(listing())
    files = {
        "b.py": kept("b.py", "full", (1, 2, 3), "View: full. ÿ → 🙂 \udce9\n"),
        "a.py": kept("a.py", "names", (5, 6, 7), "", note="binary, 5 bytes"),
        "a/c.py": kept("a/c.py", "summary", (9, 9, 9), "changed\n"),
        "a-b.py": kept("a-b.py", *wanted["a-b.py"], "secret\n"),
    }
    shelf = Shelf(wanted, Spool(tmp_path), {})
    assert (len(shelf), list(shelf), shelf.get("b.py")) == (0, [], None)
    for one in files.values():
        (shelf.put_whole if one.path == "a-b.py" else shelf.put)(one)
    expected = {path: item(path, one.made, one.stamp, one.pieces) for path, one in files.items()}
    assert shelf == expected
    assert list(shelf) == sorted(files)
    assert [type(shelf[path].held) is str for path in sorted(files)] == [True, True, True, False]
    order = ["b.py", "a-b.py", "a.py"]
    shelved = Shelved(shelf, order)
    assert list(shelved) == [expected[path] for path in order] == [shelved[0], *shelved[1:]]
    assert (len(shelved), shelved[-1]) == (3, expected["a.py"])


@spools
def test_a_file_takes_little_beside_its_path(tmp_path: Path) -> None:
    entries = [entry(f"folder/file number {number}.py", *([10**18 + number] * 3)) for number in range(3_000)]
    jobs = [kept(one.path, "summary", (one.size, one.mtime_ns, one.ctime_ns), "body\n") for one in entries]
    tracemalloc.start()
    found = Listing()
    for one in entries:
        found.add(one, "summary", pinned=False)
    found.sort()
    shelf = Shelf(Wanted(found), Spool(tmp_path), {})
    for job in jobs:
        shelf.put(job)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(shelf) == 3_000
    assert held / 3_000 < 300, "of values of their own it would be 600"
