"""What is gathered while a statement is read, and the words it is read from."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from copilot.shell.reading.paths import Ground, nowhere, resolve
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.readings import EFFECTS, Effect, PathUse, Statement

MOST_PATHS, MOST_WHY = 40, 12
"""Of one statement; what is left out is said, and makes it unknown."""


@frozen(kw_only=False)
class Word:
    """A word of a command. `text` is its value, with "…" for each part that is not `constant`.

    `runs`: what a command prints is put into it. `pieced`: it is written in pieces that hide what it says.
    """

    text: str
    constant: bool = True
    runs: bool = False
    pieced: bool = False
    quoted: bool = False


@mutable
class Found:
    """Filled while a statement is read; `statement` makes it a value."""

    ground: Ground
    cwd: str | None
    effects: set[Effect] = field(default_factory=set[Effect])
    paths: dict[PathUse, None] = field(default_factory=dict[PathUse, None])
    commands: dict[str, None] = field(default_factory=dict[str, None])
    why: dict[str, None] = field(default_factory=dict[str, None])

    def add(self, *effects: Effect, why: str = "") -> None:
        """Effects, and a sentence for the person."""
        self.effects.update(effects)
        if why:
            self.why.setdefault(why)

    def unknown(self, why: str) -> None:
        """Something that cannot be vouched for."""
        self.add("unknown", why=why)

    def path(self, word: Word, effect: Effect) -> None:
        """A file that is read, written or deleted."""
        if not word.text or nowhere(word.text):
            return
        self.effects.add(effect)
        resolved, place = resolve(self.ground, self.cwd, word.text)
        if len(self.paths) >= MOST_PATHS:
            self.unknown(f"It names more than {MOST_PATHS} paths; the rest are not listed.")
            return
        self.paths.setdefault(PathUse(word.text, resolved, place, effect))
        if place == "unknown":
            self.why.setdefault(f"Where {short(word.text)} leads cannot be told from the text.")
        if effect == "reads" and secret(word.text):
            self.why.setdefault(f"{short(word.text)} may hold secrets.")

    def paths_of(self, words: Iterable[Word], effect: Effect) -> None:
        """Several of them."""
        for word in words:
            self.path(word, effect)

    def take(self, other: "Found") -> None:
        """All that another holds."""
        self.effects |= other.effects
        for mine, theirs in (
            (self.paths, other.paths),
            (self.commands, other.commands),
            (self.why, other.why),
        ):
            mine.update(theirs)  # pyright: ignore[reportArgumentType, reportCallIssue]  # pairs of one kind

    def statement(self, text: str, first: int, last: int) -> Statement:
        """The value. A path out of the project is said in words, too."""
        reasons = list(self.why)
        if any(p.place == "outside" and p.effect == "deletes" for p in self.paths):
            reasons.insert(0, "It deletes outside the project.")
        elif any(p.place == "outside" and p.effect == "writes" for p in self.paths):
            reasons.insert(0, "It writes outside the project.")
        return Statement(
            first_line=first,
            last_line=last,
            text=text,
            effects=tuple(effect for effect in EFFECTS if effect in self.effects),
            paths=tuple(self.paths),
            commands=tuple(self.commands),
            why=tuple(reasons[:MOST_WHY]),
        )


def short(text: str, limit: int = 60) -> str:
    """A piece of a script as it may stand in a sentence."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def operands(words: Sequence[Word], valued: frozenset[str]) -> tuple[Word, ...]:
    """The words that are neither options nor the values of those in `valued`."""
    found: list[Word] = []
    skip = False
    for number, word in enumerate(words):
        if skip:
            skip = False
        elif word.text == "--":
            found.extend(words[number + 1 :])
            break
        elif word.text in valued:
            skip = True
        elif word.text == "-" or word.text[:1] != "-" or not word.text:
            found.append(word)
    return tuple(found)


def is_long(text: str, option: str) -> bool:
    """Whether the word is this long option, perhaps cut short (which getopt_long allows) or with a value."""
    name = text.split("=", 1)[0]
    return name == option or (len(name) > 2 and name.startswith("--") and option.startswith(name))


_SECRET_ENDS = (".env", ".pem", ".key", "id_rsa", "id_ed25519", ".netrc", ".npmrc", ".pypirc", "credentials")


def secret(path: str) -> bool:
    """Whether the name is one under which secrets are kept."""
    last = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].lower()
    if last[:1] == "." and any(sign in last for sign in "*?["):
        return fnmatchcase(".env", last)
    return last.startswith(".env") or last.endswith(_SECRET_ENDS) or "/.ssh/" in path or "/.aws/" in path
