"""The ledger: caps that hold across processes, kills, full disks, odd clocks; totals that outlive folding."""

import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.record import ledger as ledger_module
from copilot.record.ledger import KEPT_DAYS, Ledger, Over
from copilot.record.ledger_lines import Ended, Spent, read_line, reserved_line, settled_line, spent_line
from copilot.record.usage_sums import RunningSum, added, counts_of, grouped
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.values import Usage
from odd_disks import FULL, CountingDisk, FailingDisk

DAY = 86_400.0
NOON = 1_800_014_400.0
"""2027-01-15, 12:00 UTC."""


def utc_day(at: float) -> str:
    """Days in UTC, whatever the machine's time zone."""
    import datetime

    return datetime.datetime.fromtimestamp(at, datetime.UTC).date().isoformat()


def ledger(path: Path, **more: object) -> Ledger:
    return Ledger(path, day_of=utc_day, **more)  # type: ignore[arg-type]


def request(at: float = NOON, *, usd: float = 1.0, project: str = "shop", turn: str = "t1") -> Spent:
    """A request that is about to leave."""
    return Spent(
        day=utc_day(at), project=project, branch="main", provider="anthropic", model="m",
        turn=turn, round=1, at=at, usd=usd,
    )  # fmt: skip


USED = Usage(input_tokens=1_000, output_tokens=50, cache_read_tokens=400, thinking_tokens=7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.jsonl"


def test_a_settled_request_counts_at_its_cost_and_an_open_one_at_its_most(path: Path) -> None:
    book = ledger(path)
    assert book.reserve("a", request(usd=2.0), Caps()) is None
    assert book.reserve("b", request(usd=3.0), Caps()) is None
    book.settle("a", USED, 0.25)
    day = ledger(path).sums(NOON, "shop", "main", "t1")["day"]
    assert (day.requests, day.usd, day.open_usd, day.usage) == (2, 3.25, 3.0, USED)
    book.release("b")
    assert ledger(path).sums(NOON, "shop", "main", "t1")["turn"].usd == 0.25


def test_how_a_request_ended_is_put_down_with_the_next_reservation(path: Path) -> None:
    book = ledger(path)
    book.reserve("a", request(usd=6.0), Caps())
    ended = Ended(id="a", usage=USED, usd=0.25)
    assert book.reserve("b", request(usd=8.0), Caps(), ended=ended) is None
    book.end(ended)  # once more changes nothing
    for one in (book, ledger(path)):
        day = one.sums(NOON, "shop", "main", "t1")["day"]
        assert (day.requests, day.usd, day.open_usd, day.usage) == (2, 8.25, 8.0, USED)
        left = one.sums(NOON, "shop", "main", "t1", without="b")
        assert [(spent.requests, spent.usd, spent.open_usd) for spent in left.values()] == [
            (1, 0.25, 0.0)
        ] * 4
        assert one.by_branch("shop", ("main",), without="b")["main"].usd == 0.25


def test_what_a_request_cost_is_looked_at_and_no_longer_what_it_may_cost(path: Path) -> None:
    book, caps = ledger(path), Caps(day_usd=9.0)
    book.reserve("a", request(usd=6.0), caps)
    ended = Ended(id="a", usage=USED, usd=0.25)
    size = path.stat().st_size
    assert book.reserve("b", request(usd=8.0), caps, ended=ended) is not None
    assert path.stat().st_size == size
    book.end(ended)
    assert book.reserve("b", request(usd=8.0), caps) is None
    book.settle("b", USED, 7.5)
    over = book.reserve("c", request(usd=2.0), caps)
    assert over is not None
    assert over.spent_usd == 7.75


@pytest.mark.parametrize("scope", ["turn", "project", "day"])
def test_a_request_that_may_pass_a_cap_is_not_reserved(path: Path, scope: str) -> None:
    book, caps = ledger(path), Caps(**{f"{scope}_usd": 5.0})
    assert book.reserve("a", request(usd=4.0), caps) is None
    size = path.stat().st_size
    over = book.reserve("b", request(usd=1.5), caps)
    assert over == Over(scope=scope, cap_usd=5.0, spent_usd=4.0)  # type: ignore[arg-type]
    assert path.stat().st_size == size
    assert book.reserve("c", request(usd=1.0), caps) is None
    assert book.reserve("d", request(usd=9.0), caps, frozenset({scope})) is None  # type: ignore[arg-type]


def test_other_turns_projects_and_days_do_not_count(path: Path) -> None:
    book = ledger(path)
    book.reserve("a", request(usd=4.0), Caps())
    caps = Caps(turn_usd=5.0)
    assert book.reserve("b", request(usd=4.0, turn="t2"), caps) is None
    assert book.reserve("c", request(usd=4.0, project="other"), Caps(project_usd=5.0)) is None
    assert book.reserve("d", request(NOON + DAY, usd=4.0), Caps(day_usd=5.0)) is None


def test_a_cap_of_nothing_lets_only_what_costs_nothing_through(path: Path) -> None:
    caps = Caps(turn_usd=0.0, project_usd=0.0, day_usd=0.0)
    assert ledger(path).reserve("a", request(usd=0.0), caps) is None
    assert ledger(path).reserve("b", request(usd=0.000001), caps) == Over(
        scope="turn", cap_usd=0.0, spent_usd=0.0
    )


def test_a_clock_that_goes_back_over_midnight_gives_no_second_cap(path: Path) -> None:
    book, midnight = ledger(path), NOON + DAY / 2
    book.reserve("a", request(midnight + 60, usd=4.0), Caps())
    over = book.reserve("b", request(midnight - 60, usd=2.0), Caps(day_usd=5.0))
    assert over == Over(scope="day", cap_usd=5.0, spent_usd=4.0)


def test_a_day_is_the_persons_own(path: Path) -> None:
    script = (
        "import sys, time; time.tzset(); from pathlib import Path; from copilot.record.ledger import Ledger\n"
        "print(Ledger(Path(sys.argv[1])).place(float(sys.argv[2]), '', '', '', 0, '', '').day)"
    )
    days = [
        subprocess.run(
            [sys.executable, "-c", script, str(path), str(NOON)],
            env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=True, timeout=60,
        ).stdout.strip()
        for zone in ("UTC", "Pacific/Kiritimati")
    ]  # fmt: skip
    assert days == ["2027-01-15", "2027-01-16"]


# --- several processes ----------------------------------------------------------------

SPENDER = """
import random, sys
from pathlib import Path
from copilot.record.ledger import Ledger
from copilot.record.ledger_lines import Spent
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.values import Usage
path, name, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
dice, book = random.Random(seed), Ledger(path)
for n in range(40):
    most = dice.choice([0.1, 0.2, 0.4])
    place = book.place(1_800_000_000.0, "shop", "main", name, n, "anthropic", "m")
    from dataclasses import replace
    over = book.reserve(f"{name}-{n}", replace(place, usd=most), Caps(day_usd=4.0))
    if over is not None:
        continue
    end = dice.random()
    if end < 0.5:
        book.settle(f"{name}-{n}", Usage(input_tokens=10), most * dice.random())
    elif end < 0.7:
        book.release(f"{name}-{n}")
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_programs_at_the_same_time_never_pass_a_cap_together(path: Path, seed: int) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", SPENDER, str(path), f"p{n}", str(seed * 10 + n)])
        for n in range(4)
    ]
    assert [process.wait(120) for process in running] == [0] * 4
    most, held = 0.0, dict[str, float]()
    for data in path.read_bytes().splitlines():
        line = read_line(data)
        if line.kind == "reserved":
            assert line.spent is not None
            held[line.id] = line.spent.usd
        elif line.kind == "settled":
            held[line.id] = line.usd or 0.0
        else:
            del held[line.id]
        most = max(most, sum(held.values()))
    assert 3.0 < most <= 4.0 + 1e-6
    assert ledger(path).sums(1_800_000_000.0, "shop", "main", "p0")["project"].usd == pytest.approx(
        sum(held.values())
    )


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from copilot.record.ledger import Ledger
from copilot.vocabulary.caps import Caps
book = Ledger(Path(sys.argv[1]))
place = book.place(1_800_014_400.0, "shop", "main", "t9", 1, "anthropic", "m")
book.reserve("gone", replace(place, usd=3.0), Caps())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_programs_reservation_goes_on_counting_at_its_most(path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    book = Ledger(path)
    project = book.sums(NOON, "shop", "main", "")["project"]
    assert (project.usd, project.open_usd) == (3.0, 3.0)
    place = book.place(NOON, "shop", "main", "t1", 1, "anthropic", "m")
    over = book.reserve("next", replace(place, usd=1.0), Caps(project_usd=3.5))
    assert over == Over(scope="project", cap_usd=3.5, spent_usd=3.0)


# --- names of branches ------------------------------------------------------------------


def on(branch: str, usd: float, *, turn: str = "t1", at: float = NOON, project: str = "shop") -> Spent:
    return replace(request(at, usd=usd, turn=turn, project=project), branch=branch)


def by_branch(path: Path, *names: str) -> dict[str, float]:
    return {name: one.usd for name, one in ledger(path).by_branch("shop", names).items()}


def test_what_a_branch_cost_goes_along_with_its_new_name(path: Path) -> None:
    book, other = ledger(path), ledger(path)
    book.add("a", on("main", 1.0))
    book.add("b", on("idea", 2.0))
    book.add("c", on("main", 4.0, project="other"))
    assert other.by_branch("shop", ("main",))["main"].usd == 1.0
    book.rename("shop", "main", "plan")
    for one in (book, other, ledger(path)):
        found = one.by_branch("shop", ("main", "plan", "idea"))
        assert {name: spent.usd for name, spent in found.items()} == {"plan": 1.0, "idea": 2.0}
        assert one.by_branch("other", ("main",))["main"].usd == 4.0
        assert one.sums(NOON, "shop", "plan", "t1")["branch"].usd == 1.0
        assert one.sums(NOON, "shop", "plan", "t1")["project"].usd == 3.0
    assert [name for name, _ in grouped(ledger(path).entries(), "branch")] == [
        "shop plan",
        "shop idea",
        "other main",
    ]
    book.rename("shop", "plan", "main")
    assert by_branch(path, "main", "plan", "idea") == {"main": 1.0, "idea": 2.0}


def test_a_request_under_way_ends_under_its_branchs_new_name(path: Path) -> None:
    book = ledger(path)
    book.reserve("a", on("main", 3.0), Caps())
    ledger(path).rename("shop", "main", "plan")
    book.settle("a", USED, 0.5)
    book.add("b", on("main", 0.25))
    assert by_branch(path, "main", "plan") == {"plan": 0.5, "main": 0.25}


def test_a_branch_that_cost_nothing_leaves_no_line(path: Path) -> None:
    book = ledger(path)
    book.rename("shop", "main", "plan")
    assert not path.exists() or path.read_bytes() == b""
    book.add("a", on("main", 1.0))
    book.rename("shop", "main", "plan")
    size = path.stat().st_size
    book.rename("shop", "main", "again")
    assert path.stat().st_size == size


@settings(max_examples=40, deadline=None)
@given(
    acts=st.lists(
        st.one_of(
            st.tuples(st.just("spend"), st.sampled_from("abc"), st.integers(1, 9)),
            st.tuples(st.just("rename"), st.sampled_from("abc"), st.sampled_from("abc")),
            st.tuples(st.just("fold"), st.just(""), st.just(0)),
        ),
        max_size=25,
    )
)
def test_renames_and_folds_in_any_order_keep_every_branchs_sum(
    acts: list[tuple[str, str, int | str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        book, model = ledger(path), dict[str, int]()
        for n, (act, branch, more) in enumerate(acts):
            if act == "spend":
                book.add(f"r{n}", on(branch, float(more), at=NOON - n * DAY))
                model[branch] = model.get(branch, 0) + int(more)
            elif act == "rename" and branch != more and branch in model:
                book.rename("shop", branch, str(more))
                model[str(more)] = model.get(str(more), 0) + model.pop(branch)
            elif act == "fold":
                filler = replace(
                    request(NOON - 99 * DAY, usd=0.0, project="x" * ledger_module.FOLD_BYTES), turn=""
                )
                with path.open("ab") as file:
                    file.write(spent_line("", filler))
                book.add(f"r{n}", on("z", 1.0))
        assert by_branch(path, "a", "b", "c") == pytest.approx(model)


RENAMER = """
import sys
from pathlib import Path
from copilot.record.ledger import Ledger
path, name = Path(sys.argv[1]), sys.argv[2]
book = Ledger(path)
for n in range(20):
    book.add(f"{name}-{n}", book.place(1_800_000_000.0, "shop", name, name, n, "anthropic", "m"))
    book.rename("shop", name, f"{name} renamed")
"""


def test_programs_that_rename_at_the_same_time_lose_nothing(path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", RENAMER, str(path), name]) for name in "abcd"]
    assert [process.wait(120) for process in running] == [0] * 4
    names = [f"{name} renamed" for name in "abcd"]
    found = Ledger(path).by_branch("shop", (*"abcd", *names))
    assert {name: one.requests for name, one in found.items()} == dict.fromkeys(names, 20)


def test_a_rename_that_was_cut_off_did_not_happen(path: Path) -> None:
    book = ledger(path)
    book.add("a", on("main", 1.0))
    whole = path.read_bytes()
    book.rename("shop", "main", "plan")
    path.write_bytes(path.read_bytes()[:-5])
    again = ledger(path)
    assert by_branch(path, "main", "plan") == {"main": 1.0}
    again.add("b", on("main", 2.0))
    assert path.read_bytes().startswith(whole + b'{"kind":"spent"')
    assert by_branch(path, "main", "plan") == {"main": 3.0}


# --- disks ----------------------------------------------------------------------------


def test_a_torn_line_is_cut_off_and_nothing_is_glued_to_it(path: Path) -> None:
    ledger(path).reserve("a", request(usd=1.0), Caps())
    whole = path.read_bytes()
    path.write_bytes(whole + reserved_line("b", request(usd=9.0))[:-20])
    assert ledger(path).sums(NOON, "shop", "main", "t1")["day"].usd == 1.0
    ledger(path).settle("a", USED, 0.5)
    assert path.read_bytes() == whole + settled_line("a", USED, 0.5, estimated=False)


def test_a_full_disk_reserves_nothing_and_leaves_the_file_whole(path: Path) -> None:
    ledger(path).reserve("a", request(usd=1.0), Caps())
    whole = path.read_bytes()
    disk = FailingDisk(FULL, lambda _number, name: name == "write")
    book = ledger(path, disk=disk)
    with pytest.raises(StorageError, match="disk is full"):
        book.reserve("b", request(usd=1.0), Caps())
    assert path.read_bytes() == whole
    disk.fails = lambda _number, _name: False
    assert book.reserve("b", request(usd=1.0), Caps()) is None
    assert ledger(path).sums(NOON, "shop", "main", "t1")["day"].usd == 2.0


def test_a_reservation_that_cannot_be_synced_is_taken_back(path: Path) -> None:
    disk = FailingDisk(FULL, lambda _number, name: name == "sync")
    book = ledger(path, disk=disk)
    with pytest.raises(StorageError):
        book.reserve("b", request(usd=1.0), Caps(day_usd=5.0))
    assert path.read_bytes() == b""


def test_a_reservation_is_synced_where_there_is_a_cap(path: Path) -> None:
    disk = CountingDisk()
    book = ledger(path, disk=disk)
    book.reserve("a", request(usd=1.0), Caps())
    assert disk.calls.count("sync") == 0
    book.reserve("b", request(usd=1.0), Caps(turn_usd=5.0))
    assert disk.calls.count("sync") == 1


@given(
    st.lists(
        st.builds(
            Spent,
            day=st.just("2026-11-21"),
            project=st.sampled_from("ab"),
            branch=st.just("main"),
            provider=st.just("openai"),
            model=st.just("m"),
            turn=st.sampled_from(("", "t1")),
            usage=st.builds(Usage, input_tokens=st.integers(0, 9), thinking_tokens=st.integers(0, 9)),
            usd=st.integers(0, 10**7).map(lambda n: round(n * 1e-6, 9)),
            open_usd=st.sampled_from((0.0, 0.25)),
            unpriced=st.integers(0, 1),
            estimated=st.integers(0, 1),
        ),
        max_size=20,
    ),
    st.integers(0, 20),
)
def test_a_running_sum_is_the_sum_of_what_is_left(entries: list[Spent], gone: int) -> None:
    running = RunningSum()
    for one in entries:
        running.put(one, counts_of(one))
    for one in entries[1 : 1 + gone]:
        running.drop(counts_of(one))
    left = added(entries[:1] + entries[1 + gone :])
    assert running.sum() == replace(left, usd=pytest.approx(left.usd), open_usd=left.open_usd)
    bare = added(entries[:1] + entries[2 + gone :])
    for one in entries[1 + gone : 2 + gone]:
        assert running.sum(counts_of(one)).usage == bare.usage


@pytest.mark.parametrize(
    "rubbish",
    [b"not json", b"[]", b"\x00\x00\x00", b'{"kind":"sum","day":"soon","usd":1}',
     b'{"kind":"spent","usd":-1}',
     b'{"kind":"settled","id":"a","usage":7}', b'{"kind":"other","id":"a"}', b'{"kind":"released","id":3}'],
)  # fmt: skip
def test_a_damaged_line_is_not_counted_and_the_file_is_kept(path: Path, rubbish: bytes) -> None:
    ledger(path).reserve("a", request(usd=1.0), Caps())
    damaged = path.read_bytes() + rubbish + b"\n" + reserved_line("b", request(usd=2.0))
    path.write_bytes(damaged)
    book = ledger(path)
    assert book.sums(NOON, "shop", "main", "t1")["day"].usd == 3.0
    assert book.reserve("c", request(usd=4.0), Caps()) is None
    assert book.damaged == 1
    assert path.with_name("ledger.jsonl.broken-1").read_bytes() == damaged
    again = ledger(path)
    assert again.sums(NOON, "shop", "main", "t1")["day"].usd == 7.0
    book.settle("a", USED, 0.5)
    assert again.sums(NOON, "shop", "main", "t1")["day"].usd == 6.5


def test_a_ledger_that_was_deleted_begins_anew(path: Path) -> None:
    book = ledger(path)
    book.reserve("a", request(usd=1.0), Caps())
    path.unlink()
    assert book.sums(NOON, "shop", "main", "t1")["day"].usd == 0.0
    book.reserve("b", request(usd=2.0), Caps())
    assert ledger(path).sums(NOON, "shop", "main", "t1")["day"].usd == 2.0


# --- folding --------------------------------------------------------------------------


def totals(found: Sequence[Spent]) -> dict[str, tuple[object, ...]]:
    """What must outlive a fold: the sums by everything but turns."""
    told: dict[str, tuple[object, ...]] = {}
    for by in ("day", "project", "branch", "model"):
        for name, one in grouped(found, by):
            amounts = (round(one.usd, 6), round(one.open_usd, 6))
            told[f"{by} {name}"] = (one.requests, one.usage, *amounts, one.unpriced, one.estimated)
    return told


ENTRIES = st.lists(
    st.tuples(
        st.integers(0, 30), st.sampled_from(["shop", "other"]), st.sampled_from([0.5, 0.000001, 2.0]),
        st.sampled_from(["open", "settled", "released", "unpriced", "estimated"]),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(entries=ENTRIES)
def test_folding_loses_no_total(entries: list[tuple[int, str, float, str]]) -> None:
    small = ledger_module.FOLD_BYTES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        book = ledger(path)
        for n, (day, project, usd, end) in enumerate(entries):
            spent = request(NOON + day * DAY, usd=usd, project=project, turn=f"t{n}")
            if end == "unpriced":
                book.add(f"r{n}", spent.settled(USED, None, estimated=False))
                continue
            book.reserve(f"r{n}", spent, Caps())
            if end == "released":
                book.release(f"r{n}")
            elif end != "open":
                book.settle(f"r{n}", USED, usd / 3, estimated=end == "estimated")
        before = totals(book.entries())
        last = request(NOON + 31 * DAY, turn="last")
        filler = spent_line("", replace(last, day="2026-01-01", project="x" * small, turn="", usd=0.0))
        with path.open("ab") as file:
            file.write(filler)
        book.add("last", last.settled(USED, 0.5, estimated=False))
        first = utc_day(NOON + (31 - KEPT_DAYS + 1) * DAY)
        after = ledger(path)
        assert all(not one.turn for one in after.entries() if one.day < first)
        kept = [one for one in after.entries() if one.project in ("shop", "other") and one.day != last.day]
        assert totals(kept) == before
        assert added(book.entries()) == added(after.entries())


def test_the_file_does_not_grow_with_the_days(path: Path) -> None:
    book = ledger(path)
    for day in range(60):
        for n in range(40):
            spent = request(NOON + day * DAY, usd=0.01, turn=f"t{day}")
            book.add(f"{day}-{n}", spent.settled(USED, 0.01, estimated=False))
    assert path.stat().st_size < 2 * ledger_module.FOLD_BYTES
    assert added(book.entries()).requests == 2_400
    head, *lines = map(json.loads, path.read_bytes().splitlines())
    assert head["kind"] == "folded"
    assert all(line["usd"] for line in lines)


def used(n: int) -> Spent:
    return request(usd=0.01, turn=f"t{n}").settled(USED, 0.01, estimated=False)


def test_a_file_that_another_program_folded_is_not_folded_again_at_once(path: Path) -> None:
    one, other = ledger(path), ledger(path)
    for n in range(1_200):
        one.add(f"a{n}", used(n))
    assert path.stat().st_size > 1.2 * ledger_module.FOLD_BYTES
    other.sums(NOON, "shop", "main", "")
    folded = path.stat().st_ino
    for n in range(10):
        (one, other, ledger(path))[n % 3].add(f"b{n}", used(n))
    assert path.stat().st_ino == folded
    assert added(ledger(path).entries()).requests == 1_210


def test_a_file_that_was_folded_is_known_though_it_has_the_number_of_the_old_one(
    path: Path, tmp_path: Path
) -> None:
    """A disk gives a number that got free to the next file."""
    book = ledger(path)
    book.reserve("a", request(usd=1.0), Caps())
    book.settle("a", USED, 0.5)
    apart = tmp_path / "ledger.jsonl"
    apart.write_bytes(path.read_bytes())
    other = ledger(apart)
    for n in range(1_200):
        other.add(f"b{n}", used(n))
    number = path.stat().st_ino
    path.write_bytes(apart.read_bytes())
    assert path.stat().st_ino == number
    assert book.sums(NOON, "shop", "main", "") == ledger(apart).sums(NOON, "shop", "main", "")
    book.add("c", used(1))
    assert (book.damaged, added(book.entries()).requests) == (0, 1_202)


# --- sums and entries -------------------------------------------------------------------

_IDS = st.sampled_from("abcdef")
_BRANCHES = st.sampled_from(("main", "idea", "plan"))


@settings(max_examples=200, deadline=None)
@given(
    acts=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(("reserve", "settle", "release", "end", "sum")), _IDS, _BRANCHES),
            st.tuples(st.just("rename"), _BRANCHES, _BRANCHES),
            st.tuples(st.just("rubbish"), st.just(""), st.just("")),
        ),
        max_size=30,
    ),
    most_turns=st.integers(1, 3),
)
def test_the_sums_are_those_of_all_entries_whatever_happened(
    acts: list[tuple[str, str, str]], most_turns: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.jsonl"
        path.touch()
        book, reserved = ledger(path, most_turns=most_turns), set[str]()
        for n, (act, id_, branch) in enumerate(acts):
            spent = replace(on(branch, n / 8, turn=f"t{n % 3}"), usage=Usage(input_tokens=n))
            match act:
                case "reserve" if id_ not in reserved:
                    reserved.add(id_)
                    book.reserve(id_, spent, Caps())
                case "settle":
                    book.settle(id_, Usage(input_tokens=100 + n), n / 16)
                case "release":
                    book.release(id_)
                case "end":
                    book.add(f"new {n}", spent)
                case "rename":
                    book.rename("shop", id_, branch)
                case "sum" | "rubbish":
                    old = spent_line("", replace(spent, turn="", at=0.0, round=0, day="2026-01-01"))
                    with path.open("ab") as file:
                        file.write(old if act == "sum" else b"rubbish\n")
                case _:
                    pass
        for one in (book, ledger(path), ledger(path, most_turns=1)):
            entries = one.entries()
            for branch in ("main", "idea", "plan"):
                of = [spent for spent in entries if spent.branch == branch]
                sums = one.sums(NOON, "shop", branch, "t1")
                assert _told(sums["branch"]) == _told(added(of))
                assert _told(sums["project"]) == _told(added(entries))
                assert _told(sums["turn"]) == _told(added(one for one in entries if one.turn == "t1"))


def test_a_cap_of_a_turn_holds_however_many_turns_came_between(path: Path) -> None:
    book = ledger(path, most_turns=2)
    caps = Caps(turn_usd=1.0)
    for turn in ("t1", "t2", "t3", "t4"):
        assert book.reserve(turn, request(usd=0.6, turn=turn), caps) is None
    over = book.reserve("more", request(usd=0.6, turn="t1"), caps)
    assert over == Over(scope="turn", cap_usd=1.0, spent_usd=0.6)
    book.settle("t1", USED, 0.1)
    assert book.reserve("more", request(usd=0.6, turn="t1"), caps) is None
    sums = (book.sums(NOON, "shop", "main", "t1", without) for without in ("", "more"))
    assert [round(one["turn"].usd, 6) for one in sums] == [0.7, 0.1]


def test_a_turn_that_is_over_takes_little_memory(path: Path) -> None:
    book = ledger(path)

    def turns(first: int, count: int) -> None:
        for n in range(first, first + count):
            book.reserve(f"r{n}", request(usd=1.0, turn=f"turn {n}"), Caps())
            book.settle(f"r{n}", USED, 0.25)
        book.sums(NOON, "shop", "main", "none")

    turns(0, 100)
    tracemalloc.start()
    try:
        turns(100, 600)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 40_000
    finally:
        tracemalloc.stop()


def _told(spent: Spent) -> tuple[object, ...]:
    return spent.requests, spent.usage, spent.unpriced, round(spent.usd, 6), round(spent.open_usd, 6)


def test_what_has_ended_takes_no_memory(path: Path) -> None:
    book = ledger(path)

    def requests(first: int, count: int) -> None:
        for n in range(first, first + count):
            book.reserve(f"r{n}", request(usd=1.0), Caps())
            book.settle(f"r{n}", USED, 0.25)
        book.sums(NOON, "shop", "main", "t1")

    requests(0, 10)
    tracemalloc.start()
    try:
        requests(10, 600)
        gc.collect()  # also what the test runner does beside it
        assert tracemalloc.get_traced_memory()[0] < 40_000
    finally:
        tracemalloc.stop()
    assert len(book.entries()) == 610
