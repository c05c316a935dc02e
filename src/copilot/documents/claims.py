"""The statements in a Markdown text that can be held against code: what stands in backticks, and defaults.

A claim keeps its place in the text, so that a wrong one can be marked there.
"""

import re
from collections.abc import Iterator
from typing import Literal

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.inert import pieces
from copilot.vocabulary.patterns import late

Form = Literal["definition", "mention", "default"]

_ITEM = late(r"(?m)^[ \t]*(?:[-*+]|\d+[.)])[ \t]+(?:\*\*|__)?\[?$")
_IS = late(
    r"[^`\n.;]{0,40}?(?:\bdefault(?! (?:value )?(?:of|for)\b)(?:s to|ing to| is| value(?: is)?|ed to|:)?"
    r"|\ba default(?: value)? of)[^`\n.;]{0,16}$",
    re.IGNORECASE,
)
_OF = late(r"\bdefault(?: value)? (?:of|for)(?: the)?(?: \w+)? ?$", re.IGNORECASE)
_THEN = late(r"[^`\n;]{0,12}\bis [^`\n;]{0,12}$")
UNVERIFIED = "*[unverified:"
"""How the mark behind a wrong statement begins."""


@frozen(kw_only=False)
class Claim:
    """`text` from `start` to `end` of the document, backticks included in the place.

    A `definition` opens an item of a list: it says what the file holds, in full. A `default` says that `text`
    is what `name` is when nothing is given; `about` is the definition that the item is about, "" without one.
    """

    form: Form
    text: str
    start: int
    end: int
    name: str = ""
    about: str = ""


def claims(markdown: str) -> Iterator[Claim]:
    """In the order of the text; nothing inside fenced blocks, nothing that is marked already."""
    before: Claim | None = None
    about, about_end = "", -1
    for found in pieces(markdown):
        if found.kind != "span":
            continue
        start, end = found.start, found.end
        text = markdown[start:end].strip("`").strip()
        line = markdown.rfind("\n", 0, start) + 1
        if start > about_end:
            about = ""
        opens = _ITEM.match(markdown[line:start]) is not None
        if opens:
            about, about_end = text, _end_of_item(markdown, end)
        if markdown[end : end + 60].lstrip(")]*").lstrip().startswith(UNVERIFIED):
            before = None
            continue
        between = markdown[before.end : start] if before is not None and before.end > line else None
        if (
            before is not None
            and between is not None
            and _says_default(markdown[line : before.start], between)
        ):
            yield Claim("default", text, start, end, before.text, about)
            before = None
            continue
        claim = Claim("definition" if opens else "mention", text, start, end, "", about)
        yield claim
        before = claim


def _says_default(ahead: str, between: str) -> bool:
    """Whether the words between two spans, or those ahead of the first, make the second a default."""
    if _IS.fullmatch(between) is not None:
        return True
    return _OF.search(ahead) is not None and _THEN.fullmatch(between) is not None


def _end_of_item(markdown: str, at: int) -> int:
    """Where the item ends: at the next item or empty line."""
    found = re.compile(r"\n[ \t]*(?:\n|[-*+][ \t]|\d+[.)][ \t])").search(markdown, at)
    return len(markdown) if found is None else found.start()
