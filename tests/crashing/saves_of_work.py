"""How contexts, scripts, requests and the base directory itself are saved."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from saving import Do, SavePath

from copilot.ai.request_files import RequestFiles
from copilot.ai.xray import Xray
from copilot.context import keeping
from copilot.shell.scripts import keep_script
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.values import Section
from copilot.workspace.boundary import Boundary
from copilot.workspace.snapshots.runs import About, Runs


def play_contexts(root: Path, do: Do) -> None:
    folder, told = root / "md_gen", root / "told.md"
    do("one", lambda: keeping.keep(folder, "demo", ["one ", "context"], 0.0))
    do("the same", lambda: keeping.keep(folder, "demo", ["one ", "context"], 0.0))
    do("two", lambda: keeping.keep(folder, "demo", ["another"], 0.0))
    do("written", lambda: keeping.write(told, ["for the person"]))
    do("written", lambda: keeping.write(told, ["for the person, again"]))


def seen_contexts(root: Path) -> object:
    told = root / "told.md"
    keeping.write(told, [told.read_text() if told.exists() else ""])  # whoever writes it next cleans up
    found = [path.read_text() for path in sorted((root / "md_gen").glob("*.md"))]
    newest = keeping.newest(root / "md_gen", "demo")
    assert (newest.read_text() if newest else None) == (found[-1] if found else None)
    return *found, told.read_text()


_ONE, _TWO = "one context", "another"
CONTEXTS = SavePath(
    name="contexts as they were sent",
    modules=("context/keeping.py",),
    play=play_contexts,
    seen=seen_contexts,
    states=(
        ("",), (_ONE, ""), (_ONE, ""), (_ONE, _TWO, ""), (_ONE, _TWO, "for the person"),
        (_ONE, _TWO, "for the person, again"),
    ),
)  # fmt: skip


def play_scripts(root: Path, do: Do) -> None:
    folder = root / "scripts" / "generated"
    do("one", lambda: keep_script(folder, "s1", ".sh", b"echo one\n"))
    do("two", lambda: keep_script(folder, "s1", ".py", b"print('two')\n"))


def seen_scripts(root: Path) -> object:
    return tuple(path.read_text() for path in sorted((root / "scripts" / "generated").glob("s1_*")))


SCRIPTS = SavePath(
    name="approved scripts",
    modules=("shell/scripts.py",),
    play=play_scripts,
    seen=seen_scripts,
    states=((), ("echo one\n",), ("echo one\n", "print('two')\n")),
)


def xray(words: str) -> Xray:
    sections = (Section(kind="system", name="", start=0, end=len(words), tokens=0),)
    return Xray(text=words, sections=sections, shown=(), cached_end=0, body=None)


def play_requests(root: Path, do: Do) -> None:
    files = RequestFiles(root / "state" / "requests", ())
    do("one", lambda: files.remember("demo", "main", xray("the first request")))
    do("two", lambda: files.remember("demo", "main", xray("the second request")))


def seen_requests(root: Path) -> object:
    last = RequestFiles(root / "state" / "requests", ()).last("demo", "main")
    return None if last is None else last.text


REQUESTS = SavePath(
    name="requests as they were sent",
    modules=("ai/request_files.py",),
    play=play_requests,
    seen=seen_requests,
    states=(None, "the first request", "the second request"),
    power=False,  # which of two is the newer one is told by their times
)


FIRST, CHANGED = b"line one\nline two\n", b"changed by the run\n"


def before_base(root: Path) -> None:
    (root / "project").mkdir(parents=True)
    (root / "project" / "a.txt").write_bytes(FIRST)


def play_base(root: Path, do: Do) -> None:
    boundary = Boundary(root / "project")

    def write(path: str, data: bytes, expected: bytes | None) -> None:
        import hashlib

        there = root / "project" / path
        if there.exists() and there.read_bytes() == data:
            return
        digest = None if expected is None else hashlib.sha256(expected).hexdigest()
        boundary.write_bytes(boundary.check_writable(path), data, expected=digest)

    do("edited", lambda: write("a.txt", b"line 1\n", b"line one\nline two\n"))
    do("made", lambda: write("new/b.txt", b"new\n", None))


def seen_base(root: Path) -> object:
    paths = (path for path in (root / "project").rglob("*.txt"))
    return {path.name: path.read_text() for path in paths}


BASE = SavePath(
    name="files of the base directory that a tool writes",
    modules=("workspace/folders.py",),
    before=before_base,
    play=play_base,
    seen=seen_base,
    states=(
        {"a.txt": "line one\nline two\n"}, {"a.txt": "line 1\n"}, {"a.txt": "line 1\n", "b.txt": "new\n"},
    ),
)  # fmt: skip


def runs(root: Path) -> Runs:
    return Runs(root / "state" / "snapshots", root / "project", clock=lambda: 1.0)


def play_snapshots(root: Path, do: Do) -> None:
    own, path = runs(root), root / "project" / "a.txt"

    def ran() -> None:
        number, _ = own.begin(About(call_id="c", project="p", branch="b", words="run"))
        for _ in range(2):
            with suppress(OSError):  # of the script
                path.write_bytes(CHANGED)
                break
        own.end(number)

    def turned(act: Callable[[], object], to: bytes) -> None:
        """What was refused halfway is finished by whoever comes next, and need not be asked for again."""
        try:
            act()
        except ProjectError as error:
            if path.read_bytes() != to:
                raise StorageError(f"it could not be turned: {error}") from error

    do("ran", ran)
    do("undone", lambda: turned(own.undo, FIRST))
    do("redone", lambda: turned(own.redo, CHANGED))


def seen_snapshots(root: Path) -> object:
    """What is there once whoever comes next has finished what was begun; what a run did can be undone."""
    own = runs(root)
    found = (root / "project" / "a.txt").read_text
    own.begin(About(call_id="next", project="p", branch="b", words="next"))
    now = found()
    known = [run for run in runs(root).all() if run.act == "run" and run.about.call_id == "c"]
    done = [run for run in known if run.state == "done"]
    if now.startswith("changed") and done and done[-1].after:
        own.undo(str(done[-1].number))
        assert found() == "line one\nline two\n"
    return now


SNAPSHOTS = SavePath(
    name="what a base directory was, and the way back to it",
    modules=("workspace/snapshots/store.py", "workspace/snapshots/hands.py"),
    before=before_base,
    play=play_snapshots,
    seen=seen_snapshots,
    states=("line one\nline two\n", "changed by the run\n", "line one\nline two\n", "changed by the run\n"),
    between=("", CHANGED[: len(CHANGED) // 2].decode()),  # of the script itself
    told=("line one\nline two\n",),  # what could not be written is said as a contradiction
    power=False,  # the script that changes the file does not sync
    heavy=True,
)

PATHS = (CONTEXTS, SCRIPTS, REQUESTS, BASE, SNAPSHOTS)
