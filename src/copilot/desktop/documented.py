"""What the window knows of a documentation run: what is wanted, how far it is, what is to be looked at."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from copilot.documents.telling import many
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import money
from copilot.vocabulary.values import ModelChoice

if TYPE_CHECKING:
    from copilot.documents.asking import Asker
    from copilot.documents.page import Updated
    from copilot.documents.planning import Plan
    from copilot.documents.working import Work

Phase = Literal["idle", "looking", "planned", "asking", "stopped", "done"]
"""`stopped`: what was answered is kept, and it can be gone on with."""
Kind = Literal["stale", "unverified", "failed", "edited", "left out"]

MOST_LISTED = 2_000


@frozen
class Wanted:
    """What is documented: `page` is where the text goes; `patterns` choose files as in `copilot document`."""

    folder: Path
    page: Path
    patterns: tuple[str, ...] = ()


@frozen(kw_only=False)
class Listed:
    """Something that a person should look at: a file or folder, and what is to be said of it."""

    kind: Kind
    path: str
    words: str


@frozen
class Documented:
    """What is known. `done` of `of` files (while looking) or of files and folders (while asking).

    `plan` is what a run would ask, `capped` the cap that it would pass even at the least. `told` is for the
    person; `trouble` says what went wrong. `there`: the page is there.
    """

    wanted: Wanted | None = None
    phase: Phase = "idle"
    done: int = 0
    of: int = 0
    plan: "Plan | None" = None
    model: ModelChoice | None = None
    capped: str = ""
    told: str = ""
    trouble: str = ""
    there: bool = False
    stale: int = 0
    listed: tuple[Listed, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.phase in ("looking", "asking")


def parted(line: str) -> tuple[str, str]:
    """`path: words` in two; paths may hold colons, what is said of them none."""
    path, _, words = line.rpartition(": ")
    return path, words


def spent_words(asker: "list[Asker]") -> str:
    """What was sent in the end, and what it cost."""
    if not asker:
        return ""
    one = asker[0]
    usd = f", {money(one.usd)}" if one.usd else ""
    return (
        f"{many(one.asked, 'request')}, {one.used.input_tokens:,} tokens in, "
        f"{one.used.output_tokens:,} out{usd}."
    )


def to_look_at(work: "Work", done: "Updated") -> list[Listed]:
    """What of a finished run a person should look at."""
    outcome = work.outcome
    found = [Listed("failed", path or ".", why) for path, why in sorted(outcome.failed.items())]
    found += [
        Listed("unverified", path or ".", f"{one.claim.text}: {one.why}")
        for path, wrong in sorted(outcome.wrong.items())
        for one in wrong
    ]
    found += [Listed("edited", path or ".", "changed by hand, and written anew") for path in done.edited]
    return found[:MOST_LISTED]
