"""Previews: the change set is the real run's, Discard leaves no trace, Apply gives exactly what was shown."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from preview_corpus import SCRIPTS, add_twins, make_project

from copilot.shell import shell_runner
from copilot.shell.confine import changes, commit, manifest, work
from copilot.shell.confine.fences import Fences, fenced
from copilot.shell.confine.preview import Held, Job, preview
from copilot.vocabulary.confinement import Confinement, Fence, RunSettings
from copilot.vocabulary.errors import StorageError, ToolError, TurnCancelledError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for a POSIX shell")
COPY = Confinement(view="copy", missing=("Nothing else works here.",))
EACH = os.environ.get("CI") != "true"
"""Discard every script's preview in a copy, too; where time is short, a fourth of them: it is one rmtree."""


@pytest.fixture(scope="module")
def best(tmp_path_factory: pytest.TempPathFactory) -> Fences:
    """What works here at most."""
    folder = tmp_path_factory.mktemp("fences")
    return Fences(folder, _environ(folder), sys.platform)


def _environ(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C"}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    project = tmp_path / "view" / "proj"
    make_project(project)
    yield project
    for path in tmp_path.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


def _job(root: Path, script: str, home: Path, **more: object) -> Job:
    def argv(folder: Path) -> tuple[str, ...]:
        (folder / "script.sh").write_text(script)
        return ("/bin/bash", "--noprofile", "--norc", str(folder / "script.sh"))

    given = {"timeout_seconds": 20.0, "cancelled": lambda: False} | more
    return Job(root=root, argv=argv, env=_environ(home), **given)  # type: ignore[arg-type]


def _state(root: Path) -> dict[str, object]:
    """Everything of a tree that a person could notice, times included."""
    found: dict[str, object] = {}
    for path in [root, *sorted(root.rglob("*"))]:
        at = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        to = str(path.readlink()) if path.is_symlink() else ""
        found[str(path)] = (at.st_mode, at.st_mtime_ns, at.st_ctime_ns, at.st_ino, at.st_nlink, data, to)
    return found


def _told(steps: list[changes.Step], old: Path, new: Path, root: Path) -> list[tuple[str, ...]]:
    told = changes.told(steps, old, new, lambda text: text)
    name = str(root)
    return [(c.kind, c.path, c.before, c.after.replace(name, "ROOT"), c.diff, c.note) for c in told]


def _really(fences: Fences, tmp_path: Path, script: str, *, twins: bool) -> list[tuple[str, ...]]:
    """The change set of a real run, confined where that works, of a project as large."""
    root, old = tmp_path / "real" / "proj", tmp_path / "old" / "proj"
    for one in (root, old):
        make_project(one)
        if twins:
            add_twins(one)
    before = manifest.scan(root)
    file = tmp_path / "real.sh"
    file.write_text(script)
    argv, env = ("/bin/bash", "--noprofile", "--norc", str(file)), _environ(tmp_path)
    fence = Fence(confined=fences.here().files, network=False, here=fences.here())
    with fenced(fences, fence, root, argv, env) as specified:
        shell_runner.run(
            argv,
            cwd=root,
            env=env,
            timeout_seconds=20.0,
            cancelled=lambda: False,
            output=lambda _stream, _text: None,
            fence=specified,
        )
    after = manifest.scan(root)
    return _told(changes.steps_of(before, after, before.keys() | after.keys(), old, root), old, root, root)


def _as_shown(held: Held, before: manifest.Manifest) -> dict[str, tuple[object, ...]]:
    """What must be in the project after Apply: every path's kind, mode, bytes, target, a file's time."""
    found = {path: _facts(entry, "") for path, entry in before.items()}
    for step in held.steps:
        found.pop(step.path, None)
        if step.after is not None:
            found[step.path] = _facts(step.after, step.new_hash)
    return found


def _facts(entry: manifest.Entry, digest: str) -> tuple[object, ...]:
    mode = 0 if entry.kind == "link" else entry.mode
    return (entry.kind, mode, entry.target, entry.mtime_ns if entry.kind == "file" else 0, digest)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_preview_keeps_its_word_at_each_level(name: str, best: Fences, root: Path, tmp_path: Path) -> None:
    """It shows what a real run does; Discard leaves not a bit of it; Apply gives exactly what was shown."""
    script, twins = SCRIPTS[name], "twin" in SCRIPTS[name]
    real = _really(best, tmp_path, script, twins=twins)
    copies = Fences(tmp_path / "copies", _environ(tmp_path), sys.platform, found=COPY)
    for fences in (best,) if name == "the network" else (best, copies):
        if fences is copies:
            root = tmp_path / "second" / "proj"
            make_project(root)
        if twins:
            add_twins(root)
        state = _state(root)
        held = preview(fences, _job(root, script, tmp_path), "p1")
        assert _state(root) == state
        if fences is best or "goes out" not in name:  # a mere copy keeps nobody in: that is said, not shown
            assert _shown(held) == real, held.view
        if fences is best or EACH or sum(name.encode()) % 4 == 0:
            held.discard()
            assert not held.private.folder.exists()
            assert _state(root) == state
            held = preview(fences, _job(root, script, tmp_path), "p2")
        wanted = _as_shown(held, manifest.scan(root))
        held.apply()
        held.discard()
        hashed = {step.path for step in held.steps}
        facts = {
            path: _facts(e, manifest.hash_of(root / path) if path in hashed and e.kind == "file" else "")
            for path, e in manifest.scan(root).items()
        }
        assert facts == wanted
        assert not list(root.glob(f"{work.FOLDER}*"))
        assert not list((fences.journals or tmp_path).glob("apply-*"))


def _shown(held: Held) -> list[tuple[str, ...]]:
    name = str(held.root)
    return [(c.kind, c.path, c.before, c.after.replace(name, "ROOT"), c.diff, c.note) for c in held.changes]


def test_the_corpus_is_large_enough() -> None:
    assert len(SCRIPTS) >= 60


def _other_file_changes(root: Path) -> None:
    (root / "sub" / "one.txt").write_text("by somebody else\n")


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda root: (root / "a.txt").write_text("by somebody else\n"),
        lambda root: (root / "a.txt").unlink(),
        lambda root: (root / "new.txt").write_text("there first\n"),
        lambda root: (root / "a.txt").chmod(0o600),
        _other_file_changes,
    ],
)
def test_apply_refuses_where_something_changed_meanwhile(
    meanwhile: object, best: Fences, root: Path, tmp_path: Path
) -> None:
    held = preview(best, _job(root, "echo x >> a.txt; echo n > new.txt", tmp_path), "p")
    meanwhile(root)  # type: ignore[operator]
    state = _state(root)
    with pytest.raises(ToolError, match="changed since the preview"):
        held.apply()
    held.discard()
    assert _state(root) == state


def test_apply_refuses_other_bytes_than_were_shown(best: Fences, root: Path, tmp_path: Path) -> None:
    held = preview(best, _job(root, "echo n > new.txt; rm a.txt", tmp_path), "p")
    (held.new / "new.txt").write_text("evil\n")
    with pytest.raises(ToolError, match="not any more what was shown"):
        held.apply()
    held.discard()
    assert (root / "a.txt").read_text() == "one\ntwo\n"
    assert not (root / "new.txt").exists()
    assert not list(root.glob(f"{work.FOLDER}*"))


def test_what_fails_in_the_middle_is_taken_back(best: Fences, root: Path, tmp_path: Path) -> None:
    script = "echo n > new.txt; rm -r sub; echo x >> a.txt; mkdir z; echo q > z/q; ln -sfn run.sh link"
    held = preview(best, _job(root, script, tmp_path), "p")
    before = {path: entry.same_as[:3] for path, entry in manifest.scan(root).items()}
    broken = [*held.steps, changes.Step(path="not/there/x", before=None, after=held.steps[0].before)]
    last = changes.Step(path="gone", before=next(iter(manifest.scan(root).values())), after=None)
    with pytest.raises(StorageError, match="could not be made"):
        commit.commit(root, held.new, [*broken[:-1], _folder_in_nothing(last)], tmp_path)
    held.discard()
    assert {path: entry.same_as[:3] for path, entry in manifest.scan(root).items()} == before
    assert (root / "a.txt").read_text() == "one\ntwo\n"
    assert (root / "sub" / "deep" / "two.txt").read_text() == "2\n"


def _folder_in_nothing(step: changes.Step) -> changes.Step:
    assert step.before is not None
    folder = manifest.Entry(kind="folder", mode=0o755, size=0, mtime_ns=0, state=(), file=(0, 0), links=1)
    return changes.Step(path="zz/not/there", before=None, after=folder)


def _killed_at(held: Held, steps: int) -> None:
    """Apply, in a process that is killed before so many files are put in their places."""
    child = os.fork()
    if child == 0:
        real, left = os.replace, [steps]

        def replace(*args: object, **more: object) -> None:
            left[0] -= 1
            if not left[0]:
                os._exit(9)
            real(*args, **more)  # type: ignore[arg-type]

        os.replace = replace  # type: ignore[assignment]
        try:
            held.apply()
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_killed_commit_is_taken_back(best: Fences, root: Path, tmp_path: Path) -> None:
    before = {path: entry.same_as[:3] for path, entry in manifest.scan(root).items()}
    held = preview(best, _job(root, "rm -r sub; echo x >> a.txt; echo n > new.txt", tmp_path), "p")
    _killed_at(held, 2)
    assert list(root.glob(f"{work.FOLDER}*"))
    told = work.take_back_left(root, best.journals)
    assert len(told) == 1
    held.discard()
    assert {path: entry.same_as[:3] for path, entry in manifest.scan(root).items()} == before
    assert work.take_back_left(root, best.journals) == []


def test_what_the_person_did_after_a_killed_commit_stays(best: Fences, root: Path, tmp_path: Path) -> None:
    script = "echo x >> a.txt; echo n > b.txt; rm run.sh; echo z >> sub/one.txt"
    held = preview(best, _job(root, script, tmp_path), "p")
    _killed_at(held, 3)
    held.discard()
    assert (root / "b.txt").read_text() == "n\n"
    assert not (root / "run.sh").exists()
    (root / "a.txt").write_text("mine since\n")
    (root / "b.txt").write_text("mine too\n")
    (root / "run.sh").write_text("mine again\n")
    told = work.take_back_left(root, best.journals)
    assert [line for line in told if "stays" in line] == [
        "a.txt was changed since and stays; what it was before is in a.before-preview.txt.",
        "run.sh was changed since and stays; what it was before is in run.before-preview.sh.",
    ]
    names = [path for path in root.glob("*.*") if path.suffix in (".txt", ".sh")]
    texts = {path.name: path.read_text() for path in names}
    assert texts == {
        "a.txt": "mine since\n",
        "a.before-preview.txt": "one\ntwo\n",
        "b.txt": "mine too\n",
        "run.sh": "mine again\n",
        "run.before-preview.sh": "echo run\n",
    }


def test_what_lies_in_a_project_never_tells_what_to_take_back(
    best: Fences, root: Path, tmp_path: Path
) -> None:
    planted = root / f"{work.FOLDER}p"
    planted.mkdir()
    (tmp_path / "outside.txt").write_text("outside\n")
    lines = [{"path": "../../outside.txt", "made": True}, {"path": "a.txt", "made": True}]
    (planted / "journal.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    state = _state(root)
    preview(best, _job(root, ":", tmp_path), "p").discard()
    assert work.take_back_left(root, best.journals) == []
    assert _state(root) == state
    assert (tmp_path / "outside.txt").exists()


def test_a_commit_that_is_under_way_is_not_taken_back(best: Fences, root: Path) -> None:
    assert best.journals is not None
    with work.Work.begun(root, best.journals) as going:
        going.note(work.Done(path="a.txt", made=True, put=work.stamp(str(root / "a.txt"), None)))
        assert work.take_back_left(root, best.journals) == []
        assert (root / "a.txt").exists()


def test_a_preview_can_be_stopped_and_leaves_nothing(best: Fences, root: Path, tmp_path: Path) -> None:
    state, asked = _state(root), [0]

    def cancelled() -> bool:
        asked[0] += 1
        return asked[0] > 10

    job = _job(root, "echo x > x; sleep 60", tmp_path, cancelled=cancelled)
    try:
        held = preview(best, job, "p")
    except TurnCancelledError:
        return
    assert held.refused
    with pytest.raises(ToolError, match="cannot be applied"):
        held.apply()
    held.discard()
    assert _state(root) == state


@pytest.mark.parametrize(
    ("script", "tries"),
    [
        ("(exec 3<>/dev/tcp/192.0.2.1/9) 2>/dev/null; true", True),
        (
            "python3 -c \"import socket; socket.create_connection(('2001:db8::1', 80))\" 2>/dev/null; true",
            True,
        ),
        ("python3 -c 'import socket; socket.getaddrinfo(\"example.invalid\", 80)' 2>/dev/null", True),
        ("(exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null; echo x > x", False),
    ],
)
def test_a_try_to_reach_the_network_is_told_however_quiet_it_was(
    script: str, tries: bool, best: Fences, root: Path, tmp_path: Path
) -> None:
    if not best.here().network:
        pytest.skip("the network cannot be cut off here")
    held = preview(best, _job(root, script, tmp_path), "p")
    held.discard()
    assert any("to reach the network" in notice for notice in held.notices) == tries


def test_what_runs_too_long_cannot_be_applied(best: Fences, root: Path, tmp_path: Path) -> None:
    held = preview(best, _job(root, "echo x > x; sleep 60", tmp_path, timeout_seconds=0.7), "p")
    assert "took too long" in held.refused
    held.discard()


def test_no_key_comes_out_of_a_preview(best: Fences, root: Path, tmp_path: Path) -> None:
    (root / "keys").write_text("old sk-abcdefghijkl\n")
    held = preview(best, _job(root, "cat keys; echo x >> keys", tmp_path, keys=("sk-abcdefghijkl",)), "p")
    assert "sk-abcdefghijkl" not in held.outcome.stdout
    assert all("sk-abcdefghijkl" not in change.diff for change in held.changes)
    held.discard()


def test_a_project_of_all_sizes_is_said_not_guessed(root: Path, tmp_path: Path) -> None:
    (root / "node_modules" / "x").mkdir(parents=True)
    listing = dict(manifest.scan(root))
    big = listing["a.txt"]
    from copilot.shell.confine import copying
    from copilot.vocabulary.frozen import replace

    listing["node_modules/x/big"] = replace(big, size=copying.MOST_BYTES)
    assert copying.what_is_left_out(listing) == ["node_modules"]
    listing["big"] = replace(big, size=copying.MOST_BYTES)
    with pytest.raises(ToolError, match="too large to be copied"):
        copying.what_is_left_out(listing)


def test_nothing_is_left_of_dead_programs(tmp_path: Path) -> None:
    dead = tmp_path / "999999999-abc"
    dead.mkdir()
    living = tmp_path / f"{os.getpid()}-abc"
    living.mkdir()
    Fences(tmp_path, _environ(tmp_path), sys.platform, settings=RunSettings()).here()
    assert not dead.exists()
    assert living.exists()
    shutil.rmtree(living)
