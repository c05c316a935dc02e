"""What a previewed request consists of: groups, costs, what is cached, its diff. Nothing here draws."""

import re
from collections.abc import Sequence
from typing import Literal

from copilot.desktop import text
from copilot.desktop.palette import Tone
from copilot.desktop.treemap import Node
from copilot.tokens.prices import Price
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import UNKNOWN, money
from copilot.vocabulary.values import CacheBreak, Section

Kind = Literal["tools", "system", "files", "branch", "message"]

KIND_WORDS: dict[Kind, str] = {
    "tools": "tools",
    "system": "system",
    "files": "files",
    "branch": "discussion",
    "message": "message",
}
KIND_TONES: dict[Kind, Tone] = {
    "tools": "violet",
    "system": "cyan",
    "files": "accent",
    "branch": "green",
    "message": "code_number",
}
_ADDED_MESSAGE = re.compile(r"^--- \(nothing\)\n\+\+\+ branch (\d+)$", re.MULTILINE)
_MILLION = 1_000_000


def nodes(sections: Sequence[Section]) -> tuple[Node, ...]:
    """The sections by kind, files in their folders; keys are the sections' numbers."""
    found: list[Node] = []
    for kind in KIND_WORDS:
        numbers = [n for n, section in enumerate(sections) if section.kind == kind]
        if not numbers:
            continue
        if kind == "files":
            children = _folders([(section_name(sections[n]).split("/"), n) for n in numbers], sections)
        else:
            children = tuple(
                Node(label=section_name(sections[n]), weight=sections[n].tokens, key=n) for n in numbers
            )
        found.append(_group(KIND_WORDS[kind], children))
    return tuple(found)


def _folders(paths: list[tuple[list[str], int]], sections: Sequence[Section]) -> tuple[Node, ...]:
    """Files and folders of one folder; folders with nothing beside them are joined with what is in them."""
    here: list[Node] = []
    below: dict[str, list[tuple[list[str], int]]] = {}
    for parts, number in paths:
        if len(parts) < 2:
            here.append(Node(label="/".join(parts), weight=sections[number].tokens, key=number))
        else:
            below.setdefault(parts[0], []).append((parts[1:], number))
    for name, inside in below.items():
        children = _folders(inside, sections)
        if len(children) == 1:
            only = children[0]
            here.append(
                Node(label=f"{name}/{only.label}", weight=only.weight, key=only.key, children=only.children)
            )
        else:
            here.append(_group(f"{name}/", children))
    return tuple(here)


def _group(label: str, children: tuple[Node, ...]) -> Node:
    return Node(label=label, weight=sum(child.weight for child in children), children=children)


def section_name(section: Section) -> str:
    """A section's name for a person; never empty."""
    return text.one_line(section.name, 300) or KIND_WORDS[section.kind]


def cached_to(shown: RequestPreviewed) -> int | None:
    """Up to which character a service has the request in its cache from last time, if it keeps one.

    None where nothing is known to have been sent on the branch before.
    """
    if shown.changed is not None:
        return shown.changed.at
    if not shown.diff:
        return None
    messages = [section for section in shown.sections if section.kind in ("branch", "message")]
    added = _ADDED_MESSAGE.search(shown.diff)
    if added is not None and int(added[1]) <= len(messages):
        return messages[int(added[1]) - 1].start
    return messages[-1].end if messages else shown.sections[-1].end if shown.sections else 0


def cached_tokens(shown: RequestPreviewed) -> int:
    """About how many tokens stand before that place."""
    to = cached_to(shown)
    return sum(_before(section, to) for section in shown.sections) if to is not None else 0


def _before(section: Section, to: int) -> int:
    if to >= section.end:
        return section.tokens
    if to <= section.start:
        return 0
    return section.tokens * (to - section.start) // (section.end - section.start)


def cached_words(shown: RequestPreviewed, section: Section) -> str:
    """Whether a section is likely in the service's cache; empty where nothing was sent before."""
    to = cached_to(shown)
    if to is None:
        return ""
    if to >= section.end:
        return "as last time: likely cached"
    return "new: paid in full" if to <= section.start else "changed within: paid in full from there"


def cost_words(shown: RequestPreviewed, price: Price | None) -> str:
    """What the prompt costs, about: `about $0.031, $0.004 if cached`."""
    if price is None:
        return UNKNOWN
    whole = price.prompt_cost(shown.tokens)
    if whole <= 0:
        return "costs nothing"
    words = f"about {money(whole)}"
    cached = money(price.prompt_cost(shown.tokens, cached_tokens(shown)))
    return words if cached == money(whole) else f"{words}, {cached} if cached"


def part_cost(tokens: int, shown: RequestPreviewed, price: Price | None) -> str:
    """What some of the prompt's tokens cost as new input; empty where no price is known."""
    if price is None:
        return ""
    return f"about {money(tokens * price.rates_for(shown.tokens).input / _MILLION)}"


def break_words(shown: RequestPreviewed, whole: str, price: Price | None) -> str:
    """Where the cached prefix breaks and what that costs; `whole` is the readable text, "" if not at hand."""
    broken = shown.changed
    if broken is None or not 0 <= broken.section < len(shown.sections):
        return ""
    section = shown.sections[broken.section]
    where = f"{KIND_WORDS[section.kind]} · {section_name(section)}"
    line = whole.count("\n", section.start, broken.at) + 1 if whole else 0
    place = f", line {line:,}" if line else ""
    byte = f" (byte {broken.body_at:,} of the body)" if broken.body_at >= 0 else ""
    again = part_cost(broken.tokens, shown, price)
    cost = f", {again}" if again else ""
    return (
        f"The cached prefix breaks in {where}{place}{byte}: "
        f"about {text.count(broken.tokens)} tokens from there on are paid as new{cost}."
    )


@frozen(kw_only=False)
class DiffLine:
    """One line of a request's diff, without its sign; `old` and `new` count within the section from 1."""

    kind: Literal["section", "hunk", "added", "removed", "same", "note"]
    text: str
    old: int | None = None
    new: int | None = None


def diff_lines(diff: str) -> tuple[DiffLine, ...]:
    """The lines of `RequestPreviewed.diff`: each section's two headings become one."""
    found: list[DiffLine] = []
    lines = diff.split("\n")
    at = old = new = 0
    while at < len(lines):
        line, following = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            found.append(DiffLine("section", _heading(line[4:], following[4:])))
            at += 1
        elif line.startswith("@@ "):
            old, new = _starts(line)
            found.append(DiffLine("hunk", line))
        elif line.startswith("+"):
            found.append(DiffLine("added", line[1:], None, new))
            new += 1
        elif line.startswith("-"):
            found.append(DiffLine("removed", line[1:], old, None))
            old += 1
        elif line.startswith(" "):
            found.append(DiffLine("same", line[1:], old, new))
            old, new = old + 1, new + 1
        elif line:
            found.append(DiffLine("note", line))
        at += 1
    return tuple(found)


def _heading(before: str, after: str) -> str:
    if before == "(nothing)":
        return f"{after}  ·  new"
    return f"{before}  ·  gone" if after == "(nothing)" else after


def _starts(hunk: str) -> tuple[int, int]:
    found = re.match(r"@@ -(\d+)\S* \+(\d+)", hunk)
    return (int(found[1]), int(found[2])) if found else (1, 1)


def around(broken: CacheBreak) -> tuple[str, str]:
    """What stood at the break and what stands there now, each in one line."""
    return text.one_line(broken.before, 200), text.one_line(broken.after, 200)
