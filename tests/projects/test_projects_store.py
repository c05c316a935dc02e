"""The store: what was kept is there again, what is broken is set aside, one program has it at a time."""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_strategies import projects

from copilot.projects import project_manager
from copilot.projects.home import Home
from copilot.projects.journal import (
    ChangeEntry,
    Entry,
    EventEntry,
    MessageEntry,
    Numbered,
    decode_line,
    fold,
    settle,
)
from copilot.projects.store import Store
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.errors import LockedError, ProjectError, StorageError
from copilot.vocabulary.events import ApprovalResolved
from copilot.vocabulary.messages import (
    INTERRUPTED,
    Branch,
    Discussion,
    FileRefresh,
    Message,
    Text,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.values import FileChoice, Limits, Project
from odd_disks import BROKEN, FULL, READ_ONLY, FailingDisk, PowerCutDisk


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


def new_ids() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"new-{next(numbers)}"


def opened(home: Home, name: str = "demo", disk: Disk = SYSTEM_DISK, base_dir: Path | None = None) -> Store:
    """The project, open; a new one works in the home."""
    known = name in project_manager.list_projects(home)
    where = base_dir or (None if known else home.root)
    return Store.open(home, name, clock=lambda: 9.5, new_id=new_ids(), base_dir=where, disk=disk)


def left_by_a_kill(store: Store, home: Home, to: Path) -> Home:
    """A copy of the home as a kill at this moment leaves it."""
    other = Home(root=to).make()
    for path in home.projects.iterdir():
        if path.suffix != ".lock":
            (other.projects / path.name).write_bytes(path.read_bytes())
    store.close()
    return other


def said(id: str, parent: str | None, text: str = "hello") -> Message:
    return Message(id=id, parent=parent, role="user", parts=(Text(text=text),), at=1.0)


def called(id: str, parent: str | None, *calls: str) -> Message:
    parts = tuple(ToolCall(call_id=call, name="run_shell", arguments={"script": "x"}) for call in calls)
    return Message(id=id, parent=parent, role="assistant", parts=parts, at=2.0)


def approval(call_id: str = "c1") -> ApprovalResolved:
    return ApprovalResolved(
        at=3.0,
        worker="w",
        turn_id="t",
        branch="main",
        request_id="r",
        call_id=call_id,
        decision="approve",
        by="person",
        shown=True,
    )


def test_a_new_project_has_its_file_at_once(home: Home) -> None:
    with opened(home) as store:
        assert store.project == Project(name="demo", base_dir=str(home.root.resolve()))
        assert project_manager.load(home.projects / "demo.toml") == store.project
        assert store.notices == ()
    assert sorted(path.name for path in home.projects.iterdir()) == ["demo.lock", "demo.toml"]


def test_a_new_project_needs_a_base_directory(home: Home) -> None:
    with pytest.raises(ProjectError, match="there is no project demo yet") as caught:
        Store.open(home, "demo", clock=lambda: 0.0, new_id=new_ids())
    assert "--base-dir" in caught.value.hint
    opened(home).close()


def test_everything_kept_is_there_again_at_the_next_start(home: Home) -> None:
    with opened(home) as store:
        store.keep_message("main", said("m1", None))
        store.keep_message("main", said("m2", "m1"))
        store.change(
            replace(
                store.project,
                files=(FileChoice(pattern="**/*.py", view="summary"),),
                system_prompt="Be kind.",
                limits=Limits(max_tool_rounds=3),
                discussion=replace(
                    store.project.discussion,
                    branches=(*store.project.discussion.branches, Branch(name="try", tip="m1")),
                    active="try",
                ),
            )
        )
        store.keep_message("try", said("m3", "m1"))
        project = store.project
    assert [branch.tip for branch in project.discussion.branches] == ["m2", "m3"]
    with opened(home) as again:
        assert again.project == project
        assert again.notices == ()


def test_a_kill_between_two_flushes_loses_nothing(home: Home, tmp_path: Path) -> None:
    store = opened(home)
    store.keep_message("main", said("m1", None))
    store.change(replace(store.project, system_prompt="Be kind."))
    store.keep_event(approval())
    store.keep_message("main", said("m2", "m1"))
    project = store.project
    after = left_by_a_kill(store, home, tmp_path / "after")
    assert project_manager.load(after.projects / "demo.toml").discussion.messages == ()
    with opened(after) as again:
        assert again.project == project
        assert project_manager.load(after.projects / "demo.toml") == project


def test_a_message_with_a_known_id_is_replaced(home: Home) -> None:
    with opened(home) as store:
        store.keep_message("main", said("m1", None))
        store.keep_message("main", said("m2", "m1", "half"))
        store.keep_message("main", said("m2", "m1", "whole"))
        assert [message.text for message in store.project.discussion.messages] == ["hello", "whole"]


def test_a_message_without_its_parent_is_refused(home: Home) -> None:
    with opened(home) as store:
        with pytest.raises(ProjectError, match="no message before this one has the id 'nobody'"):
            store.keep_message("main", said("m1", "nobody"))
        assert store.project.discussion == Discussion()


def test_branches_without_their_message_are_refused(home: Home) -> None:
    with opened(home) as store:
        torn = Discussion(branches=(Branch(name="main", tip="nobody"),))
        with pytest.raises(ProjectError, match="there is no message"):
            store.change(replace(store.project, discussion=torn))
        with pytest.raises(ProjectError, match="this is project demo, not other"):
            store.change(replace(store.project, name="other"))


def test_lone_surrogates_are_replaced_before_they_reach_a_file(home: Home) -> None:
    with opened(home) as store:
        store.keep_message("main", said("m1", None, "a\ud800b"))
        assert store.project.discussion.messages[0].text == "a?b"
    with opened(home) as again:
        assert again.project.discussion.messages[0].text == "a?b"


def test_nothing_is_written_where_nothing_changed(home: Home) -> None:
    with opened(home) as store:
        store.keep_message("main", said("m1", None))
    path = home.projects / "demo.toml"
    os.utime(path, (1, 1))
    with opened(home) as again:
        again.keep_message("main", said("m1", None))
        again.change(again.project)
        again.flush()
    assert path.stat().st_mtime == 1


def test_a_second_store_is_refused(home: Home) -> None:
    store = opened(home)
    with pytest.raises(LockedError):
        opened(home)
    opened(home, "another").close()
    store.close()
    opened(home).close()


def test_a_second_program_is_refused(home: Home) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from copilot.projects.home import Home\nfrom copilot.projects.store import Store\n"
        "from copilot.vocabulary.errors import LockedError\n"
        "try:\n    Store.open(Home(root=Path(sys.argv[1])), 'demo', clock=lambda: 0.0, new_id=str)\n"
        "except LockedError as error:\n    print(error, '|', error.hint)\n"
    )
    with opened(home):
        done = subprocess.run(
            [sys.executable, "-c", code, str(home.root)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    assert done.stdout == (
        "demo is open in another window or program (demo.lock is held)"
        " | Close the other window on this project, or open another project.\n"
    )


def test_another_base_directory_can_be_given(home: Home, tmp_path: Path) -> None:
    opened(home).close()
    with opened(home, base_dir=tmp_path) as store:
        assert store.project.base_dir == str(tmp_path.resolve())
    assert project_manager.load(home.projects / "demo.toml").base_dir == str(tmp_path.resolve())


def test_limits_of_the_settings_hold_where_the_project_sets_none(home: Home) -> None:
    opened(home).close()
    asked = Limits(script_seconds=7.0)
    with Store.open(home, "demo", clock=lambda: 0.0, new_id=new_ids(), limits=asked) as store:
        assert store.project.limits == asked
    assert "[limits]" not in (home.projects / "demo.toml").read_text()


def test_a_broken_file_is_set_aside_untouched_and_work_goes_on(home: Home, tmp_path: Path) -> None:
    broken = b'schema_version = 1\n[files]\nbase_dir = "/salvaged/here"\npaths = [\n\xc3\xa4'
    path = home.projects / "demo.toml"
    path.write_bytes(broken)
    with opened(home) as store:
        aside = home.projects / "demo.toml.broken-1"
        assert store.notices == (
            "demo.toml cannot be used: line 5, column 1: Invalid value."
            " It was set aside as demo.toml.broken-1, and a new project begins."
            " Put it right in the file that was set aside, give it its old name again, and open the project.",
        )
        assert store.project == Project(name="demo", base_dir="/salvaged/here")
        store.keep_message("main", said("m1", None))
        assert aside.read_bytes() == broken
    with opened(home) as again:
        assert again.project.discussion.messages == (said("m1", None),)
        assert again.notices == ()
    assert aside.read_bytes() == broken


def test_a_broken_file_that_names_no_directory_is_not_touched_until_one_is_given(home: Home) -> None:
    path = home.projects / "demo.toml"
    path.write_bytes(b"oops")
    with pytest.raises(ProjectError, match="line 1, column 5"):
        opened(home)
    assert path.read_bytes() == b"oops"
    with opened(home, base_dir=home.root) as store:
        assert len(store.notices) == 1
    assert (home.projects / "demo.toml.broken-1").read_bytes() == b"oops"


def test_a_broken_file_takes_its_journal_along(home: Home, tmp_path: Path) -> None:
    store = opened(home)
    store.keep_message("main", said("m1", None))
    after = left_by_a_kill(store, home, tmp_path / "after")
    (after.projects / "demo.toml").write_bytes(b"oops")
    journal = (after.projects / "demo.journal").read_bytes()
    with opened(after, base_dir=tmp_path) as again:
        assert again.project.discussion == Discussion()
    assert (after.projects / "demo.journal.broken-1").read_bytes() == journal


def test_a_project_that_is_a_folder_is_set_aside_too(home: Home) -> None:
    (home.projects / "demo.toml").mkdir()
    with opened(home, base_dir=home.root) as store:
        assert len(store.notices) == 1
    assert (home.projects / "demo.toml.broken-1").is_dir()


@pytest.mark.parametrize(
    "tail", [b"1234567", b"00000000 {}", b'9a3c {"seq":', b"\0" * 3000, b"x\0\0\n", b"\n\0"]
)
def test_a_torn_journal_tail_is_repaired(home: Home, tmp_path: Path, tail: bytes) -> None:
    store = opened(home)
    store.keep_message("main", said("m1", None))
    after = left_by_a_kill(store, home, tmp_path / "after")
    with (after.projects / "demo.journal").open("ab") as journal:
        journal.write(tail)
    with opened(after) as again:
        again.keep_message("main", said("m2", "m1"))
        assert [message.id for message in again.project.discussion.messages] == ["m1", "m2"]
    with opened(after) as last:
        assert [message.id for message in last.project.discussion.messages] == ["m1", "m2"]


def test_a_damaged_line_among_others_costs_no_more_than_it_must(home: Home, tmp_path: Path) -> None:
    store = opened(home)
    store.keep_message("main", said("m1", None))
    store.change(replace(store.project, system_prompt="lost"))
    store.keep_message("main", said("m2", "m1"))
    after = left_by_a_kill(store, home, tmp_path / "after")
    path = after.projects / "demo.journal"
    damaged = path.read_bytes().replace(b"lost", b"lo$t")
    path.write_bytes(damaged)
    with opened(after) as again:
        assert again.notices == (
            "demo.journal: 1 of 3 lines cannot be used. It was kept as demo.journal.broken-1 as it was.",
        )
        assert [message.id for message in again.project.discussion.messages] == ["m1", "m2"]
        assert again.project.system_prompt == ""
    assert (after.projects / "demo.journal.broken-1").read_bytes() == damaged
    opened(after).close()
    assert not (after.projects / "demo.journal.broken-2").exists()


def test_lines_that_need_a_damaged_one_are_kept_aside(home: Home, tmp_path: Path) -> None:
    store = opened(home)
    for number in range(1, 5):
        store.keep_message(
            "main", said(f"m{number}", f"m{number - 1}" if number > 1 else None, f"text {number}")
        )
    after = left_by_a_kill(store, home, tmp_path / "after")
    path = after.projects / "demo.journal"
    path.write_bytes(path.read_bytes().replace(b"text 2", b"text!2"))
    with opened(after) as again:
        assert [message.id for message in again.project.discussion.messages] == ["m1"]
        assert again.notices[0].startswith("demo.journal: 3 of 4 lines cannot be used.")


def test_a_journal_that_was_already_written_into_the_file_changes_nothing(home: Home, tmp_path: Path) -> None:
    """The kill came between writing the file and emptying the journal; then a person edited the file."""
    store = opened(home)
    store.keep_message("main", said("m1", None))
    store.change(replace(store.project, system_prompt="old"))
    journal = (home.projects / "demo.journal").read_bytes()
    store.close()
    path = home.projects / "demo.toml"
    path.write_text(path.read_text().replace('"old"', '"edited by hand"'))
    (home.projects / "demo.journal").write_bytes(journal)
    with opened(home) as again:
        assert again.project.system_prompt == "edited by hand"
        assert [message.id for message in again.project.discussion.messages] == ["m1"]


@st.composite
def entries(draw: st.DrawFn) -> tuple[Project, list[Numbered]]:
    """A project and what happens to it next, as a store would keep it."""
    project = draw(projects())
    at, list_ = project, []
    for number in range(draw(st.integers(0, 6))):
        discussion = at.discussion
        kind = draw(st.sampled_from(["message", "again", "change", "event"]))
        entry: Entry = EventEntry(event=approval())
        if kind == "message":
            parent = draw(st.sampled_from([None, *(message.id for message in discussion.messages)]))
            branch = draw(st.sampled_from([branch.name for branch in discussion.branches]))
            entry = MessageEntry(branch=branch, message=said(f"later-{number}", parent))
        elif kind == "again" and discussion.messages:
            message = replace(draw(st.sampled_from(discussion.messages)), parts=(Text(text=f"v{number}"),))
            entry = MessageEntry(branch=discussion.active, message=message)
        elif kind == "change":
            tip = draw(st.sampled_from([None, *(message.id for message in discussion.messages)]))
            branches = tuple(branch for branch in discussion.branches if draw(st.booleans()))
            forked = Branch(name=f"fork-{number}", tip=tip)
            changed = replace(discussion, branches=(*branches, forked), active=forked.name)
            entry = ChangeEntry(project=replace(at, system_prompt=f"v{number}", discussion=changed))
        list_.append(settle(Numbered(seq=number + 1, entry=entry))[1])
        at = fold(at, list_[-1:])
    return project, list_


@given(drawn=entries(), start=st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_folding_the_journal_twice_is_harmless(drawn: tuple[Project, list[Numbered]], start: int) -> None:
    project, lines = drawn
    once = fold(project, lines)
    assert fold(once, lines) == once
    # Or a file that was written in the middle of it, with the journal not emptied.
    assert fold(fold(project, lines[:start]), lines) == once
    assert fold(project, reversed(lines)) == once


@given(drawn=entries())
@settings(max_examples=30, deadline=None)
def test_journal_lines_come_back(drawn: tuple[Project, list[Numbered]]) -> None:
    for numbered in drawn[1]:
        line, settled = settle(numbered)
        assert decode_line(line) == settled == numbered
        assert b"\n" not in line
        assert decode_line(line[:-1]) is None
        assert decode_line(line.replace(b"seq", b"sep")) is None


def test_a_call_without_a_result_gets_one(home: Home, tmp_path: Path) -> None:
    store = opened(home)
    store.keep_message("main", said("m1", None))
    store.keep_message("main", called("m2", "m1", "c1", "c2"))
    store.change(
        replace(
            store.project,
            discussion=replace(
                store.project.discussion,
                branches=(Branch(name="main", tip="m2"), Branch(name="fork", tip="m2")),
            ),
        )
    )
    after = left_by_a_kill(store, home, tmp_path / "after")
    answer = Message(
        id="new-1",
        parent="m2",
        role="tool",
        at=9.5,
        parts=tuple(
            ToolResult(call_id=call, name="run_shell", output=INTERRUPTED, status="cancelled")
            for call in ("c1", "c2")
        ),
    )
    with opened(after) as again:
        assert again.project.discussion.messages[2:] == (answer,)
        assert [branch.tip for branch in again.project.discussion.branches] == ["new-1", "new-1"]
    with opened(after) as last:
        assert last.project.discussion.messages[2:] == (answer,)


def test_results_that_were_there_stay(home: Home) -> None:
    first = ToolResult(call_id="c1", name="run_shell", output="done")
    refresh = FileRefresh(text="# a.py")
    begun = Message(id="m2", parent="m1", role="tool", parts=(first, refresh), at=3.0)
    with opened(home) as store:
        store.keep_message("main", called("m1", None, "c1", "c2"))
        store.keep_message("main", begun)
    missing = ToolResult(call_id="c2", name="run_shell", output=INTERRUPTED, status="cancelled")
    with opened(home) as again:
        assert again.project.discussion.messages[1] == replace(begun, parts=(first, missing, refresh))


def test_a_version_that_somebody_else_wrote_is_kept(home: Home) -> None:
    store = opened(home)
    path = home.projects / "demo.toml"
    theirs = path.read_text() + "# my comment\n"
    path.write_text(theirs)
    store.keep_message("main", said("m1", None))
    store.close()
    assert (home.projects / "demo.toml.changed-1").read_text() == theirs
    assert store.notices == (
        "demo.toml was changed by somebody else while it was open."
        " That version is kept as demo.toml.changed-1; this program's own was written.",
    )
    assert project_manager.load(path).discussion.messages == (said("m1", None),)


def test_unknown_keys_of_a_project_file_are_kept(home: Home) -> None:
    opened(home).close()
    path = home.projects / "demo.toml"
    path.write_text(path.read_text() + '\n[my_notes]\nidea = "x"\n')
    with opened(home) as store:
        assert store.notices == ("demo.toml, line 14, column 1: my_notes: unknown key; it is ignored",)
        store.keep_message("main", said("m1", None))
    assert '[my_notes]\nidea = "x"\n' in path.read_text()


@pytest.fixture
def trouble() -> list[str]:
    """The names of the calls that fail now."""
    return []


@pytest.mark.parametrize("code", [FULL, READ_ONLY, BROKEN])
@pytest.mark.parametrize("call", ["write", "sync"])
def test_while_the_disk_is_in_trouble_work_goes_on_in_memory(
    home: Home, code: int, call: str, trouble: list[str]
) -> None:
    store = opened(home, disk=FailingDisk(code, lambda _, name: name in trouble))
    store.keep_message("main", said("m1", None))
    assert store.trouble is None
    trouble.append(call)
    store.keep_message("main", said("m2", "m1"))
    store.change(replace(store.project, system_prompt="x"))
    assert store.trouble is not None
    assert str(store.trouble).startswith(f"writing to {home.projects / 'demo.journal'} failed: ")
    assert store.trouble.hint
    assert not store.retry()
    with pytest.raises(StorageError):  # nothing may run that is not written down
        store.keep_event(approval())
    with pytest.raises(StorageError):
        store.flush()
    assert [message.id for message in store.project.discussion.messages] == ["m1", "m2"]
    trouble.clear()
    assert store.retry()
    assert store.trouble is None
    killed = Home(root=home.root / "killed").make()
    (killed.projects / "demo.journal").write_bytes((home.projects / "demo.journal").read_bytes())
    (killed.projects / "demo.toml").write_bytes((home.projects / "demo.toml").read_bytes())
    with opened(killed) as again:
        assert (again.notices, again.project.system_prompt) == ((), "x")
        assert [message.id for message in again.project.discussion.messages] == ["m1", "m2"]
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="what a power cut leaves is known by inodes")
def test_what_is_kept_without_a_sync_outlives_a_kill_and_after_it_a_power_cut(
    home: Home, tmp_path: Path
) -> None:
    disk = PowerCutDisk()
    store = opened(home, disk=disk)
    store.keep_message("main", said("m1", None))
    before = disk.calls.count("sync")
    store.keep_message("main", said("m2", "m1"), sync=False)
    assert disk.calls.count("sync") == before
    assert b'"m2"' in (home.projects / "demo.journal").read_bytes()
    disk.leave(home.projects, tmp_path / "before" / "projects")
    store.sync()
    store.sync()
    assert disk.calls.count("sync") == before + 1
    disk.leave(home.projects, tmp_path / "after" / "projects")
    store.close()
    for name, ids in (("before", ["m1"]), ("after", ["m1", "m2"])):
        with opened(Home(root=tmp_path / name)) as again:
            assert [message.id for message in again.project.discussion.messages] == ids


def test_what_the_medium_did_not_take_later_is_written_again(home: Home, trouble: list[str]) -> None:
    disk = FailingDisk(BROKEN, lambda _, name: name in trouble)
    store = opened(home, disk=disk)
    store.keep_message("main", said("m1", None), sync=False)
    store.keep_message("main", said("m2", "m1"), sync=False)
    trouble.append("sync")
    store.sync()
    assert store.trouble is not None
    with pytest.raises(StorageError):
        store.keep_event(approval())
    store.keep_message("main", said("m3", "m2"), sync=False)  # what waits is not left to the next sync
    assert store.trouble is not None
    trouble.clear()
    assert store.retry()
    assert store.trouble is None
    killed = Home(root=home.root / "killed").make()
    for name in ("demo.journal", "demo.toml"):
        (killed.projects / name).write_bytes((home.projects / name).read_bytes())
    with opened(killed) as again:
        assert [message.id for message in again.project.discussion.messages] == ["m1", "m2", "m3"]
    store.close()


def test_an_approval_that_fails_takes_nothing_before_it_for_safe(home: Home, trouble: list[str]) -> None:
    disk = FailingDisk(BROKEN, lambda _, name: name in trouble)
    store = opened(home, disk=disk)
    store.keep_message("main", said("m1", None), sync=False)
    trouble.append("sync")
    with pytest.raises(StorageError):
        store.keep_event(approval())
    assert store.trouble is not None  # the message before it may not be on the medium either
    trouble.clear()
    assert store.retry()
    assert store.trouble is None
    store.close()


def test_an_approval_takes_along_what_waits(home: Home, trouble: list[str]) -> None:
    store = opened(home, disk=FailingDisk(FULL, lambda _, name: name in trouble))
    trouble.append("write")
    store.keep_message("main", said("m1", None))
    trouble.clear()
    store.keep_event(approval())
    assert store.trouble is None
    assert len((home.projects / "demo.journal").read_bytes().splitlines()) == 2
    store.close()


def test_a_program_that_ends_in_trouble_leaves_what_waits_elsewhere(
    home: Home, trouble: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = opened(home, disk=FailingDisk(FULL, lambda _, name: name in trouble))
    store.keep_message("main", said("m1", None))
    trouble.append("write")
    store.keep_message("main", said("m2", "m1"))
    with pytest.raises(StorageError, match="the disk is full") as caught:
        store.close()
    (rescued,) = tmp_path.glob("copilot-unsaved-demo-*.journal")
    assert str(rescued) in str(caught.value)
    journal = home.projects / "demo.journal"
    assert str(journal) in caught.value.hint
    with journal.open("ab") as file:
        file.write(rescued.read_bytes())
    with opened(home) as again:
        assert again.notices == ()
        assert [message.id for message in again.project.discussion.messages] == ["m1", "m2"]


def test_a_store_that_cannot_flush_lets_go_and_loses_nothing(home: Home, trouble: list[str]) -> None:
    store = opened(home, disk=FailingDisk(FULL, lambda _, name: name in trouble))
    store.keep_message("main", said("m1", None))
    trouble.append("replace")
    with pytest.raises(StorageError, match="the disk is full"):
        store.close()
    with opened(home) as again:
        assert again.project.discussion.messages == (said("m1", None),)


def test_opening_works_on_a_disk_that_takes_nothing_more(home: Home, tmp_path: Path) -> None:
    store = opened(home)
    store.keep_message("main", said("m1", None))
    after = left_by_a_kill(store, home, tmp_path / "after")
    full = FailingDisk(FULL, lambda _, name: name == "write")
    again = opened(after, disk=full)
    assert again.project.discussion.messages == (said("m1", None),)
    assert again.notices == (
        f"writing {after.projects / 'demo.toml'} failed: the disk is full."
        " Free some space and try again; what is open stays in memory.",
    )
    with pytest.raises(StorageError):
        again.close()


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_to_another_place_stays_a_link(home: Home, tmp_path: Path) -> None:
    opened(home).close()
    path, real = home.projects / "demo.toml", tmp_path / "synced.toml"
    path.rename(real)
    path.symlink_to(real)
    with opened(home) as store:
        store.keep_message("main", said("m1", None))
    assert path.is_symlink()
    assert project_manager.load(real).discussion.messages == (said("m1", None),)
