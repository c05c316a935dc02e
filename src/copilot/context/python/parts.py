"""A module's statements from trees of parts of its text: a tree takes 40 to 200 times its source (measured).

A part begins where a line begins with a definition or a decorator: in the first column or, within a long
class, behind four spaces. Where the text before it parses by itself, it leaves no string, bracket, line or
decorator open: it is a whole number of statements. A line in the first column closes their blocks as the end
of a text does; one behind four spaces closes all but the class whose members stand there. So the tokens of a
text are those of its parts one behind the other (of a class that goes on: behind a header of its own), and
its statements are theirs. A part that does not parse was cut at a wrong place, and is parsed again with more
behind it; where there is nothing to add, the text itself is not valid.
"""

import ast
from collections.abc import Iterator, Sequence

from copilot.context.python import lean
from copilot.context.python.lean import LONGEST, TooLongError
from copilot.context.python.pieces import doc, statements
from copilot.context.python.source import Definition
from copilot.vocabulary.frozen import field, mutable

PART = 16_000
"""Characters of a part that has a place to cut."""
_INDENT = "    "
_STARTS = ("def ", "class ", "@", "async def ")
_GAPS = (("\n\n\n", ""), ("\n\n", _INDENT), ("\n\n", ""))
"""What stands before a place to cut, the better ones first: found at once, and seldom in a string."""
_HEADER = "class _:\n"
_CHANGES_GRAMMAR = "FLUFL"
"""Part of the one name whose import changes how all that follows is parsed (CPython 3.12 and later)."""


class NotPythonError(ValueError):
    """The text is not valid for this Python; the message says where and why."""


@mutable
class Parts:
    """The statements of `lines`, which a part after the other is parsed for. `doc` is known with the first.

    There is no more than one part's tree as long as who asks for statements keeps none of them.
    """

    text: str
    lines: Sequence[str]
    part: int = PART
    doc: str = ""
    _start: int = field(default=0, init=False)
    _before: int = field(default=0, init=False)
    """Lines before the next part."""
    _open: ast.ClassDef | None = field(default=None, init=False)
    """The class that goes on in the next part."""
    _behind: list[ast.stmt] = field(default_factory=list[ast.stmt], init=False)
    """What stands behind such a class in the part in which it ended."""

    def statements(self) -> Iterator[ast.stmt]:
        """The module's own, in source order. `members` of a class are asked for before the next one is.

        Raises NotPythonError where it turns out not to be valid, or TooLongError.
        """
        if len(self.text) > self.part and _changes_grammar(self.text):
            self.part = len(self.text)
        while self._behind or self._start < len(self.text):
            body, self._behind = self._behind, []
            if not body:
                first = not self._start
                tree = self._next()
                body = tree.body
                if first:
                    self.doc = doc(tree)
            yield from statements(body)
            body.clear()  # else it would be there until the next tree is

    def members(self, node: ast.ClassDef) -> Iterator[ast.stmt]:
        """The statements of a class; its last line is known behind them."""
        yield from statements(node.body)
        while self._open is node:
            node.body.clear()
            inner, *self._behind = self._next().body
            assert isinstance(inner, ast.ClassDef)
            if self._open is inner:
                self._open = node
            node.end_lineno = inner.end_lineno
            yield from statements(inner.body)

    def _next(self) -> ast.Module:
        """The tree of the next part, within the open class where there is one."""
        header, self._open = (_HEADER if self._open else ""), None
        whole = self.part >= len(self.text)
        reach = self.part if whole else lean.reach(self.text, self._start, self.part)
        end, inner = self._cut(self._start, reach)
        tree = self._parsed(header, end, inner)
        while tree is None:
            end, inner = self._cut(end, end - self._start)
            tree = self._parsed(header, end, inner)
        if end < len(self.text):
            self._before += self.text.count("\n", self._start, end)
        self._start = end
        return tree

    def _cut(self, start: int, length: int) -> tuple[int, bool]:
        """Where a part ends, and whether within a class: at the last place within `length`, else the next."""
        text, stop = self.text, start + length
        if stop + length // 2 >= len(text):
            return len(text), False
        for gap, indent in _GAPS:
            before = gap + indent
            at = text.rfind(before, start, stop)
            while at >= 0 and not text.startswith(_STARTS, at + len(before)):
                at = text.rfind(before, start, at + len(before) - 1)
            if at >= 0:
                return at + len(gap), bool(indent)
        found = [
            (at + len(gap), bool(indent))
            for gap, indent in _GAPS[1:]
            for word in _STARTS
            if (at := text.find(f"{gap}{indent}{word}", stop)) >= 0
        ]
        return min(found, default=(len(text), False))

    def _parsed(self, header: str, end: int, inner: bool) -> ast.Module | None:
        """The tree up to `end`; None where that is no place to cut."""
        if end - self._start == len(self.text):
            return self._whole()
        blank = "\n" * (self._before - bool(header))
        try:
            tree = lean.parse(f"{blank}{header}{self.text[self._start : end]}")
        except TooLongError:
            raise
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            if end < len(self.text):
                return None
            if end > LONGEST:
                raise TooLongError from None
            return self._whole()  # says what is wrong
        if inner:
            self._open = self._class_at_end(tree)
            if self._open is None:
                return None
        return tree

    def _whole(self) -> ast.Module:
        try:
            return lean.parse(self.text)
        except TooLongError:
            raise
        except SyntaxError as error:
            where = f"line {error.lineno}: " if error.lineno else ""
            raise NotPythonError(f"{where}{error.msg}") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise NotPythonError(str(error) or "nested too deeply") from error

    def _class_at_end(self, tree: ast.Module) -> ast.ClassDef | None:
        """The last class, where its members begin behind four spaces."""
        if tree.body and isinstance(last := tree.body[-1], ast.ClassDef):
            member, line = last.body[-1], last.body[-1].lineno
            indented = member.col_offset == len(_INDENT) and self.lines[line - 1].startswith(_INDENT)
            if isinstance(member, Definition) and indented and not self.lines[line - 2].endswith("\\"):
                return last
        return None


def _changes_grammar(text: str) -> bool:
    """Also where the name is written in letters that Python takes for those of ASCII."""
    if text.isascii():
        return _CHANGES_GRAMMAR in text
    from unicodedata import normalize

    return _CHANGES_GRAMMAR in normalize("NFKC", text)
