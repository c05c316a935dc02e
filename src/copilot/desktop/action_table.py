"""Everything the person can do, by name: one table for the menus, the command palette and the keyboard."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Literal

from copilot.vocabulary.frozen import frozen

Group = Literal["Session", "Edit", "Branch", "Model", "View", "Help"]
"""The menus, from left to right."""

GROUPS: tuple[Group, ...] = ("Session", "Edit", "Branch", "Model", "View", "Help")

Modifier = Literal["Ctrl", "Shift", "Alt"]
_ORDER: tuple[Modifier, ...] = ("Ctrl", "Shift", "Alt")


def always() -> bool:
    """For actions that can be done at any time."""
    return True


@frozen(kw_only=False)
class Chord:
    """A key with the modifiers held; `key` is a name as on the key cap: `P`, `1`, `F2`, `Enter`, `Up`."""

    modifiers: frozenset[Modifier]
    key: str

    def __str__(self) -> str:
        return "+".join([*(m for m in _ORDER if m in self.modifiers), self.key])


def chord(words: str) -> Chord:
    """`Ctrl+Shift+P` as a chord. Raises ValueError for a modifier that is none."""
    *held, key = words.split("+")
    modifiers: list[Modifier] = [m for m in _ORDER if m in held]
    if len(modifiers) != len(held) or not key:
        raise ValueError(f"{words!r} is no chord: modifiers are {', '.join(_ORDER)}")
    return Chord(frozenset(modifiers), key)


@frozen
class NamedAction:
    """Something the person can do.

    `name` is stable (`branch.rename`), `title` is read in menus and the palette; an ellipsis at its end says
    that it asks for more first. `keys` is its chord, or "", and the person's own where they gave it one.
    `group` is the menu that it stands in, None for the palette alone. `enabled` is asked each time, and `why`
    is read where it is not: what is missing. `words` help to find it.
    """

    name: str
    title: str
    run: Callable[[], None]
    keys: str = ""
    group: Group | None = None
    enabled: Callable[[], bool] = always
    why: str = ""
    words: str = ""


@frozen(kw_only=False)
class PanelActions:
    """Makes the actions of a panel: each brings it to the front first (`go`). `words` help to find them."""

    panel: str
    go: Callable[[str], None]
    words: str

    def __call__(
        self,
        name: str,
        title: str,
        run: Callable[[], None],
        enabled: Callable[[], bool],
        why: str,
        *,
        menu: bool = False,
    ) -> NamedAction:
        """The action `<panel>.<name>`; with `menu` in the menu of the session, too."""

        def do() -> None:
            self.go(self.panel)
            run()

        return NamedAction(
            name=f"{self.panel}.{name}",
            title=title,
            run=do,
            enabled=enabled,
            why=why,
            group="Session" if menu else None,
            words=self.words,
        )


class ActionTable:
    """Filled while the window is made; actions stand in the order they came.

    `own` are the person's chords: an action that has some is not done by its default any more, and a chord
    that is given to "" or to another does what it is given to.
    """

    def __init__(self, own: Mapping[Chord, str] | None = None) -> None:
        self._own = own or {}
        self._actions: dict[str, NamedAction] = {}
        self._chords: dict[Chord, str] = {}
        self._defaults: dict[Chord, str] = {}
        self._recent: list[str] = []

    def __iter__(self) -> Iterator[NamedAction]:
        return iter(tuple(self._actions.values()))

    def add(self, actions: Iterable[NamedAction]) -> None:
        """Take actions in. Raises ValueError for a name or a chord that is taken."""
        for action in actions:
            if action.name in self._actions:
                raise ValueError(f"there are two actions named {action.name}")
            chords = [one for one, name in self._own.items() if name == action.name]
            if action.keys:
                default = chord(action.keys)
                taken = self._defaults.setdefault(default, action.name)
                if taken != action.name:
                    raise ValueError(f"{action.keys} is given to {taken} and to {action.name}")
                if not chords and default not in self._own:
                    chords = [default]
            self._chords |= dict.fromkeys(chords, action.name)
            keys = str(chords[0]) if chords else ""
            self._actions[action.name] = replace(action, keys=keys) if keys != action.keys else action

    @property
    def recent(self) -> tuple[str, ...]:
        """The names of what was done in this session, last first."""
        return tuple(self._recent)

    def do(self, action: NamedAction) -> None:
        """Do it, and remember that it was."""
        if action.name in self._recent:
            self._recent.remove(action.name)
        self._recent.insert(0, action.name)
        action.run()

    def group(self, group: Group) -> tuple[NamedAction, ...]:
        """The actions of one menu."""
        return tuple(action for action in self._actions.values() if action.group == group)

    def named(self, name: str) -> NamedAction | None:
        """The action of that name."""
        return self._actions.get(name)

    def by_chord(self, pressed: Chord) -> NamedAction | None:
        """What a chord does, enabled or not."""
        name = self._chords.get(pressed)
        return self._actions[name] if name is not None else None

    def meant(self, pressed: Chord, perhaps: Chord | None) -> NamedAction | None:
        """What a chord does; where it does nothing, what the one does that was perhaps meant."""
        return self.by_chord(pressed) or (self.by_chord(perhaps) if perhaps is not None else None)

    def chords(self) -> Iterator[Chord]:
        """All chords that do something."""
        return iter(tuple(self._chords))
