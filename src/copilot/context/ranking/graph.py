"""Which chosen file refers to which, by imports and by the names they mention, and who matters most by that.

Weights are those of aider's repository map (`repomap.py`, August 2026) where a comment says so. Its factor
of 50 for references from files under discussion is left out: PageRank shares out what leaves a file, so a
factor on all of that changes nothing; where to begin (`seeds`) does this work.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from operator import mul

from copilot.context.ranking.candidate import Candidate
from copilot.context.ranking.imports import places

MOST_DEFINERS = 5
"""A name defined in more files says nothing about any of them (aider: a tenth of the weight)."""

SHORTEST_NAME = 3
"""Characters; shorter names are variables of some loop as often as not."""

_IMPORT = 10.0
"""An import is certain: as much as a telling name."""
_TELLING, _MENTIONED = 10.0, 10.0
"""aider: a compound name of 8 characters or more, and a name that the message mentions."""
_TELLING_LENGTH = 8

_DAMPING = 0.85
"""The usual share of PageRank that follows references; the rest begins again at the seeds."""
_ROUNDS = 60
_CLOSE = 1e-5
"""Of all rank, moved in one round: below it the order of what matters no longer changes."""

Links = Sequence[Mapping[int, float]]
"""For each file, by number: the files it refers to, and how strongly."""


def definers(files: Sequence[Candidate]) -> dict[str, tuple[int, ...]]:
    """Names that tell files apart, each with the numbers of the few files that define it."""
    first: dict[str, int] = {}
    further: dict[
        str, list[int]
    ] = {}  # apart, because few names have any, and lists by the 100,000 cost time
    for number, file in enumerate(files):
        for name in dict.fromkeys(file.defines):
            if len(name) >= SHORTEST_NAME and first.setdefault(name, number) != number:
                further.setdefault(name, []).append(number)
    found = {name: (number,) for name, number in first.items() if name not in further}
    few = {name: where for name, where in further.items() if len(where) < MOST_DEFINERS}
    return {**found, **{name: (first[name], *where) for name, where in few.items()}}


def references(
    files: Sequence[Candidate], known: Mapping[str, tuple[int, ...]], mentioned: Iterable[str] = ()
) -> list[dict[int, float]]:
    """The links between `files`; `known` as `definers` gives it, `mentioned` the names in the message.

    A name that several files define means those that the file imports, else each of them a little.
    """
    where = places([file.path for file in files])
    named = frozenset(mentioned)
    names = frozenset(known)
    links: list[dict[int, float]] = []
    for number, file in enumerate(files):
        out: dict[int, float] = {}
        for written in dict.fromkeys(file.imports):
            found = where.meant(file.path, written)
            for target in found:
                out[target] = max(out.get(target, 0.0), _IMPORT / len(found))
        imported = frozenset(out)
        for name in sorted(names & file.words):
            definer = known[name]
            if number in definer:
                continue
            if len(definer) > 1:
                definer = tuple(one for one in definer if one in imported) or definer
            weight = _weight(name, named) / len(definer)
            for target in definer:
                out[target] = out.get(target, 0.0) + weight
        links.append(out)
    return links


def page_rank(links: Links, seeds: Sequence[float]) -> list[float]:
    """The personalised PageRank of each file; together 1.

    `seeds` are weights of where to begin, at least one above 0. Sums are exact (`fsum`), so that the result
    is the same on every machine and in every order of adding.
    """
    whole = fsum(seeds)
    start = [seed / whole for seed in seeds]
    sources: list[list[int]] = [[] for _ in links]
    shares: list[list[float]] = [[] for _ in links]
    for source, targets in enumerate(links):
        total = fsum(targets.values())
        for target, weight in targets.items():
            sources[target].append(source)
            shares[target].append(_DAMPING * weight / total)
    reached = [target for target, found in enumerate(sources) if found]
    ends = [number for number, targets in enumerate(links) if not targets]
    rank = start
    for _ in range(_ROUNDS):
        anew = 1 - _DAMPING + _DAMPING * fsum(map(rank.__getitem__, ends))
        now = [anew * seed for seed in start]
        for target in reached:
            now[target] += fsum(map(mul, shares[target], map(rank.__getitem__, sources[target])))
        moved = fsum(abs(new - old) for new, old in zip(now, rank, strict=True))
        rank = now
        if moved < _CLOSE:
            break
    return rank


def _weight(name: str, mentioned: frozenset[str]) -> float:
    compound = "_" in name.strip("_") or (name.lower() != name and name.upper() != name)
    telling = _TELLING if compound and len(name) >= _TELLING_LENGTH else 1.0
    return telling * (_MENTIONED if name in mentioned else 1.0)
