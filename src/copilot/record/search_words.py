"""What a person types as a query of SQLite's FTS5, texts as they are indexed, and the line around a place.

A word is letters and digits; everything else parts words. It is found by its beginning, without regard to
capitals and accents. `parseConfig` is found as `config` too, and `parse_config` as `parse config`. Writing
without spaces (Chinese, Japanese, Korean, ...) is indexed character by character.
"""

import re
import unicodedata
from collections.abc import Iterable

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible

SHORTEST_PREFIX = 3
"""Characters from which a word is found by its beginning; a shorter one is meant as it stands."""

_TERM = late(r'(-?)"([^"]*)"?|(-?)([^\s"]+)')
_WORD = late(r"[^\W_]+")
_CAMEL = late(r"(?<![^\W_])(?=[^\W_]*[a-z0-9][A-Z])[A-Za-z0-9]+")
_INNER = late("[a-z0-9][A-Z]")
_HUMP = late(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_SPACELESS = late(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff])"
)
_EDGE = r"(?<![^\W_])"
"""Where a word begins."""
_AROUND, _BEFORE = 160, 50
"""Characters of a snippet, and of those before the first place."""
_MOST_LOOKED = 200_000
"""Characters of a text in which the place is looked for to be shown."""


@frozen(kw_only=False)
class Term:
    """Words that stand beside each other. `whole`: the last one too is meant as it stands."""

    words: tuple[str, ...]
    whole: bool
    absent: bool = False


def terms_of(typed: str) -> tuple[Term, ...]:
    """What was typed, in terms; those without a letter or a digit are left out."""
    found: list[Term] = []
    for match in _TERM.finditer(typed):
        quoted = match[2] is not None
        words = tuple(_WORD.findall(_spaced(match[2] if quoted else match[4])))
        if words:
            found.append(Term(words, quoted, bool(match[1] if quoted else match[3])))
    return tuple(found)


def query_of(terms: Iterable[Term], column: str, tags: str, marks: Iterable[str]) -> str:
    """An FTS5 query: all terms in `column`, all marks in the column `tags`. At least one term is wanted."""
    wanted = [f"{tags} : {_string((mark,))}" for mark in marks]
    unwanted: list[str] = []
    for term in terms:
        begun = not term.whole and len(term.words[-1]) >= SHORTEST_PREFIX
        said = f"{column} : {_string(term.words)}{' *' if begun else ''}"
        (unwanted if term.absent else wanted).append(said)
    query = " AND ".join(wanted)
    return f"({query}) NOT ({' OR '.join(unwanted)})" if unwanted else query


def indexed(text: str) -> str:
    """The text as FTS5 gets it."""
    camels = _CAMEL.finditer(text) if _INNER.search(text) else ()
    humps = [hump for match in camels for hump in _HUMP.findall(match[0])]
    more = f"\n{' '.join(humps)}" if humps else ""
    return (text if text.isascii() else _spaced(text)) + more


def snippet(text: str, terms: Iterable[Term]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One line around the first place of a term in the text, and the spans in it of all terms."""
    wanted = [term for term in terms if not term.absent]
    if not wanted:
        return snippet_at(text, 0), ()
    folded = _folded(text[:_MOST_LOOKED])
    # A hump of a word is found inside one: that is looked for where no word begins so.
    patterns = [re.compile("|".join(_place(term, edge) for term in wanted)) for edge in (_EDGE, "")]
    first = next((found for pattern in patterns if (found := pattern.search(folded)) is not None), None)
    line = snippet_at(text, 0 if first is None else max(0, first.start() - _BEFORE))
    folded = _folded(line)
    spans = [tuple(match.span() for match in pattern.finditer(folded)) for pattern in patterns]
    return line, spans[0] or spans[1]


def snippet_at(text: str, start: int) -> str:
    """One line of the text from about `start` on."""
    if start:
        space = text.find(" ", start, start + 20)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + _AROUND)
    cut = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{visible(cut, keep='')}{' …' if end < len(text) else ''}"


def _string(words: Iterable[str]) -> str:
    """Words have neither quotes nor anything else that FTS5 would read."""
    return f'"{" ".join(words)}"'


def _spaced(text: str) -> str:
    return text if text.isascii() else _SPACELESS.sub(r" \1 ", text)


def _place(term: Term, edge: str) -> str:
    """A term as it may stand in a folded text; `edge` goes before it."""
    end = r"(?![^\W_])" if term.whole else ""
    return edge + r"[\W_]{0,40}?".join(re.escape(_folded(word)) for word in term.words) + end


def _folded(text: str) -> str:
    """Small letters without accents, as many characters as before."""
    if text.isascii():
        return text.lower()
    return text.translate({ord(char): _bare(char) for char in set(text)})


def _bare(char: str) -> str:
    low = unicodedata.normalize("NFKD", char.lower())[:1]
    return low.lower() if len(low.lower()) == 1 else char
