"""What differs between the request sent before and the one to be sent now, as far as a cache minds.

Services cache a request from its beginning up to where it first differs from the one before. Messages that
were only appended change nothing of that.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from copilot.ai.xray import Xray
from copilot.vocabulary.diffs import common_length
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import CacheBreak, Section

AROUND = 60
"""Characters shown of either side of a break: a third before it, the rest after."""

MOST_LINES = 400
"""Lines of a diff; a person looks at the beginning of what is longer."""

_MOST_COMPARED = 2_000
"""Lines of a section that are compared one by one; the time grows with their square."""


@frozen
class Sent:
    """The readable text of a request that was sent, its sections, and where what a cache minds ends."""

    text: str
    sections: tuple[Section, ...]
    cached_end: int


def cache_break(old: Sent, new: Xray, tokens: Callable[[str], int]) -> CacheBreak | None:
    """The first place where `new` differs; None where one of them only goes on further."""
    before, after = old.text[: old.cached_end], new.text[: new.cached_end]
    at = common_length(before, after)
    if at in (len(before), len(after)):
        return None
    begin = max(0, at - AROUND // 3)
    return CacheBreak(
        section=new.section_at(at),
        at=at,
        body_at=new.body_at(at),
        tokens=tokens(after[at:]),
        before=before[begin : begin + AROUND],
        after=after[begin : begin + AROUND],
    )


def difference(old: Sent, new: Xray) -> str:
    """A unified diff, section by section, of at most `MOST_LINES` lines."""
    found: list[str] = []
    for line in _lines(old, new):
        if len(found) == MOST_LINES - 1:
            found.append("… the rest is left out\n")
            break
        found.append(line)
    return "".join(found)


Keyed = dict[tuple[str, str, int], str]
"""Sections' texts by kind, name and how many of that name came before."""


def _keyed(text: str, sections: Sequence[Section]) -> Keyed:
    found: Keyed = {}
    counted: Counter[tuple[str, str]] = Counter()
    for section in sections:
        # The last message of one request is a message of the branch in the next: numbers tell them apart.
        said = section.kind in ("branch", "message")
        kind, name = ("branch", "") if said else (section.kind, section.name)
        number = counted[kind, name]
        counted[kind, name] += 1
        found[kind, name, number] = text[section.start : section.end]
    return found


def _lines(old: Sent, new: Xray) -> Iterator[str]:
    before, after = _keyed(old.text, old.sections), _keyed(new.text, new.sections)
    gone = [key for key in before if key not in after]
    for key in [*after, *gone]:
        was, now = before.get(key, ""), after.get(key, "")
        if was != now:
            kind, name, number = key
            named = f"{kind} {name or number + 1}".rstrip()
            yield f"--- {named if key in before else '(nothing)'}\n"
            yield f"+++ {named if key in after else '(nothing)'}\n"
            yield from _changed(was.splitlines(), now.splitlines())


def _changed(was: list[str], now: list[str]) -> Iterator[str]:
    """The lines of a unified diff, without its heading; one block for all of a change that is very large."""
    head = 0
    while head < min(len(was), len(now)) and was[head] == now[head]:
        head += 1
    tail = 0
    while tail < min(len(was), len(now)) - head and was[-1 - tail] == now[-1 - tail]:
        tail += 1
    if max(len(was), len(now)) - head - tail > _MOST_COMPARED:
        yield f"@@ -{head + 1} +{head + 1} @@\n"
        yield from (f"-{line}\n" for line in was[head : len(was) - tail])
        yield from (f"+{line}\n" for line in now[head : len(now) - tail])
        return
    begin, end = max(0, head - 3), max(0, tail - 3)
    old, new = was[begin : len(was) - end], now[begin : len(now) - end]
    import difflib

    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(3):
        yield f"@@ -{begin + group[0][1] + 1} +{begin + group[0][3] + 1} @@\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (f" {line}\n" for line in old[i1:i2])
                continue
            yield from (f"-{line}\n" for line in old[i1:i2])
            yield from (f"+{line}\n" for line in new[j1:j2])
