"""Equal trees give equal bytes: with a cache or without, here or in processes, however old the files."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trees import choice, mixed, project, source, text_of, tree

from copilot.context import aggregate
from copilot.context.aggregate import Workshop
from copilot.context.gathering import POOL_FROM
from copilot.context.making import kind_of, make
from copilot.vocabulary.errors import TurnCancelledError
from copilot.vocabulary.values import FileChoice, Project, View

NAMES = st.sampled_from(
    (
        "a.py",
        "b b.py",
        "[c].md",
        "größe.json",
        "d.d.ts",
        ".hidden",
        "no suffix",
        "{e}.toml",
        "f.PY",
        "`g`.txt",
    )
) | st.sampled_from(
    ("日本.py", "h#.sh", "i!.txt", "-j", "k\\l.txt", "!m.txt", "n\u00a0.md", "O.py", "o.py", "p\n.py")
)
FOLDERS = st.sampled_from(["", "src/", "src/deep er/", "[x]/", "src.py/", "ä/", "src-1/"])
CONTENTS = st.one_of(
    st.sampled_from([source(1), source(2), "# T\n\n## U\n", '{"a": {"b": 1}}\n', "x\r\ny\r\n", "", "def ("]),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace").decode()),
    st.binary(max_size=40),
)
TREES = st.dictionaries(st.tuples(FOLDERS, NAMES).map("".join), CONTENTS, min_size=1, max_size=12)
CHOICES = st.lists(
    st.builds(
        FileChoice,
        pattern=st.sampled_from(["**", "**/*.py", "src", "**/*.{md,json}", "*", "!src/**", "[[]x]/*"]),
        view=st.sampled_from(["full", "summary", "names", "off"]),
        pinned=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
LATER = time.time() + 10_000


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(files=TREES, choices=CHOICES, seconds=st.integers(0, 1_700_000_000))
def test_equal_trees_give_equal_bytes(
    tmp_path_factory: pytest.TempPathFactory,
    files: dict[str, str | bytes],
    choices: list[FileChoice],
    seconds: int,
) -> None:
    folder = tmp_path_factory.mktemp("equal")
    one = tree(folder / "one", files)
    two = tree(folder / "other place" / "two", dict(reversed(files.items())))
    for path in two.rglob("*"):
        os.utime(path, (seconds, seconds))
    shop = Workshop(cache=folder / "cache", version="1", clock=lambda: LATER, processes=1)
    first = aggregate.run(project(one, *choices))
    text = text_of(first)
    assert str(folder) not in text
    for base in (one, two, two):
        built = aggregate.run(project(base, *choices), workshop=shop)
        assert (text_of(built), built.skipped, built.trouble) == (text, first.skipped, "")
        assert [(i.path, i.view, i.sha256, i.pieces) for i in built.items] == [
            (i.path, i.view, i.sha256, i.pieces) for i in first.items
        ]
    assert built.read == 0


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree(tmp_path_factory.mktemp("many") / "base", mixed(POOL_FROM + 60))


def asked(base: Path) -> Project:
    return project(base, choice("**", "full"), choice("**/*.py", "summary"), choice("**/*.json", "names"))


@pytest.mark.parametrize("share", [True, False])
def test_processes_and_cache_change_no_byte(base: Path, tmp_path: Path, share: bool) -> None:
    told: list[tuple[int, int]] = []
    shop = Workshop(
        cache=tmp_path / "cache",
        version="1",
        clock=lambda: LATER,
        processes=3,
        share=share,
        progress=lambda done, of: told.append((done, of)),
    )
    alone = aggregate.run(asked(base), workshop=Workshop(processes=1))
    count = POOL_FROM + 60
    for read in (count, 0):
        built = aggregate.run(asked(base), workshop=shop)
        assert (tuple(built.items), built.skipped, built.read) == (alone.items, alone.skipped, read)
    assert told == [(done, count) for done in range(1, count + 1)]


def test_what_is_known_stands_among_what_many_processes_make(base: Path, tmp_path: Path) -> None:
    shop = Workshop(cache=tmp_path / "cache", version="1", clock=lambda: LATER, processes=3)
    known = aggregate.run(project(base, choice("**/*.json", "names")), workshop=shop).read
    built = aggregate.run(asked(base), workshop=shop)
    assert known > 0
    assert POOL_FROM <= built.read == POOL_FROM + 60 - known
    alone = aggregate.run(asked(base), workshop=Workshop(processes=1))
    assert (tuple(built.items), text_of(built)) == (alone.items, text_of(alone))


def test_other_processes_find_equal_content(base: Path, tmp_path: Path) -> None:
    """A second copy of the tree is made from what is known of the first."""
    shop = Workshop(cache=tmp_path / "cache", version="1", clock=lambda: LATER, processes=3, share=False)
    first = aggregate.run(asked(base), workshop=shop)
    copy = tree(tmp_path / "copy", mixed(POOL_FROM + 60))
    assert text_of(aggregate.run(asked(copy), workshop=shop)) == text_of(first)


def test_a_budget_is_kept_the_same_in_processes(base: Path, tmp_path: Path) -> None:
    for path in base.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    small = replace(asked(base), limits=replace(asked(base).limits, max_context_tokens=6_000))
    texts = {
        text_of(aggregate.run(small, workshop=Workshop(processes=processes, share=share)))
        for processes, share in ((1, True), (2, True), (3, False))
    }
    assert len(texts) == 1
    assert len(texts.pop()) < len(text_of(aggregate.run(asked(base))))


@pytest.mark.parametrize("processes", [1, 3])
def test_what_a_stopped_run_made_is_not_made_again(base: Path, tmp_path: Path, processes: int) -> None:
    done = 0

    def progress(_done: int, _all: int) -> None:
        nonlocal done
        done += 1

    shop = Workshop(
        cache=tmp_path / "cache", version="1", clock=lambda: LATER, processes=processes, progress=progress
    )
    with pytest.raises(TurnCancelledError):
        aggregate.run(asked(base), lambda: done > 100, workshop=shop)
    made = done
    built = aggregate.run(asked(base), workshop=shop)
    assert made > 100
    assert built.read <= POOL_FROM + 60 - made + 1
    assert text_of(built) == text_of(aggregate.run(asked(base)))


def test_a_file_that_vanishes_or_changes_meanwhile_is_told_as_it_is(tmp_path: Path) -> None:
    base = tree(tmp_path / "base", {f"{name}.py": f"{name.upper()} = 1\n" for name in "abcd"})

    def progress(done: int, _all: int) -> None:
        if done == 1:
            (base / "c.py").unlink()
            (base / "d.py").write_text("CHANGED = 2\n")

    shop = Workshop(cache=tmp_path / "cache", version="1", clock=lambda: LATER, progress=progress)
    built = aggregate.run(project(base, "*.py"), workshop=shop)
    assert "CHANGED = 2" in text_of(built)
    assert [line.partition(":")[0] for line in built.skipped] == ["c.py"]
    tree(base, {"c.py": "C = 1\n"})
    assert (
        aggregate.run(project(base, "*.py"), workshop=replace(shop, progress=lambda _d, _a: None)).skipped
        == ()
    )


VIEWS: tuple[View, ...] = ("full", "summary", "names")


@pytest.mark.parametrize("view", VIEWS)
def test_equal_bytes_under_an_equal_kind_of_name_give_the_same(tmp_path: Path, view: View) -> None:
    """What the cache rests on: of a name only its kind counts."""
    contents = [
        source(4).encode(),
        b"#!/bin/sh\necho\n",
        b"class A {};\n",
        b'{"a": 1}\n',
        b"# T\n",
        b"\xff\x00",
    ]
    names = [
        "a.py",
        "A.PY",
        "deep.er/b.py",
        "x.d.ts",
        "y.ts",
        "CMakeLists.txt",
        "b.txt",
        "Makefile",
        "x/makefile",
    ]
    names += [
        ".gitignore",
        "z/.gitignore",
        ".py",
        "x/.PY",
        "a.b/c",
        "d.e/C",
        ".bashrc",
        "Gemfile",
        "x.",
        "y.z.",
    ]
    for data in contents:
        by_kind: dict[str, object] = {}
        for name in names:
            made = make(name, view, data, "s")
            assert by_kind.setdefault(kind_of(name), made) == made, name
