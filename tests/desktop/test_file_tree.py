"""The files of the window without the window: the fold over listings, the tree's rows, moving in it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plays import AT, project

from copilot.desktop import view_state
from copilot.desktop.file_browser import FOUND_ROWS, FileBrowser
from copilot.desktop.file_index import FileIndex, Row, Sums
from copilot.desktop.listing import Choosing
from copilot.desktop.view_state import ViewState, apply
from copilot.vocabulary import events as e
from copilot.vocabulary.values import FileChoice, FileState, View

BASE = "/home/ada/calculator"
IN = {"at": AT, "worker": "w"}


def file(path: str, wanted: View = "full", tokens: int = 10, **more: object) -> FileState:
    made = FileState(path=path, wanted=wanted, view=wanted, tokens=tokens, size=4 * tokens)
    return replace(made, **more)  # type: ignore[arg-type]


def listed(*files: FileState, base_dir: str = BASE) -> e.FilesListed:
    return e.FilesListed(**IN, base_dir=base_dir, files=files)


def fold(*events: e.Event, state: ViewState | None = None) -> ViewState:
    state = state or ViewState()
    for event in events:
        state = apply(state, event)
    return state


OPENED = e.ProjectOpened(**IN, project=project())
A, B, C = file("src/a.py"), file("src/b.py", "summary", 3), file("README.md", "off", 0)


def test_a_listing_is_sorted_and_leaves_no_row_in_the_log() -> None:
    state = fold(listed(B, A, C))
    assert state.listing is not None
    assert state.listing.files == (C, A, B)
    assert state.log == ()


def test_what_changed_on_disk_replaces_comes_and_goes() -> None:
    new, other = file("src/new.py"), replace(A, tokens=99)
    state = fold(
        listed(A, B, C), e.FilesChanged(**IN, base_dir=BASE, files=(new, other), removed=("README.md", "no"))
    )
    assert state.listing is not None
    assert state.listing.files == (other, B, new)
    assert state.listing.touched == (("src/new.py", AT), ("src/a.py", AT))
    assert state.log == ()
    again = fold(e.FilesChanged(at=AT + 1, worker="w", base_dir=BASE, files=(new,)), state=state)
    assert again.listing is not None
    assert again.listing.touched == (("src/a.py", AT), ("src/new.py", AT + 1))
    # A listing that follows knows what it was that changed; one of another folder does not.
    assert fold(listed(A), state=again).listing.touched == again.listing.touched  # type: ignore[union-attr]
    assert fold(listed(A, base_dir="/other"), state=again).listing.touched == ()  # type: ignore[union-attr]


def test_another_view_is_no_change_on_disk() -> None:
    state = fold(listed(A, B))
    other = (replace(A, view="summary", tokens=2), replace(B, wanted="off", view="off", size=99))
    state = fold(e.FilesChanged(**IN, base_dir=BASE, files=other), state=state)
    assert state.listing is not None
    assert state.listing.files == other
    assert state.listing.touched == (("src/b.py", AT),)


def test_a_change_in_another_folder_or_before_any_listing_is_nothing() -> None:
    elsewhere = e.FilesChanged(**IN, base_dir="/other", files=(replace(A, tokens=99),))
    assert fold(elsewhere).listing is None
    state = fold(listed(A))
    assert fold(elsewhere, state=state).listing == state.listing


def test_a_choice_shows_until_the_files_are_listed_anew() -> None:
    state = fold(OPENED, listed(A, B, C))
    files = (FileChoice(pattern="src"),)
    change = Choosing(request_id="c1", files=files, path="src", folder=True, view="full")
    state = view_state.choosing(state, change)
    assert state.files == files
    assert state.project is not None
    assert state.project.files != files
    early = fold(listed(A, B, C), state=state)  # a listing that does not know of it yet
    assert early.choosing == (change,)
    taken = fold(
        e.ProjectChanged(**IN, request_id="c1", project=replace(project(), files=files)), state=early
    )
    assert (taken.files, [c.kept for c in taken.choosing]) == (files, [True])
    assert fold(listed(A, B, C), state=taken).choosing == ()


def test_two_quick_choices_build_on_each_other_and_a_refused_one_is_taken_back() -> None:
    state = fold(OPENED)
    first = Choosing(request_id="c1", files=(FileChoice(pattern="a"),), path="a", view="full")
    second = Choosing(request_id="c2", files=(*first.files, FileChoice(pattern="b")), path="b", view="full")
    state = view_state.choosing(view_state.choosing(state, first), second)
    assert state.files == second.files
    state = fold(e.CommandFailed(**IN, request_id="c2", message="no"), state=state)
    assert state.files == first.files
    assert [row.name for row in state.log][-1] == "CommandFailed"


@pytest.mark.parametrize(
    ("path", "folder", "covered"),
    [
        ("src", True, True),
        ("src/x", True, True),
        ("srcs", True, False),
        ("src/x", False, False),
        ("", True, True),
    ],
)
def test_what_a_choice_is_about(path: str, folder: bool, covered: bool) -> None:
    of = "src" if path else ""
    change = Choosing(request_id="c", files=(), path=of, folder=folder, view="off")
    assert change.covers(path or "anything") == covered
    assert not Choosing(request_id="c", files=()).covers(path)


def index(*files: FileState) -> FileIndex:
    return FileIndex(sorted(files, key=lambda f: f.path))


TREE = index(A, B, C, file("src/deep/er/x.py", "off", 0), file("src-b/y.py", "names", 1), file("Zed.txt"))


def test_rows_stand_as_a_person_sorts_them() -> None:
    assert TREE.rows(lambda folder: folder != "src-b") == [
        Row("src", True, 0),
        Row("src/deep", True, 1),
        Row("src/deep/er", True, 2),
        Row("src/deep/er/x.py", False, 3),
        Row("src/a.py", False, 1),
        Row("src/b.py", False, 1),
        Row("src-b", True, 0),
        Row("README.md", False, 0),
        Row("Zed.txt", False, 0),
    ]
    assert [row.path for row in TREE.rows(lambda _: False)] == ["src", "src-b", "README.md", "Zed.txt"]


def test_sums_of_folders() -> None:
    assert TREE.sums("src") == Sums(
        files=3, tokens=13, chosen=2, stepped=0, troubled=0, pinned=0, view="mixed"
    )
    assert TREE.sums("src-b").view == "names"
    assert TREE.sums("").files == 6
    assert TREE.sums("nowhere") == Sums(
        files=0, tokens=0, chosen=0, stepped=0, troubled=0, pinned=0, view=None
    )


states = st.builds(
    FileState,
    path=st.lists(st.sampled_from(["a", "b", "B", "-", "é", "a b", "0", "x.py"]), min_size=1, max_size=4).map(
        "/".join
    ),
    wanted=st.sampled_from(["full", "summary", "names", "off"]),
    view=st.sampled_from(["full", "summary", "names", "off"]),
    tokens=st.integers(0, 10**6),
    size=st.just(1),
    pinned=st.booleans(),
    note=st.sampled_from(["", "binary"]),
)


def _on_one_disk(files: list[FileState]) -> list[FileState]:
    folders = {f.path[:at] for f in files for at, char in enumerate(f.path) if char == "/"}
    return list({f.path: f for f in files if f.path not in folders}.values())


@given(st.lists(states, max_size=30).map(_on_one_disk))
def test_rows_and_sums_are_those_of_the_files(files: list[FileState]) -> None:
    tree = index(*files)
    rows = tree.rows(lambda _: True)
    assert sorted(row.path for row in rows if not row.folder) == sorted(f.path for f in files)
    folders = {f.path[:at] for f in files for at, char in enumerate(f.path) if char == "/"}
    assert sorted(row.path for row in rows if row.folder) == sorted(folders)
    assert all(row.depth == row.path.count("/") for row in rows)
    assert tree.first_open() <= folders
    for folder in folders:
        inside = [f for f in files if f.path.startswith(f"{folder}/")]
        wanted = {f.wanted for f in inside}
        assert tree.sums(folder) == Sums(
            files=len(inside),
            tokens=sum(f.tokens for f in inside),
            chosen=sum(f.wanted != "off" for f in inside),
            stepped=sum(f.view != f.wanted for f in inside),
            troubled=sum(bool(f.note) for f in inside),
            pinned=sum(f.pinned for f in inside),
            view=wanted.pop() if len(wanted) == 1 else "mixed",
        )


def test_a_large_tree_opens_folded_where_nothing_is_chosen() -> None:
    many = [file(f"pkg{n % 50:02}/m{n:05}.py", "off", 0) for n in range(5_000)]
    tree = index(*many, file("zz/app/main.py"), file("zz/app/other.py"))
    assert tree.first_open() == {"zz", "zz/app"}
    assert len(tree.rows(tree.first_open().__contains__)) == 54


def browser(*files: FileState) -> FileBrowser:
    made = FileBrowser()
    made.show(index(*files))
    return made


def test_moving_and_folding_by_keys() -> None:
    seen = browser(A, B, C)
    seen.right()
    assert seen.cursor == "src"
    seen.right()
    assert seen.cursor == "src/a.py"
    seen.move(100)
    assert seen.cursor == "README.md"
    seen.move(-1)
    seen.left()
    assert seen.cursor == "src"
    seen.left()
    assert [row.path for row in seen.rows] == ["src", "README.md"]
    seen.toggle()
    assert seen.is_open("src")
    seen.move(2)
    seen.fold("src", to_open=False)
    assert seen.cursor == "src"


def test_what_is_folded_stays_folded_when_files_change() -> None:
    seen = browser(A, B, C)
    seen.move(0)
    seen.left()
    seen.show(index(A, B, C, file("src/d.py"), file("docs/e.md")))
    assert [row.path for row in seen.rows] == ["docs", "src", "README.md"]
    assert seen.cursor == "src"
    seen.show(index(C))
    assert seen.cursor == ""
    seen.show(index(A), start_over=True)
    assert [row.path for row in seen.rows] == ["src", "src/a.py"]


def test_the_filter_opens_what_it_finds_and_leaves_the_folds_alone() -> None:
    seen = browser(A, B, C)
    seen.fold("src", to_open=False)
    seen.filter(" SRC  b ")
    assert [row.path for row in seen.rows] == ["src", "src/b.py"]
    assert seen.found == 1
    assert seen.index.sums("src").files == 2
    seen.fold("src", to_open=False)
    assert [row.path for row in seen.rows] == ["src"]
    seen.filter("b")
    assert [row.path for row in seen.rows] == ["src", "src/b.py"]
    seen.filter("")
    assert [row.path for row in seen.rows] == ["src", "README.md"]


def test_a_filter_that_finds_a_crowd_opens_folders_only_as_far_as_a_person_looks() -> None:
    seen = browser(*(file(f"part{n // 100:02}/alpha{n:04}.py") for n in range(3_000)))
    seen.filter("alpha")
    assert seen.found == 3_000
    assert len(seen.rows) <= FOUND_ROWS + 30
    assert [row.path for row in seen.rows][:2] == ["part00", "part00/alpha0000.py"]
    seen.fold("part29", to_open=True)
    assert seen.rows[-1].path == "part29/alpha2999.py"
    seen.filter("alpha29")
    assert [row.path for row in seen.rows][:2] == ["part29", "part29/alpha2900.py"]
    seen.filter("alpha2")
    assert (seen.found, len(seen.rows)) == (1_000, FOUND_ROWS + 10)


def test_counts_of_files_that_did_not_change_are_kept() -> None:
    before = index(A, B, C)
    later = replace(B, wanted="off", view="off")
    assert before.after((A, later, C)).sums("") == index(A, later, C).sums("")
    assert before.after((A, C)).sums("") == index(A, C).sums("")
