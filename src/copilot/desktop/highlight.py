"""Source code as runs of tones, one list per line. Pure but for the lexers of Pygments.

Pygments is loaded with the first code that is shown: a window's first frame has none.
"""

from collections.abc import Generator, Iterator
from typing import Any, cast

from copilot.desktop.palette import Tone

Run = tuple[str, Tone]

FILLED = 0.6
"""How much of a line that is broken at a blank has words, at least."""

_TONES: dict[tuple[str, ...], Tone] = {
    ("Keyword",): "violet",
    ("Keyword", "Constant"): "code_number",
    ("Name", "Function"): "accent_bright",
    ("Name", "Class"): "amber",
    ("Name", "Decorator"): "amber",
    ("Name", "Builtin"): "cyan",
    ("Name", "Tag"): "accent_bright",
    ("Name", "Variable"): "cyan",
    ("Literal", "String"): "code_string",
    ("Literal", "Number"): "code_number",
    ("Comment",): "faint",
    ("Operator", "Word"): "violet",
    ("Generic", "Inserted"): "green",
    ("Generic", "Deleted"): "red",
    ("Generic", "Subheading"): "accent_bright",
}
"""By the parts of the name that Pygments gives a kind of word: its kinds are tuples of them."""


def runs(code: str, language: str) -> list[list[Run]]:
    """The lines of `code` as runs of one tone each; an unknown language gives plain lines."""
    found = tokens(code, language)
    if found is None:
        return [[(line, "code")] if line else [] for line in code.split("\n")]
    lines: list[list[Run]] = [[]]
    for words, tone in found:
        add(lines, words, tone)
    return lines


def tokens(code: str, language: str) -> Generator[tuple[str, Tone]] | None:
    """The words of `code` with their tones, found as they are asked for; None for an unknown language."""
    lexer = _lexer(language)
    if lexer is None:
        return None
    return _toned(lexer.get_tokens(code))


def _toned(found: Iterator[tuple[Any, str]]) -> Generator[tuple[str, Tone]]:
    for kind, value in found:
        yield value, _tone(kind)


def add(lines: list[list[Run]], words: str, tone: Tone) -> None:
    """Go on with words, which may hold line ends."""
    for index, piece in enumerate(words.split("\n")):
        if index:
            lines.append([])
        if piece:
            _add(lines[-1], piece, tone)


def wrapped(lines: list[list[Run]], columns: int) -> list[list[Run]]:
    """The lines cut so that none has more than `columns` characters (tabs count as four)."""
    found: list[list[Run]] = []
    for line in lines:
        current: list[Run] = []
        room = columns
        for text, tone in line:
            text = text.expandtabs(4)
            while len(text) > room:
                at = _break(text, room, columns)
                _add(current, text[:at], tone)
                text = text[at:]
                found.append(current)
                current, room = [], columns
            _add(current, text, tone)
            room -= len(text)
        found.append(current)
    return found


def _break(text: str, room: int, columns: int) -> int:
    """Where to break a run of which `room` characters fit: behind a blank, or before a word that fits into
    the next line, unless that left much of this one empty."""
    blank = text.rfind(" ", 0, room)
    used = columns - room + blank + 1
    if used < columns * FILLED or (blank < 0 and len(text.split(" ", 1)[0]) > columns):
        return room
    return blank + 1


def _add(line: list[Run], text: str, tone: Tone) -> None:
    if not text:
        return
    # Blanks have no tone of their own: joining them to their neighbour makes fewer items.
    if line and (line[-1][1] == tone or not text.strip()):
        line[-1] = (line[-1][0] + text, line[-1][1])
    else:
        line.append((text, tone))


def _tone(kind: Any) -> Tone:
    while kind:
        if kind in _TONES:
            return _TONES[kind]
        kind = kind.parent
    return "code"


def _lexer(language: str) -> Any:
    if not language:
        return None
    from pygments import lexers
    from pygments.util import ClassNotFound

    try:
        return cast(Any, lexers).get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
