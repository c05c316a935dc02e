"""JSON by its keys, read token by token: comments, trailing commas and broken ends do no harm."""

import re
from bisect import bisect_right

from copilot.context.languages.keys import Entry, inner
from copilot.vocabulary.frozen import field, mutable

_TOKEN = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"?|//[^\n]*|/\*.*?(?:\*/|\Z)|[{}\[\],:]|[^\s{}\[\],:"/]+|/', re.DOTALL
)


def json_keys(text: str) -> list[Entry]:
    """The first level's keys; for a list at the top one entry that counts its items."""
    return _Reader(text).read()


@mutable
class _Reader:
    text: str
    entries: list[Entry] = field(default_factory=list[Entry])
    stack: list[str] = field(default_factory=list[str])
    key: list[str] = field(default_factory=lambda: ["", ""])
    """The key before the value that is being read, at the first and the second level."""
    begin: list[int] = field(default_factory=lambda: [-1, -1])
    """Where that value begins; -1 before it."""
    last: str = ""

    def read(self) -> list[Entry]:
        starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        before = 1  # the line of the token before
        for token in _TOKEN.finditer(self.text):
            word = token[0]
            if word.startswith(("//", "/*")):
                continue
            depth = len(self.stack)
            if word in "]}":
                self._end(depth, token.start())
                del self.stack[-1:]
            elif word == ",":
                self._end(depth, token.start())
            elif word == ":" and self.stack[-1:] == ["{"] and depth <= 2:
                self.key[depth - 1] = self.last.strip('"')
                self.begin[depth - 1] = token.end()
                if depth == 1:
                    line = bisect_right(starts, token.start())
                    self.entries.append(Entry(line, line, self.key[0]))
            else:
                self._value(word, depth, bisect_right(starts, token.start()))
            if self.entries and depth == 1 and word in ",]}":
                self.entries[-1].last = before
            before = bisect_right(starts, token.start())
            self.last = word
        if self.entries and self.stack:
            self.entries[-1].last = before
        return self.entries

    def _value(self, word: str, depth: int, line: int) -> None:
        if depth == 1 and self.stack[0] == "[":
            if not self.entries:
                self.entries.append(Entry(line, line, "a list"))
            if self.last in ("[", ","):
                self.entries[0].items += 1
        elif depth == 2 and self.stack[1] == "[" and self.entries and self.last in ("[", ","):
            self.entries[-1].items += 1
            self.entries[-1].inner.extend([word] if word[0] not in "[{" and len(word) <= 40 else [])
        if word in "[{":
            self.stack.append(word)

    def _end(self, depth: int, at: int) -> None:
        """A comma or a closing bracket: the value before it is whole."""
        if depth not in (1, 2) or self.begin[depth - 1] < 0 or not self.entries:
            return
        value = self.text[self.begin[depth - 1] : at].strip()
        self.begin[depth - 1] = -1
        entry = self.entries[-1]
        if depth == 2:
            entry.inner.append(inner(self.key[1], value if value[:1] not in "{[" else ""))
        elif not entry.inner and not entry.items:
            entry.value = value
