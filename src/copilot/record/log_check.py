"""Looks whether a log is as it was written, and says in plain words what is wrong with it and where.

A line that was changed, taken out, put in or moved breaks the chain at its place and nowhere else, so all
others are still proven. A missing end is known by what the state folder remembers.
"""

import hmac
from collections.abc import Iterable, Iterator
from typing import Literal

from copilot.record.anchors import Proof
from copilot.record.chain import TAIL, Sealed, first_link, link_of, unsealed
from copilot.record.comms_log import seq_of
from copilot.record.log_files import Line
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.patterns import late

_CANDIDATES = 64
"""Links of lines out of place that are remembered, so that a line which follows one is told as moved."""

_GLUED = late(rb'(?<="\})[^\n]?(?=\{"seq":\d)')
"""Where a line end was before it was changed: in a line, quotes inside of a text are escaped."""

Standing = Literal["proven", "unproven", "changed", "damaged"]
"""What a line is: as it was written; perhaps so (what comes before it is missing, or there is no key);
another than was written, or none of this place; no line of a log."""


@frozen
class Checked:
    """A line with what is known of it; `seq` is 0 where it has none. `wrong` says what, if anything."""

    line: Line
    seq: int
    standing: Standing
    wrong: str = ""


@frozen
class Finding:
    """Something about a log as a whole: it is not whole ("fault"), or ends as after a crash."""

    level: Literal["fault", "crash"]
    words: str


@frozen
class _Pending:
    """A line that does not follow the one before it: what comes next tells why."""

    checked: Checked
    link: bytes | None
    computed: bytes


class Checker:
    """Goes through the lines of one session in their order. `proof` None: there is no key."""

    def __init__(self, session: str, proof: Proof | None) -> None:
        self._proof = proof
        self._key = proof.key if proof else b""
        self._link = first_link(self._key, session) if proof else b""
        """Of the newest line that is surely of this log."""
        self._last_seq = 0
        self._elsewhere: dict[bytes, int] = {}
        """Links of lines out of place, with their numbers."""
        self._anchor_met = proof is None or not proof.anchor.seq

    def lines(self, lines: Iterable[Line]) -> Iterator[Checked]:
        """Each line with what is known of it, in order; behind by one where something is wrong."""
        pending: _Pending | None = None
        for line in _parted(lines):
            if self._proof is None:
                yield _formed(line)
                continue
            found = unsealed(line.data) if line.ended else None
            if pending is not None:
                yield self._settled(pending, found)
            checked = self._placed(line, found)
            if isinstance(checked, Checked):
                yield checked
            pending = None if isinstance(checked, Checked) else checked
        if pending is not None:
            yield self._settled(pending, None)

    def finding(self, *, running: bool = False) -> Finding | None:
        """What is to be said of the end, after the last line. `running`: a program has the log open."""
        if self._proof is None:
            words = (
                "The key of this session is not in the state folder, so nothing can be proven:"
                " only the form of its lines was looked at."
            )
            return Finding(level="fault", words=words)
        anchor = self._proof.anchor
        if not self._anchor_met and self._last_seq < anchor.seq:
            words = (
                f"The end is missing: number {self._last_seq} is the last that is there and proven, but"
                f" number {anchor.seq} was on the medium. That is no crash: it was cut off or replaced."
            )
            return Finding(level="fault", words=words)
        if anchor.end or running:
            return None
        known = f"Everything up to number {anchor.seq} was on the medium and is there" if anchor.seq else ""
        words = (
            f"The session did not end in order. {known or 'Nothing of it was surely on the medium'};"
            " what may have come after the last line was lost as in a crash."
        )
        return Finding(level="crash", words=words)

    def _placed(self, line: Line, found: Sealed | None) -> Checked | _Pending:
        """A line that is proven, or one of which the next must tell."""
        seq = seq_of(line.data)
        if found is not None and seq and self._follows(self._link, found):
            self._take(found.link, seq)
            return Checked(line=line, seq=seq, standing="proven", wrong=line.trouble)
        if found is not None and seq and (after := self._follows_elsewhere(found)):
            self._take(found.link, seq)
            wrong = f"it stands in the wrong place: it follows number {after}"
            return Checked(line=line, seq=seq, standing="proven", wrong=wrong)
        body = found.body if found is not None else line.data[:-TAIL]
        checked = Checked(line=line, seq=seq, standing="damaged", wrong=_damage(line))
        if found is not None and seq:
            checked = replace(checked, standing="changed")
        link = None if found is None else found.link
        return _Pending(checked=checked, link=link, computed=link_of(self._key, self._link, body))

    def _settled(self, pending: _Pending, after: Sealed | None) -> Checked:
        """What a line is that does not follow the one before it, by the line after it."""
        checked, link = pending.checked, pending.link
        seq, before = checked.seq, self._last_seq
        if seq and self._leads(pending.computed, after):
            self._take(pending.computed, seq)
            what = "hash was changed" if checked.line.ended else "line end is missing"
            wrong = f"its {what}; the rest is as it was written"
            return replace(checked, standing="proven", wrong=wrong)
        if after is not None and self._follows(self._link, after):
            self._remember(link, seq)
            wrong = "it does not belong here: it is a copy, was moved, or is of another log"
            return replace(checked, wrong=wrong) if checked.standing == "changed" else checked
        if link is not None and self._leads(link, after):
            self._link = link
            if checked.standing == "damaged":
                return checked
            if seq > before + 1:
                return replace(checked, standing="unproven", wrong=_missing_words(before, seq))
            wrong = "it was changed after it was written, or what was before it is gone"
            return replace(checked, wrong=wrong)
        self._remember(link, seq)
        wrong = "it was changed after it was written, or does not belong here"
        return replace(checked, wrong=wrong) if checked.standing == "changed" else checked

    def _leads(self, link: bytes, after: Sealed | None) -> bool:
        """Whether a line with this link is the one before `after`, or the last that was on the medium."""
        if self._proof is not None and link == self._proof.anchor.link:
            self._anchor_met = True
            return True
        return after is not None and self._follows(link, after)

    def _follows(self, before: bytes, found: Sealed) -> bool:
        return hmac.compare_digest(link_of(self._key, before, found.body), found.link)

    def _follows_elsewhere(self, found: Sealed) -> int:
        for link, seq in self._elsewhere.items():
            if self._follows(link, found):
                return seq
        return 0

    def _take(self, link: bytes, seq: int) -> None:
        self._link = link
        self._last_seq = max(self._last_seq, seq)
        if self._proof is not None and link == self._proof.anchor.link:
            self._anchor_met = True

    def _remember(self, link: bytes | None, seq: int) -> None:
        if link is not None:
            self._elsewhere[link] = seq
            if len(self._elsewhere) > _CANDIDATES:
                del self._elsewhere[next(iter(self._elsewhere))]


def _parted(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, those apart that lost the line end between them."""
    for line in lines:
        begin = 0
        if line.data.find(b'{"seq":', 1) > 0:
            for glue in _GLUED.finditer(line.data):
                yield replace(
                    line, at=line.at + begin, data=line.data[begin : glue.start()], trouble=_LINE_END
                )
                begin = glue.end()
        yield replace(line, at=line.at + begin, data=line.data[begin:]) if begin else line


_LINE_END = "its line end was changed; the rest is as it was written"


def _formed(line: Line) -> Checked:
    """What can be said of a line without a key."""
    seq = seq_of(line.data)
    if seq and line.ended and line.data.endswith(b"}"):
        return Checked(line=line, seq=seq, standing="unproven")
    return Checked(line=line, seq=seq, standing="damaged", wrong=_damage(line))


def _damage(line: Line) -> str:
    if line.trouble:
        return line.trouble
    if not line.ended:
        return "it is torn: the program or the machine stopped while it was written, or it was cut off"
    return "it is damaged: no line of a log reads like this"


def _missing_words(before: int, seq: int) -> str:
    if seq == before + 2:
        return f"number {before + 1} before it is missing, so it cannot be proven itself"
    return f"numbers {before + 1} to {seq - 1} before it are missing, so it cannot be proven itself"
