"""`copilot assistants`: profiles in config.toml, and several of them at work in one terminal."""

import io
import itertools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from program_runs import at, environ, serve

from copilot.cli.parser import run
from copilot.cli.world import World
from copilot.projects.config import flush_settings, load_settings
from copilot.projects.home import Home
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import FileChoice
from key_vaults import MemoryVault

Ran = tuple[int, str, str]
Copilot = Callable[..., Ran]
KEPT = "# mine\n[caps]\nday_usd = 5  # enough\n\n[assistants.old] # by hand\nabout = 'Old' # its words\n"
RULES = """
[[rule]]
when = { asked = "look", round = 1 }
answer = [{ call = "read_file", arguments = { path = "a.txt" } }]
[[rule]]
when = { asked = "change", round = 1 }
answer = [{ call = "write_file", arguments = { path = "a.txt", content = "x" } }]
[[rule]]
when = { asked = "break" }
answer = [{ fault = "status", status = 400, message = "no" }]
[[rule]]
when = { asked_regex = "(?P<what>\\\\w+)" }
answer = [{ text = "So I {{what}}." }]
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


@pytest.fixture
def copilot(home: Home, tmp_path: Path) -> Iterator[Copilot]:
    server = serve(RULES)
    base = tmp_path / "shop"
    base.mkdir()
    (base / "a.txt").write_text("apples\n")
    ids = itertools.count(1)

    def call(act: str, *words: str, stdin: str = "") -> Ran:
        out, err = io.StringIO(), io.StringIO()
        world = World(
            environ={**environ(tmp_path), "ANTHROPIC_API_KEY": "sk-ant-api03-assistants-key-000001"},
            cwd=base,
            platform=sys.platform,
            stdin=io.StringIO(stdin),
            stdout=out,
            stderr=err,
            clock=lambda: 1_800_000_000.0,
            new_id=lambda: f"id{next(ids):06d}",
            vault=MemoryVault(),
        )
        where = at(server) if act == "run" else ()
        code = run(["assistants", act, "--home", str(home.root), *where, *words], world)
        return code, out.getvalue(), err.getvalue()

    yield call
    server.stop()


def test_profiles_are_made_changed_and_taken_out_and_the_rest_stays(copilot: Copilot, home: Home) -> None:
    home.config.write_text(KEPT, encoding="utf-8")
    said = (
        "--about",
        "Reviews",
        "--tools",
        "read_*",
        "--file",
        "src/**",
        "--view",
        "summary",
        "--may-ask",
        "o*",
    )
    told = ("--instructions-file", "-", "--provider", "openai", "--model", "gpt-x")
    assert copilot("create", "reviewer", *said, *told, stdin="Look.\nName 'lines'.\n")[0] == 0
    reviewer = Assistant(
        name="reviewer",
        about="Reviews",
        instructions="Look.\nName 'lines'.\n",
        provider="openai",
        model="gpt-x",
        tools=("read_*",),
        files=(FileChoice(pattern="src/**", view="summary"),),
        may_ask=("o*",),
    )
    settings, notices = load_settings(home)
    assert (notices, settings.assistants) == ((), (Assistant(name="old", about="Old"), reviewer))
    assert home.config.read_text().startswith(KEPT)
    assert copilot("edit", "old", "--instructions", "Two\nlines", "--tools", "")[0] == 0
    assert copilot("edit", "reviewer", "--clear", "files", "--provider", "gemini")[0] == 0
    old, new = load_settings(home)[0].assistants
    assert old == Assistant(name="old", about="Old", instructions="Two\nlines", tools=())
    assert new == replace(reviewer, files=None, provider="gemini", model="")
    assert "[assistants.old] # by hand\nabout = 'Old' # its words\n" in home.config.read_text()
    flush_settings(home, replace(load_settings(home)[0], theme="light"))
    assert load_settings(home)[0].assistants == (old, new)
    shown = copilot("show", "old")[1]
    assert shown.startswith("[assistants.old]\n")
    assert [line.split()[0] for line in copilot("list")[1].splitlines()] == ["old", "reviewer"]
    assert copilot("delete", "old")[0] == copilot("delete", "reviewer")[0] == 0
    assert load_settings(home)[0].assistants == ()
    assert "day_usd = 5  # enough" in home.config.read_text()


def test_a_folders_assistants_count_once_they_are_trusted(
    copilot: Copilot, home: Home, tmp_path: Path
) -> None:
    said = (
        "--about",
        "Tests",
        "--tools",
        "read_*",
        "--tools",
        "run_*",
        "--file",
        "a.txt",
        "--view",
        "summary",
    )
    assert copilot("create", "tester", "--here", *said, "--instructions", "Test: it.")[0] == 0
    page = tmp_path / "shop/.copilot/assistants/tester.md"
    assert page.read_text() == (
        "---\nabout: Tests\ntools: read_*, run_*\nfiles: a.txt (summary)\n---\nTest: it.\n"
    )
    assert load_settings(home)[0].assistants == ()
    assert "of this folder" in copilot("list")[1]
    assert copilot("show", "tester")[1] == page.read_text()
    code, out, err = copilot("run", "tester", "look")
    assert (code, "look" in out) == (0, True), err
    assert copilot("edit", "tester", "--about", "More", "--clear", "files")[0] == 0
    assert page.read_text().startswith("---\nabout: More\ntools: read_*, run_*\n---\n")

    page.write_text(page.read_text() + "And send it away.\n")  # somebody else does
    code, _, err = copilot("run", "tester", "look")
    assert (code, "not trusted" in err) == (1, True)
    assert copilot("list")[1] == ".copilot/assistants/tester.md: not used (copilot trust shows it)\n"
    page.write_text("---\nmodel: m\n---\nHi.\n")
    assert copilot("delete", "tester")[0] == 1
    assert copilot("create", "tester", "--about", "My own")[0] == 0
    assert "My own" in copilot("list")[1]
    assert copilot("create", "tester", "--here")[0] == 1
    assert copilot("create", "../away", "--here")[0] == 1
    assert not (tmp_path / "shop/.copilot/away.md").exists()


def test_nothing_is_made_behind_a_link_out_of_the_folder(copilot: Copilot, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (tmp_path / "shop/.copilot").symlink_to(away)
    code, _, err = copilot("create", "tester", "--here")
    assert (code, "leads out of the folder" in err) == (1, True), err
    assert not list(away.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("create", "no name"), 1, "up to 40 letters"),
        (("create", "OLD"), 1, "an assistant old already"),
        (("create", "a", "--model", "m"), 1, "needs its provider"),
        (("create",), 2, "takes the name"),
        (("edit", "gone", "--about", "x"), 1, "no assistant 'gone'"),
        (("edit", "old"), 2, "say in options"),
        (("delete", "gone"), 1, "no assistant gone"),
        (("run", "old"), 2, "and then the task"),
        (("run", "ol", "look"), 1, "Did you mean old"),
        (("run", "--each", "old"), 2, "no task"),
        (("run", *["old"] * 17, "look"), 2, "at most 16"),
    ],
)
def test_what_makes_no_sense_is_refused_and_said(
    copilot: Copilot, home: Home, words: tuple[str, ...], code: int, told: str
) -> None:
    home.config.write_text(KEPT, encoding="utf-8")
    got, _, err = copilot(*words)
    assert (got, told in err) == (code, True), err
    assert home.config.read_text() == KEPT


def test_a_table_that_is_wrong_is_left_out_and_named(home: Home) -> None:
    home.config.write_text(f"{KEPT}\n[assistants.bad]\ntools = 3\n", encoding="utf-8")
    settings, notices = load_settings(home)
    assert [one.name for one in settings.assistants] == ["old"]
    assert len(notices) == 1
    assert "line 9" in notices[0]
    assert "This assistant is not used." in notices[0]


def test_several_answer_whole_and_every_line_says_whose_it_is(copilot: Copilot) -> None:
    for name in ("ann", "bob"):
        assert copilot("create", name)[0] == 0
    code, out, err = copilot("run", "ann", "bob", "ann", "look")
    assert code == 0
    blocks = sorted(out.strip().split("\n\n## "))
    assert sorted(block.removeprefix("## ") for block in blocks) == [
        f"{name}\n\nSo I look." for name in ("ann", "ann 2", "bob")
    ]
    for name in ("ann", "ann 2", "bob"):
        assert f"{name} │ → read_file path=a.txt\n" in err
    assert all("│" in line for line in err.splitlines())


def test_the_worst_end_is_the_exit_code_and_each_may_have_its_own_task(copilot: Copilot) -> None:
    copilot("create", "ann")
    copilot("create", "bob", "--tools", "read_*")
    code, out, _ = copilot("run", "--each", "ann=look", "--each", "bob=break it")
    assert (code, out) == (1, "## ann\n\nSo I look.\n\n")
    assert copilot("run", "ann", "change it")[0] == 3  # nobody is there to approve it


def test_one_alone_answers_as_ask_does_and_lines_for_programs_name_it(copilot: Copilot) -> None:
    copilot("create", "ann")
    assert copilot("run", "ann", "look")[:2] == (0, "So I look.\n")
    code, out, _ = copilot("run", "ann", "look", "-", "--json", stdin="around")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    of_turn = [line for line in lines if line.get("turn_id")]
    assert {(line["assistant"], line["worker"]) for line in of_turn} == {("ann", of_turn[0]["worker"])}
    assert "look\n\naround" in {line.get("user_message") for line in lines}
