"""Searching everything that was said and done, in all projects: what is asked, and what is found."""

from typing import Literal

from copilot.vocabulary.frozen import frozen

SearchKind = Literal["message", "script", "result"]
SEARCH_KINDS: tuple[SearchKind, ...] = ("message", "script", "result")


@frozen
class SearchAsked:
    """What a person looks for: `words` as typed; every word must be there, at the beginning of one.

    Words between quotes stand beside each other, a word after a hyphen must not be there. `project` and
    `kind` None: any. `since` are UTC seconds.
    """

    words: str
    project: str | None = None
    kind: SearchKind | None = None
    since: float = 0.0
    limit: int = 50


@frozen
class SearchHit:
    """One place. `message` is "" where no message of a project holds it: then `path` names the file.

    `archived`: the project was put away. `title` says who spoke, or which tool; `branch` is one that leads
    there. `snippet` is one line around the place, `lit` are the spans of it that were looked for. `at` are
    UTC seconds.
    """

    kind: SearchKind
    project: str
    branch: str
    message: str
    title: str
    at: float
    snippet: str
    lit: tuple[tuple[int, int], ...] = ()
    path: str = ""
    archived: bool = False


@frozen
class SearchFound:
    """The newest places first; `more`: there are others. `trouble` says why nothing could be looked for."""

    hits: tuple[SearchHit, ...] = ()
    more: bool = False
    trouble: str = ""
