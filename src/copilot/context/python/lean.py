"""A tree of Python without most of what long functions do, for who only asks how they are called.

A tree takes 40 to 300 times its source, and a function may be a hundred kilobytes of formulas. So a long text
is parsed piece by piece, cut within the bodies of its functions, and of those the first statement is kept.
A piece begins with a line that has the indentation of the body and goes on no statement. Where the text
before it parses by itself and ends in that body, it leaves nothing open: what follows is the next statement
there, and is parsed behind a header of its own.
"""

import ast
from collections.abc import Callable, Sequence
from contextlib import suppress

from copilot.context.python.source import Definition
from copilot.context.python.thin import checked, places_of, thinned
from copilot.vocabulary.patterns import late

PIECE = 16_000
"""Characters of a piece that has a place to cut."""
_LONG_LINES = 200
"""Characters of a line, on average; no other text has such large trees."""
LONG = 24_000
"""Characters from which a text is cut."""
LONGEST = 300_000
"""Characters of a text, elements of long displays left out, beyond which it is not parsed."""
_PLACES = {
    indent: late(rf"\n {{{indent}}}(?!(?:elif|else|except|finally|def|class|async)\b)(?=[A-Za-z_])")
    for indent in (4, 8, 12)
}
Look = Callable[[ast.Module], object]
_Block = ast.ClassDef | ast.If
"""What a function may stand in, one in the other."""


class TooLongError(ValueError):
    """The text is too long to be parsed."""


class _WrongPlaceError(ValueError):
    """The text is not cut within a function."""


def parse(text: str) -> ast.Module:
    """As `ast.parse`, errors included; of functions but `__init__`, statements behind the first may lack.

    Raises TooLongError.
    """
    if len(text) < LONG:
        return ast.parse(text)
    if (thin := thinned(text)) is not None and thin.solid <= LONGEST:
        found: set[tuple[int, int]] = set()
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            tree = _parsed(thin.text, thin.solid, lambda tree: found.update(places_of(tree)))
            checked(thin, found)
            return tree
    if len(text) > LONGEST:
        raise TooLongError
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
    end = _cut(text, 0, indent)
    if end == len(text):
        raise _WrongPlaceError
    whole = ast.parse(text[:end])
    look(whole)
    while end < len(text):
        header = _header(whole.body, indent)
        start, end = end, _cut(text, end, indent)
        blank = "\n" * (text.count("\n", 0, start) - header.count("\n"))
        more = ast.parse(f"{blank}{header}{text[start:end]}")
        look(more)
        _join(whole.body, more.body)
    return whole


def _cut(text: str, start: int, indent: int) -> int:
    """Where a piece ends: at the last place in the second half of its length, else at the next one."""
    length = reach(text, start, PIECE)
    end, stop = len(text), start + length
    if stop < end:
        for found in _PLACES[indent].finditer(text, start + length // 2):
            if end < len(text) and found.start() >= stop:
                break
            if not _may_be_first(text, found.start()):
                end = found.start() + 1
    return end


def reach(text: str, start: int, usual: int) -> int:
    """Characters to be parsed at once: a third of what is usual where lines are long, as of formulas."""
    return usual // 3 if text.count("\n", start, start + usual) * _LONG_LINES < usual else usual


def _may_be_first(text: str, at: int) -> bool:
    """Whether what comes there may be the first statement of a block, which would lack it."""
    while at and text[at - 1] in " \n":
        at -= 1
    before = text[text.rfind("\n", 0, at) + 1 : at].lstrip()
    return before.endswith(":") or before.startswith("#")


def _header(body: Sequence[ast.stmt], indent: int) -> str:
    """What opens the function again in which the statements end, and the blocks that it stands in.

    Raises _WrongPlaceError where they end in none whose body has this indentation.
    """
    header = ""
    for column in range(0, indent - 4, 4):
        last = body[-1]
        if not isinstance(last, _Block) or last.col_offset != column:
            raise _WrongPlaceError
        header += f"{' ' * column}{'if' if isinstance(last, ast.If) else 'class'} _:\n"
        body = _branch(last)
    last = body[-1]
    if isinstance(last, ast.ClassDef) or not isinstance(last, Definition):
        raise _WrongPlaceError
    first = last.body[0]
    if first.col_offset != indent or first.lineno == last.lineno:
        raise _WrongPlaceError
    return f"{header}{' ' * (indent - 4)}def _():\n"


def _branch(block: _Block) -> list[ast.stmt]:
    """The statements in which a block ends."""
    return block.orelse if isinstance(block, ast.If) and block.orelse else block.body


def _join(body: list[ast.stmt], more: Sequence[ast.stmt]) -> None:
    """Put statements behind others, of which the last goes on in the first: what a header began."""
    last, first = body[-1], more[0]
    if isinstance(last, _Block) and isinstance(first, _Block):
        last.end_lineno, last.end_col_offset = first.end_lineno, first.end_col_offset
        branch = _branch(last)
        if isinstance(last, ast.If) and isinstance(first, ast.If) and first.orelse:
            if last.orelse:
                raise _WrongPlaceError
            last.orelse = first.orelse
        _join(branch, first.body)
    else:
        assert isinstance(last, Definition)
        assert isinstance(first, ast.FunctionDef)
        _go_on(last, first)
    body += more[1:]


def _go_on(function: Definition, rest: ast.FunctionDef) -> None:
    function.end_lineno, function.end_col_offset = rest.end_lineno, rest.end_col_offset
    if function.name == "__init__":  # its attributes are asked for
        function.body += rest.body
    else:
        del function.body[1:]
