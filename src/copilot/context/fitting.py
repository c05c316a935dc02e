"""Making the chosen files fit their budget: `rank` says which matter, `budget` which view each keeps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Protocol

from copilot.context.candidate import Candidate
from copilot.context.candidate import Placed as Placed
from copilot.context.choosing import Survey
from copilot.context.gathering import Gathered
from copilot.context.making import Made, item, names_body
from copilot.vocabulary.values import Standing, View
from copilot.workspace.boundary import Entry

_WORD = re.compile(r"[A-Za-z_]\w{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """`tokens` for all files; `rank` and the person's `message` decide who keeps a view."""

    tokens: int
    tokens_per_piece: float
    rank: Sequence[Standing]
    message: str


class More(Protocol):
    """Gives further sections, with what each file defines and imports."""

    def __call__(self, wanted: Mapping[str, tuple[View, Entry]]) -> Gathered: ...


def fitted(
    found: Survey, gathered: Gathered, budget: Budget, more: More
) -> tuple[Gathered, dict[str, Placed]]:
    """The sections at the views that the files keep, and for each file that stepped down why."""
    limit = budget.tokens / budget.tokens_per_piece
    shown = {path: section for path, section in gathered.sections.items() if not section[0].note}
    if fsum(pieces for _, pieces in gathered.sections.values()) <= limit:  # whatever their order
        return gathered, {}
    from copilot.context.budget import fit  # what most contexts never need
    from copilot.context.rank import ranked

    outlines = more({path: ("summary", found.chosen[path].entry) for path in shown})
    candidates = [
        Candidate(
            path=path,
            pinned=found.chosen[path].pinned,
            mtime_ns=found.chosen[path].entry.mtime_ns,
            defines=outline.defines,
            imports=outline.imports,
            words=frozenset(_WORD.findall(shown[path][0].body)),
        )
        for path, (outline, _) in sorted(outlines.sections.items())  # they come as processes make them
    ]
    order = ranked(candidates, budget.message, budget.rank)
    smaller = _Smaller(found=found, shown=shown, outlines=outlines.sections)
    placed = fit(
        [(one, found.chosen[one.path].view) for one in order],
        lambda path, view: smaller.section(path, view)[1],
        limit - fsum(pieces for made, pieces in gathered.sections.values() if made.note),
        budget.tokens_per_piece,
    )
    sections = dict(gathered.sections)
    for one in placed:
        if one.view == "off":
            del sections[one.path]
        else:
            sections[one.path] = smaller.section(one.path, one.view)
    read = gathered.read + outlines.read
    return (
        Gathered(sections=sections, read=read, trouble=gathered.trouble or outlines.trouble),
        {one.path: one for one in placed if one.why},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Smaller:
    """A file's section at any view, from what was gathered."""

    found: Survey
    shown: Mapping[str, tuple[Made, float]]
    outlines: Mapping[str, tuple[Made, float]]

    def section(self, path: str, view: View) -> tuple[Made, float]:
        if view == self.shown[path][0].view:
            return self.shown[path]
        made, pieces = self.outlines[path]
        if view == "summary":
            return made, pieces
        named = replace(made, view="names", body=names_body(made.defines))
        return named, item(path, named, (0, 0, 0)).pieces
