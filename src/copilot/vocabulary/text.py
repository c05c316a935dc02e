"""Making text from outside safe to keep and honest to show."""

import unicodedata
from collections.abc import Iterable

from copilot.vocabulary.patterns import late

# Default-ignorable or blank-looking code points that Unicode counts as letters, marks or symbols, so that a
# look at the general category alone misses them (facts measured on Unicode 14, the table of Python 3.11).
_INVISIBLE = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | set(range(0x180B, 0x1810))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)


def clean(text: str) -> str:
    """Replace lone surrogates by "?": they cannot be written as UTF-8 and end the window's process.

    A text without any is given back itself: messages are cleaned again and again, and copies would add up.
    """
    try:
        if not text.isascii():
            text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


KEY_MARK = "[key removed]"
SHORTEST_KEY = 6
"""Characters below which a word (`x`, `none`) is no key to be looked for wherever it may stand."""


def without_keys(text: str, keys: Iterable[str]) -> str:
    """The text with each key we hold replaced by a mark, however it is written (`key_forms`)."""
    for form in _forms_of(keys):
        text = text.replace(form, KEY_MARK)
    return text


def holds_key(text: str, keys: Iterable[str]) -> bool:
    """Whether one of the keys stands in the text, however it is written."""
    return any(form in text for form in _forms_of(keys))


def _forms_of(keys: Iterable[str]) -> list[str]:
    from copilot.vocabulary.key_forms import forms_of  # with base64 and urllib: no start needs them

    return forms_of(keys)


_TAGS = late(
    "(\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f)|[\U000e0000-\U000e007f]+"
    "|(?<=[\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+"
)
"""What carries text that nobody sees: Unicode's tag characters, but for the three flags that the list of
emoji sequences (RGI) spells with them, and variation selectors that follow another one."""


def without_tags(text: str) -> str:
    """The text without characters that carry hidden text to a model; a text without any is given back."""
    if text.isascii() or _TAGS.search(text) is None:
        return text
    return _TAGS.sub(lambda found: found[1] or "", text)


def visible(text: str, *, keep: str = "\n\t") -> str:
    """Write every character that does not show, or that moves its neighbours, as `\\u{hex}` or `\\xhh`.

    Controls, escapes, bidirectional marks, zero-width and blank-looking characters, and spaces other than
    the ordinary one become visible; the characters in `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    hidden = {ord(c): _escape(c) for c in set(text) if c not in keep and not _shows(c)}
    return text.translate(hidden) if hidden else text


PROSE = "\n\t\u00a0\u202f\u3000\u200c\u200d\ufe0e\ufe0f"
"""Spaces and joiners of ordinary prose and emoji: harmless in an answer, though not in a script."""

_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\v\f\r"
}


def for_stream(text: str, *, terminal: bool) -> str:
    """A model's words for standard output: on a `terminal` what does not show is written out; elsewhere only
    what acts on one, since `| less -R` and `| tee` hand it on."""
    return visible(text, keep=PROSE) if terminal else clean(text).translate(_CONTROLS)


def _shows(char: str) -> bool:
    if " " <= char <= "~":
        return True
    if ord(char) in _INVISIBLE:
        return False
    return unicodedata.category(char)[0] in "LMNPS"


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def sentences(*parts: str) -> str:
    """What is not empty of these, one after the other; each but the last ends as a sentence does."""
    *before, last = [part.strip() for part in parts if part.strip()] or [""]
    return " ".join([*(part if part.endswith((".", "!", "?", ":")) else f"{part}." for part in before), last])
