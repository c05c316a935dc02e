"""What it costs to open and to save projects, by how long their history is.

    .venv/bin/python bench/project_size.py [--messages 1000,10000,100000] [--megabytes 1,10,100]
        [--runs N] [--tails 100,250,500,1000,2000] [--markdown]

Projects are made as they grow, flush by flush, until they have so many messages (of 300 characters) or
megabytes (of 20,000 characters each).

"open" is `Store.open`, in a process of its own that has loaded the program; "shown" is what a window asks
first: the active branch, and its last 50 messages read; "whole" reads all messages of the branch. These are
the processor's seconds, all files being in the system's memory. "keep" is one more message with its sync,
"save" the flush after it: by the clock. Each is the least of `--runs` (5). Ratios are to the first row of the
same table.

`--tails` measures what the thresholds were chosen by: projects whose messages all stand in the one TOML file.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from copilot.projects.home import Home
from copilot.projects.shelving import DEFAULT_CUT, Cut
from copilot.projects.store import Store
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.values import Project

NEVER = Cut(most_messages=10**9, most_bytes=10**12)
HEAD = (
    "project",
    "on the disk, history files",
    "open, ms",
    "shown, ms",
    "keep, ms",
    "save, ms",
    "open + shown",
    "whole, s",
)
Figures = dict[str, float]
AT = 1_763_704_800.0
SHOWN = 50


def messages(number: int, characters: int) -> Iterator[Message]:
    """A discussion: a question, a call, its result, an answer, and so on."""
    line = "The quick brown fox jumps over the lazy dog, été, 0123456789.\n"
    parent: str | None = None
    for at in range(number):
        text = f"{at} " + (line * (characters // len(line) + 1))[:characters]
        name = f"{at:06x}{'9d1c' * 6}"
        match at % 4:
            case 0:
                made = Message(id=name, parent=parent, role="user", parts=(Text(text=text),), at=AT + at)
            case 1:
                call = ToolCall(call_id=f"c{at}", name="run_shell", arguments={"script": text})
                made = Message(id=name, parent=parent, role="assistant", parts=(call,), at=AT + at)
            case 2:
                result = ToolResult(call_id=f"c{at - 1}", name="run_shell", output=text)
                made = Message(id=name, parent=parent, role="tool", parts=(result,), at=AT + at)
            case _:
                made = Message(id=name, parent=parent, role="assistant", parts=(Text(text=text),), at=AT + at)
        yield made
        parent = name


def make(home: Home, number: int, characters: int, cut: Cut) -> None:
    """A project of so many messages. They come in thousands, not one by one: what lies on the disk then is
    the same, as files of history are cut by what stands in the project file at a save."""
    with opened(home, cut) as store:
        waiting: list[Message] = []
        for message in messages(number, characters):
            waiting.append(message)
            if len(waiting) * characters >= 1_000_000 or len(waiting) == 1_000 or len(waiting) == number:
                grow(store, waiting)
                waiting = []
        grow(store, waiting)


def grow(store: Store, new: list[Message]) -> None:
    """Keep some messages at once, as an import does."""
    if new:
        project = store.project
        discussion = Discussion(branches=(Branch(name="main", tip=new[-1].id),))
        changed = Project(name=project.name, base_dir=project.base_dir, discussion=discussion)
        store.change(changed, tuple(new))
        store.flush()


def opened(home: Home, cut: Cut = DEFAULT_CUT) -> Store:
    """The project, open."""
    names = count()
    new = not (home.projects / "p.toml").exists()
    return Store.open(
        home,
        "p",
        clock=lambda: AT,
        new_id=lambda: f"new{next(names)}",
        base_dir=home.root if new else None,
        cut=cut,
    )


def measured(home: Home, cut: Cut) -> Figures:
    """Seconds, of one run in this process."""
    began = time.process_time()
    store = opened(home, cut)
    found = {"open": time.process_time() - began}
    began = time.process_time()
    path = store.project.discussion.path("main")
    assert all(message.parts for message in path[-SHOWN:])
    found["shown"] = time.process_time() - began
    keeps: list[float] = []
    saves: list[float] = []
    for _ in range(5):
        tip = store.project.discussion.branches[0].tip
        new = Message(id=f"k{time.time_ns()}", parent=tip, role="user", parts=(Text(text="So?"),), at=AT)
        began = time.perf_counter()
        store.keep_message("main", new)
        keeps.append(time.perf_counter() - began)
        began = time.perf_counter()
        store.flush()
        saves.append(time.perf_counter() - began)
    found |= {"keep": min(keeps), "save": min(saves)}
    began = time.process_time()
    assert all(message.parts for message in path)
    found["whole"] = time.process_time() - began
    store.close()
    return found


def best(home: Home, cut: Cut, runs: int) -> Figures:
    """The least of some runs, each in a process of its own."""
    told: list[Figures] = []
    for _ in range(runs):
        child = [
            sys.executable,
            __file__,
            "--child",
            str(home.root),
            "--whole" if cut == NEVER else "--parts",
        ]
        told.append(json.loads(subprocess.run(child, check=True, capture_output=True, text=True).stdout))
    return {key: min(one[key] for one in told) for key in told[0]}


def table(sizes: Sequence[tuple[str, int, int]], cut: Cut, runs: int, *, markdown: bool) -> None:
    """Measure projects and print a row for each."""
    show(HEAD, markdown=markdown)
    first = 0.0
    for name, number, characters in sizes:
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
            home = Home(root=Path(made))
            make(home, number, characters, cut)
            size = sum(path.stat().st_size for path in home.projects.rglob("*") if path.is_file())
            files = sum(path.suffix == ".jsonl" for path in home.projects.rglob("*"))
            found = best(home, cut, runs)
        both = found["open"] + found["shown"]
        first = first or both
        cells = [f"{found[key] * 1e3:,.1f}" for key in ("open", "shown", "keep", "save")]
        ratio = f"{both * 1e3:,.0f} ({both / first:.2f} x)"
        show(
            (name, f"{size / 1e6:,.1f} MB, {files}", *cells, ratio, f"{found['whole']:.2f}"),
            markdown=markdown,
        )
    print()


def show(cells: Sequence[str], *, markdown: bool) -> None:
    """Print one row."""
    print("| " + " | ".join(cells) + " |" if markdown else "  ".join(cells), flush=True)
    if markdown and cells is HEAD:
        print("|---|---|---:|---:|---:|---:|---:|---:|", flush=True)


def main(argv: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", default="1000,10000,100000")
    parser.add_argument("--megabytes", default="1,10,100")
    parser.add_argument("--tails", default="")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--whole", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--parts", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.child:
        print(json.dumps(measured(Home(root=Path(args.child)), NEVER if args.whole else DEFAULT_CUT)))
        return 0
    numbers = [int(number) for number in args.messages.split(",") if number]
    sizes = [(f"{number:,} messages", number, 300) for number in numbers]
    if sizes:
        table(sizes, DEFAULT_CUT, args.runs, markdown=args.markdown)
    sizes = [(f"{size} MB", int(size) * 50, 20_000) for size in args.megabytes.split(",") if size]
    if sizes:
        table(sizes, DEFAULT_CUT, args.runs, markdown=args.markdown)
    sizes = [(f"{number} in TOML", int(number), 1_000) for number in args.tails.split(",") if number]
    if sizes:
        table(sizes, NEVER, args.runs, markdown=args.markdown)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
