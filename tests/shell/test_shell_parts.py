"""The parts of a run that need no process: script files, kept output, the process table."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.shell.output import MEMORY_CHARACTERS, NoFilter, StreamKeeper
from copilot.shell.process_table import Process, ancestors, below, family, parse_ps, parse_stat
from copilot.shell.scripts import held_unchanged, write_script
from copilot.shell.shells import Shell
from copilot.shell.tree import choose_strays
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import StorageError, ToolError

BASH = Shell(name="bash", path="/bin/bash")


def test_numbers_go_on_and_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    names = [write_script(folder, "se/ss ion", BASH, f"echo {n}").path.name for n in range(3)]
    (folder / "se-ss-ion_3.stdout.txt").write_text("kept")
    (folder / "se-ss-ion_7.ps1").write_text("another")
    names.append(write_script(folder, "se/ss ion", BASH, "echo").path.name)
    assert names == ["se-ss-ion_1.sh", "se-ss-ion_2.sh", "se-ss-ion_3.sh", "se-ss-ion_8.sh"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("change", ["other bytes", "gone", "a link"])
def test_a_changed_script_does_not_start(tmp_path: Path, change: str) -> None:
    file = write_script(tmp_path, "s", BASH, "echo good")
    with held_unchanged(file):
        pass
    if change == "other bytes":
        file.path.write_text("echo evil")
    else:
        moved = file.path.rename(tmp_path / "moved.sh")
        if change == "a link":
            file.path.symlink_to(moved)
    with pytest.raises(ToolError), held_unchanged(file):
        pytest.fail("it was let through")


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        write_script(tmp_path / "file" / "scripts", "s", BASH, "echo")
    assert "Nothing was run" in caught.value.hint


def keeper(tmp_path: Path | None = None, disk_bytes: int = 50_000_000) -> tuple[StreamKeeper, list[str]]:
    shown: list[str] = []
    file = None if tmp_path is None else tmp_path / "out.txt"
    return StreamKeeper(file=file, new_filter=NoFilter, live=shown.append, disk_bytes=disk_bytes), shown


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_pieces_read_the_same_as_the_whole(pieces: list[bytes]) -> None:
    stream, shown = keeper()
    for piece in pieces:
        stream.feed(piece)
    kept = stream.finish()
    whole = b"".join(pieces)
    assert kept.text == "".join(shown)
    assert kept.lossy == (_strict(whole) is None)
    assert kept.total_bytes == len(whole)
    if not kept.lossy:
        assert kept.text == _strict(whole)


def _strict(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def test_past_the_cap_only_the_end_is_kept(tmp_path: Path) -> None:
    stream, _ = keeper(tmp_path, disk_bytes=100_000)
    for number in range(100):
        stream.feed(f"{number:03}".encode() * 1000)
    kept = stream.finish()
    assert kept.truncated
    assert kept.text.startswith("000000")
    assert kept.text.endswith("099099")
    assert (
        f"most of 300,000 bytes left out; the first 100,000 bytes are in {tmp_path / 'out.txt'}" in kept.text
    )
    assert len(kept.text) <= MEMORY_CHARACTERS + 200
    assert (tmp_path / "out.txt").stat().st_size == 102_000  # the piece that crossed the cap is whole


def test_a_key_across_two_pieces_and_past_the_cap_is_taken_out(tmp_path: Path) -> None:
    shown: list[str] = []
    filter_of = Redactor(["canary-key-123456"]).stream
    stream = StreamKeeper(file=tmp_path / "o", new_filter=filter_of, live=shown.append, disk_bytes=100)
    stream.feed(b"a canary-k")
    stream.feed(b"ey-123456 b " + b"x" * 100)
    stream.feed(b" canary-key-")
    stream.feed(b"123456 end")
    kept = stream.finish()
    for text in (kept.text, "".join(shown), (tmp_path / "o").read_text()):
        assert "canary" not in text
    assert kept.text.count("[redacted]") == 2


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("old")
    stream, _ = keeper(tmp_path)
    stream.feed(b"new")
    kept = stream.finish()
    assert (kept.text, (tmp_path / "out.txt").read_text()) == ("new", "old")
    assert "could not be kept" in kept.trouble


def test_a_process_may_have_any_name() -> None:
    line = "42 (a) R (b\n) 1 ) S 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 555 0 0\n"
    assert parse_stat(line) == Process(42, 7, 9, False, "555")
    assert parse_stat("1 (x) Z 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 9 0").zombie


def test_ps_is_read_where_there_is_no_proc() -> None:
    text = (
        "  10     1    10 Ss   Sat Nov 21 05:00:00 2026\n  11    10    10 Z    Sat Nov 21 05:00:01 2026\n\n"
    )
    assert parse_ps(text) == [
        Process(10, 1, 10, False, "Sat Nov 21 05:00:00 2026"),
        Process(11, 10, 10, True, "Sat Nov 21 05:00:01 2026"),
    ]


def test_the_family_is_everything_below_and_what_was_seen_before() -> None:
    def process(pid: int, parent: int, *, zombie: bool = False) -> Process:
        return Process(pid, parent, 0, zombie, f"t{pid}")

    table = [process(2, 1), process(3, 2), process(4, 3, zombie=True), process(9, 1), process(10, 9)]
    assert {p.pid for p in family(table, 2)} == {3}
    assert {p.pid for p in family(table, 2, {(9, "t9"), (1, "t1")})} == {3, 9, 10}
    assert {p.pid for p in family(table, 2, {(9, "an earlier one")})} == {3}


@pytest.mark.parametrize("root", [0, 1, -1])
def test_the_whole_machine_is_no_family_of_ours(root: int) -> None:
    table = [Process(1, 0, 1, False, "t1"), Process(2, 1, 2, False, "t2")]
    with pytest.raises(ValueError, match="no family of ours"):
        below(table, {root})
    with pytest.raises(ValueError, match="no family of ours"):
        family(table, root)


MACHINE = [
    Process(1, 0, 1, False, "t1"),
    Process(50, 1, 50, False, "t50"),  # somebody's shell, above us
    Process(60, 50, 50, False, "t60"),  # ourselves
    Process(61, 60, 61, False, "t61"),  # another child of ours
    Process(70, 1, 70, False, "t70"),  # another user's, next to us
    Process(71, 70, 70, False, "t71"),
    Process(80, 1, 80, False, "t80"),  # a stray: the program's session
    Process(81, 1, 81, False, "t81"),  # a stray: left the session, was seen below the runner
    Process(82, 81, 81, False, "t82"),
    Process(83, 1, 83, False, "t83"),  # a stray: left the session, has the mark
]


def strays(leader: int, seen: set[tuple[int, str]], *marked: int) -> set[int]:
    found = choose_strays(MACHINE, leader=leader, seen=seen, marked=lambda pid: pid in marked, ourselves=60)
    return {process.pid for process in found}


def test_strays_are_only_what_came_from_the_program() -> None:
    assert strays(80, {(81, "t81")}, 83) == {80, 81, 82, 83}
    assert strays(0, set()) == set()
    assert strays(1, set()) == set()
    assert strays(0, {(81, "somebody else's start")}) == set()


def test_neither_we_nor_what_is_above_us_is_ever_a_stray() -> None:
    assert strays(50, {(1, "t1"), (50, "t50"), (60, "t60")}, 1, 50, 60) == set()
    assert ancestors(MACHINE, 60) == {0, 1, 50, 60}


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(0, 12), st.integers(0, 12)), unique_by=lambda row: row[0]
    ),
    st.integers(-1, 12),
    st.sets(st.integers(1, 12)),
    st.sets(st.integers(1, 12)),
    st.integers(2, 12),
)
def test_no_table_makes_us_end_what_is_not_ours(
    rows: list[tuple[int, int, int]], leader: int, seen: set[int], marked: set[int], ourselves: int
) -> None:
    table = [Process(pid, parent, session, False, "t") for pid, parent, session in rows]
    found = choose_strays(
        table, leader=leader, seen={(p, "t") for p in seen}, marked=marked.__contains__, ourselves=ourselves
    )
    assert not {p.pid for p in found} & ancestors(table, ourselves)
    roots = {pid for pid, _, _ in rows if pid in seen} - ancestors(table, ourselves)
    allowed = {p for p in table if p.session == leader or p.pid in marked or p.pid in roots}
    assert found <= allowed | (below(table, roots) if roots else set())
