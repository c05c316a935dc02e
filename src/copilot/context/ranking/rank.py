"""Which of the chosen files matter most now, in an order that a person can read and change."""

from collections.abc import Mapping, Sequence
from heapq import nsmallest
from math import fsum

from copilot.context.markdown import amount
from copilot.context.ranking.candidate import Candidate as Candidate
from copilot.context.ranking.graph import Links, definers, page_rank, references
from copilot.context.ranking.mentions import SIGNS, Mention, mentions, words_of
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import STANDINGS, Standing

_SECOND = 1_000_000_000
RECENT_NS = 24 * 3_600 * _SECOND
"""How long before the newest file a file still counts as changed lately."""
TOGETHER_NS = 60 * _SECOND
"""Files written within this time of each other were written together: a checkout, a formatter."""
MOST_RECENT = 50
RECENT_SHARE = 10
"""One file in so many may count as changed lately, rounded up, and MOST_RECENT at most."""

_EVERYWHERE = 0.1
"""How much of where PageRank begins is spread over all files: it orders what the seeds do not reach."""
_USERS_SHOWN = 3


@frozen
class Ranked:
    """A file's place: the standing it owes it to, and `reason` in words for a person, empty for "rest".

    `score` is the PageRank; for "rest", which nothing refers to, that of the files it refers to, each
    weighed by its share of this file's references.
    """

    path: str
    standing: Standing
    score: float
    reason: str


def ranked(candidates: Sequence[Candidate], message: str, order: Sequence[Standing]) -> tuple[Ranked, ...]:
    """The candidates, most important first; the same result in whatever order they come. Paths differ.

    `order` ranks the standings; one that it leaves out comes after those it has. A file with several
    standings has the first of them in `order`. Within one: what is named by its surest sign, what is recent
    by time, newest first, and then all by score, ties by path.
    """
    files = sorted(candidates, key=lambda file: file.path)
    if not files:
        return ()
    known = definers(files)
    named = mentions(files, known, message)
    recent = recently_changed([file.mtime_ns for file in files])
    links = references(files, known, words_of(message))
    scores = page_rank(links, _seeds(files, named, recent))
    users = _users(links)
    places: tuple[Standing, ...] = tuple(dict.fromkeys((*order, *STANDINGS)))
    found: list[tuple[tuple[float, ...], Ranked]] = []
    for number, file in enumerate(files):
        standing = _standing(file, places, number in named, number in recent, bool(users[number]))
        score = scores[number] if standing != "rest" else _reach(links[number], scores)
        within = _within(standing, named.get(number), file.mtime_ns)
        first = _foremost(users[number], number, links, scores) if standing == "referenced" else ()
        reason = _reason(standing, named.get(number), [files[one].path for one in first], len(users[number]))
        place = Ranked(path=file.path, standing=standing, score=score, reason=reason)
        found.append(((places.index(standing), within, -score), place))
    return tuple(place for _, place in sorted(found, key=lambda pair: (pair[0], pair[1].path)))


def recently_changed(times_ns: Sequence[int]) -> frozenset[int]:
    """Which of these modification times, by number, are the latest changes.

    Measured from the newest, not from now. Of files that were written together none counts unless all do, so
    a fresh checkout has no recent files, and files edited after it are.
    """
    most = min(MOST_RECENT, -(-len(times_ns) // RECENT_SHARE))
    newest_first = sorted(times_ns, reverse=True)
    if len(newest_first) <= most:
        return frozenset()
    after = max(newest_first[0] - RECENT_NS, newest_first[most] + TOGETHER_NS)
    return frozenset(number for number, time in enumerate(times_ns) if time > after)


def _standing(file: Candidate, places: Sequence[Standing], named: bool, recent: bool, used: bool) -> Standing:
    has: dict[Standing, bool] = {"pinned": file.pinned, "named": named, "recent": recent, "referenced": used}
    for place in places:
        if has.get(place):
            return place
    return "rest"


def _seeds(files: Sequence[Candidate], named: Mapping[int, Mention], recent: frozenset[int]) -> list[float]:
    """Where PageRank begins: each standing has an equal part, so that fifty recent files do not outweigh the
    one that is named."""
    pinned = [number for number, file in enumerate(files) if file.pinned]
    groups = [group for group in (pinned, sorted(named), sorted(recent)) if group]
    seeds = [(_EVERYWHERE if groups else 1.0) / len(files)] * len(files)
    for group in groups:
        for number in group:
            seeds[number] += (1 - _EVERYWHERE) / len(groups) / len(group)
    return seeds


def _users(links: Links) -> list[list[int]]:
    """For each file those that refer to it."""
    users: list[list[int]] = [[] for _ in links]
    for source, targets in enumerate(links):
        for target in targets:
            users[target].append(source)
    return users


def _foremost(users: Sequence[int], target: int, links: Links, scores: Sequence[float]) -> list[int]:
    """The few users to show: those that give the file most of its score first, then by strength."""

    def given(source: int) -> tuple[float, float, int]:
        weight = links[source][target]
        return -scores[source] * weight / fsum(links[source].values()), -weight, source

    return nsmallest(_USERS_SHOWN, users, key=given)


def _reach(targets: Mapping[int, float], scores: Sequence[float]) -> float:
    whole = fsum(targets.values())
    return fsum(scores[target] * weight / whole for target, weight in targets.items())


def _within(standing: Standing, mention: Mention | None, mtime_ns: int) -> float:
    match standing:
        case "named":
            return SIGNS.index(mention.sign) if mention else len(SIGNS)
        case "recent":
            return -mtime_ns
        case "pinned" | "referenced" | "rest":
            return 0


def _reason(standing: Standing, mention: Mention | None, users: Sequence[str], count: int) -> str:
    """`users` are the first of `count` files that refer to it."""
    match standing:
        case "pinned":
            return "pinned"
        case "named":
            return f"named in the message ({mention.words if mention else ''})"
        case "recent":
            return "changed lately"
        case "referenced":
            more = ", …" if count > len(users) else ""
            return f"used by {amount(count, 'chosen file')}: {', '.join(users)}{more}"
        case "rest":
            return ""
