"""One chosen file as ranking sees it, and as the budget leaves it."""

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import View


@frozen
class Candidate:
    """A chosen file. `path` is relative to the base directory, with forward slashes.

    `defines` are the public names it defines: those at its top and its methods, unqualified. `imports` are
    written as in its language: `a.b`, `.`, `..x` (Python), `./util` (JavaScript), `a::b` (Rust), `"x.h"` or
    `<x.h>` (C), `example.com/a/b` (Go), `a.b.C` (Java). `words` are the identifiers it mentions, empty where
    nobody knows them; only those that some file defines are used.
    """

    path: str
    pinned: bool
    mtime_ns: int
    defines: tuple[str, ...]
    imports: tuple[str, ...]
    words: frozenset[str]


@frozen
class Placed:
    """A file's view within the budget; `why` says in words what stepped it down, empty where nothing did."""

    path: str
    wanted: View
    view: View
    why: str
