"""Take keys out of text before it reaches a file or the screen.

Two nets. The keys we hold are found as they are and as base64, hexadecimal, URL-escaped or JSON-escaped
text, at any place. Keys we do not hold are found by their shapes, and by the names that stand before them:
headers, query parameters, environment variables. Every pattern is bounded or possessive, so that no text
makes it slow.
"""

import re
import string
import threading
from collections.abc import Iterable, Iterator
from functools import cached_property

from copilot.storage.word_finder import WordFinder
from copilot.vocabulary.key_forms import forms_of
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import KEY_MARK

MARK = "[redacted]"
_HOLD_FROM = 4
_LONGEST_OPEN = 8_192
"""A stream holds back at most this many characters: an open line longer than this is no header."""

_STARTS = (
    "sk-", "AIza", "AQ.", "hf_", "gsk_", "xai-", "pplx-", "nvapi-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
    "github_pat_", "glpat-", "AKIA", "ASIA", "xox", "npm_", "pypi-", "eyJ", "ya29.", "SG.",
    "sk_live_", "sk_test_", "rk_live_", "rk_test_",
)  # fmt: skip
"""How the shapes begin."""

_SHAPES = r"""
    sk-(?=[\w-]{0,200}?[0-9])[\w-]{20,}+                        # Anthropic, OpenAI and many after them
  | AIza[\w-]{30,}+ | AQ\.[\w-]{30,}+ | ya29\.[\w-]{30,}+      # Google
  | [rs]k_(?:live|test)_[A-Za-z0-9]{16,}+ | SG\.[\w-]{16,}+\.[\w-]{16,}+   # Stripe, SendGrid
  | hf_[A-Za-z0-9]{20,}+ | gsk_[A-Za-z0-9]{20,}+ | xai-[\w-]{20,}+ | pplx-[\w-]{20,}+ | nvapi-[\w-]{20,}+
  | gh[pousr]_[A-Za-z0-9]{20,}+ | github_pat_\w{20,}+ | glpat-[\w-]{16,}+
  | (?:AKIA|ASIA)[0-9A-Z]{16} | xox[abeoprs]-[\w-]{10,}+ | npm_[A-Za-z0-9]{30,}+ | pypi-[\w-]{30,}+
  | eyJ[\w-]{10,}+\.eyJ[\w-]{10,}+\.[\w-]{0,}+                  # a JSON web token
"""
_SHAPE = late(rf"(?<![A-Za-z0-9])(?P<secret>{_SHAPES})", re.VERBOSE | re.ASCII)

_PEM = late(
    r"-----BEGIN\ (?:[A-Z0-9]{1,12}\ ){0,3}PRIVATE\ KEY(?:\ BLOCK)?-----"
    r"(?P<secret>(?:[A-Za-z0-9+/=\s:,.]|\\[nr]|-(?!----))+)"
)
# Not possessive: CPython 3.11.2 (Debian 12) lets a possessive group run over its own lookahead.

_HEADERS = (
    "authorization|proxy-authorization|(?:x-)?api-key|x-goog-api-key|x-amz-security-token|x-auth-token"
    "|api_key|apikey|access_token|refresh_token|client_secret"
)
# The name, the end of its quotes (perhaps escaped, perhaps bytes), then ":", "," or "=", then the value: up
# to its closing quote, or without quotes a scheme with its word, or one long word with a digit in it.
_BETWEEN = r"""\\{0,3}["']?\s{0,4}[:=,]\s{0,4}(?:b(?=["']))?"""
_QUOTED = r"""\\{0,3}(?P<quote>["'])(?P<secret>[^"'\\\r\n]{4,8192}+)"""
_HEADER_QUOTED = late(
    rf"(?<![\w-])(?:{_HEADERS}|cookie|set-cookie){_BETWEEN}{_QUOTED}", re.IGNORECASE | re.ASCII
)
_HEADER_BARE = late(
    rf"""(?<![\w-])(?:{_HEADERS})\\{{0,3}}["']?(?:\s{{0,4}}:\s{{0,4}}|=)"""
    r"""(?P<secret>(?:Bearer|Basic|Token|Digest|ApiKey)\s{1,4}[^\s"'\\,;)}\]]{4,}+"""
    r"""|(?=[^\s"'\\,;(){}\[\]]{0,200}?[0-9])[^\s"'\\,;(){}\[\]]{8,}+)""",
    re.IGNORECASE | re.ASCII,
)
_BEARER = late(
    r"(?<!\w)(?:Bearer|Basic)\s{1,4}(?P<secret>(?=[\w.~+/=-]{0,200}?[0-9])[\w.~+/=-]{16,}+)", re.ASCII
)
_COOKIE_BARE = late(
    r"(?<![\w-])(?:set-)?cookie:\s{0,4}(?P<secret>[^\s=;\"'\\]{1,200}+=[^\r\n\"'\\]{0,8192}+)",
    re.IGNORECASE | re.ASCII,
)
_QUERY = late(
    r"[?&](?:key|api[-_]?key|access_token|token|client_secret|password|sig|signature)="
    r"(?P<secret>[^&\s\"'<>#\\]{4,}+)",
    re.IGNORECASE | re.ASCII,
)
_USER_INFO = late(r"(?<=://)[^\s/:@\"']{0,100}+:(?P<secret>[^\s/@\"']{1,256}+)@")
_VARIABLE = late(
    r"(?<![A-Z0-9_])(?:[A-Z0-9]{1,20}_){0,4}(?:API_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|ACCESS_KEY|SECRET_KEY)="
    r"\\{0,3}[\"']?(?P<secret>[^\s\"'`$(){}\\]{6,}+)",
    re.ASCII,
)
_SHORTEST_NAME = len("cookie")
_NAME = late(rf"(?:{_HEADERS}|(?:set-)?cookie)", re.IGNORECASE)
_HEADER_WORDS = (
    "authorization", "api-key", "api_key", "apikey", "security-token", "auth-token", "access_token",
    "refresh_token", "client_secret",
)  # fmt: skip
_FOLDED: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_HEADER_QUOTED, (*_HEADER_WORDS, "cookie")),
    (_HEADER_BARE, _HEADER_WORDS),
    (_COOKIE_BARE, ("cookie:",)),
    (_QUERY, ("key=", "token=", "secret=", "password=", "sig=", "signature=")),
)
"""Rules with words of which every match holds one, in small letters or in capitals.

Looking for those is far cheaper than trying the rules.
"""

_AS_WRITTEN: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (_SHAPE, _STARTS),
    (_PEM, ("PRIVATE KEY",)),
    (_BEARER, ("Bearer", "Basic")),
    (_USER_INFO, ("://",)),
    (_VARIABLE, ("KEY=", "TOKEN=", "SECRET=", "PASSWORD=", "PASSWD=")),
)
"""The same for rules that tell capitals from small letters."""

_FOLDED_WORDS = tuple(dict.fromkeys(word for _, words in _FOLDED for word in words))
_WORDS = tuple(dict.fromkeys(word for _, words in _AS_WRITTEN for word in words))
_CUES = ("=", "gh", "k_", "auth", "api", "token", "secret", "cookie", *"JQGBIKz")
"""What several of them have in common, or a letter that is rare: one is looked for thirty times as fast."""

_HINT = late("|".join(map(re.escape, (*_FOLDED_WORDS, *_WORDS))), re.IGNORECASE)
_SHORT = 400
"""Characters up to which trying all words at once is cheaper than one after the other."""

# What follows is for text that comes in pieces: where its end may have cut a key off.
_SPACES = " \t\n\r\f\v"
_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NAMES = (
    "authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-security-token", "x-auth-token",
    "api_key", "apikey", "access_token", "refresh_token", "client_secret", "cookie:", "bearer", "basic",
    "-----begin rsa private key", "-----begin openssh private key", "-----begin private key",
)  # fmt: skip
_OPEN_WORD = late(
    rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, _STARTS))})[\w.-]{{0,8192}}+\Z"
    r"|(?<![A-Z0-9_])[A-Z][A-Z0-9_]{3,60}+(?:=\S{0,8192}+)?\Z"
    r"|[?&][\w-]{0,16}+(?:=[^\s&]{0,8192}+)?\Z"
    r"|://[^\s/@]{0,400}+\Z",
    re.ASCII,
)
"""Within one row of characters without a space."""

_OPEN_NAME = late(
    rf"(?<![\w-])(?:{_HEADERS})[\"'\\]{{0,4}}\s{{0,4}}"
    r"(?:[:=,]\s{0,4}(?:b?\\{0,3}[\"'][^\"'\r\n]{0,8192}+|(?:[a-z]{5,6}\s{1,4})?[^\s\"']{0,8192}+))?\Z"
    r"|(?<!\w)(?:bearer|basic)\s{0,4}[\w.~+/=-]{0,8192}+\Z"
    r"|(?<![\w-])(?:set-)?cookie[\"'\\]{0,4}\s{0,4}[:=,][^\r\n]{0,8192}+\Z",
    re.IGNORECASE | re.ASCII,
)
_OPEN_NAME_WORDS = (*_HEADER_WORDS, "cookie", "bearer", "basic")
"""Of which it holds one."""

_OPEN_PEM = late(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?:(?!-----END)[\s\S]){0,8192}\Z")


_MOST_KNOWN = 64


class _Held:
    """What is looked for of the keys that the program holds: made once for one set of them."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.forms = forms_of(keys)
        self.known: dict[str, str] = {}
        """Short texts that come again, with what is left of each."""

    @cached_property
    def exact(self) -> re.Pattern[str] | None:
        """Finds each of them."""
        return re.compile("|".join(map(re.escape, self.forms))) if self.forms else None

    @cached_property
    def finder(self) -> WordFinder:
        """Looks for them, and for words that the rules need."""
        return WordFinder((*self.forms, *_WORDS), _FOLDED_WORDS, _CUES)

    @cached_property
    def finder_for_rules(self) -> WordFinder:
        """Looks for those words alone, where the keys are taken out already."""
        return WordFinder(_WORDS, _FOLDED_WORDS, _CUES)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the keys are, in order, not overlapping."""
        return [match.span() for match in self.exact.finditer(text)] if text and self.exact else []

    def open_from(self, text: str) -> int:
        """Where a key may have begun that the end of `text` cuts off; the length of `text` if nowhere."""
        return min((_begun(text, form) for form in self.forms), default=len(text))


class Redactor:
    """Replaces keys by `[redacted]`. `keys` are the values the program holds; very short ones are no keys.

    Any thread may let it `learn` another one.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._learning = threading.Lock()
        self._keys = frozenset(key.strip() for key in keys)
        self._held = _Held(self._keys)

    def learn(self, key: str) -> None:
        """Take this key out as well, from now on."""
        with self._learning:
            self._keys |= {key.strip()}
            self._held = _Held(self._keys)

    def text(self, text: str) -> str:
        """The text without keys; the text itself where there is none."""
        spans = self.spans(text)
        return _without(text, spans, 0) if spans else text

    def again(self, text: str) -> str:
        """The same of a short text that comes again and again, like an address: it is looked at once."""
        known = self._held.known
        told = known.get(text)
        if told is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            told = known[text] = self.text(text)
        return told

    def named(self, name: str, text: str) -> str:
        """The value of a header or field called `name`: nothing of it where that is the name of a key."""
        return MARK if text and len(name) >= _SHORTEST_NAME and _NAME.fullmatch(name) else self.text(text)

    def surely_clean(self, line: str) -> bool:
        """Whether a line of JSON holds no key, and nothing by which one would be known, in any of its texts.

        Far cheaper than looking at each of them: words that every rule needs are the same in JSON, and keys
        are looked for in its spelling, too. False means nothing.
        """
        return not self._held.finder.any_in(line)

    def stream(self) -> "RedactingStream":
        """Redacts text that comes in pieces."""
        return RedactingStream(self)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the keys are, in order, not overlapping."""
        found = sorted(self._found(text))
        merged: list[tuple[int, int]] = []
        for start, end in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    def open_from(self, text: str) -> int:
        """Where a key may have begun that the end of `text` cuts off; the length of `text` if nowhere."""
        tail = max(0, len(text) - _LONGEST_OPEN)
        lower = text[tail:].lower()
        if len(lower) != len(text) - tail:  # of some letters it makes two
            lower = text[tail:].translate(_SMALL)
        row = max(text.rfind(space, tail) for space in _SPACES) + 1
        found = [_OPEN_WORD.search(text, max(row, tail)), _OPEN_PEM.search(text, tail)]
        if any(word in lower for word in _OPEN_NAME_WORDS):
            found.append(_OPEN_NAME.search(text, tail))
        starts = [match.start() for match in found if match]
        starts += [_begun(text, start) for start in (*self._held.forms, *_STARTS)]
        starts += [tail + _begun(lower, name) for name in _NAMES]
        return min(starts)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        held = self._held
        if len(text) < _SHORT and not any(map(text.__contains__, held.forms)) and not _HINT.search(text):
            return
        there = held.finder.found(text)
        if held.exact and not there.isdisjoint(held.forms):
            yield from (match.span() for match in held.exact.finditer(text))
            # To the rules a key that was found is punctuation, so that they see one that follows it at once.
            text = held.exact.sub(lambda match: "]" * len(match[0]), text)
            there = held.finder_for_rules.found(text)
        for rule, its_words in (*_FOLDED, *_AS_WRITTEN):
            if not there.isdisjoint(its_words):
                yield from (match.span("secret") for match in rule.finditer(text))


class RedactingStream:
    """Redacts text that comes in pieces, wherever the pieces are cut.

    A piece that ends in what may be the first four or more characters of a key is held back until the next
    one; all else passes at once. Joined, the output holds no more than the first three characters of a key.
    """

    def __init__(self, redactor: Redactor | _Held, mark: str = MARK) -> None:
        self._redactor = redactor
        self._mark = mark
        self._before = ""
        self._held = ""

    def feed(self, text: str) -> str:
        """Take a piece; what can be shown now."""
        whole = self._before + self._held + text
        cut = self._redactor.open_from(whole)
        if len(whole) - cut > _LONGEST_OPEN:
            cut = len(whole)
        return self._pass(whole, cut)

    def flush(self) -> str:
        """What is still held back, redacted: the text is over."""
        whole = self._before + self._held
        return self._pass(whole, len(whole))

    def _pass(self, whole: str, cut: int) -> str:
        shown = len(self._before)
        spans = self._redactor.spans(whole)
        for begin, end in spans:
            if begin < cut < end:  # a whole key whose end looks like the beginning of one
                cut = begin
        cut = max(cut, shown)
        self._held = whole[cut:]
        # A key that began in what was already shown is known by its start, so a little of that stays here.
        self._before = whole[max(0, cut - _HOLD_FROM + 1) : cut]
        cut_spans = [(begin, min(end, cut)) for begin, end in spans if begin < cut]
        return _without(whole[:cut], cut_spans, shown, self._mark)


def keyless_stream(keys: Iterable[str]) -> RedactingStream:
    """Takes keys that the program holds out of text in pieces, as `without_keys` does, and nothing else."""
    return RedactingStream(_Held(keys), KEY_MARK)


def _without(text: str, spans: list[tuple[int, int]], start: int, mark: str = MARK) -> str:
    """The text from `start` on, each span replaced."""
    out: list[str] = []
    at = start
    for begin, end in spans:
        if end > at:
            out += (text[at : max(at, begin)], mark)
            at = end
    out.append(text[at:])
    return "".join(out)


def _begun(text: str, form: str) -> int:
    """Where a beginning of `form`, four characters or more, ends `text`; the length of `text` if nowhere."""
    at = max(0, len(text) - len(form) + 1)
    while (at := text.find(form[:_HOLD_FROM], at)) >= 0:
        if form.startswith(text[at:]):
            return at
        at += 1
    return len(text)
