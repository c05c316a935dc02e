"""What deceives the eye in a script, and how its bytes are shown so that nothing can.

`show` writes any bytes as a text and says which bytes each piece of it stands for; `bytes_of` is its inverse.
Sources: Unicode Standard Annex 9 (Bidi_Control), Unicode Technical Standard 39 (confusables, a part of it).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Final

from copilot.shell.reading.code_only import code_only
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import Edit, Fix, Hazard, ScriptLanguage
from copilot.vocabulary.text import visible

LONG_LINE = 1_000
"""Characters after which a line is called very long."""
LONG_GAP = 40
"""Blanks in a row, behind other text, that push what follows out of sight."""
MOST_HAZARDS = 60
"""Looks named one by one; that there are more is said."""

BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_QUOTES: Final[Mapping[str, str]] = dict.fromkeys("\u2018\u2019\u201a\u201b", "'") | dict.fromkeys(
    "\u201c\u201d\u201e\u201f", '"'
)
_MARKS: Final[Mapping[str, str]] = {
    "\u2044": "/",
    "\u2215": "/",
    "\u29f8": "/",
    "\uff0f": "/",
    "\uff3c": "\\",
    "\u2216": "\\",
    "\u037e": ";",
    "\uff1b": ";",
    "\uff5c": "|",
    "\u01c0": "|",
    "\uff06": "&",
    "\uff04": "$",
    "\uff1e": ">",
    "\uff1c": "<",
    "\uff0e": ".",
    "\u2024": ".",
}
_TWINS: Final[Mapping[str, str]] = dict(
    zip(
        "аеорсухѕіјԁһԛԝкмтвнАВЕКМНОРСТХІЅЈουαικνρτΑΒΕΖΗΙΚΜΝΟΡΤΥΧօոսɡɑıℓ",
        "aeopcyxsijdhqwkmtbhABEKMHOPCTXISJouaikvptABEZHIKMNOPTYXonugail",
        strict=True,
    )
)
_SCRIPT: Final = re.compile(r"(LATIN|CYRILLIC|GREEK|ARMENIAN|CHEROKEE|COPTIC|FULLWIDTH|MATHEMATICAL|LISU)\b")
_WORD: Final = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)*")
_SPECIAL: Final = re.compile(r"\\(?=[ux]\{)")
_WRITTEN: Final = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|x\{([0-9a-f]{2})\})")
_WIDE: Final = 120
"""Blanks at the begin of a line that no indentation needs."""
_EMPTY: Final = re.compile(r"\n(?:[ \t\r]*\n){30,}")
_RUN: Final = re.compile(r"[ \t\u00a0\u2000-\u200a\u3000]{40,}")


@frozen(kw_only=False)
class Piece:
    """`shown[start:end]` stands for the bytes from `first` up to `last`. `plain`: as they are."""

    start: int
    end: int
    first: int
    last: int
    plain: bool


@frozen(kw_only=False)
class Shown:
    """Bytes as a text in which every character shows. The pieces follow one another without a gap."""

    text: str
    pieces: tuple[Piece, ...]


def show(data: bytes) -> Shown:
    """Write bytes so that each shows: one text for each sequence of bytes, another for any other.

    A character that does not show becomes `\\u{hex}`, a byte that is not UTF-8 `\\x{hh}`; the backslash of a
    text that already looks like one of these becomes `\\u{5c}`. Line feeds and tabs stay.
    """
    written: list[str] = []
    pieces: list[Piece] = []
    at = first = 0

    def put(text: str, length: int, *, plain: bool) -> None:
        nonlocal at, first
        if not length:
            return
        written.append(text)
        pieces.append(Piece(at, at + len(text), first, first + length, plain))
        at, first = at + len(text), first + length

    for kind, text in _parts(data):
        match kind:
            case "plain":
                put(text, len(text.encode("utf-8")), plain=True)
            case "hidden":
                put(f"\\u{{{ord(text):x}}}", len(text.encode("utf-8")), plain=False)
            case _:
                put(f"\\x{{{ord(text):02x}}}", 1, plain=False)
    return Shown("".join(written), tuple(pieces))


def bytes_of(shown: str) -> bytes:
    """The bytes that `show` wrote as this text."""
    out = bytearray()
    at = 0
    for found in _WRITTEN.finditer(shown):
        out += shown[at : found.start()].encode("utf-8")
        if found[1] and (int(found[1], 16) > 0x10FFFF or 0xD800 <= int(found[1], 16) < 0xE000):
            out += found[0].encode()  # it is no character, and `show` wrote no such thing
        else:
            out += chr(int(found[1], 16)).encode("utf-8") if found[1] else bytes((int(found[2], 16),))
        at = found.end()
    return bytes(out + shown[at:].encode("utf-8"))


def _parts(data: bytes) -> Iterator[tuple[str, str]]:
    """Runs that show, and single characters or bytes that do not, in order."""
    text = data.decode("utf-8", "surrogateescape")
    start = 0
    for number, char in enumerate(text):
        if _plain(char) and not (char == "\\" and _SPECIAL.match(text, number)):
            continue
        if start < number:
            yield "plain", text[start:number]
        start = number + 1
        lone = 0xDC80 <= ord(char) <= 0xDCFF
        yield ("byte", chr(ord(char) - 0xDC00)) if lone else ("hidden", char)
    if start < len(text):
        yield "plain", text[start:]


@cache
def _plain(char: str) -> bool:
    return char in "\n\t" or ((ord(char) < 0xD800 or ord(char) > 0xDFFF) and visible(char, keep="") == char)


def hazards(script: str, language: ScriptLanguage) -> tuple[Hazard, ...]:
    """What in the script looks otherwise than it is; the grave ones may hide an effect."""
    found: list[Hazard] = []
    start = 0
    code = "" if script.isascii() or language == "python" else code_only(script, language)
    for number, line in enumerate(script.split("\n"), start=1):
        ended = line.endswith("\r")
        body = line[:-1] if ended else line
        if not body.isascii() or not body.isprintable():
            found += _unusual(body, start, number, language, code)
            found += _mixed(body, start, number, code)
        if len(body) > LONG_GAP:
            found += _shape(body, start, number)
        start += len(line) + 1
        if len(found) > MOST_HAZARDS:
            del found[MOST_HAZARDS:]
            words = "There are more such places; they are not listed."
            found.append(Hazard(line=number, words=words, kind="look", grave=True))
            break
    for number, run, words in islice(_below(script), MOST_HAZARDS):
        fix = Fix(label="Close the gap", edits=(Edit(*run.span(), "\n"),))
        found.append(Hazard(line=number, words=words, kind="look", grave=True, fix=fix))
    if "\r\n" in script and language == "posix":
        found.append(_line_ends(script))
    return tuple(found)


def _unusual(line: str, start: int, number: int, language: ScriptLanguage, code: str) -> Iterator[Hazard]:
    groups: dict[str, list[int]] = {}
    for at, char in enumerate(line):
        if (kind := _kind(char)) and not (kind == "dash" and not _before_word(line, at)):
            groups.setdefault(kind, []).append(at)
    for kind, places in groups.items():
        words, instead, grave = _SAYINGS[kind]
        if language == "powershell" and (said := _IN_POWERSHELL.get(kind)):
            real = any(
                (line[at] in said[0] or kind == "space")
                and (kind == "quote" or code[start + at : start + at + 1] == line[at])
                for at in places
            )
            words, grave = (said[1], True) if real else (words, grave)
        named = ", ".join(dict.fromkeys(_code(line[at]) for at in places))
        edits = tuple(
            Edit(start + at, start + at + 1, _instead(line[at]) if instead is None else instead)
            for at in places
        )
        yield Hazard(
            line=number,
            words=words.format(named if len(named) < 80 else named[:78] + "…"),
            kind="look",
            grave=grave,
            fix=Fix(label=_LABELS[kind], edits=edits),
        )


_SAYINGS: Final[Mapping[str, tuple[str, str | None, bool]]] = {
    "bidi": ("Marks that turn the direction of text ({}) show it in another order than it runs.", "", True),
    "hidden": ("Characters that do not show ({}) stand in it.", "", True),
    "control": ("Control characters ({}) stand in it; a terminal would obey them.", "", True),
    "return": ("A carriage return ({}) stands in the line: PowerShell begins a new line there.", "\n", True),
    "space": ("A space that is none to the shell ({}) stands in it.", " ", False),
    "dash": ("A dash that is none to the shell ({}) stands where an option begins.", "-", False),
    "quote": ("Typographic quotes ({}): only PowerShell takes them for quotes.", None, False),
    "mark": ("A mark that looks like one of the shell's but is another ({}).", None, True),
}
_IN_POWERSHELL: Final[Mapping[str, tuple[str, str]]] = {
    "dash": ("\u2013\u2014\u2015", "A dash ({}) that PowerShell takes for a hyphen: an option begins there."),
    "space": ("", "A space ({}) that PowerShell takes for one: a word ends there."),
    "quote": ("".join(_QUOTES), "Typographic quotes ({}): PowerShell takes them for quotes."),
}
"""What PowerShell's own tokenizer reads as syntax, outside of quotes (its CharTraits)."""
_LABELS: Final[Mapping[str, str]] = {
    "bidi": "Remove them",
    "hidden": "Remove them",
    "control": "Remove them",
    "return": "Make it a line break",
    "space": "Make it a space",
    "dash": "Make it a hyphen",
    "quote": "Make them plain",
    "mark": "Make it plain",
}


def _kind(char: str) -> str:
    if " " <= char <= "~" or char == "\t":
        return ""
    if char in BIDI:
        return "bidi"
    if char == "\r":
        return "return"
    if char in _DASHES:
        return "dash"
    if char in _QUOTES:
        return "quote"
    if char in _MARKS:
        return "mark"
    category = unicodedata.category(char)
    if category == "Zs":
        return "space"
    if category == "Cc":
        return "control"
    return "" if _plain(char) else "hidden"


def _instead(char: str) -> str:
    return _QUOTES.get(char) or _MARKS.get(char) or ""


def _before_word(line: str, at: int) -> bool:
    """Whether an option could begin here."""
    return (not at or line[at - 1].isspace() or line[at - 1] in _DASHES) and line[at + 1 : at + 2].isalnum()


def _mixed(line: str, start: int, number: int, code: str) -> Iterator[Hazard]:
    """Words of two alphabets; and outside of quotes and remarks (`code`), such as imitate Latin ones."""
    for word in _WORD.finditer(line):
        text = word[0]
        if text.isascii():
            continue
        scripts = {_script(char) for char in text} - {""}
        ours = code[start + word.start() : start + word.end()] == text
        imitates = ours and all(char.isascii() or char in _TWINS for char in text)
        if len(scripts) < 2 and not imitates:
            continue
        twin = "".join(_TWINS.get(c, unicodedata.normalize("NFKC", c)) for c in text)
        edits = tuple(
            Edit(start + word.start() + i, start + word.start() + i + 1, _twin(c))
            for i, c in enumerate(text)
            if not c.isascii() and _twin(c) != c
        )
        looks = f", and looks like {twin}" if twin.isascii() else ""
        odd = ", ".join(dict.fromkeys(_code(c) for c in text if not c.isascii()))
        yield Hazard(
            line=number,
            words=f"The word {text[:40]} mixes alphabets{looks} ({odd[:80]}).",
            kind="look",
            grave=True,
            fix=Fix(label=f"Write {twin[:24]}", edits=edits) if twin.isascii() and edits else None,
        )


def _twin(char: str) -> str:
    return _TWINS.get(char, unicodedata.normalize("NFKC", char))


@cache
def _script(char: str) -> str:
    if not char.isalpha():
        return ""
    found = _SCRIPT.match(unicodedata.name(char, ""))
    return found[1] if found else "other"


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def gaps(script: str) -> Iterator[tuple[int, str]]:
    """Each line that blanks, or empty lines before it, push out of sight, and words that say so."""
    for number, _, words in _below(script):
        yield number, words
    if _RUN.search(script) is not None:
        for number, line in enumerate(script.split("\n"), start=1):
            for _, words in _gaps(line):
                yield number, words


def _gaps(line: str) -> Iterator[tuple[re.Match[str], str]]:
    for run in _RUN.finditer(line):
        behind = line[run.end() :].strip()
        if behind and (line[: run.start()].strip() or len(run[0]) >= _WIDE):
            yield run, f"{len(run[0]):,} blanks push this out of sight: {visible(behind, keep='')[:120]}"


def _below(script: str) -> Iterator[tuple[int, re.Match[str], str]]:
    for run in _EMPTY.finditer(script):
        behind = script[run.end() :].split("\n", 1)[0].strip()
        if behind and script[: run.start()].strip():
            many = run[0].count("\n") - 1
            number = script.count("\n", 0, run.end()) + 1
            yield (
                number,
                run,
                f"{many:,} empty lines push this out of sight: {visible(behind, keep='')[:120]}",
            )


def _shape(line: str, start: int, number: int) -> Iterator[Hazard]:
    for run, words in _gaps(line):
        edits = (Edit(start + run.start(), start + run.end(), " "),)
        fix = Fix(label="Close the gap", edits=edits)
        yield Hazard(line=number, words=words, kind="look", grave=True, fix=fix)
    if len(line) > LONG_LINE:
        yield Hazard(line=number, words=f"The line is {len(line):,} characters long.", kind="look")


def _line_ends(script: str) -> Hazard:
    edits = tuple(Edit(m.start(), m.start() + 1, "") for m in re.finditer("\r\n", script))
    words = "Its lines end with CR LF: this shell takes each CR for a part of the last word."
    return Hazard(line=1, words=words, kind="look", fix=Fix(label="Write LF alone", edits=edits))
