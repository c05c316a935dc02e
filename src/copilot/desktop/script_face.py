"""A script as its box shows it: one text for each sequence of characters, and the way back.

A box shows no control, no bidirectional mark, no blank-looking letter. Where a script holds one, each is
written `\\u{hex}` in the box (`shell.reading.looks.show`), also in what the person types there. A script of
which all lines end with CR LF is shown without the CRs, and gets them back.
"""

from copilot.shell.reading.looks import bytes_of, show
from copilot.vocabulary.frozen import frozen

_BACKSLASH = "\\u{5c}"
"""How `show` writes the backslash of a text that looks like one of its own: where it writes nothing else, the
text is shown as it is."""


@frozen(kw_only=False)
class Face:
    """`text` is what the box shows. `escaped`: characters are written out; `returns`: lines end in CR LF."""

    text: str
    escaped: bool = False
    returns: bool = False

    def behind(self, words: str) -> str:
        """The script that `words` in the box stand for."""
        if self.escaped:
            words = bytes_of(words).decode("utf-8", "replace")
        return words.replace("\n", "\r\n") if self.returns else words


def face_of(script: str) -> Face:
    """How a script is shown. One with a lone surrogate, which is no text, is shown as it is."""
    returns = "\r\n" in script and script.count("\r\n") == script.count("\n") == script.count("\r")
    text = script.replace("\r\n", "\n") if returns else script
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return Face(text, returns=returns)
    try:
        found = show(text.encode("utf-8"))
    except UnicodeEncodeError:
        return Face(script)
    hidden = any(
        not piece.plain and found.text[piece.start : piece.end] != _BACKSLASH for piece in found.pieces
    )
    return Face(found.text if hidden else text, hidden, returns)
