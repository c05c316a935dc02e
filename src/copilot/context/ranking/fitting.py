"""Making the chosen files fit their budget: `rank` says which matter, `budget` which view each keeps."""

import re
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Protocol

from copilot.context.choosing import Survey
from copilot.context.gathering import Gathered
from copilot.context.listing import Wanted
from copilot.context.making import Made, item, names_body
from copilot.context.ranking.budget import fit
from copilot.context.ranking.candidate import Candidate
from copilot.context.ranking.candidate import Placed as Placed
from copilot.context.ranking.rank import ranked
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileItem, Standing, View

_WORD = re.compile(r"[A-Za-z_]\w{3,}")


@frozen
class Budget:
    """`tokens` for all files; `rank` and the person's `message` decide who keeps a view."""

    tokens: int
    tokens_per_piece: float
    rank: Sequence[Standing]
    message: str


class More(Protocol):
    """Gives further sections, with what each file defines and imports."""

    def __call__(self, wanted: Wanted) -> Gathered: ...


def fitted(
    found: Survey, gathered: Gathered, budget: Budget, more: More
) -> tuple[Gathered, dict[str, Placed]]:
    """The files, too large as they are, at the views that they keep; for each that stepped down why."""
    limit = budget.tokens / budget.tokens_per_piece
    shown = {path: one for path, one in gathered.items.items() if not one.note}
    outlines = more(Wanted(found.chosen, shown.keys(), "summary"))
    candidates = [
        Candidate(
            path=path,
            pinned=found.chosen[path].pinned,
            mtime_ns=found.chosen[path].mtime_ns,
            defines=outlines.names[path][0],
            imports=outlines.names[path][1],
            words=frozenset(_WORD.findall(shown[path].text)),
        )
        for path in sorted(outlines.items)  # they come as processes make them
    ]
    order = ranked(candidates, budget.message, budget.rank)
    smaller = _Smaller(shown=shown, outlines=outlines)
    placed = fit(
        [(one, found.chosen[one.path].view) for one in order],
        lambda path, view: smaller.at(path, view).pieces,
        limit - fsum(one.pieces for one in gathered.items.values() if one.note),
        budget.tokens_per_piece,
    )
    items = dict(gathered.items)
    for one in placed:
        if one.view == "off":
            del items[one.path]
        else:
            items[one.path] = smaller.at(one.path, one.view)
    read = gathered.read + outlines.read
    return (
        Gathered(items=items, read=read, trouble=gathered.trouble or outlines.trouble),
        {one.path: one for one in placed if one.why},
    )


@frozen
class _Smaller:
    """A file at any view, from what was gathered."""

    shown: Mapping[str, FileItem]
    outlines: Gathered

    def at(self, path: str, view: View) -> FileItem:
        if view == self.shown[path].view:
            return self.shown[path]
        outline = self.outlines.items[path]
        if view == "summary":
            return outline
        body = names_body(self.outlines.names[path][0])
        made = Made(sha256=outline.sha256, view="names", body=body)
        return item(path, made, (outline.size, outline.mtime_ns, 0))
