"""Signatures as they are written: taken apart, and values and types compared whatever their spacing."""

import ast
import re
from collections.abc import Iterator

from copilot.documents.facts import Parameter
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_OPEN, _CLOSE = "([{", ")]}"
_LEAD = late(
    r"(?:(?:async|def|class|function|fn|func|fun|pub(?:\([^)]*\))?|export|default|static|const|let|var|public"
    r"|private|protected|internal|abstract|final|override|inline|virtual|unsafe|extern|struct|enum|interface"
    r"|trait|type|impl|module|namespace|sub)\s+)+(?=[^\W\d])"
)
_LAMBDA = late(r"\blambda\b[^:]*$")
_C_LIKE = late(r"(?:[\w:<>,*&\[\]]+[\s*&]+)+(?=~?[^\W\d]\w*\s*\()")
"""The type in front of a function's name."""
_NAME = late(r"[^\W\d][\w$]*(?:(?:\.|::|#|->)~?[^\W\d][\w$]*)*[!?]?")
_TYPED = late(r"(?P<type>[\w:<>\[\],\s*&.?]+?[\s*&])(?P<name>[^\W\d]\w*)(?:\[\])?")
"""`int *count` and, with name and type the other way round, Go's `path string`."""
_PARAMETER = late(r"(?P<stars>\*{0,2}|\.{3}|&)(?P<name>[^\W\d][\w$]*)\??\s*(?::\s*(?P<type>.+))?", re.DOTALL)


@frozen(kw_only=False)
class Written:
    """A signature as somebody wrote it.

    `parameters` is None for empty brackets, `open` where dots say that there are more. `plain` where it may
    as well be a call: no types, no result. `keyword` is the word before the name, such as `class`.
    """

    name: str
    parameters: tuple[Parameter, ...] | None
    returns: str = ""
    open: bool = False
    plain: bool = True
    keyword: str = ""


def written(text: str) -> Written | None:
    """The signature in a piece of code; None where it is something else, such as a call with values."""
    text = text.strip().rstrip(":;{").strip()
    lead = _LEAD.match(text)
    keyword = lead[0].split()[-1] if lead else ""
    rest = text[lead.end() :] if lead else text
    typed = _C_LIKE.match(rest)
    if typed is not None and not keyword:
        keyword, rest = typed[0].split()[0], rest[typed.end() :]
    name = _NAME.match(rest)
    if name is None:
        return None
    rest = rest[name.end() :].lstrip()
    if not rest.startswith("("):
        return Written(name=name[0], parameters=None, keyword=keyword, open=True) if not rest else None
    end = closing(rest)
    if end < 0:
        return None
    behind = rest[end + 1 :].strip()
    returns = re.sub(r"^(?:->|:|=>)\s*", "", behind)
    if behind and returns == behind and not keyword:
        return None  # something else follows the brackets
    parameters: list[Parameter] = []
    more, plain = False, not returns and not keyword
    for piece in split(rest[1:end]):
        if piece in ("…", "...", "*", "/"):
            more = more or piece in ("…", "...")
            plain = plain and piece not in ("*", "/")
            continue
        one = parameter(piece)
        if one is None:
            return None
        plain = plain and not one.type and not one.stars
        parameters.append(one)
    empty = not rest[1:end].strip() or (more and not parameters)
    return Written(
        name=name[0],
        parameters=None if empty else tuple(parameters),
        returns=returns,
        open=more or empty,
        plain=plain,
        keyword=keyword,
    )


def parameter(text: str) -> Parameter | None:
    """`name`, `name: type`, `name=default`, `*names`; None for anything else."""
    head, equals, default = _cut(text, "=")
    match = _PARAMETER.fullmatch(head.strip())
    if match is None:
        typed = _TYPED.fullmatch(head.strip())
        if typed is None:
            return None
        return Parameter(name=typed["name"], type=typed["type"].strip(), default=default.strip())
    stars = match["stars"].count("*") or (1 if match["stars"] == "..." else 0)
    return Parameter(
        name=match["name"],
        type=(match["type"] or "").strip(),
        default=default.strip(),
        stars=stars,
        optional=bool(equals) or stars > 0,
    )


def split(text: str) -> Iterator[str]:
    """The pieces between commas at the first level."""
    while text.strip():
        piece, _, text = _cut(text, ",")
        while text and _LAMBDA.search(piece) is not None:  # its parameters are no pieces of their own
            more, _, text = _cut(text, ",")
            piece = f"{piece},{more}"
        if piece.strip():
            yield piece.strip()


def closing(text: str) -> int:
    """The place of the bracket that closes the first character; -1 where none does."""
    depth = 0
    for at, character in _outside_strings(text):
        depth += (character in _OPEN) - (character in _CLOSE)
        if depth == 0:
            return at
    return -1


def same_value(one: str, other: str) -> bool:
    """Whether two values are written alike, but for spacing, quotes and number formats."""
    return _plain_value(one) == _plain_value(other)


def same_type(one: str, other: str) -> bool:
    """Whether two types are the same, but for quotes, spacing, where they come from, and `Optional`."""
    return _plain_type(one) == _plain_type(other)


def _plain_value(text: str) -> str:
    text = text.strip().rstrip(",;")
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return re.sub(r"\s+", "", text).replace("'", '"').casefold()


def _plain_type(text: str) -> str:
    text = re.sub(r"[\s'\"]", "", text)
    text = re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)
    text = re.sub(r"\bOptional\[(.*)\]$", r"\1|None", text)
    return "|".join(sorted(_parts(re.sub(r"\bUnion\[([^\[\]]*)\]$", lambda m: m[1].replace(",", "|"), text))))


def _parts(text: str) -> Iterator[str]:
    while text:
        piece, _, text = _cut(text, "|")
        yield piece


def _cut(text: str, at: str) -> tuple[str, str, str]:
    """Cut at the first such character outside brackets and strings; comparisons and arrows are no `=`."""
    depth = 0
    for place, character in _outside_strings(text):
        if depth == 0 and character == at and not (at == "=" and _is_comparison(text, place)):
            return text[:place], at, text[place + 1 :]
        depth += (character in _OPEN) - (character in _CLOSE)
    return text, "", ""


def _is_comparison(text: str, place: int) -> bool:
    return text[place + 1 : place + 2] in ("=", ">") or text[max(place - 1, 0) : place] in (
        "=",
        "<",
        ">",
        "!",
    )


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    quote = ""
    skip = False
    for place, character in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip = character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        else:
            yield place, character


def assigned(text: str) -> tuple[str, str, str]:
    """`name`, `=` and value of `name: type = value`; without a value the last two are empty."""
    head, equals, value = _cut(text, "=")
    if not equals or "(" in head:
        return text, "", ""
    return head.partition(":")[0].strip() if "::" not in head else head.strip(), equals, value.strip()
