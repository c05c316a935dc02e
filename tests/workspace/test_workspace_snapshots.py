"""Snapshots of a base directory: what is kept, what is said, undo, redo and merges, on real files."""

import os
import socket
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from copilot.storage.locks import hold
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.run_events import RunChange
from copilot.workspace.snapshots.nodes import Bounds
from copilot.workspace.snapshots.runs import About, Runs, Told
from copilot.workspace.snapshots.shelf import forget_all, stores
from copilot.workspace.snapshots.store import SnapshotStore
from copilot.workspace.snapshots.taking import Known, Taken, Taker
from copilot.workspace.snapshots.turning import Turner

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, links and odd names of POSIX")
RUN = About(call_id="call", project="shop", branch="main", words="a script")


class Bench:
    """A base directory and its runs."""

    def __init__(self, root: Path, **bounds: float) -> None:
        self.root = root
        self.base = root / "project"
        self.base.mkdir(exist_ok=True)
        self.now = 1_000_000.0
        self.bounds = Bounds(**bounds)  # type: ignore[arg-type]
        self.runs = self.opened()

    def opened(self) -> Runs:
        """As another program would open it."""
        return Runs(self.root / "store", self.base, clock=lambda: self.now, bounds=self.bounds)

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.base / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    def read(self, path: str) -> str:
        return (self.base / path).read_text()

    def run(self, work: Callable[[], object], about: About = RUN) -> Told:
        number, _ = self.runs.begin(about)
        work()
        return self.runs.end(number)

    def state(self) -> dict[str, object]:
        """Everything below the base directory: kinds, modes, contents, targets."""
        found: dict[str, object] = {}
        for folder, folders, files in os.walk(os.fsencode(self.base)):
            for name in (*folders, *files):
                path = os.path.join(folder, name)  # noqa: PTH118
                info = os.lstat(path)
                key = os.fsdecode(os.path.relpath(path, os.fsencode(self.base)))
                if stat.S_ISLNK(info.st_mode):
                    found[key] = os.fsdecode(os.readlink(path))  # noqa: PTH115
                elif stat.S_ISDIR(info.st_mode):
                    found[key] = stat.S_IMODE(info.st_mode)
                elif stat.S_ISREG(info.st_mode):
                    found[key] = (stat.S_IMODE(info.st_mode), Path(os.fsdecode(path)).read_bytes())
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def kinds(told: Told) -> dict[str, str]:
    return {change.path: change.kind for change in told.changes}


def change(told: Told, path: str) -> RunChange:
    return next(one for one in told.changes if one.path == path)


def test_what_a_run_did_is_told_undone_and_done_again(bench: Bench) -> None:
    bench.write("kept.txt", "kept\n")
    bench.write("a.txt", "one\ntwo\n")
    bench.write("gone/deep/b.bin", b"\0\1\2" * 900)
    bench.write("moves.txt", "long enough to be known again\n")
    before = bench.state()

    def work() -> None:
        bench.write("a.txt", "one\n2\n")
        (bench.base / "gone/deep/b.bin").unlink()
        (bench.base / "gone/deep").rmdir()
        (bench.base / "gone").rmdir()
        (bench.base / "moves.txt").rename(bench.base / "moved.txt")
        bench.write("new/c.txt", "new\n")
        (bench.base / "new/empty").mkdir()

    told = bench.run(work)
    after = bench.state()
    assert kinds(told) == {
        "a.txt": "changed",
        "gone": "deleted",
        "gone/deep": "deleted",
        "gone/deep/b.bin": "deleted",
        "moved.txt": "moved",
        "new": "created",
        "new/c.txt": "created",
        "new/empty": "created",
    }
    assert change(told, "moved.txt").source == "moves.txt"
    assert "-two\n+2\n" in change(told, "a.txt").diff
    assert change(told, "gone/deep/b.bin").note == "binary"
    undone = bench.runs.undo()
    assert bench.state() == before
    assert undone.run.state == "undone"
    assert undone.by is not None
    assert undone.by.clashes == ()
    bench.opened().redo()
    assert bench.state() == after


def test_nothing_is_read_again_that_did_not_change(bench: Bench) -> None:
    for number in range(20):
        file = bench.write(f"f{number}.txt", "x" * 1_000)
        os.utime(file, (1_000_000, 1_000_000))
    first = bench.runs.warm()
    assert first.read_bytes == 20_000
    # the change time is that of now, so that these count as changing until the clock has ticked on
    time.sleep(2.1)
    bench.opened().warm()
    bench.write("f3.txt", "y" * 700)
    again = bench.opened().warm()
    assert (again.read_bytes, again.files) == (700, 20)


def test_a_change_that_leaves_size_and_times_is_seen(bench: Bench) -> None:
    file = bench.write("a.txt", "one")
    info = file.stat()

    def work() -> None:
        file.write_text("two")
        os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))

    assert kinds(bench.run(work)) == {"a.txt": "changed"}


@posix
def test_links_modes_and_empty_folders_come_back(bench: Bench) -> None:
    outside = bench.root / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine")
    bench.write("tool.sh", "#!/bin/sh\n").chmod(0o750)
    (bench.base / "empty").mkdir(mode=0o711)
    (bench.base / "empty").chmod(0o711)
    (bench.base / "out").symlink_to(outside)
    (bench.base / "nowhere").symlink_to("not/there")
    before = bench.state()

    def work() -> None:
        (bench.base / "tool.sh").chmod(0o644)
        (bench.base / "empty").rmdir()
        (bench.base / "out").unlink()
        (bench.base / "out").mkdir()
        bench.write("out/precious", "not yours")
        (bench.base / "nowhere").unlink()
        (bench.base / "nowhere").symlink_to("elsewhere")

    told = bench.run(work)
    assert kinds(told)["tool.sh"] == "mode"
    assert change(told, "nowhere").note == "link to not/there → link to elsewhere"
    bench.runs.undo()
    assert bench.state() == before
    assert (outside / "precious").read_text() == "mine"


@posix
def test_an_undo_follows_no_link_that_a_folder_became(bench: Bench) -> None:
    outside = bench.root / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("the person's own")
    bench.write("folder/a.txt", "one\n")
    bench.run(lambda: bench.write("folder/a.txt", "two\n"))
    (bench.base / "folder/a.txt").unlink()
    (bench.base / "folder").rmdir()
    (bench.base / "folder").symlink_to(outside)
    told = bench.runs.undo()
    assert [path.name for path in outside.iterdir()] == ["a.txt"]
    assert (outside / "a.txt").read_text() == "the person's own"
    assert told.by is not None
    assert told.by.clashes


@posix
def test_names_that_are_no_text_and_look_odd(bench: Bench) -> None:
    names = [b"\xff\xfe.txt", "e\u0301.txt".encode(), b" lead", b"new\nline", b"-rf", b"\xe2\x80\xae.txt"]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(bench.base), name))).write_text("1")  # noqa: PTH118
    before = bench.state()
    told = bench.run(lambda: [path.unlink() for path in list(bench.base.iterdir())])
    assert len(told.changes) == len(names)
    assert all(change.path.isprintable() for change in told.changes)
    bench.runs.undo()
    assert bench.state() == before


def test_a_rename_that_only_changes_case_is_a_move_and_comes_back(bench: Bench) -> None:
    bench.write("Readme.md", "words of some length\n")
    told = bench.run(lambda: (bench.base / "Readme.md").rename(bench.base / "README.md"))
    assert kinds(told) == {"README.md": "moved"}
    bench.runs.undo()
    assert [path.name for path in bench.base.iterdir()] == ["Readme.md"]


@posix
def test_a_file_that_became_a_folder_and_back(bench: Bench) -> None:
    bench.write("a", "file\n")
    bench.write("b/c", "in a folder\n")
    before = bench.state()

    def work() -> None:
        (bench.base / "a").unlink()
        bench.write("a/x/y", "deep\n")
        (bench.base / "b/c").unlink()
        (bench.base / "b").rmdir()
        bench.write("b", "a file\n")

    bench.run(work)
    after = bench.state()
    bench.runs.undo()
    assert bench.state() == before
    bench.runs.redo()
    assert bench.state() == after


def test_ignored_files_that_a_run_touches_come_back(bench: Bench) -> None:
    bench.write(".gitignore", "build/\n*.log\n")
    bench.write("build/out.bin", b"\0built")
    bench.write("run.log", "before\n")
    bench.write("node_modules/lib/index.js", "exports\n")
    before = bench.state()

    def work() -> None:
        (bench.base / "build/out.bin").unlink()
        bench.write("run.log", "after\n")
        bench.write("node_modules/lib/index.js", "patched\n")
        bench.write("a.txt", "1")

    told = bench.run(work)
    assert kinds(told).keys() == {"a.txt", "build/out.bin", "run.log", "node_modules/lib/index.js"}
    assert told.changes[-1].path == "node_modules/lib/index.js", "what lies in caches is told last"
    bench.runs.undo()
    assert bench.state() == before


@posix
def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, file=1_000, ignored_folder=5)
    bench.write("large.bin", b"x" * 2_000)
    os.mkfifo(bench.base / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(bench.base / "s"))
    for number in range(9):
        bench.write(f"node_modules/f{number}", "x")
    bench.write(".git/HEAD", "ref: refs/heads/main\n")
    _, taken = bench.runs.begin(RUN)
    server.close()
    said = "\n".join(taken.left_out)
    for words in ("'large.bin': is larger", "'pipe': is a pipe", "'s': is a pipe", "holds more than 5"):
        assert words in said
    again = "\n".join(bench.runs.warm().left_out)
    assert "large.bin" in again


def test_old_bytes_that_were_not_kept_are_said_and_nothing_is_destroyed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, file=1_000)
    bench.write("large.bin", b"x" * 2_000)
    told = bench.run(lambda: bench.write("large.bin", b"y" * 3_000))
    assert "not kept" in change(told, "large.bin").note
    undone = bench.runs.undo()
    assert undone.by is not None
    assert [clash.path for clash in undone.by.clashes] == ["large.bin"]
    assert bench.read("large.bin") == "y" * 3_000


def test_a_large_file_that_a_run_made_goes_away_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, file=1_000)
    bench.run(lambda: bench.write("large.bin", b"y" * 3_000))
    bench.runs.undo()
    assert bench.state() == {}


def test_the_history_of_git_is_never_touched_and_a_change_in_it_is_said(bench: Bench) -> None:
    bench.write(".git/HEAD", "ref: refs/heads/main\n")
    bench.write("a.txt", "1\n")

    def work() -> None:
        bench.write(".git/HEAD", "ref: refs/heads/other-branch\n")
        bench.write("a.txt", "2\n")

    told = bench.run(work)
    assert kinds(told) == {"a.txt": "changed"}
    assert "'.git': it changed; no undo touches it" in told.run.left_out
    bench.runs.undo()
    assert bench.read(".git/HEAD") == "ref: refs/heads/other-branch\n"


def test_secrets_are_kept_but_not_shown(bench: Bench) -> None:
    bench.write(".env", "TOKEN=abc\n")
    told = bench.run(lambda: bench.write(".env", "TOKEN=def\n"))
    assert (change(told, ".env").diff, change(told, ".env").note) == ("", "may hold secrets: not shown")
    bench.runs.undo()
    assert bench.read(".env") == "TOKEN=abc\n"


LINES = "".join(f"line {number}\n" for number in range(1, 21))


def test_the_persons_edit_elsewhere_in_a_file_stays(bench: Bench) -> None:
    bench.write("a.txt", LINES)
    bench.run(lambda: bench.write("a.txt", LINES.replace("line 3\n", "LINE 3\nand more\n")))
    bench.write("a.txt", bench.read("a.txt").replace("line 17\n", "mine\n"))
    told = bench.runs.undo()
    assert bench.read("a.txt") == LINES.replace("line 17\n", "mine\n")
    assert told.by is not None
    assert told.by.merged == ("a.txt",)
    bench.runs.redo()
    want = LINES.replace("line 3\n", "LINE 3\nand more\n").replace("line 17\n", "mine\n")
    assert bench.read("a.txt") == want


def test_the_persons_edit_of_the_same_place_stays_and_the_other_is_put_beside_it(bench: Bench) -> None:
    bench.write("notes.txt", LINES)
    told = bench.run(lambda: bench.write("notes.txt", LINES.replace("line 3\n", "LINE 3\n")))
    bench.write("notes.txt", LINES.replace("line 3\n", "mine\n"))
    mine = bench.state()
    undone = bench.runs.undo()
    assert bench.read("notes.txt") == LINES.replace("line 3\n", "mine\n")
    beside = f"notes.run-{told.run.number}.txt"
    assert bench.read(beside) == LINES
    assert undone.by is not None
    assert [(clash.path, clash.kept) for clash in undone.by.clashes] == [("notes.txt", beside)]
    bench.runs.undo(str(undone.by.number))
    assert bench.state() == mine
    assert bench.runs.show(str(told.run.number)).run.state == "done"


def test_a_file_that_the_run_made_and_the_person_edited_stays(bench: Bench) -> None:
    told = bench.run(lambda: bench.write("new/a.txt", "theirs\n"))
    bench.write("new/a.txt", "theirs\nand mine\n")
    undone = bench.runs.undo(told.run.about.call_id)
    assert bench.read("new/a.txt") == "theirs\nand mine\n"
    assert undone.by is not None
    assert undone.by.clashes[0].why == "it was changed since, and stays"


def test_a_file_that_the_person_moved_is_brought_back_where_it_is_now(bench: Bench) -> None:
    bench.write("a.txt", LINES)
    bench.run(lambda: bench.write("a.txt", LINES.upper()))
    (bench.base / "a.txt").rename(bench.base / "b.txt")
    bench.runs.undo()
    assert bench.state().keys() == {"b.txt"}
    assert bench.read("b.txt") == LINES


def test_a_file_that_the_run_moved_and_the_person_edited_goes_back_with_the_edit(bench: Bench) -> None:
    bench.write("a.txt", LINES)
    bench.run(lambda: (bench.base / "a.txt").rename(bench.base / "b.txt"))
    bench.write("b.txt", LINES + "mine\n")
    bench.runs.undo()
    assert bench.state().keys() == {"a.txt"}
    assert bench.read("a.txt") == LINES + "mine\n"


def test_a_folder_that_the_run_made_stays_as_long_as_something_of_the_persons_is_in_it(bench: Bench) -> None:
    bench.run(lambda: bench.write("new/a.txt", "theirs\n"))
    bench.write("new/mine.txt", "mine\n")
    bench.runs.undo()
    assert bench.state().keys() == {"new", "new/mine.txt"}


def test_runs_are_undone_one_by_one_and_an_older_one_alone(bench: Bench) -> None:
    bench.write("a.txt", LINES)
    first = bench.run(lambda: bench.write("a.txt", LINES.replace("line 2\n", "first\n")))
    second = bench.run(lambda: bench.write("a.txt", bench.read("a.txt").replace("line 15\n", "second\n")))
    bench.runs.undo(str(first.run.number))
    assert bench.read("a.txt") == LINES.replace("line 15\n", "second\n")
    bench.runs.undo()
    assert bench.read("a.txt") == LINES
    assert bench.runs.redo().run.number == second.run.number
    with pytest.raises(ProjectError, match="undone already"):
        bench.runs.undo(str(first.run.number))
    bench.runs.redo(str(first.run.number))
    with pytest.raises(ProjectError, match="was not undone"):
        bench.runs.redo(str(first.run.number))


def test_several_runs_are_taken_back_as_one_and_that_is_taken_back_too(bench: Bench) -> None:
    bench.write("a.txt", "0\n")
    numbers = [bench.run(lambda n=n: bench.write("a.txt", f"{n}\n")).run.number for n in (1, 2, 3)]
    keys = [str(number) for number in numbers[1:]]
    back = bench.runs.restore(keys, About(call_id="", project="shop", branch="main", words="back"))
    assert bench.read("a.txt") == "1\n"
    assert {run.number: run.state for run in bench.runs.all() if run.act == "run"} == {
        numbers[0]: "done",
        numbers[1]: "undone",
        numbers[2]: "undone",
    }
    again = bench.runs.undo(str(back.run.number))
    assert bench.read("a.txt") == "3\n"
    assert again.run.state == "undone"
    assert {run.state for run in bench.runs.all() if run.act == "run"} == {"done"}
    with pytest.raises(ProjectError, match="nothing that came after"):
        bench.runs.restore(["999"], RUN)


def test_a_run_whose_program_was_killed_ends_with_what_is_there(bench: Bench) -> None:
    bench.write("a.txt", "1\n")
    number, _ = bench.runs.begin(RUN)
    bench.write("a.txt", "half\n")
    other = bench.opened()
    other.begin(RUN)
    told = other.show(str(number))
    assert told.run.interrupted
    assert kinds(told) == {"a.txt": "changed"}
    undone = other.undo(str(number))
    assert bench.read("a.txt") == "1\n"
    assert bench.read(f"a.run-{number}.txt") == "half\n", "who wrote it is not known: it may be the person"
    assert undone.by is not None
    assert undone.by.clashes[0].kept == f"a.run-{number}.txt"


def test_a_restore_that_was_cut_short_says_what_it_did_not_undo_and_what_contradicted(bench: Bench) -> None:
    bench.write("a.txt", "1\n")
    bench.write("b.txt", "1\n")
    first = bench.run(lambda: bench.write("b.txt", "2\n"))
    second = bench.run(lambda: bench.write("a.txt", "2\n"))
    bench.write("a.txt", "mine\n")
    looks = iter(range(1))

    def look(store: SnapshotStore) -> Taken:
        if next(looks, None) is None:
            raise KeyboardInterrupt
        taker = Taker(
            store=store, base_dir=bench.base, known=Known(), bounds=bench.bounds, cancelled=lambda: False
        )
        return taker.take()

    with SnapshotStore(bench.runs.path, str(bench.base)) as store:
        turner = Turner(store, bench.base, lambda: look(store), lambda: bench.now)
        with pytest.raises(KeyboardInterrupt):
            turner.restore((first.run, second.run), About(call_id="", project="p", branch="b", words="back"))
    bench.opened().begin(RUN)
    (restore,) = (run for run in bench.runs.all() if run.act == "restore")
    assert restore.after
    assert [clash.path for clash in restore.clashes] == ["a.txt"]
    assert restore.left_out == (f"run {first.run.number} was not undone: the restore was cut short",)
    assert bench.read("b.txt") == "2\n"
    assert bench.runs.undo(str(first.run.number)).run.state == "undone"


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_modes_that_contradict_are_said(bench: Bench) -> None:
    file = bench.write("a.sh", "1\n")
    file.chmod(0o644)
    first = bench.run(lambda: file.chmod(0o600))
    bench.run(lambda: file.chmod(0o755))
    undone = bench.runs.undo(str(first.run.number))
    assert file.stat().st_mode & 0o777 == 0o755
    assert undone.by is not None
    (clash,) = undone.by.clashes
    assert clash.why == "its mode was changed since: it stays 755 and does not become 644"


def test_what_is_undone_after_a_kill_is_no_part_of_what_was_killed(bench: Bench) -> None:
    bench.write("a.txt", "1\n")
    bench.run(lambda: bench.write("a.txt", "2\n"))
    killed, _ = bench.runs.begin(RUN)
    bench.write("b.txt", "half\n")
    later = bench.opened()
    later.undo("1")
    assert bench.read("a.txt") == "1\n"
    told = later.show(str(killed))
    assert told.run.interrupted
    assert kinds(told) == {"b.txt": "created"}
    later.undo(str(killed))
    assert bench.read("a.txt") == "1\n"


def test_old_runs_are_forgotten_and_it_is_said(tmp_path: Path) -> None:
    bench = Bench(tmp_path, runs=3)
    for number in range(3):
        assert bench.run(lambda n=number: bench.write("a.txt", f"{n}\n")).cleaned is None
    told = bench.run(lambda: bench.write("a.txt", "last\n"))
    assert told.cleaned is not None
    assert (told.cleaned.runs, told.cleaned.why) == ((1,), "more than 3 runs")
    bench.now += 40 * 86_400
    told = bench.run(lambda: bench.write("a.txt", "much later\n"))
    assert told.cleaned is not None
    assert told.cleaned.why == "older than 30 days"
    assert [run.number for run in bench.runs.all()] == [told.run.number]
    bench.runs.undo()
    assert bench.read("a.txt") == "last\n"


def test_the_store_stays_within_its_size_and_the_newest_run_stays(tmp_path: Path) -> None:
    bench = Bench(tmp_path, store=600_000)
    last = None
    for number in range(8):
        last = bench.run(lambda n=number: bench.write("a.bin", b"\0" + os.urandom(200_000)))
    assert last is not None
    assert last.cleaned is not None
    assert last.cleaned.freed > 0
    assert last.cleaned.why.startswith("more than")
    data = (bench.base / "a.bin").read_bytes()
    bench.runs.undo()
    assert (bench.base / "a.bin").read_bytes() != data
    bench.runs.redo()
    assert (bench.base / "a.bin").read_bytes() == data
    assert bench.runs.clean() is not None
    assert bench.runs.all() == ()
    assert bench.runs.size < 600_000


def test_what_is_kept_of_folders_that_nobody_uses_any_more_goes_whole(tmp_path: Path) -> None:
    shelf = tmp_path / "store"

    def bench(name: str, when: float, **bounds: float) -> Bench:
        (tmp_path / name).mkdir()
        found = Bench(tmp_path / name, **bounds)
        found.root, found.now = tmp_path, when
        found.runs = found.opened()
        found.run(lambda: found.write("a.bin", b"\0" + os.urandom(200_000)))
        return found

    day = 86_400.0
    bench("old", 0.0)
    held = bench("held", 60.0)
    bench("large", 25 * day)
    bench("recent", 28 * day)
    (shelf / "0.db.broken-1").write_bytes(b"set aside")
    assert [Path(one.base_dir).parent.name for one in stores(shelf)[1:]] == ["recent", "large", "held", "old"]
    with hold(held.runs.path.with_suffix(".lock")):
        now = Bench(tmp_path, stores=700_000)
        now.now = 31 * day
        told = now.run(lambda: now.write("a.txt", "1\n"))
    gone = [([Path(name).parent.name for name in one.folders], one.why) for one in told.forgotten]
    assert gone == [
        (["old"], "nothing was run there for 30 days"),
        (["large"], "all folders together took more than 0 MB"),
    ]
    assert all(one.freed > 200_000 for one in told.forgotten)
    left = [Path(one.base_dir).parent.name for one in stores(shelf) if one.base_dir]
    assert left == [tmp_path.name, "recent", "held"]
    assert now.run(lambda: now.write("a.txt", "2\n")).forgotten == (), "it is looked for once"
    assert len(held.runs.all()) == 1
    assert len(forget_all(shelf)[0].folders) == 4
    assert [path.suffix for path in shelf.iterdir() if path.suffix != ".lock"] == []


def test_a_store_that_cannot_be_read_is_set_aside(bench: Bench) -> None:
    bench.run(lambda: bench.write("a.txt", "1\n"))
    bench.runs.path.write_bytes(b"this is no database, and never was one" * 40)
    told = bench.run(lambda: bench.write("a.txt", "2\n"))
    assert kinds(told) == {"a.txt": "changed"}
    assert "earlier runs are lost" in bench.runs.said()[0]
    assert bench.runs.said() == ()
    assert [path.name for path in bench.runs.path.parent.glob("*.broken-1")]


@posix
def test_the_store_is_for_its_owner_alone(bench: Bench) -> None:
    bench.run(lambda: bench.write("a.txt", "1\n"))
    assert stat.S_IMODE(bench.runs.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(bench.runs.path.parent.stat().st_mode) == 0o700


def test_our_own_files_are_left_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    runs = Runs(bench.base / "state" / "runs", bench.base, clock=lambda: 1.0, own=("state", "config.toml"))
    bench.write("config.toml", "ours")
    number, _ = runs.begin(RUN)
    bench.write("config.toml", "ours, changed")
    bench.write("a.txt", "1")
    told = runs.end(number)
    assert kinds(told) == {"a.txt": "created"}


def test_looking_for_a_run_makes_no_store(bench: Bench) -> None:
    for look in (
        bench.runs.undo,
        bench.runs.redo,
        lambda: bench.runs.show("1"),
        lambda: bench.runs.restore([], RUN),
    ):
        with pytest.raises(ProjectError, match="nothing has been run here"):
            look()
    assert bench.runs.all() == ()
    assert bench.runs.clean() is None
    assert not bench.runs.path.parent.exists()


def test_an_edit_that_came_between_a_kill_and_the_next_run_is_never_merged_away(bench: Bench) -> None:
    bench.write("a.txt", LINES)
    number, _ = bench.runs.begin(RUN)
    bench.write("a.txt", LINES.replace("line 3\n", "theirs\n").replace("line 9\n", "line 9\nmine\n"))
    other = bench.opened()
    other.begin(RUN)
    bench.write("a.txt", bench.read("a.txt").replace("line 18\n", "later\n"))
    other.undo(str(number))
    assert bench.read("a.txt") == LINES.replace("line 18\n", "later\n")
    assert "mine\n" in bench.read(f"a.run-{number}.txt")


def test_what_holds_a_key_in_any_spelling_is_not_kept(tmp_path: Path) -> None:
    bench, key = Bench(tmp_path), "secret/key+of=mine-0123456789"
    for name, spelled in {"plain": key, "hex": key.encode().hex(), "quoted": quote(key, safe="")}.items():
        bench.write(f"{name}.txt", f"before {spelled} after\n")
    bench.write("other.txt", "nothing\n")
    runs = Runs(bench.root / "store", bench.base, clock=lambda: bench.now, keys=(key,))
    taken = runs.warm()
    said = {"hex.txt", "plain.txt", "quoted.txt"}
    assert set(taken.left_out) == {f"'{name}': holds one of your keys" for name in said}
    assert key.encode().hex().encode() not in runs.path.read_bytes()
