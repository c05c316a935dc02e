"""Reading `logs/toolcalls_<session>.log` for the search: each call's arguments and its result.

The pages are `tool_call_page`'s. What cannot be read as one is left out.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_HEAD = late(r"## (\d{1,9})\. (`+) ?(.*?) ?\2, (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\Z")
_CALL = late(r"- call (`+) ?(.*?) ?\1 of turn (`+) ?.*? ?\3 on branch (`+) ?(.*?) ?\4\Z")
_FACTS = ("call", "branch", "Argument", "Output")
_FENCE = late(r"(`{3,})[a-z]*\Z")


@frozen
class LoggedCall:
    """One call as the log tells it. `at` are UTC seconds."""

    number: int
    name: str
    at: float
    call: str
    branch: str
    arguments: str
    output: str


def logged_calls(text: str) -> Iterator[LoggedCall]:
    """The calls of a log, or of its end from the beginning of a page on."""
    head: re.Match[str] | None = None
    facts: dict[str, list[str]] = {name: [] for name in _FACTS}
    fence, into = "", ""
    for line in text.split("\n"):
        if fence:
            if line == fence:
                fence = ""
            elif into:
                facts[into].append(line)
            continue
        if (opened := _FENCE.fullmatch(line)) is not None:
            fence = opened[1]
        elif (found := _HEAD.match(line)) is not None:
            if head is not None:
                yield _call(head, facts)
            head, into = found, ""
            facts = {name: [] for name in _FACTS}
        elif (called := _CALL.match(line)) is not None:
            facts["call"], facts["branch"] = [called[2]], [called[5]]
        elif line:
            into = next((name for name in ("Argument", "Output") if line.startswith(name)), "")
    if head is not None:
        yield _call(head, facts)


def page_start(data: bytes) -> int:
    """Where the last page of a log begins: it may not be whole yet. 0 where there is none."""
    at = data.rfind(b"\n## ")
    while at >= 0:
        line, _, _ = data[at + 1 : at + 400].partition(b"\n")
        if _HEAD.match(line.decode("utf-8", "replace")):
            return at + 1
        at = data.rfind(b"\n## ", 0, at)
    return 0


def _call(head: re.Match[str], facts: dict[str, list[str]]) -> LoggedCall:
    said = {name: "\n".join(lines) for name, lines in facts.items()}
    return LoggedCall(
        number=int(head[1]),
        name=head[3],
        at=datetime.strptime(head[4], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp(),
        call=said["call"],
        branch=said["branch"],
        arguments=said["Argument"],
        output=said["Output"],
    )
