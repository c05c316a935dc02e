"""Prompts kept by name: files of the person's own, which others may change at any time."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.projects.catalog import archive, clone
from copilot.projects.home import Home
from copilot.projects.project_manager import name_flaw, new
from copilot.projects.prompts import (
    MOST_BYTES,
    Library,
    Prompt,
    fitting,
    folder_of,
    keep_prompt,
    prompt_flaw,
    read_library,
    remove_prompt,
)
from copilot.vocabulary.errors import ProjectError

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "cases" / "hostile.jsonl").read_text().splitlines()
]


@pytest.fixture
def home(home_dir: Path) -> Home:
    return Home(root=home_dir).make()


def prompt(name: str = "Review", text: str = "Review this.\n", **more: object) -> Prompt:
    return replace(Prompt(name=name, scope="everywhere", text=text), **more)


def kept(home: Home) -> dict[tuple[str, str], str]:
    return {(p.scope, p.name): p.text for p in read_library(home, "shop").prompts}


def test_prompts_of_both_scopes_are_plain_files_and_sorted_as_people_sort(home: Home) -> None:
    for one in (prompt("beta"), prompt("Alpha"), prompt("zeta", scope="project")):
        keep_prompt(home, "shop", one)
    assert [p.name for p in read_library(home, "shop").prompts] == ["zeta", "Alpha", "beta"]
    assert [p.name for p in read_library(home, "other").prompts] == ["Alpha", "beta"]
    assert (home.root / "prompts" / "Alpha.md").read_bytes() == b"Review this.\n"
    assert (home.projects / "shop_prompts" / "zeta.md").is_file()


def test_a_prompt_is_changed_renamed_moved_removed_and_had_back(home: Home) -> None:
    first = prompt()
    keep_prompt(home, "shop", first)
    second = replace(first, name="Strict review", text="Be strict.")
    keep_prompt(home, "shop", second, first)
    assert kept(home) == {("everywhere", "Strict review"): "Be strict."}
    third = replace(second, scope="project")
    keep_prompt(home, "shop", third, second)
    assert kept(home) == {("project", "Strict review"): "Be strict."}
    remove_prompt(home, "shop", third)
    assert kept(home) == {}
    keep_prompt(home, "shop", third)
    assert kept(home) == {("project", "Strict review"): "Be strict."}


def test_what_another_program_wrote_is_read_and_never_written_over(home: Home) -> None:
    keep_prompt(home, "shop", prompt())
    file = home.prompts / "Review.md"
    file.write_bytes(b"\xef\xbb\xbfTheirs,\r\nwith a mark.")
    assert kept(home) == {("everywhere", "Review"): "Theirs,\nwith a mark."}
    for do in (
        lambda: keep_prompt(home, "shop", prompt(text="mine"), prompt()),
        lambda: remove_prompt(home, "shop", prompt()),
    ):
        with pytest.raises(ProjectError, match="another program changed Review"):
            do()
    assert file.read_bytes().endswith(b"with a mark.")
    shown = read_library(home, "shop").prompts[0]
    keep_prompt(home, "shop", replace(shown, text="mine"), shown)
    assert kept(home) == {("everywhere", "Review"): "mine"}
    file.unlink()
    keep_prompt(home, "shop", replace(shown, text="again"), replace(shown, text="mine"))
    assert kept(home) == {("everywhere", "Review"): "again"}


def test_a_name_is_taken_once_whatever_its_case(home: Home) -> None:
    keep_prompt(home, "shop", prompt())
    for name in ("Review", "REVIEW"):
        with pytest.raises(ProjectError, match="of this name already"):
            keep_prompt(home, "shop", prompt(name))
    keep_prompt(home, "shop", prompt(scope="project"))
    keep_prompt(home, "shop", prompt("review"), prompt())
    assert sorted(path.name for path in home.prompts.iterdir()) == ["review.md"]
    keep_prompt(home, "shop", prompt("caf\u00e9"))
    assert prompt_flaw(read_library(home, "shop"), prompt("cafe\u0301"))


NAMED = [case["input"] for case in CASES if case["area"] in ("filename", "path")]
HOSTILE = [name for name in NAMED if isinstance(name, str)]


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_a_hostile_name_leads_nowhere_else(name: str, home: Home) -> None:
    before = sorted(home.root.parent.rglob("*"))
    try:
        keep_prompt(home, "shop", prompt(name))
    except ProjectError:
        assert sorted(home.root.parent.rglob("*")) == before
    else:
        assert name_flaw(name) is None
        assert [path.name for path in home.prompts.iterdir()] == [f"{name}.md"]


@given(st.text(max_size=30))
def test_a_name_that_is_taken_stays_in_its_folder(name: str) -> None:
    home = Home(root=Path("/nowhere"))
    if not prompt_flaw(Library(), prompt(name)):
        path = folder_of(home, "shop", "everywhere") / f"{name}.md"
        assert Path(os.path.normpath(path)).parent == home.prompts
        assert name not in (".", "..")


def test_files_that_are_no_prompts_are_named_and_left_out(home: Home) -> None:
    home.prompts.mkdir()
    (home.prompts / "good.md").write_text("good")
    (home.prompts / "latin.md").write_bytes(b"caf\xe9")
    (home.prompts / "long.md").write_bytes(b"x" * (MOST_BYTES + 1))
    (home.prompts / "folder.md").mkdir()
    (home.prompts / "notes.txt").write_text("no prompt, and no trouble")
    if sys.platform != "win32":
        (home.prompts / "\x1b[2J.md").write_text("escape")
        os.mkfifo(home.prompts / "pipe.md")
    library = read_library(home, "shop")
    assert [p.name for p in library.prompts] == ["good"]
    told = "\n".join(library.troubles)
    assert "\x1b" not in told
    expected = {"latin.md", "long.md", "folder.md"}
    if sys.platform != "win32":
        expected |= {"\\x1b[2J.md", "pipe.md"}
    assert {line.split(": ")[0] for line in library.troubles} == expected


def test_search_finds_all_words_and_names_come_first() -> None:
    prompts = (prompt("Explain", "review the code"), prompt("Code review"), prompt("Other", "nothing"))
    assert [p.name for p in fitting(prompts, "REVIEW code")] == ["Code review", "Explain"]
    assert fitting(prompts, "") == prompts
    assert fitting(prompts, "absent") == ()


def test_prompts_go_along_when_a_project_is_doubled_and_put_away(home: Home, tmp_path: Path) -> None:
    new(home, "shop", tmp_path)
    keep_prompt(home, "shop", prompt(scope="project"))
    clone(home, "shop", "shop 2")
    assert [p.name for p in read_library(home, "shop 2").prompts] == ["Review"]
    archive(home, "shop")
    assert read_library(home, "shop").prompts == ()
    assert [path.parent.name for path in home.projects.glob("archive/**/Review.md")] == ["shop_prompts"]
