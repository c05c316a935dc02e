"""Finding by a few letters, calling prompts back, drafts on disk, what is refused: without a window."""

import json
from pathlib import Path

import pytest

from copilot.desktop.action_table import ActionTable, NamedAction
from copilot.desktop.drafts import Drafts, read
from copilot.desktop.errands import Errands
from copilot.desktop.fuzzy import match
from copilot.desktop.listing import Listing
from copilot.desktop.panels.chooser import Choice, found
from copilot.desktop.path_typing import ENOUGH, SHOWN, PathFinder, caret_after, new_files, path_at
from copilot.desktop.prompt_history import PromptHistory, prompts_of
from copilot.desktop.sayings import Sayings
from copilot.vocabulary import events as e
from copilot.vocabulary.messages import CONTINUE, Discussion, Message, Role, Text
from copilot.vocabulary.named_paths import paths_in
from copilot.vocabulary.values import FileState, View


def nothing() -> None:
    pass


def choice(title: str, **more: str) -> Choice:
    return Choice(title=title, run=nothing, **more)


def titles(choices: list[Choice], words: str) -> list[str]:
    return [one.title for one, _ in found(choices, words)]


def test_letters_that_begin_words_or_stand_together_count_most() -> None:
    names = ["Show web pages", "Switch branch…", "Rename the branch…", "Stop the turn"]
    assert titles([choice(name) for name in names], "swb")[0] == "Switch branch…"
    assert titles([choice(name) for name in names], "ren")[0] == "Rename the branch…"
    assert titles([choice(name) for name in names], "branch ren") == ["Rename the branch…"]
    assert titles([choice(name) for name in names], "xq") == []
    assert titles([choice(name) for name in names], "") == names


def test_the_places_of_the_letters_are_told() -> None:
    fits = match("gf", "GoToFile")
    assert fits is not None
    assert fits.at == (0, 4)
    assert match("", "anything") is not None
    assert match("ü", "Über") is not None


def test_words_help_to_find_and_what_cannot_be_done_comes_last() -> None:
    choices = [
        choice("Stop the turn", why="no turn runs"),
        choice("Stop counting"),
        choice("Ask again", words="stop"),
    ]
    assert titles(choices, "stop") == ["Stop counting", "Ask again", "Stop the turn"]


def test_what_was_done_last_is_remembered_once() -> None:
    table, done = ActionTable(), list[str]()
    actions = [NamedAction(name=n, title=n, run=lambda n=n: done.append(n)) for n in ("a", "b")]
    table.add(actions)
    for action in (actions[0], actions[1], actions[0]):
        table.do(action)
    assert (table.recent, done) == (("a", "b"), ["a", "b", "a"])


@pytest.mark.parametrize(
    ("before", "after", "caret"),
    [
        ("", "a", 1),
        ("ab", "axb", 2),
        ("aa", "aaa", 3),
        ("abc", "ac", 1),
        ("one two", "one X", 5),
        ("x", "", 0),
    ],
)
def test_the_caret_stands_behind_what_is_new(before: str, after: str, caret: int) -> None:
    assert caret_after(before, after) == caret


@pytest.mark.parametrize(
    ("draft", "words"),
    [("@", ""), ("see @src/a", "src/a"), ("(@x", "x"), ("a@b.c", None), ("@a b", None), ("line\n@q", "q")],
)
def test_the_path_under_way_is_the_one_at_the_caret(draft: str, words: str | None) -> None:
    typed = path_at(draft, len(draft))
    assert (typed.words if typed else None) == words
    if typed is not None:
        assert draft[typed.start] == "@"


def state(path: str, wanted: View = "off") -> FileState:
    return FileState(path=path, size=10, tokens=3, wanted=wanted, view=wanted)


def test_paths_of_a_message_are_those_that_are_there() -> None:
    known = {"src/a.py", "b.md"}
    words = "look at @src/a.py, (@b.md) and @src/a.py; mail me@b.md or @nothing"
    assert paths_in(words, known.__contains__) == ("src/a.py", "b.md")
    listing = Listing(base_dir="/x", files=(state("b.md", "full"), state("src/a.py")))
    assert new_files(listing, words) == ("src/a.py",)
    assert new_files(None, words) == ()


def look(finder: PathFinder, words: str) -> tuple[str, ...]:
    finder.begin(words)
    while finder.step(0.0, lambda: 1.0):  # a slice at a time
        pass
    return finder.best()


def test_files_whose_name_begins_with_the_letters_come_first() -> None:
    paths = ["docs/repay.md", "pay/x.py", "shop/api/payments.py", "shop/p_a_y.py", "tests/test_payments.py"]
    finder = PathFinder([state(path) for path in paths])
    expected = (
        "shop/api/payments.py",
        "docs/repay.md",
        "tests/test_payments.py",
        "pay/x.py",
        "shop/p_a_y.py",
    )
    assert look(finder, "pay") == expected
    assert look(finder, "PAYME") == ("shop/api/payments.py", "tests/test_payments.py")
    assert look(finder, "pa") == look(PathFinder([state(path) for path in paths]), "pa")


def test_without_letters_the_files_of_the_context_come_first() -> None:
    finder = PathFinder([state("a.py"), state("long/way/b.py", "summary")])
    assert look(finder, "") == ("long/way/b.py", "a.py")


def test_a_crowd_of_files_is_bounded_and_loose_letters_only_help_where_few_hold_them() -> None:
    finder = PathFinder([state(f"part/{n:05}_alpha.py") for n in range(4_000)])
    assert len(look(finder, "alpha")) == SHOWN
    few = PathFinder([state(f"alpha{n}.py") for n in range(ENOUGH)] + [state("a_l_p_h_a.py")])
    assert "a_l_p_h_a.py" not in look(few, "alpha")


def said(name: str, role: Role, words: str, at: float) -> Message:
    return Message(id=name, parent=None, role=role, parts=(Text(text=words),), at=at)


def test_prompts_go_back_and_forth_and_the_draft_returns() -> None:
    messages = (
        said("1", "user", "first", 1.0),
        said("2", "assistant", "no prompt", 2.0),
        said("3", "user", "second", 3.0),
        said("4", "user", CONTINUE, 4.0),
        said("5", "user", "first", 5.0),
    )
    assert prompts_of(Discussion(messages=messages)) == ("first", "second")
    history = PromptHistory()
    history.learn(Discussion(messages=messages))
    history.sent("third")
    assert [history.older("draft"), history.older(""), history.older(""), history.older("")] == [
        "third",
        "first",
        "second",
        None,
    ]
    assert [history.newer(), history.newer(), history.newer(), history.newer()] == [
        "first",
        "third",
        "draft",
        None,
    ]
    assert not history.under_way


def test_drafts_are_written_a_moment_later_and_read_again(tmp_path: Path) -> None:
    now = [0.0]
    errands = Errands(nothing, lambda what, error: pytest.fail(f"{what}: {error}"))
    drafts = Drafts(tmp_path / "drafts", errands, lambda: now[0])
    drafts.open("shop")
    drafts.put("main", "half a \ud800 thought\n\0")
    drafts.put("idea", "other")
    drafts.put("idea", "")
    drafts.tick()
    kept = tmp_path / "drafts" / "shop.json"
    assert not kept.exists()
    drafts.flush()
    assert read(kept) == {"main": "half a \ud800 thought\n\0"}
    again = Drafts(tmp_path / "drafts", errands, lambda: now[0])
    again.open("shop")
    assert (again.of("main"), again.of("idea")) == ("half a \ud800 thought\n\0", "")
    again.put("main", "")
    again.flush()
    assert not kept.exists()


@pytest.mark.parametrize("words", ["", "[1]", '{"main": 3, "b": "x"}', "\x00", "[" * 100_000])
def test_a_file_that_holds_no_drafts_costs_nothing(tmp_path: Path, words: str) -> None:
    path = tmp_path / "shop.json"
    path.write_text(words)
    assert read(path) == ({"b": "x"} if words.startswith("{") else {})
    assert read(tmp_path / "missing.json") == {}
    assert json.dumps(read(path))


def test_what_is_refused_comes_back_and_what_is_taken_does_not() -> None:
    sayings = Sayings()
    for name in ("t1", "t2", "m1"):
        sayings.sent(name, f"words of {name}", ())
    started = {"at": 0.0, "worker": "w", "turn_id": "t2", "branch": "main"}
    failed = e.CommandFailed(at=0.0, worker="w", request_id="t1", message="Busy.", hint="Wait.")
    assert sayings.heard(failed).startswith("Busy. Wait. What you wrote")
    queued = e.QueuedMessage(message_id="m1", text="words of m1")
    sayings.heard(e.QueueChanged(**started, messages=(queued,)))
    for name in ("m1", "unknown"):
        assert sayings.heard(e.CommandFailed(at=0.0, worker="w", request_id=name, message="No.")) == ""
    assert sayings.refused() == (("words of t1", ()),)
    assert sayings.refused() == ()
