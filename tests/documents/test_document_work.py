"""The work by itself: side by side, killed at any point, in parts where a folder is large."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from copilot.documents import page
from copilot.documents.asking import Question
from copilot.documents.page import Section
from copilot.documents.reading import Where, read_sources
from copilot.documents.store import KEPT_DAYS, Store
from copilot.documents.tree import PART_MOST, Leaf, chain, parts, short_hash, tree
from copilot.documents.working import Work
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.values import ModelChoice

MODEL = ModelChoice(provider="anthropic", model="any")


class Together:
    """Answers only when so many are asked at the same time."""

    def __init__(self, many: int) -> None:
        self.barrier = threading.Barrier(many)
        self.asked: list[str] = []

    def ask(self, question: Question) -> str:
        self.asked.append(question.turns[0])
        if "<file" in question.turns[0]:
            self.barrier.wait(timeout=60)
        return "Words about it."


def work_on(folder: Path, store: Store) -> Work:
    reading = read_sources(Where(base_dir=folder), lambda: False, progress=lambda _d, _o: None)
    work = Work(sources=reading.sources, model=MODEL, store=store, estimate=len)
    work.look(lambda: False, lambda _d, _o: None)
    return work


def test_as_many_are_asked_at_once_as_there_are_jobs(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"f{number}.py").write_text(f"x = {number}\n")
    with Store(tmp_path / "home" / "documents.sqlite", time.time) as store:
        work = work_on(tmp_path, store)
        asker = Together(4)
        work.run(asker, 4, threading.Event(), lambda _progress: None)
        assert len(asker.asked) == 13
        again = work_on(tmp_path, store)
        assert again.missing == {}
        assert again.outcome.texts == work.outcome.texts


def test_a_file_longer_than_the_window_goes_in_parts(tmp_path: Path) -> None:
    lines = "".join(f"NAME_{number} = {number}\n" for number in range(400))
    (tmp_path / "long.py").write_text(lines)
    (tmp_path / "short.py").write_text("x = 1\n")

    def work_in(store: Store) -> Work:
        reading = read_sources(Where(base_dir=tmp_path), lambda: False, progress=lambda _d, _o: None)
        work = Work(sources=reading.sources, model=MODEL, store=store, estimate=len, room=4_000)
        work.look(lambda: False, lambda _d, _o: None)
        return work

    with Store(tmp_path / "home" / "documents.sqlite", time.time) as store:
        work = work_in(store)
        asker = Together(1)
        work.run(asker, 1, threading.Event(), lambda _progress: None)
        pieces = [turn for turn in asker.asked if 'path="long.py" part="' in turn]
        assert len(pieces) > 2
        assert all(len(piece) < 3_000 for piece in pieces)
        told = "".join(piece.partition(">\n")[2].partition("</file>")[0] for piece in pieces)
        assert told == lines
        folds = [
            turn for turn in asker.asked if '<file path="long.py">\n<entry path="long.py (part 1 of' in turn
        ]
        assert len(folds) == 1
        assert len(asker.asked) == len(pieces) + 3  # that, the short one, the whole
        assert work_in(store).missing == {}


def test_a_large_folder_is_told_in_parts_and_one_new_file_moves_one_part(tmp_path: Path) -> None:
    for number in range(3 * PART_MOST):
        (tmp_path / f"f{number:03}.py").write_text(f"x = {number}\n")
    with Store(tmp_path / "documents.sqlite", time.time) as store:
        first = Together(1)
        work_on(tmp_path, store).run(first, 3, threading.Event(), lambda _progress: None)
        folders = [text for text in first.asked if "<file" not in text]
        assert len(folders) >= 4
        assert 'part="1" of="' in folders[0]
        (tmp_path / "f100b.py").write_text("y = 1\n")
        second = Together(1)
        work_on(tmp_path, store).run(second, 3, threading.Event(), lambda _progress: None)
        assert sum("<file" in text for text in second.asked) == 1


ENDLESS = """
import pathlib, sys, threading, time
sys.path.insert(0, sys.argv[1])
from test_document_work import MODEL, work_on
from copilot.documents.store import Store
folder, log, answers = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), int(sys.argv[4])
class Slow:
    def ask(self, question):
        with log.open("a") as file:
            file.write(f"{question.key(MODEL)}\\n")
        if log.read_text().count("\\n") > answers:
            print("stuck", flush=True)
            time.sleep(600)
        return "Words about it."
with Store(folder.parent / "documents.sqlite", time.time) as store:
    work_on(folder, store).run(Slow(), 1, threading.Event(), lambda progress: None)
"""


def test_a_killed_run_asks_for_nothing_twice(shop: Path, tmp_path: Path) -> None:
    log = tmp_path / "asked"
    here = str(Path(__file__).parent)
    for answers in (1, 4, 9, 100):  # where each run gets stuck, and is killed
        argv = [sys.executable, "-c", ENDLESS, here, str(shop), str(log), str(answers)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert bool(running.stdout.readline()) == (answers < 100)
            running.kill()
    asked = log.read_text().splitlines()
    assert len(set(asked)) == 10, "every file and folder was asked about"
    assert len(asked) == 10 + 3, "what was on its way at a kill is asked again, and nothing else"


def test_two_programs_may_keep_answers_at_once_and_a_spoilt_store_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    with Store(path, lambda: 0.0) as one, Store(path, lambda: 0.0) as other:
        one.keep([("a", "first")])
        other.keep([("b", "second")])
        assert (one.get("b"), other.get("a"), one.get("c")) == ("second", "first", None)
        assert one.known(["a", "b", "c"]) == {"a", "b"}
    late = KEPT_DAYS * 86_400.0
    with Store(path, lambda: late - 86_400) as used:
        assert used.get("a") == "first"
    with Store(path, lambda: late + 86_400) as later:
        assert later.known(["a", "b"]) == {"a"}, "what nothing had a use for is gone"
    path.write_bytes(b"no database " * 100)
    with Store(path, lambda: 0.0) as fresh:
        assert fresh.get("a") is None
    assert (tmp_path / "documents.sqlite.broken-1").read_bytes().startswith(b"no database")
    with pytest.raises(StorageError):
        Store(tmp_path, lambda: 0.0)


def test_parts_hold_what_they_may_and_nothing_is_lost() -> None:
    paths = [f"f{number:04}.py" for number in range(500)]
    found = parts(paths, [10] * 500, 400)
    assert [at for some in found for at in some] == list(range(500))
    assert max(len(some) for some in found) <= 40
    assert parts(["a"], [10_000], 400) == [range(0, 1)]
    assert list(chain("a/b/c.py")) == ["a/b/", "a/", ""]
    passing = tree([Leaf("a/b/c.py", short_hash("c"))]).folders[0]
    assert (passing.path, passing.passes_on, passing.folders[0].passes_on) == ("a/", True, False)


def test_sections_go_to_their_places_and_line_ends_stay() -> None:
    first = page.updated(
        "Mine.\r\n", [Section("", "0" * 16, "# All\n"), Section("b", "1" * 16, "### b\n")]
    ).text
    assert first.startswith("Mine.\r\n\r\n<!-- copilot:begin . 0000000000000000 ")
    assert "\n" not in first.replace("\r\n", "")
    more = [
        Section("", "0" * 16, "# All\n"),
        Section("a--x", "2" * 16, "### a\n"),
        Section("b", "1" * 16, "### b\n"),
    ]
    second = page.updated(first, more)
    assert (second.written, second.removed) == (("a--x",), ())
    assert list(page.bodies(second.text)) == ["", "a--x", "b"]
    assert page.updated(second.text, [more[0], more[2]]).text == first
    edited = first.replace("### b", "### b, by hand")
    kept = page.updated(edited, [more[0], more[2]])
    assert kept.text == edited, "where nothing else changed a person's edit stays"
    anew = page.updated(edited, [more[0], Section("b", "3" * 16, "### b\n")])
    assert anew.edited == ("b",)
    with pytest.raises(ProjectError, match="line 7"):
        page.updated(first.replace("<!-- copilot:end -->", "", 1), more)
