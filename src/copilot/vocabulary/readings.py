"""What a script was understood to do: its statements with their effects, what may go wrong, and the fixes.

A reading is advice. It never makes an approval easier by itself: a script can do more than its text shows.
"""

from typing import Literal

from copilot.vocabulary.frozen import frozen

Effect = Literal["reads", "writes", "deletes", "network", "installs", "privilege", "history", "unknown"]
EFFECTS: tuple[Effect, ...] = (
    "unknown",
    "deletes",
    "history",
    "privilege",
    "installs",
    "network",
    "writes",
    "reads",
)
"""All effects, the gravest first: the order in which they are shown."""

Place = Literal["inside", "outside", "unknown"]
"""Where a path leads: into the project, out of it, or nobody can tell from the text."""

ScriptLanguage = Literal["posix", "powershell", "python"]


@frozen(kw_only=False)
class PathUse:
    """A path that a statement touches. `text` is as written, `resolved` absolute where that could be told.

    Paths are resolved by their text alone: what links on the disk make of them is not looked at.
    """

    text: str
    resolved: str
    place: Place
    effect: Effect


@frozen(kw_only=False)
class Edit:
    """Replace the characters from `start` up to `end` (offsets into the script) by `text`."""

    start: int
    end: int
    text: str


@frozen
class Fix:
    """A change of the script that ends a hazard. `label` says what it does, in a few words."""

    label: str
    edits: tuple[Edit, ...]


@frozen
class Hazard:
    """Something that may go otherwise than it looks, in the shell that will run the script.

    `kind`: "look" for what deceives the eye, "prompt" for what waits for an answer that cannot come, "shell"
    for what this shell does differently. `grave` marks what may hide an effect from the reader.
    """

    line: int
    words: str
    kind: Literal["look", "prompt", "shell"]
    grave: bool = False
    fix: Fix | None = None


@frozen
class Statement:
    """One statement: its lines (from 1, both included), its text, and what it does.

    `effects` are in the order of EFFECTS; none at all: it only computes or prints. `commands` are the names
    of what it runs, aliases and wrappers resolved. `why` are sentences that explain, for a person.
    """

    first_line: int
    last_line: int
    text: str
    effects: tuple[Effect, ...]
    paths: tuple[PathUse, ...] = ()
    commands: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    @property
    def outside(self) -> tuple[PathUse, ...]:
        """The paths that lead out of the project."""
        return tuple(path for path in self.paths if path.place == "outside")

    @property
    def understood(self) -> bool:
        """Whether all that it does, and where, could be told from the text."""
        return "unknown" not in self.effects and all(path.place != "unknown" for path in self.paths)


@frozen
class Reading:
    """A whole script. `trouble` says what kept it from being understood as a whole; empty: nothing did."""

    language: ScriptLanguage
    statements: tuple[Statement, ...]
    hazards: tuple[Hazard, ...] = ()
    trouble: tuple[str, ...] = ()

    @property
    def understood(self) -> bool:
        """Whether nothing in it is unknown. A script that is not must never pass unasked."""
        return not self.trouble and all(one.understood for one in self.statements)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of all statements, the gravest first."""
        found = {effect for one in self.statements for effect in one.effects}
        return tuple(
            effect for effect in EFFECTS if effect in found or (effect == "unknown" and self.trouble)
        )


def fixed(script: str, fix: Fix) -> str:
    """The script with a fix applied. Edits that do not fit it, or overlap, leave it as it is."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(fix.edits, key=lambda one: one.start):
        if not at <= edit.start <= edit.end <= len(script):
            return script
        pieces += (script[at : edit.start], edit.text)
        at = edit.end
    return "".join((*pieces, script[at:]))
