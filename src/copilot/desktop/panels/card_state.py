"""What the person did with cards: folded, chosen, in an edit, shown as text to be selected. Pure."""

from collections.abc import Iterable

JUST_NOW = 0.3
"""Seconds in which a change of a box belongs to the Escape that follows."""


class CardState:
    """Cards are known by `entries.key_of`. `drafts` are edits that are not kept yet."""

    def __init__(self) -> None:
        self._typed = ("", "", 0.0)
        self.selected = ""
        self.drafts: dict[str, str] = {}
        self.editing: set[str] = set()
        self.as_text: set[str] = set()
        self._all_folded = False
        self._others: set[str] = set()

    def folded(self, key: str) -> bool:
        """Whether only a line of it is shown."""
        return (key in self._others) != self._all_folded

    def fold(self, key: str, *, folded: bool) -> bool:
        """Fold or unfold a card; whether that changed anything."""
        if self.folded(key) == folded:
            return False
        self._others ^= {key}
        return True

    def fold_all(self, *, folded: bool) -> None:
        """Fold or unfold all, those to come, too."""
        self._all_folded = folded
        self._others.clear()

    @property
    def all_folded(self) -> bool:
        """Whether all are folded but for some."""
        return self._all_folded

    def take_folds(self, other: "CardState") -> None:
        """Fold what another has folded."""
        self._all_folded, self._others = other._all_folded, set(other._others)

    def begin_edit(self, key: str, text: str) -> str:
        """Edit a message; what to begin with: the draft that was left, or its text."""
        self.editing.add(key)
        self.as_text.discard(key)
        self.fold(key, folded=False)
        return self.drafts.setdefault(key, text)

    def type(self, key: str, words: str, now: float) -> None:
        """What an edit box holds now, at `now` seconds."""
        self._typed = (key, self.drafts.get(key, ""), now)
        self.drafts[key] = words

    def revert(self, key: str, now: float) -> None:
        """Escape was pressed: the library has just given the box the words it had at first (measured)."""
        typed, before, at = self._typed
        if typed == key and now - at < JUST_NOW:
            self.drafts[key] = before
            self._typed = ("", "", 0.0)

    def leave_edit(self, key: str, *, keep: bool) -> None:
        """End an edit; its draft is kept for the next time, or is done with."""
        self.editing.discard(key)
        if not keep:
            self.drafts.pop(key, None)

    def forget(self, but: Iterable[str]) -> None:
        """Another branch: drafts stay, the rest goes where its message is not there."""
        there = set(but)
        self.editing &= there
        self.as_text &= there
        if self.selected not in there:
            self.selected = ""
