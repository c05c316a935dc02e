"""What a front end is told of the files, as the disk and the project change."""

import shutil
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from copilot.ai.files_watch import FilesWatch, ListFilesOf
from copilot.assembly.listing import lister
from copilot.context.aggregate import Workshop
from copilot.providers.base import Cancelled
from copilot.vocabulary.errors import ToolError, TurnCancelledError
from copilot.vocabulary.events import Event, FilesChanged, FilesListed
from copilot.vocabulary.values import FileChoice, FileState, ModelChoice, Project

HANG = 10.0
"""Seconds: ten times what is promised."""
MODEL = ModelChoice(provider="rehearsal", model="rehearsal")

list_files = lister(Workshop())


class Window:
    """Folds what it is told, as a front end does."""

    def __init__(self) -> None:
        self.files: dict[str, FileState] = {}
        self.events: list[FilesListed | FilesChanged] = []
        self.warnings: list[str] = []
        self.news = threading.Condition()

    def emit(self, event: Event) -> None:
        with self.news:
            match event:
                case FilesListed():
                    self.files = {state.path: state for state in event.files}
                    self.events.append(event)
                case FilesChanged():
                    self.files |= {state.path: state for state in event.files}
                    assert set(event.removed) <= set(self.files)
                    for path in event.removed:
                        del self.files[path]
                    self.events.append(event)
                case _:
                    raise AssertionError(event)
            self.news.notify_all()

    def warn(self, text: str) -> None:
        with self.news:
            self.warnings.append(text)
            self.news.notify_all()

    def wait(self, fits: Callable[[], bool]) -> None:
        with self.news:
            assert self.news.wait_for(fits, HANG), (sorted(self.files)[:20], self.warnings)

    def shows(self, *paths: str) -> None:
        """Wait until these, and no other files, are shown."""
        self.wait(lambda: set(self.files) == set(paths))


@contextmanager
def following(
    project: Project, how: ListFilesOf = list_files, *, polling: bool = False
) -> Generator[tuple[FilesWatch, Window]]:
    window = Window()
    files = FilesWatch(
        list_files=how, emit=window.emit, warn=window.warn, clock=time.time, worker="w", polling=polling
    )
    files.follow(project, MODEL)
    try:
        yield files, window
    finally:
        assert files.stop()


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "base"
    (base / "src").mkdir(parents=True)
    (base / "src" / "a.py").write_text("a = 1\n")
    (base / "read.me").write_text("hello\n")
    return base


def project_of(base: Path, *files: FileChoice) -> Project:
    return Project(name="demo", base_dir=str(base), files=files)


@pytest.mark.parametrize("polling", [False, True])
def test_the_window_shows_what_the_disk_has(base: Path, polling: bool) -> None:
    with following(project_of(base), polling=polling) as (_, window):
        window.shows("src/a.py", "read.me")
        (base / "src" / "b.py").write_text("b = 1\n")
        window.shows("src/a.py", "src/b.py", "read.me")
        with (base / "src" / "b.py").open("a") as file:
            file.write("c = 2\n")
        window.wait(lambda: window.files["src/b.py"].size == 12)
        (base / "src").rename(base / "lib")
        window.shows("lib/a.py", "lib/b.py", "read.me")
        (base / "lib" / "a.py").unlink()
        window.shows("lib/b.py", "read.me")
        (base / ".gitignore").write_text("lib/\n")
        window.shows(".gitignore", "read.me")
        (base / ".gitignore").unlink()
        window.shows("lib/b.py", "read.me")
    assert [type(event) for event in window.events[:2]] == [FilesListed, FilesChanged]
    assert FilesListed not in [type(event) for event in window.events[1:]]
    assert window.warnings == []


def test_a_change_tells_only_what_differs(base: Path) -> None:
    with following(project_of(base)) as (_, window):
        window.shows("src/a.py", "read.me")
        (base / "src" / "a.py").write_text("a = 12345\n")
        window.wait(lambda: len(window.events) == 2)
    changed = window.events[1]
    assert isinstance(changed, FilesChanged)
    assert [state.path for state in changed.files] == ["src/a.py"]
    assert (changed.removed, changed.base_dir) == ((), str(base))


def test_hundreds_of_files_changed_at_once_are_all_shown(base: Path) -> None:
    with following(project_of(base)) as (_, window):
        window.shows("src/a.py", "read.me")
        for number in range(500):
            path = base / f"part{number % 20}" / f"{number}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text("x = 1\n")
        window.wait(lambda: len(window.files) == 502)
        for number in range(500):
            path = base / f"part{number % 20}" / f"{number}.py"
            if number % 2:
                path.unlink()
            else:
                path.write_text("x = 22\n")
        window.wait(
            lambda: (
                len(window.files) == 252
                and all(state.size == 7 for path, state in window.files.items() if path.startswith("part"))
            )
        )


def test_a_base_directory_that_goes_and_comes_is_listed_again(base: Path) -> None:
    with following(project_of(base)) as (_, window):
        window.shows("src/a.py", "read.me")
        shutil.rmtree(base)
        window.wait(lambda: bool(window.warnings))
        base.mkdir()
        (base / "new.py").write_text("new = 1\n")
        window.shows("new.py")
    assert len(window.warnings) == 1
    assert window.warnings[0].startswith(f"The files of {base} cannot be listed: ")


def test_another_choice_is_told_at_once_and_talk_is_not(base: Path) -> None:
    project = project_of(base)
    with following(project) as (files, window):
        window.shows("src/a.py", "read.me")
        files.update(replace(project, files=(FileChoice(pattern="src/**", view="summary"),)))
        window.wait(lambda: window.files["src/a.py"].view == "summary")
        last = window.events[-1]
        assert isinstance(last, FilesChanged)
        assert [state.path for state in last.files] == ["src/a.py"]


def test_following_anew_lists_the_whole(base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "o.py").write_text("o = 1\n")
    with following(project_of(base)) as (files, window):
        window.shows("src/a.py", "read.me")
        files.follow(project_of(base), MODEL)
        window.wait(lambda: len(window.events) == 2)
        files.follow(project_of(other), MODEL)
        window.shows("o.py")
        (other / "p.py").write_text("p = 1\n")
        window.shows("o.py", "p.py")
        (base / "late.py").write_text("late = 1\n")
        (other / "q.py").write_text("q = 1\n")
        window.shows("o.py", "p.py", "q.py")
    assert [type(event) for event in window.events[:3]] == [FilesListed] * 3


def test_nothing_is_told_where_nothing_differs(base: Path) -> None:
    listings: list[float] = []

    def counted(project: Project, model: ModelChoice, cancelled: Cancelled) -> tuple[FileState, ...]:
        listings.append(time.monotonic())
        return list_files(project, model, cancelled)

    with following(project_of(base), counted) as (_, window):
        window.shows("src/a.py", "read.me")
        before = len(listings)
        while len(listings) < before + 3:
            (base / "read.me").touch()
            time.sleep(0.01)
    assert len(window.events) == 1


def test_a_listing_that_fails_is_told_once_and_tried_again(base: Path) -> None:
    broken = threading.Event()
    failures: list[int] = []

    def sometimes(project: Project, model: ModelChoice, cancelled: Cancelled) -> tuple[FileState, ...]:
        if broken.is_set():
            failures.append(1)
            raise ToolError("the disk says no")
        return list_files(project, model, cancelled)

    with following(project_of(base), sometimes) as (_, window):
        window.shows("src/a.py", "read.me")
        broken.set()
        while len(failures) < 3:
            (base / "new.py").write_text("new = 1\n")
            time.sleep(0.01)
        broken.clear()
        window.shows("src/a.py", "read.me", "new.py")  # nothing changes any more
    assert window.warnings == [f"The files of {base} cannot be listed: the disk says no."]


def test_a_bug_in_the_listing_is_told_and_following_again_helps(base: Path) -> None:
    broken = threading.Event()
    broken.set()

    def buggy(project: Project, model: ModelChoice, cancelled: Cancelled) -> tuple[FileState, ...]:
        if broken.is_set():
            raise ZeroDivisionError("oops")
        return list_files(project, model, cancelled)

    with following(project_of(base), buggy) as (files, window):
        window.wait(lambda: bool(window.warnings))
        assert "ZeroDivisionError: oops" in window.warnings[0]
        broken.clear()
        for _ in range(100):  # the thread may still be about to end
            files.follow(project_of(base), MODEL)
            with window.news:
                if window.news.wait_for(lambda: bool(window.files), 0.1):
                    break
        window.shows("src/a.py", "read.me")


def test_stopping_ends_a_listing_under_way_and_tells_nothing_more(base: Path) -> None:
    begun = threading.Event()

    def long(_project: Project, _model: ModelChoice, cancelled: Cancelled) -> tuple[FileState, ...]:
        begun.set()
        while not cancelled():
            time.sleep(0.005)
        raise TurnCancelledError("stopped")

    with following(project_of(base), long) as (files, window):
        assert begun.wait(HANG)
        assert files.stop()
        files.follow(project_of(base), MODEL)
    assert (window.events, window.warnings) == ([], [])


def test_changes_while_a_listing_is_under_way_make_one_more(base: Path) -> None:
    listings: list[int] = []
    go = threading.Event()

    def slow(project: Project, model: ModelChoice, cancelled: Cancelled) -> tuple[FileState, ...]:
        listings.append(1)
        files = list_files(project, model, cancelled)
        if len(listings) == 2:
            assert go.wait(HANG)
        return files

    with following(project_of(base), slow) as (_, window):
        window.shows("src/a.py", "read.me")
        while len(listings) < 2:
            (base / "0.py").write_text("x = 1\n")
            time.sleep(0.01)
        for number in range(1, 30):
            (base / f"{number}.py").write_text("x = 1\n")
            time.sleep(0.01)
        go.set()
        window.wait(lambda: len(window.files) == 32)
        assert len(listings) <= 4
