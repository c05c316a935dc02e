"""`copilot document` on whole packages against the rehearsal: complete, parallel, incremental, killed.

    python bench/soak/documents.py [--jobs N] [--wait SECONDS] [--kills N] FOLDER ...

Each folder is copied, documented with one request at a time (a part of it) and with N at once, documented
again with one file changed, and documented from nothing while the program is killed at random. Prints a
table; the exit code is 1 where a run was not complete, asked for too much, or asked for anything twice.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from copilot.documents.page import bodies
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

SCENARIO = '[document]\nwait = {wait}\n[[rule]]\nanswer = [{{ text = "Hello." }}]\n'
ALONE_FILES = 40


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--jobs", type=int, default=16)
    parser.add_argument("--wait", type=float, default=0.5, help="seconds that the model takes to begin")
    parser.add_argument("--kills", type=int, default=5)
    args = parser.parse_args()
    print(f"Each answer after {args.wait:g} s, {args.jobs} at once.\n")
    print(
        "| folder | sections | requests | seconds | one by one, each | speed-up | one file changed | kills |"
    )
    print("|---|---|---|---|---|---|---|---|")
    bad = [one(folder.resolve(), args) for folder in args.folders]
    return int(any(bad))


class Place:
    """A copy of a folder with a server and homes of its own."""

    def __init__(self, folder: Path, work: Path, server: RehearsalServer) -> None:
        self.base = work / folder.name
        self.work = work
        self.server = server
        shutil.copytree(folder, self.base, ignore=shutil.ignore_patterns("__pycache__", "*.so", "docs"))

    def argv(self, jobs: int, *more: str) -> list[str]:
        return [
            *(sys.executable, "-m", "copilot", "document", str(self.base), *more, "--jobs", str(jobs)),
            *("--provider", "anthropic", "--base-url", self.server.url, "--model", "rehearsal"),
        ]

    def env(self, home: str) -> dict[str, str]:
        return {**os.environ, "COPILOT_HOME": str(self.work / home), "ANTHROPIC_API_KEY": "sk-ant-api03-soak"}

    def run(self, home: str, jobs: int, *more: str) -> float:
        began = time.perf_counter()
        argv = self.argv(jobs, *more)
        done = subprocess.run(argv, env=self.env(home), capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{done.returncode}: {done.stderr}")
        return time.perf_counter() - began

    def asked(self, since: int = 0) -> list[str]:
        return [str(request.body) for request in self.server.requests[since:]]


def one(folder: Path, args: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as work:
        server = RehearsalServer(parse_scenario(SCENARIO.format(wait=args.wait)))
        with server:
            place = Place(folder, Path(work), server)
            seconds = place.run("many", args.jobs)
            requests = len(server.requests)
            page = place.base / "docs" / "CODEBASE.md"
            sections = len(bodies(page.read_text()))
            complete = requests and "Not documented" not in page.read_text()
            alone = _alone(place, seconds)
            changed = _changed(place, args.jobs)
            twice = _killed(place, args, requests, seconds)
        speed_up = alone * requests / seconds
        print(
            f"| {folder.name} | {sections:,} | {requests:,} | {seconds:.1f} | {alone:.2f} s |"
            f" {speed_up:.1f} | {changed[0]} requests of {changed[1]} expected |"
            f" {args.kills}: {twice} asked twice |",
            flush=True,
        )
        return not complete or changed[0] > changed[1] or twice > args.kills * args.jobs


def _alone(place: Place, seconds: float) -> float:
    """Seconds a request where one follows another, over some files."""
    del seconds
    names = sorted(p.relative_to(place.base).as_posix() for p in place.base.rglob("*.py") if p.stat().st_size)
    before = len(place.server.requests)
    took = place.run("alone", 1, *names[:ALONE_FILES], "--out", str(place.work / "alone.md"))
    return took / (len(place.server.requests) - before)


def _changed(place: Place, jobs: int) -> tuple[int, int]:
    """Requests after one file's change, and how many there may be: it, its folders, the whole."""
    files = [p for p in place.base.rglob("*.py") if p.stat().st_size > 500]
    file = max(files, key=lambda p: len(p.relative_to(place.base).parts))
    more = "\n\ndef added_for_the_soak(n: int) -> int:\n    return n\n"
    file.write_text(f'"""Quite another purpose."""\n{file.read_text()}{more}')
    before = len(place.server.requests)
    place.run("many", jobs)
    asked = place.asked(before)
    parts = sum(" part=" in text or ("(part " in text and "<folder" in text) for text in asked)
    return len(asked), 1 + len(file.relative_to(place.base).parts) + parts


def _killed(place: Place, args: argparse.Namespace, requests: int, seconds: float) -> int:
    """How many requests were sent more than once over a run that is killed some times."""
    randomness = random.Random(1)
    before = len(place.server.requests)
    for kill in range(args.kills):
        running = subprocess.Popen(
            place.argv(args.jobs),
            env=place.env("killed"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        aim = before + requests * (kill + randomness.random()) / (args.kills + 1)
        until = time.monotonic() + 10 * seconds + 60
        while len(place.server.requests) < aim and running.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        running.kill()
        running.wait()
    place.run("killed", args.jobs)
    asked = Counter(re.sub(r"'cache_control'.*?}", "", text) for text in place.asked(before))
    return sum(count - 1 for count in asked.values())


if __name__ == "__main__":
    sys.exit(main())
