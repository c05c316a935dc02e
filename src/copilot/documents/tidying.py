"""What the model wrote, made fit for the page: nothing active in it, what is wrong marked, names linked."""

import re
from collections.abc import Callable, Sequence

from copilot.documents.checking import Wrong
from copilot.documents.claims import UNVERIFIED
from copilot.vocabulary.inert import disarmed, pieces, rewritten
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import PROSE, clean, visible, without_tags

_LINK = late(r"!?\[(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)")
_DEFINED = late(r"(?m)^ {0,3}\[[^\]\n]+\]:.*$\n?")
_HEADING = late(r"(?m)^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$")
_UNDERLINE = late(r"(?m)^ {0,3}(?:=+|-{2,})[ \t]*$")
_LEADS = late(r"\\[!-/:-@\[-`{-~]|\](?=[(:])")
"""What would still begin a link, or say where one leads; what is escaped already is passed over."""
_WHOLE_FENCE = late(r"\s*```(?:markdown|md)?\n(?P<body>.*)\n```\s*", re.DOTALL)


def tidied(answer: str) -> str:
    """The answer without links, images, headings, HTML and what does not show; "" where nothing is left.

    What is tidy stays as it is. Code is settled: every reader of Markdown takes the same pieces for it.
    """
    text = without_tags(clean(answer)).replace("\r\n", "\n").replace("\r", "\n")
    text = visible(text, keep=PROSE).strip()
    whole = _WHOLE_FENCE.fullmatch(text)
    if whole is not None and "```" not in whole["body"]:
        text = whole["body"]
    tidy = re.sub(r"\n{3,}", "\n\n", rewritten(text, _plain)).strip()
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
    found = [(one.kind, text[one.start : one.end]) for one in pieces(text)]
    around = [("", ""), *found, ("", "")]

    def link(before: str, kind: str, piece: str, after: str) -> str:
        if kind != "span" or before.endswith("!") or after.lstrip().startswith(UNVERIFIED):
            return piece  # behind a ! the link would be a picture
        said = piece.strip("`").strip()
        address = "" if said in seen else target(said)
        seen.add(said)
        return f"[{piece}]({address})" if address else piece

    return "".join(
        link(around[at][1], kind, piece, around[at + 2][1]) for at, (kind, piece) in enumerate(found)
    )


def first_paragraph(text: str, longest: int) -> str:
    """The first paragraph, cut at a word where it is longer than so many characters."""
    paragraph = text.partition("\n\n")[0].strip()
    if len(paragraph) <= longest:
        return paragraph
    return f"{paragraph[:longest].rpartition(' ')[0]} …"


def _words(why: str) -> str:
    """In a mark: no backticks, no brackets that would end it."""
    return re.sub(r"[\[\]`*_<>]", lambda m: f"\\{m[0]}" if m[0] != "`" else "", why)


def _plain(words: str) -> str:
    """Words without links and headings, which become bold lines; what is left of a link leads nowhere."""
    text = _DEFINED.sub("", _LINK.sub(lambda m: m["text"], words))
    text = _UNDERLINE.sub("", _HEADING.sub(lambda m: f"**{m[1]}**" if m[1] else "", text))
    text = _LEADS.sub(lambda m: "\\]" if m[0] == "]" else m[0], disarmed(text))
    return "\n".join(line.rstrip() for line in text.split("\n"))
