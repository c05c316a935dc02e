"""What the model wrote, made fit for the page: nothing active in it, what is wrong marked, names linked."""

import re
from collections.abc import Callable, Sequence

from copilot.documents.checking import Wrong
from copilot.documents.claims import UNVERIFIED
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import clean, without_tags

_LINK = late(r"!?\[(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_DEFINED = late(r"(?m)^ {0,3}\[[^\]\n]+\]:.*$\n?")
_HEADING = late(r"(?m)^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$")
_UNDERLINE = late(r"(?m)^ {0,3}(?:=+|-{2,})[ \t]*$")
_CODE = late(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_TAG = late(r"<(?=[A-Za-z/!?])")
_WHOLE_FENCE = late(r"\s*```(?:markdown|md)?\n(?P<body>.*)\n```\s*", re.DOTALL)


def tidied(answer: str) -> str:
    """The answer without links, images, headings, HTML and what does not show; "" where nothing is left."""
    text = without_tags(clean(answer)).replace("\r\n", "\n").strip()
    whole = _WHOLE_FENCE.fullmatch(text)
    if whole is not None and "```" not in whole["body"]:
        text = whole["body"]
    pieces = [
        piece if is_code else _without_html(_plain(piece))
        for is_code, piece in _by_code(_without_links(text))
    ]
    lines = [line.rstrip() for line in "".join(pieces).split("\n")]
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return tidy.replace("<!-- copilot:", "&lt;!-- copilot:")


def marked(text: str, wrong: Sequence[Wrong]) -> str:
    """The text with a mark behind each wrong statement."""
    for one in reversed(wrong):
        end = one.claim.end
        text = f"{text[:end]} {UNVERIFIED} {_words(one.why)}]*{text[end:]}"
    return text


def linked(text: str, target: Callable[[str], str]) -> str:
    """The text with code spans made links where `target` knows an address for them ("" for none)."""
    seen: set[str] = set()

    def link(is_code: bool, piece: str, after: str) -> str:
        if not is_code or after.lstrip().startswith(UNVERIFIED):
            return piece
        said = piece.strip("`").strip()
        address = "" if said in seen else target(said)
        seen.add(said)
        return f"[{piece}]({address})" if address else piece

    pieces = list(_by_code(text))
    following = [piece for _, piece in pieces[1:]] + [""]
    return "".join(link(*piece, after) for piece, after in zip(pieces, following, strict=True))


def first_paragraph(text: str, longest: int) -> str:
    """The first paragraph, cut at a word where it is longer than so many characters."""
    paragraph = text.partition("\n\n")[0].strip()
    if len(paragraph) <= longest:
        return paragraph
    return f"{paragraph[:longest].rpartition(' ')[0]} …"


def _words(why: str) -> str:
    """In a mark: no backticks, no brackets that would end it."""
    return re.sub(r"[\[\]`*_<>]", lambda m: f"\\{m[0]}" if m[0] != "`" else "", why)


def _by_code(text: str) -> list[tuple[bool, str]]:
    """The text in pieces, code spans apart."""
    pieces: list[tuple[bool, str]] = []
    last = 0
    for found in _CODE.finditer(text):
        pieces += [(False, text[last : found.start()]), (True, found[0])]
        last = found.end()
    return [*pieces, (False, text[last:])]


def _without_links(text: str) -> str:
    return _DEFINED.sub("", _LINK.sub(lambda m: m["text"], text))


def _plain(text: str) -> str:
    """Headings become bold lines, lines under headings go."""
    return _UNDERLINE.sub("", _HEADING.sub(lambda m: f"**{m[1]}**" if m[1] else "", text))


def _without_html(text: str) -> str:
    return _TAG.sub("&lt;", text).replace("<!--", "&lt;!--")
