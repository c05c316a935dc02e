"""What a file imports: the paths as written, and one short row of them."""

import re
from collections.abc import Iterator, Sequence

from copilot.context.languages.items import Item
from copilot.context.languages.language import Language
from copilot.context.table import Row, joined
from copilot.vocabulary.frozen import field, mutable

MAX_IMPORTS = 400
"""Paths kept of one file."""


@mutable
class Imports:
    """Grows with each import met. `lines` are of the paths, each where it stands first."""

    language: Language
    found: list[Item] = field(default_factory=list[Item])
    lines: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, first: int, last: int, text: str) -> None:
        """An import statement on one line of text."""
        language = self.language
        paths = self.note(first, text)
        if language.import_paths_only and paths:
            shown = ", ".join(paths)
        else:
            shown = re.sub(language.import_words, "", text).strip()
            pattern, form = language.import_shape
            shown = re.sub(pattern, form, shown) if pattern else shown
        shown = shown.rstrip(" ;,{:")
        if shown:
            self.found.append(Item(first, last, shown))

    def note(self, line: int, text: str) -> list[str]:
        """Only the paths in it."""
        found = re.finditer(self.language.import_path, text)
        paths = [path for one in found if (path := (one[one.lastindex or 0] or "").strip())]
        for path in paths:
            if len(self.lines) < MAX_IMPORTS:
                self.lines.setdefault(path, line)
        return paths

    def paths(self) -> tuple[str, ...]:
        """The paths as written, in order of their lines."""
        return tuple(sorted(self.lines, key=lambda path: self.lines[path]))

    def rows(self) -> Iterator[Row]:
        """As few rows as hold them."""
        return joined([*self._grouped()], "imports")

    def _grouped(self) -> Iterator[Row]:
        """Imports of one thing each from the same place, one after another, as one item."""
        join = self.language.import_join
        self.found.sort(key=lambda item: item.first)
        place, held, things = "", list[Item](), list[str]()
        for item in self.found:
            before, _, thing = item.code.rpartition(join) if join else ("", "", "")
            before = before if thing.isidentifier() and " " not in before else ""
            if not (before and before == place):
                yield from _group(place, held, things)
                held, things = [], []
            place = before
            held.append(item)
            things.append(thing)
        yield from _group(place, held, things)


def _group(place: str, held: Sequence[Item], things: Sequence[str]) -> Iterator[Row]:
    if held:
        code = f"{place}: {', '.join(things)}" if held[1:] else held[0].code
        yield Row(first=held[0].first, last=held[-1].last, code=code)
