"""What a command does, from its words: the table for ordinary ones, `programs` for those with a mind."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Protocol

from copilot.shell.reading import interpreters, programs, wrappers
from copilot.shell.reading.found import Found, Word, is_long, operands, short
from copilot.shell.reading.paths import looks_like_path
from copilot.shell.reading.table import Rule, rules
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import ScriptLanguage

MOST_DEPTH = 6
"""Scripts within scripts within scripts, after which nothing is read any more."""

_SYSTEM = ("/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/", "/opt/homebrew/bin/")


class Inside(Protocol):
    """Reads a script within the script."""

    def __call__(self, language: ScriptLanguage, text: str, found: Found) -> None: ...


@frozen(kw_only=False)
class Call:
    """A command with its words. `fed`: what comes through its standard input, where that is given.

    `inside` reads a script that stands in the words; `again` judges a command that stands in them.
    """

    name: str
    words: tuple[Word, ...]
    found: Found
    inside: Inside
    fed: Word | None = None
    depth: int = 0

    def again(self, words: Sequence[Word], fed: Word | None = None) -> None:
        """Judge the command that these words are."""
        if self.depth >= MOST_DEPTH:
            self.found.unknown("Commands within commands go too deep to be read.")
            return
        if words:
            judge(words, self.found, self.inside, fed if fed is not None else self.fed, self.depth + 1)

    def has(self, *options: str) -> bool:
        """Whether an option is given: a long one (also as `--x=y`), or a letter in a bundle like `-rf`."""
        for word in self.words:
            text = word.text
            for option in options:
                if text == option or is_long(text, option):
                    return True
                if len(option) == 2 and text[:1] == "-" != text[1:2] and option[1] in text[1:].split("=")[0]:
                    return True
        return False

    def value(self, *options: str, valued: str = "") -> Word | None:
        """What an option is given first; None where it is not. See `values`."""
        return next(self.values(*options, valued=valued), None)

    def values(self, *options: str, valued: str = "") -> Iterator[Word]:
        """What an option is given: the next word, or what follows `=` or the letter.

        With `valued`, the letters of the command that take a value, an option's own letter is also found in
        a bundle, like the `o` of `-uo out`.
        """
        for number, word in enumerate(self.words):
            for option in options:
                joined = _joined(word, option, valued)
                if joined is None:
                    continue
                following = self.words[number + 1 : number + 2]
                yield joined if joined.text else following[0] if following else Word("")
                break


def _joined(word: Word, option: str, valued: str) -> Word | None:
    """What the word itself gives the option ("" where the next word does); None where it is not it."""
    text = word.text
    if option.startswith("--"):
        return _after(word, text.partition("=")[2]) if is_long(text, option) else None
    if text.startswith(option):
        return _after(word, text[len(option) :])
    if not valued or len(option) != 2 or text[:1] != "-" or text[:2] == "--":
        return None
    for number, letter in enumerate(text[1:], 2):
        if letter == option[1]:
            return _after(word, text[number:])
        if letter in valued:
            break
    return None


def _after(word: Word, text: str) -> Word:
    return Word(text, word.constant, word.runs)


def judge(
    words: Sequence[Word], found: Found, inside: Inside, fed: Word | None = None, depth: int = 0
) -> None:
    """Add what the command does to `found`."""
    head = words[0]
    name = program_name(head.text)
    call = Call(name, tuple(words[1:]), found, inside, fed, depth)
    if not head.constant:
        found.unknown(f"The name of the command is computed: {short(head.text)}.")
        loose_paths(call.words, found)
        return
    if not name:
        found.unknown("The name of the command is empty.")
        return
    found.commands.setdefault(name)
    if head.pieced:
        found.unknown(f"The name {short(name)} is written in pieces, as if to hide it.")
    if any(word.runs for word in words[1:]):
        found.why.setdefault("What another command prints becomes part of this one.")
    special = specials().get(name)
    if special is not None:
        special(call)
    elif (rule := rules().get(name)) is not None:
        by_rule(call, rule)
    else:
        planted = "/" in name or "\\" in name
        found.unknown(
            f"It runs the program {short(name)}, which is not read here."
            if planted
            else f"The command {short(name)} is not known here."
        )
        loose_paths(call.words, found)
    if "network" in found.effects:
        _leaks(call)


def is_known(name: str) -> bool:
    """Whether a command of this name may exist beside a function that the script calls so."""
    return name in specials() or name in rules()


@cache
def specials() -> Mapping[str, Callable[[Call], None]]:
    """Commands that need more than the table."""
    return {**programs.table(), **interpreters.table(), **wrappers.table()}


def program_name(text: str) -> str:
    """`/usr/bin/rm` is rm; elsewhere a path stays: a `git` that lies in a project is not git."""
    flat = text.replace("\\", "/")
    for folder in _SYSTEM:
        if flat.startswith(folder) and "/" not in flat[len(folder) :]:
            return flat[len(folder) :]
    low = flat.lower()
    if "/windows/" in low and "system32" in low:
        text = flat.rsplit("/", 1)[-1]
    return text[:-4] if text.lower().endswith(".exe") and "/" not in text.replace("\\", "/") else text


def by_rule(call: Call, rule: Rule) -> None:
    """What the table says of it."""
    found = call.found
    found.add(*rule.also, why=rule.why)
    files = [w for w in operands(call.words, rule.valued.union(rule.written))[rule.skip :] if w.text != "-"]
    if runs := [one for one in rule.runs if call.has(one)]:
        found.unknown(f"{call.name} {runs[0]} runs a command.")
    for into in call.values(*rule.written, valued=rule.letters):
        found.path(into, "writes")
        files = [one for one in files if one is not into]
    into = call.value("-t", "--target-directory") if rule.last else None
    if rule.last and into is not None and into.text:
        found.path(into, rule.last)
        files = [one for one in files if one is not into and one.text != into.text]
    elif rule.last and len(files) > 1:
        found.path(files.pop(), rule.last)
    elif rule.last:
        found.add(rule.last)
    if rule.operands is not None:
        found.add(rule.operands)
        found.paths_of((w for w in files if not _is_test_operator(call.name, w.text)), rule.operands)
    for word in call.words:
        name, _, value = word.text.partition("=")
        if name.startswith("--") and value and looks_like_path(value):
            found.path(Word(value, word.constant), rule.operands or "unknown")


def _is_test_operator(name: str, text: str) -> bool:
    return name in ("test", "[", "[[") and (
        text in ("]", "]]", "=", "==", "!=", "!", "<", ">") or "/" not in text
    )


def loose_paths(words: Sequence[Word], found: Found) -> None:
    """The words that seem to be paths, of a command of which nobody knows what it does with them."""
    for word in words:
        text = word.text.partition("=")[2] if word.text.startswith("--") else word.text
        if looks_like_path(text):
            found.path(Word(text, word.constant), "unknown")


def _leaks(call: Call) -> None:
    for word in call.words:
        if word.runs or not word.constant:
            call.found.unknown("What is computed here goes out over the network, in a name or an address.")
            return
