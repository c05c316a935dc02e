"""`copilot context`: the Markdown, and what is printed about it."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from program_runs import ARGV, TIMEOUT_SECONDS, environ, in_terminal, run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("x = 1\n")
    (folder / "src" / "b.py").write_text("y = 2\n")
    (folder / "notes.md").write_text("# Notes\n")
    return folder


def test_it_writes_the_context_and_says_where_and_how_large(project: Path, tmp_path: Path) -> None:
    done = run(
        "context", "--base-dir", str(project), "src/*.py", "!src/b.py", env=environ(tmp_path), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    path, files, characters, tokens = done.stdout.splitlines()
    text = Path(path).read_text()
    assert Path(path).parent == tmp_path / "home" / "md_gen"
    assert (files, done.stderr) == ("files: 1", "")
    assert "x = 1" in text
    assert "y = 2" not in text
    assert 0 < int(characters.removeprefix("characters: ").replace(",", "")) <= len(text)
    assert int(tokens.removeprefix("estimated tokens: ").replace(",", "")) > 0


def test_the_files_named_once_are_not_kept_in_the_project(project: Path, tmp_path: Path) -> None:
    env = environ(tmp_path)
    assert run("context", "--base-dir", str(project), "*.md", env=env, cwd=tmp_path).returncode == 0
    done = run("context", "--project", "shop", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "files: 0" in done.stdout


def test_no_project_is_made_for_files_that_are_named(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "o.py").write_text("o = 1\n")
    in_home(tmp_path, project, 'paths = ["*.md"]')
    before = sorted(path.name for path in (tmp_path / "home" / "projects").iterdir())
    done = context("**", "--out", "-", base=other, tmp_path=tmp_path)
    assert (done.returncode, "o = 1" in done.stdout) == (0, True), done.stderr
    assert sorted(path.name for path in (tmp_path / "home" / "projects").iterdir()) == before


def test_a_project_has_its_own_files(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "projects").mkdir(parents=True)
    (home / "projects" / "shop.toml").write_text(
        f'schema_version = 1\nname = "shop"\n\n[files]\nbase_dir = "{project}"\npaths = ["*.md"]\n'
    )
    done = run("context", "--project", "shop", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# Notes" in Path(done.stdout.splitlines()[0]).read_text()


def test_a_pattern_that_finds_nothing_fails(project: Path, tmp_path: Path) -> None:
    done = run("context", "--base-dir", str(project), "*.rs", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "no file matches" in done.stderr


def context(
    *words: str, base: Path, tmp_path: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return run("context", "--base-dir", str(base), *words, env=env or environ(tmp_path), cwd=tmp_path)


def in_home(tmp_path: Path, project: Path, files: str, limit: int = 120_000) -> None:
    """A project file in the home; `files` are lines of TOML."""
    home = tmp_path / "home" / "projects"
    home.mkdir(parents=True, exist_ok=True)
    (home / "shop.toml").write_text(
        f'schema_version = 1\nname = "shop"\n\n[limits]\nmax_context_tokens = {limit}\n\n'
        f'[files]\nbase_dir = "{project}"\n{files}\n'
    )


def large(folder: Path, count: int) -> Path:
    """A tree that takes some seconds, every file another content."""
    for number in range(count):
        path = folder / f"pack{number % 20}" / f"mod_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = "".join(f"def f{number}_{n}(a, b):\n    return a + b * {n}\n\n\n" for n in range(40))
        path.write_text(body)
    return folder


@contextmanager
def cores(count: int) -> Iterator[None]:
    """What is started meanwhile gets so many cores: however many there are, it takes its time."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


linux = pytest.mark.skipif(sys.platform != "linux", reason="chooses cores, looks for processes in /proc")


def leftovers(tmp_path: Path) -> list[str]:
    """Files that no run may leave: half-written ones."""
    return [str(path) for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]


@pytest.mark.parametrize(
    ("view", "shown", "hidden"),
    [
        ("full", "x = 1", "- src"),
        ("summary", "View: summary.", "View: full"),
        ("names", "- src/a.py", "View:"),
    ],
)
def test_a_view_for_all(project: Path, tmp_path: Path, view: str, shown: str, hidden: str) -> None:
    done = context("src", "--view", view, "--out", "-", base=project, tmp_path=tmp_path)
    files = done.stdout.partition("# Files")[2].partition("# Branch")[0]
    assert done.returncode == 0, done.stderr
    assert shown in files
    assert hidden not in files


def test_a_view_brings_nothing_back_that_is_off(project: Path, tmp_path: Path) -> None:
    in_home(tmp_path, project, 'paths = ["**", {path = "notes.md", view = "off"}, "!src/b.py"]')
    done = run(
        "context", "--project", "shop", "--view", "full", "--out", "-", env=environ(tmp_path), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "x = 1" in done.stdout
    assert "# Notes" not in done.stdout
    assert "y = 2" not in done.stdout


def test_the_same_bytes_go_to_a_file_a_pipe_and_a_link(project: Path, tmp_path: Path) -> None:
    (project / "odd.txt").write_bytes("größe \u2028 \U0001f600\r\n".encode())
    env = environ(tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    out, link = tmp_path / "out.md", tmp_path / "link.md"
    link.symlink_to("target.md")
    words = [*ARGV, "context", "--base-dir", str(project), "**", "--out"]
    printed = subprocess.run(
        [*words, "-"], env=env, cwd=tmp_path, capture_output=True, timeout=90, check=True
    )
    for name in ("out.md", "link.md"):
        subprocess.run([*words, name], env=env, cwd=tmp_path, capture_output=True, timeout=90, check=True)
    assert out.read_bytes() == link.read_bytes() == printed.stdout
    assert "größe \u2028 \U0001f600".encode() in printed.stdout
    assert link.is_symlink()
    assert not (tmp_path / "home" / "md_gen").exists(), "nothing is kept that was not asked for"
    assert b"files: 4" in printed.stderr


def test_an_equal_file_is_left_alone(project: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.md"
    for _ in range(2):
        assert context("**", "--out", str(out), base=project, tmp_path=tmp_path).returncode == 0
        os.utime(out, (5, 5)) if out.stat().st_mtime != 5 else None
    assert out.stat().st_mtime == 5
    (project / "notes.md").write_text("# New\n")
    assert context("**", "--out", str(out), base=project, tmp_path=tmp_path).returncode == 0
    assert "# New" in out.read_text()


def test_a_device_stays_a_device(project: Path, tmp_path: Path) -> None:
    assert context("**", "--out", "/dev/null", base=project, tmp_path=tmp_path).returncode == 0
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("by", ["name", "stream"])
def test_a_full_disk_is_said_plainly(project: Path, tmp_path: Path, by: str) -> None:
    words = [
        *ARGV,
        "context",
        "--base-dir",
        str(project),
        "**",
        "--out",
        "-" if by == "stream" else "/dev/full",
    ]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            words,
            env=environ(tmp_path),
            cwd=tmp_path,
            stdout=full if by == "stream" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            timeout=90,
            check=False,
        )
    assert done.returncode == 1
    assert "copilot: " in done.stderr
    assert "Traceback" not in done.stderr
    assert "space" in done.stderr or "full" in done.stderr


def test_a_place_that_cannot_be_written_is_said_plainly(project: Path, tmp_path: Path) -> None:
    for out in ("none/out.md", "shop", "shop/notes.md/out.md"):
        done = context("**", "--out", out, base=project, tmp_path=tmp_path)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False)
        assert "failed" in done.stderr
    assert leftovers(tmp_path) == []


def test_a_home_that_cannot_be_made_is_said_plainly(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    env = environ(tmp_path, COPILOT_HOME=str(tmp_path / "file" / "home"))
    kept = context("**", base=project, tmp_path=tmp_path, env=env)
    assert (kept.returncode, "Traceback" in kept.stderr) == (1, False)
    assert "failed" in kept.stderr
    printed = context("**", "--out", "-", base=project, tmp_path=tmp_path, env=env)
    assert printed.returncode == 0, printed.stderr
    assert "x = 1" in printed.stdout
    assert "cache of summaries cannot be used" in printed.stderr


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_stats_add_up(project: Path, tmp_path: Path) -> None:
    (project / "src" / "deep er").mkdir()
    (project / "src" / "deep er" / "c\n.py").write_text("z = 3\n" * 500)
    (project / "raw.bin").write_bytes(b"\0")
    done = context("**", "--stats", "--budget", "400", base=project, tmp_path=tmp_path)
    assert done.returncode == 0, done.stderr
    table = done.stdout.partition("path\n")[2].partition("\n\n")[0].splitlines()
    rows = [re.fullmatch(r" *([\d,]+)  (.{13})  ( *)(.+)", line) for line in table]
    found = [(number(row[1]), row[2].strip(), row[4]) for row in rows if row is not None]
    assert len(found) == len(table), table
    assert found[0][2] == "./"
    tokens = {path: count for count, _, path in found}
    files = {path: count for path, count in tokens.items() if not path.endswith("/")}
    assert set(files) == {"notes.md", "raw.bin", "src/a.py", "src/b.py", "src/deep er/c\\x0a.py"}
    for folder in ("./", "src/", "src/deep er/"):
        below = [count for path, count in files.items() if folder == "./" or path.startswith(folder)]
        assert tokens[folder] == sum(below), folder
    states = {path: state for _, state, path in found}
    assert states["raw.bin"] == "not shown"
    assert any(">" in state for state in states.values())
    stages = re.search(r"^time: (.+)$", done.stdout, re.MULTILINE)
    assert stages is not None
    assert [stage.split()[0] for stage in stages[1].split(" · ")] == ["look", "read", "fit", "order"]
    assert "files were read" in done.stdout
    assert "src/deep er/c\\x0a.py: stepped down" in done.stderr


def test_a_budget_is_kept_and_what_stepped_down_is_told(project: Path, tmp_path: Path) -> None:
    (project / "src" / "a.py").write_text("def sell():\n    return 1\n" + "# word\n" * 2_000)
    done = context("src", "--budget", "500", "--out", "-", base=project, tmp_path=tmp_path)
    assert done.returncode == 0
    assert "src/a.py: stepped down to" in done.stderr
    assert "# word\n# word\n# word\n" * 20 not in done.stdout
    done = context("src", "--out", "-", base=project, tmp_path=tmp_path)
    assert (done.stdout.count("# word\n"), "stepped" in done.stderr) == (2_000, False)
    assert context("src", "--budget", "0", base=project, tmp_path=tmp_path).returncode == 2


def test_a_project_has_its_own_limit(project: Path, tmp_path: Path) -> None:
    (project / "notes.md").write_text("# Notes\n\n" + "word " * 5_000)
    in_home(tmp_path, project, 'paths = ["**"]', limit=2_000)
    env = environ(tmp_path)
    own = run("context", "--project", "shop", "--out", "-", env=env, cwd=tmp_path)
    assert "notes.md: stepped down to" in own.stderr
    more = run("context", "--project", "shop", "--budget", "90000", "--out", "-", env=env, cwd=tmp_path)
    assert (more.returncode, "stepped down" in more.stderr) == (0, False)


def test_a_difference_is_told_by_section(project: Path, tmp_path: Path) -> None:
    none = context("**", "--diff", base=project, tmp_path=tmp_path)
    assert "nothing was written before" in none.stdout
    same = context("**", "--diff", base=project, tmp_path=tmp_path)
    assert "the same as shop_001.md" in same.stdout
    assert same.stdout.splitlines()[0] == none.stdout.splitlines()[0], "and no new file"
    (project / "src" / "a.py").write_text("x = '\x1b[31m2'\n")
    (project / "src" / "b.py").unlink()
    (project / "src" / "c.py").write_text("c = 3\n")
    changed = context("**", "--diff", base=project, tmp_path=tmp_path)
    told = changed.stdout.partition("against shop_001.md:\n")[2]
    assert "-x = 1\n+x = '\\x1b[31m2'\n" in told, told
    assert "-y = 2" in told
    assert "+c = 3" in told
    assert "notes.md" not in told
    assert "\x1b" not in changed.stdout


def test_progress_is_silent_for_what_is_quick(project: Path, tmp_path: Path) -> None:
    with in_terminal(
        "context", "--base-dir", str(project), "**", env=environ(tmp_path), cwd=tmp_path
    ) as terminal:
        assert terminal.end() == 0
    assert " of " not in terminal.seen


@linux
def test_progress_of_what_is_long_stands_on_standard_error(tmp_path: Path) -> None:
    base = large(tmp_path / "big", 1_200)
    words = ("context", "--base-dir", str(base), "**", "--view", "summary", "--out", "-")
    with (
        cores(1),
        in_terminal(*words, env=environ(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL) as terminal,
    ):
        terminal.until(" of 1,200 files")
        assert terminal.end() == 0
    assert "\r" in terminal.seen, "one line that is written over"
    assert "\x1b" not in terminal.seen
    last = terminal.seen.rpartition("\r")[2]
    assert " of 1,200 files" not in last, "and gone in the end"


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


@linux
def test_ctrl_c_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    base = large(tmp_path / "big", 3_000)
    out = tmp_path / "out.md"
    out.write_text("before\n")
    words = ("context", "--base-dir", str(base), "**", "--view", "summary", "--out", str(out))
    with cores(2), in_terminal(*words, env=environ(tmp_path), cwd=tmp_path) as terminal:
        terminal.until(" of 3,000 files")
        started = children_of(terminal.process.pid)
        terminal.type("\x03")
        assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert out.read_text() == "before\n"
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "home" / "md_gen").exists()
    assert len(os.sched_getaffinity(0)) == 1 or started
    end = time.monotonic() + 30
    while alive := [pid for pid in started if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < end, alive
        time.sleep(0.02)
    again = context("pack0", "--view", "summary", "--out", "-", base=base, tmp_path=tmp_path)
    assert (again.returncode, "cannot be used" in again.stderr) == (0, False)


@linux
def test_a_signal_ends_it_like_ctrl_c(tmp_path: Path) -> None:
    base = large(tmp_path / "big", 1_200)
    with cores(1):
        running = subprocess.Popen(
            [*ARGV, "context", "--base-dir", str(base), "**", "--view", "summary", "--out", "-"],
            env=environ(tmp_path),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert running.stderr is not None
    assert running.stderr.readline().endswith(" of 1,200 files\n")
    running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=TIMEOUT_SECONDS)
    assert (running.returncode, out, "Traceback" in said) == (130, "", False)


def test_a_project_that_is_open_elsewhere_is_read_all_the_same(project: Path, tmp_path: Path) -> None:
    in_home(tmp_path, project, 'paths = ["*.md"]')
    code = (
        "import sys, time; from pathlib import Path; from copilot.projects.home import Home\n"
        "from copilot.projects.store import Store; from copilot.vocabulary.values import Limits\n"
        "with Store.open(Home(root=Path(sys.argv[1])), 'shop', clock=time.time, new_id=lambda: 'a',"
        " base_dir=None, limits=Limits()):\n    print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "home")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        done = run("context", "--project", "shop", "--out", "-", env=environ(tmp_path), cwd=tmp_path)
    finally:
        holder.communicate()
    assert done.returncode == 0, done.stderr
    assert "# Notes" in done.stdout
    assert "open in another program" in done.stderr


def test_no_key_is_written_or_kept(project: Path, tmp_path: Path) -> None:
    key = "sk-canary-0123456789"
    (project / "src" / "a.py").write_text(f"KEY = '{key}'\n")
    (project / "notes.md").write_text(f"# {key}\n")
    env = environ(tmp_path, ANTHROPIC_API_KEY=key)
    for words in (
        ("--out", "-"),
        ("--view", "summary", "--stats", "--diff"),
        (
            "--view",
            "names",
        ),
    ):
        done = context("**", *words, base=project, tmp_path=tmp_path, env=env)
        assert done.returncode == 0
        assert "canary" not in done.stdout + done.stderr
    kept = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"canary" in path.read_bytes() for path in kept)


LOADED = """
import atexit, json, runpy, sys
sys.argv = ["copilot", *json.loads(sys.argv[1])]
atexit.register(lambda: sys.stderr.write("\\n" + json.dumps(sorted(sys.modules))))
runpy.run_module("copilot", run_name="__main__")
"""


def test_a_run_with_nothing_new_loads_little(project: Path, tmp_path: Path) -> None:
    for path in project.rglob("*"):
        os.utime(path, (1e9, 1e9))
    words = ["context", "--base-dir", str(project), "**", "--view", "summary", "--out", "-"]
    loaded: list[str] = []
    end = time.monotonic() + 30
    while time.monotonic() < end:
        done = subprocess.run(
            [sys.executable, "-c", LOADED, json.dumps(words)],
            env=environ(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )
        loaded = json.loads(done.stderr.splitlines()[-1])
        if "copilot.context.summarize" not in loaded:
            break
        time.sleep(0.5)  # the files are too young to be trusted
    heavy = {
        "pydantic",
        "tree_sitter",
        "asyncio",
        "httpx",
        "dearpygui",
        "multiprocessing",
        "subprocess",
        "dataclasses",
        "inspect",
        "hashlib",
        "difflib",
        "email",
    }
    heavy |= {
        "copilot.context.summarize",
        "copilot.context.ranking.rank",
        "copilot.context.pool",
        "copilot.ai",
    }
    assert heavy.isdisjoint(loaded), heavy & set(loaded)
