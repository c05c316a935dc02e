"""Ignore rules while walking, against git itself where it is there."""

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from copilot.vocabulary.errors import OutsideProjectError
from copilot.workspace.boundary import Boundary
from copilot.workspace.ignore import _rule, _rules, hidden_by, hidden_in
from copilot.workspace.ignore_lines import meaning
from copilot.workspace.walking import walk
from ordinary_user import as_ordinary_user, open_folder


def put(root: Path, *files: str) -> None:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def paths(root: Path, under: str = ".") -> list[str]:
    return [entry.path for entry in walk(root, under) if entry.kind != "folder"]


def test_walks_in_order_and_gives_folders_too(tmp_path: Path) -> None:
    put(tmp_path, "b/c", "b/a", "a", "z")
    assert [(e.path, e.kind) for e in walk(tmp_path)] == [
        ("a", "file"), ("b", "folder"), ("b/a", "file"), ("b/c", "file"), ("z", "file"),
    ]  # fmt: skip
    assert [e.path for e in walk(tmp_path, depth=1)] == ["a", "b", "z"]
    assert paths(tmp_path, "b") == ["b/a", "b/c"]


def test_nested_rules_and_taking_back(tmp_path: Path) -> None:
    put(tmp_path, "a.log", "keep.log", "sub/a.log", "sub/b.log", "build/x", "sub/build/x", "deep/only/x")
    (tmp_path / ".gitignore").write_text("*.log\n!keep.log\n/build/\n# comment\n")
    (tmp_path / "sub" / ".gitignore").write_text("!a.log\n")
    assert paths(tmp_path) == [
        ".gitignore", "deep/only/x", "keep.log", "sub/.gitignore", "sub/a.log", "sub/build/x",
    ]  # fmt: skip
    assert paths(tmp_path, "sub/build") == ["sub/build/x"]


def test_git_info_exclude_and_the_built_in_list(tmp_path: Path) -> None:
    put(tmp_path, ".git/config", "a", "b", "node_modules/x", "sub/__pycache__/y", ".venv/z")
    (tmp_path / ".git" / "info").mkdir()
    (tmp_path / ".git" / "info" / "exclude").write_text("b\n")
    assert paths(tmp_path) == ["a"]


@pytest.mark.parametrize("name", [".aiignore", ".aiexclude", ".geminiignore"])
def test_files_for_assistants_hide_for_good(tmp_path: Path, name: str) -> None:
    put(tmp_path, "sub/private/x", "sub/open", "top")
    (tmp_path / "sub" / name).write_text("private/\n")
    assert paths(tmp_path) == sorted([f"sub/{name}", "sub/open", "top"])
    boundary = Boundary(tmp_path)
    assert hidden_by(boundary, "sub/private/x") == f"sub/{name}"
    assert hidden_by(boundary, "sub/private") == f"sub/{name}"
    assert hidden_by(boundary, "sub/private/not/there/yet") == f"sub/{name}"
    assert hidden_by(boundary, "sub/open") == ""
    assert hidden_by(boundary, "nowhere/x") == ""
    assert hidden_in(boundary, "sub", boundary.list("sub")) == {"private"}


def test_an_empty_aiexclude_hides_its_folder_and_knows_no_taking_back(tmp_path: Path) -> None:
    put(tmp_path, "a/x", "b/x")
    (tmp_path / "a" / ".aiexclude").write_text("")
    (tmp_path / "b" / ".aiexclude").write_text("x\n!x\n")
    boundary = Boundary(tmp_path)
    assert hidden_by(boundary, "a/x") == "a/.aiexclude"
    assert hidden_by(boundary, "b/x") == "b/.aiexclude"


@pytest.mark.parametrize("how", ["too large", "a link that leads outside", "a dangling link"])
def test_an_ignore_file_for_assistants_that_cannot_be_read_hides_all(tmp_path: Path, how: str) -> None:
    base = tmp_path / "base"
    (base / "inner").mkdir(parents=True)
    (base / "inner" / "a.txt").write_text("a")
    (base / "b.txt").write_text("b")
    rules = base / "inner" / ".aiignore"
    match how:
        case "too large":
            rules.write_bytes(b"# nothing\n" * 60_000)
        case "a link that leads outside":
            (tmp_path / "rules").write_text("nothing\n")
            rules.symlink_to(tmp_path / "rules")
        case _:
            rules.symlink_to("nowhere")
    assert [entry.path for entry in walk(base)] == ["b.txt", "inner"]
    assert hidden_by(Boundary(base), "inner/a.txt") == "inner/.aiignore"
    assert hidden_by(Boundary(base), "b.txt") == ""


def test_git_ignored_files_are_not_hidden(tmp_path: Path) -> None:
    put(tmp_path, "out.log")
    (tmp_path / ".gitignore").write_text("*.log\n")
    assert hidden_by(Boundary(tmp_path), "out.log") == ""


def test_links_are_given_and_never_entered(tmp_path: Path) -> None:
    root = tmp_path / "proj"
    put(root, "sub/a")
    put(tmp_path, "outside/x")
    (root / "loop").symlink_to(".")
    (root / "sub" / "up").symlink_to("..")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / ".gitignore").symlink_to(tmp_path / "outside" / "x")
    assert [(e.path, e.kind) for e in walk(root)] == [
        (".gitignore", "link"), ("loop", "link"), ("out", "link"),
        ("sub", "folder"), ("sub/a", "file"), ("sub/up", "link"),
    ]  # fmt: skip
    with pytest.raises(OutsideProjectError):
        list(walk(root, "out"))


def test_a_rule_made_to_be_slow_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a" * 200, "b")
    (tmp_path / ".gitignore").write_text("*a*a*a*a*a*a*a*a*a*a*a*c\nb\n")
    assert paths(tmp_path) == [".gitignore", "a" * 200]


@pytest.mark.filterwarnings("error")
def test_a_rule_that_is_no_pattern_fits_nothing_and_spoils_no_other(tmp_path: Path) -> None:
    put(tmp_path, "a", "b", "z")
    odd = ["[z-a]", "[a-\\]", "!", "/", "//", "[", "[[q]", "(", "[a--b]x", "\\"]
    (tmp_path / ".gitignore").write_text("\n".join([*odd, "b", *odd]) + "\n")
    assert paths(tmp_path) == [".gitignore", "a", "z"]


def test_a_folder_without_permission_is_left_out() -> None:
    def work(root: Path) -> list[str]:
        put(root, "open/x", "shut/y")
        (root / "shut").chmod(0)
        try:
            return paths(root)
        finally:
            (root / "shut").chmod(0o700)

    with open_folder() as folder:
        assert as_ordinary_user(lambda: work(folder)) == ["open/x"]


def test_a_deep_tree_ends(tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    assert len(list(walk(tmp_path))) == 200
    shutil.rmtree(tmp_path / "d")


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@pytest.mark.parametrize("seed", range(12))
def test_random_trees_as_git_sees_them(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folders = ["", "a/", "b/", "a/b/", "a/c/"]
    names = ["x", "y.log", "z.txt", "keep.log", "build"]
    put(tmp_path, *(folder + chance.choice(names) for folder in folders for _ in range(3)))
    rules = [
        "*.log",
        "!keep.log",
        "/x",
        "b/",
        "a/*/z.txt",
        "**/x",
        "build",
        "!x",
        "c/**",
        "*.t?t",
        "[xy]*",
        "#",
    ]
    for folder in folders[:3]:
        if (tmp_path / folder).is_dir():
            (tmp_path / folder / ".gitignore").write_text("\n".join(chance.sample(rules, 3)) + "\n")
    git = ["git", "-C", str(tmp_path), "-c", "core.excludesFile=/dev/null"]
    subprocess.run([*git, "init", "-q"], check=True)
    listed = subprocess.run(
        [*git, "ls-files", "-z", "-o", "--exclude-standard"], check=True, capture_output=True, text=True
    ).stdout
    assert sorted(paths(tmp_path)) == sorted(filter(None, listed.split("\0")))


LINES = st.text(st.sampled_from("ab*?[]!^-/. \t#é"), min_size=1, max_size=9)
PATHS = st.lists(st.text(st.sampled_from("ab-.!^ \t]é\n"), min_size=1, max_size=4), min_size=1, max_size=4)


@given(st.lists(LINES, min_size=1, max_size=3), PATHS, st.sampled_from(["", "/"]))
@example(["a/**/b"], ["a", "b"], "")
@example(["**/a"], ["a"], "")
@example(["a/**"], ["a"], "/")
@example(["**/**/a/**/b"], ["a", "b"], "/")
@example(["*.py[cod]"], ["b", "a.pyc"], "")
@example(["a "], ["a "], "")
@settings(max_examples=400)
def test_the_first_look_lets_nothing_by_that_a_rule_fits(
    lines: list[str], parts: list[str], end: str
) -> None:
    path = "/".join(parts) + end
    rules = _rules("git", "", ".gitignore", "\n".join(lines).encode())
    found = [_rule(line) for line in rules.lines]
    exact = next((include for fits, include in filter(None, found) if fits.match(path)), None)
    assert rules.says(path) == exact


ODD = st.lists(
    st.sampled_from(
        [
            "*",
            "**",
            "/",
            "a",
            "b.c",
            "?",
            "!",
            "#",
            "\\",
            " ",
            "é",
            "\t",
            "-",
            "^",
            "]",
            "[a-c.]",
            "[z-a]",
            "[_-]",
        ]
    ),
    max_size=8,
).map("".join)


@given(ODD)
@example("**//a")
@example("**/*/")
@example("!/")
@example("a\\ ")
@example("a\\")
@settings(max_examples=1_000)
def test_a_line_means_what_the_library_says(line: str) -> None:
    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex(line)
    except ValueError:
        regex = None
    plain = meaning(line)
    assert plain is not None
    if regex is None:
        assert plain == (None, None)
    else:
        assert plain == (re.sub(r"\(\?P<\w+>/\)", "/", regex), include)


def test_a_line_with_an_odd_set_is_left_to_the_library() -> None:
    assert [meaning(line) for line in ("[!ab]", "!a/*.py[^c]", "\\[", "[]]", "[[a]", "[a b]")] == [None] * 6


def test_ordinary_lines_do_without_the_library(tmp_path: Path) -> None:
    put(tmp_path, "src/a.py", "doc/b")
    (tmp_path / ".gitignore").write_text(
        "/build/\n*.py[cod]\ndocs/**/out\nlib*/x\n\\#*\\#\ndo?/\n[._]s[a-v]?\n"
    )
    code = (
        "import sys; from pathlib import Path; from copilot.workspace.walking import walk;"
        "print(len(list(walk(Path(sys.argv[1])))), 'pathspec' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["3", "False"]
