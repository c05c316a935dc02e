"""Source code as coloured runs, one list per line. Pure but for the lexers of Pygments."""

from typing import Any, cast

from pygments import lexers
from pygments.token import Token
from pygments.util import ClassNotFound

from copilot.desktop import palette
from copilot.desktop.palette import Colour

HIGHLIGHT_LIMIT = 40_000
"""Characters of one block that are coloured; more is shown in one colour."""

Run = tuple[str, Colour]

_COLOURS: dict[Any, Colour] = {
    Token.Keyword: palette.VIOLET,
    Token.Keyword.Constant: palette.CODE_NUMBER,
    Token.Name.Function: palette.ACCENT_BRIGHT,
    Token.Name.Class: palette.AMBER,
    Token.Name.Decorator: palette.AMBER,
    Token.Name.Builtin: palette.CYAN,
    Token.Name.Tag: palette.ACCENT_BRIGHT,
    Token.Name.Variable: palette.CYAN,
    Token.Literal.String: palette.CODE_STRING,
    Token.Literal.Number: palette.CODE_NUMBER,
    Token.Comment: palette.FAINT,
    Token.Operator.Word: palette.VIOLET,
    Token.Generic.Inserted: palette.GREEN,
    Token.Generic.Deleted: palette.RED,
    Token.Generic.Subheading: palette.ACCENT_BRIGHT,
}


def runs(code: str, language: str) -> list[list[Run]]:
    """The lines of `code` as runs of one colour each; an unknown language gives plain lines."""
    lexer = _lexer(language) if len(code) <= HIGHLIGHT_LIMIT else None
    if lexer is None:
        return [[(line, palette.CODE)] if line else [] for line in code.split("\n")]
    lines: list[list[Run]] = [[]]
    for kind, value in lexer.get_tokens(code):
        colour = _colour(kind)
        for index, piece in enumerate(value.split("\n")):
            if index:
                lines.append([])
            if piece:
                _add(lines[-1], piece, colour)
    while lines and not lines[-1]:
        lines.pop()
    return lines or [[]]


def wrapped(lines: list[list[Run]], columns: int) -> list[list[Run]]:
    """The lines cut so that none has more than `columns` characters (tabs count as four)."""
    found: list[list[Run]] = []
    for line in lines:
        current: list[Run] = []
        room = columns
        for text, colour in line:
            text = text.expandtabs(4)
            while len(text) > room:
                _add(current, text[:room], colour)
                text = text[room:]
                found.append(current)
                current, room = [], columns
            _add(current, text, colour)
            room -= len(text)
        found.append(current)
    return found


def _add(line: list[Run], text: str, colour: Colour) -> None:
    if not text:
        return
    # Blanks have no colour of their own: joining them to their neighbour makes fewer items.
    if line and (line[-1][1] == colour or not text.strip()):
        line[-1] = (line[-1][0] + text, line[-1][1])
    else:
        line.append((text, colour))


def _colour(kind: Any) -> Colour:
    while kind is not Token:
        if kind in _COLOURS:
            return _COLOURS[kind]
        kind = kind.parent
    return palette.CODE


def _lexer(language: str) -> Any:
    if not language:
        return None
    try:
        return cast(Any, lexers).get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
