"""What searching 1,000,000 messages costs: making the index, its size, and questions of several kinds.

    nice .venv/bin/python bench/search.py [--messages 1000000] [--projects 50] [--rounds 200]

Projects with messages of words by Zipf's law (a vocabulary of 30,000 words, seed 1) are made in a temporary
folder and read as `copilot search` reads them, project files and all. The second look finds nothing changed;
the third, one message more in one project. Times of questions are those of `Searcher.find`, snippets
included, each with other words. Exit code 0.
"""

import argparse
import bisect
import itertools
import platform
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from copilot.assembly.searching import FILE, Searcher
from copilot.projects.home import Home
from copilot.projects.project_manager import new, path_of
from copilot.vocabulary.search_values import SearchAsked

WORDS = 30_000
BEGIN = 1_700_000_000.0
LIMIT = 50


class Language:
    """Words that no language has, the first ones far more often than the last ones."""

    def __init__(self) -> None:
        self._rng = random.Random(1)
        letters = "etaoinshrdlu"
        made = {
            "".join(self._rng.choices(letters, k=self._rng.randint(2, 9))): None for _ in range(WORDS * 2)
        }
        self.words = list(made)[:WORDS]
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def text(self) -> str:
        """A message: mostly short, now and then long."""
        count = min(400, int(self._rng.lognormvariate(3.2, 0.9)) + 1)
        top = self._weights[-1]
        found = [self.words[bisect.bisect(self._weights, self._rng.random() * top)] for _ in range(count)]
        return " ".join(found)


def make(home: Home, language: Language, messages: int, projects: int) -> int:
    """The projects, written as the program does; the characters of all messages."""
    total, each = 0, messages // projects
    for number in range(projects):
        name = f"project {number}"
        new(home, name, home.root)
        path = path_of(home, name)
        tip = f"{number}-{each - 1}"
        head = path.read_text().partition("[discussion]")[0]
        lines = [head, f'[discussion]\nactive = "main"\nbranches = [{{ name = "main", tip = "{tip}" }}]\n']
        for place in range(each):
            text = language.text()
            total += len(text)
            parent = f'parent = "{number}-{place - 1}"\n' if place else ""
            role = "assistant" if place % 2 else "user"
            at = BEGIN + (number * each + place) * 60
            lines.append(
                f'[[discussion.messages]]\nid = "{number}-{place}"\n{parent}role = "{role}"\nat = {at}\n'
                f'parts = [{{ type = "text", text = "{text}" }}]\n'
            )
        path.write_text("\n".join(lines))
        say(f"{(number + 1) * each:,} messages made")
    return total


def questions(language: Language, rounds: int) -> Iterator[tuple[str, list[SearchAsked]]]:
    """Kinds of questions, each with as many as are asked."""
    rng, words = random.Random(2), language.words

    def asked(make_words: Callable[[], str], **more: str | float) -> list[SearchAsked]:
        return [SearchAsked(words=make_words(), limit=LIMIT, **more) for _ in range(rounds)]  # type: ignore[arg-type]

    yield "one of the 20 commonest words", asked(lambda: f'"{words[rng.randrange(20)]}"')
    yield "a rare word", asked(lambda: f'"{words[rng.randrange(15_000, WORDS)]}"')
    yield "two words", asked(lambda: f'"{words[rng.randrange(100)]}" "{words[rng.randrange(100, 3_000)]}"')
    yield "two neighbours", asked(lambda: f'"{words[rng.randrange(50)]} {words[rng.randrange(50, 500)]}"')
    yield "the first three letters", asked(lambda: words[rng.randrange(3_000)][:3])
    yield "the first four letters", asked(lambda: words[rng.randrange(3_000)][:4])
    yield "a word in one project", asked(lambda: words[rng.randrange(1_000)], project="project 3")
    yield "a word that is nowhere", asked(lambda: f"zz{rng.randrange(10**9)}")


def took(work: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def say(words: str) -> None:
    """How far it is."""
    sys.stderr.write(f"\r{words:<60}")
    sys.stderr.flush()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--projects", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, language = Home(root=Path(folder)).make(), Language()
        characters = make(home, language, options.messages, options.projects)
        searcher = Searcher(home, ())
        first = took(
            lambda: searcher.refresh(lambda done, of: say(f"{done / 1e6:.0f} of {of / 1e6:.0f} MB read"))
        )
        again = took(searcher.refresh)
        changed = path_of(home, "project 1")
        changed.write_text(changed.read_text().replace('text = "', 'text = "woozle ', 1))
        one = took(searcher.refresh)
        size = (home.state / FILE).stat().st_size
        rows = [
            (name, [took(lambda a=a: searcher.find(a)) * 1_000 for a in asked])
            for name, asked in questions(language, options.rounds)
        ]
        searcher.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
    say("")
    print(
        f"\n{options.messages:,} messages, {characters / 1e6:,.0f} MB of text, {options.projects} projects;",
        end=" ",
    )
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}\n")
    print("| what | |\n| --- | ---: |")
    print(f"| first index | {first:,.1f} s ({options.messages / first:,.0f} messages a second) |")
    print(f"| nothing changed | {again * 1_000:,.0f} ms |")
    print(f"| one project's file changed | {one:,.2f} s |")
    print(f"| index | {size / 1e6:,.0f} MB ({size / characters:.2f} of the text) |")
    print(f"| most memory | {peak:,.0f} MB |\n")
    print("| question, 50 newest places | p50 ms | p99 ms |\n| --- | ---: | ---: |")
    for name, times in rows:
        print(f"| {name} | {statistics.median(times):,.1f} | {statistics.quantiles(times, n=100)[98]:,.1f} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
