"""Scripts as words, twice: exactly, where nothing can mean anything else, and widely, to find what hides.

What is allowed is matched against the exact words, and a script that has none of them asks. What is denied is
looked for in the wide ones, which see through quotes, wrappers and substitutions and may see too much.
"""

import re
import shlex
from collections.abc import Iterator, Sequence

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import ShellName

MOST_CHARACTERS = 20_000
"""A script longer than this has no exact words."""


def words(text: str) -> frozenset[str]:
    """The words of a text, for a table."""
    return frozenset(text.split())


_RESERVED = words("""
    if then elif else fi for while until do done case esac select function coproc time in begin process end
    param switch foreach try catch finally throw trap class enum using filter return exit break continue
    workflow data dynamicparam
""")
"""Words of either kind of shell after which the next word is not an argument."""

_WRAPPERS = words("""
    sudo doas su env command exec builtin nohup nice ionice setsid stdbuf timeout time watch xargs busybox
    eval bash sh dash zsh ksh fish pwsh powershell cmd find ssh chroot unshare strace script parallel flock
    start-process invoke-expression iex invoke-command icm start saps
""")
"""Programs that run what their arguments name, so that a denied command may stand anywhere behind them."""

_POSIX_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,+@%^=")
_POWERSHELL_PLAIN = _POSIX_PLAIN - frozenset("@%,^") | frozenset("\\")
_SPLIT = late(r"[;&|(){}\n`]|\$\(|<\(|>\(")
_ENDINGS = (".exe", ".cmd", ".bat", ".com")
_WINDOWS_PATH = late(r"[a-z]:\\|\.{0,2}\\[\w.]")
_ASSIGNMENT = late(r"[A-Za-z_]\w*\+?=")


@frozen(kw_only=False)
class Segment:
    """One simple command: its words, its text, and its lines from 1."""

    words: tuple[str, ...]
    text: str
    first_line: int
    last_line: int


def segments(script: str, shell: ShellName) -> tuple[Segment, ...] | None:
    """The simple commands of a script that is nothing but those; None where anything else is in it.

    Joined by line ends, `;`, `&&`, `||` and `|`. Variables, globs, substitutions, redirections, groups,
    escapes, assignments and characters that are easily mistaken make it None.
    """
    if len(script) > MOST_CHARACTERS or visible(script) != script or not script.isascii():
        return None
    reader = _Reader(script, powershell=shell in ("pwsh", "powershell"))
    found = reader.all()
    return None if found is None or any(not _simple(one.words[0]) for one in found) else found


def _simple(first: str) -> bool:
    """Whether the first word can only be a command's name."""
    return (
        bool(first)
        and first.lower() not in _RESERVED
        and first not in (".", "&")
        and not _ASSIGNMENT.match(first)
        and not first.startswith("-")
    )


class _Reader:
    """Cuts one script."""

    def __init__(self, script: str, *, powershell: bool) -> None:
        self._script = script
        self._plain = _POWERSHELL_PLAIN if powershell else _POSIX_PLAIN
        self._powershell = powershell
        self._at = 0
        self._line = 1

    def all(self) -> tuple[Segment, ...] | None:
        found: list[Segment] = []
        joined = False
        while True:
            one = self._segment()
            if one is None:
                return None
            if one.words:
                found.append(one)
            elif joined:
                return None  # an operator with nothing behind it
            joined = False
            if self._at >= len(self._script):
                return tuple(found)
            operator = self._operator()
            if operator is None or (operator in ("&&", "||", "|") and not one.words):
                return None
            joined = operator in ("&&", "||", "|")

    def _operator(self) -> str | None:
        for operator in ("&&", "||", "|", ";", "\n"):
            if self._script.startswith(operator, self._at):
                self._at += len(operator)
                self._line += operator == "\n"
                following = self._script[self._at : self._at + 1]
                return None if operator == "|" and following == "&" else operator
        return None

    def _segment(self) -> Segment | None:
        """Up to the next operator; None where a character means more than itself."""
        words: list[str] = []
        start, line = self._at, self._line
        while self._at < len(self._script):
            char = self._script[self._at]
            if char in " \t":
                self._at += 1
            elif char in "\n;|&":
                break
            elif char == "#":
                end = self._script.find("\n", self._at)
                self._at = len(self._script) if end < 0 else end
            else:
                word = self._word()
                if word is None:
                    return None
                words.append(word)
        text = self._script[start : self._at].strip()
        return Segment(tuple(words), text, line, self._line)

    def _word(self) -> str | None:
        made: list[str] = []
        quoted = False
        while self._at < len(self._script):
            char = self._script[self._at]
            if char in "'\"":
                piece = self._quoted(char)
                if piece is None:
                    return None
                made.append(piece)
                quoted = True
            elif char in self._plain:
                made.append(char)
                self._at += 1
            elif char in " \t\n;|&":
                break
            else:
                return None
        word = "".join(made)
        if quoted and self._powershell and not word:
            return None
        return word

    def _quoted(self, mark: str) -> str | None:
        end = self._script.find(mark, self._at + 1)
        if end < 0:
            return None
        inner = self._script[self._at + 1 : end]
        if "\n" in inner or (mark == '"' and any(char in inner for char in "$`\\!")):
            return None
        if self._powershell and self._script[end + 1 : end + 2] == mark:
            return None  # a doubled quote stands for one
        self._at = end + 1
        return inner


def heads(text: str) -> Iterator[tuple[str, ...]]:
    """Where a command may begin anywhere in a text, whatever the shell: its words, folded and unquoted.

    Behind a wrapper every word may be where the wrapped command begins.
    """
    for piece in _SPLIT.split(text.replace("\\\n", " ")):
        words = [folded(word) for word in piece.split()]
        words = [word for word in words if word]
        while words and (_ASSIGNMENT.match(words[0]) or words[0] in _RESERVED or words[0] == "!"):
            words.pop(0)
        if not words:
            continue
        yield tuple(words)
        if words[0] in _WRAPPERS:
            for start in range(1, len(words)):
                if not words[start].startswith("-"):
                    yield (name_of(words[start]), *words[start + 1 :])


def folded(word: str) -> str:
    """A word without what shells take away: quotes, escapes, carets, case; of a program's path its name."""
    bare = re.sub(r"[\"'`^]", "", word).lower()
    if not _WINDOWS_PATH.match(bare):
        bare = bare.replace("\\", "")
    return name_of(bare)


def name_of(word: str) -> str:
    """A program's name without its folder and ending, where the word is a path to one."""
    if (
        word.startswith(("/", "./", "../", "~/"))
        or _WINDOWS_PATH.match(word)
        or word.endswith((".exe", ".cmd", ".bat", ".com"))
    ):
        word = re.split(r"[/\\]", word)[-1] or word
    for ending in (".exe", ".cmd", ".bat", ".com"):
        word = word.removesuffix(ending)
    return word


def starts(words: Sequence[str], command: str, shell: ShellName) -> bool:
    """Whether exact words begin with those of a rule; PowerShell does not tell upper from lower case."""
    wanted = rule_words(command)
    found = list(words[: len(wanted)])
    if shell in ("pwsh", "powershell"):
        return [word.lower() for word in found] == [word.lower() for word in wanted]
    return found == list(wanted)


def rule_words(command: str) -> tuple[str, ...]:
    """The words of a rule's command; quotes hold one together."""
    try:
        return tuple(shlex.split(command, posix=True)) if "\\" not in command else tuple(command.split())
    except ValueError:
        return tuple(command.split())


def joined(words: Sequence[str]) -> str:
    """Words as a rule has them."""
    return " ".join(
        word if word and re.fullmatch(r"[\w./:,+@%^=\\-]+", word) else f"'{word}'" for word in words
    )


def found_widely(text: str, command: str) -> bool | None:
    """Whether a denied command runs somewhere in a text: True, False, or None where it only might."""
    wanted = tuple(folded(word) for word in rule_words(command))
    if not wanted:
        return False
    told: bool | None = False
    for words in heads(text):
        if words[0] != wanted[0]:
            continue
        if words[: len(wanted)] == wanted or _same_but_for_options(words, wanted):
            return True
        if _in_order(words, wanted):
            told = None
    if told is False and _stands_in(text, wanted):
        return None
    return told


def _same_but_for_options(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether only options stand between, those that are wanted among them, however they are grouped."""
    plain = [word for word in words if not word.startswith("-")]
    asked = [word for word in wanted if not word.startswith("-")]
    if plain[: len(asked)] != asked:
        return False
    letters = {letter for word in words if re.fullmatch(r"-[a-z]+", word) for letter in word[1:]}
    for option in (word for word in wanted if word.startswith("-")):
        short = re.fullmatch(r"-[a-z]+", option)
        there = option in words or any(word.startswith(f"{option}=") for word in words)
        if not there and not (short and set(option[1:]) <= letters):
            return False
    return True


def _in_order(words: Sequence[str], wanted: Sequence[str]) -> bool:
    rest = iter(words)
    return all(word in rest for word in wanted)


def _stands_in(text: str, wanted: Sequence[str]) -> bool:
    """Whether the words follow each other anywhere, as in a text that another shell is handed."""
    words = [folded(word) for word in re.split(r"[\s;&|(){}<>,]+", text)]
    return any(words[at : at + len(wanted)] == list(wanted) for at in range(len(words)))
