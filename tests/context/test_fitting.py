"""The budget through the whole run: what fits, what steps down first, what is said of it."""

import os
from dataclasses import replace
from math import fsum
from pathlib import Path

import pytest
from trees import choice, project, source, text_of, tree

from copilot.context import aggregate
from copilot.context.aggregate import Aggregate, Workshop
from copilot.vocabulary.values import Project, View

SIZES: dict[View, int] = {"off": 0, "names": 1, "summary": 2, "full": 3}
FILES = 12


@pytest.fixture
def base(tmp_path: Path) -> Path:
    files = {f"pack{number % 3}/mod_{number}.py": source(number) for number in range(FILES)}
    base = tree(tmp_path / "base", {**files, "notes.md": "# Notes\n\n" + "word " * 300, "raw.bin": b"\0\1"})
    for path in base.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return base


def run(asked: Project, *, message: str = "", each: float = 1.0) -> Aggregate:
    return aggregate.run(asked, message=message, tokens_per_piece=each)


def weight(built: Aggregate) -> float:
    return fsum(one.pieces for one in built.items)


def views(built: Aggregate) -> dict[str, View]:
    return {one.path: one.view for one in built.items if not one.note}


def with_budget(asked: Project, tokens: float) -> Project:
    return replace(asked, limits=replace(asked.limits, max_context_tokens=int(tokens)))


def test_with_room_nothing_steps_down(base: Path) -> None:
    built = run(project(base, "**"))
    exact = weight(built)
    assert run(with_budget(project(base, "**"), exact + 1)).placed == {}
    assert run(with_budget(project(base, "**"), exact - 1)).placed != {}


@pytest.mark.parametrize("share", [0.95, 0.7, 0.5, 0.3, 0.15, 0.08, 0.04])
@pytest.mark.parametrize("each", [1.0, 1.7])
def test_what_is_sent_is_within_the_budget(base: Path, share: float, each: float) -> None:
    asked = project(base, "**")
    whole = run(asked)
    budget = int(weight(whole) * each * share)
    built = run(with_budget(asked, budget), each=each)
    assert weight(built) * each <= budget
    assert set(built.placed) == {
        path for path, view in views(whole).items() if views(built).get(path, "off") != view
    }
    for path, one in built.placed.items():
        assert (one.wanted, one.view) == ("full", views(built).get(path, "off"))
        assert one.why.startswith(("stepped down to", "left out"))
        assert "over the budget" in one.why


def test_less_room_is_never_used_for_less_than_it_holds(base: Path) -> None:
    """With what is left over not one file that stepped down could be as it was wanted."""
    asked = project(base, "**")
    whole = {one.path: one.pieces for one in run(asked).items}
    budget = int(sum(whole.values()) * 0.6)
    built = run(with_budget(asked, budget))
    now = {one.path: one.pieces for one in built.items}
    left = budget - weight(built)
    assert all(whole[path] - now.get(path, 0.0) > left for path in built.placed)


def test_states_tell_what_was_wanted_what_is_and_why(base: Path) -> None:
    asked = with_budget(project(base, choice("**", "full"), choice("pack0", "summary"), "!raw.bin"), 700)
    built = run(asked)
    told = {one.path: one for one in aggregate.states(built, round)}
    assert list(told) == sorted(told)
    assert len(told) == FILES + 2
    assert (told["raw.bin"].wanted, told["raw.bin"].view) == ("off", "off")
    for path, state in told.items():
        if path == "raw.bin":
            continue
        assert state.wanted == ("summary" if path.startswith("pack0") else "full")
        placed = built.placed.get(path)
        assert state.view == (placed.view if placed else state.wanted)
        assert bool(state.why) == (state.view != state.wanted) == (placed is not None)
        assert (state.tokens == 0) == (state.view == "off")
    assert any(state.why for state in told.values())


def test_what_is_pinned_or_named_steps_down_last(base: Path) -> None:
    asked = project(base, choice("**", "full"), choice("pack1/mod_4.py", "full", pinned=True))
    sizes = {one.path: one.pieces for one in run(asked).items}
    names = weight(run(project(base, choice("**", "names"))))
    room = sizes["pack1/mod_4.py"] + sizes["pack2/mod_5.py"] + names + 1
    plain = views(run(with_budget(asked, room)))
    assert plain["pack1/mod_4.py"] == "full"
    named = views(run(with_budget(asked, room), message="What does pack2/mod_5.py do?"))
    assert (named["pack1/mod_4.py"], named["pack2/mod_5.py"]) == ("full", "full")
    assert plain["pack2/mod_5.py"] != "full"


def test_a_message_without_need_changes_nothing(base: Path) -> None:
    asked = project(base, "**")
    assert run(asked, message="What does mod_5.py do?").items == run(asked).items


def test_hardly_any_room_leaves_names_and_then_nothing(base: Path) -> None:
    asked = project(base, "**", "!raw.bin")
    by_name = run(project(base, choice("**", "names"), "!raw.bin"))
    built = run(with_budget(asked, weight(by_name) + 1))
    assert set(views(built).values()) == {"names"}
    assert text_of(built) == text_of(by_name)
    nothing = run(with_budget(asked, 1))
    assert nothing.items == ()
    assert {one.view for one in nothing.placed.values()} == {"off"}
    assert text_of(nothing).startswith("# Files\n\nNo files were chosen")


def test_names_stand_first_then_summaries_then_whole_files(base: Path) -> None:
    asked = project(
        base, choice("pack0", "full"), choice("pack1", "summary"), choice("pack2", "names"), "raw.bin"
    )
    text = text_of(run(asked))
    heads = [line for line in text.splitlines() if line.startswith(("## ", "View: "))]
    assert heads[0] == "## By name only"
    assert heads[-1] == "## Not shown"
    shown = [line.split(".")[0] for line in heads if line.startswith("View: ")]
    assert shown == ["View: summary"] * 4 + ["View: full"] * 4
    paths = [line for line in heads if line.startswith("## pack")]
    assert paths == sorted(paths[:4]) + sorted(paths[4:])
    named = text.partition("## By name only")[2].partition("\n## ")[0]
    lines = [line for line in named.splitlines() if line.startswith("- ")]
    assert [line.partition(":")[0] for line in lines] == [
        f"- pack2/mod_{number}.py" for number in sorted((2, 5, 8, 11), key=str)
    ]
    assert all(len(line.partition(": ")[2].split(", ")) >= 3 for line in lines), "with what each defines"


def test_each_file_by_name_tells_a_dozen_names(tmp_path: Path) -> None:
    many = "".join(f"def name_{number}():\n    return {number}\n\n\n" for number in range(13))
    base = tree(tmp_path, {"a.py": many, "b.txt": "text\n", "c.py": many.rpartition("def")[0]})
    text = text_of(run(project(base, choice("**", "names"))))
    told = ", ".join(f"name_{number}" for number in range(12))
    assert f"- a.py: {told}, …\n- b.txt\n- c.py: {told}\n" in text


def test_the_same_run_gives_the_same(base: Path, tmp_path: Path) -> None:
    asked = with_budget(project(base, "**"), 900)
    shop = Workshop(cache=tmp_path / "cache", version="1", clock=lambda: 2e9)
    runs = [aggregate.run(asked, workshop=shop, message="mod_7") for _ in range(3)]
    runs.append(run(asked, message="mod_7"))
    assert len({text_of(one) for one in runs}) == 1
    assert all(one.placed == runs[0].placed for one in runs)
    assert [one.read for one in runs[1:3]] == [0, 0]
