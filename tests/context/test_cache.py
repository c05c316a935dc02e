"""The cache of sections: never another context than without it, whatever happens to its file."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from trees import choice, mixed, project, source, text_of, tree

from copilot.context import aggregate
from copilot.context.aggregate import Aggregate, Workshop
from copilot.context.cache import KEPT_DAYS, Cache
from copilot.context.making import Job, Kept, Made, item, work
from copilot.vocabulary.values import Project
from copilot.workspace.boundary import Boundary
from copilot.workspace.tree_reader import TreeReader
from ordinary_user import as_ordinary_user, open_folder

HOUR = 3_600.0
DAY = 86_400.0


def shop(cache: Path, *, later: float = HOUR, version: str = "1", keys: tuple[str, ...] = ()) -> Workshop:
    """A workshop whose clock is `later` than now, so that files written just now are settled."""
    now = time.time() + later
    return Workshop(cache=cache, version=version, clock=lambda: now, processes=1, keys=keys)


def views(base: Path, *, tokens: int = 10**9) -> Project:
    return project(
        base, choice("**", "full"), choice("**/*.py", "summary"), choice("**/*.json", "names"), tokens=tokens
    )


def plain(base: Path) -> str:
    return text_of(aggregate.run(views(base)))


def run(base: Path, cache: Path, *, later: float = HOUR, version: str = "1") -> Aggregate:
    built = aggregate.run(views(base), workshop=shop(cache, later=later, version=version))
    assert text_of(built) == plain(base)
    return built


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tree(tmp_path / "base", mixed(24))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "state" / "summaries.sqlite"


def same_stamp_but_ctime(path: Path, data: bytes) -> None:
    stat = path.stat()
    assert len(data) == stat.st_size
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_second_run_reads_nothing(base: Path, cache: Path) -> None:
    first, second = run(base, cache), run(base, cache)
    assert (first.read, second.read) == (24, 0)
    assert (first.items, first.skipped) == (second.items, second.skipped)
    assert (first.trouble, second.trouble) == ("", "")


def test_a_second_run_needs_no_permission_to_read() -> None:
    def runs(folder: Path) -> tuple[str, str, int]:
        base = tree(folder / "base", mixed(24))
        first = aggregate.run(views(base), workshop=shop(folder / "cache"))
        # the mode is not in the stamp, its change time is: put back what chmod cannot
        again = {path: path.stat() for path in base.rglob("*") if path.is_file()}
        with sqlite3.connect(folder / "cache") as db:
            for path, _ in again.items():
                path.chmod(0)
                found = (path.stat().st_ctime_ns, str(path.relative_to(base)))
                db.execute("UPDATE files SET ctime = ? WHERE path = ?", found)
        db.close()
        second = aggregate.run(views(base), workshop=shop(folder / "cache"))
        with pytest.raises(PermissionError):
            next(iter(again)).read_bytes()
        return text_of(first), text_of(second), second.read

    with open_folder() as folder:
        first, second, read = as_ordinary_user(lambda: runs(folder))
    assert (first, read) == (second, 0)


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (lambda path: path.write_text("Z = 1\n"), 1),
        (lambda path: path.write_bytes(path.read_bytes()), 1),
        (lambda path: os.utime(path, (5, 5)), 1),
        (lambda path: same_stamp_but_ctime(path, path.read_bytes().swapcase()), 1),
        (lambda path: path.unlink(), 0),
        (lambda path: path.rename(path.with_name("moved.py")), 1),
        (lambda path: shutil.copyfile(path, path.with_name("copy.py")), 1),
    ],
)
def test_what_changed_is_read_and_nothing_else(
    base: Path, cache: Path, change: Callable[[Path], object], read: int
) -> None:
    run(base, cache)
    change(base / "pack0/sub 0/mod_0.py")
    assert run(base, cache).read == read
    assert run(base, cache).read == 0


def test_equal_content_under_another_kind_of_name_is_another_section(tmp_path: Path, cache: Path) -> None:
    text = source(3)
    base = tree(tmp_path / "base", {"a.py": text, "b.py": text, "c.txt": text, "d": text, "e.PY": text})
    assert run(base, cache).read == 5
    tree(base, {"sub/f.py": text, "g.md": text})
    assert run(base, cache).read == 2


def test_the_same_file_at_another_view_is_another_section(base: Path, cache: Path) -> None:
    run(base, cache)
    for view in ("full", "summary", "names"):
        asked = project(base, choice("**", view))
        for _ in range(2):
            built = aggregate.run(asked, workshop=shop(cache))
            assert text_of(built) == text_of(aggregate.run(asked))
        assert built.read == 0
    assert run(base, cache).read == 0


def test_young_files_are_not_trusted(base: Path, cache: Path) -> None:
    assert run(base, cache, later=0).read == 24
    assert run(base, cache, later=0).read == 24
    path = base / "pack0/sub 0/mod_0.py"
    same_stamp_but_ctime(path, path.read_bytes().swapcase())
    run(base, cache, later=0)


def test_times_that_no_clock_has_are_not_trusted(base: Path, cache: Path) -> None:
    for seconds in (-5, 4e9, 1e11, -2e10):
        try:
            os.utime(base / "pack0/sub 0/mod_0.py", (seconds, seconds))
        except OSError:
            continue
        assert run(base, cache).trouble == ""
        assert run(base, cache).read == 1


def test_another_version_begins_anew(base: Path, cache: Path) -> None:
    run(base, cache)
    assert run(base, cache, version="2").read == 24
    assert run(base, cache, version="2").read == 0
    assert run(base, cache, version="1").read == 24


def test_a_run_of_another_version_in_between_leaves_nothing_wrong(base: Path, cache: Path) -> None:
    slow = Cache(cache, "1", base, time.time() + HOUR)
    run(base, cache, version="2")
    one = next(iter(aggregate.run(views(base)).items))
    lie = Made(sha256=one.sha256, view=one.view, body="of version 1")
    with slow:
        slow.keep([Kept(path=one.path, kind="py", stamp=(one.size, one.mtime_ns, 1), pieces=1.0, made=lie)])
        assert "another version" in slow.trouble
    with sqlite3.connect(cache) as db:
        assert db.execute("SELECT count(*) FROM made WHERE body = 'of version 1'").fetchone() == (0,)
    db.close()
    assert run(base, cache, version="2").read == 0


def test_tables_of_another_form_are_thrown_away(base: Path, cache: Path) -> None:
    cache.parent.mkdir()
    with sqlite3.connect(cache) as db:
        db.execute("CREATE TABLE about (version TEXT)")
        db.execute("INSERT INTO about VALUES ('0')")
        db.execute("CREATE TABLE files (something TEXT)")
        db.execute("CREATE TABLE made (id INTEGER PRIMARY KEY, other TEXT)")
    db.close()
    assert run(base, cache).trouble == ""
    assert run(base, cache).read == 0


def spoil(path: Path, how: str) -> None:
    data = path.read_bytes()
    chance = random.Random(7)
    match how:
        case "noise":
            path.write_bytes(chance.randbytes(len(data)))
        case "half":
            path.write_bytes(data[: len(data) // 2])
        case "short":
            path.write_bytes(data[:50])
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_bytes(b"not a database\n" * 100)
        case "noise within":
            path.write_bytes(data[:4096] + chance.randbytes(len(data) - 4096))
        case _:
            at = int(how)
            path.write_bytes(data[:at] + chance.randbytes(3_000) + data[at + 3_000 :])


@pytest.mark.parametrize(
    "how",
    ["noise", "half", "short", "empty", "text", "noise within", "5000", "9000", "14000", "20000", "30000"],
)
def test_a_spoilt_file_costs_time_and_nothing_else(base: Path, cache: Path, how: str) -> None:
    run(base, cache)
    spoil(cache, how)
    run(base, cache)
    run(base, cache)
    assert run(base, cache).read == 0, "it is whole again"


def test_a_spoilt_file_is_replaced_however_many_files_are_asked_for(tmp_path: Path, cache: Path) -> None:
    base = tree(tmp_path / "base", {f"a{number}.txt": f"{number} {'word ' * 20}\n" for number in range(600)})
    run(base, cache)
    spoil(cache, "noise within")
    run(base, cache)
    run(base, cache)
    assert run(base, cache).read == 0


def test_a_folder_in_its_place_is_told(base: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    assert "cannot be used" in run(base, cache).trouble


def test_a_folder_that_is_a_file_is_told(base: Path, cache: Path) -> None:
    cache.parent.write_text("no folder")
    assert "cannot be used" in run(base, cache).trouble


def test_a_folder_or_file_that_cannot_be_written_is_told() -> None:
    def troubles(folder: Path) -> list[str]:
        base = tree(folder / "base", mixed(8))
        cache = folder / "state" / "summaries.sqlite"
        run(base, cache)
        cache.parent.chmod(0o500)
        cache.chmod(0o400)
        found = [run(base, cache, version=version).trouble for version in ("1", "2")]
        cache.parent.chmod(0o700)
        cache.unlink()
        cache.parent.chmod(0o500)
        found.append(run(base, cache).trouble)
        cache.parent.chmod(0o700)
        return found

    with open_folder() as folder:
        told = as_ordinary_user(lambda: troubles(folder))
    assert all("cannot be used" in one for one in told[1:]), told


def test_a_full_disk_is_told(base: Path, cache: Path) -> None:
    """A database that may not grow says the same as a full disk: SQLITE_FULL."""
    run(base, cache)
    many = {f"more{number}.txt": random.Random(number).randbytes(30_000).hex() for number in range(8)}
    tree(base, many)
    with Cache(cache, "1", base, time.time() + HOUR) as kept:
        assert kept._db is not None
        pages = kept._db.execute("PRAGMA page_count").fetchone()[0]
        kept._db.execute(f"PRAGMA max_page_count = {pages}")
        built = aggregate.run(views(base))
        kept.keep(
            Kept(
                path=one.path,
                kind="txt",
                stamp=(one.size, one.mtime_ns, one.mtime_ns),
                pieces=one.pieces,
                made=Made(sha256=one.sha256, view=one.view, body=one.text),
            )
            for one in built.items
        )
        assert "full" in kept.trouble
    assert run(base, cache).read == len(many), "all or nothing"


def test_another_process_that_holds_it_for_long_is_told(base: Path, cache: Path) -> None:
    run(base, cache)
    with sqlite3.connect(cache) as other:
        other.execute("BEGIN EXCLUSIVE")
        built = run(base, cache)
        assert (built.read, built.trouble) == (0, ""), "reading goes on beside a writer"
        tree(base, {"new.py": "N = 1\n"})
        built = run(base, cache)
        assert built.read == 1
        assert "locked" in built.trouble
        other.rollback()
    other.close()
    assert run(base, cache).trouble == ""


WRITER = """
import sys, time
from pathlib import Path
sys.path[:0] = [{here!r}, {tests!r}]
from test_cache import run
for turn in range(6):
    built = run(Path(sys.argv[1]), Path(sys.argv[2]), version=sys.argv[3])
    assert not built.trouble or "another version" in built.trouble, built.trouble
print("done")
"""


@pytest.mark.parametrize("versions", [("1", "1", "1"), ("1", "2", "1")])
def test_processes_that_write_at_once_stay_right(
    tmp_path: Path, cache: Path, versions: tuple[str, ...]
) -> None:
    bases = [tree(tmp_path / "a", mixed(24)), tree(tmp_path / "b", mixed(16)), tmp_path / "a"]
    here = Path(__file__).parent
    code = WRITER.format(here=str(here), tests=str(here.parent))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(base), str(cache), version],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for base, version in zip(bases, versions, strict=True)
    ]
    ends = [process.communicate(timeout=120) for process in running]
    assert [out for out, _ in ends] == ["done\n"] * 3, ends
    assert run(bases[0], cache, version=versions[-1]).trouble == ""


def rows(cache: Path, table: str) -> int:
    with sqlite3.connect(cache) as db:
        count = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    return int(count)


def test_what_no_run_asks_for_is_dropped(base: Path, cache: Path, tmp_path: Path) -> None:
    other = tree(tmp_path / "other", {"o.py": source(99)})
    run(base, cache)
    run(other, cache)
    (base / "pack0/sub 0/mod_0.py").unlink()
    for days in range(1, KEPT_DAYS + 3, 3):
        assert run(base, cache, later=days * DAY).read == 0
    run(base, cache, later=(KEPT_DAYS + 3) * DAY)
    assert (rows(cache, "files"), rows(cache, "bases")) == (23, 1)
    assert rows(cache, "made") == 21, "three files have equal content"
    assert run(other, cache, later=(KEPT_DAYS + 3) * DAY).read == 1


def test_no_key_gets_in(tmp_path: Path, cache: Path) -> None:
    key = "sk-canary-0123456789"
    base = tree(
        tmp_path / "base",
        {
            "a.py": f"KEY = '{key}'\n",
            "b.txt": f"{key}\n",
            "c.json": f'{{"{key}": 1}}\n',
            f"{key}.txt": "x\n",
            "d.js": f"import x from '{key}';\nexport const y = 1;\n" + "export function z() {}\n" * 30,
            "e.py": "E = 1\n",
        },
    )
    for view in ("full", "summary", "names"):
        aggregate.run(project(base, choice("**", view)), workshop=shop(cache, keys=(key,)))
    assert aggregate.run(project(base, "e.py"), workshop=shop(cache)).read == 0
    held = b"".join(path.read_bytes() for path in cache.parent.iterdir())
    assert b"E = 1" in held
    assert b"canary" not in held


@pytest.mark.skipif(sys.platform == "win32", reason="sections wait in memory there")
def test_nothing_with_a_key_waits_on_the_disk(tmp_path: Path, cache: Path) -> None:
    key = "sk-canary-0123456789"
    texts = {f"m{number}.py": f"VALUE = {number}\n" for number in range(250)}
    base = tree(tmp_path / "base", {**texts, "m7.py": f"KEY = '{key}'\n"})
    cache.parent.mkdir(parents=True, exist_ok=True)
    built = aggregate.run(project(base, choice("**", "full")), workshop=shop(cache, keys=(key,)))
    in_memory = [one.path for one in built.items if isinstance(one.held, str)]
    assert in_memory == ["m7.py"]
    assert len(built.items) == 250
    assert all("VALUE" in one.text for one in built.items if one.path != "m7.py")


def test_names_that_are_no_text_are_read_each_time(tmp_path: Path, cache: Path) -> None:
    base = tree(tmp_path / "base", {"a.py": "A = 1\n"})
    try:
        Path(os.fsdecode(os.fsencode(base) + b"/b\xe9.py")).write_text("x = 1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    assert [run(base, cache).read for _ in range(2)] == [2, 1]
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xe9"))
    base.rename(odd)
    assert run(odd, cache).trouble == ""


def test_a_link_is_not_shown_once_its_file_is_hidden(tmp_path: Path, cache: Path) -> None:
    base = tree(tmp_path / "base", {"private/x.txt": "canary\n", "a.txt": "a\n", "keys/y.txt": "canary\n"})
    (base / "in.txt").symlink_to("private/x.txt")
    (base / "out.txt").symlink_to(".ssh/y.txt")
    (base / "keys").rename(base / ".ssh")
    assert text_of(run(base, cache)).count("canary") == 2
    (base / ".aiignore").write_text("private/\n")
    assert "canary" not in text_of(run(base, cache))
    (base / ".aiignore").unlink()
    assert "canary" in text_of(run(base, cache))


def test_what_may_be_otherwise_next_time_is_not_kept() -> None:
    def lasting(folder: Path) -> dict[str, bool]:
        base = tree(folder / "base", {"a.py": "A = 1\n", "b.txt": b"x" * 1_000_001, ".env": "X=1\n"})
        (base / "a.py").chmod(0)
        boundary = Boundary(base)
        found: dict[str, bool] = {}
        with TreeReader(base) as reader:
            for path in ("a.py", "b.txt", ".env", "gone"):
                job = Job(path=path, view="full", stamp=((base / "b.txt").stat().st_size, 1, 1))
                job = job if path == "b.txt" else replace(job, stamp=(1, 1, 1))
                found[path] = work(job, reader, boundary).lasting
        return found

    with open_folder() as folder:
        told = as_ordinary_user(lambda: lasting(folder))
    assert told == {"a.py": False, "b.txt": True, ".env": True, "gone": False}


def test_what_does_not_last_is_asked_again(base: Path, cache: Path) -> None:
    made = Made(sha256="", view="full", note="busy")
    one = Kept(path="x", kind="x", stamp=(1, 1, 1), pieces=1.0, made=made)
    with Cache(cache, "1", base, time.time()) as kept:
        kept.keep([replace(one, lasting=False)])
        assert list(kept.files({"x": ("full", (1, 1, 1))})) == []
        kept.keep([one])
        ((found, names),) = kept.files({"x": ("full", (1, 1, 1))})
        assert found == item("x", made, (1, 1, 1), 1.0)
        assert names == ((), ())
