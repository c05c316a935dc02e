"""The parts of the context benchmark that decide something: a wrong one would praise a wrong program."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from context_baselines import NEVER_WALKED, parse_all, walk
from context_bench import Row
from context_checks import Defined, Section, absent, public_names, questions, sections, unanswered
from context_runs import Run, RunFailedError, measure, peak_memory
from context_trees import seen, thin

from copilot.workspace import ignore, walking

SHOP = b'''
LIMIT: int = 3
A, (B, *_C) = 1, (2, 3)
_hidden = 1
if LIMIT:
    class Shop:
        """Sells."""
        open = True
        def sell(self, item, /, *args, price=1, **more): return item
        @staticmethod
        def near(place): inner = place
        def _count(self): pass
else:
    try:
        def late(): pass
    except OSError:
        REASON = 1
class _Private:
    def unseen(self): pass
'''

CONTEXT = """# Files

## shop.py

3|A = 1; B = 2
6-12|class Shop: open = True
9|.sell(self, item, /, *args, price=1, **more)

## short.py

```
def add(a, b): ...
## shop.py
```

## else.md

1|nothing
"""


def test_public_names_are_what_a_module_offers() -> None:
    found = {name.qualified: name.parameters for name in public_names("shop.py", SHOP)}
    assert found == {
        "LIMIT": None,
        "A": None,
        "B": None,
        "Shop": None,
        "Shop.open": None,
        "Shop.sell": ("item", "args", "price", "more"),
        "Shop.near": ("place",),
        "late": (),
        "REASON": None,
    }
    assert public_names("broken.py", b"def (") == []


def test_sections_hold_rows_or_the_whole_file() -> None:
    assert sections(CONTEXT, ["shop.py", "short.py"]) == {
        "shop.py": Section(
            rows=(
                (3, 3, "3|A = 1; B = 2"),
                (6, 12, "6-12|class Shop: open = True"),
                (9, 9, "9|.sell(self, item, /, *args, price=1, **more)"),
            ),
            whole="",
        ),
        "short.py": Section(rows=(), whole="def add(a, b): ...\n## shop.py"),
    }


def test_what_no_row_gives_is_absent() -> None:
    lost = absent(sections(CONTEXT, ["shop.py"]), public_names("shop.py", SHOP))
    assert [name.qualified for name in lost] == ["LIMIT", "Shop.near", "late", "REASON"]


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        (Defined(path="shop.py", qualified="Shop.sell", line=9, parameters=("item", "price")), True),
        (Defined(path="shop.py", qualified="Shop.sell", line=9, parameters=("item", "cost")), False),
        (Defined(path="shop.py", qualified="Shop.sell", line=10, parameters=("item",)), False),
        (Defined(path="short.py", qualified="add", line=1, parameters=("a", "b")), True),
        (Defined(path="other.py", qualified="add", line=1, parameters=("a", "b")), False),
    ],
)
def test_an_answer_is_the_line_the_name_and_the_parameters(question: Defined, answered: bool) -> None:
    found = sections(CONTEXT, ["shop.py", "short.py"])
    assert unanswered(found, [question]) == ([] if answered else [question])


def test_questions_depend_on_the_seed_alone() -> None:
    names = [Defined(path="a.py", qualified=f"f{n}", line=n + 1, parameters=()) for n in range(50)]
    twice = Defined(path="a.py", qualified="f0", line=99, parameters=())
    assert questions([*names, twice], 10, 3) == questions([twice, *names[::-1]], 10, 3)
    assert questions(names, 10, 3) != questions(names, 10, 4)
    assert {q.qualified for q in questions([*names, twice], 100, 3)} == {f"f{n}" for n in range(1, 50)}


def test_the_walk_applies_the_rules_that_the_program_applies(tmp_path: Path) -> None:
    files = {
        ".gitignore": "*.log\n/build/\n!keep.log\n",
        "a.py": "",
        "b.log": "",
        "keep.log": "",
        "build/x.py": "",
        "src/build/y.py": "",
        "src/.gitignore": "*.py\n!z.py\n",
        "src/z.py": "",
        "src/y.py": "",
        "src/deep/c.log": "",
        "node_modules/m.py": "",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    ours = {entry.path for entry in walking.walk(tmp_path) if entry.kind == "file"}
    assert {path for path, _ in walk(str(tmp_path))} == ours
    assert NEVER_WALKED == ignore.NEVER_WALKED
    assert ours == {".gitignore", "a.py", "keep.log", "src/.gitignore", "src/z.py"}


def test_a_tree_has_exactly_its_number_of_files(tmp_path: Path) -> None:
    for path in ("b-1/m.py", "b-1/sub/n.py", "a-1/x.py", "a-1/y.py", "a-1/z/w.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1\n", "utf-8")
    thin(tmp_path, ["b-1", "a-1"], 3)
    tree = seen(tmp_path)
    assert (tree.paths, tree.count, tree.size) == (("a-1/x.py", "b-1/m.py", "b-1/sub/n.py"), 3, 18)
    assert not (tmp_path / "a-1" / "z").exists()
    with pytest.raises(ValueError, match="3 files, not 4"):
        thin(tmp_path, ["b-1", "a-1"], 4)


def test_the_baseline_parses_what_is_valid(tmp_path: Path) -> None:
    for n, text in enumerate(["x = 1", "def (", "y = 2"]):
        (tmp_path / f"{n}.py").write_text(text, "utf-8")
    assert parse_all([str(path) for path in sorted(tmp_path.iterdir())], 1, collect=True) == 2


def test_runs_take_turns_and_the_first_does_not_count(tmp_path: Path) -> None:
    order: list[str] = []

    def run(name: str, code: str, *, optional: bool = False) -> Run:
        command = [sys.executable, "-I", "-c", code]
        return Run(
            name=name, command=command, cwd=tmp_path, prepare=lambda: order.append(name), optional=optional
        )

    bad = run("bad", "raise SystemExit('no luck')", optional=True)
    found = measure([run("one", "pass"), bad, run("two", "pass")], 2, lambda _: None)
    assert order == ["one", "bad", "two", "one", "two", "one", "two"]
    assert [len(found[name].wall) for name in ("one", "bad", "two")] == [2, 0, 2]
    assert found["bad"].failed == "bad ended with 1: no luck"
    with pytest.raises(RunFailedError, match="no luck"):
        measure([run("bad", "raise SystemExit('no luck')")], 1, lambda _: None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a child's memory this way")
def test_the_peak_counts_children(tmp_path: Path) -> None:
    hold = "import time; held = bytearray(60_000_000); time.sleep(0.3)"
    start = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-I', '-c', {hold!r}])"
    for code, least in (
        (f"{start}; child.wait()", 60_000_000),
        (f"{start}; {hold}; child.wait()", 120_000_000),
    ):
        run = Run(name="hold", command=[sys.executable, "-I", "-c", code], cwd=tmp_path)
        largest, together = peak_memory(run)
        assert 60_000_000 < largest < 120_000_000
        assert least < together < least + 60_000_000


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row(run="r", measured="m", ratio=1.3, goal=1.3), "yes"),
        (Row(run="r", measured="m", ratio=1.31, goal=1.3), "no"),
        (Row(run="r", measured="m", ratio=3.0, goal=3.0, least=True), "yes"),
        (Row(run="r", measured="m", ratio=2.9, goal=3.0, least=True), "no"),
        (Row(run="r", measured="m", ratio=None, goal=3.0, least=True, note="missing"), "missing"),
        (Row(run="r", measured="m", ratio=2.0), "–"),
    ],
)
def test_a_row_says_whether_its_goal_is_met(row: Row, met: str) -> None:
    assert row.cells()[-1] == met
