"""Changing the chosen files by file and by folder: what changes, what stays, how long the list grows."""

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from copilot.context import globs
from copilot.context.choices import chosen, exact, with_pin, with_view
from copilot.context.choosing import survey
from copilot.context.files import Folder
from copilot.vocabulary.values import FileChoice, View

VIEWS: tuple[View, ...] = ("full", "summary", "names", "off")
ODD = ["a", "b", "*", "?", "[", "]", "{", "}", ",", "!", "^", "-", "~", "\\", ":", ".", " "]

names = st.one_of(
    st.sampled_from(["a", "b", "c.py", "d.py", "{a,b}", "[ab]", "!a", "a]b", "x{", "..a", "C:x"]),
    st.text(st.sampled_from(ODD), min_size=1, max_size=5),
).filter(lambda name: name not in (".", "..") and bool(name.strip()))
paths = st.lists(names, min_size=1, max_size=3).map("/".join)


def whole(tree: list[str]) -> list[str]:
    """The paths that can lie on one disk: none is a file and a folder at once."""
    folders = {above for path in tree for above in accumulate(path.split("/")[:-1], "{}/{}".format)}
    return sorted({path for path in tree if path not in folders})


trees = st.lists(paths, min_size=1, max_size=8).map(whole)


@st.composite
def entries(draw: st.DrawFn, tree: list[str]) -> FileChoice:
    literal = st.sampled_from(tree).map(exact)
    below = st.sampled_from(tree).map(lambda path: exact(path.rpartition("/")[0], folder=True))
    written = st.sampled_from(
        ["**", "*.py", "**/*.py", "a", "a/**", "b/", "./a", "{a,b}/*", "!a", "!**/c.py", "../x"]
    )
    negated = draw(st.sampled_from(["", "", "", "!"]))
    pattern = negated + draw(st.one_of(literal, below, written)).removeprefix("!" if negated else "")
    return FileChoice(pattern=pattern, view=draw(st.sampled_from(VIEWS)), pinned=draw(st.booleans()))


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[str], tuple[FileChoice, ...], str, bool]:
    """Paths, entries, and a file or folder among the paths."""
    tree = draw(trees)
    assume(tree)
    files = tuple(draw(st.lists(entries(tree), max_size=6)))
    path = draw(st.sampled_from(tree))
    folder = draw(st.booleans())
    return tree, files, path.rpartition("/")[0] if folder else path, folder


def views(files: tuple[FileChoice, ...], tree: list[str]) -> dict[str, View]:
    """By the rule itself: the last entry that can be used and fits decides."""
    found: dict[str, View] = dict.fromkeys(tree, "off")
    for choice in files:
        glob = choice.pattern.removeprefix("!")
        try:
            globs.check(glob)
        except globs.GlobError:
            continue
        for path in tree:
            if globs.matches(glob, path):
                found[path] = "off" if choice.pattern.startswith("!") else choice.view
    return found


def meant(path: str, folder: bool, tree: list[str]) -> set[str]:
    return {p for p in tree if (not path or p.startswith(f"{path}/")) if folder} or {path}


@given(cases(), st.sampled_from(VIEWS))
@example((["src/a"], (), "src", True), "off")
@example((["a]b/x", "a"], (FileChoice(pattern="a]b"),), "a]b", True), "full")
def test_the_view_is_given_and_nothing_else_changes(
    case: tuple[list[str], tuple[FileChoice, ...], str, bool], view: View
) -> None:
    tree, files, path, folder = case
    after = with_view(files, path, view, folder=folder)
    inside = meant(path, folder, tree)
    before = views(files, tree)
    assert views(after, tree) == {p: view if p in inside else before[p] for p in tree}
    assert with_view(after, path, view, folder=folder) == after
    assert len(after) <= len(files) + 1


@given(cases(), st.booleans())
def test_a_pin_changes_one_file(
    case: tuple[list[str], tuple[FileChoice, ...], str, bool], pinned: bool
) -> None:
    tree, files, path, folder = case
    assume(not folder)
    after = with_pin(files, path, pinned=pinned)
    before = views(files, tree)
    given_view: View = "full" if pinned and before[path] == "off" else before[path]
    assert views(after, tree) == {**before, path: given_view}
    assert chosen(after, path).pinned == pinned
    assert all(chosen(after, p).pinned == chosen(files, p).pinned for p in tree if p != path)
    assert with_pin(after, path, pinned=pinned) == after
    assert len(after) <= len(files) + 1


@given(cases(), st.lists(st.sampled_from(VIEWS), min_size=1, max_size=9))
def test_clicking_on_does_not_make_the_list_longer(
    case: tuple[list[str], tuple[FileChoice, ...], str, bool], clicks: list[View]
) -> None:
    tree, files, path, folder = case
    for view in clicks:
        after = with_view(files, path, view, folder=folder)
        files = after
    assert len(files) <= len(case[1]) + 1
    assert all(views(files, tree)[p] == clicks[-1] for p in meant(path, folder, tree))


@pytest.mark.parametrize("path", ["a.py", "x{a,b}.py", "[a].py", "!a", "~a", "C:a", "a\\..\\b", "*?", "a]b"])
def test_the_pattern_of_a_path_fits_it_alone(path: str) -> None:
    pattern = exact(path)
    globs.check(pattern)
    assert globs.matches(pattern, path)
    assert not pattern.startswith("!")
    assert not any(
        globs.matches(pattern, other) for other in ("a", "b", "xa.py", "a.py2", "*x", "aab", "[", "x,y")
    )


FULL = FileChoice(pattern="src/**/*.py")


@pytest.mark.parametrize(
    ("files", "path", "folder", "view", "after"),
    [
        ((), "a.py", False, "full", (FileChoice(pattern="a.py"),)),
        ((FULL,), "src/a.py", False, "full", (FULL,)),
        ((FULL,), "src/a.py", False, "off", (FULL, FileChoice(pattern="src/a.py", view="off"))),
        ((FULL, FileChoice(pattern="src/a.py", view="off")), "src/a.py", False, "full", (FULL,)),
        ((FULL, FileChoice(pattern="!src/a.py")), "src/a.py", False, "full", (FULL,)),
        ((FileChoice(pattern="src"),), "src", True, "off", ()),
        (
            (FileChoice(pattern="src/x/a.py", view="names"),),
            "src",
            True,
            "full",
            (FileChoice(pattern="src"),),
        ),
        ((FULL,), "src", True, "names", (FULL, FileChoice(pattern="src", view="names"))),
        ((FileChoice(pattern="**"),), "src", True, "full", (FileChoice(pattern="**"),)),
        (
            (FileChoice(pattern="src/a.py", pinned=True),),
            "src",
            True,
            "summary",
            (
                FileChoice(pattern="src", view="summary"),
                FileChoice(pattern="src/a.py", view="summary", pinned=True),
            ),
        ),
    ],
)
def test_what_the_list_looks_like_afterwards(
    files: tuple[FileChoice, ...], path: str, folder: bool, view: View, after: tuple[FileChoice, ...]
) -> None:
    assert with_view(files, path, view, folder=folder) == after


def test_the_context_chooses_as_the_tree_says(tmp_path: Path) -> None:
    for path in ("src/a.py", "src/{a,b}/c.py", "src/[x].py", "docs/d.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1\n")
    files = with_view((), "src", "full", folder=True)
    files = with_view(files, "src/{a,b}", "summary", folder=True)
    files = with_view(files, "src/[x].py", "off", folder=False)
    found = survey(files, Folder(tmp_path), lambda: False)
    views = {path: one.view for path, one in found.chosen.items()}
    assert (views, found.complaints) == ({"src/a.py": "full", "src/{a,b}/c.py": "summary"}, ())
