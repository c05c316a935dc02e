"""A tree of Python without most of what long functions do, for who only asks how they are called.

A tree takes 40 to 300 times its source, and a function may be a hundred kilobytes of formulas. So a long text
is parsed piece by piece, cut within the bodies of its functions, and of those the first statement is kept.
A piece begins with a line that has the indentation of the body and goes on no statement. Where the text
before it parses by itself and ends in that body, it leaves nothing open: what follows is the next statement
there, and is parsed behind a header of its own.
"""

import ast
from collections.abc import Callable
from contextlib import suppress

from copilot.context.python.source import Definition
from copilot.context.python.thin import checked, places_of, thinned
from copilot.vocabulary.patterns import late

PIECE = 16_000
"""Characters of a piece that has a place to cut."""
LONG = 24_000
"""Characters from which a text is cut."""
_PLACES = {
    indent: late(rf"\n {{{indent}}}(?!(?:elif|else|except|finally|def|class|async)\b)(?=[A-Za-z_])")
    for indent in (4, 8)
}
Look = Callable[[ast.Module], object]
_HEADERS = {4: "def _():\n", 8: "class _:\n    def _():\n"}


class _WrongPlaceError(ValueError):
    """The text is not cut within a function."""


def parse(text: str) -> ast.Module:
    """As `ast.parse`, errors included; of functions but `__init__`, statements behind the first may lack."""
    if len(text) < LONG:
        return ast.parse(text)
    if (thin := thinned(text)) is not None:
        found: set[tuple[int, int]] = set()
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            tree = _parsed(thin.text, thin.solid, lambda tree: found.update(places_of(tree)))
            checked(thin, found)
            return tree
    return _parsed(text, len(text), lambda _tree: None)


def _parsed(text: str, solid: int, look: Look) -> ast.Module:
    """The tree of a text with so many characters that count. `look` sees what each piece gives."""
    for indent in _PLACES if solid >= LONG else ():
        try:
            return _in_pieces(text, indent, look)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # a wrong place, or what is wrong with the text itself
    tree = ast.parse(text)
    look(tree)
    return tree


def _in_pieces(text: str, indent: int, look: Look) -> ast.Module:
    header = _HEADERS[indent]
    end = _cut(text, 0, indent)
    if end == len(text):
        raise _WrongPlaceError
    whole = ast.parse(text[:end])
    look(whole)
    while end < len(text):
        function = _last_function(whole, indent)
        start, end = end, _cut(text, end, indent)
        blank = "\n" * (text.count("\n", 0, start) - header.count("\n"))
        more = ast.parse(f"{blank}{header}{text[start:end]}")
        look(more)
        _go_on(function, _first_function(more))
        last, first = whole.body[-1], more.body[0]
        if isinstance(last, ast.ClassDef) and isinstance(first, ast.ClassDef):
            last.end_lineno, last.end_col_offset = first.end_lineno, first.end_col_offset
            last.body += first.body[1:]
        whole.body += more.body[1:]
    return whole


def _cut(text: str, start: int, indent: int) -> int:
    """Where a piece ends: at the last place in the second half of its length, else at the next one."""
    end, stop = len(text), start + PIECE
    if stop < end:
        for found in _PLACES[indent].finditer(text, start + PIECE // 2):
            if end < len(text) and found.start() >= stop:
                break
            end = found.start() + 1
    return end


def _last_function(whole: ast.Module, indent: int) -> Definition:
    """The function in which the text ends, whose body has this indentation. Raises _WrongPlaceError."""
    last = whole.body[-1]
    if indent > 4 and isinstance(last, ast.ClassDef):
        last = last.body[-1]
    elif indent > 4:
        raise _WrongPlaceError
    if isinstance(last, ast.ClassDef) or not isinstance(last, Definition):
        raise _WrongPlaceError
    first = last.body[0]
    if first.col_offset != indent or first.lineno == last.lineno:
        raise _WrongPlaceError
    return last


def _first_function(more: ast.Module) -> ast.FunctionDef:
    """The one that a header began."""
    first = more.body[0]
    if isinstance(first, ast.ClassDef):
        first = first.body[0]
    assert isinstance(first, ast.FunctionDef)
    return first


def _go_on(function: Definition, rest: ast.FunctionDef) -> None:
    function.end_lineno, function.end_col_offset = rest.end_lineno, rest.end_col_offset
    if function.name == "__init__":  # its attributes are asked for
        function.body += rest.body
    else:
        del function.body[1:]
