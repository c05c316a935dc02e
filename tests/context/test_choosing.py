"""Choosing files: the quick way to ask a pattern is the plain one; every odd thing on the disk is named."""

import gc
import os
import socket
import sys
import weakref
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import choice, project, text_of, tree

from copilot.context import aggregate
from copilot.context.aggregate import Aggregate, Workshop
from copilot.context.choosing import MANY, survey
from copilot.context.files import Folder
from copilot.context.globs import GlobError, check, chooser, matches
from copilot.vocabulary.errors import CopilotError, ProjectError, ToolError, TurnCancelledError
from copilot.vocabulary.values import FileChoice
from ordinary_user import as_ordinary_user, open_folder

PARTS = st.sampled_from(
    ("a", "b", "ab", "*", "**", "a*", "*b", "?", "[ab]", "[!a]", "{a,b}", "a.{py,md}", "*.py", ".", "", "***")
) | st.text(alphabet="ab*?[]{},!.-é", min_size=1, max_size=5)
PATTERNS = st.lists(PARTS, min_size=1, max_size=5).map("/".join)
NAMES = st.sampled_from(("a", "b", "ab", "ba", "a.py", "b.md", "c", ".a", "é", "[a]", "*", "a\nb"))
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(pattern=PATTERNS, paths=st.lists(PATHS, min_size=1, max_size=12))
def test_a_chooser_says_what_matches_says(pattern: str, paths: list[str]) -> None:
    try:
        check(pattern)
    except GlobError:
        return
    fits = chooser(pattern)
    for path in (*paths, *paths):
        assert fits(path) == matches(pattern, path), path


ENTRIES = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(("**", "a", "a/**", "**/*.py", "*", "b/*", "a/b.md", "{a,b}/*.md", "none")),
        st.sampled_from(("full", "summary", "names", "off")),
        st.booleans(),
    ),
    max_size=6,
)
TREE: dict[str, str | bytes] = dict.fromkeys(
    ("a/x.py", "a/b.md", "a/c/y.py", "b/z.py", "b/w.md", "top.py"), "t\n"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree(tmp_path_factory.mktemp("choosing") / "base", TREE)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(entries=ENTRIES)
def test_the_last_entry_that_fits_decides(base: Path, entries: list[tuple[bool, str, str, bool]]) -> None:
    choices = [
        FileChoice(pattern=f"!{pattern}" if negated else pattern, view=view, pinned=pinned)  # type: ignore[arg-type]
        for negated, pattern, view, pinned in entries
    ]
    found = survey(choices, Folder(base), lambda: False)
    expected: dict[str, tuple[str, bool]] = {}
    for path in TREE:
        for negated, pattern, view, pinned in entries:
            if matches(pattern, path):
                expected[path] = ("off" if negated else view, pinned)
    chosen = {path: (one.view, one.pinned) for path, one in found.chosen.items()}
    assert chosen == {path: said for path, said in expected.items() if said[0] != "off"}
    assert list(chosen) == sorted(chosen)
    assert {one.path for one in found.others} == set(TREE) - set(chosen)
    missing = {pattern for negated, pattern, _, _ in entries if not negated and pattern == "none"}
    assert set(found.complaints) == {f"{pattern}: no such file" for pattern in missing}


def run(base: Path, *choices: str, **more: object) -> Aggregate:
    return aggregate.run(project(base, *choices), workshop=Workshop(**more))  # type: ignore[arg-type]


def test_every_odd_thing_is_named(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.py": "A = 1\n",
        "utf16.txt": "größe\n".encode("utf-16"),
        "latin.txt": "größe\n".encode("latin-1"),
        "marked.txt": b"\xef\xbb\xbfmarked\n",
        "half.txt": b"ok \xc3\n",
        "nul.txt": b"a\0b",
        "large.txt": b"l" * 1_000_001,
        "empty.txt": "",
        "folder/x": "x\n",
    }
    base = tree(tmp_path / "base", files)
    tree(tmp_path, {"outside.txt": "canary\n"})
    for name, target in {
        "to file": "a.py",
        "to folder": "folder",
        "to nothing": "none",
        "to outside": "../outside.txt",
        "to itself": "to itself",
        "up": "..",
    }.items():
        (base / name).symlink_to(target)
    os.mkfifo(base / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        at = os.open(base, os.O_RDONLY)
        if sys.platform == "linux":
            listener.bind(f"/proc/self/fd/{at}/socket")
        os.close(at)
    built = run(base, "**")
    text = text_of(built)
    shown = {one.path for one in built.items if not one.note}
    assert shown == {
        "a.py",
        "empty.txt",
        "folder/x",
        "half.txt",
        "latin.txt",
        "marked.txt",
        "to file",
        "utf16.txt",
    }
    assert text.count("größe") == 2
    assert "canary" not in text
    reasons = dict(line.split(": ", 1) for line in built.skipped)
    expected = {
        "nul.txt": "binary, 3 bytes",
        "large.txt": "1,000,001 bytes",
        "pipe": "a pipe",
        "to nothing": "no file",
        "to outside": "outside",
        "to itself": "too many links",
    }
    if sys.platform == "linux":
        expected["socket"] = "a socket"
    assert {name for name in reasons if name not in expected} <= {"up"}
    for name, words in expected.items():
        assert words in reasons[name], reasons[name]


def test_folders_that_cannot_be_looked_into_are_named() -> None:
    def told(folder: Path) -> tuple[str, ...]:
        base = tree(folder / "base", {"a/x.py": "x\n", "b/y.py": "y\n", "c/z.py": "z\n"})
        (base / "a").chmod(0)
        (base / "b").chmod(0o400)
        try:
            return run(base, "**/*.py").skipped
        finally:
            (base / "a").chmod(0o700)
            (base / "b").chmod(0o700)

    with open_folder() as folder:
        assert as_ordinary_user(lambda: told(folder)) == ("a/: Permission denied", "b/: Permission denied")


def test_a_base_that_is_shut_or_gone_is_an_error_of_ours(tmp_path: Path) -> None:
    def error(base: Path) -> str:
        try:
            run(base, "**")
        except CopilotError as found:
            return type(found).__name__
        return ""

    def told(folder: Path) -> list[str]:
        base = tree(folder / "outer/base", {"a": "x"})
        base.chmod(0)
        found = [error(base)]
        (folder / "outer").chmod(0)
        found.append(error(base))
        (folder / "outer").chmod(0o700)
        base.chmod(0o700)
        return found

    assert error(tmp_path / "none") == ProjectError.__name__
    with open_folder() as folder:
        assert as_ordinary_user(lambda: told(folder)) == [ToolError.__name__, ProjectError.__name__]


def test_ignore_files_and_our_own_folders_are_left_out(tmp_path: Path) -> None:
    base = tree(
        tmp_path / "base",
        {"a.log": "x\n", "b.txt": "x\n", "md_gen/c.md": "x\n", "md_gen.txt": "x\n", "in/md_gen/d.md": "x\n"},
    )
    excludes = tmp_path / "excludes"
    excludes.write_text("*.log\n")
    built = run(base, "**", excludes=excludes, left_out=("md_gen/",))
    assert [one.path for one in built.items] == ["b.txt", "in/md_gen/d.md", "md_gen.txt"]
    named = run(base, "a.log", "md_gen/c.md", excludes=excludes, left_out=("md_gen/",))
    assert [one.path for one in named.items] == ["a.log", "md_gen/c.md"], "what is named is there"


def test_a_stop_ends_the_look(base: Path) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(TurnCancelledError):
        survey([choice("**", "full")], Folder(base), cancelled)
    assert asked == 3


@pytest.mark.parametrize(("count", "told"), [(MANY - 1, 0), (MANY, 1), (2 * MANY + 3, 1)])
def test_many_files_are_told_of_once(tmp_path: Path, count: int, told: int) -> None:
    base = tree(tmp_path / "many", {f"{number}.py": "" for number in range(count)} | {"b.md": ""})
    calls: list[int] = []
    survey([choice("*.py", "full")], Folder(base), lambda: False, lambda: calls.append(1))
    assert len(calls) == told


def test_what_a_pattern_knows_of_folders_goes_with_it() -> None:
    """Also where no collector runs, as while a context is built."""
    gc.disable()
    try:
        fits = chooser("a/**/*.py")
        assert fits("a/b/c/d.py")
        gone = weakref.ref(fits)
        del fits
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_a_name_that_is_no_text_is_shown_by_its_bytes(tmp_path: Path) -> None:
    base = tree(tmp_path / "base", {"a.py": "A = 1\n"})
    try:
        Path(os.fsdecode(os.fsencode(base) + b"/b\xff.py")).write_text("B = 1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    for view in ("full", "summary", "names"):
        built = aggregate.run(project(base, choice("**", view)))
        assert len(built.items) == 2
        text_of(built).encode()
    assert [one.path for one in run(base, "b*.py").items] == ["b\udcff.py"]
